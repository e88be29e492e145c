"""How other systems would order the same steps.

All take a `lazyopt.schedule.Problem` and return a valid order of its steps.
Most are candidates of our own search, too, so that it is never above them.
"""

from collections.abc import Callable

from benchmarks.orders.dask import dask_order
from lazyopt.schedule import Problem, inductor, xla
from lazyopt.schedule.traversal import Order, ascend, least_post_order

__all__ = ["PEERS", "Order"]


def given(problem: Problem) -> Order:
    """Return the order given."""
    return list(range(len(problem.after)))


PEERS: dict[str, tuple[Callable[[Problem], Order], ...]] = {
    "autoray": (ascend,),
    "dask": (dask_order,),
    "Inductor": (
        given,
        inductor.least_peak_first,
        inductor.breadth_first,
        inductor.smallest_first,
    ),
    "XLA": (xla.list_order, xla.depth_first, xla.plain_post_order),
    "post-order": (least_post_order,),
}
"""Each system, with all that it tries: it takes the order that is best."""
