"""Programs about the ops that a pass names: there it is most likely wrong.

As fuzzers of text draw words that stand in the program under test.
"""

import functools
import itertools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.ops import find_op, recognise
from lazyopt.testing.arithmetic import AXES, BINARY, OPERATORS, REDUCTIONS
from lazyopt.testing.bait import like
from lazyopt.testing.calls import (
    _NEED_SHAPE,
    CALLS,
    SHAPE,
    X,
    Y,
    operand,
    step_of,
    with_operands,
)
from lazyopt.testing.contractions import AXES as SUMMED
from lazyopt.testing.contractions import is_finite
from lazyopt.testing.naming import Named
from lazyopt.testing.operands import DTYPES
from lazyopt.testing.pairs import (
    FRESH,
    NEUTRAL,
    ROUND_TRIPS,
    SHOWING,
    TWINS,
    Call,
    at,
    do,
)
from lazyopt.testing.programs import MISSING
from lazyopt.testing.shaping import KEYS
from lazyopt.testing.steps import NESTED, Ref, Step, refs_in

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = ["About"]

_PLACES = (0, 1, -1, -2)
_ORDERS = tuple(p for n in (2, 3) for p in itertools.permutations(range(n)))
_EQUATIONS = ("ij->ji", "ij->j", "ij->i", "ii->i", "ii", "i->", "ijk->kij")
_PRODUCTS = ("ij,jk->ik", "ij,kj->ik", "ij,ij->ij", "i,i->", "ij,j->i")

#: More ways to call ops than stand among the bait, from what is known of
#: their arguments.
WAYS: tuple[Call, ...] = (
    *(do("transpose", X, p) for p in _ORDERS),
    *(do("transpose", X, p) for p in ((-1, 0), (-1, -2), (0, -1, 1))),
    *(
        do(f, X, i, j)
        for f in ("swapaxes", "moveaxis")
        for i, j in itertools.permutations(_PLACES, 2)
    ),
    *(do(f, X, i) for f in ("expand_dims", "flip", "roll") for i in _PLACES),
    *(do("roll", X, n, axis=i) for n in (1, -1, 2) for i in _PLACES),
    *(do(f, X, axis=i) for f in ("squeeze", "flip") for i in _PLACES),
    *(do(f, X, axis=i) for f in ("unstack", "diff") for i in _PLACES),
    *(
        do(f, X, n)
        for f in ("diagonal", "trace", "tril", "triu", "round")
        for n in (1, -1, 2)
    ),
    *(do("reshape", X, s) for s in (-1, SHAPE, (-1, 3), (3, -1), (1, -1))),
    *(do("reshape", X, s, order="F") for s in (-1, SHAPE, (3, -1))),
    *(do(f, X, order=o) for f in ("ravel", "copy") for o in "CFA"),
    *(do("astype", X, d) for d in DTYPES),
    *(at(k) for k in KEYS),
    *(do("take", X, i, axis=j) for i in _PLACES for j in (0, -1)),
    *(do("split", X, n, i) for n in (2, 3) for i in (0, -1)),
    *(do("tensordot", X, y, n) for n in (0, 1, 2) for y in (X, Y)),
    *(do("tensordot", X, Y, axes) for axes in SUMMED),
    *(do("einsum", e, X) for e in _EQUATIONS),
    *(do("einsum", e, X, Y) for e in _PRODUCTS),
    *(
        do(f, parts, axis=i)
        for f in ("stack", "concatenate")
        for parts in ((X, Y), (Y, X), (X, X), (X,))
        for i in (0, 1, -1)
    ),
    *(
        do("linalg.norm", X, n, **axis)
        for n in (None, 1, 2, np.inf, -np.inf, 0)
        for axis in ({}, {"axis": 0}, {"axis": -1, "keepdims": True})
    ),
    *(do("clip", X, *b) for b in ((0, 1), (1, 0), (-1.5, 0.5), (0, None))),
    *(do("where", *x) for x in ((X, X, Y), (X, Y, X), (Y, X, X), (X, Y, Y))),
    *(do("where", X, *x) for x in ((X, 0), (0, X), (1, 0), (0.0, -0.0))),
)
#: Keywords of reductions, besides the axis.
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"keepdims": True},
    {"dtype": "float32"},
    {"dtype": "float64"},
    {"ddof": 1},
)


def _name_of(form: str, target: Any) -> str | None:
    """The name of the op that a call of these tables is of."""
    if form == "operator":
        found = recognise(target, "numpy")
    else:
        found = find_op("transpose" if target == "T" else target)
    return None if found is None else found.name


@functools.cache
def _tables() -> dict[str, list[list[Call]]]:
    """For each op, calls of it: those of one group are drawn as often."""
    every = [
        [
            (s.form, s.target, s.args, dict(s.kwargs))
            for name, ways in CALLS.items()
            for s in (step_of(name, args, kwargs) for args, kwargs in ways)
        ],
        [
            *itertools.chain(*TWINS, *ROUND_TRIPS),
            *FRESH,
            *NEUTRAL,
            *SHOWING,
        ],
        WAYS,
        [
            do(name, X, axis=axis, **options)
            for name in (*REDUCTIONS, "nanmax", "nanmean", "average")
            for axis in AXES
            for options in OPTIONS
        ],
        [do(name, X) for name in REDUCTIONS],
        [
            call
            for a, b in ((X, Y), (Y, X), (X, X))
            for call in (
                *(("operator", f, (a, b), {}) for f in OPERATORS),
                *(do(name, a, b) for name in BINARY),
            )
        ],
    ]
    tables: dict[str, list[list[Call]]] = {}
    for group in every:
        found: dict[str, list[Call]] = {}
        for call in group:
            name = _name_of(call[0], call[1])
            if name is not None:
                found.setdefault(name, []).append(call)
        for name, calls in found.items():
            tables.setdefault(name, []).append(calls)
    return tables


@functools.cache
def _binary() -> dict[str, list[Any]]:
    """For each op of an operand and another or a number, how it is written."""
    found: dict[str, list[Any]] = {"getitem": [operator.getitem]}
    for f in OPERATORS:
        found.setdefault(str(_name_of("operator", f)), []).append(f)
    for name in BINARY:
        found.setdefault(str(_name_of("do", name)), []).append(name)
    return found


def _with_words(
    groups: list[list[Call]], words: frozenset[str]
) -> list[list[Call]]:
    """Calls of an op, the more often those that a pass looks for.

    They have a keyword that it names; if it names none, operands alone.
    """
    named = [
        call
        for group in groups
        for call in group
        if not words.isdisjoint(call[3])
    ]
    if named:
        return [*groups, named, named]
    plain = [
        call
        for group in groups
        for call in group
        if not call[3] and all(a in (X, Y) for a in call[2])
    ]
    return [*groups, *[plain] * (len(groups) * bool(plain))]


class About:
    """Instructions that call the ops that a pass names.

    Parameters
    ----------
    named : Named
    """

    def __init__(self, named: Named) -> None:
        self.tables = {
            name: _with_words(groups, named.words)
            for name, groups in _tables().items()
            if name in named.ops
        }
        self.names = tuple(self.tables)
        #: Those that can read two values.
        self.joining = tuple(
            name
            for name, groups in self.tables.items()
            if any(Y in call[2] for group in groups for call in group)
        )
        # Small whole numbers are mostly positions of arguments.
        telling = [n for n in named.numbers if type(n) is float or abs(n) > 1]
        self.numbers = (*named.numbers, *telling * 2) or (1,)

    def one(self, made: "Decoder", fields: "Fields") -> None:
        """Call one of them."""
        name, x = fields.pick(self.names), made.last
        if fields.take(3) == 0:
            x = operand(made, fields, made.drawn.patterns)
        self._call(made, fields, name, x)

    def nested(self, made: "Decoder", fields: "Fields") -> None:
        """Call two or three, each on what the one before it gives."""
        x = operand(made, fields, made.drawn.patterns)
        near = [x]
        if fields.take(2):
            near.append(like(x, made, fields))
        for _ in range(2 + fields.take(2)):
            name = fields.pick(self.names)
            if not self._call(made, fields, name, x, near):
                return
            x = made.last
            near.append(x)

    def joined(self, made: "Decoder", fields: "Fields") -> None:
        """Call two on the same value, and one on both results."""
        x = operand(made, fields, made.drawn.patterns)
        names, found = self.names, []
        first = fields.take(len(names))
        others = (*names[first + 1 :], *names[: first + 1])
        for name in (names[first], fields.pick(others)):
            if not self._call(made, fields, name, x):
                return
            found.append(made.last)
        self._call(
            made, fields, fields.pick(self.joining), found[0], other=found[1]
        )

    def _call(
        self,
        made: "Decoder",
        fields: "Fields",
        name: str,
        x: Ref,
        near: Sequence[Ref] = (),
        other: Ref | None = None,
    ) -> bool:
        """Call an op on ``x``, and say whether it could be.

        The second operand is ``other``, or one of those near half of the time.
        """
        value = made.value(x)
        if value is MISSING or ("linalg." in name and not is_finite(value)):
            return False
        forms = _binary().get(name)
        if forms and other is None and fields.take(3) == 0:
            several = self.numbers if fields.take(2) else made.drawn.scalars
            args: tuple[Any, ...] = x, fields.pick(several)
            args = args if fields.take(4) else args[::-1]
            target = fields.pick(forms)
            form = "do" if type(target) is str else "operator"
            return made.add(Step("call", form, target, args))
        groups = self.tables[name]
        form, target, given, kwargs = fields.pick(fields.pick(groups))
        if other is None and near and fields.take(2):
            other = fields.pick(near)
        if other is not None:
            given = _with_other(given, other)
        filled = with_operands(given, x, made, fields)
        if kwargs.get("axis") is not None and not np.ndim(value):
            return False  # NumPy has axes of 0-d arrays here and there
        known = made.unknown.isdisjoint(refs_in(filled))
        if not known and name in _NEED_SHAPE:
            return False
        return made.add(Step("call", form, target, filled, kwargs))


def _with_other(args: tuple[Any, ...], other: Ref) -> tuple[Any, ...]:
    """Arguments with this value for the second operand."""
    return tuple(
        [
            type(a)(_with_other(tuple(a), other))
            if type(a) in NESTED
            else other
            if type(a) is str and a == Y
            else a
            for a in args
        ]
    )
