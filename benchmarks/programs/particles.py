"""All pairs of many points: what is in between is far larger than they are."""

from typing import Any

from autoray import do

from benchmarks.programs.case import Case, normal

__all__ = ["accelerations", "nearest"]


def accelerations(n: int = 1500) -> Case:
    """What so many bodies do to one another; all pairs of them in space."""

    def program(places: Any, masses: Any) -> Any:
        apart = places[None, :, :] - places[:, None, :]
        near = do("sum", apart * apart, axis=-1) + 1e-3
        pull = masses * near**-1.5
        return do("sum", apart * pull[:, :, None], axis=1)

    return program, (normal(n, 3), abs(normal(n, seed=1)))


def nearest(n: int = 1500, dim: int = 8) -> Case:
    """For each point, how far its nearest in another set is, and which."""

    def program(x: Any, y: Any) -> Any:
        apart = x[:, None, :] - y[None, :, :]
        far = do("sum", apart * apart, axis=-1)
        return do("sqrt", do("min", far, axis=1)), do("argmin", far, axis=1)

    return program, (normal(n, dim), normal(n, dim, seed=1))
