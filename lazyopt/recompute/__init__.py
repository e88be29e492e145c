"""Making values again instead of keeping them."""

from lazyopt.recompute.limits import remade, smallest_call, why_kept

__all__ = ["remade", "smallest_call", "why_kept"]
