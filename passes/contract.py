"""Contraction order: products of several arrays by the cheapest path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lazyopt.cost import node_flops
from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ordering import peak_bytes
from lazyopt.passes.contract_terms import Network, networks
from lazyopt.passes.contract_writing import contracted
from lazyopt.records import note_remark, note_rewrite

__all__ = ["Contract"]

Path = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Contract:
    """Contract arrays in the order that needs the fewest operations.

    Trees of ``einsum``, ``tensordot``, ``dot``, ``matmul`` and ``transpose``
    whose inner results nobody else reads are one network of arrays. It is
    contracted anew, pair by pair, along the path that opt_einsum finds, where
    that takes fewer floating point operations and doesn't raise the peak.
    Sums are taken in another order, so last bits change: it needs
    ``fast_math=True``. NumPy only; needs the extra ``contract``.

    Parameters
    ----------
    optimize : str or opt_einsum.paths.PathOptimizer
        What opt_einsum takes: ``"auto"``, ``"optimal"``, ``"greedy"``, or an
        optimizer, such as those of cotengra.
    """

    optimize: Any = "auto"
    name: ClassVar[str] = "contract"
    exact: ClassVar[bool] = False
    never_grows: ClassVar[tuple[str, ...]] = ("peak",)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph with cheaper paths, or itself.

        Raises
        ------
        PassError
            If there is a network, and opt_einsum isn't installed.
        """
        if graph.backend != "numpy":
            return graph
        paths: dict[Node, tuple[Network, Path]] = {}
        for network in networks(graph):
            path = self._path(network)
            if _is_cheaper(network, path):
                paths[network.root] = network, path
        limit = peak_bytes(graph)
        while paths:
            result = _rebuilt(graph, paths)
            if peak_bytes(result) <= limit:
                for _ in paths:
                    note_rewrite("contracted anew")
                return result
            # Where calls hold less at once, they may do so at the peak.
            fewer = {n: p for n, p in paths.items() if not _is_larger(*p)}
            if len(fewer) == len(paths):
                break
            paths = fewer
            note_remark("larger intermediates would raise the peak")
        return graph

    def _path(self, network: Network) -> Path:
        try:
            import opt_einsum
        except ImportError as error:
            raise PassError(
                "the pass 'contract' finds its paths by opt_einsum, which "
                "isn't installed: pip install 'autoray-lazyopt[contract]'"
            ) from error
        *terms, output = [
            "".join(map(opt_einsum.get_symbol, labels))
            for labels in (*network.terms, network.output)
        ]
        path: Path
        path, _ = opt_einsum.contract_path(
            f"{','.join(terms)}->{output}",
            *[n.spec.shape for n in network.operands],
            shapes=True,
            optimize=self.optimize,
        )
        return path


def _is_cheaper(network: Network, path: Path) -> bool:
    """Whether a path saves operations."""
    if network.root.spec.layout not in ("C", "F"):
        return False
    calls = _calls(network, path)
    return bool(calls) and _flops(calls) < _flops(network.calls)


def _is_larger(network: Network, path: Path) -> bool:
    """Whether a path has a larger intermediate than there is now."""
    return _largest(_calls(network, path)) > _largest(network.calls)


def _calls(network: Network, path: Path) -> list[Node]:
    return contracted(
        network.operands,
        network.terms,
        network.output,
        path,
        network.root.spec,
    )


def _largest(calls: Iterable[Node]) -> int:
    return max([n.spec.nbytes for n in calls])


def _flops(calls: Iterable[Node]) -> int:
    return sum(map(node_flops, calls))


def _rebuilt(graph: Graph, paths: dict[Node, tuple[Network, Path]]) -> Graph:
    """The graph with networks contracted along other paths."""
    gone = {n for network, _ in paths.values() for n in network.calls}
    new: dict[Node, Node] = {}
    schedule: list[Node] = []
    for node in graph.nodes:
        if node in paths:
            network, path = paths[node]
            operands = [new.get(n, n) for n in network.operands]
            calls = contracted(
                operands,
                network.terms,
                network.output,
                path,
                node.spec,
                node.source,
            )
            schedule += calls
            new[node] = calls[-1]
        elif node not in gone:
            made = node.rewired(new)
            schedule.append(made)
            if made is not node:
                new[node] = made
    return graph.replace(schedule, [new.get(n, n) for n in graph.outputs])
