"""The screen of a strategy that was measured alone: what a round takes, and where that goes. Pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from harness.document.again import typed_flags
from harness.document.names import applied, written
from harness.document.run import Group, Row, Run
from harness.report.lines import Line, labelled, line
from harness.report.ranking import filled
from harness.report.sentences import limit_text, sizes, title
from harness.report.words import between, count, seconds, size

BAR = 24
OTHERS = {"gevent": "gevent,asyncio,threads", "asyncio": "asyncio,gevent,threads", "threads": "threads,gevent,asyncio"}


def lines(run: Run, group: Group, plain: bool) -> Iterator[Line]:
    """What a round takes, of which waiting and of which beyond, and what a task costs."""
    row = group.rows[0]
    name = " ".join([title(group), *applied(group.options, group.shown)])
    yield line(f"{name} under {row.name}: {sizes(group)}; {row.samples} block{'' if row.samples == 1 else 's'}", "bold")
    yield line()
    yield line(said(row, group), "bold")
    yield line()
    wall = row.wall_seconds
    yield _line("time", seconds(wall.median), "", between(wall.low, wall.high))
    if floor := group.floor_seconds:
        beyond = max(0.0, wall.median - floor)
        scale = max(floor, beyond)
        yield _line("  waiting", seconds(floor), filled(floor / scale, BAR, plain), "")
        low, high = (max(0.0, one) * group.tasks for one in (row.overhead.low, row.overhead.high))
        yield _line("  beyond", seconds(beyond), filled(beyond / scale, BAR, plain), between(low, high))
        yield _line("  a task", seconds(beyond / group.tasks), "", "beyond its waiting")
    yield _line("tasks/s", count(row.tasks_per_second), "", "")
    latency = row.latency_seconds
    yield line(f"  {'latency':<12}p50 {seconds(latency.p50)}   p90 {seconds(latency.p90)}   p99 {seconds(latency.p99)}")
    per_task = f", {size(row.memory_per_task_bytes)} more for each task in flight" if group.tasks > 1 else ""
    yield line(f"  {'memory':<12}{size(row.peak_memory_bytes)}{per_task}")
    threads = f", by {row.threads_max:,} OS threads (its library's own among them)" if row.threads_max > 1 else ""
    yield line(f"  {'in flight':<12}{row.in_flight_max:,} of {group.concurrency:,}{threads}")
    yield line(f"  {'limit':<12}{limit_text(row)}")
    yield line()
    yield labelled("compare", again(run, group))


def said(row: Row, group: Group) -> str:
    """What a round takes, and how much of a core."""
    return f"{_round(row, group)} {_core(row)}"


def _line(label: str, value: str, bar: str, rest: str) -> Line:
    return line(f"  {label:<12}{value:>9}  {bar}{'  ' if bar and rest else ''}{rest}".rstrip())


def _round(row: Row, group: Group) -> str:
    took = f"A round takes {seconds(row.wall_seconds.median)}"
    if group.floor_seconds is None:
        return f"{took}."
    beyond = max(0.0, row.wall_seconds.median - group.floor_seconds)
    return f"{took}: {seconds(group.floor_seconds)} of waiting, and {seconds(beyond)} beyond."


def _core(row: Row) -> str:
    """How busy a core is, and at how many tasks a second it would be full."""
    share = row.cpu_share
    said = f"Of a core, {100 * share:.0f} % is busy"
    if 0.02 <= share < 0.9:
        said += f"; it would be full at some {_two_digits(row.tasks_per_second / share):,.0f} tasks/s"
    return f"{said}."


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def again(run: Run, group: Group) -> str:
    """What to type to compare it with others."""
    row = group.rows[0]
    others = OTHERS.get(row.strategy, f"{row.strategy},gevent,asyncio,threads")
    if group.workload.startswith("pytest:"):  # what a test closed over: nothing else can call it
        test = group.workload.removeprefix("pytest:").partition("[")[0]
        return f"pytest {test} --harness-strategy {others}"
    parts = ["harness", "run", *typed_flags(run.reached), "-W", group.workload]
    parts += [word for text in written(group.options, group.shown) if group.options for word in ("-P", text)]
    return shlex.join([*parts, "--tasks", str(group.tasks), "-s", others])
