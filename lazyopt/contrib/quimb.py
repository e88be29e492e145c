"""quimb's matrix decompositions as ops.

On NumPy quimb runs most of them compiled, as a whole, by other code than what
it composes for all other libraries. The same bits come only from calling the
very function that autoray finds for NumPy. Functions without a version for
NumPy of their own (``isometrize_qr``, ``rdmul``, ``fuse``) are left alone:
they are recorded as the calls that they consist of.

Importing this registers the ops. `lazyopt.trace` and `lazyopt.from_lazy` do
so by themselves where quimb is in use.
"""

import functools
import inspect
import math
import warnings
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, NoReturn

import autoray
import numpy as np
from autoray.autoray import Composed

try:
    from quimb.tensor import array_ops, decomp
except ImportError as error:
    raise ImportError(
        "lazyopt.contrib.quimb needs quimb: pip install "
        "'autoray-lazyopt[quimb]'"
    ) from error

from lazyopt import namespace
from lazyopt.contrib.quimb_flops import FLOPS
from lazyopt.contrib.quimb_kept import ALLOCATES
from lazyopt.contrib.quimb_workspace import RULES
from lazyopt.errors import TraceError
from lazyopt.ops.core import Op, Specs, add_op, find_op, get_op
from lazyopt.ops.model import model_of, spec_like
from lazyopt.specs import (
    NOTHING,
    UNKNOWN,
    ArraySpec,
    itemsize,
    make_spec,
    spec_of,
)
from lazyopt.tracer import Tracer

__all__ = ["QuimbOp", "register"]

#: Raises, given a function's name and arguments, what needs values at hand.
Check = Callable[[str, dict[str, Any]], None]


class QuimbOp(Op):
    """An op whose name is known only once this module is imported.

    A pickle of it names this module, and so imports it.
    """

    __slots__ = ()

    def __reduce__(self) -> Any:
        return quimb_op, (self.name,)


def quimb_op(name: str) -> Op:
    """The op of this name; finding this function has registered it."""
    return get_op(name)


def _triple(parts: list[Tracer]) -> tuple[Tracer | None, ...]:
    """What quimb returns: None where nothing was asked for."""
    return tuple(
        None if part._node.spec == NOTHING else part for part in parts
    )


# ------------------------------------------------------ what must be static


def _static_truncation(name: str, given: dict[str, Any]) -> None:
    """See that the number of singular values kept is known.

    Raises
    ------
    TraceError
        If values decide it, or something else than results is asked for.
    """
    cutoff, renorm = given.get("cutoff", -1.0), given.get("renorm", 0)
    if cutoff > 0.0:
        raise _value_dependent(
            f"{name}(cutoff={cutoff})", "use cutoff=0.0 with max_bond=..."
        )
    if renorm:
        raise _value_dependent(
            f"{name}(renorm={renorm})",
            "use renorm=False, with cutoff=0.0 and max_bond=...",
        )
    if given.get("info") is not None:
        raise TraceError(
            f"{name}(info=...) writes the truncation error into a dict, but "
            "a graph's calls do nothing but return values; leave info out"
        )


def _static_sketch(name: str, given: dict[str, Any]) -> None:
    """See that a randomised decomposition is a function of its arguments.

    Raises
    ------
    TraceError
        If it isn't.
    """
    if not isinstance(given.get("seed"), int | np.integer):
        raise TraceError(
            f"{name} returns something else at each call unless it is given "
            "a number as seed; use seed=<integer>"
        )
    cutoff = given.get("cutoff", 0.0)
    if cutoff == "auto" or cutoff > 0.0:
        raise _value_dependent(
            f"{name}(cutoff={cutoff})", "use cutoff=0.0 with max_bond=..."
        )
    if given.get("lorthog_opts") or given.get("reduced_opts"):
        raise TraceError(
            f"{name} can't be traced with lorthog_opts or reduced_opts; "
            "leave them out"
        )
    method = given.get("method_lorthog", "qr")
    if not method.startswith("qr"):
        raise _value_dependent(
            f"{name}(method_lorthog={method!r})", "use method_lorthog='qr'"
        )


def _always_static(name: str, given: dict[str, Any]) -> None:
    """No argument can make the shapes depend on values."""


def _value_dependent(what: str, instead: str) -> TraceError:
    return TraceError(
        f"the shapes of what {what} returns depend on values, which aren't "
        f"known while tracing; {instead}"
    )


def _lu_truncated(*_: Any, **__: Any) -> NoReturn:
    raise _value_dependent("lu_truncated", "use method='svd' or 'qr'")


# ---------------------------------------------------------------- inference


class Sizes:
    """Small primes in place of sizes, in the same order.

    What is equal, smaller, or 1 stays so: the same branches are taken. Since
    they are prime, the stride of a small result tells which sizes it is the
    product of.

    Parameters
    ----------
    sizes : iterable of int
    """

    def __init__(self, sizes: Iterable[int]) -> None:
        self.small = {0: 0, 1: 1}
        prime = 1
        for size in sorted(set(sizes) - {0, 1}):
            prime = _next_prime(prime)
            self.small[size] = prime
        self.true = {prime: size for size, prime in self.small.items()}

    def true_stride(self, stride: int) -> int:
        """A stride of true arrays, in elements, from one of small ones."""
        rest, product = abs(stride), 1
        for prime, size in self.true.items():
            while prime > 1 and rest and rest % prime == 0:
                rest //= prime
                product *= size
        return int(math.copysign(rest * product, stride))


def _next_prime(n: int) -> int:
    n += 1
    while any(n % d == 0 for d in range(2, math.isqrt(n) + 1)):
        n += 1
    return n


def _small_array(spec: ArraySpec, sizes: Sizes) -> Any:
    """A small array of a spec's dtype and memory order.

    It can be written, since numba compiles once more for what can't be. All
    elements are 1, and 2 on the diagonal: it has full rank, and is positive
    definite if it is square.
    """
    assert spec.shape is not None and spec.dtype is not None
    if spec.kind != "array":
        return model_of(spec)
    shape = [sizes.small[d] for d in spec.shape]
    steps = spec.strides or ArraySpec(spec.shape, spec.dtype).strides
    assert steps is not None
    order = sorted(range(len(shape)), key=lambda i: (-abs(steps[i]), i))
    gaps = spec.layout == "strided"
    base = np.ones([shape[i] for i in order] + [2] * gaps, spec.dtype)
    made: Any = base[..., 0] if gaps else base
    made = made.transpose(np.argsort(order)) if order else made
    made = made[(..., *[slice(None, None, -1 if s < 0 else 1) for s in steps])]
    if made.ndim >= 2:
        k = min(made.shape[-2:])
        made[..., range(k), range(k)] = 2
    return made


def _true_spec(value: Any, sizes: Sizes, known_layout: bool) -> ArraySpec:
    """Spec of a result, from what the call on a small array returns."""
    if value is None:
        return NOTHING
    if not isinstance(value, np.ndarray):
        return spec_like((), value)
    dtype = value.dtype.name
    item = itemsize(dtype)
    shape = tuple(sizes.true[d] for d in value.shape)
    strides = tuple(sizes.true_stride(s // item) * item for s in value.strides)
    return make_spec(shape, dtype, "array", strides if known_layout else None)


def _small_bonds(
    name: str, shape: tuple[int, ...], given: dict[str, Any]
) -> tuple[Sizes, dict[str, Any]]:
    """Sizes of a call, and those of its arguments that are numbers of them."""
    sizes = list(shape)
    bond = given.get("max_bond")
    if bond is not None and bond > 0:
        sizes.append(int(bond))
    if name != "svd_rand_truncated":
        made = Sizes(sizes)
        return made, {"max_bond": made.small[bond]} if bond in sizes else {}
    # It projects onto the bond and some directions more before truncating.
    most = min(shape[-2:])
    keep = min(most, bond) if bond in sizes else most
    sketch = min(most, keep + given.get("oversample", 10))
    made = Sizes([*sizes, sketch])
    more = made.small[sketch] - made.small[keep]
    few = {"max_bond": made.small[bond]} if bond in sizes else {}
    return made, {**few, "oversample": more}


def _inference(
    name: str,
    composed: Callable[..., Any],
    count: int,
    check: Check,
) -> Callable[..., Specs]:
    """The spec rule of one of quimb's functions: ask it on a small array.

    Parameters
    ----------
    name : str
        Autoray's name of the function.
    composed : callable
        quimb's own, whose signature it is.
    count : int
        Number of results.
    check : callable
    """
    signature = inspect.signature(composed)

    @functools.wraps(composed)
    def infer(*args: Any, **kwargs: Any) -> Specs:
        bound = signature.bind(*args, **kwargs)
        given = bound.arguments
        check(name, given)
        operand = next(iter(given))
        x = given[operand]
        x = x if isinstance(x, ArraySpec) else spec_of(x)
        if x.shape is None or x.dtype is None:
            return (UNKNOWN,) * count
        sizes, small = _small_bonds(name, x.shape, given)
        given.update(small)
        given[operand] = _small_array(x, sizes)
        function = autoray.get_lib_fn("numpy", name)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = function(*bound.args, **bound.kwargs)
        if count == 1:
            values = (values,)
        known = x.kind != "array" or x.strides is not None
        return tuple(_true_spec(v, sizes, known) for v in values)

    return infer


# ------------------------------------------------------------- registration

#: What has a version for NumPy of its own, draws random numbers, or uses what
#: is no op: where it stands, how many results it has, and what checks that
#: its arguments are static.
_FUNCTIONS: dict[str, tuple[ModuleType, int, Check]] = {
    "cholesky_regularized": (decomp, 3, _always_static),
    "eigh_truncated": (decomp, 3, _static_truncation),
    "norm_fro": (array_ops, 1, _always_static),
    "polar_left": (decomp, 3, _always_static),
    "polar_right": (decomp, 3, _always_static),
    "qr_stabilized": (decomp, 3, _always_static),
    "qr_via_cholesky": (decomp, 3, _always_static),
    "sgn": (decomp, 1, _always_static),
    "svd_rand_truncated": (decomp, 3, _static_sketch),
    "svd_truncated": (decomp, 3, _static_truncation),
    "svd_via_eig_truncated": (decomp, 3, _static_truncation),
}


def register() -> None:
    """Add quimb's functions to the registry, and to autoray for tracers.

    A name that is taken keeps its meaning, so that it may be done twice.
    """
    for name, (module, count, check) in _FUNCTIONS.items():
        composed = getattr(module, name, None)
        if not isinstance(composed, Composed):
            continue  # not in this version of quimb
        if find_op(name) is None:
            infer = _inference(name, composed, count, check)
            several = count > 1
            add_op(
                QuimbOp(
                    name,
                    infer,
                    multi=several,
                    container=_triple,
                    allocates=ALLOCATES.get(name),
                    workspace=RULES.get(name),
                    flops=FLOPS.get(name),
                )
            )
        # Else autoray finds quimb's composition before the namespace.
        autoray.register_function("lazyopt", name, getattr(namespace, name))
    autoray.register_function("lazyopt", "lu_truncated", _lu_truncated)


register()
