"""What makes a peak, and what would lower it, in about ten lines."""

from pathlib import PurePath

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.memory import Held, MemoryProfile
from lazyopt.ordering import problem_of
from lazyopt.sizes import format_bytes, format_gap

__all__ = ["memory_text"]

#: Lines in all, and how many storages are named: at most, and at least.
LINES, STORAGES, FEWEST = 10, 6, 3

#: What is a smaller part of the peak than this is not worth a word.
WORTH = 0.01

#: Dtypes that have a counterpart of half their size.
DOUBLE = ("float64", "complex128")


def memory_text(m: MemoryProfile) -> str:
    """What makes the peak, and what would lower it, in about ten lines.

    The advice that depends on the program as a whole is only given for a
    profile that knows its graph, as that of `Graph.memory` does.
    """
    least = "at least " if m.unknown else ""
    first = (
        f"peak {least}{format_bytes(m.peak_bytes)} beyond "
        f"{format_bytes(m.resident_bytes)} of inputs and constants, "
        + _verdict(m)
    )
    tail = [*_at_peak(m), *_caveats(m), *_advice(m)]
    # One line for the first, and one for the storages not named.
    del tail[LINES - 2 - FEWEST :]
    room = min(STORAGES, LINES - 2 - len(tail))
    return "\n".join([first, *_storages(m, room), *tail])


def _verdict(m: MemoryProfile) -> str:
    if m.peak_bytes <= m.lower_bound_bytes:
        return "proven optimal for these calls"
    if not m.lower_bound_bytes:
        return "no bound known"
    return format_gap(m.peak_bytes, m.lower_bound_bytes)


def _storages(m: MemoryProfile, room: int) -> list[str]:
    """The largest storages that are live at the peak, a line each."""
    lines = []
    if len(m.live_at_peak) == room + 1:
        room += 1  # one more takes no more space than saying so
    for held in m.live_at_peak[:room]:
        size = format_bytes(held.nbytes)
        name = f" {held.node.args[0]}" if held.node.is_input else ""
        facts = [f"%{held.place}"]
        if held.source:
            facts.append(PurePath(held.source).name)
        facts.append(_fate(m, held))
        lines.append(
            f"  {size:>10}  {held.op.name}{name} : {held.spec}  "
            + ", ".join(facts)
        )
    rest = m.live_at_peak[room:]
    if rest:
        size = format_bytes(sum(held.nbytes for held in rest))
        lines.append(f"  {size:>10}  in {len(rest)} more")
    return lines


def _fate(m: MemoryProfile, held: Held) -> str:
    if held.last is None:
        return "returned"
    if held.last is held.node:
        return "never read"
    return f"last read by {_name(m, held.last)}"


def _name(m: MemoryProfile, node: Node) -> str:
    """A call by its place in the schedule and its op."""
    place = "" if m.graph is None else f"%{m.graph.number(node)} "
    return f"{place}{node.op.name}"


def _at_peak(m: MemoryProfile) -> list[str]:
    """Which call runs at the peak, and what it needs for itself."""
    node = m.peak_step
    if node is None or not m.peak_bytes:
        return []
    where = f", {PurePath(node.source).name}" if node.source else ""
    needs = ""
    if m.workspace_at_peak >= WORTH * m.peak_bytes:
        size = format_bytes(m.workspace_at_peak)
        needs = f", needs {size} for itself: {_why(node)}"
    return [f"at the peak: {_name(m, node)}{where}{needs}"]


def _why(node: Node) -> str:
    """Why a call takes memory besides its results."""
    op = node.op
    if op.contraction:
        if _has_strided_operand(node):
            return "it copies a strided operand"
        if op.name == "einsum":
            return "it keeps what it computes on the way"
        if op.name == "tensordot":
            return "it copies operands to bring the summed axes together"
        return "it copies an operand to BLAS's dtype and layout"
    if op.elementwise:
        how = "takes" if _lie_otherwise(node) else "casts"
        return f"it {how} operands through buffers"
    if op.name.startswith("linalg."):
        return "it copies its matrix for LAPACK"
    return "it has temporaries of its own"


def _lie_otherwise(node: Node) -> bool:
    """Whether operands of an elementwise call differ in layout alone."""
    specs = [s for n in node.operands for s in n.specs if s.shape]
    made = {s.dtype for s in node.specs} - {"bool"}
    if len(made | {s.dtype for s in specs}) > 1:
        return False
    return _has_strided_operand(node) or len({s.layout for s in specs}) > 1


def _has_strided_operand(node: Node) -> bool:
    return any(
        spec.layout == "strided" for n in node.operands for spec in n.specs
    )


def _caveats(m: MemoryProfile) -> list[str]:
    lines = []
    if m.unknown:
        names = sorted({n.op.name for n in m.unknown})
        lines.append(
            f"not counted: results of {', '.join(names[:5])}, whose size "
            "isn't known before they run"
        )
    if m.backend != "numpy":
        lines.append(
            f"sizes are {m.backend}'s; which calls copy, and what they need "
            "while they run, is taken to be as on NumPy"
        )
    return lines


def _advice(m: MemoryProfile) -> list[str]:
    """What would lower the peak, what saves most first."""
    found = [
        (saved, text)
        for saved, text in (
            _another_order(m),
            _copied_views(m),
            _less_workspace(m),
            _donated_inputs(m),
        )
        if saved and saved >= WORTH * m.peak_bytes
    ]
    found.sort(key=lambda pair: -pair[0])
    lines = [f"to lower it: {text}" for _, text in found]
    returned = sum(h.nbytes for h in m.live_at_peak if h.last is None)
    if returned and 2 * returned >= m.peak_bytes:
        lines.append(
            f"{format_bytes(returned)} of it is returned: only fewer or "
            "smaller results lower that part"
        )
    doubles = sum(h.nbytes for h in m.live_at_peak if h.dtype in DOUBLE)
    if not lines and 2 * doubles >= m.peak_bytes > 0:
        lines.append(
            f"to lower it: single precision, where it will do, takes "
            f"{format_bytes(doubles // 2)} less"
        )
    return lines


def _another_order(m: MemoryProfile) -> tuple[int, str]:
    graph = m.graph
    if graph is None or any(r.name == "reorder" for r in graph.history):
        return 0, ""
    saved = m.peak_bytes - m.lower_bound_bytes
    return saved, (
        f"another order, which lo.optimize looks for, saves "
        f"{format_bytes(saved)} at most"
    )


def _copied_views(m: MemoryProfile) -> tuple[int, str]:
    held = max(
        m.live_at_peak,
        key=lambda h: h.nbytes - h.seen_bytes,
        default=None,
    )
    if held is None:
        return 0, ""
    saved = held.nbytes - held.seen_bytes
    return saved, (
        f"copy the views of %{held.place} {held.op.name}, of which only "
        f"{held.seen_bytes / held.nbytes:.0%} is still needed, and "
        f"{format_bytes(saved)} can go"
    )


def _less_workspace(m: MemoryProfile) -> tuple[int, str]:
    node, saved = m.peak_step, m.workspace_at_peak
    if node is None:
        return 0, ""
    # An einsum of several operands has intermediate results of its own.
    if node.op.contraction and node.op.name != "einsum":
        if len({s.dtype for n in node.operands for s in n.specs}) > 1:
            how = "operands of one dtype"
        else:
            how = "operands laid out in the order that it sums in"
    elif node.op.elementwise:
        how = (
            "operands without gaps, of one layout"
            if _lie_otherwise(node)
            else "operands of the dtype that it computes in"
        )
    else:
        return 0, ""
    return saved, (
        f"with {how}, {_name(m, node)} needs up to {format_bytes(saved)} less"
    )


def _donated_inputs(m: MemoryProfile) -> tuple[int, str]:
    """Inputs that die before the peak, and what donating them saves.

    They move from what is resident to what is live. What counts is the sum
    of both, which donating never raises.
    """
    graph = m.graph
    if graph is None or graph.bound is not None or not m.steps:
        return 0, ""
    live = np.asarray(m.timeline)
    # What dies after the first step that is as good as the peak saves nothing.
    top = int(np.argmax(live >= (1 - WORTH) * m.peak_bytes))
    gone = {n: last for n, last in _last_reads(graph).items() if last < top}
    freed = np.zeros(len(live) + 1, np.int64)
    for n, last in gone.items():
        freed[last + 1] += n.spec.nbytes
    saved = m.peak_bytes - int((live - np.cumsum(freed)[:-1]).max())
    names = sorted(gone, key=lambda n: (-n.spec.nbytes, graph.number(n)))
    shown = ", ".join([repr(n.args[0]) for n in names[:3]])
    more = ", ..." * (len(names) > 3)
    return saved, (
        f"graph.donate({shown}{more}) lets inputs go before the peak: "
        f"{format_bytes(saved)} less in all"
    )


def _last_reads(graph: Graph) -> dict[Node, int]:
    """The last step that reads each input that could be donated."""
    _, steps, storages = problem_of(graph)
    free = {
        storages.of[n][0]: n for n in graph.inputs if n not in graph.donated
    }
    last: dict[Node, int] = {}
    for i, step in enumerate(steps):
        for operand in step.operands:
            for s in storages.reach[operand]:
                if s in free:
                    last[free[s]] = i
    for n in graph.outputs:
        for s in storages.reach[n]:
            if s in free:
                last.pop(free[s], None)
    return last
