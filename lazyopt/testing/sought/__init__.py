"""Calls that the library's passes rewrite, and those that look like them."""

from lazyopt.testing.sought.merging import FOLD, SHARE
from lazyopt.testing.sought.planning import PLANNING
from lazyopt.testing.sought.rewriting import LOWER, POWERS, SIMPLIFY
from lazyopt.testing.sought.template import Template

__all__ = ["TEMPLATES", "Template"]

TEMPLATES: tuple[Template, ...] = (
    *SIMPLIFY,
    *LOWER,
    *POWERS,
    *PLANNING,
    *FOLD,
    *SHARE,
)
