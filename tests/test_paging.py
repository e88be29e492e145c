"""Paging on plain integers: it fits, and moves little."""

import itertools
import random

import pytest

from lazyopt.paging import Pages, Paging, lowest, paging, with_maps


def chain(n: int, size: int = 10) -> Pages:
    """A backward sweep: values are used again in reverse."""
    uses = [(i - 1, i) if i else (0,) for i in range(n)]
    uses += [(i,) for i in reversed(range(n))]
    uses.append(())
    return Pages([size] * n, uses, [0] * len(uses), frozenset(range(n)))


def held_at_most(pages: Pages, found: Paging) -> int:
    """Bytes of a schedule as it is run, checked to be one."""
    last = {s: i for i, used in enumerate(pages.uses) for s in used}
    for step, read in enumerate(pages.mapped):
        last.update((s, max(step, last[s])) for s in read)
    held = {s for s in pages.given if s in last}
    written: set[int] = set()
    most = 0
    for step, used in enumerate(pages.uses):
        for s in found.out.get(step, ()):
            assert s in held and s in pages.movable
            held.remove(s)
            written.add(s)
        for s in found.back.get(step, ()):
            assert s in written and s not in held
            held.add(s)
        read = set(found.maps.get(step, ()))
        assert read == (set(pages.mapped[step]) if pages.mapped else set())
        assert read <= written and read.isdisjoint(held)
        new = {s for s in used if s not in held and s not in written}
        held |= new
        at_end = step == len(pages.uses) - 1
        assert all(s in held or (at_end and s in found.in_files) for s in used)
        need = sum(pages.sizes[s] for s in held) + pages.workspace[step]
        most = max(most, need)
        if not at_end:
            held -= {s for s in used if last[s] == step}
    assert written == found.written
    return most


def drawn(rng: random.Random) -> Pages:
    """A small schedule."""
    n = rng.randint(2, 7)
    sizes = [rng.choice([1, 2, 3, 8]) for _ in range(n)]
    uses = []
    for i in range(rng.randint(n, n + 6)):
        used = {i} if i < n else set()
        for _ in range(rng.randint(0 if used else 1, 2)):
            used.add(rng.randrange(min(i + 1, n)))
        uses.append(tuple(sorted(used)))
    end = {s for s in range(n) if rng.random() < 0.3}
    uses.append(tuple(sorted(end)))
    movable = frozenset(s for s in range(n) if rng.random() < 0.8)
    filed = frozenset(s for s in end & movable if rng.random() < 0.5)
    workspace = [rng.choice([0, 0, 2]) for _ in uses[:-1]] + [0]
    return Pages(sizes, uses, workspace, movable, frozenset(), filed)


def readable(rng: random.Random, pages: Pages) -> list[frozenset[int]]:
    """What each step could read in a file: some of what others made."""
    made: set[int] = set()
    found = []
    for used in pages.uses[:-1]:
        could = [s for s in used if s in made and rng.random() < 0.7]
        found.append(frozenset(could))
        made.update(used)
    return [*found, frozenset()]


def cheapest(pages: Pages, limit: int) -> int | None:
    """Fewest bytes moved, by trying all."""
    last = {s: i for i, used in enumerate(pages.uses) for s in used}
    states: dict[tuple[frozenset[int], frozenset[int]], int] = {
        (frozenset(), frozenset()): 0
    }
    end = len(pages.uses) - 1
    for step, used in enumerate(pages.uses):
        wanted = {s for s in used if not (step == end and s in pages.filed)}
        new: dict[tuple[frozenset[int], frozenset[int]], int] = {}
        for (held, away), cost in states.items():
            free = sorted((held & pages.movable) - wanted)
            for k in range(len(free) + 1):
                for out in itertools.combinations(free, k):
                    paid = cost + sum(
                        pages.sizes[s] for s in out if s not in away
                    )
                    left = held - set(out)
                    back = {s for s in wanted if s in away and s not in left}
                    paid += sum(pages.sizes[s] for s in back)
                    now = left | wanted
                    need = sum(pages.sizes[s] for s in now)
                    if need + pages.workspace[step] > limit:
                        continue
                    kept = frozenset(
                        s for s in now if last[s] > step or step == end
                    )
                    key = kept, away | frozenset(out)
                    new[key] = min(paid, new.get(key, paid))
        states = new
    return min(states.values(), default=None)


def test_what_is_used_again_latest_goes_first() -> None:
    pages = chain(6)
    found = paging(pages, 40)
    assert found is not None
    assert held_at_most(pages, found) <= 40
    assert found.written == {0, 1}
    assert found.moved_bytes == 40


def test_nothing_is_moved_where_all_fits() -> None:
    found = paging(chain(6), 60)
    assert found is not None
    assert not found.written


def test_a_value_is_written_once() -> None:
    pages = Pages(
        [5, 9, 9, 9],
        [(0,), (1,), (0,), (2,), (0,), (3,), (0,), ()],
        [0] * 8,
        frozenset(range(4)),
    )
    found = paging(pages, 10)
    assert found is not None
    assert found.written == {0}
    assert found.moved_bytes == 5 + 3 * 5


def test_what_may_not_be_moved_counts_for_the_lowest() -> None:
    pages = chain(6)
    assert lowest(pages) == (20, 1)
    fixed = Pages(pages.sizes, pages.uses, pages.workspace, frozenset({1, 2}))
    assert lowest(fixed)[0] == 40
    assert paging(fixed, 39) is None


def test_files_at_the_end_take_no_memory() -> None:
    uses = [(0,), (1,), (2,), (0, 1, 2)]
    pages = Pages([4, 4, 4], uses, [0] * 4, frozenset(range(3)))
    assert lowest(pages) == (12, 3)
    filed = Pages(
        [4, 4, 4],
        uses,
        [0] * 4,
        frozenset(range(3)),
        frozenset(),
        frozenset({0, 1}),
    )
    assert lowest(filed) == (4, 0)
    found = paging(filed, 4)
    assert found is not None
    assert found.in_files == {0, 1}
    assert held_at_most(filed, found) <= 4


@pytest.mark.parametrize("seed", range(8))
def test_it_fits_wherever_it_can_and_moves_little(seed: int) -> None:
    rng = random.Random(seed)
    moved = best = 0
    for _ in range(60):
        pages = drawn(rng)
        least, _ = lowest(pages)
        for limit in (least, least + 1, least + 4):
            found = paging(pages, limit)
            assert found is not None, (pages, limit)
            assert held_at_most(pages, found) <= limit
            optimum = cheapest(pages, limit)
            assert optimum is not None
            assert optimum <= found.moved_bytes
            moved += found.moved_bytes
            best += optimum
        assert cheapest(pages, least - 1) is None
    assert moved <= 1.15 * best


# -------------------------------------------------------------- read in files


def sums(n: int, size: int = 10) -> tuple[Pages, list[frozenset[int]]]:
    """Values that are all read at once in the end, but for the last."""
    every = tuple(range(n))
    uses = [*[(i,) for i in every], (*every, n), (n,)]
    pages = Pages(
        [size] * n + [1], uses, [0] * len(uses), frozenset(range(n + 1))
    )
    return pages, [frozenset()] * n + [frozenset(every), frozenset()]


def test_no_more_is_mapped_than_it_takes() -> None:
    pages, could = sums(4)
    assert lowest(pages) == (41, 4)
    for limit, count in ((41, 0), (40, 1), (31, 1), (30, 2), (11, 3), (10, 4)):
        mapped = with_maps(pages, could, limit)
        assert [len(read) for read in mapped.mapped] == [0] * 4 + [count, 0]
        assert lowest(mapped)[0] <= limit
        found = paging(mapped, limit)
        assert found is not None
        assert held_at_most(mapped, found) <= limit
        assert len(found.written) == count
        assert found.moved_bytes == 2 * 10 * count


def test_the_largest_is_mapped_first() -> None:
    pages = Pages(
        [5, 9, 7, 1],
        [(0,), (1,), (2,), (0, 1, 2, 3), (3,)],
        [0] * 5,
        frozenset(range(4)),
    )
    could = [frozenset[int]()] * 3 + [frozenset({0, 1, 2}), frozenset()]
    assert with_maps(pages, could, 13).mapped[3] == (1,)
    assert with_maps(pages, could, 12).mapped[3] == (1, 2)
    kept = [*could[:3], frozenset({0, 2}), frozenset[int]()]
    assert with_maps(pages, kept, 0).mapped[3] == (2, 0)


def test_what_may_not_be_moved_is_not_mapped() -> None:
    pages, could = sums(4)
    fixed = Pages(pages.sizes, pages.uses, pages.workspace, frozenset({0, 1}))
    assert with_maps(fixed, could, 0).mapped[4] == (0, 1)


def test_a_value_is_read_in_its_file_and_comes_back() -> None:
    uses = [(0,), (1,), (0, 1), (2,), (0,), (0,)]
    pages = Pages([6, 5, 9], uses, [0] * 6, frozenset(range(3)))
    could = [frozenset[int]()] * 2 + [frozenset({0})] + [frozenset[int]()] * 3
    mapped = with_maps(pages, could, 10)
    assert mapped.mapped[2] == (0,)
    found = paging(mapped, 10)
    assert found is not None
    assert held_at_most(mapped, found) <= 10
    assert found.written == {0}
    assert found.maps == {2: [0]}
    assert found.back == {4: [0]}
    assert found.moved_bytes == 6 + 6 + 6


@pytest.mark.parametrize("seed", range(8))
def test_with_maps_it_fits_wherever_it_can(seed: int) -> None:
    rng = random.Random(seed)
    lower = 0
    for _ in range(100):
        pages = drawn(rng)
        could = readable(rng, pages)
        least, _ = lowest(pages)
        for limit in range(0, least + 2, 3):
            mapped = with_maps(pages, could, limit)
            assert all(
                set(read) <= could[i] & pages.movable
                and set(read).isdisjoint(mapped.uses[i])
                and {*read, *mapped.uses[i]} == set(pages.uses[i])
                for i, read in enumerate(mapped.mapped)
            )
            if limit >= least:
                assert not any(mapped.mapped)
            reached = max(limit, lowest(mapped)[0])
            found = paging(mapped, reached)
            assert found is not None, (mapped, reached)
            assert held_at_most(mapped, found) <= reached
            lower += reached < least
    assert lower
