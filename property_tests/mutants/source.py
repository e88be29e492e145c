"""Small changes to a module's source, and whether its tests notice them.

``python -m property_tests.mutants.source MODULE TEST...`` runs the tests once
for each change, as in ``... lazyopt.keys tests/test_keys.py``, and prints the
changes after which they still pass. Needs a system that can fork.
"""

import ast
import copy
import importlib.abc
import importlib.util
import os
import sys
import time
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any

__all__ = ["changes_of", "main"]

#: Seconds after which tests are taken to hang, which is to notice, too.
PATIENCE = 60
_SWAPPED: dict[type, type] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def changes_of(source: str) -> Iterator[tuple[int, str, ast.Module]]:
    """The line, the kind and the result of each change to a source."""
    tree = ast.parse(source)
    left_alone = _not_run(tree)
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in left_alone:
            continue
        for kind, part in _kinds(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[place]
            _change(changed, target, kind, part)
            yield node.lineno, kind, ast.fix_missing_locations(changed)


def _not_run(tree: ast.Module) -> set[int]:
    """Parts that say something to readers alone: texts, types, exports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts = [node]
        elif isinstance(node, ast.arg | ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            parts = [node.returns]
        elif isinstance(node, ast.Assign):
            named = [getattr(x, "id", "") for x in node.targets]
            parts = [node] if named == ["__all__"] else []
        for part in filter(None, parts):
            found.update(map(id, ast.walk(part)))
    return found


def _kinds(node: Any) -> Iterator[tuple[str, Any]]:
    """How one node of the tree can be changed, and which part of it."""
    if isinstance(node, ast.Compare):
        for i in range(len(node.ops)):
            yield "comparison", i
    elif isinstance(node, ast.BoolOp):
        yield "operator", None
        for i in range(len(node.values)):
            yield "condition dropped", i
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not dropped", None
    elif isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED:
        yield "operator", None
    elif isinstance(node, ast.Constant) and type(node.value) in (bool, int):
        yield "constant", None
    elif isinstance(node, ast.If):
        yield "always", True
        yield "never", False
    elif isinstance(node, ast.Return):
        if node.value is not None and not _is_none(node.value):
            yield "returns None", None
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Continue | ast.Break):
        yield "statement dropped", None
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts) if len(node.elts) > 1 else 0):
            yield "element dropped", i


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _change(tree: ast.Module, node: Any, kind: str, part: Any) -> None:
    if kind == "comparison":
        node.ops[part] = _SWAPPED[type(node.ops[part])]()
    elif kind == "operator":
        node.op = _SWAPPED[type(node.op)]()
    elif kind == "condition dropped":
        del node.values[part]
        if len(node.values) == 1:
            _Replacing(node, node.values[0]).visit(tree)
    elif kind == "element dropped":
        del node.elts[part]
    elif kind == "constant":
        whole = type(node.value) is int
        node.value = node.value + 1 if whole else not node.value
    elif kind in ("always", "never"):
        node.test = ast.Constant(part)
    elif kind == "returns None":
        node.value = ast.Constant(None)
    else:
        put = node.operand if kind == "not dropped" else ast.Pass()
        _Replacing(node, put).visit(tree)


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from code that is given."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(
            name, self.path, loader=self
        )

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def _notice(finder: _Finder, tests: list[str]) -> bool:
    """Whether tests fail, in a process of their own."""
    child = os.fork()
    if not child:
        import pytest

        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        for name in list(sys.modules):
            if name.partition(".")[0] in ("lazyopt", "property_tests"):
                del sys.modules[name]  # to be imported anew, as changed
        sys.meta_path.insert(0, finder)
        os._exit(bool(pytest.main(["-x", "-q", *tests])))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.05)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return True


def main() -> int:
    """Print what is not noticed; the exit status is 0."""
    import autoray  # noqa: F401 - imported once for all that are forked
    import numpy  # noqa: F401

    name, *tests = sys.argv[1:]
    path = name.replace(".", "/") + ".py"
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with open(path, encoding="utf-8") as file:
        source = file.read()
    right = compile(source, path, "exec")
    if _notice(_Finder(name, path, right), tests):
        raise SystemExit("the tests fail with the module as it is")
    lines, count, left = source.splitlines(), 0, 0
    for line, kind, tree in changes_of(source):
        code, count = compile(tree, path, "exec"), count + 1
        if not _notice(_Finder(name, path, code), tests):
            left += 1
            print(f"{path}:{line}: {kind}: {lines[line - 1].strip()}")
    print(f"{name}: {count} changes, {left} not noticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
