import pytest

from lazyopt.schedule import Tables, is_valid, peak
from lazyopt.schedule.beam import beam_order

ANYTHING = 2**40
each_way = pytest.mark.parametrize("backward", [False, True])


@each_way
@pytest.mark.parametrize("width", [1, 8])
@pytest.mark.parametrize("reach", [1, 3, None])
def test_orders_are_valid(random_problem, width, reach, backward):
    for seed in range(40):
        steps = 1 + seed
        problem = random_problem(seed, steps)
        order = beam_order(
            Tables(problem),
            range(steps),
            width,
            ANYTHING,
            reach=reach,
            backward=backward,
        )
        assert is_valid(problem, order)


@each_way
@pytest.mark.parametrize("seed", range(100))
def test_a_beam_that_keeps_all_states_finds_the_lowest_peak(
    random_problem, optimum, seed, backward
):
    problem = random_problem(seed, 7)
    tables = Tables(problem)
    least = optimum(problem)
    order = beam_order(tables, range(7), MANY, least + 1, backward=backward)
    assert peak(tables, order) == least
    nothing = beam_order(tables, range(7), MANY, least, backward=backward)
    assert nothing is None


MANY = 5000


@each_way
def test_orders_stay_below_the_peak_known(random_problem, backward):
    found = 0
    for seed in range(40):
        tables = Tables(random_problem(seed, 30))
        known = peak(tables, range(30))
        order = beam_order(tables, range(30), 4, known, backward=backward)
        if order is not None:
            assert peak(tables, order) < known
            found += 1
    assert found > 20


@each_way
def test_a_reach_of_one_move_never_raises_the_peak(random_problem, backward):
    for seed in range(40):
        tables = Tables(random_problem(seed, 30))
        known = peak(tables, range(30))
        order = beam_order(
            tables, range(30), 1, known + 1, reach=1, backward=backward
        )
        assert peak(tables, order) <= known


@each_way
def test_orders_are_the_same_every_time(random_problem, backward):
    orders = [
        beam_order(
            Tables(random_problem(5, 60)),
            range(60),
            8,
            ANYTHING,
            backward=backward,
        )
        for _ in range(3)
    ]
    assert orders[0] == orders[1] == orders[2]


def test_ties_follow_the_base_order(builder):
    build = builder()
    for _ in range(3):
        build.keep(build.op(build.op(size=2)))
    tables = Tables(build.problem())
    for base in ([0, 1, 2, 3, 4, 5], [4, 5, 0, 1, 2, 3]):
        assert beam_order(tables, base, 1, ANYTHING) == base


def test_up_to_the_target_peaks_count_as_equal(builder):
    """What is live counts as soon as peaks are under the target."""
    build = builder()
    little = build.op(build.op(size=4), size=3)
    large = build.op(build.op(size=9), size=1)
    build.keep(little, large)
    tables = Tables(build.problem())
    low = beam_order(tables, range(4), 1, ANYTHING)
    assert low[:2] == [0, 1]
    high = beam_order(tables, range(4), 1, ANYTHING, target=30)
    assert high[:2] == [2, 3]


def test_a_wider_beam_finds_what_a_narrow_one_passes_by(random_problem):
    better = 0
    for seed in range(60):
        tables = Tables(random_problem(seed, 40))
        peaks = [
            peak(tables, beam_order(tables, range(40), width, ANYTHING))
            for width in (1, 64)
        ]
        better += peaks[1] < peaks[0]
    assert better > 10


def test_nothing_to_order(builder):
    assert beam_order(Tables(builder().problem()), [], 4, 1) == []


def test_long_chains_do_not_recurse(builder):
    build = builder()
    last = build.op()
    for _ in range(2000):
        last = build.op(last)
    build.keep(last)
    tables = Tables(build.problem())
    order = beam_order(tables, range(2001), 4, ANYTHING)
    assert order == list(range(2001))
