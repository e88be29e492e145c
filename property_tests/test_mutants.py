"""The checks can fail: passes that are wrong, each on purpose, are caught."""

import ast
import secrets
from statistics import median

import pytest

import lazyopt as lo
from lazyopt.passes import Fold, Lower, Prune, Share, Simplify
from lazyopt.testing import check_pass

from .mutants import MUTANTS, TRAPS
from .mutants.counting import MOST, programs_until_caught
from .mutants.source import changes_of
from .mutants.spoiling import Spoiled

#: Another one in each run: what is caught by luck doesn't stay so.
SEED = secrets.randbelow(1 << 31)
#: So many are allowed: the odd seed leaves one that takes more than `MOST`.
PATIENCE = 4 * MOST


@pytest.fixture(scope="module")
def counts() -> dict[str, int]:
    """How many programs each takes."""
    return programs_until_caught(MUTANTS, PATIENCE, SEED)


def test_wrong_passes_are_caught(counts: dict[str, int]) -> None:
    left = [k for k in MUTANTS if k not in counts]
    assert not left, f"not caught with seed {SEED}"


def test_most_are_caught_at_once(counts: dict[str, int]) -> None:
    for name, count in sorted(counts.items(), key=lambda item: item[1]):
        print(f"{count:6,} {name}")
    late = [PATIENCE] * (len(MUTANTS) - len(counts))
    assert median([*counts.values(), *late]) <= 100, f"with seed {SEED}"


@pytest.mark.parametrize(
    "name", ["share: random draws are one", "rewrites: subtraction commutes"]
)
def test_it_is_check_pass_that_catches_them(name: str) -> None:
    mutant = MUTANTS[name]
    count = programs_until_caught({name: mutant}, MOST, SEED)[name]
    check_pass(mutant, count - 1, seed=SEED, strict=True)
    with pytest.raises(lo.VerificationError, match="is wrong"):
        check_pass(mutant, count, seed=SEED, strict=True)


def test_changes_to_a_source() -> None:
    """Each is another program, and nothing that readers alone see."""
    source = (
        '__all__ = ["f"]\n'
        "def f(x: tuple[int, int] = (0, 1)) -> bool:\n"
        '    """Say 1."""\n'
        "    if not x or x == 2:\n"
        "        x += 1\n"
        "    return x < 3\n"
    )
    found = [(line, ast.unparse(t)) for line, _, t in changes_of(source)]
    assert len({text for _, text in found}) == len(found) > 12
    for text in {text for _, text in found}:
        compile(text, "changed", "exec")
    for said in (
        "(1, 1)",
        "(1,)",
        "not x and x == 2",
        "if x or x == 2",
        "x != 2",
        "if True:",
        "if False:",
        "        pass",
        "return None",
        "x <= 3",
    ):
        assert any(said in text for _, text in found), said
    assert all("Say 1." in t and "-> bool" in t for _, t in found)


def test_mutants_that_are_spoken_of_are_there() -> None:
    assert all(name in MUTANTS for names in TRAPS.values() for name in names)


@pytest.mark.parametrize("item", [Fold, Lower, Prune, Share, Simplify])
def test_what_is_not_spoiled_is_not_caught(item: type) -> None:
    check_pass(Spoiled(item()), 200, seed=SEED)
