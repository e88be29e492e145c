"""Values kept in files while a run has no memory for them.

Values go into one file for each folder and process. It has no name, so the
system frees it with the process, however that ends. A value's place in it is
free again once nothing refers to the value.
"""

import contextlib
import mmap
import os
import tempfile
import threading
from collections import deque
from typing import Any, Literal

import numpy as np

from lazyopt.dense import bytes_in_order, over, unwritten

__all__ = ["Filed", "Spilled"]

#: Where values begin in a file: at multiples of so many bytes, as those of
#: any dtype must, and as NumPy's own in memory do or better.
ALIGNED = 64


class _Extents:
    """A file without a name, and which parts of it are in use."""

    def __init__(self, folder: str) -> None:
        self._file: Any = tempfile.TemporaryFile(  # noqa: SIM115
            dir=folder, prefix="lazyopt-", buffering=0
        )
        self._lock = threading.Lock()
        self._free: list[tuple[int, int]] = []
        self._end = 0
        #: Parts to be freed. One that dies while the lock is held, maybe by
        #: the garbage collector in this very thread, can't wait for it.
        self._dropped: deque[tuple[int, int]] = deque()

    def write(self, data: Any) -> int | None:
        """Where the bytes are written; None if the file is closed."""
        try:
            with self._lock:
                return self._write(data)
        finally:
            self._settle()

    def _write(self, data: Any) -> int | None:
        if self._file is None:
            return None
        start = self._take(len(data))
        try:
            self._file.seek(start)
            done = 0
            while done < len(data):
                done += self._file.write(data[done:])
        except BaseException:
            self._dropped.append((start, len(data)))
            raise
        return start

    def read(self, start: int, into: Any) -> None:
        """Fill an array of bytes.

        Raises
        ------
        OSError
            If the file has become shorter.
        """
        try:
            with self._lock:
                self._file.seek(start)
                done = 0
                while done < len(into):
                    count = self._file.readinto(into[done:])
                    if not count:
                        raise OSError("a file of spilled values is too short")
                    done += count
        finally:
            self._settle()

    def map(self, start: int, length: int, value: "Spilled") -> memoryview:
        """The bytes of a value where they are."""
        try:
            with self._lock:
                return _in_file(self._file, start, length, value)
        finally:
            self._settle()

    def drop(self, start: int, length: int) -> None:
        """Free a part."""
        self._dropped.append((start, length))
        self._settle()

    def _take(self, length: int) -> int:
        length = _room_for(length)
        for i, (start, size) in enumerate(self._free):
            if size >= length:
                rest = (start + length, size - length)
                self._free[i : i + 1] = [rest] * (size > length)
                return start
        self._end += length
        return self._end - length

    def _settle(self) -> None:
        """Free what was dropped, unless somebody is about to do so."""
        while self._dropped and self._lock.acquire(blocking=False):
            try:
                self._free_dropped()
            finally:
                self._lock.release()

    def _free_dropped(self) -> None:
        while self._dropped:
            start, length = self._dropped.popleft()
            self._free.append((start, _room_for(length)))
        merged: list[tuple[int, int]] = []
        for start, size in sorted(self._free):
            if merged and sum(merged[-1]) == start:
                merged[-1] = (merged[-1][0], merged[-1][1] + size)
            else:
                merged.append((start, size))
        self._free = merged
        if merged and sum(merged[-1]) == self._end:
            # Windows cuts no file while a part of it is mapped: later, then.
            with contextlib.suppress(OSError):
                self._file.truncate(merged[-1][0])
                self._end = merged.pop()[0]
        if not self._end:
            self._file.close()
            self._file = None


class _Map(mmap.mmap):
    """A map that keeps what it is a map of, and goes before it."""

    value: "Spilled | _Named"

    def __del__(self) -> None:
        # Windows neither cuts nor deletes a file that is mapped. In garbage
        # there may still be a view of this; then the file has to wait.
        with contextlib.suppress(BufferError):
            self.close()


def _in_file(
    file: Any, start: int, length: int, value: "Spilled | _Named"
) -> memoryview:
    """Bytes of a file that the system reads where they are used.

    They may be written to, for NumPy copies some operands that may not, and
    the file stays as it is.
    """
    ahead = start % mmap.ALLOCATIONGRANULARITY
    found = _Map(
        file.fileno(),
        length + ahead,
        access=mmap.ACCESS_COPY,
        offset=start - ahead,
    )
    found.value = value
    return memoryview(found)[ahead:]


def _room_for(length: int) -> int:
    return -(-length // ALIGNED) * ALIGNED


_FILES: dict[tuple[int, str], _Extents] = {}


def _written(data: Any, folder: str) -> tuple[_Extents, int]:
    """The file that bytes were written to, and where."""
    key = os.getpid(), folder
    while True:
        extents = _FILES.get(key)
        if extents is not None:
            start = extents.write(data)
            if start is not None:
                return extents, start
        # Two threads may both make one: each value knows its own.
        _FILES[key] = _Extents(folder)


class _Plain:
    """What is known of an array that is to come back as it was.

    One that is empty, leaves gaps in its memory, or is of a class of its own
    stays in memory: no graph says that of what it spills, but what is given
    at a call may make it so.
    """

    __slots__ = ("_array", "_dtype", "_shape", "_strides")

    def __init__(self, array: Any) -> None:
        self._array: Any = None
        if type(array) is not np.ndarray or array.dtype.hasobject:
            self._array = array
            return
        self._dtype = array.dtype
        self._shape = array.shape
        self._strides = array.strides
        if not array.nbytes or bytes_in_order(array) is None:
            self._array = array

    def _new(self) -> Any:
        """An array of the same kind, not written yet."""
        return unwritten(self._shape, self._strides, self._dtype)


class Spilled(_Plain):
    """An array that was written away; its room is freed with it.

    Parameters
    ----------
    array : numpy.ndarray
    folder : str or None
        Where to write; the system's folder for temporary files by default.
    """

    __slots__ = ("_extents", "_length", "_start")

    def __init__(self, array: Any, folder: str | None) -> None:
        self._length = 0
        super().__init__(array)
        if self._array is None:
            data = bytes_in_order(array)
            where = os.path.abspath(folder or tempfile.gettempdir())
            self._extents, self._start = _written(data, where)
            self._length = len(data)

    def read(self) -> Any:
        """A new array of the same elements, in the same order in memory."""
        if self._array is not None:
            return self._array
        array = self._new()
        self._extents.read(self._start, bytes_in_order(array))
        return array

    def mapped(self) -> Any:
        """The array in its file, read by the system where it is used."""
        if self._array is not None:
            return self._array
        data = self._extents.map(self._start, self._length, self)
        return over(data, self._shape, self._strides, self._dtype)

    def __reduce__(self) -> Any:
        """As the array: other processes have files of their own."""
        return Spilled, (self.read(), None)

    def discard(self) -> None:
        """Free its room in the file; it can't be read any more."""
        length, self._length = self._length, 0
        if length:
            self._extents.drop(self._start, length)

    __del__ = discard


class _Named:
    """A file with a name, and whether it is to go with this object."""

    __slots__ = ("goes", "path")

    def __init__(self) -> None:
        self.path = ""
        self.goes = False

    def discard(self) -> None:
        """Delete it; where a map of it forbids that, after the map."""
        if self.goes:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
                self.goes = False

    __del__ = discard


class Filed(_Plain):
    """An array written to a file that is the user's once it is returned.

    Until then it is deleted with this object.

    Parameters
    ----------
    array : numpy.ndarray
    folder : str
    """

    __slots__ = ("_file", "_folder", "_length", "_order", "_start")

    def __init__(self, array: Any, folder: str) -> None:
        self._file = _Named()
        self._folder = folder
        super().__init__(array)
        if self._array is not None:
            return
        self._order = sorted(
            range(array.ndim), key=lambda i: -array.strides[i]
        )
        handle, self._file.path = tempfile.mkstemp(".npy", "output-", folder)
        self._file.goes = True
        try:
            with os.fdopen(handle, "wb") as file:
                ordered = array.transpose(self._order)
                np.lib.format.write_array(file, ordered)
                self._length = array.nbytes
                self._start = file.tell() - self._length
        except BaseException:
            self.discard()
            raise

    def read(self) -> Any:
        """A new array of the same elements, in the same order in memory."""
        if self._array is not None:
            return self._array
        array = self._new()
        array[...] = self._mapped("r")
        return array

    def mapped(self) -> Any:
        """The array in its file, read by the system where it is used."""
        if self._array is not None:
            return self._array
        with open(self._file.path, "rb") as file:
            data = _in_file(file, self._start, self._length, self._file)
        return over(data, self._shape, self._strides, self._dtype)

    def keep(self) -> Any:
        """The array as a map of its file, which stays from now on."""
        if self._array is not None:
            return self._array
        found = self._mapped("r+")
        self._file.goes = False
        return found

    def _mapped(self, mode: Literal["r", "r+"]) -> Any:
        shape = tuple([self._shape[i] for i in self._order])
        found: Any = np.memmap(
            self._file.path, self._dtype, mode, self._start, shape
        )
        back = [self._order.index(i) for i in range(len(shape))]
        return found.transpose(back)

    def __reduce__(self) -> Any:
        """As the array: another process writes a file of its own."""
        return Filed, (self.read(), self._folder)

    def discard(self) -> None:
        """Delete the file, unless it is the user's by now."""
        self._file.discard()

    __del__ = discard
