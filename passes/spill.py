"""Spilling: values that wait are written to files, and read when needed."""

import os
from dataclasses import dataclass
from typing import Any, ClassVar

from lazyopt.build import make_node
from lazyopt.dense import is_dense
from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM, Op
from lazyopt.ops.files import FILED, MAPPED, SPILL, TO_FILE, UNSPILL
from lazyopt.ordering import (
    is_given_away,
    is_step,
    peak_bytes,
    problem_of,
    resident_storages,
)
from lazyopt.paging import Pages, Paging, lowest, paging, with_maps
from lazyopt.passes.reorder import scheduled
from lazyopt.records import note_remark, note_skip
from lazyopt.reusing import is_known
from lazyopt.sizes import format_bytes, parse_bytes
from lazyopt.storages import Storages, viewed_operand

__all__ = ["Spill"]


@dataclass(frozen=True)
class Spill:
    """Write values that wait across a peak to files, for a lower peak.

    A value is written when memory runs short, the one first that is needed
    again latest, and read back before its next reader, with the same bits and
    strides. What a call needs at once stays in memory, and so do outputs at
    the end; `lazyopt.paging` chooses. If the graph fits the limit already, it
    stays as it is; else it gets as low as the limit, or as it can.

    Files have no name, so none is left behind, however a run ends. NumPy
    only.

    Parameters
    ----------
    limit : int or str, optional
        Peak to reach, in bytes or as ``"2 GiB"``; as low as it gets by
        default.
    folder : path, optional
        Where to write: a disk with room. The system's folder for temporary
        files by default, which may be in memory.
    outputs : bool, optional
        Whether outputs may be returned as `numpy.memmap` of files, called
        ``output-*.npy``, that stay in the folder.
    maps : bool, optional
        Whether calls for which reading values back doesn't do may read them
        in mapped files. The system fetches and drops such pages as it likes,
        and they don't count, but address space is taken. What unknown
        functions read is always in memory.
    """

    limit: int | str = 0
    folder: str | os.PathLike[str] | None = None
    outputs: bool = False
    maps: bool = False
    name: ClassVar[str] = "spill"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("peak",)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph with files, or itself if they don't help."""
        limit, peak = parse_bytes(self.limit), peak_bytes(graph)
        folder = self._checked_folder()
        if peak <= limit:
            return graph
        if graph.backend != "numpy":
            note_remark(
                f"only NumPy's arrays are spilled, not {graph.backend}"
            )
            return graph
        plain = graph.replace(donors={}) if graph.donors else graph
        waiting = _Waiting(plain, self.outputs)
        pages = waiting.pages
        if self.maps:
            least, _ = lowest(with_maps(pages, waiting.readable, limit))
            pages = with_maps(pages, waiting.readable, max(limit, least))
        least, step = lowest(pages)
        if least > limit:
            _say_what_is_needed(waiting, least, step)
        found = paging(pages, max(limit, least))
        if found is None or not found.written:
            return graph
        result = _Rewriting(waiting, found, folder).rewritten()
        if peak_bytes(result) >= peak:
            return graph
        note_remark(
            f"{len(found.written)} values in files, "
            f"{format_bytes(found.moved_bytes)} written and read: peak "
            f"{format_bytes(peak)} -> {format_bytes(peak_bytes(result))}, no "
            "extra FLOPs"
        )
        return result

    def _checked_folder(self) -> str | None:
        if self.folder is None:
            if self.outputs:
                raise PassError(
                    "Spill(outputs=True) leaves files: say where, folder=..."
                )
            return None
        folder = os.fspath(self.folder)
        if not os.path.isdir(folder):
            raise PassError(
                f"Spill(folder={folder!r}): there is no such folder; make it"
            )
        return folder


def _say_what_is_needed(waiting: "_Waiting", least: int, step: int) -> None:
    nbytes = format_bytes(least)
    if step < len(waiting.steps):
        node = waiting.steps[step]
        note_skip(node, f"with it, {nbytes} are needed at once")
        return
    largest = max(waiting.graph.outputs, key=lambda n: n.specs[0].nbytes)
    note_skip(
        largest,
        f"outputs take {nbytes} in all; Spill(..., folder=..., "
        "outputs=True) returns them as maps of files",
    )


class _Waiting:
    """A graph's demands for storages, and what stands for each of them.

    Views are no demands: they can be made again of what they look into.

    Attributes
    ----------
    owner : dict
        For each storage that may be written away, the node that is all of it.
    readable : list of frozenset of int
        For each step, the storages that it can read in mapped files.
    """

    def __init__(self, graph: Graph, outputs: bool) -> None:
        self.graph = graph
        problem, steps, self.storages = problem_of(graph)
        self.steps = steps
        self.resident = resident_storages(graph, self.storages)
        self.owner = _owners(graph, self.storages, self.resident)
        uses = []
        self.readable: list[frozenset[int]] = []
        for node in steps:
            used: dict[int, None] = {}
            unused = not graph.users(node)
            if (
                unused
                or viewed_operand(node) is None
                or not self._movable(node)
            ):
                for n in (*node.operands, node):
                    used.update(dict.fromkeys(self.storages.of[n]))
            uses.append(self._not_resident(used))
            self.readable.append(self._only_read(node) & used.keys())
        self.readable.append(frozenset())
        last = {s: None for n in graph.outputs for s in self.storages.of[n]}
        uses.append(self._not_resident(last))
        self.pages = Pages(
            problem.sizes,
            uses,
            (*problem.workspace, 0),
            frozenset(self.owner),
            frozenset(
                s
                for n in graph.inputs
                if is_given_away(graph, n)
                for s in self.storages.of[n]
            ),
            frozenset(s for s in last if s in self.owner)
            if outputs
            else frozenset(),
        )

    def _movable(self, node: Node) -> bool:
        return all(s in self.owner for s in self.storages.of[node])

    def _only_read(self, node: Node) -> frozenset[int]:
        """Storages of operands that its results have nothing to do with."""
        if not (is_known(node.op) and node.op.is_pure):
            return frozenset()
        read = {s for n in node.operands for s in self.storages.of[n]}
        return frozenset(read.difference(self.storages.reach[node]))

    def _not_resident(self, used: dict[int, None]) -> tuple[int, ...]:
        return tuple([s for s in used if s not in self.resident])


def _owners(
    graph: Graph, storages: Storages, resident: set[int]
) -> dict[int, Node]:
    """The node that is all of a storage, where it can be written and read.

    It must be a dense array, all others in the storage views that depend on
    nothing else, and nobody unknown may have seen it.
    """
    owner: dict[int, Node] = {}
    fixed = set(resident)
    for node in graph.nodes:
        if node.op is CONSTANT:
            continue
        if not node.op.is_pure:
            fixed.update(storages.reach[node])
            for operand in node.operands:
                fixed.update(storages.reach[operand])
        if node.op is INPUT:
            fixed.update(storages.of[node])  # it may be laid out otherwise
        elif is_owner(node, storages):
            (s,) = storages.of[node]
            spec = node.spec
            if spec.kind == "array" and is_dense(spec):
                if spec.nbytes == storages.sizes[s]:
                    owner.setdefault(s, node)
            else:
                fixed.add(s)
        elif node.op.multi and viewed_operand(node) is None:
            continue  # its items are owners
        elif not _is_plain_view(node):
            fixed.update(storages.of[node])
    return {s: n for s, n in owner.items() if s not in fixed}


def is_owner(node: Node, storages: Storages) -> bool:
    """Whether a value is what its storage was allocated for."""
    if node.op.multi:
        return False
    made = node.args[0] if node.op is ITEM else node
    held = storages.of[node]
    return len(held) == 1 and storages.producer[held[0]] is made


def _is_plain_view(node: Node) -> bool:
    """Whether it can be made again of nothing but what it looks into."""
    return len(node.operands) == 1 and all(
        s.strides is not None and s.kind == "array" for s in node.specs
    )


class _Rewriting:
    """Puts writing and reading into a schedule.

    Parameters
    ----------
    waiting : _Waiting
    moves : Paging
    folder : str or None
    """

    def __init__(
        self, waiting: _Waiting, moves: Paging, folder: str | None
    ) -> None:
        self.waiting = waiting
        self.graph = waiting.graph
        self.storages = waiting.storages
        self.moves = moves
        self.folder = folder
        self.schedule: list[Node] = []
        #: For each storage that was written, its handle.
        self.handles: dict[int, Node] = {}
        #: For each storage in memory that was read back, its values by what
        #: they are in the graph given; None for one that is away.
        self.versions: dict[int, dict[Node, Node] | None] = {}
        self.times: dict[int, int] = {}
        self.new: dict[Node, Node] = {}

    def rewritten(self) -> Graph:
        """The graph with calls that write and read."""
        step = 0
        for node in scheduled(self.graph, self.waiting.steps):
            if is_step(node):
                self._move(step)
                step += 1
            self._place(node)
        self._move(step)
        for s in sorted(self.moves.in_files):
            made = make_node(FILED, (self.handles[s],))
            self.schedule.append(made)
            self.versions[s] = {self.waiting.owner[s]: made}
        outputs = [self._current(n) for n in self.graph.outputs]
        return self.graph.replace(self.schedule, outputs)

    def _place(self, node: Node) -> None:
        """Put a call into the schedule, on what its operands are now."""
        if node.op is INPUT or node.op is CONSTANT:
            self.schedule.append(node)
            return
        if self._is_away(node):
            return  # a view of what is away is made again when needed
        self.schedule.append(self._rewired(node))

    def _is_away(self, node: Node) -> bool:
        held = self.storages.of[node]
        return any(s in self.versions for s in held) and not is_owner(
            node, self.storages
        )

    def _rewired(self, node: Node) -> Node:
        made = node.rewired({o: self._current(o) for o in node.operands})
        if made is not node:
            self.new[node] = made
        return made

    def _current(self, node: Node) -> Node:
        """What a value is now; views that were lost are made again."""
        chain: list[Node] = []
        found: Node | None = None
        while found is None:
            versions = self._versions_of(node)
            if versions is None:
                found = self.new.get(node, node)
            elif node in versions:
                found = versions[node]
            elif is_owner(node, self.storages):  # an item by another name
                (s,) = self.storages.of[node]
                found = versions[self.waiting.owner[s]]
            else:
                chain.append(node)
                base = viewed_operand(node)
                node = node.args[0] if base is None else base
        for view in reversed(chain):
            found = view.rewired({view.operands[0]: found})
            self.schedule.append(found)
            versions = self._versions_of(view)
            assert versions is not None
            versions[view] = found
        return found

    def _versions_of(self, node: Node) -> dict[Node, Node] | None:
        if node.op.multi and viewed_operand(node) is None:
            return None  # only its items are values
        for s in self.storages.of[node]:
            if s in self.versions:
                return self.versions[s]
        return None

    def _move(self, step: int) -> None:
        """What is written and read before a step."""
        for s in self.moves.maps.get(step - 1, ()):
            self.versions[s] = {}
        for s in self.moves.out.get(step, ()):
            if s not in self.handles:
                value = self._current(self.waiting.owner[s])
                op = TO_FILE if s in self.moves.in_files else SPILL
                args: tuple[Any, ...] = (value,)
                if self.folder is not None:
                    args += (self.folder,)
                self._add(s, make_node(op, args))
            self.versions[s] = {}
        for s in self.moves.back.get(step, ()):
            self._fetch(s, UNSPILL)
        for s in self.moves.maps.get(step, ()):
            self._fetch(s, MAPPED)

    def _fetch(self, s: int, op: Op) -> None:
        time = self.times[s] = self.times.get(s, -1) + 1
        made = make_node(op, (self.handles[s], time))
        self.schedule.append(made)
        self.versions[s] = {self.waiting.owner[s]: made}

    def _add(self, s: int, handle: Node) -> None:
        self.schedule.append(handle)
        self.handles[s] = handle
