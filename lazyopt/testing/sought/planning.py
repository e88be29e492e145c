"""For passes that choose when something is computed, and where it lies."""

import operator

from lazyopt.testing.calls import X
from lazyopt.testing.effects import scribble
from lazyopt.testing.pairs import Call, at, call, do, of, op
from lazyopt.testing.sought.template import Template, each

__all__ = ["PLANNING"]

#: Sums that a value waits for: cheap to make again, or to make in parts.
_WAITING: tuple[Call, ...] = (
    do("exp"),
    do("sum"),
    op(operator.mul, "R0"),
    do("tanh"),
    op(operator.add, "R3"),
    op(operator.mul, "R1"),
)
_ROWS: tuple[Call, ...] = (
    do("exp"),
    op(operator.mul, 1.5),
    op(operator.add, "R1"),
    do("sum", X, axis=-1),
)
_PRODUCTS: tuple[Call, ...] = (
    do("transpose"),
    do("dot", "R0", "R1"),
    do("sum", "R0", axis=-1),
    do("dot", "R2", "R3"),
)

PLANNING: tuple[Template, ...] = (
    *each("rematerialise", "large", _WAITING),
    *each("reorder", "large", _WAITING),
    *each("fuse", "large", _ROWS),
    *each("reuse", "large", _ROWS),
    *each(
        "slice",
        "large",
        _ROWS,
        (do("exp"), do("sort", X, axis=0), do("sum")),
    ),
    *each(
        "spill",
        "large",
        _WAITING,
        # A view that waits while its base is written into.
        (
            do("concatenate", (X, X)),
            at(slice(2)),
            do("identity", 2),
            call(scribble, "R1"),
            do("sum"),
            do("square", "R0"),
            do("concatenate", (X, X, X)),
        ),
    ),
    *each(
        "contract",
        "large",
        _PRODUCTS,
        (
            do("stack", (X, X)),
            at((slice(None), slice(None), 0)),
            do("einsum", "bij,bkj,bk->bi", "R1", "R1", "R2"),
        ),
        # The cheaper path has the larger result in between.
        (
            at((slice(4), slice(2))),
            of("R0", operator.getitem, (slice(2), slice(1))),
            of("R0", operator.getitem, (slice(1), slice(9))),
            do("matmul", "R2", "R3"),
            do("matmul", "R1", "R4"),
        ),
    ),
    # The product inside is returned as well.
    Template("contract", _PRODUCTS, "large", returned=(2, 4)),
)
