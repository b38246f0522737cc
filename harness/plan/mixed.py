"""What has changed between the first line of a record and that of a run that would go on with it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.errors import HarnessError
from harness.plan.request import Request
from harness.record.lines import json_of
from harness.record.sample import Header, Record

MACHINE = ("cpu_model", "cores", "system", "machine", "python", "implementation", "kernel", "shell")
UNTOLD = ("seed", "reason", "traceback", "root", "instead_of", "load", "reached")
"""What differs from run to run, or says no more than what is beside it."""
MOST, LETTERS = 5, 60


def check_unfinished(record: Record) -> None:
    """Raise HarnessError where nothing of a record is left to be measured, or that is not known."""
    run = record.header.run
    if record.header.plan.axes:
        raise HarnessError(
            f"{run} is a sweep, which goes by what it has seen: sweep anew, --resume is for run and gate"
        )
    if record.end and record.end.status != "interrupted" and not record.end.cut_short:
        raise HarnessError(f"{run} is {record.end.status}: nothing of it is left to be measured")


def check_place(record: Record, hosts: Request | None) -> None:
    """Raise HarnessError where a record was begun here, and its rest is to be measured on the hosts that a request
    names, or the other way round."""
    run = record.header.run
    if hosts and record.every and not record.sites:
        flag = "--server-on" if hosts.server_on else "--on"
        raise HarnessError(f"{run} was begun on one machine: {flag} is for a run of its own")
    if record.sites and not hosts:
        raise HarnessError(f"{run} was begun on other hosts: give its --on again")


def refuse_mixed(before: Header, now: Header) -> None:
    """Raise HarnessError where what is measured now would not be what was measured then."""
    found = list(changes(before, now))
    if found:
        more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
        said = "; ".join(found[:MOST]) + more
        raise HarnessError(f"{before.run} cannot be resumed, its blocks would be of two kinds: {said}: run it anew")


def changes(before: Header, now: Header) -> Iterator[str]:
    """What is no longer as it was: options, code, packages, machine."""
    was, become = (_told(one) for one in (before, now))
    for part in ("plan", "commit", "versions", "host"):
        yield from _differences(part, was[part], become[part])


def _told(header: Header) -> Any:
    """A first line as a record has it."""
    host = {name: header.host.get(name) for name in MACHINE}
    commit = header.commit and {"id": header.commit.id, "changed": header.commit.changed}
    told = {"plan": header.plan, "commit": commit, "versions": header.versions, "host": host}
    return msgspec.json.decode(json_of(told))


def _differences(path: str, was: Any, now: Any) -> Iterator[str]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in (one for one in was | now if one not in UNTOLD):
            yield from _differences(f"{path}.{name}", was.get(name), now.get(name))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for number, (one, other) in enumerate(zip(was, now, strict=True)):
            yield from _differences(f"{path}[{number}]", one, other)
    elif was != now:
        yield f"{path} was {_short(was)}, is {_short(now)}"


def _short(value: Any) -> str:
    text = "not there" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}..."
