"""A path over a network, written as calls on two arrays at a time."""

from collections.abc import Iterable, Sequence
from string import ascii_letters
from typing import Any

from lazyopt.build import make_node
from lazyopt.ir import Node
from lazyopt.ops import get_op
from lazyopt.specs import ArraySpec

__all__ = ["contracted"]

Labels = tuple[int, ...]


def contracted(
    operands: Sequence[Node],
    terms: Sequence[Labels],
    output: Labels,
    path: Iterable[Sequence[int]],
    spec: ArraySpec,
    source: str | None = None,
) -> list[Node]:
    """Calls that contract a network along a path.

    Parameters
    ----------
    operands : sequence of Node
    terms : sequence of tuple of int
        Labels of each operand's axes.
    output : tuple of int
        Labels of the result's axes.
    path : iterable of sequence of int
        Which of those left are contracted at each step; what that gives
        stands behind the others.
    spec : ArraySpec
        What the result is, in C or F order.
    source : str, optional
        The line of the user's program that they are for.

    Returns
    -------
    list of Node
        In order; the last one gives the result. Empty if it would be
        another than asked for, or a step has more labels than there are
        letters for.
    """
    left = list(zip(operands, terms, strict=True))
    calls: list[Node] = []
    for step in path:
        chosen = [left[i] for i in step]
        left = [x for i, x in enumerate(left) if i not in step]
        wanted = {i for _, labels in left for i in labels} | set(output)
        made = _step(chosen, wanted, output if not left else None, source)
        if made is None:
            return []
        calls += made[0]
        left.append((made[0][-1], made[1]))
    (result, labels) = left[0]
    if labels != output:
        axes = tuple([labels.index(i) for i in output])
        calls.append(
            make_node(get_op("transpose"), (result, axes), source=source)
        )
    if calls[-1].spec != spec:
        # Bits of what reads it may depend on the order in memory.
        args = (calls[-1], None, spec.layout)
        calls.append(make_node(get_op("asarray"), args, source=source))
    return calls if calls[-1].spec == spec else []


def _step(
    chosen: list[tuple[Node, Labels]],
    wanted: set[int],
    output: Labels | None,
    source: str | None,
) -> tuple[list[Node], Labels] | None:
    """One contraction, and the labels of what it gives."""
    if len(chosen) == 2:
        found = _tensordot(*chosen[0], *chosen[1], wanted)
        if found is not None:
            args, labels = found
            return [
                make_node(get_op("tensordot"), args, source=source)
            ], labels
    all_labels = dict.fromkeys([i for _, labels in chosen for i in labels])
    labels = tuple([i for i in all_labels if i in wanted])
    if output is not None:
        labels = output
    if len(all_labels) > len(ascii_letters):
        return None
    letter = dict(zip(all_labels, ascii_letters, strict=False))
    left, right = (
        ["".join([letter[i] for i in term]) for term in several]
        for several in ([term for _, term in chosen], [labels])
    )
    equation = f"{','.join(left)}->{right[0]}"
    operands = [x for x, _ in chosen]
    node = make_node(get_op("einsum"), (equation, *operands), source=source)
    return [node], labels


def _tensordot(
    a: Node, left: Labels, b: Node, right: Labels, wanted: set[int]
) -> tuple[tuple[Any, ...], Labels] | None:
    """The arguments of ``tensordot``, if that is all that a step is."""
    shared = set(left) & set(right)
    lone = (set(left) ^ set(right)) - wanted
    repeated = len(set(left)) < len(left) or len(set(right)) < len(right)
    if not shared or lone or repeated or shared & wanted:
        return None
    summed = [i for i in left if i in shared]
    axes = (
        tuple([left.index(i) for i in summed]),
        tuple([right.index(i) for i in summed]),
    )
    labels = tuple([i for i in (*left, *right) if i not in shared])
    return (a, b, axes), labels
