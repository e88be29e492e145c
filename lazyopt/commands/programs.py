"""Small programs to try the library on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from autoray import do

__all__ = ["PROGRAMS", "DemoProgram", "gram_schmidt", "jacobi"]


def gram_schmidt(x: Any) -> Any:
    """Orthonormal rows, one after the other; each on all that follow."""
    rows: list[Any] = []
    for j in range(x.shape[0]):
        row = x[j, :]
        for done in rows:
            overlap = do("tensordot", do("conj", done), row, 1)
            row = row - overlap * done
        rows.append(row / do("linalg.norm", row, 2))
    return do("stack", tuple(rows), axis=0)


def jacobi(b: Any, steps: int = 12) -> Any:
    """Solve Poisson's equation by steps; say how far each one moved.

    Written as one would for clarity: differences are taken anew wherever
    they are needed, and all are summed up at the end.
    """
    weight = do("sin", do("linspace", 0.0, 3.0, b.shape[0], like=b))
    u = b * weight
    largest, moves = [], []
    for _ in range(steps):
        near = [do("roll", u, s, axis=a) for s in (1, -1) for a in (0, 1)]
        new = (b + near[0] + near[1] + near[2] + near[3]) / 4
        largest.append(do("abs", new - u))
        moves.append((new - u) ** 2)
        u = new
    return u, [do("max", x) for x in largest], [do("sum", x) for x in moves]


def attention(x: Any, heads: int = 8) -> Any:
    """Attention of a sequence to itself, head by head, without weights.

    All scores are taken first, as they would be to look at them.
    """
    parts = do("split", x, heads, axis=1)
    scores = [do("matmul", p, do("transpose", p)) for p in parts]
    mixed = []
    for part, score in zip(parts, scores, strict=True):
        score = score / part.shape[1] ** 0.5
        weight = do("exp", score - do("max", score, axis=1, keepdims=True))
        weight = weight / do("sum", weight, axis=1, keepdims=True)
        mixed.append(do("matmul", weight, part))
    return do("concatenate", tuple(mixed), axis=1)


def black_scholes(prices: Any) -> Any:
    """Worth of options to buy and to sell, for many prices and some dates."""
    strike, rate, spread = 100.0, 0.03, 0.25
    calls, puts = [], []
    for years in (0.25, 0.5, 1.0, 2.0):
        wide = spread * years**0.5
        paid = strike * do("exp", do("asarray", -rate * years, like=prices))
        high = do("log", prices / paid) / wide + wide / 2
        low = do("log", prices / paid) / wide - wide / 2
        calls.append(prices * _below(high) - paid * _below(low))
        puts.append(paid * _below(-low) - prices * _below(-high))
    return do("stack", tuple(calls)), do("stack", tuple(puts))


def _below(x: Any) -> Any:
    """How likely a normal number is below another, nearly."""
    return 1 / (1 + do("exp", -(1.5976 * x + 0.070566 * x**3)))


def newton_schulz(x: Any, steps: int = 8) -> Any:
    """The nearest orthogonal matrix; say how far each step was from one."""
    x = x / do("linalg.norm", x)
    off = []
    for _ in range(steps):
        gram = do("matmul", do("transpose", x), x)
        off.append(gram - do("eye", x.shape[1], like=x))
        x = 1.5 * x - 0.5 * do("matmul", x, gram)
    return x, [do("linalg.norm", each) for each in off]


@dataclass(frozen=True)
class DemoProgram:
    """A program of one array, and the shape to try it with."""

    fn: Callable[[Any], Any]
    shape: tuple[int, ...]
    positive: bool = False

    @property
    def about(self) -> str:
        """The first line of what the program says of itself."""
        return (self.fn.__doc__ or "").strip().splitlines()[0]

    def array(self) -> Any:
        """The array: the same one every time."""
        rng = np.random.default_rng(0)
        if self.positive:
            return rng.uniform(50.0, 150.0, size=self.shape)
        return rng.normal(size=self.shape)


PROGRAMS: dict[str, DemoProgram] = {
    "jacobi": DemoProgram(jacobi, (300, 300)),
    "gram-schmidt": DemoProgram(gram_schmidt, (100, 100)),
    "attention": DemoProgram(attention, (400, 256)),
    "black-scholes": DemoProgram(black_scholes, (100_000,), positive=True),
    "newton-schulz": DemoProgram(newton_schulz, (200, 200)),
}
"""By name; the first is the default."""
