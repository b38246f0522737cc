"""The order of switches as a text: what each task did in its turn, until another did something. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.report.words import seconds
from harness.tracing.document import Event, Trace
from harness.tracing.make import waits_of


class Turn(NamedTuple):
    """What a task did until another one's turn; None: it was no task."""

    at: float
    task: int | None
    words: list[str]


def turns(trace: Trace) -> list[Turn]:
    """All turns, by time."""
    took = {
        id(one.event): one.until - one.event.at_seconds
        for one in waits_of(trace.events, {}, trace.seconds)
        if one.is_over
    }
    found: list[Turn] = []
    alone = _held(trace.events)
    for place, one in enumerate(trace.events):
        if place in alone:
            continue
        if not found or found[-1].task != one.task:
            found.append(Turn(one.at_seconds, one.task, []))
        found[-1].words.append(words(one, took.get(id(one)), place + 1 in alone))
    return found


def _held(events: Sequence[Event]) -> set[int]:
    """Places of the ends of waits during which nothing else happened: they belong to what they end."""
    return {
        place + 1
        for place in range(len(events) - 1)
        if events[place].what == "waiting" and events[place + 1].what == "running"
        and events[place].task == events[place + 1].task
    }  # fmt: skip


def words(one: Event, took: float | None, is_over: bool) -> str:
    """What an event is called; of a wait, how long it was where nothing happened meanwhile."""
    if one.what == "waiting":
        where = f" ({one.place})" if one.place and one.place != one.on else ""
        long = f" {seconds(took)}" if took is not None and is_over else ""
        return f"{'held by' if one.holds else 'waits for'} {one.on or 'the others'}{long}{where}"
    if one.what == "finished":
        return f"ends by {one.on}" if one.on else "ends"
    return one.on or "" if one.what == "note" else {"started": "starts", "running": "runs on"}[one.what]


def excerpt(found: Sequence[Turn], most: int) -> Iterator[Turn | int]:
    """The first and the last of them, at most so many; a number is how many are left out between."""
    if len(found) <= most:
        yield from found
        return
    last = most // 3
    yield from found[: most - last]
    yield len(found) - most
    yield from found[-last:]
