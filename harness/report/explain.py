"""Why a strategy does not do its work, as people read it: what was found first, then what it rests on. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.explain.finding import Explanation, Finding, Library
from harness.report.lines import Line, escaped, labelled, line, rendered
from harness.report.words import seconds

MOST = 10
"""Findings that are drawn; the others are counted."""
LABELS = {
    "blocked-loop": "blocks", "not-patched": "blocks", "limit": "a limit", "cpu-bound": "computes",
    "peer-bound": "the peer", "sequential-awaits": "in turn", "swallowed-exception": "swallowed",
    "deadlock": "deadlock",
}  # fmt: skip


def screen(said: Explanation, width: int = 80, colour: bool = False) -> str:
    """A sentence, each finding with its line, cost and change, and what the rest of the time went to."""
    return rendered(_lines(escaped(said)), width, colour)


def _lines(said: Explanation) -> Iterator[Line]:
    yield line(f"{said.workload} under {said.strategy}, {tasks(said)}: {headline(said)}", "bold")
    for number, one in enumerate(said.findings[:MOST], 1):
        yield line()
        yield from _finding(number, one)
    if (more := len(said.findings) - MOST) > 0:
        yield line()
        yield line(f"and {more} more, each costing less: --json - has them")
    yield line()
    if said.reason:
        yield labelled("ended", f"{said.reason}: this is what was seen until then")
    if blocking := [one for one in said.libraries if one.verdict != "cooperative"]:
        yield labelled("libraries", "; ".join(map(_library, blocking)))
    if loop := said.loop:
        late = loop.late_longest_seconds
        ready = f"; a task that was ready waited {seconds(late)} at most" if late is not None else ""
        p99 = f", {seconds(loop.late_p99_seconds)} at p99" if loop.late_p99_seconds is not None else ""
        yield labelled("one thread", f"busy for {loop.busy_share:.0%} of {seconds(said.wall_seconds)}{ready}{p99}")
    yield labelled("seen", f"{said.accounted_share:.1%} of the round's time is accounted for")
    for text in said.remarks:
        yield labelled("note", text)


def tasks(said: Explanation) -> str:
    """How many tasks, and how many of them at once."""
    at_once = f", {said.concurrency:,} at once" if said.concurrency < said.tasks else ""
    return f"{said.tasks:,} {'task' if said.tasks == 1 else 'tasks'}{at_once}"


def headline(said: Explanation) -> str:
    """What was found, in one sentence."""
    if not said.findings:
        until = " until it ended" if said.reason else ""
        return f"nothing found that keeps it from its work{until}"
    most = said.findings[0]
    others = len(said.findings) - 1
    more = f" (and {others} more)" if others else ""
    return f"{most.text}{more}"


def _finding(number: int, one: Finding) -> Iterator[Line]:
    where = f"{one.file}:{one.line}" if one.file and one.line else one.file or "no line of yours"
    within = f" in {one.function}" if one.function else ""
    cost = f"  {seconds(one.seconds)}, {one.share:.0%} of the round" if one.seconds else ""
    yield line(f"{number}. {where}{within}{cost}", "bold")
    if one.source:
        yield line(f"       {one.source}", "cyan")
    yield labelled(LABELS[one.kind], one.text)
    if one.inside:
        yield labelled("in", f"{one.inside.file}:{one.inside.line} ({one.inside.function})")
    if one.waiting_seconds and one.computing_seconds >= 0.1 * one.waiting_seconds:
        yield labelled("of that", f"waiting {seconds(one.waiting_seconds)}, computing {seconds(one.computing_seconds)}")
    yield labelled("change", one.advice)
    if one.rule:
        yield labelled("lint", f"{one.rule} would have said so")
    if one.command:
        yield labelled("see it", one.command)


def _library(one: Library) -> str:
    if one.verdict == "blocks":
        return f"{one.name} blocks ({seconds(one.blocked_seconds)})"
    return f"{one.name} blocks in part ({seconds(one.blocked_seconds)}, and gave way {one.yields:,} times)"
