"""A chain there and back, and the fewest steps that it takes."""

from functools import cache
from typing import Any

from autoray import do

from benchmarks.programs.case import Case, normal

__all__ = ["fewest_steps", "least_flops", "norms"]


def norms(layers: int = 60, width: int = 128) -> Case:
    """Norms of the gradients of a perceptron with tanh layers.

    What it returns takes no room, so all of its memory is what waits for the
    way back. The batch is as large as the layers are wide.
    """

    def step(x: Any, weights: list[Any]) -> list[Any]:
        active = [x]
        for W in weights:
            active.append(do("tanh", active[-1] @ W))
        g = active[-1]
        found = []
        for i in range(layers - 1, -1, -1):
            g = g * (1.0 - active[i + 1] * active[i + 1])
            d = active[i].T @ g
            found.append(do("sum", d * d))
            g = g @ weights[i].T
        return found

    weights = [
        normal(width, width, seed=i) / width**0.5 for i in range(layers)
    ]
    return step, (normal(width, width, seed=layers), weights)


@cache
def fewest_steps(length: int, slots: int) -> int:
    """Forward steps to visit a chain's values from the last to the first.

    The first of all is there, and so many others can be. The recursion of
    Griewank and Walther, "Algorithm 799: revolve", 2000: steps on to a value
    that is kept, the part after it, and the part before it.
    """
    if length <= 0:
        return 0
    if not slots:
        return length * (length + 1) // 2
    return min(
        m + fewest_steps(length - m, slots - 1) + fewest_steps(m - 1, slots)
        for m in range(1, length + 1)
    )


def least_flops(flops: int, layers: int, width: int, slots: int) -> int:
    """Operations of the best schedule of `norms` that keeps so many values.

    Parameters
    ----------
    flops : int
        Operations where all values are kept.
    layers, width : int
    slots : int
        Values of layers that there is room for, besides what a step needs.
    """
    step = 2 * width**3 + width**2
    return flops + (fewest_steps(layers, slots) - layers) * step
