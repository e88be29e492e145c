"""A program as a graph, made of its steps without running it on tracers.

It makes the same nodes as `lazyopt.trace`, several times faster.
"""

import functools
from typing import Any

import autoray
import numpy as np

from lazyopt.build import as_op, infer, input_node, item
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, OPERATOR_FORMS, Op, get_op, opaque, recognise
from lazyopt.ops.indexing import compress_index
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.testing.programs import MISSING, Program, in_arguments, out_tree
from lazyopt.testing.steps import CREATED, NESTED, Ref, Step
from lazyopt.tracer import _conj
from lazyopt.tracing import input_names
from lazyopt.tree import Tree, flatten

__all__ = ["built"]

_PLAIN = (Node, int, float, complex, bool)


def built(program: Program) -> Graph:
    """The graph that tracing a program gives, but for its sources.

    Specs are those of the values that NumPy has given, where they can be
    known before.
    """
    builder = _Builder(program)
    for step in program.steps:
        builder.add(step)
    outputs = [builder.node(builder.registers[i]) for i in program.outputs]
    return Graph(
        builder.nodes,
        builder.inputs,
        outputs,
        _in_tree(len(program.inputs))[0],
        out_tree(program.structure, len(outputs)),
    )


@functools.cache
def _in_tree(count: int) -> tuple[Tree, list[str]]:
    """The structure of the arguments, and the inputs' names."""
    leaf = ArraySpec(())
    args = in_arguments((leaf,) * count)
    tree = flatten((args, {}), lambda x: x is leaf)[1]
    return tree, input_names((), tree)


def known_spec(x: Any) -> ArraySpec:
    """The spec of a value, remembered."""
    kind = type(x)
    key = (x.dtype, x.shape, x.strides) if kind is np.ndarray else kind
    found = _SPECS.get(key)
    if found is None:
        if len(_SPECS) > MANY:
            _SPECS.clear()
        found = _SPECS[key] = spec_of(x)
    return found


_SPECS: dict[Any, ArraySpec] = {}
#: How many specs are remembered.
MANY = 1 << 16


class _Builder:
    """Nodes under way; registers hold nodes, and arrays closed over."""

    def __init__(self, program: Program) -> None:
        names = _in_tree(len(program.inputs))[1]
        self.program = program
        self.inputs = [
            input_node(name, known_spec(x))
            for name, x in zip(names, program.inputs, strict=True)
        ]
        self.nodes = self.inputs.copy()
        self.registers: list[Any] = []
        self.constants: dict[int, Node] = {}
        self._given = iter(self.inputs)
        # Arrays of our own are kept, so that their ids stay theirs.
        self.held: list[Any] = []

    def node(self, x: Any) -> Node:
        """The node of a register; an array has one once it is used."""
        if type(x) is Node:
            return x
        found = self.constants.get(id(x))
        if found is None:
            found = self.constants[id(x)] = Node(
                CONSTANT, (x,), None, (known_spec(x),)
            )
            self.nodes.append(found)
        return found

    def filled(self, x: Any) -> Any:
        """Nested arguments with nodes in place of references."""
        kind = type(x)
        if kind is Ref:
            return self.node(self.registers[x.place])
        if kind in NESTED:
            return kind([self.filled(v) for v in x])
        return x

    def add(self, step: Step) -> None:
        """Add a step's nodes, and its results to the registers."""
        if step.form == "input":
            self.registers.append(next(self._given))
        elif step.form == "value":
            self.registers.append(step.target)
        elif _is_conj(step) and self._is_real(step.refs[0]):
            self.registers.append(self.registers[step.refs[0]])
        else:
            self._add_call(step)

    def _is_real(self, place: int) -> bool:
        dtype = self.registers[place].specs[0].dtype
        return dtype is not None and not dtype.startswith("complex")

    def _add_call(self, step: Step) -> None:
        op, args, kwargs = self._written(step)
        specs = self._specs(step) or infer(op, args, kwargs)
        form = OPERATOR_FORMS.get(op.name)
        if (
            form is not None
            and not kwargs
            and specs[0].shape
            and op.name != "power"
            and all(isinstance(a, _PLAIN) for a in args)
        ):
            op = form  # as the tracer does it
        node = Node(op, args, kwargs, specs, None, True)
        self.nodes.append(node)
        if not op.multi:
            self.registers.append(node)
            return
        for i in range(len(specs)):
            part = item(node, i)
            self.nodes.append(part)
            self.registers.append(part)

    def _specs(self, step: Step) -> tuple[ArraySpec, ...] | None:
        """Specs of a step's results, if they are known before it runs."""
        first = len(self.registers)
        if first in self.program.unknown:
            return None
        values = self.program.values
        if step.count is None:
            value = values[first]
            return None if value is MISSING else (known_spec(value),)
        found = values[first : first + step.count]
        return tuple([known_spec(x) for x in found])

    def _written(self, step: Step) -> tuple[Op, Any, dict[str, Any]]:
        """A step as an op and its arguments."""
        filled = self.filled
        args = tuple([filled(a) for a in step.args])
        kwargs = {k: filled(v) for k, v in step.kwargs.items()}
        if step.form == "operator":
            return *self._operator(step, args), kwargs
        if step.form == "call":
            return as_op(step.target), args, kwargs
        if _is_conj(step) and args[0].specs[0].dtype is None:
            return opaque(_conj), args, kwargs
        name = step.target
        if step.form == "do":
            if name in CREATED and "dtype" not in kwargs:
                kwargs["dtype"] = np.dtype(self.inputs[0].specs[0].dtype)
            elif name == "astype":
                dtype = autoray.to_backend_dtype(args[1], like="numpy")
                args = (args[0], dtype)
        elif name == "reshape" and isinstance(args[1], int):
            args = (args[0], args[1:])  # as for x.reshape(2, 3)
        return get_op(_METHODS.get(name, name)), args, kwargs

    def _operator(
        self, step: Step, args: tuple[Any, ...]
    ) -> tuple[Op, tuple[Any, ...]]:
        op = recognise(step.target, "numpy")
        assert op is not None
        if op.name == "getitem":
            return op, (args[0], compress_index(args[1]))
        first = step.args[0]
        if isinstance(first, Ref):
            first = self.registers[first.place]
        if _is_taken_for_scalar(op, first, args):
            first = first[()]
            args = (first, args[1])
        if isinstance(first, np.generic):
            # With arrays NumPy calls its function, as the tracer knows, and
            # makes an array of what it compares.
            if args[1].specs[0].kind != "scalar":
                op = get_op(op.name)
                if op.name in _REFLECTED:
                    self.held.append(np.asarray(first))
                    args = (self.node(self.held[-1]), *args[1:])
        elif isinstance(first, np.ndarray):
            op = get_op(op.name)
        elif type(first) is not Node and op.name in _REFLECTED:
            return OPERATOR_FORMS[_REFLECTED[op.name]], args[::-1]
        return op, args


_METHODS = {"T": "transpose"}
#: How Python asks the second operand, where the first knows no answer.
_REFLECTED = {
    "equal": "equal",
    "greater": "less",
    "greater_equal": "less_equal",
    "less": "greater",
    "less_equal": "greater_equal",
}


def _is_taken_for_scalar(op: Op, first: Any, args: tuple[Any, ...]) -> bool:
    """Whether a tracer takes an array of no axes for a NumPy scalar.

    NumPy's scalars compare themselves to what isn't one as such arrays.
    """
    return (
        isinstance(first, np.ndarray)
        and not first.ndim
        and op.name in _REFLECTED
        and args[1].specs[0].kind == "scalar"
    )


def _is_conj(step: Step) -> bool:
    """Whether it is the method, which for a real array returns that."""
    return step.form == "method" and step.target == "conj"
