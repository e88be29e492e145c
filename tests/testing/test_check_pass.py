"""`check_pass` catches passes that are wrong, and lets right ones pass."""

from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.passes import Fold, Prune, Reorder, Share
from lazyopt.registry import pass_names
from lazyopt.testing import check_pass
from lazyopt.testing.naming import named_by

from . import passes


def failure(item: Any, **options: Any) -> str:
    """What `check_pass` says of a wrong pass."""
    with pytest.raises(lo.VerificationError) as caught:
        check_pass(item, **options)
    return str(caught.value)


def listed(text: str, title: str) -> list[str]:
    """The calls in one of the listings of a message."""
    part = text.partition(f"\n{title}:\n")[2].partition("\nreturn")[0]
    return [line.strip() for line in part.splitlines()]


SUBTLE = [
    (passes.drop_keepdims, "replaced"),
    (passes.drop_keepdims_unchecked, "output|the graph is broken"),
    (passes.merge_equal, "output|broken"),
    (passes.fold_random, "calls with effects were added, dropped"),
    (passes.swap_subtract, "elements differ|became"),
    (passes.drop_double_negative, "output|broken"),
]


@pytest.mark.parametrize(("item", "said"), SUBTLE)
def test_subtle_bugs_are_shown_on_the_smallest_graph(
    item: Any, said: str
) -> None:
    text = failure(item)
    name = getattr(item, "name", None) or item.__name__
    assert text.startswith(f"the pass {name!r} is wrong: ")
    head = text.partition("\n")[0]
    assert any(part in head for part in said.split("|")), head
    before = listed(text, "before")
    assert 1 <= len(before) <= 5, text
    assert "after:" in text


def test_the_message_shows_the_graph_after_and_the_inputs() -> None:
    text = failure(passes.swap_subtract)
    (before,) = [x for x in listed(text, "before") if "subtract" in x]
    (after,) = [x for x in listed(text, "after") if "subtract" in x]
    left, right = before.partition("(")[2].rpartition(") :")[0].split(", ")
    assert f"({right}, {left})" in after
    assert " = array(" in text or " = np." in text
    assert "of seed 0, reduced)" in text


MANNERS = [
    (passes.returns_a_copy, "another object"),
    (passes.write_into_constants, "the graph given was changed"),
    (passes.freezes_constants, "inputs or constants were changed"),
    (passes.several_as_one, "several results|became"),
    (passes.drop_dead_effects, "calls with effects were added, dropped"),
    (passes.back_and_forth, "a fixpoint would not end"),
    (passes.doubling, "again and again"),
    (passes.turns_constants_around, "not deterministic"),
    (passes.Growing(), "nodes grew to"),
    (lambda graph: None, "returned NoneType and not a Graph"),
    (lambda graph: 1 / 0, "ZeroDivisionError"),
]


@pytest.mark.parametrize(("item", "said"), MANNERS)
def test_broken_promises_of_other_kinds_are_named(
    item: Any, said: str
) -> None:
    text = failure(item)
    assert any(part in text for part in said.split("|")), text


@pytest.mark.parametrize(
    "item", [passes.write_into_constants, passes.freezes_constants]
)
def test_what_harms_constants_is_shown_on_one(item: Any) -> None:
    """Each time they are as they were, or only the first would fail."""
    assert len(listed(failure(item), "before")) <= 2


RIGHT = [
    passes.nothing,
    passes.floor_once,
    passes.transposed_twice,
    passes.one_at_a_time,
    passes.given_first,
    passes.by_outputs,
    passes.optimised,
    Fold(0),
    Fold(100),
    Share(max_bytes=50),
    Prune,
    lo.Pipeline(["fold", "share", "prune"]),
    lo.Pipeline([passes.floor_once, "share"]),
    lo.Fixpoint(["share", "fold", passes.transposed_twice]),
]


@pytest.mark.parametrize("item", RIGHT)
def test_right_passes_pass(item: Any) -> None:
    check_pass(item, 600, seed=1)


def test_what_was_found_is_said() -> None:
    found = check_pass(passes.floor_once, 300)
    assert (found.name, found.examples) == ("floor-once", 300)
    assert 30 < found.changed < 300
    assert f"changed {found.changed} of them" in repr(found)


def test_that_nothing_was_tried_is_said() -> None:
    @lo.rewrite("misspelt")
    def misspelt(node: lo.Node) -> Any:
        return node.args[0] if node.op.name == "florr" else None

    found = check_pass(misspelt, 30)
    assert found.changed == 0
    assert "nothing is proved" in str(found)


@pytest.mark.parametrize("name", pass_names())
def test_the_librarys_own_passes_pass(name: str) -> None:
    check_pass(name, 300, seed=2)


def test_reordering_is_allowed() -> None:
    check_pass(Reorder(effort="fast"), 100)


@pytest.mark.parametrize("item", [passes.by_reciprocal, passes.associate])
def test_inexact_passes_may_change_last_bits(item: Any) -> None:
    check_pass(item, 600)
    with pytest.raises(lo.VerificationError):
        check_pass(item, 5000, exact=True, seed=2)


@pytest.mark.parametrize("item", [passes.scaled_wrongly, passes.ignores_nan])
def test_inexact_passes_may_not_change_more(item: Any) -> None:
    assert "output" in failure(item, examples=2000)


def test_a_pipeline_of_inexact_passes_needs_to_be_told() -> None:
    inexact = lo.Pipeline([passes.by_reciprocal, "share"])
    assert "fast_math" in failure(inexact)
    check_pass(inexact, 200, exact=False)


def test_the_seed_decides() -> None:
    texts = [failure(passes.swap_subtract, seed=s) for s in (3, 3, 4)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_the_callers_random_state_is_left_alone() -> None:
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    check_pass("prune", 5)
    failure(passes.swap_subtract)
    assert np.random.random() == expected


def test_a_name_that_is_no_pass() -> None:
    with pytest.raises(lo.PassError, match="there is no pass named"):
        check_pass("pruned")


def test_passes_that_are_in_no_module() -> None:
    names: dict[str, Any] = {}
    exec(
        "import lazyopt as lo\n"
        "CEIL = 'ceil'\n"
        "@lo.rewrite('once')\n"
        "def once(node):\n"
        "    if node.op.name == CEIL and node.args[0].op.name == CEIL:\n"
        "        return node.replace(args=node.args[0].args)\n",
        names,
    )
    assert names["once"].rule.__module__ is None
    assert named_by(names["once"]).ops == ("ceil",)
    check_pass(names["once"], 20)
