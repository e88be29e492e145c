"""Checkpoints along a chain: the optimum, where all links are equal."""

from dataclasses import replace

import pytest

from lazyopt.recompute.checkpoints import Plan, checkpoints
from lazyopt.recompute.measures import Link

from .chains import fewest_steps

#: A link that hands on one unit, which its block reads.
LINK = Link(
    out=(0,),
    back=(1,),
    handed=1,
    saved=1,
    both=1,
    passing=1,
    through=1,
    saving=1,
    keeping=1,
    cost_through=1,
    cost_saving=1,
    cost_last=1,
    alone=True,
    around=0,
    block=0,
)


def equal_links(count: int) -> list[Link]:
    links = [replace(LINK, out=(i,), back=(-i,)) for i in range(count)]
    # What the first is handed is there anyway.
    links[0] = replace(links[0], handed=0)
    return links


def steps(plan: Plan | None) -> int:
    assert plan is not None
    return sum(way == "out" for way, _ in plan)


def check(plan: Plan | None, count: int) -> None:
    """Each block runs once, last first, when its segment has just run."""
    assert plan is not None
    backs = [link.out[0] for way, link in plan if way == "back"]
    assert backs == list(range(count))[::-1]
    kept: set[int] = set()
    for way, link in plan:
        i = link.out[0]
        if way == "out":
            assert i == 0 or i - 1 in kept
            kept.add(i)
        else:
            assert i in kept
            kept = {k for k in kept if k < i}


@pytest.mark.parametrize("slots", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("count", [1, 2, 7, 20])
def test_equal_links_take_the_fewest_steps(count: int, slots: int) -> None:
    links = equal_links(count)
    # One unit is for the value that is being made or read.
    plan = checkpoints(links, [()] * count, slots + 1)
    check(plan, count)
    assert steps(plan) == fewest_steps(count, slots)


def test_there_is_no_way_without_room_for_one_value() -> None:
    assert checkpoints(equal_links(3), [()] * 3, 0) is None


def test_long_links_have_checkpoints_inside() -> None:
    short = equal_links(12)
    parts = [short[i : i + 3] for i in range(0, 12, 3)]
    long = [
        replace(
            LINK,
            out=tuple(x.out[0] for x in part),
            saved=3,
            both=3,
            saving=3,
            keeping=3,
            cost_through=3,
            cost_saving=3,
            cost_last=3,
        )
        for part in parts
    ]
    long[0] = replace(long[0], handed=0)
    flat = checkpoints(short, [()] * 12, 2)
    nested = checkpoints(long, parts, 2)
    assert checkpoints(long, [()] * 4, 2) is None
    assert nested is not None
    backs = [link.out for way, link in nested if way == "back"]
    assert backs == [(i,) for i in range(11, -1, -1)]
    runs = sum(len(link.out) for way, link in nested if way == "out")
    assert steps(flat) <= runs <= 1.5 * steps(flat)
