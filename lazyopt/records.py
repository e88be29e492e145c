"""What happened in a pass: records, and how passes add to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from lazyopt.ir import Node
from lazyopt.sizes import format_bytes

__all__ = [
    "PassRecord",
    "Skip",
    "note_remark",
    "note_rewrite",
    "note_skip",
    "recording",
]


@dataclass(frozen=True)
class Skip:
    """A node that a pass left alone, and why."""

    node: Node
    reason: str

    def __str__(self) -> str:
        return f"{self.node!r}: {self.reason}"


@dataclass(frozen=True)
class PassRecord:
    """What one application of a pass did.

    Attributes
    ----------
    name : str
    nodes_before, nodes_after : int
    seconds : float
    changed : bool
    rewrites : dict
        How often each rule was applied, by name.
    skips : tuple of Skip
        What was left alone, with the reason.
    peak_bytes : tuple of int or None
        Predicted peak before and after, where ``peaks=True`` asked for it.
    remarks : tuple of str
        What else the pass has to say.
    """

    name: str
    nodes_before: int
    nodes_after: int
    seconds: float
    changed: bool
    rewrites: dict[str, int] = field(default_factory=dict)
    skips: tuple[Skip, ...] = ()
    peak_bytes: tuple[int, int] | None = None
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = (
            f"{self.name}: {self.nodes_before:,} -> {self.nodes_after:,} "
            f"nodes in {self.seconds:.3f} s"
        )
        if not self.changed:
            text += ", unchanged"
        if self.peak_bytes:
            before, after = map(format_bytes, self.peak_bytes)
            text += f"; peak {before} -> {after}"
        for remark in self.remarks:
            text += f"; {remark}"
        if self.rewrites:
            rules = [f"{k} x{n}" for k, n in self.rewrites.items()]
            text += f"; {', '.join(rules)}"
        if self.skips:
            text += f"; {len(self.skips)} skipped"
        return text

    def _repr_html_(self) -> str:
        from lazyopt.looking.pages import record_html

        return record_html(self)


@dataclass
class _Notes:
    """What a pass under way has said so far."""

    rewrites: dict[str, int] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


_NOTES: ContextVar[_Notes | None] = ContextVar("notes", default=None)


@contextmanager
def recording() -> Iterator[_Notes]:
    """Collect what passes say in this context."""
    notes = _Notes()
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def note_skip(node: Node, reason: str) -> None:
    """Put on record that a pass leaves a node alone, and why."""
    notes = _NOTES.get()
    if notes is not None:
        notes.skips.append(Skip(node, reason))


def note_rewrite(rule: str) -> None:
    """Count an application of a rule."""
    notes = _NOTES.get()
    if notes is not None:
        notes.rewrites[rule] = notes.rewrites.get(rule, 0) + 1


def note_remark(text: str) -> None:
    """Put on record what a pass has to say."""
    notes = _NOTES.get()
    if notes is not None:
        notes.remarks.append(text)
