"""What a page is made of: runs with their records, and how much of it is shown."""

from __future__ import annotations

from typing import NamedTuple

from harness.document.names import written
from harness.document.run import Group, Run
from harness.document.sweep import Sweep
from harness.report.sentences import title as called


class Source(NamedTuple):
    """A run, its record as it lies on the disk (None: there is only the document), and how commands name it."""

    run: Run
    record: bytes | None = None
    named: str = ""
    sweep: Sweep | None = None
    """What it says, where it is of a sweep."""

    @property
    def name(self) -> str:
        """What a command calls it."""
        return self.named or self.run.run


class Detail(NamedTuple):
    """What a page has room for: texts on hover, tables behind blocks and time, records."""

    tips: bool = True
    tables: bool = True
    records: bool = True

    @property
    def left_out(self) -> str:
        """What was left out, in a sentence; empty where nothing was."""
        kinds = ("the values on hover", "the tables behind blocks and time", "the record")
        out = [kind for kind, there in zip(kinds, self, strict=True) if not there]
        listed = " and ".join([", ".join(out[:-1]), out[-1]] if len(out) > 1 else out)
        return f"To keep this page small, {listed} {'were' if len(out) > 1 else 'was'} left out." if out else ""


DETAILS = (Detail(), Detail(tips=False), Detail(tips=False, tables=False), Detail(False, False, False))


def title(group: Group, among: list[Group]) -> str:
    """The workload; where several groups are of it, with what tells this one from them."""
    alike = [one for one in among if one.workload == group.workload]
    if len(alike) < 2:
        return called(group)
    shared = set.intersection(*(set(_about(one)) for one in alike))
    own = [part for part in _about(group) if part not in shared]
    return " ".join([called(group), *own])


def _about(group: Group) -> list[str]:
    sizes = [f"tasks={group.tasks}", f"concurrency={group.concurrency}"]
    return [*written(group.options, group.shown), *sizes]


def described(group: Group) -> str:
    """What its tasks are, in a line."""
    if group.serves:
        sizes = f"{group.concurrency:,} connections held"
    elif group.concurrency >= group.tasks:
        sizes = f"{group.tasks:,} task{'s at once' if group.tasks > 1 else ''}"
    else:
        sizes = f"{group.tasks:,} tasks, {group.concurrency:,} at once"
    given = {name: value for name, value in group.options.items() if value}
    return " · ".join([sizes, *([" ".join(options)] if (options := written(given, group.shown)) else [])])
