"""What a file is that is no record: said to whoever took it for one."""

from __future__ import annotations

import io

import msgspec

from harness.record.lines import Kind

OTHERS = {
    "pytest-benchmark": {"machine_info", "benchmarks"},
    "pyperf": {"benchmarks", "version"},
    "hyperfine": {"results"},
    "asv": {"commit_hash", "env_name"},
    "perf or Chrome's tracing": {"traceEvents"},
}
"""Other tools, and names that their files have at the top."""
DOCUMENT = {"schema", "run", "groups"}
OURS = {
    "compare": {"schema", "then", "now"},
    "gate": {"schema", "outcome", "cells"},
    "history": {"schema", "series"},
    "list": {"schema", "runs"},
}
"""Commands, and names that what their `--json` writes has at the top."""


_NAMES = {*DOCUMENT}.union(*OURS.values(), *OTHERS.values())
_Top = msgspec.defstruct("_Top", [(name, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for name in sorted(_NAMES)])
"""The names that JSON has at the top. What is below may be made to take many times its bytes, and is not built."""


def what(raw: bytes) -> str:
    """What the bytes of a file are, in a sentence."""
    if not raw or raw.isspace():
        return "it is empty"
    names = _names(raw)
    if names is None:
        return _lines(raw)
    if names >= DOCUMENT:
        return "it is what `--json` wrote of a run, which `show` and `history` read"
    for command, ours in OURS.items():
        if names >= ours:
            return f"it is what `{command} --json` wrote"
    for tool, theirs in OTHERS.items():
        if names >= theirs:
            return f"it is a file of {tool}'s"
    return "it is JSON of another program"


def is_document(raw: bytes) -> bool:
    """Whether it is what `--json` wrote of a run, or looks like it."""
    return (_names(raw) or set()) >= DOCUMENT


def _names(raw: bytes) -> set[str] | None:
    """The names at the top of JSON, of those that we know; None where it is none."""
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
        top = msgspec.json.decode(raw, type=_Top)
    except msgspec.ValidationError:  # no object
        return set()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return {name for name in _NAMES if getattr(top, name) is not msgspec.UNSET}


def _lines(raw: bytes) -> str:
    """Of what is not one JSON value: JSON Lines, of ours or of another program, or nothing of the kind."""
    first = io.BytesIO(raw).readline()
    try:
        msgspec.json.decode(first, type=msgspec.Raw)
        ours = msgspec.json.decode(first, type=Kind).kind == "header"
    except msgspec.ValidationError:
        ours = False
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "its first line is no header, nor any JSON"
    return "its first line, the header, is damaged" if ours else "its first line is no header of ours"
