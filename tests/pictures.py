"""The pictures of docs/page.md: `python -m tests.pictures RECORD docs/pictures`, and `python -m tests.pictures RECORD
docs/pictures CRITERION`, which puts a page of criterion's (`target/criterion/sleep/report/index.html`, made by
`PYTHON=... cargo bench --offline` in tests/browser/criterion) beside ours. Needs what `tests.browser` needs, the font
Roboto (`fonts-roboto-unhinted`), and pdftoppm."""

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


def beside(record: Path, folder: Path, criterion: Path) -> None:
    """A page of criterion's and one of ours, as they are opened, in one picture."""
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs, both = (Path(scratch) / name for name in ("ours.html", "theirs.png", "both.html"))
        ours.write_text(runs.page([Source(api.read(record), store.raw(record))]))
        size = {"width": 1080, "height": 1400}
        pictures = [
            {"url": ours.as_uri(), "picture": f"{ours}.png"},
            {"url": criterion.as_uri(), "picture": str(theirs)},
        ]
        look([one | size for one in pictures], roboto=True)
        shown = "".join(f'<img src="{path.name}" width=620>' for path in (theirs, Path(f"{ours}.png")))
        style = "margin:0;background:#888;display:flex;gap:8px;align-items:start"
        both.write_text(f'<body style="{style}">{shown}')
        look([{"url": both.as_uri(), "picture": str(folder / "beside.png"), "width": 1248, "height": 804}])


if __name__ == "__main__":
    if why := lacking():
        sys.exit(f"no pictures: {why}")
    if len(sys.argv) > 3:
        beside(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]).resolve())
    else:
        made(Path(sys.argv[1]), Path(sys.argv[2]))
