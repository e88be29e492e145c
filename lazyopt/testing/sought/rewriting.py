"""For passes that put one call in another's place."""

import operator

import numpy as np

from lazyopt.testing.calls import DTYPE, SHAPE, X, Y
from lazyopt.testing.effects import forward
from lazyopt.testing.pairs import at, call, cast, do, of, op
from lazyopt.testing.sought.template import Template, each

__all__ = ["LOWER", "POWERS", "SIMPLIFY"]

SIMPLIFY: tuple[Template, ...] = (
    *each(
        "simplify",
        "any",
        (do("exp"), do("broadcast_to", X, SHAPE), do("exp")),
        (do("concatenate", (X,)),),
        (do("ravel"), do("exp"), do("concatenate", (X,))),
        (do("ravel"), do("exp"), do("where", Y, X, X)),
        (do("exp"), cast(DTYPE)),
        (cast(DTYPE),),
        (do("absolute"), do("absolute")),
        (do("floor"), do("floor")),
        (do("square"), op(operator.neg), op(operator.neg)),
        (do("exp"), do("flip", X, 0), do("flip", X, 0), do("exp")),
        (do("exp"), do("transpose"), do("transpose")),
        (do("ravel"), do("reshape", X, (-1, 1)), do("ravel")),
        # Not these: what looks like it is something else.
        (do("sum"), do("exp"), do("asarray")),
        (do("exp"), at(slice(None, None, -1))),
        (
            do("ravel"),
            do("concatenate", (X, X)),
            do("reshape", X, (2, -1), order="F"),
            do("reshape", X, (-1, 2)),
        ),
        # What is in between lives on.
        (
            do("tanh"),
            op(operator.neg),
            do("concatenate", (X, X, X)),
            do("sum"),
            do("negative", "R2"),
            op(operator.mul, "R4"),
            do("sum", "R2"),
            op(operator.mul, "R6"),
        ),
    ),
    *each(
        "simplify",
        "floats",
        (do("sqrt"), op(operator.add, 0.0), do("copysign", 1.0, X)),
        # One element that lies backwards is put forwards.
        *(
            (
                do("ravel"),
                do("tanh"),
                op(operator.sub, 2),
                at(slice(0, 1)),
                at(slice(None, None, -1)),
                do(name, X, shape),
                do("log2"),
            )
            for name, shape in (("reshape", -1), ("broadcast_to", SHAPE))
        ),
        (do("positive"), op(operator.mul, 1)),
        (do("positive"), op(operator.mul, 1.0)),
        (do("exp"), op(operator.mul, np.float64(1))),
        (do("tanh"), do("reciprocal"), do("reciprocal"), do("copy")),
        (do("square"), do("square"), do("copy")),
        (do("reshape", X, -1), do("reshape", X, "S0"), op(operator.neg)),
        (
            do("exp"),
            do("tanh", "R0"),
            of("R0", operator.gt, 0),
            do("where", "R3", "R1", "R2"),
        ),
    ),
    *each(
        "simplify",
        "complex",
        (do("positive"), op(operator.mul, 1), op(operator.mul, 1)),
        (do("positive"), op(operator.mul, 1.0), op(operator.mul, 1.0)),
    ),
    *each("simplify", "whole", (do("negative"), op(operator.mul, 0))),
    *each(
        "simplify",
        "number",
        (call(forward), op(operator.sub, 2), do("copy")),
    ),
    *each(
        "simplify",
        "large",
        # Copies of one value meet in a product, which looks for that.
        (
            do("exp"),
            do("copy", "R1"),
            do("copy", "R1"),
            do("transpose", "R3"),
            do("matmul", "R2", "R4"),
        ),
        # A copy lies otherwise.
        (do("tanh"), do("transpose"), do("copy"), do("ravel", X, order="K")),
        (do("tanh"), do("transpose"), do("copy"), do("sum", X, axis=0)),
    ),
    Template(
        "simplify",
        (do("exp"), do("copy", "R1"), do("copy", "R1")),
        returned=(2, 3),
    ),
    Template(
        "simplify",
        (do("moveaxis", X, 0, 0), do("real")),
        "floats",
        returned=(1, 2),
    ),
)

LOWER: tuple[Template, ...] = (
    *each(
        "lower",
        "any",
        (do("einsum", "ij->ji", X),),
        (do("ravel"), do("take", X, 0)),
        (do("ravel"), do("take", X, -1)),
        (do("expand_dims", X, -1),),
        (do("moveaxis", X, 0, -1),),
        (do("hstack", (X, X)),),
        (do("vstack", (X, X)),),
        (do("tensordot", X, X, 0),),
    ),
    *each("lower", "large", (do("tensordot", X, X, ((0, 1), (1, 0))),)),
    # Which of two NaNs is kept depends on strides of axes of one place.
    *each(
        "lower",
        "floats",
        (
            do("ravel"),
            do("tanh"),
            op(operator.sub, 2),
            do("sqrt"),
            at(slice(0, 1)),
            do("absolute"),
            do("reshape", X, (1, 1, 1)),
            do("expand_dims", "R4", 0),
            do("dot", "R7", X),
        ),
    ),
)

POWERS: tuple[Template, ...] = each(
    "powers",
    "any",
    (do("tanh"), op(operator.pow, 3)),
    (do("sqrt"), do("power", X, 8.0), op(operator.pow, 5.0)),
    (do("sin"), op(operator.pow, 7), op(operator.add, "R1")),
    (do("exp"), op(operator.pow, 2.5), op(operator.pow, -3)),
)
