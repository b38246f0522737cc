"""Pages in a browser: light and dark, wide and narrow, on paper, without JavaScript, and to who hears them."""

from __future__ import annotations

import base64
import functools
import gzip
import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import browser, pages, records
from tests.browser import look

lacking = pytest.mark.skipif(bool(browser.lacking()), reason=browser.lacking() or "")
pytestmark = [pytest.mark.slow, pytest.mark.together, lacking]
WIDTHS = (1280, 1024, 800, 768, 640, 390, 320)
SMALLEST = 12
EVERY = pages.PAGES | pages.LARGE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages as files."""
    made = tmp_path_factory.mktemp("pages")
    for name, page in EVERY.items():
        (made / f"{name}.html").write_text(page())
    return made


def job(folder: Path, name: str, **what: Any) -> dict[str, Any]:
    return {"url": (folder / f"{name}.html").as_uri()} | what


@pytest.mark.parametrize("name", EVERY)
def test_a_page_loads_nothing_says_nothing_and_can_be_heard(folder: Path, name: str) -> None:
    schemes = ("light", "dark") if name in pages.PAGES else ("light",)
    for found in look([job(folder, name, axe=True, scheme=scheme) for scheme in schemes]):
        assert len(found["requests"]) == 1
        assert found["said"] == []
        assert found["scripts"] == 0
        assert found["violations"] == []
        assert found["passes"] > 20


@pytest.mark.parametrize("name", EVERY)
def test_a_page_fits_every_width(folder: Path, name: str) -> None:
    for width, found in zip(WIDTHS, look([job(folder, name, width=width) for width in WIDTHS]), strict=True):
        assert found["sideways"] <= 0, width
        assert found["overlaps"] == [], width
        assert found["smallest"] >= SMALLEST, width
        assert all(apart is not None and apart < 0.5 for apart in found["tickApart"]), width


def test_the_check_of_ticks_finds_them(folder: Path) -> None:
    (found,) = look([job(folder, "wide")])
    assert len(found["tickApart"]) == 6


def test_the_first_screen_of_three_workloads_holds_the_answer(folder: Path) -> None:
    (found,) = look([job(folder, "wide", width=1280, height=800)])
    assert found["keyBottom"] < 800


@pytest.mark.parametrize("name", ["client", "wide", "hostile"])
def test_without_javascript_it_is_the_same_to_the_pixel(folder: Path, tmp_path: Path, name: str) -> None:
    pictures = [tmp_path / "with.png", tmp_path / "without.png"]
    look([job(folder, name, picture=str(one), script=one is pictures[0]) for one in pictures])
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_light_and_dark_are_not_the_same(folder: Path, tmp_path: Path) -> None:
    pictures = {scheme: tmp_path / f"{scheme}.png" for scheme in ("light", "dark")}
    look([job(folder, "client", picture=str(path), scheme=scheme) for scheme, path in pictures.items()])
    assert pictures["light"].read_bytes() != pictures["dark"].read_bytes()


def test_a_server_is_asked_for_the_page_alone(folder: Path) -> None:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (found,) = look([{"url": f"http://127.0.0.1:{server.server_port}/client.html"}])
        server.shutdown()
    assert (len(found["requests"]), found["said"]) == (1, [])


def test_a_strategy_can_be_highlighted_and_the_record_saved(folder: Path) -> None:
    (found,) = look([job(folder, "client", highlight="1", record=True)])
    assert found["opacity"] == "0.16"
    name, href = found["record"]
    assert name == "r1.jsonl.gz"
    assert gzip.decompress(base64.b64decode(href.partition("base64,")[2])) == pages.packed(records.client())


@pytest.mark.skipif(not shutil.which("pdfinfo"), reason="needs pdfinfo (poppler-utils)")
@pytest.mark.parametrize(("groups", "most"), [(1, 3), (3, 5)])
def test_a_workload_of_eight_rows_is_one_page_of_paper(tmp_path: Path, groups: int, most: int) -> None:
    (tmp_path / "paper.html").write_text(pages.of(pages.many(8, groups, 10)))
    look([job(tmp_path, "paper", pdf=str(tmp_path / "paper.pdf"))])
    said = subprocess.run(["pdfinfo", tmp_path / "paper.pdf"], capture_output=True, text=True, check=True).stdout
    (count,) = re.findall(r"Pages:\s+(\d+)", said)
    assert int(count) <= most
    assert "(A4)" in said


@pytest.fixture(autouse=True)
def quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """What a server logs is nobody's."""
    yield
    capfd.readouterr()
