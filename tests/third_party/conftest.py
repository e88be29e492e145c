"""What makes programs of somebody else comparable."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def same_contractions() -> Iterator[None]:
    """Have cotengra contract all libraries' arrays as it does NumPy's.

    Left to itself it multiplies NumPy's arrays its own way, and leaves all
    others to their library's tensordot and einsum: a traced program would be
    another one than the eager one, with other last bits.
    """
    contract = pytest.importorskip("cotengra.contract")
    with contract.default_implementation("cotengra"):
        yield
