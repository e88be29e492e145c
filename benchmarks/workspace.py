"""How far predicted peaks of single calls are from what is measured.

    python -m benchmarks workspace [--ops=NAME,...] [--calls=N]

Every op is called on arrays of about 8 kB to 2 MB, of all dtypes and memory
layouts, in the forms of ``tests/ops``. Off is a call whose prediction is wrong
by more than 1 % and 8 KiB.
"""

import argparse
import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

import lazyopt as lo
from benchmarks.allocations import peaks
from lazyopt.build import make_node
from lazyopt.cost import node_flops
from lazyopt.ops import OPERATOR_FORMS, known_ops
from lazyopt.workspace.lookup import has_rule
from tests.ops.cases import CASES, OPERATOR_CASES
from tests.ops.checking import describe
from tests.ops.operands import DTYPES, ORDERS, Call, Maker, Variant, array
from tests.ops.patterns import Pattern
from tests.workspace.checking import SHARE, SLACK

__all__ = ["calls_of", "main"]

#: Elements of the largest operand, about.
SIZES = (1000, 10_000, 250_000)
#: Calls that return or compute more are left out.
MOST_BYTES = 1 << 26
MOST_FLOPS = 1 << 28


class LongMaker(Maker):
    """Makes the arrays of a call with all axes longer by one factor."""

    def __init__(self, variant: Variant, factor: int) -> None:
        super().__init__(variant)
        self.factor = factor

    def __call__(self, *shape: int, dtype: str | None = None) -> np.ndarray:
        place = len(self.made)
        own, order = self.variant[place % len(self.variant)]
        order = order if shape else "C"
        long = tuple(d * self.factor if d > 1 else d for d in shape)
        made: np.ndarray = array.__wrapped__(long, dtype or own, order, place)
        # Some functions copy what can't be written to.
        if order == "repeated":
            own_rows = np.array(made[:1])
            made = as_strided(own_rows, made.shape, made.strides)
        else:
            made.flags.writeable = True
            if made.dtype.kind in "fc" and made.ndim > 1:
                # Keeps matrices positive definite at any size.
                k = min(made.shape[-2:])
                made[..., range(k), range(k)] += 4 * k
        self.made.append(made)
        return made


def calls_of(
    op: lo.Op, patterns: Sequence[Pattern], count: int
) -> Iterator[Call]:
    """Calls of an op of all sizes, those that NumPy takes.

    The same ones each time.
    """
    rng = random.Random(0)
    for _ in range(count):
        pattern = rng.choice(patterns)
        first = (rng.choice(DTYPES), rng.choice(ORDERS))
        second = (rng.choice(DTYPES), rng.choice(ORDERS))
        variant = (first, rng.choice((first, second)))
        call = long_call(pattern, variant, rng.choice(SIZES))
        if is_fit(op, call):
            yield call


def long_call(pattern: Pattern, variant: Variant, size: int) -> Call:
    """A call whose largest array has about so many elements."""
    probe = Maker(variant)
    pattern(probe)
    size_now = max((x.size for x in probe.made), default=0)
    axes = max((x.ndim for x in probe.made), default=0)
    factor = round((size / size_now) ** (1 / axes)) if size_now and axes else 1
    return pattern(LongMaker(variant, max(factor, 1)))


def is_fit(op: lo.Op, call: Call) -> bool:
    """Whether a call is one that NumPy takes, and not too large."""
    args, kwargs = call
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            node = make_node(op, args, kwargs)
            if (
                sum(s.nbytes for s in node.specs) > MOST_BYTES
                or node_flops(node) > MOST_FLOPS
            ):
                return False
            op.implementation("numpy")(*args, **kwargs)
        except (ArithmeticError, IndexError, TypeError, ValueError):
            return False
    return True


@dataclass
class Found:
    """What was found of one op.

    Attributes
    ----------
    calls, off : int
    worst : int
        Bytes that the worst prediction was off.
    at : str
        The call of it.
    """

    calls: int = 0
    off: int = 0
    worst: int = 0
    at: str = ""

    def add(self, op: lo.Op, call: Call) -> None:
        """Measure one call."""
        args, kwargs = call
        measured, profile = peaks(op, *args, **kwargs)
        error = measured - profile.peak_bytes
        self.calls += 1
        self.off += abs(error) > max(SHARE * measured, SLACK)
        if abs(error) > abs(self.worst):
            self.worst, self.at = error, describe(call)


def line(op: lo.Op, form: str, found: Found) -> None:
    """Print what was found of one op."""
    source = "rule" if has_rule(op) else "-"
    print(
        f"{op.name:22}{form:10}{source:6}{found.calls:>6}{found.off:>5}"
        f"{found.worst:>12,}  {found.at if found.off else ''}",
        flush=True,
    )


def main(options: Sequence[str] = ()) -> None:
    """Print a line for each op."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks workspace")
    parser.add_argument("--ops", default="")
    parser.add_argument("--calls", type=int, default=60)
    asked = parser.parse_args(options)
    names = asked.ops.split(",") if asked.ops else []
    print(f"{'op':22}{'form':10}{'by':6}{'calls':>6}{'off':>5}{'worst':>12}")
    off, bare = 0, []
    forms = [(op, "function", CASES) for op in known_ops()]
    forms += [
        (op, "operator", OPERATOR_CASES) for op in OPERATOR_FORMS.values()
    ]
    for op, form, cases in forms:
        if op.name not in cases or (names and op.name not in names):
            continue
        found = Found()
        for call in calls_of(op, cases[op.name], asked.calls):
            found.add(op, call)
        line(op, form, found)
        off += found.off
        if not has_rule(op):
            bare.append(op.name)
    print(f"{off} calls off; not covered: {', '.join(bare) or 'none'}")
