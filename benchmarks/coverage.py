"""What is registered, and on which libraries it is tested: docs/coverage.md.

    python -m benchmarks coverage [--measure=NAME,...]

With ``--measure`` the calls of ``tests/ops`` are made on these libraries
first (numpy, torch, jax, dask), to see which they lack.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lazyopt.composed import COMPOSED
from lazyopt.ops import OPERATOR_FORMS, find_op
from tests.ops.cases import CASES
from tests.third_party.calls import DTYPES, every_op, refused_dtypes

__all__ = ["autoray_names", "main", "standard", "status", "table"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"
STANDARD = ROOT / "benchmarks" / "array_api_2024_12.txt"
LACKING = ROOT / "tests" / "third_party" / "lacking.json"
BACKENDS = ("numpy", "torch", "jax", "dask")

_VALUES = "its shape depends on values; a `TraceError` says so"
_LAZY = "of `LazyArray`s, not of arrays"
_STATIC = "known while tracing: it is computed then"
#: Names that are no ops of ours, and why.
WHY = {
    "Variable": _LAZY,
    "ascend": _LAZY,
    "can_cast": _STATIC,
    "cast": "TensorFlow's own `astype`, by another name",
    "complex128": "a dtype",
    "compute": _LAZY,
    "complex64": "a dtype",
    "descend": _LAZY,
    "finfo": "of a dtype, not of an array",
    "float32": "a dtype",
    "float64": "a dtype",
    "from_dlpack": "takes another library's array, which is an input",
    "from_numpy": "takes a NumPy array, which is a constant",
    "get_dtype_name": _STATIC,
    "get_source": _LAZY,
    "iinfo": "of a dtype, not of an array",
    "isdtype": "of a dtype, not of an array",
    "linalg.householder_product": "only autoray's own `qr` calls it",
    "ndim": _STATIC,
    "nonzero": _VALUES,
    "random.array": "draws by a generator: see `random.default_rng`",
    "random.default_rng": "a generator is no array: draw before, and give "
    "the numbers as an input, or use `random.normal` and its like",
    "random.seed": "sets the state of a library: do it before",
    "result_type": _STATIC,
    "shape": _STATIC,
    "shared_intermediates": "merging is what the pass `share` is for",
    "size": _STATIC,
    "stop_gradient": "for derivatives, which graphs know nothing of",
    "to_device": "moves an array: do it before or after",
    "to_numpy": "needs values; a `TraceError` says so",
    "unique_all": _VALUES,
    "unique_counts": _VALUES,
    "unique_inverse": _VALUES,
    "unique_values": _VALUES,
}


def standard() -> dict[str, list[str]]:
    """Names of the Array API standard's functions, by group."""
    lines = STANDARD.read_text().splitlines()
    pairs = (line.split(": ") for line in lines)
    return {group: names.split() for group, names in pairs}


#: Run by itself: autoray's tables fill up as functions are asked for.
_AUTORAY = """
import types
from autoray import autoray, lazy
tables = (autoray._FUNCS, autoray._SUBMODULE_ALIASES,
          autoray._FUNC_ALIASES, autoray._CUSTOM_WRAPPERS)
names = {name for table in tables for _, name in table}
names |= {*autoray._CREATION_ROUTINES, *autoray._COMPOSED_FUNCTION_GENERATORS}
names |= {name for name in lazy.__all__
          if isinstance(getattr(lazy, name), types.FunctionType)}
names |= {f"linalg.{name}" for name, value in vars(lazy.linalg).items()
          if getattr(value, "__module__", "") == lazy.linalg.__name__}
print(*sorted(names))
"""


def autoray_names() -> list[str]:
    """Names of all functions that autoray itself has tables for, sorted."""
    run = [sys.executable, "-c", _AUTORAY]
    found = subprocess.run(run, capture_output=True, check=True, text=True)
    return found.stdout.split()


def status(name: str) -> str:
    """How a function is known: as an op, by others, or why not at all.

    Raises
    ------
    KeyError
        If nothing says why it isn't.
    """
    op = find_op(name)
    if op is not None:
        return "op" if op.name == name else f"op `{op.name}`"
    if name in {f.__name__ for f in COMPOSED} and name not in WHY:
        return "recorded as other ops"
    return WHY[name]


# ---------------------------------------------------------------- libraries


def measure(backends: Sequence[str]) -> None:
    """Make all calls on some libraries, and write down what these lack."""
    lacking = read_lacking()
    for backend in backends:
        lacking[backend] = {
            name: refused
            for name, op, patterns in every_op()
            if (refused := refused_dtypes(op, patterns, backend))
        }
    text = json.dumps(lacking, indent=1, sort_keys=True)
    LACKING.write_text(f"{text}\n")


def read_lacking() -> dict[str, dict[str, list[str]]]:
    """By library and op: dtypes of which the library takes no call."""
    found: dict[str, dict[str, list[str]]] = {}
    if LACKING.exists():
        found = json.loads(LACKING.read_text())
    return found


def on_library(name: str, backend: str, lacking: Any) -> str:
    """A cell: whether calls of an op are tested on a library, and of what."""
    refused = lacking.get(backend, {}).get(name, [])
    if not refused:
        return "yes"
    taken = [d for d in DTYPES[backend] if d not in refused]
    if not taken:
        return "-"
    kinds = {d.rstrip("0123456789") for d in taken}
    lost = {d.rstrip("0123456789") for d in refused} - kinds
    return f"not {', '.join(sorted(lost))}" if lost else "some dtypes"


# --------------------------------------------------------------------- page

_HEAD = """# What is covered

This page is written by `python -m benchmarks coverage`. An *op* is a function
that graphs know: its shapes, dtypes and memory are told before it runs, and
passes work on it. Every op is checked call by call against NumPy: what it
returns, which memory it shares, what it needs meanwhile. Then the same calls
are made on torch, jax and dask.array, where a graph has to give what the
library's own call gives: the same values, dtype and shape. `yes` says that the
library takes such calls, `-` that it has no such function or takes none of
the calls, `not complex` that it takes none of complex numbers.

What is no op can be called nevertheless: a function that nobody registered
runs as it is, as often and in the order that it was traced, and is neither
merged nor moved. [A function of your own](passes.md#a-function-of-your-own)
says how to register one.
"""


def table(names: Sequence[str], lacking: Any) -> Iterator[str]:
    """Rows of a table: a function, what it is here, and where it is tested."""
    yield f"| function | here | {' | '.join(BACKENDS)} |"
    yield f"|---|---|{'---|' * len(BACKENDS)}"
    for name in names:
        how = status(name)
        op = find_op(name)
        tested = op is not None and op.name in CASES
        cells = [
            on_library(op.name, b, lacking) if op and tested else ""
            for b in BACKENDS
        ]
        yield f"| `{name}` | {how} | {' | '.join(cells)} |"


def page() -> str:
    """The whole page."""
    lacking = read_lacking()
    lines = [_HEAD, "## The Array API standard, 2024.12", ""]
    groups = standard()
    names = [name for group in groups.values() for name in group]
    known = sum(find_op(n) is not None for n in names)
    lines += [f"{known} of its {len(names)} functions are ops.", ""]
    for group, members in groups.items():
        lines += [f"### {group}", "", *table(members, lacking), ""]
    theirs = autoray_names()
    known = sum(find_op(n) is not None for n in theirs)
    lines += [
        "## Autoray",
        "",
        f"{known} of the {len(theirs)} functions that autoray translates or "
        "records lazily are ops.",
        "",
        *table(theirs, lacking),
        "",
        "## All ops",
        "",
        f"{len(CASES)} functions, and {len(OPERATOR_FORMS)} of Python's "
        "operators.",
        "",
        *table(sorted(CASES), lacking),
        "",
    ]
    return "\n".join(lines)


def main(options: Sequence[str] = ()) -> None:
    """Write the page, after measuring what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks coverage")
    parser.add_argument("--measure", default="")
    asked = parser.parse_args(options)
    if asked.measure:
        measure(asked.measure.split(","))
    PAGE.write_text(page())
    print(f"wrote {PAGE.relative_to(ROOT)}")
