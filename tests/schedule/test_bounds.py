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
def test_the_bound_from_two_steps_holds_too(
    random_problem, optimum, monkeypatch, seed
):
    monkeypatch.setattr(bounds, "EXACT_STEPS", 0)
    monkeypatch.setattr(bounds, "SAMPLED_STEPS", 0)
    problem = random_problem(seed, 7)
    assert forced_live(problem) <= optimum(problem)


@pytest.mark.parametrize("seed", range(10))
def test_storages_are_looked_at_block_by_block(
    random_problem, monkeypatch, seed
):
    problem = random_problem(seed, 40)
    expected = forced_live(problem)
    monkeypatch.setattr(bounds, "BLOCK", 7)
    assert forced_live(problem) == expected


def test_a_sample_finds_the_step_that_forces_most(builder, monkeypatch):
    """It reads little itself, and isn't where the order given needs most."""
    monkeypatch.setattr(bounds, "EXACT_STEPS", 0)
    build = builder()
    chain = build.op(build.op(size=50), size=50)
    held = []
    for _ in range(20):
        chain = build.op(chain)
        held.append(build.op(chain, size=10))
        chain = build.op(held[-1])
    chain = build.op(chain)
    for v in held:
        chain = build.op(chain, v)
    others = [build.op(size=5) for _ in range(100)]
    for v in others:
        chain = build.op(chain, v)
    build.keep(chain)
    problem = build.problem()
    monkeypatch.setattr(bounds, "SAMPLED_STEPS", 0)
    assert forced_live(problem) < 202
    monkeypatch.setattr(bounds, "SAMPLED_STEPS", 1000)
    assert forced_live(problem) == 202


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
