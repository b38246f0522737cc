"""The first screen: which run, the answer, how noisy the machine was, the rankings, and what their signs mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.document.run import NullArm, Run
from harness.page import tables, words
from harness.page.charts.ranking import Ranking
from harness.page.charts.time import loop
from harness.page.drawn.time import spark
from harness.page.markup import Element, Node, tag
from harness.page.source import described, title
from harness.report.sentences import noise as noise_of
from harness.report.sentences import of_group


def facts(run: Run) -> str:
    """Which run it is."""
    host = run.host
    day = run.taken_at[:16].replace("T", " ")
    python = (
        f"{'CPython' if host.get('implementation') == 'cpython' else host.get('implementation')} {host.get('python')}"
    )
    blocks = [f"{run.blocks} block{'' if run.blocks == 1 else 's'}"] if run.blocks else []
    cores = [f"{host['cores']} cores"] if host.get("cores") else []
    named = [run.name] if run.name else []
    known = [python] if host.get("python") else []
    state = [] if run.status == "complete" else [run.status]
    return " · ".join([*named, f"{day} UTC", *blocks, *known, *cores, *state])


def noise(run: Run) -> Element | None:
    """How far the numbers can be trusted: the fixed loop beside the blocks, and a strategy against itself."""
    said = [tag("b", words.tied(one)) if place == 0 else words.tied(one) for place, one in enumerate(_noise(run))]
    if not said:
        return None
    slower = loop(run.marks)
    bars = tag("div", spark(slower), class_="spark") if len(slower) > 1 else None
    return tag("div", bars, tag("p", *(part for one in said for part in (one, " "))), class_="noise")


def _noise(run: Run) -> Iterator[str]:
    if run.marks:
        yield f"{sentence(noise_of(run))}."
    controls = [(group.null_arm, group.workload) for group in run.groups if group.null_arm]
    if controls:
        widest, workload = max(controls, key=lambda one: one[0].high / one[0].low)
        where = f" on {workload}" if len(run.groups) > 1 else ""
        yield f"{_control(widest)}{where}."
    if any(len(group.rows) > 1 for group in run.groups):
        yield "Strategies are compared within a block, milliseconds apart, and the intervals allow for the rest."
    yield from (f"{sentence(one)}." for one in run.disturbances)


def sentence(said: str) -> str:
    """With a capital letter."""
    return f"{said[:1].upper()}{said[1:]}"


def _control(null: NullArm) -> str:
    said = f"{words.times(null.estimate)} ({words.times(null.low)} to {words.times(null.high)})"
    if null.too_noisy:
        return f"No verdict stands: {words.short(null.strategy)} measured against itself came out at {said}"
    return f"{words.short(null.strategy)} measured against itself came out at {said}"


def emphasised(sentence: str) -> list[Node]:
    """A sentence whose first half is the answer."""
    answer, rest = words.halves(sentence)
    return [tag("b", f"{answer[:-1]};"), f" {rest}"] if rest else [tag("b", answer)]


def smalls(run: Run, rankings: Sequence[Ranking], before: str = "g") -> Element:
    """A ranking for each group, side by side."""
    found = []
    for number, (group, ranking) in enumerate(zip(run.groups, rankings, strict=True)):
        heading = tag("h2", tag("a", title(group, run.groups), href=f"#{before}{number}"))
        about = tag("p", described(group), class_="sub", title=described(group))
        said = tag("p", *emphasised(of_group(group)), class_="said")
        found.append(tag("section", heading, about, tables.small(ranking), said, class_="small"))
    return tag("div", *found, class_="smalls")
