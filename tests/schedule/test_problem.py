import pytest

from lazyopt.schedule import Problem, is_valid, successors


@pytest.fixture
def diamond(builder):
    build = builder()
    top = build.op()
    left, right = build.op(top), build.op(top)
    build.keep(build.op(left, right))
    return build.problem()


def test_successors_are_the_steps_that_name_a_step(diamond):
    assert successors(diamond) == [[1, 2], [3], [3], []]


def test_order_given_is_valid(diamond):
    assert is_valid(diamond, range(4))


def test_any_topological_order_is_valid(diamond):
    assert is_valid(diamond, (0, 2, 1, 3))


@pytest.mark.parametrize(
    "order",
    [(1, 0, 2, 3), (0, 1, 3, 2), (0, 1, 1, 3), (0, 1, 2), (0, 1, 2, 4)],
    ids=["late operand", "early user", "twice", "short", "no such step"],
)
def test_other_orders_are_not_valid(diamond, order):
    assert not is_valid(diamond, order)


def test_rows_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="'reads': 2"):
        Problem((1,), ((0,),), ((), ()), ((),), (0,), frozenset())
