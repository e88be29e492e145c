"""What several tests need."""

import pytest

from lazyopt.ops import core


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ops that a test registers are forgotten when it ends."""
    for name in ("_OPS", "NAMES", "CALLABLES"):
        monkeypatch.setattr(core, name, dict(getattr(core, name)))
