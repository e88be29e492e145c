import pytest

from lazyopt.schedule import Problem, Tables, bounds, forced_live, peak


@pytest.mark.parametrize("steps", [1, 4, 7])
@pytest.mark.parametrize("seed", range(25))
def test_no_order_has_a_lower_peak(random_problem, optimum, seed, steps):
    problem = random_problem(seed, steps)
    assert forced_live(problem) <= optimum(problem)


@pytest.mark.parametrize("seed", range(25))
def test_the_cheap_bound_holds_too(random_problem, optimum, monkeypatch, seed):
    monkeypatch.setattr(bounds, "EXACT_STEPS", 0)
    problem = random_problem(seed, 7)
    assert forced_live(problem) <= optimum(problem)


@pytest.mark.parametrize("seed", range(25))
def test_the_bound_is_the_largest_over_the_steps(random_problem, seed):
    problem = random_problem(seed, 12)
    tables = Tables(problem)
    each = [bounds.forced_at(tables, v) for v in range(12)]
    assert forced_live(problem) == max(*each, tables.kept_bytes)


def test_a_chain_is_bounded_exactly(chain):
    assert forced_live(chain) == peak(chain, range(len(chain.after))) == 16


def test_what_is_needed_around_a_step_is_counted(builder):
    build = builder()
    held = build.op(size=100)
    small = build.op(held)
    wide = build.op(build.op(small, size=50), size=50)
    build.keep(build.op(wide, held))
    assert forced_live(build.problem()) == 200


def test_workspace_counts_without_any_storage():
    problem = Problem((), ((),), ((),), ((),), (9,), frozenset())
    assert forced_live(problem) == 9


def test_the_bound_without_steps_is_what_is_kept():
    problem = Problem((5, 7), (), (), (), (), frozenset([1]))
    assert forced_live(problem) == 7
