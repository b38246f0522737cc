"""A record within a page: packed, so that `show report.html` reads it from there byte for byte."""

from __future__ import annotations

import base64
import gzip

from harness.page import words
from harness.page.markup import Element, tag


def link(run: str, record: bytes, number: int) -> Element:
    """What saves the record without a script, and what finds it again (`store.read`)."""
    packed = base64.b64encode(gzip.compress(record, 9, mtime=0)).decode()
    save = tag(
        "a",
        "Save the record",
        id=f"record{number or ''}",
        class_="record",
        download=f"{words.slug(run)}.jsonl.gz",
        href=f"data:application/gzip;base64,{packed}",
    )
    said = f" ({words.size(len(record))} of JSON lines, {words.size(len(packed))} in this page). "
    return tag("span", save, said, tag("code", "harness show report.html"), " reads it from here.")
