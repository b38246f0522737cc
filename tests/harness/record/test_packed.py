"""Records within pages, and gzipped ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from harness.errors import HarnessError, StoreError
from harness.record import packed, store
from tests import pages, records


def test_a_page_is_read_as_the_record_that_it_was_made_of(tmp_path: Path) -> None:
    raw = pages.packed(records.client())
    page, saved = tmp_path / "report.html", tmp_path / "r1.jsonl.gz"
    page.write_text(pages.of(records.client()))
    saved.write_bytes(gzip.compress(raw))
    assert store.raw(page) == store.raw(saved) == raw
    assert store.read(page) == store.read(saved)
    assert store.read_header(page).run == store.read_header(saved).run == "r1"


def test_a_page_of_names_that_look_like_a_record_has_its_own() -> None:
    raw = pages.packed(pages.named(pages.HOSTILE))
    page = pages.of(pages.named(pages.HOSTILE)).encode()
    assert packed.unpacked(page, "report.html", store.LARGEST) == raw


def test_what_is_not_packed_is_as_it_is() -> None:
    assert packed.unpacked(b'{"kind":"header"}', "r1.jsonl.gz", 1000) == b'{"kind":"header"}'


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<!doctype html><p>else", "without a record"),
        (
            b'<!doctype html><a id=record class=record download=x.jsonl.gz href="data:application/gzip;base64,QUJD">',
            "damaged",
        ),
        (
            b'<!DOCTYPE html><a id=record class=record download=x.jsonl.gz href="data:application/gzip;base64,Q">',
            "damaged",
        ),
        (gzip.compress(b"x" * 5000, mtime=0), "more than 1,000 bytes"),
        (gzip.compress(b"x" * 500, mtime=0)[:-4], "cut off"),
        (packed.GZIP + b"else", "damaged"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_holds_no_record_is_told_in_a_line(raw: bytes, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        packed.unpacked(raw, "report.html", 1000)


def test_a_page_of_several_runs_says_which_to_save() -> None:
    page = pages.PAGES["several"]().encode()
    with pytest.raises(HarnessError, match=r"3 records: save one of them .*r0\.jsonl\.gz, r1\.jsonl\.gz"):
        packed.unpacked(page, "report.html", store.LARGEST)


def test_a_record_that_is_as_large_as_may_be_is_unpacked() -> None:
    assert packed.unpacked(gzip.compress(b"x" * 1000), "r1.jsonl.gz", 1000) == b"x" * 1000
    with pytest.raises(StoreError, match="more than 1,000 bytes"):
        packed.unpacked(gzip.compress(b"x" * 1001), "r1.jsonl.gz", 1000)


def test_what_begins_like_a_page_after_some_space_is_one() -> None:
    with pytest.raises(StoreError, match="without a record"):
        packed.unpacked(b"\n  <!Doctype HTML>", "report.html", 1000)
    assert packed.unpacked(b"<!doctype htm", "report.html", 1000) == b"<!doctype htm"
