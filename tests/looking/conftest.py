"""Pictures are drawn without a window, and closed."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def no_windows() -> Iterator[None]:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
