"""Each property: the experiment that it is read from, and who judges that. Pure functions of what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from harness.document.properties import Cell, Finding, Strategy
from harness.properties import judge
from harness.properties.asking import Asking
from harness.properties.experiments import (
    ACROSS,
    COUNTER,
    HASHING,
    OWN_SLEEP,
    PYTHON,
    SOCKET,
    STDLIB_SLEEP,
    SWITCH,
    TASK,
    Experiment,
)
from harness.properties.judge import Case
from harness.properties.kept import Found
from harness.record.plan import PlannedStrategy


class Property(NamedTuple):
    """What is asked of each strategy: by which experiment (None: a crowd of tasks), and who judges its case."""

    name: str
    experiment: Experiment | None
    judge: Callable[[Case], Finding]


PROPERTIES = (
    Property("waits-own-sleep", OWN_SLEEP, judge.waits_at_once),
    Property("waits-time-sleep", STDLIB_SLEEP, judge.waits_at_once),
    Property("waits-socket", SOCKET, judge.waits_at_once),
    Property("loses-updates", COUNTER, judge.loses_updates),
    Property("loses-updates-across-a-switch", ACROSS, judge.loses_updates),
    Property("threads", OWN_SLEEP, judge.threads),
    Property("cores-python", PYTHON, judge.several_cores),
    Property("cores-c", HASHING, judge.several_cores),
    Property("switch", SWITCH, judge.cost_of_a_switch),
    Property("task", TASK, judge.cost_of_a_task),
    Property("memory", None, judge.memory_of_a_task),
    Property("most-tasks", None, judge.most_tasks),
)
NOT_YET = Finding(about="not measured: the run was interrupted")


def listed(strategy: PlannedStrategy, asking: Asking, found: Found) -> Strategy:
    """A strategy with what is known of it, or why it cannot be used here."""
    if strategy.status != "ok":
        return Strategy(name=strategy.name, target=strategy.target, status=strategy.status, reason=strategy.reason)
    cells = {one.name: _cell(one, strategy, asking, found) for one in PROPERTIES}
    return Strategy(name=strategy.name, target=strategy.target, properties=cells)


def disturbances(found: Found) -> list[str]:
    """What disturbed the machine while costs were measured, each once."""
    costs = [taken for (name, _), taken in found.items() if name in (SWITCH.name, TASK.name)]
    return list(dict.fromkeys(text for taken in costs for text in taken.disturbances))


def _cell(wanted: Property, strategy: PlannedStrategy, asking: Asking, found: Found) -> Cell:
    tried = [wanted.experiment] if wanted.experiment else asking.crowd(strategy, found)
    command = tried[-1].command(strategy.name) if tried else None
    taken = found.get((tried[-1].name, strategy.name)) if tried else None
    if taken is None:
        return Cell(finding=NOT_YET, command=command)
    before = [found[one.name, strategy.name].case for one in tried[:-1]]
    return Cell(
        finding=wanted.judge(taken.case),
        command=command,
        failed=[f"{one.group.tasks:,} tasks {judge.bad(one.row).about}" for one in before],
        run=taken.run,
        taken_at=taken.taken_at,
    )
