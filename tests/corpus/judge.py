"""What a tool said of a program, held against what is planted in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.corpus.case import Case, Fault
from tests.corpus.cost import Cost


@dataclass(frozen=True)
class Said:
    """One finding: its kind (`None` where a tool has no kinds), the line of the program that it names, and what it
    costs, in seconds, and the linters' rule, where it says so."""

    kind: str | None
    what: str
    line: int | None
    seconds: float | None = None
    computing_seconds: float | None = None
    rule: str | None = None

    def __str__(self) -> str:
        return f"{self.kind or 'blocked'}: {self.what} at line {self.line}"


@dataclass(frozen=True)
class Verdict:
    """Of one program under one runtime: of its faults, how many there are, were found, at the right line, and of the
    right kind there; findings that are none; and by how much each cost was off, as a share of the true one."""

    faults: int
    found: int
    right: int
    kind: int
    false: tuple[str, ...]
    errors: tuple[float, ...]


def _at(case: Case, fault: Fault, said: Iterable[Said]) -> list[Said]:
    own = [one for one in said if one.line == fault.line]
    return own or [one for one in said if one.line in case.as_right and one.kind in {None, *fault.kinds}]


def _imports(case: Case, line: int | None) -> bool:
    """Whether a line brings a module in that holds what is not patched: that is told beside the call that blocks."""
    text = case.text.splitlines()[line - 1] if line else ""
    return text.startswith(("import ", "from "))


def _fits(fault: Fault, said: Said) -> bool:
    named = fault.rule is None or (said.rule or "").startswith(fault.rule)
    return said.kind is None or (said.kind in fault.kinds and named)


def _off(claimed: float, truths: list[float]) -> float:
    """By how much a cost is off the nearest of what it was measured to be."""
    nearest = min(max(claimed, min(truths)), max(truths))
    return abs(claimed - nearest) / max(nearest, 0.001)


def _error(fault: Fault, at: list[Said], true: list[Cost]) -> float | None:
    """Where a tool tells computing from waiting, the one that was planted is compared; all time in line is left out."""
    if fault.how is None or not true or any(one.seconds is None for one in at):
        return None
    if any(one.kind for one in at):  # findings are sums already; events are not
        at = [max(at, key=lambda one: one.seconds or 0)]
    seconds = sum(one.seconds or 0 for one in at)
    if fault.how == "either" or any(one.computing_seconds is None for one in at):
        return _off(seconds, [cost.own for cost in true])
    computing = sum(one.computing_seconds or 0 for one in at)
    if fault.how == "computing":
        return _off(computing, [cost.cpu for cost in true])
    return _off(seconds - computing, [cost.waiting for cost in true])


def judged(case: Case, said: list[Said], true: Mapping[int, list[Cost]]) -> Verdict:
    """`true` is what each line costs, as often as that was measured."""
    at = {fault: _at(case, fault, said) for fault in case.faults}
    missed = [fault for fault in case.faults if not at[fault]]
    elsewhere = {fault: [one for one in said if one.kind is not None and _fits(fault, one)] for fault in missed}
    meant = [one for found in (*at.values(), *elsewhere.values()) for one in found]
    right_lines = case.as_right | {fault.line for fault in case.faults}
    rest = [one for one in said if one not in meant and one.line not in right_lines]
    false = [one for one in rest if not (case.faults and one.kind == "not-patched" and _imports(case, one.line))]
    errors = [_error(fault, at[fault], true.get(fault.line, [])) for fault in at if at[fault]]
    return Verdict(
        len(case.faults),
        sum(bool(at[fault] or elsewhere.get(fault)) for fault in case.faults),
        sum(bool(at[fault]) for fault in case.faults),
        sum(any(_fits(fault, one) for one in at[fault]) for fault in case.faults),
        tuple(map(str, false)),
        tuple(error for error in errors if error is not None),
    )
