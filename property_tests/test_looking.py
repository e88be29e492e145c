"""What is shown of random graphs: source that runs, pages that are whole."""

from html.parser import HTMLParser
from typing import Any

import networkx
from hypothesis import given, note

from lazyopt.graph import Graph
from lazyopt.inputs import take_inputs
from lazyopt.looking.network import layered
from lazyopt.looking.pages import graph_html, memory_html
from lazyopt.looking.statistics import per_node
from lazyopt.testing import graphs
from lazyopt.testing.decoder import decode
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.strategies import CODES

GRAPHS = graphs()


@given(CODES)
def test_the_source_is_the_program(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    names: dict[str, Any] = {}
    text = graph.source(names)
    note(text)
    exec(text, names)

    def run(*args: Any, **kwargs: Any) -> Any:
        results = names["program"](*take_inputs(graph, args, kwargs))
        return graph.out_tree.unflatten(iter(results))

    check_equivalent(program, graph, run)


class Checker(HTMLParser):
    """Sees that every element that is begun is ended in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(GRAPHS)
def test_pages_are_whole(graph: Graph) -> None:
    for page in (graph_html(graph), memory_html(graph.memory)):
        checker = Checker()
        checker.feed(page)
        checker.close()
        assert not checker.open
        assert len(page) < 60_000


@given(GRAPHS)
def test_totals_add_up(graph: Graph) -> None:
    for of in ("count", "bytes_in", "bytes_out", "bytes_moved", "flops"):
        values = per_node(graph, of)  # type: ignore[arg-type]
        assert len(values) == len(graph)
        assert all(type(v) is int and v >= 0 for v in values)
        totals = graph.stats(of)  # type: ignore[arg-type]
        assert sum(totals.values()) == sum(values)
        assert set(totals) == set(graph.counts)
    assert graph.total_bytes >= graph.largest_bytes
    # All storages at once are no less than those at the peak.
    most = graph.memory.resident_bytes + graph.memory.peak_bytes
    workspace = max(graph.memory.workspace, default=0)
    assert graph.total_bytes >= most - workspace


@given(GRAPHS)
def test_layers_go_from_operands_to_users(graph: Graph) -> None:
    network = networkx.DiGraph()
    network.add_nodes_from(range(len(graph)))
    for i, node in enumerate(graph):
        network.add_edges_from((graph.number(o), i) for o in node.operands)
    places = layered(network)
    assert len(set(places.values())) == len(graph)
    for a, b in network.edges:
        assert places[a][0] < places[b][0]
