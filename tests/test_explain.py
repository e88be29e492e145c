"""What the printed profile says, and that its advice is true."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.memory import profile

from .helpers import normal

N = 1 << 17  # 1 MiB of float64


def text(fn: Any, *args: Any) -> str:
    return str(lo.trace(fn, *args).memory)


def advice(said: str) -> list[str]:
    return [s for s in said.splitlines() if s.startswith("to lower it: ")]


def four_waves(x: Any) -> Any:
    """In the order given, all are live before the first is summed."""
    waves = [do("sin", x * i) for i in range(1, 5)]
    return sum(do("sum", w) for w in waves)


def corner(x: Any) -> Any:
    """An eighth of the first array is needed to the end."""
    first = (x * 2)[: N // 8]
    second = do("sin", do("sin", x + 1))
    return do("sum", second * 2), do("sum", first)


def used_up(x: Any, y: Any) -> Any:
    """Both inputs die before the peak."""
    z = x * do("sum", y)
    return do("sum", do("sin", do("cos", z) * z + z) * z)


def test_each_storage_says_what_it_is_and_how_long_it_lives() -> None:
    def fn(x: Any) -> Any:
        a = do("sin", x)
        b = a * 2
        return b, a + b

    lines = text(fn, normal(N)).splitlines()
    assert lines[0].startswith("peak 3.0 MiB beyond 1.0 MiB of inputs")
    parts = [line.split("  ")[-1].split(", ") for line in lines[1:4]]
    assert [(p[0], p[2]) for p in parts] == [
        ("%1", "last read by %3 add"),
        ("%2", "returned"),
        ("%3", "returned"),
    ]
    assert all(p[1].startswith("test_explain.py:") for p in parts)
    assert lines[1].startswith("     1.0 MiB  sin : float64[131072]  %1")


def test_results_that_nothing_reads_say_so() -> None:
    def fn(x: Any) -> Any:
        _, r = do("linalg.qr", x)
        return r

    said = text(fn, normal(300, 300))
    assert "never read" in said.splitlines()[1]
    assert "returned" in said.splitlines()[2]


def test_donated_inputs_are_named() -> None:
    graph = lo.trace(lambda x, y: x * y, normal(N), normal(N)).donate("y")
    said = str(graph.memory)
    assert "input y : float64[131072]  %1, last read by %2 multiply" in said


def test_the_step_at_the_peak_is_named() -> None:
    line = text(four_waves, normal(N)).splitlines()[6]
    assert line.startswith("at the peak: %8 sin, test_explain.py:")


@pytest.mark.parametrize(
    ("name", "shapes", "kwargs", "why"),
    [
        ("tensordot", "strided", {"axes": 1}, "copies a strided operand"),
        (
            "tensordot",
            "dense",
            {"axes": [[1], [1]]},
            "copies operands to bring",
        ),
        ("einsum", "dense", {}, "keeps what it computes on the way"),
        ("matmul", "dense", {}, "copies an operand to BLAS's"),
        ("add", "dense", {}, "casts operands through buffers"),
        ("linalg.inv", "one", {}, "copies its matrix for LAPACK"),
        ("sort", "one", {}, "has temporaries of its own"),
    ],
)
def test_workspace_at_the_peak_says_why(
    name: str, shapes: str, kwargs: Any, why: str
) -> None:
    def fn(x: Any) -> Any:
        y = x[:, ::2] if shapes == "strided" else x
        args = [y] if shapes == "one" else [y, x[: y.shape[1]]]
        if name == "einsum":
            args.insert(0, "ij,jk->ik")
        return do(name, *args, **kwargs, like="numpy")

    graph = lo.trace(fn, normal(200, 200))
    m = with_workspace(graph.memory, 1 << 20)
    line = next(s for s in str(m).splitlines() if "at the peak" in s)
    assert f"needs 1.0 MiB for itself: it {why}" in line
    assert "for itself" not in str(with_workspace(graph.memory, 0))


def with_workspace(m: lo.MemoryProfile, size: int) -> lo.MemoryProfile:
    """A profile as it would be if each call needed so much for itself."""
    change = size - m.workspace_at_peak
    return dataclasses.replace(
        m,
        workspace=(size,) * len(m.workspace),
        peak_bytes=m.peak_bytes + change,
        timeline=tuple(t + change for t in m.timeline),
    )


def test_workspace_that_other_operands_would_not_need() -> None:
    def fn(x: Any, y: Any) -> Any:
        return do("matmul", x, y)

    x = normal(64, 64)
    same = with_workspace(lo.trace(fn, x, x).memory, 1 << 20)
    assert "operands laid out in the order that it sums in" in str(same)
    mixed = lo.trace(fn, x, x.astype("float32")).memory
    mixed = with_workspace(mixed, 1 << 20)
    assert (
        "to lower it: with operands of one dtype, %2 matmul needs up to "
        "1.0 MiB less"
    ) in str(mixed)
    added = with_workspace(lo.trace(lambda x: x + 1, x).memory, 1 << 20)
    assert "operands of the dtype that it computes in" in str(added)


def test_buffers_of_operands_that_lie_otherwise() -> None:
    x = normal(300, 300)
    text = str(lo.trace(lambda x: x[1:, 1:] - x[:-1, :-1], x).memory)
    assert "it takes operands through buffers" in text
    assert "with operands without gaps, of one layout" in text
    mixed = with_workspace(lo.trace(lambda x: x + x.T, x).memory, 1 << 20)
    assert "it takes operands through buffers" in str(mixed)
    cast = lo.trace(lambda x, y: x + y, x, x.astype("float32"))
    assert "it casts operands through buffers" in str(cast.memory)
    solved = lo.trace(lambda x: do("linalg.inv", x), x).memory
    assert "needs up to" not in str(with_workspace(solved, 1 << 20))


def test_another_order_is_advised_while_there_is_one() -> None:
    graph = lo.trace(four_waves, normal(N))
    m = graph.memory
    saved = (m.peak_bytes - m.lower_bound_bytes) / 2**20
    said = (
        "another order, which lo.optimize looks for, saves "
        f"{saved:.1f} MiB at most"
    )
    assert advice(str(m))[0] == f"to lower it: {said}"
    better = lo.optimize(graph, passes=["reorder"])
    assert m.peak_bytes - better.memory.peak_bytes <= saved * 2**20
    assert "another order" not in str(better.memory)
    # What was tried says so even where nothing came of it.
    tried = lo.optimize(graph, passes=["share"])
    assert "another order" in str(tried.memory)


def test_a_shared_profile_knows_each_graphs_own_history() -> None:
    def fn(x: Any) -> Any:
        a, b, c = do("sin", x), do("cos", x[:5]), do("tan", x)
        return a * c + do("sum", b), a, c

    graph = lo.trace(fn, normal(N))
    str(graph.memory)
    again = lo.optimize(graph, passes=["reorder"])
    assert again.memory.graph is again
    assert graph.memory.graph is graph
    assert graph.memory == again.memory or len(again.history) == 1


def test_copies_of_views_are_advised_with_what_they_save() -> None:
    said = text(corner, normal(N))
    assert (
        "to lower it: copy the views of %1 multiply, of which only 12% is "
        "still needed, and 896.0 KiB can go"
    ) in said

    def copied(x: Any) -> Any:
        first = do("copy", (x * 2)[: N // 8])
        second = do("sin", do("sin", x + 1))
        return do("sum", second * 2), do("sum", first)

    before = lo.trace(corner, normal(N)).memory.peak_bytes
    after = lo.trace(copied, normal(N))
    assert before - after.memory.peak_bytes == 7 * N
    assert "copy the views" not in str(after.memory)


def test_donating_is_advised_with_what_it_saves_in_all() -> None:
    graph = lo.trace(used_up, normal(N), normal(2 * N))
    m = graph.memory
    wanted = (
        "to lower it: graph.donate('y', 'x') lets inputs go before the peak: "
        "3.0 MiB less in all"
    )
    assert wanted in str(m)
    given = graph.donate("x", "y").memory
    saved = m.peak_bytes + m.resident_bytes
    saved -= given.peak_bytes + given.resident_bytes
    assert saved == 3 * 8 * N - 8  # the sum of y, while both are there
    assert "donate" not in str(given)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: do("sum", do("sin", x * 2) * x),  # read at the peak
        lambda x: (x[:5], do("sum", do("sin", x * 2) * 3)),  # returned
    ],
)
def test_inputs_that_live_at_the_peak_are_not_to_be_donated(fn: Any) -> None:
    graph = lo.trace(fn, normal(N))
    assert "donate" not in str(graph.memory)
    m, given = graph.memory, graph.donate().memory
    saved = m.peak_bytes + m.resident_bytes
    assert saved == given.peak_bytes + given.resident_bytes


def test_inputs_that_die_after_part_of_the_peaks_save_that_part() -> None:
    def fn(x: Any) -> Any:
        twice = do("concatenate", [x, x])  # 2 MiB, and 1 of x
        half = do("sin", twice[: N // 2])
        return do("sum", twice) + do("sum", half)  # 2.5 MiB and 8 B, the peak

    graph = lo.trace(fn, normal(N))
    m, given = graph.memory, graph.donate().memory
    saved = m.peak_bytes + m.resident_bytes
    saved -= given.peak_bytes + given.resident_bytes
    assert saved == 4 * N + 8
    assert "512.0 KiB less in all" in str(m)


def test_what_unknown_calls_may_return_is_not_to_be_donated() -> None:
    def mystery(x: Any) -> Any:
        return x

    def fn(x: Any) -> Any:
        y = lo.call(mystery, x)
        return y, do("sum", do("sin", do("zeros", (N,), like=x)) * 2)

    assert "donate" not in text(fn, normal(N))


def test_bound_data_can_not_be_donated() -> None:
    from autoray import lazy

    x = lazy.array(normal(N))
    graph = lo.from_lazy(do("sum", do("sin", x * 2 + 1) * 3))
    assert "donate" not in str(graph.memory)


def test_results_that_make_the_peak_are_said_to() -> None:
    said = text(lambda x: [x + i for i in range(4)], normal(N))
    assert (
        "4.0 MiB of it is returned: only fewer or smaller results lower that "
        "part"
    ) in said
    assert "returned:" not in text(four_waves, normal(N))


def test_single_precision_is_the_last_thing_advised() -> None:
    def fn(x: Any) -> Any:
        return do("sum", do("sin", x) * x)

    assert advice(text(fn, normal(N))) == [
        "to lower it: single precision, where it will do, takes 1.0 MiB less"
    ]
    assert not advice(text(fn, normal(N).astype("float32")))
    assert "single" not in text(four_waves, normal(N))


def test_what_saves_most_comes_first() -> None:
    def fn(x: Any, y: Any) -> Any:
        first = (x * do("sum", y))[: N // 4]
        many = [x * i for i in range(8)]
        return sum(do("sum", m) for m in many), do("sum", first)

    lines = advice(text(fn, normal(N), normal(N // 8)))
    assert len(lines) == 3
    assert "another order" in lines[0]
    assert "copy the views" in lines[1] and "768.0 KiB" in lines[1]
    assert "donate('y')" in lines[2] and "128.0 KiB" in lines[2]
    lines = advice(text(fn, normal(N), normal(16 * N)))
    assert "donate('y')" in lines[0]
    assert "another order" in lines[1]


@pytest.mark.parametrize("n", range(1, 12))
def test_it_is_ten_lines_whatever_there_is(n: int) -> None:
    def mystery(x: Any) -> Any:
        return x

    def fn(x: Any, y: Any) -> Any:
        z = do("sum", y)
        first = (x * z)[: N // 8]
        many = [do("sin", x * i) for i in range(n)]
        return many, [do("sum", m) for m in many], lo.call(mystery, first)

    said = text(fn, normal(N), normal(N)).splitlines()
    named = [s for s in said if s.startswith("  ") and "%" in s]
    assert 3 <= len(named) <= 6
    assert len(said) <= 10
    assert "in 1 more" not in "\n".join(said)


def test_other_libraries_are_said_to_have_rules_of_their_own() -> None:
    graph = lo.trace(lambda x: x * 2, normal(N)).on("cupy")
    assert (
        "sizes are cupy's; which calls copy, and what they need while they "
        "run, is taken to be as on NumPy"
    ) in str(graph.memory)


def test_a_profile_without_its_graph_says_what_it_knows() -> None:
    graph = lo.trace(four_waves, normal(N))
    said = str(profile(graph))
    assert said.splitlines()[0] == str(graph.memory).splitlines()[0]
    assert "at the peak: sin, test_explain.py:" in said
    assert "last read by sum" in said


@pytest.mark.parametrize(
    "graph",
    [
        lo.trace(lambda: 1),
        lo.trace(lambda x: (x, x[:2]), np.zeros(5)),
        lo.trace(lambda x: x + 1, np.zeros(0)),
    ],
)
def test_where_nothing_is_needed_little_is_said(graph: lo.Graph) -> None:
    assert len(str(graph.memory).splitlines()) == 1


def test_a_long_program_is_explained_as_quickly_as_a_short_one() -> None:
    def fn(x: Any) -> Any:
        for i in range(20_000):
            x = x + i
        return x

    said = text(fn, normal(100))
    assert len(said.splitlines()) <= 10
