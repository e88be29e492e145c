"""Files that are damaged or made to do harm: refused, and nothing is run."""

import io
import json
import pickle
import random
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import lazyopt as lo
from lazyopt.ops.core import infer_opaque
from lazyopt.testing.decoder import decode
from lazyopt.testing.programs import random_codes

#: Files that are tried in each example: 10,000 in 2,000 examples.
EACH = 5
#: Programs whose files are damaged.
PROGRAMS = 40
Rng = random.Random


@cache
def good_files() -> list[bytes]:
    """Files of random graphs."""
    rng = np.random.RandomState(0)
    found: list[bytes] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph"
        while len(found) < PROGRAMS:
            graph = decode(random_codes(rng, 4, 12)).trace()
            try:
                graph.save(path)
            except lo.GraphError:
                continue
            found.append(path.read_bytes())
    return found


# ----------------------------------------------------------- as bytes alone


def flip_bits(data: bytes, rng: Rng) -> bytes:
    made = bytearray(data)
    for _ in range(rng.randrange(1, 9)):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def cut(data: bytes, rng: Rng) -> bytes:
    start = rng.randrange(len(data))
    end = rng.choice((len(data), rng.randrange(start, len(data))))
    return data[:start] + data[end:]


def splice(data: bytes, rng: Rng) -> bytes:
    other = rng.choice(good_files())
    at, start = rng.randrange(len(data)), rng.randrange(len(other))
    return data[:at] + other[start:]


def insert(data: bytes, rng: Rng) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.randrange(1, 60)) + data[at:]


# --------------------------------------------------------- inside the archive


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def with_program(data: bytes, change: Callable[[Any], Any]) -> bytes:
    parts = members(data)
    program = change(json.loads(parts["graph.json"]))
    return packed({**parts, "graph.json": json.dumps(program).encode()})


def places(x: Any) -> list[tuple[Any, Any]]:
    """Every place in nested lists and dicts, as what it is in and its key."""
    found: list[tuple[Any, Any]] = []
    stack = [x]
    while stack:
        one = stack.pop()
        keys: Any = one if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                stack.append(one[key])
    return found


ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1 << 31,
    1 << 62,
    1 << 70,
    -(1 << 40),
    1.5,
    float("nan"),
    float("inf"),
    "",
    "os.system",
    "../../../etc/passwd",
    "\x00",
    "object",
    "linalg.svd",
    [],
    {},
    [[]],
    {"node": 0},
    {"node": -1},
    {"memory": 0},
    {"memory": "../0"},
    {"tuple": []},
    {"slice": [None, None, None]},
    {"dtype": "O"},
    {"dtype": "V16"},
)


def odd_value(data: bytes, rng: Rng) -> bytes:
    def change(program: Any) -> Any:
        for _ in range(rng.randrange(1, 4)):
            owner, key = rng.choice(places(program))
            # A copy: the next value may be put into this one.
            owner[key] = deepcopy(rng.choice(ODD))
        return program

    return with_program(data, change)


def moved_value(data: bytes, rng: Rng) -> bytes:
    """A part of this program, or of another one, in the place of another."""

    def change(program: Any) -> Any:
        other = members(rng.choice(good_files()))["graph.json"]
        source = rng.choice((program, json.loads(other)))
        owner, key = rng.choice(places(program))
        there, which = rng.choice(places(source))
        owner[key] = json.loads(json.dumps(there[which]))
        return program

    return with_program(data, change)


def dropped_value(data: bytes, rng: Rng) -> bytes:
    def change(program: Any) -> Any:
        owner, key = rng.choice(places(program))
        del owner[key]
        return program

    return with_program(data, change)


def nested(data: bytes, rng: Rng) -> bytes:
    """Lists or tuples in one another, deeper than anything may recurse."""
    parts = members(data)
    depth = rng.choice((100, 900, 100_000))
    left, right = rng.choice((("[", "]"), ('{"tuple":[', "]}")))
    text = parts["graph.json"].decode()
    at = rng.choice([i for i, c in enumerate(text) if c in ":,["]) + 1
    deep = left * depth + "1" + right * depth
    return packed({**parts, "graph.json": (text[:at] + deep).encode()})


# --------------------------------------------------------------- made to harm


class Payload:
    """What would be seen if it were unpickled."""

    def __reduce__(self) -> Any:
        return harm, ()


HARMED: list[int] = []


def harm() -> None:
    HARMED.append(1)


def npy_header(shape: str, dtype: str, version: bytes = b"\x01\x00") -> bytes:
    text = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}}}"
    head = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY" + version + len(head).to_bytes(2, "little") + head


def hostile_memory(data: bytes, rng: Rng) -> bytes:
    """Pickles, huge sizes and code where an array's bytes should be."""
    shapes = ("(1 << 60,)", "(99999999999999,)", "(-1,)", "(3", "(True,)")
    arrays = (
        npy_header("(1,)", "'|O'") + pickle.dumps([Payload()]),
        pickle.dumps(Payload()),
        *(npy_header(s, "'|u1'") + b"abc" for s in shapes),
        npy_header("(3,)", "__import__('os')") + b"abc",
        npy_header("(3,)", "'|u1'", b"\x09\x00") + b"abc",
    )
    parts = members(data)
    names = [n for n in parts if n.endswith(".npy")] or ["memory/0.npy"]
    return packed({**parts, rng.choice(names): rng.choice(arrays)})


def bomb(data: bytes, rng: Rng) -> bytes:
    """Much more than there is in the file, when it is unpacked."""
    parts = members(data)
    name = rng.choice(("graph.json", "memory/0.npy", "other"))
    zeros = b" " * (20 << 20)
    return packed({**parts, name: zeros}, zipfile.ZIP_DEFLATED)


def stray_names(data: bytes, rng: Rng) -> bytes:
    """Names that lead out of the folder."""
    parts = members(data)
    name = rng.choice(list(parts))
    prefix = rng.choice(("../../", "/tmp/", "..\\", "C:\\", "a/../../"))
    parts[f"{prefix}{name}"] = parts.pop(name)
    return packed(parts)


DAMAGES = (
    flip_bits,
    cut,
    splice,
    insert,
    odd_value,
    odd_value,
    moved_value,
    moved_value,
    dropped_value,
    nested,
    hostile_memory,
    stray_names,
)
#: Those that cost much to make: one file in so many.
COSTLY, SELDOM = (bomb,), 400


def damaged(rng: Rng) -> bytes:
    """A file that is damaged in one way, or in two."""
    data = rng.choice(good_files())
    if rng.randrange(SELDOM) == 0:
        return rng.choice(COSTLY)(data, rng)
    data = rng.choice(DAMAGES)(data, rng)
    return flip_bits(data, rng) if rng.randrange(8) == 0 and data else data


@settings(deadline=None)
@given(st.integers(0, (1 << 32) - 1))
def test_damaged_files_are_refused_and_nothing_is_run(seed: int) -> None:
    rng = Rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inner" / "graph"
        path.parent.mkdir()
        for _ in range(EACH):
            path.write_bytes(damaged(rng))
            check_loading(path)
            assert [p.name for p in path.parent.iterdir()] == ["graph"]
            assert [p.name for p in Path(folder).iterdir()] == ["inner"]
    assert not HARMED


def check_loading(path: Path) -> None:
    """It is refused by its name, or a graph that can be looked at."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zipfile, about names
            graph = lo.load(path, max_bytes="64 MiB")
    except lo.GraphError as error:
        assert str(path) in str(error)
        return
    assert str(graph)
    assert not any(n.op.infer is infer_opaque for n in graph)
