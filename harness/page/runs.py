"""The page of a run, and of several runs side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.document.run import Group, Run
from harness.page import axes, charts, figures, first, signs, swept, tables
from harness.page.about import about
from harness.page.charts import Charts, rows
from harness.page.charts.ranking import Ranking
from harness.page.charts.rows import Places
from harness.page.first import emphasised
from harness.page.frame import Page, fitted, written
from harness.page.markup import Element, Node, tag
from harness.page.source import Detail, Source, described, title
from harness.page.words import halves, short, tied
from harness.report.alone import said as said_alone
from harness.report.sentences import good, headline, limits, listed, of_group, one_by_one, remarks
from harness.report.sentences import title as title_of

Found = Sequence[Charts]


def page(sources: Sequence[Source]) -> str:
    """The HTML of one run or more."""
    found = made(sources)
    return fitted(lambda detail: of_detail(sources, found, detail))


def whole(sources: Sequence[Source], detail: Detail) -> str:
    """The same with just so much of it."""
    return written(of_detail(sources, made(sources), detail))


def made(sources: Sequence[Source]) -> list[list[Charts]]:
    """The charts of each run's groups."""
    places = rows.places(source.run for source in sources)
    return [[charts.of_group(group, source.run, places) for group in source.run.groups] for source in sources]


def of_detail(sources: Sequence[Source], found: Sequence[Found], detail: Detail) -> Page:
    """What is on it."""
    places = rows.places(source.run for source in sources)
    return one(sources[0], found[0], places, detail) if len(sources) == 1 else several(sources, found, places, detail)


def one(source: Source, found: Found, places: Places, detail: Detail) -> Page:
    """The page of a run."""
    run = source.run
    said = swept.answer(source.sweep) if source.sweep else answer(run)
    links = [(title(group, run.groups), f"g{number}") for number, group in enumerate(run.groups)]
    top = [tag("p", first.facts(run), class_="meta"), *_answer(said, detail), first.noise(run)]
    if source.sweep:
        top.append(swept.section(source.sweep, places, detail))
    if len(run.groups) > 1:
        top += [first.smalls(run, [each.ranking for each in found]), signs.key(run.groups[0].margin)]
    section = tag("section", *top, class_="first", aria_labelledby="said")
    groups = [part(source, number, each, detail) for number, each in enumerate(found)]
    return Page(halves(said[0])[0], [*links, ("about", "about")], [section, *groups, about([source], detail)], places)


def _answer(said: Sequence[str], detail: Detail) -> Iterator[Node]:
    first_, rest = halves(said[0])
    yield tag("h1", first_, id="said")
    if more := " ".join([rest, *map(tied, said[1:])]).strip():
        yield tag("p", more, class_="more")
    if detail.left_out:
        yield tag("p", detail.left_out, class_="remarks")


def part(source: Source, number: int, found: Charts, detail: Detail, before: str = "g") -> Element:
    group = source.run.groups[number]
    name = f"{before}{number}"
    called = title(group, source.run.groups)
    called = called if before == "g" else f"{called} in {source.run.name or source.run.run}"
    heading = tag("h2", called, " ", tag("small", described(group)), id=f"{name}-title")
    said = tag("p", *emphasised(lead(group)), class_="lead") if len(source.run.groups) > 1 or before != "g" else None
    figs = tag("div", *figures.of_group(group, number, found, source, detail), class_="figs")
    return tag("section", heading, said, notes(group), figs, class_="group", id=name, aria_labelledby=f"{name}-title")


def notes(group: Group) -> Element | None:
    """What limits the rows, and what a reader should know of them."""
    found = list(limits(group))
    said = [f"limit: {text}{f', {much}' if much else ''}: {listed(names)}" for text, names, much in found]
    said += remarks(group)
    return tag("ul", *(tag("li", tied(one)) for one in said), class_="remarks") if said else None


def answer(run: Run) -> list[str]:
    """The sentences of a run; of one strategy what it took."""
    return headline(run) or [lead(group) for group in run.groups] or ["Nothing was measured."]


def lead(group: Group) -> str:
    """The sentences of a group."""
    rows_of = good(group)
    if len(group.rows) == 1 and rows_of and not group.serves:
        return f"{short(title_of(group))} under {short(rows_of[0].name)}. {said_alone(rows_of[0], group)}"
    return " ".join(text for text in (of_group(group), one_by_one(group)) if text)


def several(sources: Sequence[Source], found: Sequence[Found], places: Places, detail: Detail) -> Page:
    """The page of several runs: each workload's rankings beside each other, on one axis and in one order."""
    said = f"{len(sources)} runs side by side"
    answers = [
        tag("li", tag("a", source.run.run, href=f"#r{place}-0"), f": {' '.join(answer(source.run))}")
        for place, source in enumerate(sources)
    ]
    warned = "They were not measured in the same blocks: what differs between them may be the machine."
    top = [tag("h1", said, id="said"), tag("p", warned, class_="more"), tag("ul", *answers, class_="remarks")]
    if detail.left_out:
        top.append(tag("p", detail.left_out, class_="remarks"))
    beside = [drawn for group in _together(sources, found) for drawn in group]
    section = tag(
        "section", *top, *beside, signs.key(sources[0].run.groups[0].margin), class_="first", aria_labelledby="said"
    )
    groups = [
        part(source, number, each, detail, f"r{place}-")
        for place, (source, charts_of) in enumerate(zip(sources, found, strict=True))
        for number, each in enumerate(charts_of)
    ]
    links = [(source.run.name or source.run.run, f"r{place}-0") for place, source in enumerate(sources)]
    return Page(said, [*links, ("about", "about")], [section, *groups, about(sources, detail)], places)


def _together(sources: Sequence[Source], found: Sequence[Found]) -> Iterator[list[Node]]:
    """A heading and the rankings, for each workload that any of the runs has."""
    of_key: dict[str, list[tuple[int, int]]] = {}
    for place, source in enumerate(sources):
        for number, group in enumerate(source.run.groups):
            key = repr((group.workload, sorted(group.options.items()), group.tasks, group.concurrency))
            of_key.setdefault(key, []).append((place, number))
    for cells in of_key.values():
        place, number = cells[0]
        group = sources[place].run.groups[number]
        rankings = alike([found[one][each].ranking for one, each in cells])
        smalls = [
            _beside(sources[one], each, one, ranking) for (one, each), ranking in zip(cells, rankings, strict=True)
        ]
        yield [tag("h2", group.workload, " ", tag("small", described(group))), tag("div", *smalls, class_="smalls")]


def alike(rankings: Sequence[Ranking]) -> list[Ranking]:
    """Rankings in the order of the first, on one axis."""
    order = {row.name: place for place, row in enumerate([row for one in rankings for row in one.rows][::-1])}
    axis = axes.Axis(min(one.axis.low for one in rankings), max(one.axis.high for one in rankings))
    first_ = {row.name: place for place, row in enumerate(rankings[0].rows)}
    return [
        one._replace(
            rows=tuple(sorted(one.rows, key=lambda row: (first_.get(row.name, len(first_)), order[row.name]))),
            axis=axis,
        )
        for one in rankings
    ]


def _beside(source: Source, number: int, place: int, ranking: Ranking) -> Element:
    run = source.run
    heading = tag("h3", tag("a", run.name or run.run, href=f"#r{place}-{number}"))
    said = tag("p", *emphasised(of_group(run.groups[number])), class_="said")
    return tag(
        "section", heading, tag("p", first.facts(run), class_="sub"), tables.small(ranking), said, class_="small"
    )
