"""Records that are packed: by gzip, or within a page that `report` wrote. Bytes in, bytes out."""

from __future__ import annotations

import base64
import re
import zlib

from harness.errors import HarnessError, StoreError

GZIP = b"\x1f\x8b"
SUFFIXES = (".html", ".htm", ".gz")
WITHIN = re.compile(
    rb'<a id=record\d* class=record download=([\w.-]+) href=("?)data:application/gzip;base64,([A-Za-z0-9+/=]*)\2>'
)
"""As a page has it: no text of a page can look like that, since `<` is escaped in texts."""


def is_packed(name: str) -> bool:
    """Whether a file of that name may have to be unpacked."""
    return name.lower().endswith(SUFFIXES)


def unpacked(raw: bytes, name: str, largest: int) -> bytes:
    """The record in some bytes, which are returned as they are where nothing is packed in them. Raises StoreError where
    they hold none, several, a damaged one, or one that is too large."""
    if raw.startswith(GZIP):
        return _inflated(raw, name, largest)
    if not raw.lstrip()[:14].lower().startswith(b"<!doctype html"):
        return raw
    found = WITHIN.findall(raw)
    if len(found) > 1:
        runs = ", ".join(run.decode() for run, _, _ in found)
        raise HarnessError(
            f"{name} holds {len(found)} records: save one of them from the page ({runs}) and name that file"
        )
    if not found:
        raise StoreError(
            f"{name} is a page without a record (too large for one, or not made by `report`): name the record"
        )
    try:
        return _inflated(base64.b64decode(found[0][2], validate=True), name, largest)
    except ValueError:
        raise StoreError(f"{name}: the record in it is damaged") from None


def _inflated(raw: bytes, name: str, largest: int) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    try:
        text = reader.decompress(raw, largest)
    except zlib.error:
        raise StoreError(f"{name}: what is packed in it is damaged") from None
    if reader.unconsumed_tail:
        raise StoreError(f"{name} holds more than {largest:,} bytes: no record of ours")
    if not reader.eof:
        raise StoreError(f"{name}: what is packed in it is cut off")
    return text
