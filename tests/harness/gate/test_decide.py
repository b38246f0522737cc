"""What gates decide of records of our own."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest

from harness.cli.gate import limits
from harness.document.make import document
from harness.errors import HarnessError, Interrupted
from harness.gate import check, grown
from harness.gate import decide as gate
from harness.gate.cells import BASE, CANDIDATE
from harness.gate.shards import Share
from harness.record.plan import PlannedStrategy, Variant
from harness.record.sample import Commit, End, Record, Reply, Round, Sample
from tests.builders import header, sample

END = End("complete", 8, {"all": 1.0})


def record(candidate: float, jitter: float = 0.001, blocks: int = 8, end: End | None = END, **lost: Any) -> Record:
    """A record in which the candidate takes so many times what the base does."""
    arms = [PlannedStrategy(f"gevent@{name}", "harness.strategies.gevent:Gevent") for name in (BASE, CANDIDATE)]
    plan = msgspec.structs.replace(header().plan, strategies=arms, reference=arms[0].name, blocks=8)
    samples: list[Sample] = []
    for block in range(blocks):
        samples += [sample(0, block, 1.0), sample(1, block, candidate * math.exp(jitter * (-1) ** block))]
    if lost:
        bad = msgspec.structs.replace(
            samples[lost["place"]], status="failed", reason=lost["reason"], warmups=[], rounds=[]
        )
        samples = [bad, *(one for one in samples if one.strategy != lost["place"])]  # it is not started again
    return Record(msgspec.structs.replace(header(), plan=plan), samples, end)


def test_the_command_line_comes_before_the_file_and_the_particular_before_the_general(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = "[[tool.harness.gate.limits]]\n"
    (tmp_path / "pyproject.toml").write_text(
        f'{entry}limit = 0.3\n{entry}workload = "echo"\nlimit = 0.2\n'
        f'{entry}workload = "echo"\nstrategy = "threads"\nlimit = 0.1\n{entry}metric = "cpu"\nlimit = 0.4\n'
    )
    limit = limits("time")
    assert [limit("sleep", "gevent"), limit("echo", "gevent"), limit("echo", "threads")] == [0.3, 0.2, 0.1]
    assert limits("cpu")("sleep", "gevent") == 0.4
    assert limits("time", 0.01)("echo", "threads") == 0.01


def test_a_base_that_fails_in_its_own_code_is_not_new() -> None:
    reason = "AttributeError: module 'gevent' has no attribute 'x' at jobs.py:3"
    (found,) = gate.decide(record(1.0, place=0, reason=reason), "time", lambda *_: 0.02)
    assert found.outcome == "incomplete"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("there is no Python file /cache/trees/abc/sub/new.py", "there is no Python file sub/new.py"),
        ("there is no folder /cache/trees/abc/sub", "there is no folder sub"),
        ("/cache/trees/abc/jobs.py has no task", "jobs.py has no task"),
        ("there is no module new", None),
    ],
)
def test_what_the_base_lacks_is_named_by_its_path_in_the_tree(reason: str, said: str | None) -> None:
    one = record(1.0, place=0, reason=reason)
    base = Variant("base", "git:main", root="/cache/trees/abc", instead_of="/home/me", commit="c" * 40)
    arms = [msgspec.structs.replace(one.header.plan.strategies[0], variant=base), one.header.plan.strategies[1]]
    plan = msgspec.structs.replace(one.header.plan, strategies=arms)
    one = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, plan=plan))
    (found,) = gate.decide(one, "time", lambda *_: 0.02)
    assert found.outcome == "new"
    wanted = f"{said}, in git:main (cccccccccccc)" if said else reason
    assert found.reason == f"gevent@base: {wanted}"
    assert document(one).groups[0].rows[0].reason == wanted


@pytest.mark.parametrize(
    ("changed", "candidate", "text"),
    [
        (0, None, ""),
        (1, None, "the working tree, 1 changed file since abc, is what was measured as candidate"),
        (2, None, "the working tree, 2 changed files since abc, is what was measured as candidate"),
        (
            2,
            "def",
            "the working tree has 2 changed files since abc, which are in neither version: path:. measures them",
        ),
    ],
)
def test_a_dirty_working_tree_is_a_remark(changed: int, candidate: str | None, text: str) -> None:
    one = record(1.0)
    variants = [Variant("base", "git:main", commit="abc"), Variant("candidate", "...", commit=candidate)]
    arms = [
        msgspec.structs.replace(arm, variant=variant)
        for arm, variant in zip(one.header.plan.strategies, variants, strict=True)
    ]
    about = msgspec.structs.replace(
        one.header,
        plan=msgspec.structs.replace(one.header.plan, strategies=arms),
        commit=Commit("abc", datetime(2026, 11, 24, tzinfo=UTC), changed=changed),
    )
    assert list(gate.remarks(msgspec.structs.replace(one, header=about))) == ([text] if text else [])


def test_instructions_that_the_systems_allocator_changes_are_a_remark() -> None:
    one = record(1.0)
    counted = msgspec.structs.replace(one.header.plan, count_allocator="system")
    about = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, plan=counted))
    assert [text.partition(":")[0] for text in gate.surroundings(about)] == [
        "instructions were counted with the system's allocator"
    ]


def test_rounds_that_were_not_alike_are_undecided() -> None:
    def slower(sample: Sample) -> Sample:
        rounds = [msgspec.structs.replace(sample.rounds[0], wall_seconds=seconds) for seconds in (1.0, 9.0)]
        return msgspec.structs.replace(sample, rounds=rounds) if sample.strategy else sample

    one = record(1.0)
    one = msgspec.structs.replace(one, samples=[slower(each) for each in one.samples])
    (found,) = gate.decide(one, "time", lambda *_: 0.02)
    assert (found.outcome, found.comparison) == ("undecided", None)
    assert (found.reason or "").startswith("gevent@candidate: ")


def test_versions_that_were_sent_something_else_are_incomplete() -> None:
    def sent(sample: Sample) -> Sample:
        came = Reply("http://a.b/", 500 if sample.strategy else 200, 4, 4, 10)
        return msgspec.structs.replace(
            sample, rounds=[msgspec.structs.replace(each, replies=[came]) for each in sample.rounds]
        )

    one = record(1.0)
    (found,) = gate.decide(msgspec.structs.replace(one, samples=list(map(sent, one.samples))), "time", lambda *_: 0.02)
    assert found.outcome == "incomplete"
    assert found.reason == (
        "they were not sent the same: the base http://a.b/: 80 x 200 (4 bytes); "
        "the candidate http://a.b/: 80 x 500 (4 bytes)"
    )


@pytest.mark.parametrize(
    ("ratio", "jitter", "outcome"),
    [
        (1.0, 0.001, "pass"),
        (1.05, 0.001, "regression"),
        (0.9, 0.001, "pass"),
        (0.97, 0.03, "pass"),
        (1.02, 0.001, "undecided"),
        (1.0, 0.1, "undecided"),
        (1.05, 0.1, "undecided"),
    ],
)
def test_what_is_decided(ratio: float, jitter: float, outcome: str) -> None:
    (found,) = gate.decide(record(ratio, jitter), "time", lambda workload, strategy: 0.02)
    assert found.outcome == outcome
    assert gate.overall([found]) == outcome


@pytest.mark.parametrize("metric", ["overhead", "cpu", "memory"])
def test_each_metric_finds_a_regression(metric: str) -> None:
    one = record(1.0)

    def worse(round: Round) -> Round:
        return msgspec.structs.replace(
            round,
            wall_seconds=round.wall_seconds * 1.1,
            cpu_user_seconds=round.cpu_user_seconds * 1.1,
            peak_memory_bytes=round.peak_memory_bytes * 11 // 10,
        )

    taken = [
        msgspec.structs.replace(sample, rounds=[worse(round) for round in sample.rounds]) if sample.strategy else sample
        for sample in one.samples
    ]
    (found,) = gate.decide(msgspec.structs.replace(one, samples=taken), metric, lambda *_: 0.02)
    assert found.outcome == "regression", found


@pytest.mark.parametrize(
    ("floor", "reason"), [(None, "nobody knows its floor"), (10.0, "no round is beyond its floor")]
)
def test_overhead_without_a_floor_is_incomplete(floor: float | None, reason: str) -> None:
    one = record(1.0)
    groups = [msgspec.structs.replace(group, floor_seconds=floor) for group in one.header.plan.groups]
    about = msgspec.structs.replace(one.header, plan=msgspec.structs.replace(one.header.plan, groups=groups))
    (found,) = gate.decide(msgspec.structs.replace(one, header=about), "overhead", lambda *_: 0.02)
    assert (found.outcome, found.reason) == ("incomplete", reason)


@pytest.mark.parametrize(
    ("changes", "groups", "asked", "blocks"),
    [
        ({}, 1, False, gate.MOST),
        ({"count": "instructions"}, 1, False, 10),
        ({"count": "instructions"}, 2, False, 10),  # whose verdict needs 8 of them
        ({"count": "instructions"}, 4, False, 20),
        ({"count": "instructions"}, 12, False, 20),
        ({"blocks": 7}, 1, True, 7),
        ({"blocks": 500}, 1, True, 500),
        ({"count": "instructions", "blocks": 30}, 1, True, 30),
    ],
)
def test_how_many_blocks_a_gate_may_measure(changes: dict[str, Any], groups: int, asked: bool, blocks: int) -> None:
    plan = record(1.0).header.plan
    plan = msgspec.structs.replace(plan, groups=plan.groups * groups, **changes)
    assert gate.fitted(plan, lambda *_: 0.02, asked).blocks == blocks


def test_a_gate_is_as_precise_as_its_smallest_limit_asks() -> None:
    plan = record(1.0).header.plan
    fitted = gate.fitted(plan, lambda workload, strategy: 0.02 if strategy.endswith(CANDIDATE) else 0.1, False)
    assert (fitted.margin, fitted.precision) == (0.02, gate.PRECISE * 0.02)
    assert gate.fitted(msgspec.structs.replace(plan, count="instructions"), lambda *_: 0.02, False).precision is None


@pytest.mark.parametrize(("blocks", "groups", "needed"), [(1, 1, 7), (6, 1, 7), (7, 2, 8), (9, 12, 10)])
def test_blocks_that_cannot_say_anything_are_refused(blocks: int, groups: int, needed: int) -> None:
    plan = record(1.0).header.plan
    plan = msgspec.structs.replace(plan, groups=plan.groups * groups, blocks=blocks)
    cells = "1 cell" if groups == 1 else f"{groups} cells"
    with pytest.raises(HarnessError, match=f"--blocks {blocks}: a verdict on {cells} needs {needed}$"):
        gate.fitted(plan, lambda *_: 0.02, True)


def test_a_shard_without_a_block_is_refused() -> None:
    with pytest.raises(HarnessError, match="--shard 9/9: 8 blocks are too few for so many shards"):
        gate.fitted(record(1.0).header.plan, lambda *_: 0.02, True, Share(9, 9))


def test_a_cell_that_had_not_spoken_when_another_failed_is_undecided() -> None:
    one = record(1.02)
    plan = msgspec.structs.replace(one.header.plan, groups=one.header.plan.groups * 2)
    worse = [msgspec.structs.replace(taken, group=1) for taken in record(1.1).samples]
    one = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, plan=plan))
    one = msgspec.structs.replace(one, samples=[*one.samples, *worse])
    open_, failed = gate.decide(one, "time", lambda *_: 0.02)
    assert failed.outcome == "regression"
    assert (open_.outcome, open_.reason) == ("undecided", "the gate was over with the regression of another cell")


def test_a_cell_beside_a_machine_that_is_too_noisy_is_undecided() -> None:
    one = record(1.1)
    apart = [msgspec.structs.replace(sample(1, block, 1.5), arm="null") for block in range(8)]
    (found,) = gate.decide(msgspec.structs.replace(one, samples=[*one.samples, *apart]), "time", lambda *_: 0.02)
    assert (found.outcome, (found.reason or "").partition(":")[0]) == ("undecided", "the machine was too noisy")


def test_what_debugs_a_version_is_a_remark() -> None:
    one = record(1.0)
    facts = {"debugging": ["tracemalloc"]}
    taken = [msgspec.structs.replace(each, facts=facts) if each.strategy else each for each in one.samples]
    assert [text.partition(":")[0] for text in gate.surroundings(msgspec.structs.replace(one, samples=taken))] == [
        "gevent@candidate"
    ]


@pytest.mark.parametrize(
    ("limit", "found"), [(None, 0.02), (0.05, 0.05), (lambda workload, strategy: 0.3, 0.3)], ids=["none", "one", "each"]
)
def test_a_limit_is_the_metrics_one_for_all_or_one_for_each(limit: Any, found: float) -> None:
    assert check.limits("time", limit)("sleep", "gevent") == found


def test_a_limit_that_is_no_share_is_refused() -> None:
    with pytest.raises(HarnessError, match="--limit"):
        check.limits("time", -1.0)


def test_an_interruption_of_what_explains_a_gate_leaves_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = gate.judge(record(1.1), "time", lambda *_: 0.02)
    monkeypatch.setattr(grown, "told", mock.Mock(side_effect=Interrupted(2)))
    assert check.explained(said, record(1.1).header.plan, lambda text: None) is said


def test_a_limit_of_its_own() -> None:
    (found,) = gate.decide(record(1.05), "time", lambda workload, strategy: 0.1)
    assert found.outcome == "pass"


def test_where_time_was_up_the_seconds_of_enough_blocks_are_told() -> None:
    one = record(1.0, blocks=3, end=End("partial", 3, {"all": 6.0}))
    limited = msgspec.structs.replace(one.header.plan, max_time=6.0)
    about = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, plan=limited))
    (found,) = gate.decide(about, "time", lambda *_: 0.02)
    had = "3 of the 6 blocks that a pass needs, a regression 7"
    assert found.reason == f"{had}: the first take about 12 s (--max-time); 3 tell what is 1.6x"
    (without,) = gate.decide(one, "time", lambda *_: 0.02)
    assert without.reason == had


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"blocks": 3}, "undecided"),
        ({"end": None}, "incomplete"),
        ({"end": End("interrupted", 8, {"all": 1.0})}, "incomplete"),
        ({"place": 1, "reason": "ValueError: here"}, "incomplete"),
        ({"place": 0, "reason": "ValueError: here"}, "incomplete"),
        ({"place": 0, "reason": "there is no Python file /x/jobs.py"}, "new"),
        ({"place": 0, "reason": "/my code/jobs.py has no task"}, "new"),
        ({"place": 1, "reason": "there is no Python file /x/jobs.py"}, "incomplete"),
    ],
)
def test_what_is_not_known_never_passes(changes: dict[str, Any], outcome: str) -> None:
    (found,) = gate.decide(record(1.0, **changes), "time", lambda workload, strategy: 0.02)
    assert found.outcome == outcome
    assert gate.overall([found]) == outcome


def test_the_worst_outcome_is_the_gates() -> None:
    def one(outcome: Any) -> gate.Decision:
        return gate.Decision("sleep", "gevent", "time", 0.02, outcome)

    assert gate.overall([one("pass"), one("undecided"), one("regression")]) == "regression"
    assert gate.overall([one("pass"), one("undecided")]) == "undecided"
    assert gate.overall([one("pass"), one("incomplete"), one("undecided")]) == "incomplete"
    assert gate.overall([one("pass"), one("new")]) == "pass"
    assert gate.overall([one("new")]) == "new"
    assert gate.overall([]) == "incomplete"


@pytest.mark.parametrize("blocks", [5, 6, 7, 8])
def test_that_blocks_are_too_few_is_said_of_those_that_are(blocks: int) -> None:
    (found,) = gate.decide(record(1.0, 0.1, blocks), "time", lambda *_: 0.02)
    assert found.outcome == "undecided"
    assert ("of the 6 blocks that a pass needs" in (found.reason or "")) == (blocks < 6)


def test_seconds_of_a_block_are_told_of_a_run_that_had_a_block_and_a_limit_of_time() -> None:
    one = record(1.0, blocks=3)
    limited = msgspec.structs.replace(one.header.plan, max_time=6.0)
    about = msgspec.structs.replace(one.header, plan=limited)
    for end, told in ((End("partial", 3, {"all": 6.0}), True), (End("partial", 0, {"all": 6.0}), False)):
        (found,) = gate.decide(msgspec.structs.replace(one, header=about, end=end), "time", lambda *_: 0.02)
        assert ("--max-time" in (found.reason or "")) == told


def test_a_run_that_another_try_may_finish_is_incomplete_for_what_ended_it() -> None:
    end = End("partial", 8, {"all": 1.0}, cut_short="every host was lost")
    (found,) = gate.decide(record(1.0, end=end), "time", lambda *_: 0.02)
    assert (found.outcome, found.reason) == ("incomplete", "every host was lost")


def test_a_base_that_was_sent_nothing_is_told_so() -> None:
    came = Reply("http://a.b/", 200, 4, 4, 10)
    one = record(1.0)
    taken = [
        msgspec.structs.replace(each, rounds=[msgspec.structs.replace(round, replies=[came]) for round in each.rounds])
        if each.strategy
        else each
        for each in one.samples
    ]
    (found,) = gate.decide(msgspec.structs.replace(one, samples=taken), "time", lambda *_: 0.02)
    assert "the base nothing; the candidate http://a.b/" in (found.reason or "")


def test_of_what_several_versions_have_in_common_there_is_one_remark() -> None:
    one = record(1.0)
    seen = msgspec.structs.replace(one.samples[0], facts={"debugging": ["tracemalloc"]})
    both = [msgspec.structs.replace(each, facts=seen.facts) for each in one.samples]
    (said,) = gate.surroundings(msgspec.structs.replace(one, samples=both))
    assert said.startswith("gevent@base, gevent@candidate: ")
    null = [*one.samples, msgspec.structs.replace(seen, arm="null")]
    assert list(gate.surroundings(msgspec.structs.replace(one, samples=null))) == []


@pytest.mark.parametrize("allocator", [None, "steady"])
def test_an_allocator_that_keeps_counts_apart_is_no_remark(allocator: Any) -> None:
    one = record(1.0)
    counted = msgspec.structs.replace(one.header.plan, count="instructions", count_allocator=allocator)
    about = msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, plan=counted))
    assert list(gate.surroundings(about)) == []


def test_hosts_that_disagree_are_told_of_the_group_in_which_they_do() -> None:
    one = record(1.0)
    plan = msgspec.structs.replace(one.header.plan, groups=one.header.plan.groups * 2)
    taken = []
    for group in (0, 1):
        for block in range(24):
            site = block % 2
            times = 2.0 if site and group else 1.0
            for place, took in enumerate((1.0, times)):
                took *= 1 + 0.001 * (block // 2 % 3)
                taken.append(msgspec.structs.replace(sample(place, block, took), group=group, site=site))
    header = msgspec.structs.replace(
        one.header,
        plan=msgspec.structs.replace(
            plan,
            groups=[
                plan.groups[0],
                msgspec.structs.replace(plan.groups[1], workload="echo"),
            ],
        ),
    )
    found = list(gate.of_hosts(msgspec.structs.replace(one, header=header, samples=taken)))
    assert [text.partition(": hosts disagree")[0] for text in found if "disagree" in text] == ["echo, gevent"]


@pytest.mark.parametrize(("threads", "pin"), [(0, "one"), (1, "apart")])
def test_versions_without_threads_are_measured_on_one_core(threads: int, pin: str) -> None:
    plan = record(1.0).header.plan
    arms = [msgspec.structs.replace(one, threads_per_task=threads) for one in plan.strategies]
    assert gate.fitted(msgspec.structs.replace(plan, strategies=arms), lambda *_: 0.02, False).pin == pin


def test_a_shard_is_planned_by_its_share_of_all_blocks() -> None:
    plan = msgspec.structs.replace(record(1.0).header.plan, blocks=21)
    fitted = [gate.fitted(plan, lambda *_: 0.02, True, Share(number, 4)).blocks for number in range(1, 5)]
    assert fitted == [6, 5, 5, 5]
