"""Passes run in order, are checked, and leave a record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.build import constant, item
from lazyopt.records import note_rewrite, note_skip

from .helpers import names, normal, same


def program(x: Any) -> Any:
    a = do("exp", x)
    b = do("exp", x)
    do("sin", b)
    return a - b * 2


@pytest.fixture
def graph() -> lo.Graph:
    return lo.trace(program, normal(3))


def nothing(graph: lo.Graph) -> lo.Graph:
    """Change nothing."""
    return graph


@dataclass(frozen=True)
class Note:
    """A pass with a parameter."""

    word: str = "hello"
    name: ClassVar[str] = "note"

    def __call__(self, graph: lo.Graph) -> lo.Graph:
        note_rewrite(self.word)
        note_rewrite(self.word)
        note_skip(graph.nodes[0], "it is first")
        return graph


def test_names_instances_classes_and_functions(graph: lo.Graph) -> None:
    better = lo.optimize(graph, ["share", lo.passes.Prune(), Note, nothing])
    assert [r.name for r in better.history] == [
        "share",
        "prune",
        "note",
        "nothing",
    ]
    same(better(normal(3)), program(normal(3)))


@pytest.mark.parametrize("passes", ["share", 3, lo.passes.Share()])
def test_passes_are_a_list(graph: lo.Graph, passes: Any) -> None:
    for use in (lo.Pipeline, lo.Fixpoint, lambda p: lo.optimize(graph, p)):
        with pytest.raises(lo.PassError, match="given as a list"):
            use(passes)


def test_order_is_as_written(graph: lo.Graph) -> None:
    for passes in (["prune", "share"], ["share", "prune"], ["prune"] * 2):
        better = lo.optimize(graph, passes)
        assert [r.name for r in better.history] == passes


def test_no_passes_is_no_change(graph: lo.Graph) -> None:
    assert lo.optimize(graph, []).nodes == graph.nodes
    assert lo.optimize(graph, []).history == ()


def test_default_passes_are_on_record(graph: lo.Graph) -> None:
    better = lo.optimize(graph)
    assert [r.name for r in better.history] == [
        "fold",
        "simplify",
        "share",
        "lower",
        "share",
        "prune",
        "reorder",
        "fuse",
        "reuse",
    ]
    assert len(better) < len(graph)


def test_records_say_what_was_done(graph: lo.Graph) -> None:
    seen: list[lo.PassRecord] = []
    better = lo.optimize(
        graph, ["share", nothing, Note("x")], on_pass=seen.append
    )
    assert tuple(seen) == better.history
    share, unchanged, note = seen
    assert (share.nodes_before, share.nodes_after) == (6, 5)
    assert (share.changed, unchanged.changed) == (True, False)
    assert share.seconds >= 0
    assert note.rewrites == {"x": 2}
    assert [s.reason for s in note.skips] == ["it is first"]
    assert note.skips[0].node is better.nodes[0]
    assert "6 -> 5 nodes" in str(share)
    assert "unchanged" in str(unchanged)
    assert "x x2" in str(note)
    assert "1 skipped" in str(note)
    assert "it is first" in str(note.skips[0])


def test_history_grows_over_several_calls(graph: lo.Graph) -> None:
    once = lo.optimize(graph, ["share"])
    twice = lo.optimize(once, ["prune"])
    assert graph.history == ()
    assert [r.name for r in twice.history] == ["share", "prune"]


def test_on_pass_is_called_as_each_ends(graph: lo.Graph) -> None:
    seen: list[str] = []

    def last(graph: lo.Graph) -> lo.Graph:
        assert seen == ["share"]
        return graph

    lo.optimize(graph, ["share", last], on_pass=lambda r: seen.append(r.name))
    assert seen == ["share", "last"]


def before_its_operand(graph: lo.Graph) -> lo.Graph:
    return graph.replace(nodes=graph.nodes[::-1])


def without_a_node(graph: lo.Graph) -> lo.Graph:
    return graph.replace(nodes=[n for n in graph if n.op.name != "multiply"])


def twice_the_same(graph: lo.Graph) -> lo.Graph:
    return graph.replace(nodes=[*graph.nodes, graph.nodes[1]])


def without_outputs(graph: lo.Graph) -> lo.Graph:
    return graph.replace(nodes=graph.nodes[:-1])


def without_inputs(graph: lo.Graph) -> lo.Graph:
    node = lo.call("exp", np.ones(3))
    return graph.replace(nodes=[*node.operands, node], outputs=[node])


def of_another_shape(graph: lo.Graph) -> lo.Graph:
    node = lo.call("sum", graph.outputs[0])
    return graph.replace(nodes=[*graph.nodes, node], outputs=[node])


def of_another_dtype(graph: lo.Graph) -> lo.Graph:
    node = lo.call("astype", graph.outputs[0], "float32")
    return graph.replace(nodes=[*graph.nodes, node], outputs=[node])


def with_false_specs(graph: lo.Graph) -> lo.Graph:
    (x,) = graph.inputs
    wrong = lo.Node(lo.call("exp", x).op, (x,), None, (lo.ArraySpec((7,)),))
    return graph.replace(nodes=[x, wrong, *graph.nodes[1:]])


def with_foreign_input(graph: lo.Graph) -> lo.Graph:
    other = lo.trace(lambda x: x, normal(3))
    return graph.replace(nodes=[*other.nodes, *graph.nodes])


def more_outputs(graph: lo.Graph) -> lo.Graph:
    return graph.replace(outputs=graph.outputs * 2)


def several_as_one(graph: lo.Graph) -> lo.Graph:
    parts = lo.call("split", graph.outputs[0], 1)
    return graph.replace(nodes=[*graph.nodes, parts], outputs=[parts])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (before_its_operand, "put operands first"),
        (without_a_node, "add it to the nodes"),
        (twice_the_same, "stands in the schedule twice"),
        (without_outputs, "the output .* is not in the graph"),
        (without_inputs, "is not in the graph"),
        (of_another_shape, r"float64\[\] scalar|'float64'"),
        (of_another_dtype, "float32"),
        (with_false_specs, "says it returns .* make nodes with"),
        (with_foreign_input, "no input of this graph"),
        (more_outputs, "outputs"),
        (several_as_one, "is several results; return items of it"),
    ],
)
def test_a_broken_graph_is_named_with_what_is_wrong(
    graph: lo.Graph, broken: Callable[..., Any], said: str
) -> None:
    with pytest.raises(lo.PassError, match=said) as error:
        lo.optimize(graph, ["share", broken])
    text = str(error.value)
    assert repr(broken.__name__) in text
    assert "after share" in text
    assert "returned a broken graph" in text


@pytest.mark.parametrize("result", [None, 3, "graph", (), [1]])
def test_what_is_no_graph_is_named_with_what_to_do(
    graph: lo.Graph, result: Any
) -> None:
    def confused(graph: lo.Graph) -> Any:
        return result

    with pytest.raises(lo.PassError, match="and not a Graph") as error:
        lo.optimize(graph, [confused])
    assert "'confused'" in str(error.value)
    assert type(result).__name__ in str(error.value)
    assert "graph.replace(nodes=...)" in str(error.value)


def test_a_failing_pass_is_named(graph: lo.Graph) -> None:
    def fails(graph: lo.Graph) -> lo.Graph:
        raise KeyError("oops")

    with pytest.raises(
        lo.PassError, match="'fails', after share, failed"
    ) as e:
        lo.optimize(graph, ["share", fails])
    assert "KeyError: 'oops'" in str(e.value)
    assert isinstance(e.value.__cause__, KeyError)


def test_errors_of_lazyopt_in_a_pass_name_it_too(graph: lo.Graph) -> None:
    def misspells(graph: lo.Graph) -> lo.Graph:
        lo.call("exq", graph.inputs[0])
        return graph

    with pytest.raises(lo.PassError, match=r"'misspells'.*'exp'"):
        lo.optimize(graph, [misspells])


def test_verify_off_checks_nothing(graph: lo.Graph) -> None:
    assert lo.optimize(graph, [with_foreign_input], verify="off")


def test_an_unknown_way_to_verify_is_an_error(graph: lo.Graph) -> None:
    with pytest.raises(lo.PassError, match="'structure'"):
        lo.optimize(graph, verify="equivalance")  # type: ignore[arg-type]


@lo.rewrite("wrong")
def wrong(node: lo.Node) -> Any:
    """Compute exp(x) as cosh(x)."""
    if node.op.name == "exp":
        return lo.call("cosh", *node.args)
    return None


def test_equivalence_catches_a_wrong_pass(graph: lo.Graph) -> None:
    assert lo.optimize(graph, [wrong])
    with pytest.raises(lo.VerificationError, match=r"'wrong'.*output 0"):
        lo.optimize(graph, ["share", wrong], verify="equivalence")


def test_equivalence_catches_another_error(graph: lo.Graph) -> None:
    @lo.rewrite("fails-at-run-time")
    def fails(node: lo.Node) -> Any:
        if node.op.name == "linalg.inv":
            return lo.call("linalg.cholesky", -node.args[0].args[0])
        return None

    graph = lo.trace(lambda x: do("linalg.inv", x * 1.0), np.eye(2))

    @lo.rewrite("fails")
    def singular(node: lo.Node) -> Any:
        if node.op.name == "multiply":
            return lo.call("multiply", node.args[0], 0.0)
        return None

    with pytest.raises(lo.VerificationError, match="the error LinAlgError"):
        lo.optimize(graph, [singular], verify="equivalence")


def test_equivalence_passes_what_is_right(graph: lo.Graph) -> None:
    better = lo.optimize(graph, verify="equivalence")
    assert names(better).count("exp") == 1


def test_equivalence_draws_the_same_numbers_on_both_sides() -> None:
    def fn(x: Any) -> Any:
        do("sin", x)
        return x + do("random.normal", size=(3,), like=x)

    lo.optimize(lo.trace(fn, normal(3)), verify="equivalence")


def test_equivalence_leaves_the_random_stream_alone(graph: lo.Graph) -> None:
    np.random.seed(3)
    wanted = np.random.random()
    np.random.seed(3)
    lo.optimize(graph, verify="equivalence")
    assert np.random.random() == wanted


class Inexact:
    """A pass that may change last bits."""

    name = "inexact"
    exact = False

    def __call__(self, graph: lo.Graph) -> lo.Graph:
        return graph


def test_inexact_passes_need_fast_math(graph: lo.Graph) -> None:
    for passes in (
        [Inexact],
        [lo.Pipeline([Inexact])],
        [lo.Fixpoint([Inexact])],
    ):
        with pytest.raises(lo.PassError, match="fast_math=True"):
            lo.optimize(graph, passes)
        better = lo.optimize(graph, passes, fast_math=True)
        assert [r.name for r in better.history] == ["inexact"]


class Needy:
    """A pass that requires others."""

    name = "needy"
    requires = ("share", "prune")

    def __call__(self, graph: lo.Graph) -> lo.Graph:
        return graph


def test_requires_is_checked_and_not_solved(graph: lo.Graph) -> None:
    with pytest.raises(lo.PassError, match="requires 'prune' to run before"):
        lo.optimize(graph, ["share", Needy])
    with pytest.raises(lo.PassError, match="earlier in passes"):
        lo.optimize(graph, [Needy, "share", "prune"])
    better = lo.optimize(graph, ["prune", "share", Needy])
    assert len(better.history) == 3


def test_a_pipeline_is_a_pass(graph: lo.Graph) -> None:
    tidy = lo.Pipeline(["share", "prune"], name="tidy")
    assert tidy.name == "tidy"
    assert names(tidy(graph)).count("exp") == 1
    seen: list[str] = []
    better = lo.optimize(
        graph,
        [lo.Pipeline([tidy, nothing]), "reorder"],
        on_pass=lambda r: seen.append(r.name),
    )
    assert seen == ["share", "prune", "nothing", "reorder"]
    assert [r.name for r in better.history] == seen
    assert "Share" in repr(tidy)


def test_a_broken_pass_in_a_pipeline_is_named(graph: lo.Graph) -> None:
    with pytest.raises(
        lo.PassError, match="'before_its_operand', after share"
    ):
        lo.optimize(graph, [lo.Pipeline(["share", before_its_operand])])


def test_a_fixpoint_repeats_until_nothing_changes() -> None:
    @lo.rewrite("peel")
    def peel(node: lo.Node) -> Any:
        if node.op.name == "floor" and node.args[0].op.name == "floor":
            return node.args[0]
        return None

    def fn(x: Any) -> Any:
        for _ in range(5):
            x = do("floor", x)
        return x

    graph = lo.trace(fn, normal(3))
    fixpoint = lo.Fixpoint([peel, "prune"])
    better = fixpoint(graph)
    assert names(better) == ["input", "floor"]
    again = fixpoint(better)
    assert again.nodes == better.nodes
    same(better(normal(3)), fn(normal(3)))


def test_a_fixpoint_names_what_undoes_each_other(graph: lo.Graph) -> None:
    @lo.rewrite("to-sub")
    def there(node: lo.Node) -> Any:
        if node.op.name == "sinh":
            return lo.call("cosh", *node.args)
        return None

    @lo.rewrite("to-add")
    def back(node: lo.Node) -> Any:
        if node.op.name == "cosh":
            return lo.call("sinh", *node.args)
        return None

    graph = lo.trace(lambda x: do("sinh", x), normal(2))
    with pytest.raises(lo.PassError) as error:
        lo.optimize(graph, [lo.Fixpoint([there, nothing, back], max_rounds=4)])
    text = str(error.value)
    assert "'to-sub' and 'to-add'" in text
    assert "4 rounds" in text
    assert "undo each other" in text
    assert "nothing" not in text.split("still")[0]


def test_a_fixpoint_ends_where_the_graph_doubles(graph: lo.Graph) -> None:
    def doubling(graph: lo.Graph) -> lo.Graph:
        calls = [n for n in graph.nodes if n.operands]
        copies = [lo.call("sinh", *n.operands[:1]) for n in calls]
        return graph.replace([*graph.nodes, *copies])

    with pytest.raises(lo.PassError, match=r"become .*'doubling' still"):
        lo.optimize(graph, [lo.Fixpoint([doubling, nothing])])


def test_a_fixpoint_is_not_fooled_by_a_fresh_object(graph: lo.Graph) -> None:
    def fresh(graph: lo.Graph) -> lo.Graph:
        return graph.replace(nodes=list(graph.nodes))

    better = lo.optimize(graph, [lo.Fixpoint([fresh], max_rounds=2)])
    assert better.nodes == graph.nodes


def test_the_graph_given_is_not_changed(graph: lo.Graph) -> None:
    before = graph.nodes, graph.outputs, str(graph)
    lo.optimize(graph)
    assert (graph.nodes, graph.outputs, str(graph)) == before


def test_items_are_of_calls_with_several_results() -> None:
    def wrong(graph: lo.Graph) -> lo.Graph:
        value = constant(np.ones(2))
        new = item(value, 0)
        (out,) = graph.outputs
        nodes = [n for n in graph.nodes if n is not out]
        return graph.replace([*nodes, value, new], [new])

    graph = lo.trace(lambda x: do("exp", x), np.ones(2))
    with pytest.raises(lo.PassError, match="one of several results"):
        lo.optimize(graph, passes=[wrong])
