import random

from lazyopt.schedule import Problem, best_order, is_valid, peak
from lazyopt.schedule.late import views_late
from lazyopt.schedule.tables import Tables


def test_views_wait_for_their_first_reader(builder):
    build = builder()
    base = build.op()
    parts = [build.view(build.view(base)) for _ in range(3)]
    sums = [build.op(part, size=1) for part in parts]
    build.keep(*sums)
    problem = build.problem()
    order = views_late(problem, range(10))
    assert order == [0, 1, 2, 7, 3, 4, 8, 5, 6, 9]
    assert views_late(problem, order) == order


def test_what_comes_later_without_reading_it_holds_nothing_for_longer():
    problem = Problem(
        sizes=(9, 9, 1),
        produces=((0,), (), (1,), (2,)),
        reads=((), (0,), (), ()),
        after=((), (0,), (), (1,)),
        workspace=(0,) * 4,
        kept=frozenset([2]),
    )
    assert views_late(problem, range(4)) == [0, 1, 2, 3]


def test_views_that_nobody_reads_stay(builder):
    build = builder()
    base = build.op()
    build.keep(build.view(base), build.op(base))
    assert views_late(build.problem(), range(3)) == [0, 1, 2]


def any_order(problem, seed):
    rng = random.Random(seed)
    order, left = [], list(range(len(problem.after)))
    while left:
        ready = [v for v in left if set(problem.after[v]) <= set(order)]
        order.append(rng.choice(ready))
        left.remove(order[-1])
    return order


def test_random_problems_keep_their_peak(random_problem):
    for seed in range(300):
        problem = random_problem(seed, 12)
        order = any_order(problem, seed)
        late = views_late(problem, order)
        assert is_valid(problem, late)
        tables = Tables(problem)
        assert peak(tables, late) <= peak(tables, order)
        assert views_late(problem, late) == late


def test_the_best_order_has_its_views_late(builder):
    build = builder()
    base = build.op(size=8)
    views = [build.view(base) for _ in range(4)]
    large = [build.op(view, size=8) for view in views]
    build.keep(*[build.op(x, size=1) for x in large])
    found = best_order(build.problem())
    assert found.peak == 8 + 8 + 3
    place = {step: i for i, step in enumerate(found.order)}
    assert all(
        place[y] == place[x] + 1 for x, y in zip(views, large, strict=True)
    )
