"""The notebook of docs/api.md, executed: in a kernel where there is one, and cell after cell in a plain Python."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ROOT

NOTEBOOK = ROOT / "docs" / "api.ipynb"
SECONDS = 120
KERNEL = all(importlib.util.find_spec(name) for name in ("nbclient", "nbformat", "ipykernel"))
PLAIN = """
import json, linecache, sys
left = {"__name__": "__main__"}
for cell in json.load(open(sys.argv[1]))["cells"]:
    if cell["cell_type"] == "code":
        name = f"<{cell['id']}>"
        linecache.cache[name] = (1, None, cell["source"], name)
        exec(compile("".join(cell["source"]), name, "exec"), left)
"""

needs_pandas = pytest.mark.skipif(not importlib.util.find_spec("pandas"), reason="one of its cells makes a data frame")


def outputs(cell: Any) -> list[str]:
    """The kinds of what a cell showed."""
    return [kind for one in cell.get("outputs", []) for kind in one.get("data", {})]


@needs_pandas
@pytest.mark.skipif(not KERNEL, reason="needs nbclient and ipykernel")
@pytest.mark.slow
def test_the_notebook_runs_in_a_kernel_and_shows_a_table(tmp_path: Path) -> None:
    import nbclient
    import nbformat

    book = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(book, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    (shown,) = [cell for cell in book.cells if cell.source.rstrip().endswith("\nrun")]
    assert "text/html" in outputs(shown)
    assert "did you mean" in book.cells[-1].outputs[0].text.lower()
    assert len(list((tmp_path / "results").glob("*.jsonl"))) == 2


@needs_pandas
def test_the_notebook_runs_cell_after_cell(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PLAIN, str(NOTEBOOK)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    assert "Did you mean threads?" in done.stdout


def test_the_notebook_is_kept_without_what_it_showed() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
