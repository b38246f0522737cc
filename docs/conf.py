"""The documentation as a site: `make docs` builds it from these pages alone, and it loads nothing from elsewhere."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))  # schema_pages.py lies beside this file

project = "concurrency-harness"
version = release = installed(project)
extensions = ["myst_parser", "sphinx_click", "schema_pages"]
exclude_patterns = ["_site"]
myst_heading_anchors = 3
highlight_language = "none"
html_theme = "furo"
html_title = project
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False


def plain(app: Sphinx, context: object, lines: list[str]) -> None:
    """A star in the help of an option is a star; the help is no reStructuredText."""
    lines[:] = [line if line.lstrip().startswith((":", "..")) else line.replace("*", r"\*") for line in lines]


def setup(app: Sphinx) -> None:
    app.connect("sphinx-click-process-options", plain)
