"""How many programs it takes `check_pass` to catch wrong passes."""

from collections.abc import Mapping
from typing import Any

from lazyopt.errors import VerificationError
from lazyopt.testing.checking import undisturbed
from lazyopt.testing.naming import named_by
from lazyopt.testing.programs import prepared
from lazyopt.testing.promises import applied, check_trial, face_of
from lazyopt.testing.sources import Source, sources_for
from lazyopt.testing.trials import Trial, copied

from .spoiling import Pass

__all__ = ["MOST", "programs_until_caught"]

#: More than this it shall take for none.
MOST = 2_000
#: Whether a pass left a graph alone, and how what it made looks.
Made = tuple[bool, Any]


def programs_until_caught(
    mutants: Mapping[str, Pass], most: int, seed: int
) -> dict[str, int]:
    """How many programs of a seed it takes; without those not caught.

    They are the programs that `check_pass` draws, and the check is its own.
    But those of all kinds are drawn once for all mutants, failures aren't
    reduced, and where a mutant makes what the right pass makes, it isn't
    checked: there is nothing to be caught.
    """
    counts: dict[str, int] = {}
    sources = {
        k: sources_for(named_by(v), is_exact(v)) for k, v in mutants.items()
    }
    with undisturbed(), prepared():
        for number in range(most):
            cases: dict[Source, _Case] = {}
            for name, several in sources.items():
                if name in counts:
                    continue
                source = several[number % len(several)]
                case = cases.get(source)
                if case is None:
                    case = cases[source] = _Case(source, seed, number)
                if case.catches(mutants[name]):
                    counts[name] = number + 1
            if len(counts) == len(mutants):
                break
    return counts


def is_exact(item: Pass) -> bool:
    """Whether a pass claims to keep every bit."""
    return bool(getattr(item, "exact", True))


class _Case:
    """A program, and what the right passes make of it."""

    def __init__(self, source: Source, seed: int, number: int) -> None:
        codes = source.codes(seed, number)
        self.right: dict[Any, Made | None] = {}
        self.trial = Trial.of_program(source.program(codes))
        self.face = face_of(self.trial.graph)

    def catches(self, mutant: Pass) -> bool:
        """Whether `check_pass` would stop here."""
        if self._does_right(mutant):
            return False
        self.trial.put_back()
        try:
            check_trial(mutant, self._again(), exact=is_exact(mutant))
        except VerificationError:
            return True
        finally:
            self.trial.put_back()
        return False

    def _again(self) -> Trial:
        """The same on other nodes: what a mutant got wrong isn't known."""
        old = self.trial
        return Trial(
            copied(old.graph), old.inputs, old.expected, old.divide, old.again
        )

    def _does_right(self, mutant: Pass) -> bool:
        found = self._made(mutant)
        if found is None or self.trial.is_changed():
            return False
        base = getattr(mutant, "base", None)
        if base is None or not getattr(mutant, "changes", True):
            return found == (True, self.face)
        if base not in self.right:
            self.right[base] = self._made(base)
        return found == self.right[base]

    def _made(self, item: Pass) -> Made | None:
        trial = self._again()
        try:
            after = applied(item, trial.graph, is_exact(item))
        except VerificationError:
            return None
        return after is trial.graph, face_of(after)
