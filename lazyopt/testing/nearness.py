"""Whether results differ by no more than rounding can make them."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.testing.evaluating import outcome_by, values_of
from lazyopt.testing.programs import prepared

__all__ = ["Nearness", "near"]

#: Units in the last place of the largest element that are always allowed.
ULPS = 64
#: Runs with every result shaken, to see what rounding does to the outputs.
RUNS = 8
#: How many units in the last place each result is shaken by.
SHAKEN = 4
#: How many times as far as in those runs an element may be.
FACTOR = 16


#: Ops that multiply elements in an order of their own.
PRODUCTS = ("cumprod", "nanprod", "prod")


class Met(IntEnum):
    """What a value has been made of.

    Where infinities or NaNs go into a contraction or come out, the order of
    its sums decides which of the two it is; and what is no float but was made
    of that, such as a comparison, may be anything.
    """

    NUMBERS = 0
    ENDLESS = 1
    ANYTHING = 2


class Nearness:
    """Judges outputs of a graph that a pass has changed last bits of.

    How far rounding carries depends on the program: behind a subtraction that
    cancels, or a comparison, the last bit of an operand is all there is. So
    the graph is run several times with each result off by a few units in the
    last place, and what a pass changes is held against what that changed.

    Parameters
    ----------
    graph : Graph
        Before the pass.
    inputs : sequence of arrays
    divide : str
        What happens on a division by zero.
    """

    def __init__(
        self, graph: Graph, inputs: Sequence[Any], divide: str
    ) -> None:
        self.graph = graph
        self.inputs = inputs
        self.divide = divide
        self._shaken: list[list[Any]] | None = None
        self._met: list[Met] | None = None

    def __call__(self, place: int, expected: Any, found: Any) -> bool:
        """Whether an output may have become another value."""
        met = self._outputs_met()[place]
        if met is Met.ANYTHING:
            return is_alike(expected, found)
        with np.errstate(all="ignore"):
            samples = [leaves[place] for leaves in self._runs()]
            return near(expected, found, samples, met is Met.ENDLESS)

    def _outputs_met(self) -> list[Met]:
        """What each output may have come to, whatever the program means."""
        if self._met is None:
            found: dict[Node, Met] = {}

            def run() -> list[Any]:
                values = values_of(self.graph, self.inputs)
                for node in self.graph.nodes:
                    found[node] = _met(node, values, found)
                return []

            with prepared():
                outcome_by(run, self.divide)
            # One that raises has no outputs to judge.
            self._met = [found.get(n, Met.NUMBERS) for n in self.graph.outputs]
        return self._met

    def _runs(self) -> list[list[Any]]:
        """What shaken runs give, of those that don't fail."""
        if self._shaken is None:
            rng = np.random.default_rng(0)
            with prepared():
                runs = [self._run(rng) for _ in range(RUNS)]
            self._shaken = [leaves for leaves in runs if leaves]
        return self._shaken

    def _run(self, rng: np.random.Generator) -> list[Any]:
        inputs = [_shaken(x, rng) for x in self.inputs]

        def run() -> list[Any]:
            values = values_of(
                self.graph, inputs, lambda node, x: _shake(node, x, rng)
            )
            return [values[n] for n in self.graph.outputs]

        return outcome_by(run, self.divide).leaves


def _met(
    node: Node, values: Mapping[Node, Any], found: Mapping[Node, Met]
) -> Met:
    """What a call has met, when its operands' is known."""
    met = max([found[n] for n in node.operands], default=Met.NUMBERS)
    given = [values[n] for n in node.operands]
    if node.op.contraction and not all(
        map(_is_finite, (values[node], *given))
    ):
        met = max(met, Met.ENDLESS)
    if node.op.name in PRODUCTS and _may_vanish(given[0], values[node]):
        met = Met.ANYTHING
    if met is Met.ENDLESS and not _is_float(values[node]):
        return Met.ANYTHING
    return met


def _may_vanish(x: Any, product: Any) -> bool:
    """Whether factors are so large and so small that their order matters.

    What is too large for the dtype on the way stays infinite, and what is
    too small stays 0.
    """
    if not _is_float(product):
        return False
    limits = np.finfo(np.asarray(product).dtype)
    sizes = np.abs(np.asarray(x).astype("complex128"))
    with np.errstate(all="ignore"):
        powers = np.log2(sizes)
    above = powers[powers > 0].sum() >= limits.maxexp
    below = powers[powers < 0].sum() <= limits.minexp
    return bool(
        (above and (powers < 0).any()) or (below and (powers > 0).any())
    )


def _is_float(x: Any) -> bool:
    if isinstance(x, tuple | list):
        return all(map(_is_float, x))
    return np.asarray(x).dtype.kind in "fc"


def _shake(node: Node, x: Any, rng: np.random.Generator) -> Any:
    """A result off by a few units, unless it only looks at its operand."""
    if node.op.views or not node.operands:
        return x
    # What it makes of its operands may be rounded as these are.
    units = [_unit(o.specs[0].dtype) for o in node.operands]
    least = max(units, default=0.0)
    if isinstance(x, tuple | list):
        return [_shaken(v, rng, True, least) for v in x]
    return _shaken(x, rng, True, least)


def _unit(dtype: Any) -> float:
    """The unit in the last place of 1 in a dtype; 0 if it doesn't round."""
    if dtype is None or np.dtype(dtype).kind not in "fc":
        return 0.0
    return float(np.finfo(dtype).eps)


def _shaken(
    x: Any,
    rng: np.random.Generator,
    turned: bool = False,
    least: float = 0.0,
) -> Any:
    """A few units off; what is complex and finite is also turned by some."""
    if not isinstance(x, np.ndarray | np.generic) or x.dtype.kind not in "fc":
        return x
    unit = max(_unit(x.dtype), least)
    by: Any = unit * rng.integers(-SHAKEN, SHAKEN + 1, np.shape(x))
    moved = np.asarray(x * (1 + by), x.dtype)
    if turned and x.dtype.kind == "c":
        angles = unit * rng.integers(-SHAKEN, SHAKEN + 1, np.shape(x))
        moved = np.where(np.isfinite(x), moved * (1 + 1j * angles), moved)
        moved = np.asarray(moved, x.dtype)
    return moved[()] if isinstance(x, np.generic) else moved


def _is_finite(x: Any) -> bool:
    if isinstance(x, tuple | list):
        return all(map(_is_finite, x))
    kind = np.asarray(x).dtype.kind
    return kind not in "fc" or bool(np.isfinite(x).all())


def is_alike(a: Any, b: Any) -> bool:
    """Whether two results are of one type, dtype and shape."""
    x, y = np.asarray(a), np.asarray(b)
    return type(a) is type(b) and (x.dtype, x.shape) == (y.dtype, y.shape)


def near(
    a: Any, b: Any, samples: Sequence[Any] = (), endless: bool = False
) -> bool:
    """Whether two results agree but for what rounding may change.

    Parameters
    ----------
    a, b : array or number
    samples : sequence
        What else may have come out in place of ``a``.
    endless : bool
        Whether what isn't finite may become something else.

    Returns
    -------
    bool
        False for another type, dtype or shape. Elements may differ by
        `ULPS` units of the largest one (of both parts, if they are complex),
        by `FACTOR` times what a sample differs by, and freely where a sample
        is another whole number or is not finite.
    """
    if not is_alike(a, b):
        return False
    x, y = np.asarray(a), np.asarray(b)
    others = [np.asarray(s) for s in samples]
    others = [s for s in others if s.dtype == x.dtype and s.shape == x.shape]
    if x.dtype.kind != "c":
        return _is_near(x, y, others, endless, False, _largest(x))
    # Rounding of a product moves each part by a share of the other; and what
    # isn't finite in one part is an infinity, whatever the other may be.
    lost = ~np.isfinite(x) & ~np.isfinite(y)
    largest = max(_largest(x.real), _largest(x.imag))
    return all(
        _is_near(x_, y_, others_, endless, lost, largest)
        for x_, y_, others_ in (
            (x.real, y.real, [s.real for s in others]),
            (x.imag, y.imag, [s.imag for s in others]),
        )
    )


def _is_near(
    x: Any, y: Any, others: list[Any], endless: bool, lost: Any, largest: Any
) -> bool:
    """The same for real numbers; those that are ``lost`` may be anything."""
    same = (x == y) | ((x != x) & (y != y)) | lost
    for s in others:
        if x.dtype.kind == "f":
            same |= np.isfinite(s) != np.isfinite(x)
        else:
            same |= s != x
    if x.dtype.kind != "f":
        return bool(same.all())
    finite = np.isfinite(x) & np.isfinite(y)
    if endless:
        same |= ~finite
    if not (same | finite).all():
        return False
    reach = _reach(x, others, largest)
    return bool((same | (_distance(x, y, finite) <= reach)).all())


def _largest(x: Any) -> Any:
    """The largest of the elements that are finite."""
    if x.dtype.kind != "f":
        return 0
    finite = np.isfinite(x)
    return np.abs(x[finite]).max() if finite.any() else x.dtype.type(0)


def _distance(x: Any, y: Any, finite: Any) -> Any:
    wide = np.abs(x.astype("longdouble") - y.astype("longdouble"))
    return np.where(finite, wide, np.inf)


def _reach(x: Any, others: Sequence[Any], largest: Any) -> Any:
    """How far each element may be away."""
    finite = np.isfinite(x)
    reach = np.full(x.shape, ULPS * np.spacing(largest).astype("longdouble"))
    for s in others:
        moved = _distance(x, s, finite & np.isfinite(s))
        reach = np.maximum(reach, FACTOR * np.where(finite, moved, 0))
    return reach
