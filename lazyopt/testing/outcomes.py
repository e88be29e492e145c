"""What can be seen of a run, and whether two runs can be told apart."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from lazyopt.aliasing import groups_in_memory
from lazyopt.errors import VerificationError
from lazyopt.testing.effects import bits

__all__ = ["Judge", "Outcome", "compare", "require", "shared_pairs"]

#: Up to how many arrays each is held against each.
FEW = 32

#: Whether an output, by its place, may have become another value.
Judge = Callable[[int, Any, Any], bool]


@dataclass(slots=True)
class Outcome:
    """What can be seen of one run.

    Attributes
    ----------
    error : Exception or None
    leaves : list
        What was returned, flat.
    log : list
        What calls with effects saw, in order.
    structure : object
        What it was returned in.
    """

    error: Exception | None
    leaves: list[Any]
    log: list[Any]
    structure: Any = None


def require(condition: Any, message: str) -> None:
    """Raise a VerificationError unless the condition holds."""
    if not condition:
        raise VerificationError(message)


def compare(
    expected: Outcome,
    found: Outcome,
    held: Sequence[Any],
    *,
    reordered: bool = False,
    judge: Judge | None = None,
    strict: bool = False,
) -> None:
    """Check one run against another.

    Same error, or outputs of the same type, dtype, shape, strides and bits in
    the same structure; the same calls with effects, in order; and no arrays
    that share memory now and did not before.

    Parameters
    ----------
    expected, found : Outcome
    held : sequence
        Inputs and constants, with which outputs may share memory.
    reordered : bool
        Whether calls may be made in another order: if the program fails, it
        may then do so sooner or later.
    judge : callable, optional
        Asked about outputs whose bits differ.
    strict : bool
        Whether what was a view of an array may not be that array itself.

    Raises
    ------
    VerificationError
    """
    if type(found.error) is not type(expected.error):
        raise VerificationError(
            f"expected {_result(expected)}, found {_result(found)}"
        )
    _compare_logs(expected, found, reordered, judge is None)
    if expected.error is not None:
        if str(expected.error) != str(found.error):
            raise VerificationError(
                f"expected {expected.error!r}, found {found.error!r}"
            )
        return
    if found.structure != expected.structure or (
        len(found.leaves) != len(expected.leaves)
    ):
        raise VerificationError(
            f"it returns {found.structure!r}, and not {expected.structure!r}"
        )
    for i, (a, b) in enumerate(
        zip(expected.leaves, found.leaves, strict=True)
    ):
        if a is b:
            continue
        if not _same_bits(a, b) and not (judge and judge(i, a, b)):
            raise VerificationError(f"output {i}: {difference(a, b)}")
        if isinstance(a, np.ndarray):
            _compare_memory(i, a, b)
    _compare_sharing(expected.leaves, found.leaves, held)
    if strict:
        _compare_objects(expected.leaves, found.leaves, held)


def _same_bits(a: Any, b: Any) -> bool:
    """Whether two values can't be told apart by what they hold."""
    if type(a) is type(b) is np.ndarray:
        alike = a.dtype == b.dtype and a.shape == b.shape
        return bool(alike and a.tobytes() == b.tobytes())
    return bool(bits(a) == bits(b))


def _result(outcome: Outcome) -> str:
    if outcome.error is not None:
        return f"the error {outcome.error!r}"
    return f"{len(outcome.leaves)} results"


def _compare_logs(
    expected: Outcome, found: Outcome, reordered: bool, exact: bool
) -> None:
    a, b = expected.log, found.log
    if not exact:  # what was called, on what type, dtype and shape
        a, b = ([(name, seen[:-1]) for name, seen in log] for log in (a, b))
    if expected.error is not None and reordered:
        n = min(len(a), len(b))
        a, b = a[:n], b[:n]
    if len(a) != len(b):
        raise VerificationError(f"{len(a)} calls with effects became {len(b)}")
    if a != b:
        raise VerificationError(
            "calls with effects saw other values, or came in another order"
        )


def difference(a: Any, b: Any) -> str:
    """What tells two values apart, in a line."""
    if type(a) is not type(b):
        return f"{say(a)} became {say(b)}"
    if not isinstance(a, np.ndarray | np.generic):
        return f"{a!r} became {b!r}"
    if a.dtype != b.dtype:
        return f"its dtype was {a.dtype} and became {b.dtype}"
    if a.shape != b.shape:
        return f"its shape was {a.shape} and became {b.shape}"
    if not a.shape:
        return f"{_number(a, b)} became {_number(b, a)}"
    pairs = zip(np.ndindex(a.shape), a.flat, b.flat, strict=True)
    other = [(i, x, y) for i, x, y in pairs if x.tobytes() != y.tobytes()]
    place, x, y = other[0]
    where = list(map(int, place))
    return (
        f"{len(other)} of {a.size} elements differ, the first at {where}: "
        f"{_number(x, y)} became {_number(y, x)}"
    )


def _number(x: Any, other: Any) -> str:
    """A number, with its bits where that alone doesn't tell them apart."""
    text = repr(x[()] if isinstance(x, np.ndarray) else x)
    same = text == repr(other[()] if isinstance(other, np.ndarray) else other)
    return f"{text} (bits {x.tobytes().hex()})" if same else text


def say(x: Any) -> str:
    """A value in a line, with all its digits."""
    if not isinstance(x, np.ndarray):
        return repr(x)
    with np.printoptions(threshold=6, edgeitems=2, floatmode="unique"):
        text = " ".join(np.array2string(x, separator=", ").split())
    return f"an array {x.dtype}{list(x.shape)} {text}"


def strides_of(x: np.ndarray) -> Any:
    """Strides along axes that are stepped along."""
    if 0 in x.shape:
        return None
    pairs = zip(x.shape, x.strides, strict=True)
    return tuple([s for d, s in pairs if d > 1])


def _compare_memory(i: int, a: np.ndarray, b: np.ndarray) -> None:
    if a.strides != b.strides and strides_of(a) != strides_of(b):
        raise VerificationError(
            f"output {i}: its strides were {strides_of(a)} and became "
            f"{strides_of(b)}"
        )
    if a.size and a.flags.writeable and not b.flags.writeable:
        raise VerificationError(
            f"output {i}: it could be written to, and can't any more"
        )


def shared_pairs(arrays: Sequence[Any], first: int) -> list[tuple[int, int]]:
    """Pairs of places of arrays that share memory.

    Parameters
    ----------
    arrays : sequence
        What is no array shares nothing.
    first : int
        The second of each pair is at this place or beyond.
    """
    pairs: Iterable[tuple[int, int]]
    places = [i for i, x in enumerate(arrays) if isinstance(x, np.ndarray)]
    if len(places) <= FEW:
        pairs = [(i, j) for j in places if j >= first for i in places if i < j]
    else:
        groups = map(sorted, groups_in_memory(arrays))
        pairs = [
            (i, j) for g in groups for i, j in combinations(g, 2) if j >= first
        ]
    may = np.may_share_memory
    return [
        (i, j)
        for i, j in pairs
        if may(arrays[i], arrays[j]) and np.shares_memory(arrays[i], arrays[j])
    ]


def share_memory(a: Any, b: Any) -> bool:
    """Whether two values are arrays with an element in common."""
    return (
        isinstance(a, np.ndarray)
        and isinstance(b, np.ndarray)
        and np.may_share_memory(a, b)
        and np.shares_memory(a, b)
    )


def _compare_sharing(
    expected: list[Any], found: list[Any], held: Sequence[Any]
) -> None:
    """No output shares memory that did not share it before."""
    n = len(held)
    before = [*held, *expected]
    for i, j in shared_pairs([*held, *found], n):
        if not share_memory(before[i], before[j]):
            raise VerificationError(
                f"output {j - n} shares memory with an input or a constant, "
                "and did not before"
                if i < n
                else f"outputs {i - n} and {j - n} share memory, and did not "
                "before"
            )


def _compare_objects(
    expected: list[Any], found: list[Any], held: Sequence[Any]
) -> None:
    """No output is an array that is at another place, and was not before."""
    n = len(held)
    before = [*held, *expected]
    first: dict[int, int] = {}
    for j, x in enumerate([*held, *found]):
        i = first.setdefault(id(x), j)
        if not isinstance(x, np.ndarray) or i == j or j < n:
            continue
        if before[i] is not before[j]:
            what = "an input or a constant" if i < n else f"output {i - n}"
            raise VerificationError(
                f"output {j - n} is {what} itself, and was a view of it before"
            )
