"""Sphinx configuration."""

import os
from importlib.metadata import version as distribution_version

# The pages print figures of programs that use BLAS; one thread keeps their
# bits the same from build to build. The kernels inherit this.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

project = "lazyopt"
author = "the lazyopt developers"
copyright = f"2026, {author}"
release = distribution_version("autoray-lazyopt")
version = release

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
# Executed pages are left beside the build: jupyter_execute.
exclude_patterns = ["_build", "jupyter_execute", "**.ipynb_checkpoints"]

html_theme = "furo"
html_title = f"lazyopt {release}"

# A page that no longer runs fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
