import random
from dataclasses import replace

import pytest

from lazyopt.schedule import Tables, is_valid, peak, timeline
from lazyopt.schedule.simulate import live_between
from lazyopt.schedule.subproblem import Events, window_problem


def shuffled(problem, seed):
    """A random valid order."""
    rng = random.Random(seed)
    waiting = [len(row) for row in problem.after]
    ready = [v for v, count in enumerate(waiting) if not count]
    order = []
    while ready:
        step = ready.pop(rng.randrange(len(ready)))
        order.append(step)
        for later, row in enumerate(problem.after):
            if step in row:
                waiting[later] -= 1
                if not waiting[later]:
                    ready.append(later)
    return order


@pytest.mark.parametrize("seed", range(60))
def test_a_window_needs_what_it_needs_in_the_whole(random_problem, seed):
    problem = random_problem(seed, 12)
    tables = Tables(problem)
    order = shuffled(problem, seed)
    for begin in range(0, 13, 3):
        for end in range(begin, 13, 2):
            window, steps, offset = window_problem(tables, order, begin, end)
            assert steps == order[begin:end]
            inner = shuffled(window, seed + end)
            whole = order[:begin] + [steps[v] for v in inner] + order[end:]
            assert is_valid(problem, whole)
            during = timeline(problem, whole)
            inside = timeline(window, inner) + offset
            assert list(during[begin:end]) == list(inside)
            outside = [*during[:begin], *during[end:], tables.kept_bytes]
            assert peak(problem, whole) == max(
                *outside, offset + peak(window, inner)
            )


def test_only_valid_orders_of_a_window_are_valid(random_problem):
    for seed in range(20):
        problem = random_problem(seed, 8)
        order = shuffled(problem, seed)
        window, steps, _ = window_problem(Tables(problem), order, 2, 6)
        rng = random.Random(seed)
        for _ in range(30):
            inner = rng.sample(range(4), 4)
            whole = order[:2] + [steps[v] for v in inner] + order[6:]
            assert is_valid(window, inner) == is_valid(problem, whole)


def test_the_window_of_everything_is_the_problem(random_problem):
    problem = random_problem(4, 10)
    order = range(10)
    window, _, offset = window_problem(Tables(problem), order, 0, 10)
    during = timeline(problem, order)
    assert list(timeline(window, order) + offset) == list(during)


def test_what_is_live_throughout_is_left_out(builder):
    build = builder()
    first = build.op(size=100)
    second = build.op(first, size=10)
    third = build.op(second, first, size=1)
    build.keep(build.op(third, first, size=5))
    tables = Tables(build.problem())
    window, _, offset = window_problem(tables, range(4), 1, 3)
    assert offset == 100
    assert sorted(window.sizes) == [1, 10]
    assert len(window.kept) == 1


@pytest.mark.parametrize("seed", range(40))
def test_events_add_up_to_what_is_live(random_problem, seed):
    problem = random_problem(seed, 12)
    events = Events.of(Tables(problem))
    order = shuffled(problem, seed)
    ends = range(12, len(events.after))
    live = events.start
    happened = set()
    found = []
    for step in order:
        found.append(live + events.cost[step])
        happened.add(step)
        new = [
            v
            for v in ends
            if v not in happened and happened.issuperset(events.after[v])
        ]
        happened.update(new)
        live += sum(events.net[v] for v in [step, *new])
    assert live == events.end
    during = timeline(problem, order)
    assert [amount * events.unit for amount in found] == list(during)


@pytest.mark.parametrize("seed", range(40))
def test_backwards_the_same_is_live(random_problem, seed):
    tables = Tables(random_problem(seed, 12))
    events = Events.of(tables)
    back = events.reverse()
    again = back.reverse()
    rows = [tuple(sorted(row)) for row in events.after]
    assert replace(again, after=rows) == replace(events, after=rows)
    assert [tuple(sorted(row)) for row in again.after] == rows
    sequence = list(events.order)
    before = [events.start]
    for v in sequence:
        before.append(before[-1] + events.net[v])
    live = back.start
    for at, v in reversed(list(enumerate(sequence))):
        assert live + back.cost[v] == before[at] + events.cost[v]
        live += back.net[v]
        assert live == before[at]
    assert live == back.end


def test_a_sequence_of_events_is_an_order_of_steps(random_problem):
    problem = random_problem(7, 20)
    events = Events.of(Tables(problem))
    assert events.as_steps(events.order) == list(range(20))
    back = events.reverse()
    assert back.as_steps(back.order) == list(range(20))


def test_the_last_reader_ends_a_storage_if_it_is_always_last(builder):
    build = builder()
    first = build.op()
    second = build.op(first)
    build.keep(build.op(first, second))
    events = Events.of(Tables(build.problem()))
    assert len(events.after) == 3
    assert events.net == (1, 1, -1)


def test_sizes_are_counted_in_their_common_divisor(builder):
    build = builder()
    build.keep(build.op(build.op(size=24), size=16, workspace=8))
    events = Events.of(Tables(build.problem()))
    assert events.unit == 8
    assert events.cost == (3, 3)
    assert events.end == 2


@pytest.mark.parametrize("seed", range(60))
def test_waiting_raises_no_peak(random_problem, seed):
    """Put what can wait right before what needs it: the peak stays."""
    problem = random_problem(seed, 12)
    tables = Tables(problem)
    most = peak(tables, range(12))
    forward = Events.of(tables)
    # The ends of storages as soon as they can be.
    given = sorted(
        forward.order,
        key=lambda v: (v if v < 12 else max(forward.after[v]), v),
    )
    for events, order in (
        (forward, given),
        (forward.reverse(), given[::-1]),
    ):
        waits = events.waiting(most // events.unit)
        blocks = events.blocks(waits)
        sequence = [u for v in order if not waits[v] for u in [*blocks[v], v]]
        sequence = list(dict.fromkeys([*sequence, *events.order]))
        order = events.as_steps(sequence)
        assert is_valid(problem, order)
        assert peak(tables, order) <= most


def test_relation_holds_what_comes_before_through_others(builder):
    build = builder()
    first = build.op()
    other = build.op()
    last = build.op(build.op(first))
    build.keep(build.op(last, other))
    events = Events.of(Tables(build.problem()))
    before = events.before()
    assert before[3].tolist() == [True, False, True, False, False]
    assert before[4].tolist() == [True, True, True, True, False]
    assert (events.reverse().before() == before.T).all()


def test_events_agree_with_the_simulation_of_live_bytes(random_problem):
    tables = Tables(random_problem(9, 30))
    events = Events.of(tables)
    live = live_between(tables, range(30))
    assert events.start * events.unit == live[0]
    assert events.end * events.unit == live[-1]
