"""Two passes for the tests: one from a function, one as a class."""

from typing import Any

import lazyopt as lo


@lo.rewrite("floor-once")
def floor_once(node: lo.Node) -> Any:
    """Compute floor(floor(x)) as floor(x)."""
    if node.op.name == "floor" and node.args[0].op.name == "floor":
        return node.replace(args=node.args[0].args)
    return None


class CountNodes:
    """A pass that changes nothing and keeps count."""

    name = "count-nodes"

    def __init__(self) -> None:
        self.counted = 0

    def __call__(self, graph: lo.Graph) -> lo.Graph:
        self.counted += len(graph)
        return graph
