"""What a sweep says in words."""

from __future__ import annotations

from typing import Any

import pytest

from harness.document.run import Seconds
from harness.document.sweep import Absent, Crossover, Point, Stop, Sweep
from harness.record.plan import Axis
from harness.report import sweep_chart
from harness.report.sweep import details, headline, screen

N = Axis("n", 1, 20)


def point(value: float, *best: str, there: str = "abc", **warnings: list[str]) -> Point:
    """A point whose strategies, a letter each, take as long as their place."""
    times = {name: Seconds(place, place, place) for place, name in enumerate(there, 1)}
    how: Any = "fastest" if len(best) == 1 else "open" if best else None
    return Point(
        value=float(value), values={"n": float(value)}, run="r1", group=0, best=list(best), best_is=how, in_grid=True,
        blocks=3, seconds=times, warnings=warnings,
    )  # fmt: skip


def sweep(*points: Point, axes: tuple[Axis, ...] = (N,), **changes: Any) -> Sweep:
    about: dict[str, Any] = {"crossovers": [], "knees": [], "stops": [], "open": [], "blocks": 30} | changes
    return Sweep(
        run="r1", status="complete", workload="sleep", options=[], tasks=10, concurrency=None, axis="n",
        axes=list(axes), margin=0.02, points=list(points), **about,
    )  # fmt: skip


def crossing(first: str, then: str, low: float, high: float, of_best: bool = False) -> Crossover:
    low, high = float(low), float(high)
    return Crossover(from_=first, to=then, low=low, high=high, at=low, of_best=of_best)


def stop(strategy: str, n: float, reason: str, worked: float | None = None, **changes: Any) -> Stop:
    about: dict[str, Any] = {"status": "failed", "above": False} | changes
    upto = None if worked is None else {"n": float(worked)}
    return Stop(strategy=strategy, worked=upto, failed={"n": float(n)}, reason=reason, **about)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (sweep(point(1, "a"), point(9, "a")), "a is the best everywhere: nothing crosses"),
        (sweep(point(1, "a"), point(9, "a"), crossovers=[crossing("b", "c", 3, 4)]), "a is the best everywhere"),
        (sweep(point(1, "a"), point(9, "a", "b")), "a is the best, or not told apart from it, everywhere: nothing is "
         "shown to cross"),
        (sweep(point(1, "a"), point(9, "b")), "the best changes, and where is not known: nothing is shown to cross"),
        (sweep(point(1), point(9, "a")), "a is the best at 1 of 2 points: nothing crosses"),
        (sweep(point(1), point(9)), "nobody can tell who is the best: no numbers can be compared"),
        (sweep(point(1, "a", there="a"), point(9, "a", there="a")), "only a was measured: 1 s at n 1 to 1 s at 9"),
        (sweep(point(1, there="")), "nothing was measured"),
    ],
)  # fmt: skip
def test_who_is_best_is_a_sentence(said: Sweep, text: str) -> None:
    assert list(headline(said)) == [text]


@pytest.mark.parametrize(("best", "more"), [("c", "; neither is the best there"), ("b", "")])
def test_a_crossing_of_others_says_whether_one_of_them_leads(best: str, more: str) -> None:
    said = dict(details(sweep(point(1, "c"), point(9, best), crossovers=[crossing("a", "b", 3, 4)])))
    assert said["crossing"] == f"a up to n 3 - 4, then b (of these two{more})"


def test_failures_with_one_reason_stand_together_by_their_values() -> None:
    stops = [stop("a", 9, "no"), stop("a", 20, "no"), stop("b", 9, "no"), stop("b", 20, "no"), stop("c", 3, "ports", 1)]
    stops += [stop("f", 1, "1 of 1 failed: no"), stop("f", 20, "20 of 20 failed: no")]
    stops += [stop("d", 20, "200 threads are too many", status="unavailable"), stop("e", 9, "memory", above=True)]
    said = [(label, text) for label, text in details(sweep(point(1, "a"), stops=stops)) if label in ("stops", "fails")]
    assert said == [
        ("fails", "f at n 1 (and alike at 1 other): 1 of 1 failed: no"),
        ("fails", "c at n 3, works at 1: ports"),
        ("fails", "a and b at n 9, 20: no"),
        ("stops", "e at n 9: memory; not tried above"),
        ("stops", "d at n 20: 200 threads are too many"),
    ]


def test_where_it_came_to_its_end_is_said_beside_where_it_failed_alike() -> None:
    stops = [stop("a", 1, "no answer after 1 s"), stop("a", 1000, "no answer after 2 s", worked=30, above=True)]
    stops += [stop("b", 1000, "no answer after 2 s", worked=30), stop("b", 3000, "no answer after 2 s", 2000)]
    said = [one for one in details(sweep(point(1, "a"), stops=stops)) if one[0] in ("stops", "fails")]
    assert said == [
        ("fails", "a at n 1: no answer after 1 s"),
        ("stops", "a at n 1,000, works at 30: no answer after 2 s; not tried above"),
        ("fails", "b at n 1,000, 3,000, works at 30: no answer after 2 s"),
    ]


def test_what_is_not_tried_above_is_said_of_nobody_else() -> None:
    said = dict(details(sweep(point(1, "a"), stops=[stop("a", 9, "no", above=True), stop("b", 9, "no")])))
    assert (said["stops"], said["fails"]) == ("a at n 9: no; not tried above", "b at n 9: no")


def test_who_ran_nowhere_is_named_once_with_the_reason() -> None:
    gone = [Absent(strategy=name, status="unavailable", reason="needs Python 3.14") for name in ("x", "y")]
    said = sweep(point(1, "a"), absent=[*gone, Absent(strategy="z", status="failed", reason="SyntaxError")])
    assert list(details(said))[-2:] == [("without", "x and y: needs Python 3.14"), ("fails", "z: SyntaxError")]


def test_remarks_are_few_and_those_first_that_keep_a_point_from_having_a_best() -> None:
    alike = {"a": ["no pool"], "b": ["no pool"]}
    said = sweep(
        point(1, "a", **alike, c=["1 in flight, 9 allowed"]),
        point(3, "a", **alike, c=["3 in flight, 9 allowed"], sequential=["1 in flight, 9 allowed"]),
        point(9, **alike, c=["its rounds rise"]),
    )
    notes = [text for label, text in details(said) if label == "note"]
    assert notes == [
        "a and b: no pool", "c at n 9: its rounds rise", "c at n 1 (and alike at 1 other): 1 in flight, 9 allowed"
    ]  # fmt: skip
    many = sweep(point(1, "a", a=[f"remark {letter}" for letter in "vwxyz"]))
    assert list(details(many))[-1] == ("note", "and 2 more: harness show -v has all")


def test_a_map_of_many_columns_fits_the_screen() -> None:
    listed = Axis("n", 1, 20, listed=[float(n) for n in range(1, 21)])
    points = [point(n, "a") for n in listed.listed]
    said = sweep(*points, axes=(listed, Axis("m", 1, 2)))
    for one in said.points:
        one.values["m"] = 1.0
    assert max(map(len, sweep_chart.winners(said, 80).splitlines())) <= 80
    text = screen(sweep(point(1, "a"), blocks=1))
    assert "1 block" in text
    assert "1 blocks" not in text
