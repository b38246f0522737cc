"""`report`, and what reads a page again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import pages, records
from tests.builders import Finished


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two stored runs."""
    folder = tmp_path / "results"
    folder.mkdir()
    for name, ours in (("r1", 0.5), ("r2", 0.6)):
        (folder / f"{name}.jsonl").write_bytes(pages.packed(pages.named_run(records.client(ours), name)))
    return folder


def test_show_compare_and_export_read_a_page_like_its_record(cli: Callable[..., Finished], results: Path) -> None:
    assert cli("report", "r1", "-o", "page.html").returncode == 0
    for command in (["show"], ["export", "--to", "csv"], ["show", "--json", "-"], ["compare", "r2"]):
        name, *rest = command
        assert cli(name, "r1", *rest).stdout == cli(name, "page.html", *rest).stdout != ""


def test_several_runs_are_one_page_that_names_each(cli: Callable[..., Finished], results: Path) -> None:
    said = cli("report", "r1", "r2", "-o", "-").stdout
    assert "2 runs side by side" in said
    shown = cli("report", "r1", "r2", "-o", "both.html")
    assert (shown.returncode, shown.stdout) == (0, "")
    read = cli("show", "both.html")
    assert read.returncode == 2
    assert "both.html holds 2 records" in read.stderr


def test_a_document_has_a_page_without_a_record(cli: Callable[..., Finished], results: Path) -> None:
    cli("show", "r1", "--json", "kept.json")
    assert "made of a document" in cli("report", "kept.json", "-o", "-").stdout
    (results / "page.html").write_text(cli("report", "kept.json", "-o", "-").stdout)
    assert "without a record" in cli("show", "results/page.html").stderr


def test_compare_and_history_write_pages_beside_what_they_print(cli: Callable[..., Finished], results: Path) -> None:
    plain = cli("compare", "r1", "r2")
    with_page = cli("compare", "r1", "r2", "--report", "page.html")
    assert with_page.stdout == plain.stdout
    assert "r1 and r2" in Path("page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["r3"], 2, "no run matches 'r3'"),
        (["r1", "-o", "no/folder/page.html"], 2, "no/folder is no folder"),
        (["r1", "-o", "/"], 2, "--output /: it is a folder: name a file in it"),
        (["results"], 5, "is a folder"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    cli: Callable[..., Finished], results: Path, arguments: list[str], status: int, said: str
) -> None:
    done = cli("report", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (status, 1)
    assert said in done.stderr


def test_a_page_that_cannot_be_written_is_refused_before_anything_is_measured(
    cli: Callable[..., Finished], results: Path
) -> None:
    for command in (["run", "-s", "gevent"], ["gate", "--base", "git:HEAD"], ["history"], ["compare", "r1"]):
        done = cli(*command, "--report", "no/page.html")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "harness: --report no/page.html: no is no folder: make it first\n"


def test_charts_are_files(cli: Callable[..., Finished], results: Path) -> None:
    named = cli("export", "r1", "--to", "svg", "-o", "charts").stdout.split()
    assert "charts/sleep-ranking.svg" in named
    assert all(Path(one).read_text().startswith("<svg") for one in named)
    assert cli("export", "r1", "--to", "vega", "--chart", "ranking").stdout.startswith("{")
    assert "--chart pie" in cli("export", "r1", "--to", "svg", "--chart", "pie").stderr
    assert "5 charts" in cli("export", "r1", "--to", "svg").stderr
    assert "--chart ranking: of svg, png, vega" in cli("export", "r1", "--to", "csv", "--chart", "ranking").stderr


def test_pixels_without_their_library_name_the_extra(
    cli: Callable[..., Finished], results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    done = cli("export", "r1", "--to", "png", "--chart", "ranking", "-o", "x.png")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "concurrency-harness[charts]" in done.stderr
