"""Programs as a user of numexpr would write them: expressions of arrays."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["EXPRESSIONS"]


def black_scholes(spot: Any, strike: Any, time: Any) -> tuple[Any, Any]:
    """Mean prices of calls and puts; see `signal.black_scholes`."""
    call, put = black_scholes_prices(spot, strike, time)
    return np.mean(call), np.mean(put)


def black_scholes_prices(spot: Any, strike: Any, time: Any) -> tuple[Any, Any]:
    """Prices of calls and puts; see `signal.black_scholes_prices`."""
    import numexpr

    names = {"spot": spot, "strike": strike, "time": time}
    names |= {"rate": 0.02, "s": 0.3, "c": math.sqrt(2 / math.pi)}

    def evaluated(text: str) -> Any:
        return numexpr.evaluate(text, names, {})

    names["d1"] = evaluated(
        "(log(spot / strike) + (rate + s * s / 2) * time) / (s * sqrt(time))"
    )
    names["d2"] = evaluated("d1 - s * sqrt(time)")
    for sign in ("1", "2"):
        d = f"d{sign}"
        inner = f"c * ({d} + 0.044715 * {d} * {d} * {d})"
        names[f"n{sign}"] = evaluated(f"0.5 * (1.0 + tanh({inner}))")
    names["later"] = evaluated("strike * exp(-rate * time)")
    call = evaluated("spot * n1 - later * n2")
    put = evaluated("later * (1.0 - n2) - spot * (1.0 - n1)")
    return call, put


EXPRESSIONS: dict[str, Callable[..., Any]] = {
    "black_scholes.<locals>.means": black_scholes,
    "black_scholes_prices.<locals>.prices": black_scholes_prices,
}
"""By the qualified name of the program's function."""
