"""A run as a screen: for each group a ranking and what it says; what all say together comes last, next to the prompt.
Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.names import applied
from harness.document.run import Group, Run
from harness.report import alone, ranking, table
from harness.report.lines import Line, escaped, labelled, line, rendered, spread
from harness.report.ranking import fitted
from harness.report.sentences import (
    ahead,
    client_of_all,
    good,
    has_interval,
    has_rate,
    headline,
    leader,
    limits,
    listed,
    noise,
    of_group,
    one_by_one,
    remarks,
    round_trips,
    sizes,
    theirs,
    title,
    within,
)
from harness.report.words import factor, seconds

Lines = Iterator[Line]


def screen(run: Run, width: int = 80, plain: bool = True, colour: bool = False) -> str:
    """The text of a run for a terminal of so many columns: with plain bars where it goes elsewhere."""
    run = escaped(run)
    lines: list[Line] = []
    for group in run.groups:
        lines += [*_group(run, group, width, plain), line()]
    if len(run.groups) > 1 and headline(run):
        lines += [*_together(run), line()]
    return rendered([*lines, *_closing(run)], width, colour)


def _group(run: Run, group: Group, width: int, plain: bool) -> Lines:
    rows = good(group)
    if len(group.rows) == 1 and rows and not group.serves:
        yield from alone.lines(run, group, plain)
        yield from _remarks(group)
        return
    yield from _heading(run, group, width)
    yield line()
    yield from map(Line, ranking.lines(group, width, plain))
    yield line()
    yield line(of_group(group), "bold")
    if text := one_by_one(group):
        yield line(text)
    yield from _sure(run, group)
    for text, names, much in limits(group):
        yield labelled("limit", f"{text}{f', {much}' if much else ''}: {listed(names)}")
    if group.serves:
        yield labelled("latency", _loop(group))
    if text := round_trips(group):
        yield labelled("path", text)
    yield from _remarks(group)


def _heading(run: Run, group: Group, width: int) -> Lines:
    found = [row.versus_best.blocks or 0 for row in good(group) if row.versus_best]
    blocks = max(found, default=0) or run.blocks or 0
    right = f"{blocks} block{'' if blocks == 1 else 's'}"
    yield spread(f"{title(group)}: {sizes(group)}", right, width)
    if said := applied(group.options, group.shown):
        yield line(" ".join(said), "dim")


def _loop(group: Group) -> str:
    if group.slo_seconds:
        return f"the highest rate with p99 under {seconds(group.slo_seconds)}; counted from when a request was due"
    if has_rate(group):
        return "open loop: counted from when a request was due"
    return "closed loop, in which a stall hardly shows: -P rate=N shows it"


def _sure(run: Run, group: Group) -> Lines:
    """How sure the ranking is, and what would make it surer."""
    rows = [row for row in good(group) if row.versus_best and row is not leader(group)]
    if group.null_arm and group.null_arm.too_noisy:
        yield labelled("next", "run it again on a quieter machine; `harness doctor` says how noisy it is")
    if not rows or not group.best:
        return
    few = [row.name for row in rows if row.versus_best and not has_interval(row.versus_best)]
    if few:
        yield labelled("how sure", f"too few blocks for an interval of {listed(few)}: run it again with --blocks 10")
    elif group.best_is == "open":
        more = "run it again with --precision 0.02, which adds blocks"
        yield labelled("how sure", f"the best are too near each other for these blocks: {more}")
    else:
        yield labelled("how sure", "each word holds with 95 % for all rows together; x has its interval beside it")


def _remarks(group: Group) -> Lines:
    if client := client_of_all(group):
        yield labelled("client", client)
    for heading, text in theirs(group):
        yield labelled(heading, text)
    for text in remarks(group):
        yield labelled("note", text)
    for text in (*table.counts(group, "simple"), *table.pairs(group, "simple")):
        yield from map(line, text.splitlines())


def _together(run: Run) -> Lines:
    """A line for each group, and the sentence on all of them."""
    yield line(f"  {'workload':<14}{'the best':<34}{'time':>9}  {'one by one':>10}  limit", "dim")
    for group in run.groups:
        row = leader(group)
        one = next((row for row in good(group) if row.strategy == "sequential" and row.versus_best), None)
        took = seconds(row.wall_seconds.median) if row and not group.serves else ""
        against = f"{factor(one.versus_best.estimate)}x" if one and one.versus_best else ""
        names = within(ahead(group), 33) if group.best else "no verdict"
        limit = row.limit if row and row.limit != "unknown" else ""
        yield line(f"  {fitted(title(group), 13)} {fitted(names, 33)} {took:>9}  {against:>10}  {limit}")
    yield line()
    for sentence in headline(run):
        yield line(sentence, "bold")


def _closing(run: Run) -> Lines:
    if run.status != "complete":
        yield line(f"the run is {run.status}", "magenta")
    for text in run.left_out:
        yield line(f"left out: {text}")
    if run.cut_short:
        yield line(f"cut short: {run.cut_short}; harness run --resume {run.run}", "magenta")
    if any(row.versus_best and row.versus_best.level for group in run.groups for row in group.rows):
        yield line("x: time against the fastest, block by block (not of the medians shown), 95 %", "dim")
    yield line(noise(run), "dim")
    yield from (line(f"host: {text}") for text in run.disturbances if "fixed loop" not in text)
    yield from (line(f"hosts: {text}") for text in run.about_hosts)
    yield from (line(f"shell: {text}") for text in run.shell)
    if run.left_behind:
        yield line(f"{run.left_behind} processes were left behind by what ran; they were killed")
    if run.damaged_lines:
        yield line(f"{run.damaged_lines} damaged lines of the record were passed over")
    yield line(f"run {run.run}   more: harness show -v, harness report", "dim")
