"""For passes that merge calls, or put a constant in their place."""

import operator

from lazyopt.testing.calls import ROW, X, Y
from lazyopt.testing.effects import scribble
from lazyopt.testing.pairs import Call, at, call, do, of, op
from lazyopt.testing.sought.template import Template, each

__all__ = ["FOLD", "SHARE"]

_DRAWN: Call = ("do", "random.normal", (), {"size": (3,)})


def _both(first: Call, second: Call) -> tuple[Call, ...]:
    """Two calls that are almost the same, and a copy of each result."""
    return first, second, do("copy", "R1"), do("copy", "R2")


def _times(a: complex, b: complex) -> tuple[Call, ...]:
    return _both(op(operator.mul, a), of("R0", operator.mul, b))


SHARE: tuple[Template, ...] = (
    *each(
        "share",
        "any",
        (_DRAWN, _DRAWN, of("R1", operator.sub, "R2")),
        (do("tanh"), do("tanh", "R0"), call(scribble, "R1"), do("exp", "R2")),
        (
            do("tanh"),
            do("subtract", "R0", "R1"),
            do("subtract", "R1", "R0"),
            do("copy", "R2"),
            do("copy", "R3"),
        ),
    ),
    *each("share", "floats", _times(1 + 0j, complex(1, -0.0))),
    *each("share", "floats", _times(0.0, -0.0)),
    *each("share", "whole", _times(1, 1.0)),
    *each(
        "share",
        "bools",
        _times(True, 1),
        _both(op(operator.pow, 2), do("power", "R0", 2)),
    ),
    *each(
        "share",
        "large",
        *(
            _both(at(a), of("R0", operator.getitem, b))
            for a, b in (
                ((0, 1), [0, 1]),
                (slice(None, None, 1), slice(None, None, -1)),
                (slice(1, None), slice(2, None)),
                (slice(-1, None), slice(-2, None)),
            )
        ),
        _both(
            do("take", X, [0, -1], axis=0), do("take", "R0", [0, -2], axis=0)
        ),
    ),
    # Two of three that are alike are returned.
    *(
        Template("share", (do("expand_dims", "R0", 0),) * 3, returned=which)
        for which in ((), (2, 3))
    ),
    Template(
        "share",
        (
            do("transpose", "R0"),
            do("transpose", "R0"),
            do("real", "R1"),
            do("real", "R2"),
        ),
        returned=(3, 4),
    ),
    # The second and the third of three meet in a product.
    Template(
        "share",
        (
            do("tanh", "R0"),
            do("tanh", "R0"),
            do("tanh", "R0"),
            do("sum", "R1"),
            do("transpose", "R3"),
            do("matmul", "R2", "R5"),
        ),
        "large",
        returned=(4, 6),
    ),
)

FOLD: tuple[Template, ...] = (
    # A view of a constant that repeats it.
    *each(
        "fold",
        "large",
        (
            do("take", X, 0, axis=0),
            do("tanh"),
            do("broadcast_to", X, "S0"),
            do("copy"),
            do("exp"),
            op(operator.mul, ROW),
            do("multiply", "R3", ROW),
        ),
    ),
    # A number by zero, which is an error if it stays one.
    *each(
        "fold",
        "any",
        (
            do("sum"),
            op(operator.mul, 0),
            do("full", (), 1),
            of("R3", operator.floordiv, "R2"),
        ),
    ),
    *each(
        "fold",
        "constant",
        (do("split", X, 2, -1), op(operator.mul, 2), op(operator.mul, Y)),
        (do("split", X, 3, -1), op(operator.mul, 2), op(operator.mul, Y)),
        (do("subtract", "R0", "R0"), do("log"), op(operator.mul, Y)),
        (do("negative"), op(operator.mul, Y), do("copysign", 1.0, X)),
        (do("tanh"), call(scribble), do("exp", "R1"), op(operator.mul, Y)),
        # An array and a view of it meet in a product that isn't folded.
        (
            do("tanh"),
            do("transpose"),
            do("full_like", "R0", 1.0),
            op(operator.mul, Y),
            do("matmul", "R1", "R2"),
        ),
    ),
)
