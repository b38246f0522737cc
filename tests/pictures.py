"""The pictures of docs/page.md: `python -m tests.pictures RECORD docs/pictures`. Needs what `tests.browser` needs, the
font Roboto (`fonts-roboto-unhinted`), and pdftoppm."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness import api
from harness.page import runs
from harness.page.source import Source
from harness.record import store
from tests import pages
from tests.browser import lacking, look


def made(record: Path, folder: Path) -> None:
    """Write them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        page, history, paper = (Path(scratch) / name for name in ("page.html", "history.html", "paper.pdf"))
        page.write_text(runs.page([Source(api.read(record), store.raw(record))]))
        history.write_text(pages.history())
        look([*_jobs(page.as_uri(), folder, paper), _history(history.as_uri(), folder)], roboto=True)
        command = [
            "pdftoppm",
            "-png",
            "-r",
            "70",
            "-f",
            "2",
            "-l",
            "2",
            "-singlefile",
            str(paper),
            str(folder / "paper"),
        ]
        subprocess.run(command, check=True)


def _jobs(url: str, folder: Path, paper: Path) -> list[dict[str, Any]]:
    return [
        {"url": url, "picture": str(folder / "first.png"), "pdf": str(paper)},
        {"url": url, "picture": str(folder / "dark.png"), "scheme": "dark", "element": "#g1", "width": 1140},
        {"url": url, "picture": str(folder / "phone.png"), "width": 390, "height": 844},
    ]


def _history(url: str, folder: Path) -> dict[str, Any]:
    return {"url": url, "picture": str(folder / "history.png"), "height": 420}


if __name__ == "__main__":
    if why := lacking():
        sys.exit(f"no pictures: {why}")
    made(Path(sys.argv[1]), Path(sys.argv[2]))
