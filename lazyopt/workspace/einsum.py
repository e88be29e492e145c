"""Workspace of ``einsum``: of one loop, or of a path of products."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from lazyopt.ops import get_op
from lazyopt.ops.contractions import einsum_copies, einsum_parts
from lazyopt.ops.families import dummy
from lazyopt.ops.model import dense_in_order, k_order
from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace.buffers import Operand, iterator_bytes
from lazyopt.workspace.contractions import gufunc_casts
from lazyopt.workspace.copies import reshaped
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.ufuncs import spec_from

__all__ = ["RULES"]

#: What NumPy makes to plan a path.
PATH = 3300
#: Loops without casts over so many operands and axes take no buffers.
PLAIN = {(n, axes) for n in (1, 2) for axes in (2, 3)}

Sizes = dict[str, int]
Terms = Sequence[tuple[str, ArraySpec]]
Order = Literal["C", "F"] | None


def einsum(
    results: Any,
    *operands: Any,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    **kwargs: Any,
) -> int:
    if not einsum_copies(*operands):
        return 0
    terms, output, arrays = einsum_parts(operands)
    specs = [spec_from(a) for a in arrays]
    if optimize is False:
        forced = _forced(order, specs)
        return sum_bytes(terms, output, specs, results[0], forced)
    equation = f"{','.join(terms)}->{output}"
    path, _ = np.einsum_path(
        equation, *map(dummy, specs), optimize=optimize or False
    )
    steps = _Path(dtype, order)
    steps.take(PATH)
    steps.contract(terms, output, specs, path[1:])
    return steps.beyond(results)


def _forced(order: str, specs: Sequence[ArraySpec]) -> Order:
    """The order of a result's axes, if it isn't up to the operands."""
    if order.upper() == "A":
        fortran = all(dummy(s).flags.f_contiguous for s in specs)
        return "F" if fortran else "C"
    return {"C": "C", "F": "F"}.get(order.upper())  # type: ignore[return-value]


# ------------------------------------------------------------- in one loop


def sum_bytes(
    terms: Sequence[str],
    output: str,
    specs: Sequence[ArraySpec],
    result: ArraySpec,
    order: Order = None,
) -> int:
    """Buffers of the one loop over all letters.

    Parameters
    ----------
    terms, output : str
        Letters of the operands' axes and of the result's.
    specs : sequence of ArraySpec
    result : ArraySpec
    order : {"C", "F"} or None
        Order of the axes, if it isn't up to the operands.
    """
    letters = _letters(terms, output)
    inputs = [_along(letters, t, s) for t, s in zip(terms, specs, strict=True)]
    shape = np.broadcast_shapes(*[s.shape or () for s in inputs])
    item = itemsize(result.dtype or "bool")
    rows = [
        Operand(s.strides or (), item, s.dtype != result.dtype) for s in inputs
    ]
    summed = result.size < math.prod(shape)
    made = _along(letters, output, result)
    rows.append(Operand(made.strides or (), item, reduced=summed))
    ordering = _ordering(shape, inputs, order)
    axes = _axes(shape, ordering, rows)
    if not any(r.cast for r in rows) and (len(terms), axes) in PLAIN:
        return 0
    return iterator_bytes(shape, ordering, rows, grows=False)


def _ordering(
    shape: Sequence[int], inputs: list[ArraySpec], order: Order
) -> list[ArraySpec]:
    """The arrays that decide the order of the axes."""
    return [ArraySpec(shape, layout=order)] if order else inputs


def _axes(
    shape: Sequence[int],
    inputs: Sequence[ArraySpec],
    rows: Sequence[Operand],
) -> int:
    """Number of axes that are left when those that run on are joined."""
    count, size = 0, 1
    start: list[int] = []
    for i in reversed(k_order(shape, inputs)):
        if shape[i] == 1:
            continue
        steps = [r.strides[i] for r in rows]
        if not count or steps != [s * size for s in start]:
            count, size, start = count + 1, 1, steps
        size *= shape[i]
    return count


def _letters(terms: Sequence[str], output: str) -> list[str]:
    """Axes of the loop: the result's, and then those summed over."""
    return [*output, *sorted({c for t in terms for c in t} - set(output))]


def _along(letters: Sequence[str], term: str, a: ArraySpec) -> ArraySpec:
    """A view with an axis for each letter, of one element where it has none.

    An axis named twice is a diagonal.
    """
    assert a.shape is not None and a.strides is not None
    sizes = dict.fromkeys(letters, 1)
    strides = dict.fromkeys(letters, 0)
    for letter, d, s in zip(term, a.shape, a.strides, strict=True):
        sizes[letter] = d
        strides[letter] += s
    return ArraySpec(
        [sizes[c] for c in letters],
        a.dtype,
        strides=[strides[c] for c in letters],
    )


# ------------------------------------------------------------ along a path


class _Path(Steps):
    """What is made along a path of contractions.

    Parameters
    ----------
    dtype : dtype or None
    order : str
        As the call asks for them.
    """

    def __init__(self, dtype: Any, order: str) -> None:
        super().__init__()
        self.options = {} if dtype is None else {"dtype": dtype}
        self.order = order

    def contract(
        self,
        terms: Sequence[str],
        output: str,
        specs: Sequence[ArraySpec],
        path: Sequence[tuple[int, ...]],
    ) -> None:
        """Go along a path, taking what each of its steps makes.

        What a step makes is freed with the step that contracts it.
        """
        live = [(t, s, 0) for t, s in zip(terms, specs, strict=True)]
        sizes: Sizes = {}
        for term, spec, _ in live:
            for letter, d in zip(term, spec.shape or (), strict=True):
                sizes[letter] = max(sizes.get(letter, 1), d)
        for places in path:
            used = [live.pop(i) for i in sorted(places, reverse=True)]
            operands = [(t, s) for t, s, _ in used]
            out = output
            if live:
                letters = {c for t, _ in operands for c in t}
                needed = set(output).union(*[t for t, _, _ in live])
                kept = sorted(letters & needed, key=lambda c: (sizes[c], c))
                out = "".join(kept)
            step = self.product if len(used) == 2 else self.sum
            made = step(operands, out)
            for _, _, size in used:
                self.drop(size)
            live.append((out, made, made.nbytes))

    def sum(self, operands: Terms, out: str) -> ArraySpec:
        """Sum in one loop over any number of operands."""
        terms = [t for t, _ in operands]
        specs = [s for _, s in operands]
        letters = _letters(terms, out)
        inputs = [_along(letters, t, s) for t, s in operands]
        shape = np.broadcast_shapes(*[s.shape or () for s in inputs])
        found = np.result_type(*[np.dtype(s.dtype) for s in specs])
        name = np.dtype(self.options.get("dtype", found)).name
        forced = _forced(self.order, specs)
        axes = k_order(shape, _ordering(shape, inputs, forced))
        axes = [i for i in axes if i < len(out)]
        made = dense_in_order(shape[: len(out)], name, axes)
        self.take(made.nbytes)
        self.touch(sum_bytes(terms, out, specs, made, forced))
        return made

    def product(self, operands: Terms, out: str) -> ArraySpec:
        """Contract two operands, by a batch of matrix products.

        Without a letter to sum over, they are multiplied as they broadcast.
        """
        (a_term, a), (b_term, b) = operands
        left, right = _long(a_term, a), _long(b_term, b)
        summed = [c for c in left if c in right and c not in out]
        if not summed:
            return self.multiply(operands, out)
        batch = [c for c in left if c in right and c in out]
        rows = [c for c in left if c not in right and c in out]
        columns = [c for c in right if c not in left and c in out]
        sizes = {**left, **right}
        before = self.now
        lhs = self.arrange(a_term, a, _groups(batch, rows, summed), sizes)
        rhs = self.arrange(b_term, b, _groups(batch, summed, columns), sizes)
        (made,) = get_op("matmul").infer(lhs, rhs, **self.options)
        kept = self.now - before
        self.take(made.nbytes)
        self.touch(gufunc_casts((lhs, rhs), made.dtype))
        ones = [c for c in out if c not in sizes]
        axes = "".join([*ones, *batch, *rows, *columns])
        product, _ = reshaped(made, [sizes.get(c, 1) for c in axes])
        product = self.ordered(_along(out, axes, product), (a, b))
        self.drop(kept)
        return product

    def multiply(self, operands: Terms, out: str) -> ArraySpec:
        """Multiply two operands that broadcast to the result."""
        before = self.now
        made = []
        for term, a in operands:
            wanted = "".join(c for c in out if c in term)
            sizes = _long(term, a)
            made.append(
                self.arrange(term, a, [[c] for c in out], sizes, wanted)
            )
        kept = self.now - before
        result = self.ufunc(np.multiply, *made, **self.options)
        self.drop(kept)
        return result

    def ordered(
        self, made: ArraySpec, operands: Sequence[ArraySpec]
    ) -> ArraySpec:
        """Copy a product that isn't in the order that is asked for."""
        forced = _forced(self.order, operands)
        if forced is None or _is_in(made, forced):
            return made
        self.take(made.nbytes)
        self.drop(made.nbytes)
        return ArraySpec(made.shape, made.dtype, forced)

    def arrange(
        self,
        term: str,
        a: ArraySpec,
        groups: list[list[str]],
        sizes: Sizes,
        wanted: str | None = None,
    ) -> ArraySpec:
        """Give an operand an axis for each group of letters.

        What isn't among these is summed over first. A copy that a reshape
        makes takes the place of that sum.
        """
        if wanted is None:
            wanted = "".join(c for group in groups for c in group)
        own = 0
        if set(term) == set(wanted):
            a = _along(wanted, term, a)
        else:
            plain = _Path(None, "K")
            a = plain.sum([(term, a)], wanted)
            self.touch(plain.most)
            own = a.nbytes
            self.take(own)
        shape = [math.prod(sizes.get(c, 1) for c in g) for g in groups]
        made, copied = reshaped(a, shape)
        self.take(copied)
        self.drop(own if copied else 0)
        return made


def _long(term: str, a: ArraySpec) -> Sizes:
    """Letters of the axes of more than one element, and their sizes."""
    pairs = zip(term, a.shape or (), strict=True)
    return {letter: d for letter, d in pairs if d != 1}


def _groups(
    batch: list[str], first: list[str], second: list[str]
) -> list[list[str]]:
    return [batch, first, second] if batch else [first, second]


def _is_in(a: ArraySpec, order: Order) -> bool:
    flags = dummy(a).flags
    return flags.f_contiguous if order == "F" else flags.c_contiguous


RULES = {"einsum": einsum}
