"""What a run of the fuzzer has drawn, and which rules it has fired."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.passes import lower_rules, simplify_rules
from lazyopt.registry import name_of
from lazyopt.specs import ArraySpec
from lazyopt.testing.calls import CALLS, NOT_DRAWN, step_of, with_operands
from lazyopt.testing.contractions import is_finite
from lazyopt.testing.decoder import Decoder, Fields
from lazyopt.testing.operands import DTYPES, SMALL, make_array
from lazyopt.testing.programs import prepared
from lazyopt.testing.steps import Ref

__all__ = ["FORMS", "Coverage", "possible_cells", "rule_names"]

#: What an operand may be, besides a plain array.
FORMS = ("0-d", "zero-size", "broadcast", "view", "strided")
Cell = tuple[str, str, str]
#: How many cells that were not drawn are named.
SHOWN = 30
#: How often each rule is to be applied in a long run.
ENOUGH = 1_000
#: Passes that choose an order. Others may leave one behind that is another.
ORDERING = ("rematerialise", "reorder")


class Coverage:
    """Counts of what was drawn and done. It can be sent between processes.

    Attributes
    ----------
    rules : Counter
        How often each rule was applied.
    left : Counter
        How often a pass left something alone, by its reason.
    calls : Counter
        How often each op was called.
    cells : set
        Ops, dtypes and forms of operands that occurred together.
    pipelines : Counter
        How often passes were drawn together, by their names in order.
    """

    def __init__(self) -> None:
        self.rules: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.cells: set[Cell] = set()
        self.pipelines: Counter[tuple[str, ...]] = Counter()
        self._seen: dict[Any, Any] = {}

    def note_graph(self, graph: Graph) -> None:
        """Count the calls of a graph."""
        seen, calls = self._seen, self.calls
        for node in graph.nodes:
            op = node.op
            if op is INPUT or op is CONSTANT or op is ITEM:
                continue
            calls[op.name] += 1
            for operand in node.operands:
                spec = operand.specs[0]
                key = op, id(spec), operand.op
                if key not in seen:
                    seen[key] = spec  # so that the id stays its own
                    self._note(op.name, operand)

    def _note(self, name: str, operand: Node) -> None:
        spec = operand.specs[0]
        if spec.dtype is not None and spec.shape is not None:
            for form in forms_of(spec, bool(operand.op.views)):
                self.cells.add((name, spec.dtype, form))

    def note_passes(self, passes: Sequence[Any]) -> None:
        """Count a pipeline."""
        self.pipelines[tuple([name_of(item) for item in passes])] += 1

    def note_pass(self, before: Graph, after: Graph) -> None:
        """Count what a pass has done, by its records, or by what is gone."""
        records = after.history[len(before.history) :]
        for record in records:
            for rule, count in record.rewrites.items():
                self.rules[f"{record.name}: {rule}"] += count
            for skip in record.skips:
                self.left[f"{record.name}: {_brief(skip.reason)}"] += 1
        if len(records) == 1 and not records[0].rewrites:
            self._note_change(records[0].name, before, after)

    def _note_change(self, name: str, before: Graph, after: Graph) -> None:
        if after.nodes == before.nodes:
            return
        old, new = _kinds(before), _kinds(after)
        if old == new and name in ORDERING:
            self.rules[f"{name}: order changed"] += 1
        for kind in old | new:
            gone = old[kind] - new[kind]
            if gone:
                what = "gone" if gone > 0 else "made"
                self.rules[f"{name}: {kind} {what}"] += abs(gone)

    def add(self, other: "Coverage") -> None:
        """Add what another one has counted."""
        self.rules.update(other.rules)
        self.left.update(other.left)
        self.calls.update(other.calls)
        self.cells |= other.cells
        self.pipelines.update(other.pipelines)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_seen": {}}

    def text(self) -> str:
        """Tables of all that."""
        # Some are possible in company of other operands alone.
        possible = possible_cells() | {c for c in self.cells if is_listed(c)}
        missing = sorted(possible - self.cells)
        drawn = len(possible) - len(missing)
        rare = sorted((n, name) for name, n in self.calls.items())[:6]
        cells = len(CALLS) * len(DTYPES) * len(FORMS)
        passes: Counter[str] = Counter()
        for names, n in self.pipelines.items():
            for name in names:
                passes[name] += n
        # Those that were never applied stand there, too.
        rules = Counter(dict.fromkeys(rule_names(passes), 0))
        rules.update(self.rules)
        seldom = [f"{k} {n:,}" for k, n in rules.items() if n < ENOUGH]
        applied = len(rules) - len(seldom)
        lines = [
            f"{len(self.pipelines):,} pipelines",
            *_table("passes drawn", passes),
            *_table("rules applied", rules),
            f"rules applied {ENOUGH:,} times or more: {applied} of "
            f"{len(rules)}"
            + "; less often: " * bool(seldom)
            + ", ".join(sorted(seldom)),
            "",
            *_table("left alone, and why", self.left),
            f"ops drawn: {len(set(self.calls) & set(CALLS))} of {len(CALLS)}, "
            f"and not {', '.join(NOT_DRAWN)}",
            "the rarest: " + ", ".join(f"{name} {n:,}" for n, name in rare),
            f"op x dtype x form of operand: {drawn:,} of {len(possible):,}; "
            f"of the other {cells - len(possible):,} NumPy refuses each call",
        ]
        if missing:
            shown = ", ".join(" ".join(cell) for cell in missing[:SHOWN])
            more = len(missing) - SHOWN
            tail = f" and {more:,} more" if more > 0 else ""
            lines.append(f"not drawn: {shown}{tail}")
        return "\n".join(lines)


def rule_names(passes: Iterable[str]) -> list[str]:
    """Rules that passes are known to have, as they stand in the tables."""
    tables = {"lower": lower_rules.RULES, "simplify": simplify_rules.RULES}
    return [
        f"{name}: {rule.name}"
        for name, rules in tables.items()
        if name in passes
        for rule in rules
    ]


def is_listed(cell: Cell) -> bool:
    """Whether it is of an op and a dtype that programs are to have."""
    return cell[0] in CALLS and cell[1] in DTYPES


def _table(title: str, counts: Counter[str]) -> list[str]:
    rows = [f"  {n:>12,}  {name}" for name, n in sorted(counts.items())]
    return [f"{title}:", *rows, ""]


def _brief(reason: str) -> str:
    """A reason without the numbers and names in it."""
    return re.split(r"[\d(\[]", reason)[0].strip()


def _kinds(graph: Graph) -> Counter[str]:
    return Counter(
        "constant" if n.op is CONSTANT else "call"
        for n in graph.nodes
        if n.op is not ITEM
    )


@functools.lru_cache(1 << 14)
def forms_of(spec: ArraySpec, is_view: bool) -> tuple[str, ...]:
    """Which of `FORMS` an operand has."""
    return tuple(_forms_of(spec, is_view))


def _forms_of(spec: ArraySpec, is_view: bool) -> Iterator[str]:
    shape, strides = spec.shape or (), spec.strides or ()
    if not shape:
        yield "0-d"
    if 0 in shape:
        yield "zero-size"
    elif any(s == 0 and d > 1 for d, s in zip(shape, strides, strict=False)):
        yield "broadcast"
    elif spec.layout == "strided":
        yield "strided"
    if is_view:
        yield "view"


#: What most ops take: LAPACK refuses what isn't finite, or singular.
PATTERN = "definite"
#: Shapes among which there is one for every op.
_SHAPES = ((2, 3), (3, 3), (3,), (2, 3, 4), (2, 2, 2), (0,), (0, 3), ())


def possible_cells() -> set[Cell]:
    """Ops, dtypes and forms of operands that NumPy takes together."""
    found: set[Cell] = set()
    with prepared():
        for dtype in DTYPES:
            for shape in _SHAPES:
                for layout in ("C", "strided", "broadcast"):
                    x = make_array(dtype, shape, layout, PATTERN)
                    found.update(_cells_with(x, False))
            for shape in ((3, 3), (3,), (2, 2, 2)):
                found.update(
                    _cells_with(make_array(dtype, shape, "C", PATTERN), True)
                )
    return found


def _cells_with(x: np.ndarray, is_view: bool) -> Iterable[Cell]:
    spec = ArraySpec(x.shape, x.dtype, strides=x.strides)
    forms = forms_of(spec, is_view)
    if not forms:
        return
    for name in CALLS:
        if _takes(name, x):
            for form in forms:
                yield name, spec.dtype or "", form


def _takes(name: str, x: np.ndarray) -> bool:
    """Whether one of the ways to call an op works with an operand."""
    if "linalg." in name and not is_finite(x):
        return False
    for other in (None, "float64", "int64"):
        made = Decoder(SMALL)
        made.input(x)
        if other is not None:
            made.input(make_array(other, x.shape, "C", PATTERN))
        for args, kwargs in CALLS[name]:
            given = with_operands(args, Ref(0), made, Fields(0))
            step = step_of(name, given, kwargs)
            if step.refs and made.add(step):
                return True
    return False
