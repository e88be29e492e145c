"""Values in files: the same arrays again, and room that is free again."""

import gc
import os
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lazyopt import spilling
from lazyopt.ops.files import mapped, unspill
from lazyopt.spilling import Filed, Spilled

from .helpers import normal, same


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    """The open files, of this test alone."""
    opened: dict[Any, Any] = {}
    monkeypatch.setattr(spilling, "_FILES", opened)
    return opened


def room(files: dict[Any, Any]) -> int:
    """Bytes that the open files have grown to."""
    return sum(extents._end for extents in files.values())


class Broken:
    """A file that fails after some bytes."""

    def __init__(self, file: Any, error: BaseException) -> None:
        self.file = file
        self.error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, data: Any) -> int:
        self.write = self.fail  # type: ignore[method-assign]
        return int(self.file.write(data[:16]))

    def readinto(self, into: Any) -> int:
        self.readinto = self.fail  # type: ignore[method-assign]
        return int(self.file.readinto(into[:16]))

    def fail(self, data: Any) -> int:
        raise self.error


class NeverCut:
    """A file that can't be made shorter."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def truncate(self, size: int) -> None:
        raise OSError("a part of it is mapped")


ARRAYS: dict[str, Any] = {
    "C": normal(3, 4, 5),
    "F": np.asfortranarray(normal(3, 4, 5)),
    "permuted": normal(3, 4, 5).transpose(1, 2, 0),
    "one axis of one": normal(3, 1, 5),
    "no axes": np.array(2.5),
    "complex": normal(4, 4) + 1j,
    "float16": np.arange(7, dtype="float16"),
    "booleans": np.array([True, False, True]),
    "long double": np.arange(3, dtype="longdouble") / 3,
    "times": np.arange(3).astype("M8[s]"),
    "records": np.zeros(3, [("a", "i1"), ("b", "f8")]),
    "other byte order": np.arange(4, dtype=">f8"),
    "special": np.array([np.nan, -0.0, np.inf, 5e-324]),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("kind", [Spilled, Filed])
def test_arrays_come_back_as_they_were(
    name: str, kind: Any, tmp_path: Path
) -> None:
    x = ARRAYS[name]
    handle = kind(x, str(tmp_path))
    for _ in range(2):
        found = handle.read()
        assert type(found) is np.ndarray
        same(found, x)
        assert found.dtype == x.dtype
        assert found.strides == x.strides
        assert found.flags.writeable
        assert found.flags.owndata
        assert not np.shares_memory(found, x)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("kind", [Spilled, Filed])
def test_maps_are_of_what_was_written(
    name: str, kind: Any, tmp_path: Path
) -> None:
    x = ARRAYS[name]
    before = Spilled(np.arange(3, dtype="int8"), str(tmp_path))
    handle = kind(x, str(tmp_path))
    found = handle.mapped()
    assert type(found) is np.ndarray
    same(found, x)
    assert found.dtype == x.dtype
    assert found.strides == x.strides
    assert found.flags.aligned
    assert not found.flags.owndata
    assert found.flags.writeable  # or NumPy copies it for some calls
    found[...] = 0
    same(handle.read(), x)
    same(handle.mapped(), x)
    same(before.read(), np.arange(3, dtype="int8"))


@pytest.mark.parametrize("kind", [Spilled, Filed])
def test_handles_go_to_other_processes_as_arrays(
    kind: Any, tmp_path: Path
) -> None:
    x = np.asfortranarray(normal(30, 40))
    handle = kind(x, str(tmp_path))
    other = pickle.loads(pickle.dumps(handle))
    del handle
    assert type(other) is kind
    same(other.read(), x)
    assert other.read().strides == x.strides
    del other
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("kind", [Spilled, Filed])
def test_what_leaves_gaps_or_is_no_plain_array_stays(
    kind: Any, tmp_path: Path
) -> None:
    for x in (
        normal(4, 4)[:, ::2],
        np.broadcast_to(normal(4), (4, 4)),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.float64(2.5),
        np.array([None, "x"], dtype=object),
        np.zeros((3, 0, 2)),
        np.zeros(2, "V0"),
    ):
        assert kind(x, str(tmp_path)).read() is x
        assert kind(x, str(tmp_path)).mapped() is x
    assert not list(tmp_path.iterdir())


def test_the_file_has_no_name(tmp_path: Path, files: dict[Any, Any]) -> None:
    handle = Spilled(normal(1000), str(tmp_path))
    assert room(files) == 8000
    assert not list(tmp_path.iterdir())
    del handle
    assert room(files) == 0


def test_room_is_used_again(tmp_path: Path, files: dict[Any, Any]) -> None:
    folder = str(tmp_path)
    arrays = [normal(n, seed=n) for n in (104, 200, 304, 56)]
    handles = [Spilled(x, folder) for x in arrays]
    handles[1] = Spilled(arrays[1], folder)  # the old one goes after that
    assert room(files) == 8 * 864
    middle = Spilled(normal(152, seed=5), folder)
    assert room(files) == 8 * 864
    for handle, x in zip(handles, arrays, strict=True):
        same(handle.read(), x)
    same(middle.read(), normal(152, seed=5))
    handles.clear()
    del handle
    assert room(files) == 8 * 256
    del middle
    assert room(files) == 0
    same(Spilled(arrays[0], folder).read(), arrays[0])


def test_garbage_in_cycles_frees_its_room(
    tmp_path: Path, files: dict[Any, Any]
) -> None:
    cycle: list[Any] = [Spilled(normal(1000), str(tmp_path))]
    cycle.append(cycle)
    del cycle
    gc.collect()
    assert room(files) == 0


def test_a_map_keeps_what_it_is_of(
    tmp_path: Path, files: dict[Any, Any]
) -> None:
    x = normal(1000)
    folder = str(tmp_path)
    found, filed = Spilled(x, folder).mapped(), Filed(x, folder).mapped()
    part = found[500:]
    del found
    others = [Spilled(normal(n, seed=n), folder) for n in (100, 1000, 3000)]
    same(part, x[500:])
    same(filed, x)
    others.clear()
    assert room(files) == 8000
    same(part, x[500:])
    del part
    assert room(files) == 0
    same(filed, x)


def test_a_map_starts_wherever_the_value_does(tmp_path: Path) -> None:
    folder = str(tmp_path)
    arrays = [normal(n, seed=n) for n in (1, 511, 513, 20_000, 7, 600)]
    handles = [Spilled(x, folder) for x in arrays]
    maps = [handle.mapped() for handle in handles]
    for found, x in zip(maps, arrays, strict=True):
        same(found, x)


def test_what_is_mapped_is_let_go_before_its_file_is_cut(
    tmp_path: Path, files: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Spilled(normal(100), str(tmp_path)).mapped()
    handle = Filed(normal(100), str(tmp_path))
    filed = handle.mapped()
    (extents,) = files.values()
    order: list[str] = []

    def noted(what: str, do: Any) -> Any:
        def call(*args: Any) -> None:
            order.append(what)
            do(*args)

        return call

    close = noted("let go", spilling._Map.close)
    monkeypatch.setattr(spilling._Map, "close", close)
    unlink = noted("deleted", os.unlink)

    def refused(path: str) -> None:
        raise PermissionError("it is mapped")

    monkeypatch.setattr(os, "unlink", refused)
    file = extents._file
    extents._file = NeverCut(file)
    extents._file.truncate = noted("cut", file.truncate)
    del found
    assert order == ["let go", "cut"]
    del handle
    monkeypatch.setattr(os, "unlink", unlink)
    assert len(os.listdir(tmp_path)) == 1
    del filed
    assert order == ["let go", "cut", "let go", "deleted"]


def test_a_file_that_can_not_be_cut_yet_is_cut_later(
    tmp_path: Path, files: dict[Any, Any]
) -> None:
    folder = str(tmp_path)
    first, second = Spilled(normal(1000), folder), Spilled(normal(9), folder)
    (extents,) = files.values()
    file = extents._file

    extents._file = NeverCut(file)
    del second
    third, fourth = (Spilled(normal(9, seed=i), folder) for i in (1, 2))
    same(third.read(), normal(9, seed=1))
    same(fourth.read(), normal(9, seed=2))
    same(first.read(), normal(1000))
    assert room(files) == 8000 + 2 * 128
    extents._file = file
    del third, fourth
    assert room(files) == 8000


def test_maps_in_garbage_are_let_go(
    tmp_path: Path, files: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    value = Spilled(normal(1000), str(tmp_path))
    data = value._extents.map(value._start, value._length, value)
    cycle: list[Any] = [data.obj, data, value]  # as a failed call's frame
    cycle.append(cycle)
    del value, data, cycle
    gc.collect()
    assert room(files) == 0
    assert not said


@pytest.mark.parametrize("error", [OSError("too large"), KeyboardInterrupt()])
@pytest.mark.parametrize("kind", [Spilled, Filed])
def test_a_failed_map_frees_its_room(
    error: BaseException,
    kind: Any,
    tmp_path: Path,
    files: dict[Any, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    handle = kind(normal(100), str(tmp_path))
    monkeypatch.setattr(spilling, "_Map", fail)
    with pytest.raises(type(error)) as caught:
        mapped(handle)
    assert room(files) == 0
    assert not os.listdir(tmp_path)
    assert caught.value is error


def test_what_dies_while_a_map_is_made_is_freed(
    tmp_path: Path, files: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path)
    first, second = Spilled(normal(100), folder), Spilled(normal(64), folder)
    held = [second]
    del second
    make = spilling._Map

    def collecting(*args: Any, **kwargs: Any) -> Any:
        held.clear()  # as the garbage collector may, with the file locked
        return make(*args, **kwargs)

    monkeypatch.setattr(spilling, "_Map", collecting)
    found = first.mapped()
    assert room(files) == 832  # 800, up to where the next may begin
    same(found, normal(100))


def test_threads_share_a_file(tmp_path: Path, files: dict[Any, Any]) -> None:
    wrong: list[int] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        held: list[tuple[Any, Any]] = []
        for i in range(60):
            x = rng.normal(size=rng.integers(1, 3000))
            held.append((Spilled(x, str(tmp_path)), x))
            if len(held) > 5:
                held.pop(int(rng.integers(len(held))))
            wrong.extend(
                i
                for h, y in held
                for found in (h.read(), h.mapped())
                if found.tobytes() != y.tobytes()
            )

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert room(files) == 0


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failed_write_or_read_frees_its_room(
    error: BaseException, tmp_path: Path, files: dict[Any, Any]
) -> None:
    x = normal(104)
    kept = Spilled(x, str(tmp_path))
    (extents,) = files.values()
    file = extents._file
    extents._file = Broken(file, error)
    with pytest.raises(type(error)) as caught:
        Spilled(x, str(tmp_path))
    assert room(files) == 832
    with pytest.raises(type(error)):
        unspill(kept)
    assert room(files) == 0
    assert caught.value is error


def test_outputs_stay_once_they_are_kept(tmp_path: Path) -> None:
    x = normal(30, 40).T
    handle = Filed(x, str(tmp_path))
    (path,) = tmp_path.iterdir()
    found = handle.keep()
    assert isinstance(found, np.memmap)
    same(np.asarray(found), x)
    assert found.strides == x.strides
    del handle, found
    same(np.load(path).T, x)


def test_outputs_that_are_not_kept_go(tmp_path: Path) -> None:
    handle = Filed(normal(30), str(tmp_path))
    assert len(os.listdir(tmp_path)) == 1
    del handle
    assert not os.listdir(tmp_path)


def test_a_file_that_can_not_be_written_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", fail)
    with pytest.raises(KeyboardInterrupt):
        Filed(normal(30), str(tmp_path))
    assert not os.listdir(tmp_path)
