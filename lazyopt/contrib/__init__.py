"""Registrations for libraries that lazyopt does not depend on.

Importing one of the modules here registers what it knows. That is done for
whatever is imported already when a trace, or an import of LazyArrays, begins:
nobody has to know of these modules.
"""

import importlib
import sys

__all__ = ["register_present"]

#: The module of a library that tells it is in use, and what knows of it.
_MODULES = {"quimb.tensor.decomp": "lazyopt.contrib.quimb"}


def register_present() -> None:
    """Register the functions of libraries that are imported already."""
    for library, ours in _MODULES.items():
        if library in sys.modules and ours not in sys.modules:
            importlib.import_module(ours)
