"""Settings for every test: one BLAS thread, and how hard Hypothesis looks."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The number of BLAS threads changes the bits of a matmul. The libraries read
# these once, when numpy is first imported, so they are set before any test is.
for _variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
):
    os.environ.setdefault(_variable, "1")

# Hypothesis brings a "ci" profile of its own that fixes the seed. This one
# replaces it: a seed that never changes stops finding anything.
settings.register_profile(
    "dev",
    max_examples=200,
    deadline=None,
    derandomize=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "ci",
    settings.get_profile("dev"),
    max_examples=2000,
    print_blob=True,
)
settings.register_profile(
    "long", settings.get_profile("ci"), max_examples=20_000
)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE")
    or ("ci" if os.environ.get("CI") else "dev")
)

THIRD_PARTY = Path(__file__).parent / "tests" / "third_party"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands under tests/third_party, so that -m can select it."""
    for item in items:
        if THIRD_PARTY in item.path.parents:
            item.add_marker(pytest.mark.third_party)
