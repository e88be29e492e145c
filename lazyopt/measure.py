"""What a run takes in memory, measured step by step beside what was said."""

import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lazyopt.errors import GraphError
from lazyopt.execute import add_note, run_values
from lazyopt.graph import Graph
from lazyopt.inputs import copy_alike, own_values, take_inputs
from lazyopt.ir import Node
from lazyopt.layouts import suited
from lazyopt.memory import MemoryProfile
from lazyopt.plan import Plan, plan_of
from lazyopt.sizes import format_bytes
from lazyopt.tracing import gc_paused

__all__ = ["Measurement", "measure"]

Ints = NDArray[np.int64]

#: tracemalloc counts for the whole process. Within a measured call, others
#: may be measured.
_ONE_AT_A_TIME = threading.RLock()

#: What a prediction may be off by: this part of what is measured, or so many
#: bytes and so many for each value, whichever is more. An array object takes
#: 100 to 200 bytes besides its elements.
PART, BYTES, BYTES_A_VALUE = 0.01, 16 << 10, 200


@dataclass(frozen=True, repr=False)
class Measurement:
    """One run of a graph under `tracemalloc`, beside its prediction.

    Attributes
    ----------
    graph : Graph
    measured : tuple of int
        Most bytes allocated at once while each step ran, beyond what was
        held at the start. Donated inputs count.
    values : tuple of int
        How many results and donated inputs were alive while it ran.
    """

    graph: Graph
    measured: tuple[int, ...]
    values: tuple[int, ...]

    @property
    def profile(self) -> MemoryProfile:
        """The prediction."""
        return self.graph.memory

    @property
    def steps(self) -> tuple[Node, ...]:
        """The calls, in the order they ran."""
        return self.profile.steps

    @property
    def predicted(self) -> tuple[int, ...]:
        """Bytes predicted for each step."""
        return self.profile.timeline

    @property
    def measured_peak(self) -> int:
        """The highest of ``measured``."""
        return max(self.measured, default=0)

    @property
    def predicted_peak(self) -> int:
        """Bytes; at least so many if results of unknown size are made."""
        return self.profile.peak_bytes

    @property
    def lower_bound_bytes(self) -> int:
        """No order of these calls needs less."""
        return self.profile.lower_bound_bytes

    @property
    def parts_at(self) -> tuple[int, Node] | None:
        """The step that is furthest off: its index and its node.

        None if nowhere by more than 1 % of what is measured, or 16 KiB and
        200 B for each value alive, whichever is more.
        """
        if not self.measured:
            return None
        measured = np.asarray(self.measured)
        allowed = np.maximum(
            PART * measured, BYTES + BYTES_A_VALUE * np.asarray(self.values)
        )
        beyond = np.abs(self._differences()) - allowed
        at = int(np.argmax(beyond))
        return (at, self.steps[at]) if beyond[at] > 0 else None

    def _differences(self) -> Ints:
        found: Ints = np.subtract(self.measured, self.predicted)
        return found

    def __str__(self) -> str:
        least = "at least " if self.profile.unknown else ""
        lines = [
            f"measured {format_bytes(self.measured_peak)}, predicted {least}"
            f"{format_bytes(self.predicted_peak)}, no order needs less than "
            f"{format_bytes(self.lower_bound_bytes)}",
            self._verdict(),
        ]
        differences = self._differences()
        worst = np.argsort(-np.abs(differences), kind="stable")[:5].tolist()
        names = [self._name(i) for i in worst]
        width = max(map(len, names), default=0)
        if worst:
            lines.append(
                f"  {'step':{width}}{'predicted':>12}{'measured':>12}"
                f"{'difference':>12}"
            )
        for i, name in zip(worst, names, strict=True):
            d = int(differences[i])
            sign = "+" * (d > 0)
            lines.append(
                f"  {name:{width}}{format_bytes(self.predicted[i]):>12}"
                f"{format_bytes(self.measured[i]):>12}"
                f"{sign + format_bytes(d):>12}"
            )
        return "\n".join(lines)

    def _verdict(self) -> str:
        n = len(self.measured)
        steps = f"{n:,} step{'s' * (n != 1)}"
        parting = self.parts_at
        if not n:
            return "nothing runs"
        if parting is None:
            return f"as predicted, through {steps}"
        at = parting[0]
        off = int(self._differences()[at])
        than = "more" if off > 0 else "less"
        return (
            f"not as predicted: of {steps}, {self._name(at)} is the furthest "
            f"off, with {format_bytes(abs(off))} {than} than predicted"
        )

    def _name(self, i: int) -> str:
        node = self.steps[i]
        where = f"  {PurePath(node.source).name}" if node.source else ""
        return f"%{self.graph.number(node)} {node.op.name}{where}"

    def __repr__(self) -> str:
        least = "at least " if self.profile.unknown else ""
        return (
            f"<Measurement: peak {self.measured_peak:,} B, predicted {least}"
            f"{self.predicted_peak:,} B>"
        )


def measure(
    graph: Graph, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Measurement:
    """Run a graph under `tracemalloc`: see `Graph.measure`."""
    if graph.backend != "numpy":
        raise GraphError(
            f"tracemalloc doesn't see the memory of {graph.backend}, so that "
            "only graphs on numpy can be measured. Measure "
            "graph.on('numpy') with NumPy arrays, or use what "
            f"{graph.backend} has for it."
        )
    values = take_inputs(graph, args, kwargs)
    with _ONE_AT_A_TIME:
        return _measure(suited(graph, values), values)


def _measure(graph: Graph, values: list[Any]) -> Measurement:
    plan = plan_of(graph)
    run_values(plan, own_values(graph, values))
    values = own_values(graph, values)
    # One that nothing reads can't be freed, and counts as the caller's.
    ours = [n in graph.donated and bool(graph.users(n)) for n in graph.inputs]
    alive = _values_alive(plan, ours)
    found = np.zeros(len(plan.steps), np.int64)
    # Garbage of others that is collected in a step would be taken off.
    with gc_paused(), _tracing():
        held = _run_steps(plan, values, ours, found)
    found -= held
    return Measurement(graph, tuple(found.tolist()), tuple(alive.tolist()))


def _values_alive(plan: Plan, ours: list[bool]) -> Ints:
    """How many results and donated inputs there are in each step."""
    counted = bytearray(len(plan.registers))
    for place, donated in zip(plan.inputs, ours, strict=True):
        counted[place] = donated
    alive = sum(counted)
    found = np.zeros(len(plan.steps), np.int64)
    for at, step in enumerate(plan.steps):
        made = step.results()
        found[at] = alive + max(len(made), len(step.node.specs))
        for place in made:
            alive += 1 - counted[place]
            counted[place] = 1
        for place in step.dead:
            alive -= counted[place]
            counted[place] = 0
    return found


@contextmanager
def _tracing() -> Iterator[None]:
    """Trace allocations for a while, and leave everything as it was.

    Where somebody traces already, tracing goes on, and the peak that they
    would read is put back to what it was: after a first run, that is no less
    than what the measured one takes.
    """
    tracing = tracemalloc.is_tracing()
    reached = tracemalloc.get_traced_memory()[1]
    tracemalloc.start()
    try:
        yield
    finally:
        if tracing:
            _raise_peak(reached)
        else:
            tracemalloc.stop()


def _raise_peak(reached: int) -> None:
    """Let tracemalloc's peak be at least so many bytes."""
    now, peak = tracemalloc.get_traced_memory()
    if peak < reached:
        np.empty(reached - now, np.uint8)  # counted, but never touched


def _run_steps(
    plan: Plan, values: list[Any], ours: list[bool], found: Ints
) -> int:
    """What `execute.run_values` does, noting each step's peak.

    All that noting takes is there before the first reading, which is
    returned: bytes held at the start.
    """
    registers = plan.registers.copy()
    given = zip(plan.inputs, values, ours, strict=True)
    numbered = enumerate(plan.steps)
    step = several = None
    held, _ = tracemalloc.get_traced_memory()
    try:
        for place, value, donated in given:
            registers[place] = copy_alike(value) if donated else value
        for at, step in numbered:
            function, outs = step.function, step.outs
            tracemalloc.reset_peak()
            if outs is None:
                registers[step.out] = function(
                    *[registers[i] for i in step.ins]
                )
            else:
                several = function(*[registers[i] for i in step.ins])
                for place, which in outs:
                    registers[place] = several[which]
                several = None
            found[at] = tracemalloc.get_traced_memory()[1]
            for i in step.dead:
                registers[i] = None
    except Exception as error:
        if step is not None:
            add_note(error, step.node)
        raise
    finally:
        # An error keeps this frame, which must not keep the arrays.
        registers.clear()
        several = None
    return held
