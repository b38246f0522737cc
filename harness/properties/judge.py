"""What the rounds of an experiment say of a strategy. Pure functions.

They hold on a machine that is busy with something else: time only adds to a round, so that the quickest one shows
whether tasks waited at once, and the round that had most of the processor whether it used several cores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from harness.document.properties import Answer, Finding
from harness.document.run import Group, Row
from harness.record.sample import Round

LOST = re.compile(r"([\d,]+) of ([\d,]+) updates were lost")
OVERLAPS, BLOCKS = 0.75, 0.25
"""Shares of the waiting that could be saved: from which on tasks wait at once, up to which one after another."""
SEVERAL, WHOLE = 1.2, 0.9
"""Shares of a core in a round: above which it used several, from which on it had one to itself."""


class Case(NamedTuple):
    """A strategy in a group of an experiment's run, with its timed rounds and the cores that it may use."""

    group: Group
    row: Row
    rounds: Sequence[Round]
    cores: int


def bad(row: Row) -> Finding:
    """Of a row without numbers."""
    return Finding(status=row.status, about=f"{row.status}: {row.reason}")


def waits_at_once(case: Case) -> Finding:
    """Whether tasks that wait let the others run: by the quickest round, against all waiting one after another."""
    if case.row.status != "ok":
        return bad(case.row)
    at_once = case.group.floor_seconds or 0.0
    one_by_one, took = at_once * case.group.tasks, min(round.wall_seconds for round in case.rounds)
    saved = (one_by_one - took) / (one_by_one - at_once)
    answer: Answer = "yes" if saved >= OVERLAPS else "no" if saved <= BLOCKS else "partly"
    about = f"{case.group.tasks} tasks that wait {at_once:g} s each took {took:.3g} s"
    return Finding(answer=answer, value=took, unit="s", about=about)


def loses_updates(case: Case) -> Finding:
    """Whether tasks without a lock lose updates, and what share. None lost in a round is no proof that none can be."""
    if case.row.status == "ok":
        return Finding(answer="no", value=0.0, unit="share", about=f"no update of {case.group.tasks} tasks was lost")
    found = LOST.search(case.row.reason or "") if case.row.status == "invalid" else None
    if found is None:
        return bad(case.row)
    lost, updates = (int(number.replace(",", "")) for number in found.groups())
    return Finding(answer="yes", value=lost / updates, unit="share", about=found[0])


def threads(case: Case) -> Finding:
    """The most OS threads that were seen."""
    if case.row.status != "ok":
        return bad(case.row)
    about = f"{case.row.threads_max} threads with {case.row.in_flight_max} of {case.group.tasks} tasks in flight"
    return Finding(value=case.row.threads_max, unit="count", about=about)


def several_cores(case: Case) -> Finding:
    """Whether a round ever used more than one core. That none did says no only of one thread, or of a machine that had
    a core to spare."""
    if case.row.status != "ok":
        return bad(case.row)
    shares = [round.cpu_seconds / round.wall_seconds for round in case.rounds]
    alone = case.row.threads_max == 1 and not any(round.cpu_children_seconds for round in case.rounds)
    answer: Answer = "unknown"
    about = f"{max(shares):.2f} cores at most, in {len(shares)} rounds"
    if max(shares) > SEVERAL:
        answer = "yes"
    elif alone or (median(shares) >= WHOLE and case.cores > 1):
        answer = "no"
    else:
        about += "; this process may use one core" if case.cores == 1 else "; other processes had the rest"
    return Finding(answer=answer, value=max(shares), unit="count", about=about)


def cost_of_a_task(case: Case) -> Finding:
    """Seconds of a round whose tasks do nothing, by its tasks."""
    if case.row.status != "ok":
        return bad(case.row)
    wall, tasks = case.row.wall_seconds, case.group.tasks
    about = f"{tasks:,} tasks that do nothing took {wall.median:.3g} s"
    return Finding(value=wall.median / tasks, low=wall.low / tasks, high=wall.high / tasks, unit="s", about=about)


def cost_of_a_switch(case: Case) -> Finding:
    """Seconds of a round by its switches: so many to a task that spawning it is next to nothing."""
    if case.row.status != "ok":
        return bad(case.row)
    if case.row.in_flight_max < 2:
        return Finding(about="there is no other task to switch to")
    wall, switches = case.row.wall_seconds, case.group.tasks * int(case.group.options["switches"])
    about = f"{switches:,} switches between {case.group.tasks} tasks took {wall.median:.3g} s"
    return Finding(
        value=wall.median / switches, low=wall.low / switches, high=wall.high / switches, unit="s", about=about
    )


def memory_of_a_task(case: Case) -> Finding:
    """Bytes that the process grew by in its first round, by the tasks in flight."""
    if case.row.status != "ok":
        return bad(case.row)
    flying = case.row.in_flight_max
    if flying < 2:
        return Finding(about="no two tasks are in flight at once")
    grown = case.row.memory_per_task_bytes * case.group.concurrency
    about = f"{grown:,} bytes with {flying:,} tasks in flight"
    return Finding(value=grown / flying, unit="bytes", about=about)


def most_tasks(case: Case) -> Finding:
    """How many tasks were in flight at once, of those that were tried."""
    if case.row.status != "ok":
        return bad(case.row)
    flying, tried, took = case.row.in_flight_max, case.group.tasks, case.row.wall_seconds.median
    about = f"{tried:,} tasks took {took:.3g} s, {flying:,} were in flight at once"
    return Finding(value=flying, of=tried, unit="count", about=about)
