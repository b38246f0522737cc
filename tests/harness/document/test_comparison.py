"""Two runs beside their history, beside other cells, and beside what `calibrate` keeps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.calibrate.outcomes import against_itself
from harness.document.beside import Beside, Comparison
from harness.document.comparison import compare
from harness.document.past import Past, chosen, is_calibration
from harness.errors import HarnessError
from harness.record.plan import Plan, PlannedStrategy
from harness.record.sample import Commit, End, Host, Record, Sample, Site
from harness.statistics.runs import CALLED
from tests.builders import JITTER, header, plan, sample

END = End("complete", 8, {"all": 1.0})
WHERE = {"machine_key": "m", "kernel": "6.1"}
SCATTER = (0.0, 0.004, -0.004, 0.002, -0.002, 0.003)
"""Of past runs: their ratios deviate by a third of a percent."""


def cells(*seconds: float, blocks: int = 8) -> list[Sample]:
    """Blocks of strategies that take so long."""
    return [
        sample(place, block, took * (1 + JITTER[block] * (place > 0)))
        for block in range(blocks)
        for place, took in enumerate(seconds)
    ]


def run(name: str, *seconds: float, blocks: int = 8, end: End | None = END, **changes: Any) -> Record:
    """A record of strategies s0 (the reference), s1, ..."""
    strategies = [PlannedStrategy(f"s{place}", "a:B") for place in range(len(seconds))]
    made = msgspec.structs.replace(plan(), strategies=strategies, reference="s0")
    about = {"run": name, "plan": made, "host": WHERE} | changes
    return Record(msgspec.structs.replace(header(), **about), cells(*seconds, blocks=blocks), end)


def past_runs(count: int = 5, **changes: Any) -> list[Record]:
    return [run(f"p{place}", 1.0, 0.5 * (1 + SCATTER[place]), **changes) for place in range(count)]


def past(runs: Sequence[Record], then: Record, now: Record, beside: Sequence[Record] = ()) -> Past:
    """As the API finds it in the results."""

    def some(records: Sequence[Record]) -> tuple[list[Record], Any]:
        by_path = {Path(f"{place}.jsonl"): one for place, one in enumerate(records)}
        wanted, others = chosen({path: one.header for path, one in by_path.items()}, then.header, now.header)
        return [by_path[path] for path in wanted], others

    found, others = some(runs)
    return Past(found, some([one for one in beside if is_calibration(one.header)])[0], others)


def beside(runs: Sequence[Record], then: Record, now: Record, **how: Any) -> Comparison:
    return compare(then, now, past([*runs, then, now], then, now), **how)


def row(said: Comparison, name: str = "s1") -> Beside:
    return next(one for one in said.groups[0].rows if one.name == name)


@pytest.mark.parametrize(
    ("now", "verdict"), [(0.5, "same"), (0.501, "same"), (0.65, "slower"), (0.4, "faster"), (0.512, "undecided")]
)
def test_a_history_says_what_moved(now: float, verdict: str) -> None:
    found = row(beside(past_runs(), run("a", 1.0, 0.5), run("b", 1.0, now)))
    assert (found.verdict, found.basis, found.of) == (verdict, "history", 5)
    assert found.hint == (verdict if verdict in ("slower", "faster") else "none")
    assert found.interval is not None
    assert found.interval.low < found.interval.estimate < found.interval.high
    assert found.interval.estimate == pytest.approx(now / 0.5, rel=0.001)


def test_the_interval_is_students_of_the_runs_and_holms() -> None:
    """5 runs that deviate by 0.316 % (variance 1.0e-5): t(4) = 5.598 at 0.5 %, times the square root of 2."""
    found = row(beside(past_runs(), run("a", 1.0, 0.5), run("b", 1.0, 0.5)))
    assert found.level == CALLED
    assert found.interval is not None
    assert found.interval.high - 1 == pytest.approx(math.expm1(5.598 * 2**0.5 * 0.003162), rel=0.01)


def test_what_slows_all_is_no_move() -> None:
    assert row(beside(past_runs(), run("a", 1.0, 0.5), run("b", 1.4, 0.7))).verdict == "same"


def test_without_a_history_there_is_no_verdict_whatever_the_blocks_say() -> None:
    found = row(compare(run("a", 1.0, 0.5), run("b", 1.0, 0.9)))
    assert (found.verdict, found.hint, found.basis, found.interval) == ("none", "none", None, None)
    assert found.reason is not None
    assert found.reason.startswith("one run each: 0 runs of history, 1 other cell, 0 null comparisons of `calibrate`")
    assert found.ratio.low > 1.7


def at(commit: str, changed: int = 0) -> Commit:
    return Commit(commit * 40, datetime(2026, 11, 1, tzinfo=UTC), changed=changed)


def cut(record: Record, **changes: Any) -> Record:
    return msgspec.structs.replace(record, **changes)


OTHERS: dict[str, tuple[list[Record], str]] = {
    "too short": (past_runs(2), "2 runs of history, 1 other cell"),
    "another machine": (past_runs(host=WHERE | {"machine_key": "o"}), "0 runs of history (5 more are of another mach"),
    "another kernel": (past_runs(host=WHERE | {"kernel": "6.2"}), "(5 more are of another kernel or other packages)"),
    "other packages": (past_runs(versions={"gevent": "24"}), "(5 more are of another kernel or other packages)"),
    "other code": (past_runs(commit=at("c")), "(5 more are of other code)"),
    "changes": (past_runs(commit=at("a", 1)), "(5 more are of a tree with changes that are in no commit)"),
    "interrupted": ([cut(one, end=End("interrupted", 3, {})) for one in past_runs()], "(5 more are interrupted or dam"),
    "cut off": ([cut(one, end=None) for one in past_runs()], "(5 more are interrupted or damaged)"),
    "damaged": ([cut(one, damaged=1) for one in past_runs()], "(5 more are interrupted or damaged)"),
    "changed workload": (
        past_runs(plan=msgspec.structs.replace(
            run("x", 1.0, 0.5).header.plan,
            groups=[msgspec.structs.replace(plan().groups[0], version="old")],
        )),
        "(5 more are of a workload that has changed)",
    ),
    "pinned otherwise": (
        past_runs(plan=msgspec.structs.replace(run("x", 1.0, 0.5).header.plan, pin="one")),
        "(5 more are measured in another way)",
    ),
    "other sizes": (
        past_runs(plan=msgspec.structs.replace(
            run("x", 1.0, 0.5).header.plan, groups=[msgspec.structs.replace(plan().groups[0], tasks=11)]
        )),
        "0 runs of history, 1",
    ),
    "a reference that has failed": (
        [cut(one, samples=[
            msgspec.structs.replace(each, status="failed", rounds=[]) if not each.strategy else each
            for each in one.samples
        ]) for one in past_runs()],
        "0 runs of history, 1",
    ),
    "failed cells": (
        [cut(one, samples=[*one.samples, Sample(0, 1, 9, "failed", "it was")]) for one in past_runs()],
        "0 runs of history, 1",
    ),
    "copies of one": ([run("p", 1.0, 0.5)] * 5, "1 run of history, 1"),
    "the runs themselves": ([run("a", 1.0, 0.5), run("b", 1.0, 0.6)] * 3, "0 runs of history, 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_history_gives_no_verdict_and_is_said(what: str) -> None:
    runs, text = OTHERS[what]
    found = row(beside(runs, run("a", 1.0, 0.5), run("b", 1.0, 0.65)))
    assert (found.verdict, found.basis) == ("none", None)
    assert found.reason is not None
    assert text in found.reason


def test_a_history_that_is_too_short_within_each_code_says_what_it_lacks() -> None:
    then, now = run("a", 1.0, 0.5, commit=at("a")), run("b", 1.0, 0.65, commit=at("b"))
    found = row(beside([run(f"p{one}", 1.0, 0.5, commit=at(of)) for one, of in enumerate("aab")], then, now))
    assert found.verdict == "none"
    wanted = "3 runs of history at 2 commits, each with a mean of its own: 1 more at one of them would do"
    assert wanted in str(found.reason)


def test_a_run_beside_itself_is_said() -> None:
    one = run("a", 1.0, 0.5)
    assert compare(one, one).remarks[0] == "both are the same run: it has moved by nothing"


def test_history_is_of_the_code_of_either_run_and_each_has_its_own_mean() -> None:
    """What changed between the two commits is no scatter."""
    then, now = run("a", 1.0, 0.5, commit=at("a")), run("b", 1.0, 0.65, commit=at("b"))
    before = past_runs(3, commit=at("a"))
    after = [run(f"q{one}", 1.0, 0.65 * (1 + SCATTER[one]), commit=at("b")) for one in range(2)]
    found = row(beside([*before, *after], then, now))
    assert (found.verdict, found.of) == ("slower", 5)
    singles = [run(f"r{one}", 1.0, 0.5, commit=at(str(one))) for one in range(5)]
    assert row(beside(singles, then, now)).verdict == "none"


def test_a_run_of_a_changed_tree_is_compared_beside_the_history_of_the_other() -> None:
    then, now = run("a", 1.0, 0.5, commit=at("a")), run("b", 1.0, 0.65, commit=at("a", 2))
    assert row(beside(past_runs(commit=at("a")), then, now)).verdict == "slower"


def test_history_with_more_blocks_does_not_make_short_runs_sure() -> None:
    wide, narrow = (
        row(beside(past_runs(), run("a", 1.0, 0.5, blocks=few), run("b", 1.0, 0.5, blocks=few))).interval
        for few in (2, 8)
    )
    assert wide is not None
    assert narrow is not None
    assert wide.high - 1 == pytest.approx(2 * (narrow.high - 1), rel=0.05)


def test_past_runs_with_other_references_are_read_against_ours() -> None:
    turned = [
        cut(one, header=msgspec.structs.replace(
            one.header, plan=msgspec.structs.replace(one.header.plan, reference="s1")
        ))
        for one in past_runs()
    ]  # fmt: skip
    found = row(beside(turned, run("a", 1.0, 0.5), run("b", 1.0, 0.65)))
    assert (found.verdict, found.basis) == ("slower", "history")


def test_history_of_another_day_is_said() -> None:
    earlier = past_runs(taken_at="2026-11-20T12:00:00+00:00")
    said = beside(earlier, run("a", 1.0, 0.5), run("b", 1.0, 0.65))
    assert row(said).verdict == "slower"
    assert "the history is all of 2026-11-20: how much runs of different days differ is not in it" in said.remarks
    assert beside(past_runs(), run("a", 1.0, 0.5), run("b", 1.0, 0.65)).remarks == []


SIX = (1.0, 0.5, 0.3, 0.7, 0.2, 0.9)
MOVED = (1.0, 1.002, 0.999, 1.001, 0.998, 1.0)


def moved(*factors: float) -> list[float]:
    return [one * factor for one, factor in zip(SIX, factors, strict=True)]


def test_one_cell_that_moves_otherwise_than_the_others_is_told() -> None:
    now = moved(1.3, 1.3 * 1.4, *(1.3 * one for one in MOVED[2:]))
    said = compare(run("a", *SIX), run("b", *now))
    assert [one.verdict for one in said.groups[0].rows if one.name != "s1"].count("slower") == 0
    assert {one.reason for one in said.groups[0].rows if one.verdict in ("same", "undecided")} == {None}
    found = row(said)
    assert (found.verdict, found.basis, found.of) == ("slower", "cells", 5)
    assert found.reason == "moved otherwise than the others did"
    assert found.interval is not None
    assert found.interval.estimate == pytest.approx(1.4, rel=0.01)


def test_the_reference_may_be_the_cell_that_moved() -> None:
    said = compare(run("a", *SIX), run("b", *moved(1.4, *MOVED[1:])))
    assert [one.verdict for one in said.groups[0].rows].count("slower") == 1
    assert row(said, "s0").verdict == "slower"


def test_all_cells_that_move_alike_are_the_same() -> None:
    said = compare(run("a", *SIX), run("b", *moved(*(1.4 * one for one in MOVED))))
    assert {one.verdict for one in said.groups[0].rows} == {"same"}


@pytest.mark.parametrize(("factor", "verdict"), [(2.0, "undecided"), (4.0, "slower")])
def test_threads_have_modes_and_are_called_beside_others_only_beyond_them(factor: float, verdict: str) -> None:
    def threaded(one: Record) -> Record:
        strategies = list(one.header.plan.strategies)
        strategies[1] = msgspec.structs.replace(strategies[1], threads_per_task=1)
        made = msgspec.structs.replace(one.header.plan, strategies=strategies)
        return cut(one, header=msgspec.structs.replace(one.header, plan=made))

    now = moved(1.0, factor, *MOVED[2:])
    assert row(compare(threaded(run("a", *SIX)), threaded(run("b", *now)))).verdict == verdict


def calibration(number: int, slowdown: float = 0.0) -> Record:
    made = against_itself(
        msgspec.structs.replace(plan(), strategies=[PlannedStrategy("s1", "a:B")], reference="s1"), slowdown, number
    )
    return run(f"c{number}", 0.5, 0.5 * (1 + SCATTER[number]) * (1 + slowdown), plan=made)


@pytest.mark.parametrize(("count", "verdict"), [(5, "slower"), (2, "none")])
def test_calibrate_keeps_how_much_estimates_differ(count: int, verdict: str) -> None:
    then, now = run("a", 1.0, 0.5), run("b", 1.0, 0.65)
    records = [calibration(number) for number in range(count)]
    found = row(compare(then, now, past([], then, now, records)))
    assert found.verdict == verdict
    assert found.basis == ("calibration" if verdict == "slower" else None)


def test_calibrations_with_a_slowdown_are_none() -> None:
    then, now = run("a", 1.0, 0.5), run("b", 1.0, 0.65)
    records = [calibration(number, 0.05) for number in range(5)]
    assert row(compare(then, now, past([], then, now, records))).verdict == "none"


def test_a_reference_is_chosen_by_name() -> None:
    then, now = run("a", *SIX), run("b", *moved(1.4, *MOVED[1:]))
    said = compare(then, now, reference="s2")
    assert said.groups[0].reference == "s2"
    assert row(said, "s2").then_ratio is not None
    assert row(said, "s1").now_ratio is not None
    assert row(said, "s1").now_ratio.estimate == pytest.approx(0.5 / 0.3, rel=0.01)  # type: ignore[union-attr]


@pytest.mark.parametrize("asked", ["trio", "s2"])
def test_a_reference_that_both_do_not_have_is_refused_with_those_that_there_are(asked: str) -> None:
    with pytest.raises(HarnessError) as caught:
        compare(run("a", 1.0, 0.5), run("b", 1.0, 0.5, 0.3), reference=asked)
    assert str(caught.value) == f"--reference {asked}: a has s0, s1; b has s0, s1, s2; in both: s0, s1"


def with_reference(one: Record, name: str) -> Record:
    made = msgspec.structs.replace(one.header.plan, reference=name)
    return cut(one, header=msgspec.structs.replace(one.header, plan=made))


def renamed(one: Record, *names: str) -> Record:
    made: Plan = one.header.plan
    strategies = [msgspec.structs.replace(each, name=name) for each, name in zip(made.strategies, names, strict=True)]
    made = msgspec.structs.replace(made, strategies=strategies, reference=names[0])
    return cut(one, header=msgspec.structs.replace(one.header, plan=made))


def test_runs_with_different_references_are_compared_against_one_that_both_have() -> None:
    said = beside(past_runs(), run("a", 1.0, 0.5), with_reference(run("b", 1.0, 0.65), "s1"))
    assert said.groups[0].reference == "s1"
    assert row(said, "s0").verdict == "faster"
    none = compare(run("a", 1.0, 0.5), renamed(run("b", 1.0, 0.5), "other", "s1"))
    assert none.groups[0].reference is None
    assert row(none).reason is not None
    assert "no reference has numbers in both" in str(row(none).reason)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"host": WHERE | {"kernel": "6.2"}}, "kernel 6.1 then, 6.2 now: what moved may be their doing"),
        ({"versions": {"gevent": "26"}}, "gevent none then, 26 now: what moved may be their doing"),
    ],
)
def test_another_kernel_or_library_is_said_and_compared(changes: dict[str, Any], text: str) -> None:
    said = beside(past_runs(), run("a", 1.0, 0.5), run("b", 1.0, 0.65, **changes))
    assert said.remarks == [text]
    assert row(said).verdict == "slower"


def test_another_patch_release_of_python_is_said_and_another_minor_one_is_refused() -> None:
    def on(name: str, python: str) -> Record:
        return run(name, 1.0, 0.5, host={"machine_key": python, "python": python, "implementation": "cpython"})

    assert compare(on("a", "3.12.1"), on("b", "3.12.2")).remarks[0].startswith("python 3.12.1 then, 3.12.2 now")
    with pytest.raises(HarnessError, match=r"different machines: python 3\.11\.9 and 3\.12\.2"):
        compare(on("a", "3.11.9"), on("b", "3.12.2"))


def test_the_machine_is_that_of_the_hosts_that_measured() -> None:
    def on(name: str, *models: str) -> Record:
        facts = [{"machine_key": one, "cpu_model": one} for one in models]
        sites = [Site(number, f"h{number}", str(number), about) for number, about in enumerate(facts)]
        here = run(name, 1.0, 0.5, host={"machine_key": "laptop", "cpu_model": "laptop"})
        samples = [msgspec.structs.replace(one, site=one.block % len(sites)) for one in here.samples] if sites else []
        return cut(here, sites=sites, samples=samples or here.samples)

    assert compare(on("a", "big"), on("b", "big")).groups
    assert compare(on("a", "big", "small"), on("b", "small", "big")).groups
    for other in (on("b"), on("b", "small"), on("b", "big", "small")):
        with pytest.raises(HarnessError, match=r"different machines: cpu_model big and (laptop|small|big / small);"):
            compare(on("a", "big"), other)


@pytest.mark.parametrize("changes", [{"pin": "one"}, {"fresh": True}, {"warmup": 0}, {"reached": {"on": "ssh://h1"}}])
def test_runs_that_measured_in_different_ways_give_no_verdict(changes: dict[str, Any]) -> None:
    now = run("b", 1.0, 0.65)
    other = cut(
        now, header=msgspec.structs.replace(now.header, plan=msgspec.structs.replace(now.header.plan, **changes))
    )
    said = beside(past_runs(), run("a", 1.0, 0.5), other)
    assert row(said).verdict == "none"
    assert row(said).reason == said.remarks[0]


def test_an_interrupted_run_is_compared_as_far_as_it_got_and_said() -> None:
    now = cut(run("b", 1.0, 0.65, blocks=3), end=End("interrupted", 3, {}))
    said = beside(past_runs(), run("a", 1.0, 0.5), now)
    assert "b was interrupted after 3 blocks, and is compared as far as it got" in said.remarks
    assert row(said).basis == "history"


def test_the_command_that_would_tell_names_both_commits() -> None:
    then, now = run("a", 1.0, 0.5, commit=at("a")), run("b", 1.0, 0.5, commit=at("b"), versions={"gevent": "26.9"})
    command = compare(then, now).groups[0].command
    assert command == (
        f"python -m harness gate --base git:{'a' * 12} --candidate git:{'b' * 12},pip:gevent==26.9 -s s0,s1 "
        "-W sleep -P seconds=0.5 --tasks 10 --concurrency 10"
    )


def test_of_the_same_code_more_runs_are_asked_for() -> None:
    said = compare(run("a", 1.0, 0.5, commit=at("a")), run("b", 1.0, 0.5, commit=at("a")))
    assert said.same_code
    assert str(said.groups[0].command).endswith(" -s s0,s1 -W sleep -P seconds=0.5 --tasks 10 --concurrency 10")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pin": "one"}, " --pin one "),
        ({"fresh": True, "warmup": 0}, " --fresh "),
        ({"warmup": 3}, " --warmup 3 "),
        ({"slo": 0.01}, " --find-capacity "),
    ],
)
def test_more_runs_are_measured_as_these_were(changes: dict[str, Any], text: str) -> None:
    def measured(name: str) -> Record:
        one = run(name, 1.0, 0.5, commit=at("a"))
        made = msgspec.structs.replace(one.header.plan, **changes)
        return cut(one, header=msgspec.structs.replace(one.header, plan=made))

    assert text in str(compare(measured("a"), measured("b")).groups[0].command)


def test_where_only_the_reference_is_open_nothing_is_to_be_typed() -> None:
    assert beside(past_runs(), run("a", 1.0, 0.5), run("b", 1.0, 0.65)).groups[0].command is None
    alone = compare(run("a", 1.0), run("b", 1.0)).groups[0]
    assert (alone.rows[0].verdict, " -s s0 -W" in str(alone.command)) == ("none", True)
    assert str(alone.rows[0].reason).startswith("one run each: it ran alone")


def test_a_run_too_noisy_for_verdicts_has_none_here() -> None:
    def noisy(one: Record) -> Record:
        twins = [msgspec.structs.replace(sample(1, block, 0.6 + JITTER[block]), arm="null") for block in range(8)]
        return cut(one, samples=[*one.samples, *twins])

    found = row(beside(past_runs(), run("a", 1.0, 0.5), noisy(run("b", 1.0, 0.65))))
    assert found.verdict == "none"
    assert found.reason == "now, withheld: the machine was too noisy, see the null arm"


def looped(one: Record, seconds: float) -> Record:
    return cut(one, marks=[Host(block, seconds, 0.001, 0.1, 0.0, 0.0, 0.0) for block in range(9)])


@pytest.mark.parametrize(
    ("then", "now", "verdict"),
    [(0.02, 0.02, "slower"), (0.02, 0.024, "slower"), (0.02, 0.04, "none"), (0.04, 0.02, "none"), (0.01, 0.01, "none")],
)
def test_a_machine_that_was_busier_than_in_the_history_gives_no_verdict(then: float, now: float, verdict: str) -> None:
    runs = [looped(one, 0.02) for one in past_runs()]
    found = row(beside(runs, looped(run("a", 1.0, 0.5), then), looped(run("b", 1.0, 0.65), now)))
    assert found.verdict == verdict
    if verdict == "none":
        text = str(found.reason)
        assert text.startswith("the machine was another: a fixed loop took ")
        assert text.endswith("20 ms in its history")


@pytest.mark.parametrize(("now", "verdict"), [(0.021, "slower"), (0.04, "none"), (0.01, "none")])
def test_a_machine_that_was_busier_now_gives_no_verdict_beside_other_cells(now: float, verdict: str) -> None:
    found = row(compare(looped(run("a", *SIX), 0.02), looped(run("b", *moved(1.0, 1.4, *MOVED[2:])), now)))
    assert found.verdict == verdict


def test_a_history_of_as_busy_a_machine_is_one() -> None:
    runs = [looped(one, 0.02 + 0.01 * number) for number, one in enumerate(past_runs())]
    found = row(beside(runs, looped(run("a", 1.0, 0.5), 0.02), looped(run("b", 1.0, 0.65), 0.05)))
    assert (found.verdict, found.basis) == ("slower", "history")
