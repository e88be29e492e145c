"""Integrals by torchquad, which is imported here.

The domain is an input, so that one graph does for all domains. What an
integral is of is evaluated on all points at once.
"""

from typing import Any

import numpy as np
from autoray import do

from benchmarks.programs.case import Case

__all__ = ["boole", "gauss_legendre", "simpson"]


def _wave(x: Any) -> Any:
    """What is integrated: points in rows, coordinates in columns."""
    waves = do("sin", x) * do("exp", -(x**2) / 2)
    return do("sum", waves, axis=1) + do("cos", do("sum", x, axis=1))


def simpson(points: int = 101**2) -> Case:
    """Simpson's rule in two dimensions."""
    import torchquad

    return _integral(torchquad.Simpson(), points, 2)


def boole(points: int = 25**3) -> Case:
    """Boole's rule in three dimensions."""
    import torchquad

    return _integral(torchquad.Boole(), points, 3)


def gauss_legendre(points: int = 30**3) -> Case:
    """Gauss and Legendre's rule in three dimensions."""
    import torchquad

    return _integral(torchquad.GaussLegendre(), points, 3)


def _integral(rule: Any, points: int, dimensions: int) -> Case:
    """An integral by the steps that torchquad itself compiles."""
    per_axis = round(points ** (1 / dimensions))

    def integrate(domain: Any) -> Any:
        grid, widths, n = rule.calculate_grid(
            per_axis**dimensions,
            domain,
            disable_integration_domain_check=True,
        )
        weights = rule._weights(n, dimensions, "numpy")
        values, _ = rule.evaluate_integrand(_wave, grid, weights=weights)
        return rule.calculate_result(values, dimensions, n, widths, domain)

    return integrate, (np.array([[0.0, 1.0 + i] for i in range(dimensions)]),)
