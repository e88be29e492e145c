"""Signals and series: a transform, a filter, prices, statistics."""

import cmath
import math
from typing import Any

import numpy as np
from autoray import do

from benchmarks.programs.case import Case, normal, uniform

__all__ = ["black_scholes", "fan_out", "fft", "kalman"]


def fft(points: int = 256, batch: int = 64) -> Case:
    """Fast Fourier transform in radix two, of a batch of signals at once.

    Each of the points, a power of two, is an array of `batch` numbers.
    """

    def transform(x: list[Any]) -> list[Any]:
        bits = points.bit_length() - 1
        X = [x[int(f"{i:0{bits}b}"[::-1], 2)] for i in range(points)]
        half = 1
        while half < points:
            for start in range(0, points, 2 * half):
                for k in range(half):
                    upper, lower = start + k, start + k + half
                    twiddle = cmath.exp(-1j * math.pi * k / half)
                    t = X[lower] * twiddle
                    X[upper], X[lower] = X[upper] + t, X[upper] - t
            half *= 2
        return X

    signal = normal(points, batch) + 0j
    return transform, ([row.copy() for row in signal],)


def fan_out(chunks: int = 24, size: int = 200_000) -> Case:
    """Means of three products of two chunked arrays that they share.

    To stream, all three must follow each chunk (dask issue 10384).
    """

    def means(X: Any, Y: Any) -> list[Any]:
        total: list[Any] = []
        for i in range(chunks):
            u, v = do("sin", X[i]), do("cos", Y[i])
            sums = [do("sum", product) for product in (u * u, v * v, u * v)]
            if i:
                sums = [a + b for a, b in zip(total, sums, strict=True)]
            total = sums
        return [each / (chunks * size) for each in total]

    return means, (normal(chunks, size), normal(chunks, size, seed=1))


def kalman(steps: int = 40, state: int = 32, observed: int = 8) -> Case:
    """Kalman filter; returns all states and how surprising the data were."""

    def track(
        F: Any, H: Any, Q: Any, R: Any, z: Any, x: Any, P: Any
    ) -> tuple[list[Any], Any]:
        states, surprise = [], None
        for t in range(steps):
            x = F @ x
            P = F @ P @ F.T + Q
            y = z[t] - H @ x
            inverse = do("linalg.inv", H @ P @ H.T + R)
            K = P @ H.T @ inverse
            x = x + K @ y
            P = P - K @ H @ P
            states.append(x)
            squared = y @ (inverse @ y)
            surprise = squared if surprise is None else surprise + squared
        return states, surprise

    F = np.eye(state) + 0.01 * normal(state, state)
    H = normal(observed, state, seed=1)
    z = normal(steps, observed, seed=2)
    Q, R = np.eye(state), np.eye(observed)
    return track, (F, H, Q, R, z, normal(state, seed=3), np.eye(state))


def black_scholes(n: int = 100_000) -> Case:
    """Mean prices of calls and puts."""

    def means(spot: Any, strike: Any, time: Any) -> tuple[Any, Any]:
        call, put = _option_prices(spot, strike, time)
        return do("mean", call), do("mean", put)

    return means, _options(n)


def black_scholes_prices(n: int = 4_000_000) -> Case:
    """All prices of calls and puts: results as large as what comes in."""

    def prices(spot: Any, strike: Any, time: Any) -> tuple[Any, Any]:
        return _option_prices(spot, strike, time)

    return prices, _options(n)


def _options(n: int) -> tuple[Any, ...]:
    return tuple(uniform(n, seed=seed) for seed in range(3))


def _option_prices(spot: Any, strike: Any, time: Any) -> tuple[Any, Any]:
    """Black and Scholes' formula; the normal distribution by a tanh."""
    rate, volatility = 0.02, 0.3
    spread = volatility * do("sqrt", time)
    drift = (rate + volatility**2 / 2) * time
    d1 = (do("log", spot / strike) + drift) / spread
    d2 = d1 - spread
    later = strike * do("exp", -rate * time)
    call = spot * _phi(d1) - later * _phi(d2)
    put = later * _phi(-d2) - spot * _phi(-d1)
    return call, put


def _phi(x: Any) -> Any:
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * (1.0 + do("tanh", inner))
