"""The document of a run as tables for people. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.names import applied, named
from harness.document.run import Group, Ratio, Run
from harness.report.columns import escape, filled, line, table
from harness.report.lines import escaped
from harness.report.rows import COUNTED, PAIRS, Placed, columns
from harness.report.sentences import client_of_all, has_rate, round_trips
from harness.report.words import seconds, times


def tables(run: Run, tablefmt: str = "simple", verbose: bool = False) -> str:
    """Every group's table, and a line on the run."""
    run = escaped(run, escape(tablefmt))
    parts = [_group(group, tablefmt, verbose) for group in run.groups]
    return "\n\n".join([*parts, _closing(run, verbose)])


def _group(group: Group, tablefmt: str, verbose: bool) -> str:
    shown = columns(group)
    lines = [
        line(shown, Placed(row, group)) if row.status == "ok" else [row.name, row.status, *["-"] * (len(shown) - 2)]
        for row in group.rows
    ]
    text = filled([column.heading for column in shown], lines, tablefmt, right=True)
    more = [*counts(group, tablefmt), *pairs(group, tablefmt)]
    return "\n".join([_heading(group), "", text, *more, *_best(group), *_remarks(group, verbose)])


def pairs(group: Group, tablefmt: str) -> Iterator[str]:
    """The verdicts between any two rows, where they were asked for."""
    if group.pairs:
        yield "\nany two, by time; below 1: the first is faster\n"
        yield table(PAIRS, group.pairs, tablefmt, right=True)


def _best(group: Group) -> Iterator[str]:
    """Which rows are the best, in a sentence."""
    if sum(row.status == "ok" for row in group.rows) < 2:
        return
    names = ", ".join(group.best)
    if group.best_is == "fastest":
        yield f"fastest: {names}"
    elif group.best_is == "level":
        yield f"level within {100 * group.margin:g} %: {names}"
    elif group.best_is == "open":
        yield f"not told apart yet: {names}"


def counts(group: Group, tablefmt: str) -> Iterator[str]:
    """The table of instructions, where they were counted."""
    counted = [Placed(row, group) for row in group.rows if row.instructions_per_task]
    if counted:
        by = f" by {group.counted_with}" if group.counted_with else ""
        by += ", with the system's allocator," if group.counted_allocator == "system" else ""
        yield f"\ninstructions of a task, counted{by} in user space alone: no waiting, and nothing of the kernel\n"
        yield table(COUNTED, counted, tablefmt, right=True)


def _heading(group: Group) -> str:
    if group.serves:
        how = "open loop" if has_rate(group) else "closed loop"
        if group.slo_seconds:
            how = f"the highest rate with p99 under {seconds(group.slo_seconds)}, x reference is 1 / capacity"
        return (
            f"{named(group.workload, group.options, group.shown)}: {group.concurrency:,} connections held, {how}, "
            f"reference {group.reference}"
        )
    floor = f", floor {seconds(group.floor_seconds)}" if group.floor_seconds else ""
    sizes = f"{group.tasks:,} task{'s' if group.tasks > 1 else ''}, at most {group.concurrency:,} in flight"
    name = " ".join([group.workload, *applied(group.options, group.shown)])
    return f"{name}: {sizes}{floor}, reference {group.reference}"


def _remarks(group: Group, verbose: bool) -> Iterator[str]:
    if client := client_of_all(group):
        yield f"client of every row: {client}"
    if path := round_trips(group):
        yield path
    for row in group.rows:
        name = row.name
        if row.status != "ok":
            yield f"{name}: {row.status}: {row.reason}"
            if verbose and row.traceback:
                yield from (f"    {line}" for line in row.traceback.splitlines())
            continue
        if row.client and not client:
            yield f"{name}: client {row.client}"
        for text in row.notes:
            yield f"{name}: {text}"
        if row.explain:
            yield f"{name}: what holds it up: {row.explain}"
        if verbose or row.variant:
            yield f"{name}: {', '.join(f'{library} {found}' for library, found in row.runs_on.items())}"
        if verbose and row.loop:
            yield f"{name}: loop {row.loop}"
    yield from _shared(group)
    if null := group.null_arm:
        interval = f"{times(null.estimate)} ({times(null.low)} - {times(null.high)})"
        if null.too_noisy:
            yield f"no verdict stands: {null.strategy} against itself came out {null.verdict}, {interval}"
        elif verbose:
            yield f"null arm: {null.strategy} against itself {interval}"


def _shared(group: Group) -> Iterator[str]:
    """Warnings, and why there is no verdict: each once, with all the rows that it is true of."""
    names: dict[str, list[str]] = {}
    for row in group.rows:
        why = _undecided(row.ratio) if row.ratio else None
        for text in [*row.warnings, *([why] if why else [])]:
            names.setdefault(text, []).append(row.name)
    for text, rows in names.items():
        yield f"{', '.join(rows)}: {text}"


def _undecided(ratio: Ratio) -> str | None:
    """Why a row has no verdict, and what would give it one."""
    if ratio.verdict != "undecided":
        return None
    if ratio.reason:
        return f"undecided, {ratio.reason}"
    more = f"about {ratio.blocks_to_settle} blocks" if ratio.blocks_to_settle else "more blocks than 1,000"
    return f"undecided, this run could see {ratio.smallest_detectable:.1%}; {more} would settle it"


def _loops(run: Run) -> str:
    """What latencies count from."""
    loops = {group.serves and (has_rate(group) or bool(group.slo_seconds)) for group in run.groups}
    words = {False: "latencies are closed-loop", True: "open-loop latencies count from when a request was due"}
    return "; ".join(words[loop] for loop in sorted(loops))


def _closing(run: Run, verbose: bool) -> str:
    blocks = "some blocks" if run.blocks is None else f"{run.blocks} block{'' if run.blocks == 1 else 's'}"
    lines = [f"run {run.run}, {run.status}, {blocks}: time is the median over blocks; {_loops(run)}; below 1 is faster"]
    lines += [f"left out: {text}" for text in run.left_out]
    lines += [f"cut short: {run.cut_short}"] if run.cut_short else []
    lines += [f"host: {text}" for text in run.disturbances]
    lines += [f"hosts: {text}" for text in run.about_hosts]
    lines += [f"shell: {text}" for text in run.shell]
    if run.left_behind:
        lines.append(f"{run.left_behind} processes were left behind by what ran; they were killed")
    if run.damaged_lines:
        lines.append(f"{run.damaged_lines} damaged lines of the record were passed over")
    if verbose and run.seconds:
        spent = run.seconds
        parts = [f"{name} {value:.1f} s ({value / spent['all']:.0%})" for name, value in spent.items() if name != "all"]
        lines.append(f"{spent['all']:.1f} s in all{': ' if parts else ''}{', '.join(parts)}")
    return "\n".join(lines)
