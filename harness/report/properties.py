"""The tables of what strategies are like, with the experiment of each column. Pure functions of a document."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from harness.document.properties import Finding, Measured, Strategy
from harness.report.columns import UNITS, Column, Form, escape, filled, table
from harness.report.lines import escaped, labelled, line, rendered
from harness.report.words import between, count, seconds

USUAL = 80
UNANSWERED = "-"


class Part(NamedTuple):
    """A table: its question, and its columns, each a property and its heading."""

    question: str
    columns: dict[str, str]


PARTS = (
    Part(
        "Does a task that waits let the others run? (10 tasks, each waits 10 ms)",
        {"waits-own-sleep": "its own sleep", "waits-time-sleep": "time.sleep", "waits-socket": "socket.recv"},
    ),
    Part(
        "Which updates are lost without a lock? What do tasks run on?",
        {
            "loses-updates": "updates lost",
            "loses-updates-across-a-switch": "at a switch",
            "threads": "threads",
            "cores-python": "Python cores",
            "cores-c": "C cores",
        },
    ),
    Part(
        "What does it cost (of 3 blocks)? How many tasks were tried?",
        {"switch": "a switch", "task": "a task", "memory": "memory", "most-tasks": "at once"},
    ),
)
HEADINGS = {name: heading for part in PARTS for name, heading in part.columns.items()}
WORDS = {"unknown": "not seen"}


def shown(found: Measured, form: Form) -> str:
    """A table for each question, the experiment of each column, and what is to be said of cells and of the records."""
    found = escaped(found, escape(form))
    width = form if isinstance(form, int) else USUAL
    usable = [one for one in found.strategies if one.properties]
    asked = [(rendered([line(one.question)], width), _table(one, usable, form)) for one in PARTS if usable]
    tables = [f"{question}\n\n{answers}" for question, answers in asked]
    how = [_experiments(usable, form)] if usable else []
    remarks = [labelled("note", text) for text in _notes(found)] + [labelled("kept", text) for text in _kept(found)]
    return "\n\n".join([*tables, *how, rendered(remarks, width)])


def _table(part: Part, strategies: Sequence[Strategy], form: Form) -> str:
    cells = [Column[Strategy](heading, _text_of(name)) for name, heading in part.columns.items()]
    return table([Column[Strategy]("strategy", lambda one: one.name), *cells], strategies, form)


def _text_of(name: str) -> Callable[[Strategy], str]:
    return lambda strategy: text(strategy.properties[name].finding)


def text(finding: Finding) -> str:
    """What a cell says."""
    if finding.value is None:
        return UNANSWERED if finding.status == "ok" else finding.status
    if finding.unit == "share":
        return UNITS["share"](finding.value) if finding.value else "none"
    if finding.low is not None and finding.high is not None:
        return between(finding.low, finding.high)
    if finding.answer and finding.unit == "s":
        return f"{finding.answer}, {seconds(finding.value)}"
    if finding.answer:  # of cores
        return f"yes, {finding.value:.2f}" if finding.answer == "yes" else WORDS.get(finding.answer, finding.answer)
    number = UNITS[finding.unit or "count"](finding.value)
    return f"{number} of {count(finding.of)}" if finding.of and finding.value < finding.of else number


def _experiments(strategies: Sequence[Strategy], form: Form) -> str:
    """Each command once, with the columns that it fills, and the strategies where not all have the same."""
    columns: dict[str, dict[str, None]] = {}
    users: dict[str, dict[str, None]] = {}
    for name, heading in HEADINGS.items():
        for one in strategies:
            if command := one.properties[name].command:
                arguments = command.partition(f" -s {shlex.quote(one.name)} ")[2]
                columns.setdefault(arguments, {})[heading] = None
                users.setdefault(arguments, {})[one.name] = None
    some = {one: f" ({', '.join(names)})" for one, names in users.items() if len(names) < len(strategies)}
    rows = [(", ".join(headings), one + some.get(one, "")) for one, headings in columns.items()]
    return filled(("column", "measured by: python -m harness run -s STRATEGY"), rows, form)


def _notes(found: Measured) -> Iterator[str]:
    """Strategies that cannot be used, cells without an answer, what disturbed the machine, files that are not used."""
    for one in found.strategies:
        if one.status != "ok":
            yield f"{one.name}: {one.status}: {one.reason}"
        yield from (f"{one.name}: {text}" for text in _failed(one))
    yield from _unanswered(found.strategies)
    for text in found.disturbances:
        yield f"the machine, while costs were measured: {text}"
    for text in found.warnings:
        yield f"{text}: not used, remove it"


def _failed(strategy: Strategy) -> list[str]:
    """What more tasks came to than those that it has numbers of, each once."""
    return list(dict.fromkeys(text for cell in strategy.properties.values() for text in cell.failed))


def _unanswered(strategies: Sequence[Strategy]) -> Iterator[str]:
    """Why cells have no answer: strategies, and then columns, of which the same is to be said are put together."""
    whose: dict[tuple[str, str], list[str]] = {}
    for one in strategies:
        for name, cell in one.properties.items():
            if cell.finding.answer == "unknown" or cell.finding.value is None:
                whose.setdefault((name, cell.finding.about), []).append(one.name)
    where: dict[tuple[str, str], list[str]] = {}
    for (name, about), names in whose.items():
        where.setdefault((", ".join(names), about), []).append(HEADINGS[name])
    for (who, about), headings in where.items():
        yield f"{who}: {', '.join(headings)}: {about}"


def _kept(found: Measured) -> Iterator[str]:
    """When it was measured, and where that is."""
    days = sorted({cell.taken_at[:10] for one in found.strategies for cell in one.properties.values() if cell.taken_at})
    if days:
        yield f"measured {' to '.join(dict.fromkeys((days[0], days[-1])))} (UTC); --again measures again"
        yield f"each experiment is a run: harness list runs --results {shlex.quote(found.folder)}"
