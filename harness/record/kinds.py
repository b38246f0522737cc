"""What a file is that is no record: said to whoever took it for one."""

from __future__ import annotations

from typing import Any

import msgspec

OTHERS = {
    "pytest-benchmark": {"machine_info", "benchmarks"},
    "pyperf": {"benchmarks", "version"},
    "hyperfine": {"results"},
    "asv": {"commit_hash", "env_name"},
    "perf or Chrome's tracing": {"traceEvents"},
}
"""Other tools, and names that their files have at the top."""
OURS = {
    "compare": {"schema", "then", "now"},
    "gate": {"schema", "outcome", "cells"},
    "history": {"schema", "series"},
    "list": {"schema", "runs"},
}
"""Commands, and names that what their `--json` writes has at the top."""


def what(raw: bytes) -> str:
    """What the bytes of a file are, in a sentence."""
    if not raw.strip():
        return "it is empty"
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _lines(raw)
    if not isinstance(found, dict):
        return "it is JSON of another program"
    return _document(found)


def _document(found: dict[str, Any]) -> str:
    if found.keys() >= {"schema", "run", "groups"}:
        return f"it is what `--json` wrote of run {found['run']}: `show {found['run']}` prints it where its record is"
    for command, names in OURS.items():
        if found.keys() >= names:
            return f"it is what `{command} --json` wrote"
    for tool, names in OTHERS.items():
        if found.keys() >= names:
            return f"it is a file of {tool}'s"
    return "it is JSON of another program"


def _lines(raw: bytes) -> str:
    """Of what is not one JSON value: JSON Lines, of ours or of another program, or nothing of the kind."""
    try:
        first = msgspec.json.decode(raw.split(b"\n", 1)[0])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "its first line is no header, nor any JSON"
    ours = isinstance(first, dict) and first.get("kind") == "header"
    return "its first line, the header, is damaged" if ours else "its first line is no header of ours"
