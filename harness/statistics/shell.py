"""What runs were started in, and what debugged or traced their workers: said of one run, and where two differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from harness.record.sample import Record, Sample

DEBUGS = " (debug)"
"""The end of the name of a loop in asyncio's debug mode, as `worker.debugging` has it."""
GEVENTS_OWN = ("gevent.libev.corecext.loop (epoll)", "gevent.libev.corecext.loop (kqueue)")
USUAL_STACK = 8 << 20
UNLIMITED = ("as", "data", "cpu")
"""Limits that are seldom set."""
QUIET = (
    "LD_LIBRARY_PATH", "MKL_", "OMP_", "OPENBLAS_", "OPENSSL_", "PYTHONHASHSEED", "PYTHONUNBUFFERED", "RES_OPTIONS",
)  # fmt: skip
"""Variables that many have set for good: said where two runs differ in them."""
Shell = Mapping[str, Any]


def debugging(samples: Sequence[Sample]) -> list[str]:
    """What debugged or traced some of these workers, each once."""
    found: dict[str, None] = {}
    for sample in samples:
        if str(sample.facts.get("loop")).endswith(DEBUGS):
            found["asyncio's debug mode"] = None
        found |= dict.fromkeys(sample.facts.get("debugging") or [])
        found |= dict.fromkeys(sample.observed.debugging if sample.observed else [])
    return list(found)


def warnings(samples: Sequence[Sample]) -> Iterator[str]:
    """What a reader of a row should know: debugging is in its numbers, or it ran on another loop than is usual."""
    if names := debugging(samples):
        yield f"{_listed(names)} {'are' if len(names) > 1 else 'is'} on in its workers, and in its numbers"
    loops = {sample.facts.get("loop") for sample in samples if sample.facts.get("implementation") == "cpython"}
    for loop in sorted(filter(None, loops)):
        if loop.startswith("gevent.") and loop not in GEVENTS_OWN:
            yield f"on {loop}, which is not gevent's default (GEVENT_LOOP, GEVENT_BACKEND, LIBEV_FLAGS choose it)"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def of_run(host: Mapping[str, Any]) -> Iterator[str]:
    """What a run was started in that is not as it usually is, and what its workers were spared."""
    shell: Shell = host.get("shell") or {}
    if gone := shell.get("taken_away"):
        yield f"workers ran without {', '.join(gone)} (HARNESS_KEEP_DEBUG=1 leaves them)"
    if unusual := list(_unusual(shell)):
        yield f"workers ran with {', '.join(unusual)}"


def of_record(record: Record) -> Iterator[str]:
    """The same of whatever measured a record: other hosts, by their names where not all are alike."""
    if not record.sites:
        yield from of_run(record.header.host)
    told: dict[str, list[str]] = {}
    for site in record.sites:
        for text in of_run(site.facts):
            told.setdefault(text, []).append(site.name)
    for text, names in told.items():
        yield text if len(names) == len(record.sites) else f"{', '.join(names)}: {text}"


def _unusual(shell: Shell) -> Iterator[str]:
    for name, value in shell.get("variables", {}).items():
        if not name.startswith(QUIET):
            yield f"{name}={value}"
    if shell.get("nice"):
        yield f"nice {shell['nice']}"
    if shell.get("policy", "other") != "other":
        yield f"the scheduling policy {shell['policy']}"
    cpus, online = shell.get("cpus", []), shell.get("cpus_online") or 0
    if len(cpus) < online:
        yield f"{len(cpus)} of {online} cores"
    limits = shell.get("limits", {})
    if limits.get("stack", USUAL_STACK) != USUAL_STACK:
        yield f"a stack limit of {_limit(limits['stack'])}"
    for name in UNLIMITED:
        if limits.get(name) is not None:
            yield f"a limit of {_limit(limits[name])} (ulimit: {name})"


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What two runs were started in, by what their headers say of the host, where it differs. Nothing of one that does
    not say it: records of old."""
    before, after = then.get("shell"), now.get("shell")
    if before is None or after is None:
        return []
    old, new = dict(_flat(before)), dict(_flat(after))
    names = [name for name in [*old, *(new.keys() - old.keys())] if old.get(name) != new.get(name)]
    return [f"{name} was {old.get(name, 'not set')}, and is {new.get(name, 'not set')}" for name in sorted(names)]


class Cell(NamedTuple):
    """What a cell ran on in one run: its loop, and what debugged or traced it."""

    loop: str | None
    debugging: Sequence[str]


def of_cell(samples: Sequence[Sample]) -> Cell:
    """The same, of its samples."""
    return Cell(samples[-1].facts.get("loop") if samples else None, debugging(samples))


def of_cells(then: Cell, now: Cell) -> list[str]:
    """Where two differ."""
    said = []
    if then.loop and now.loop and then.loop != now.loop:
        said.append(f"the loop was {then.loop}, and is {now.loop}")
    for names, text in ((then.debugging, "was on, and is off"), (now.debugging, "was off, and is on")):
        said += [f"{name} {text}" for name in names if not (name in then.debugging and name in now.debugging)]
    return said


def _flat(shell: Shell) -> Iterator[tuple[str, str]]:
    """Names and values as people read them."""
    yield from shell.get("variables", {}).items()
    for name in ("nice", "policy"):
        if name in shell:
            yield name, str(shell[name])
    if "cpus" in shell:
        yield "the CPU mask", ",".join(map(str, shell["cpus"]))
    for name, limit in shell.get("limits", {}).items():
        yield f"the limit {name}", _limit(limit)


def _limit(limit: int | None) -> str:
    return "unlimited" if limit is None else f"{limit:,}"
