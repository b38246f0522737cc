"""A gate in parts: the same as one run's, and no part that does not belong to it."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.cli.destination import say
from harness.document.gate import Gate
from harness.errors import HarnessError
from harness.gate import decide, shards
from harness.gate.check import UNNAMED, check, merge, part, unexplained
from harness.gate.shards import Share
from harness.record import store
from harness.record.sample import Commit, End, Host, Looks, Record
from tests import schema
from tests.builders import Finished, sample
from tests.records import gated
from tests.repository import JOB, git

LIMIT = 0.02


def limit(workload: str, strategy: str) -> float:
    return LIMIT


def whole(ratio: float, blocks: int = 24, seed: int = 1) -> Record:
    """One run of a base and a candidate with a null arm, in as many blocks."""
    drawn = random.Random(seed)
    made = gated(1.0)
    samples, marks = [], []
    for block in range(blocks):
        marks.append(Host(block, 0.1 + block, 0.001, 0.0, 0.0, 0.0, 0.0))
        for place, arm in ((0, "row"), (1, "row"), (1, "null")):
            took = (ratio if place else 1.0) * (1 + drawn.gauss(0, 0.01))
            samples.append(msgspec.structs.replace(sample(place, block, took), arm=arm))
    plan = msgspec.structs.replace(made.header.plan, groups=made.header.plan.groups[:1], blocks=blocks)
    header = msgspec.structs.replace(made.header, plan=plan)
    end = End("complete", blocks, {"all": float(blocks)})
    return Record(header, samples, end, marks=marks, looks=Looks(blocks))


def counted(record: Record, ratio: float) -> Record:
    """The same, with so many times as many instructions in the candidate."""
    samples = [
        msgspec.structs.replace(one, instructions_per_task=(1000.0 + one.block) * (ratio if one.strategy else 1.0))
        for one in record.samples
    ]
    plan = msgspec.structs.replace(record.header.plan, count="instructions", count_with="qemu")
    header = msgspec.structs.replace(record.header, plan=plan)
    return msgspec.structs.replace(record, header=header, samples=samples)


def split(record: Record, of: int, metric: str = "time") -> list[Gate]:
    """The parts of a run, as shards would have measured them."""
    made = []
    every = record.header.plan.blocks
    for number in range(1, of + 1):
        mine = Share(number, of)
        order = {block: place for place, block in enumerate(range(number - 1, every, of))}
        samples = [msgspec.structs.replace(s, block=order[s.block]) for s in record.samples if s.block in order]
        marks = [msgspec.structs.replace(m, block=order[m.block]) for m in record.marks if m.block in order]
        plan = msgspec.structs.replace(record.header.plan, blocks=mine.blocks(every), seed=number)
        header = msgspec.structs.replace(record.header, plan=plan, run=f"r{number}")
        one = Record(header, samples, End("complete", len(order), {"all": 1.0}), marks=marks)
        made.append(part(one, metric, limit, mine, every))
    return made


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the records of what is merged are kept."""
    monkeypatch.chdir(tmp_path)


def written(folder: Path, parts: Sequence[Gate]) -> list[Path]:
    paths = [folder / f"part-{number}.json" for number in range(1, len(parts) + 1)]
    for path, one in zip(paths, parts, strict=True):
        path.write_bytes(msgspec.json.encode(one))
    return paths


@pytest.mark.parametrize("of", [1, 2, 4, 5])
@pytest.mark.parametrize("ratio", [1.0, 1.01, 1.02, 1.05, 1.7])
def test_merged_shards_say_what_one_run_says(ratio: float, of: int, tmp_path: Path) -> None:
    record = whole(ratio)
    one = decide.judge(record, "time", limit)
    several = merge(written(tmp_path, split(record, of)))
    assert msgspec.structs.replace(several, run=one.run) == one


def test_what_is_merged_is_kept_as_one_run_is(tmp_path: Path) -> None:
    said = merge(written(tmp_path, split(whole(1.0), 2)), tmp_path / "kept")
    kept = store.read(tmp_path / "kept" / f"{said.run}.jsonl")
    judged = decide.judge(kept, "time", limit)
    assert (judged, kept.damaged, kept.end and kept.end.status) == (said, 0, "complete")
    assert store.find(tmp_path / "kept", "latest").stem == said.run


def test_a_part_that_was_said_with_a_secret_in_it_is_merged(tmp_path: Path) -> None:
    record = whole(1.0)
    plan = msgspec.structs.replace(
        record.header.plan, groups=[msgspec.structs.replace(record.header.plan.groups[0], options={"token": 'se"c'})]
    )
    asked = {"options": ["token=secret", "label=--token 'x"], "ssh": "get --token "}
    record = msgspec.structs.replace(record, header=msgspec.structs.replace(record.header, plan=plan, asked=asked))
    paths = [tmp_path / f"part-{number}.json" for number in (1, 2)]
    for path, one in zip(paths, split(record, 2), strict=True):
        say(msgspec.to_builtins(one), str(path), str)
        assert "secret" not in path.read_text()
    assert merge(paths).outcome == "pass"


def test_the_order_of_the_parts_does_not_matter(tmp_path: Path) -> None:
    paths = written(tmp_path, split(whole(1.02, seed=3), 4))
    said, other = merge(paths), merge(paths[::-1])
    assert msgspec.structs.replace(other, run=said.run) == said


def test_a_part_decides_nothing_and_is_what_the_schema_says(tmp_path: Path) -> None:
    for one in split(whole(1.5), 3):
        (cell,) = one.cells
        assert (cell.outcome, cell.comparison) == ("undecided", None)
        assert cell.reason == f"shard {one.shard.number if one.shard else 0} of 3: gate --merge decides"
        schema.hold(msgspec.to_builtins(one), "gate")


def test_a_shard_that_had_less_time_is_judged_by_the_blocks_that_it_has(tmp_path: Path) -> None:
    parts = split(whole(1.0), 2)
    record = shards.part("x", parts[1]).record
    fewer = msgspec.structs.replace(record, samples=[one for one in record.samples if one.block < 3])
    paths = written(tmp_path, [parts[0], part(fewer, "time", limit, Share(2, 2), 24)])
    said = merge(paths)
    assert (said.outcome, said.most) == ("pass", 24)


def test_an_interrupted_shard_leaves_the_gate_incomplete(tmp_path: Path) -> None:
    parts = split(whole(1.0), 2)
    record = shards.part("x", parts[1]).record
    cut = msgspec.structs.replace(record, end=End("interrupted", 12, {"all": 1.0}))
    said = merge(written(tmp_path, [parts[0], part(cut, "time", limit, Share(2, 2), 24)]))
    assert (said.outcome, said.cells[0].reason) == ("incomplete", "the run was interrupted")


def test_a_shard_that_was_cut_off_leaves_the_gate_incomplete(tmp_path: Path) -> None:
    parts = split(whole(1.0), 2)
    record = shards.part("x", parts[1]).record
    cut = msgspec.structs.replace(record, end=None)
    said = merge(written(tmp_path, [parts[0], part(cut, "time", limit, Share(2, 2), 24)]))
    assert (said.outcome, said.cells[0].reason) == ("incomplete", "the run was interrupted")


def test_which_functions_grew_is_not_known_of_parts(tmp_path: Path) -> None:
    for ratio, outcome in ((1.1, "regression"), (1.0, "pass")):
        said = merge(written(tmp_path, split(counted(whole(1.0), ratio), 2, "instructions")))
        assert (said.outcome, UNNAMED in said.remarks) == (outcome, outcome == "regression")


def changed(one: Gate, **header: Any) -> Gate:
    """A part whose header has other fields."""
    assert one.shard
    record = shards.part("x", one).record
    record = msgspec.structs.replace(record, header=msgspec.structs.replace(record.header, **header))
    return part(record, one.cells[0].metric, limit, Share(one.shard.number, one.shard.of), one.shard.blocks)


def of_another_plan(one: Gate, **plan: Any) -> Gate:
    return changed(one, plan=msgspec.structs.replace(shards.part("x", one).record.header.plan, **plan))


def of_another_base(one: Gate) -> Gate:
    arms = shards.part("x", one).record.header.plan.strategies
    base = msgspec.structs.replace(arms[0].variant, spec="git:HEAD^1", commit="e" * 40)
    return of_another_plan(one, strategies=[msgspec.structs.replace(arms[0], variant=base), arms[1]])


def without_base(one: Gate) -> Gate:
    (_, candidate) = shards.part("x", one).record.header.plan.strategies
    other = msgspec.structs.replace(candidate, name="threads@base")
    return of_another_plan(one, strategies=[other, candidate], reference=other.name)


def of_other_names(one: Gate) -> Gate:
    arms = shards.part("x", one).record.header.plan.strategies
    base = msgspec.structs.replace(arms[0].variant, name="mine")
    return of_another_plan(one, strategies=[msgspec.structs.replace(arms[0], variant=base), arms[1]])


def dirty(one: Gate, files: int) -> Commit:
    commit = shards.part("x", one).record.header.commit
    assert commit
    return msgspec.structs.replace(commit, changed=files)


def with_another_option(one: Gate) -> Gate:
    groups = shards.part("x", one).record.header.plan.groups
    return of_another_plan(one, groups=[msgspec.structs.replace(groups[0], options={"seconds": 3.0})])


def with_another_limit(one: Gate) -> Gate:
    return msgspec.structs.replace(one, cells=[msgspec.structs.replace(one.cells[0], limit=0.5)])


def of_another_workload(one: Gate) -> Gate:
    return msgspec.structs.replace(one, cells=[msgspec.structs.replace(one.cells[0], workload="echo")])


def numbered(one: Gate, number: int) -> Gate:
    assert one.shard
    return msgspec.structs.replace(one, shard=msgspec.structs.replace(one.shard, number=number))


def by_another_metric(one: Gate) -> Gate:
    return msgspec.structs.replace(one, cells=[msgspec.structs.replace(one.cells[0], metric="cpu")])


def of_other_lines(one: Gate, change: Callable[[list[str]], list[str]]) -> Gate:
    assert one.shard
    lines = change(list(one.shard.lines))
    return msgspec.structs.replace(
        one, shard=msgspec.structs.replace(one.shard, lines=lines, crc32=shards.crc32(lines))
    )


def shortened(one: Gate) -> Gate:
    assert one.shard
    return msgspec.structs.replace(one, shard=msgspec.structs.replace(one.shard, lines=one.shard.lines[:-2]))


def damaged(one: Gate) -> Gate:
    return of_other_lines(one, lambda lines: [lines[0], lines[1].replace("0", "1"), *lines[2:]])


def doubled(one: Gate) -> Gate:
    return of_other_lines(one, lambda lines: [*lines, *(line for line in lines if '"sample"' in line)])


def impossible(one: Gate) -> Gate:
    body = '{"kind":"end","status":"complete","blocks":-1,"seconds":{}'
    line = f'{body},"crc32":"{zlib.crc32(body.encode()):08x}"}}'
    return of_other_lines(one, lambda lines: [*lines[:-1], line])


def without_blocks(one: Gate) -> Gate:
    return of_other_lines(one, lambda lines: [line for line in lines if '"sample"' not in line])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (of_another_base, "part-2.json is of another gate: the base is git:HEAD^1 (eeeeeeeeeeee), in"),
        (without_base, "part-2.json is damaged: its cells"),
        (of_other_names, "part-2.json is of another gate: the mine is"),
        (lambda one: changed(one, commit=None), "is of another gate: the commit is none, in"),
        (lambda one: changed(one, versions={"gevent": "1"}), "is of another gate: versions: gevent 1, in"),
        (lambda one: changed(one, host={"python": "3.99"}), "is of another gate: Python is 3.99, in"),
        (lambda one: of_another_plan(one, rounds=7), "is of another gate: rounds"),
        (with_another_option, "is of another gate: workloads: ('sleep', {'seconds': 3.0}, 10, 10)"),
        (with_another_limit, "is of another gate: limits: sleep gevent 0.5, in"),
        (by_another_metric, "is of another gate: the metric is cpu, in"),
        (damaged, "part-2.json is damaged: 1 of its lines"),
        (doubled, "part-2.json says what cannot be: samples: group 0, strategy 0, block 0, arm row is there 2 times"),
        (shortened, "part-2.json is damaged: its lines are not those that were written"),
        (impossible, "part-2.json says what cannot be: blocks: expected `int` >= 0"),
        (without_blocks, "part-2.json has no block: shard 2 of 2 has to be run again"),
        (lambda one: msgspec.structs.replace(one, shard=None), "part-2.json is a whole gate and no part of one"),
        (lambda one: changed(one, run="r1"), "are the same run, r1"),
        (lambda one: of_another_plan(one, count_with="qemu"), "is of another gate: rounds"),
        (lambda one: msgspec.structs.replace(one, cells=[]), "part-2.json is damaged: its cells"),
        (of_another_workload, "part-2.json is damaged: its cells"),
        (lambda one: of_another_plan(one, fresh=True), "is of another gate: rounds"),
        (lambda one: of_another_plan(one, warmup=0), "is of another gate: rounds"),
        (lambda one: of_another_plan(one, values="any"), "is of another gate: rounds"),
        (lambda one: changed(one, commit=dirty(one, 1)), "is of another gate: changed files: 1, in"),
        (lambda one: changed(one, versions={"a": "1"}), "part-2.json is of another gate: versions: a 1, in"),
        (lambda one: numbered(one, 5), "part-2.json is damaged: its cells or its number"),
    ],
)
def test_a_foreign_part_is_refused(make: Callable[[Gate], Gate], text: str, tmp_path: Path) -> None:
    one, two = split(whole(1.0), 2)
    with pytest.raises(HarnessError) as refused:
        merge(written(tmp_path, [one, make(two)]))
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)


def test_missing_doubled_and_mixed_parts_are_refused(tmp_path: Path) -> None:
    paths = written(tmp_path, split(whole(1.0), 4))
    (tmp_path / "other").mkdir()
    others = written(tmp_path / "other", split(whole(1.0), 3))
    for given, text in (
        (paths[:2], "of 4 shards 3, 4 are missing"),
        (paths[1:], "of 4 shards 1 is missing"),
        ([*paths, paths[2]], "shard 3 of 4 is there twice"),
        ([*paths[:3], others[2]], "is of another gate: shards in all: 3, in"),
        ([], "--merge: name the parts"),
        ([tmp_path / "nothing.json"], "nothing.json is no file"),
    ):
        with pytest.raises(HarnessError, match=text):
            merge(given)


def test_of_many_missing_shards_ten_are_named(tmp_path: Path) -> None:
    for of, said in (
        (11, "of 11 shards 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 are missing"),
        (14, "of 14 shards 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 others are missing"),
    ):
        with pytest.raises(HarnessError) as refused:
            merge(written(tmp_path, split(whole(1.0), of)[:1]))
        assert str(refused.value) == said


def test_the_seconds_of_shards_and_what_they_left_behind_are_those_of_all(tmp_path: Path) -> None:
    ends = [End("complete", 12, {"all": 3.0, "rounds": 2.0}, left_behind=2), End("partial", 12, {"all": 4.0}, 3)]
    parts = []
    for number, (one, end) in enumerate(zip(split(whole(1.0), 2), ends, strict=True), 1):
        record = msgspec.structs.replace(shards.part("x", one).record, end=end)
        parts.append(shards.part("x", part(record, "time", limit, Share(number, 2), 24)))
    assert shards.merged(parts).end == End("partial", 24, {"all": 7.0, "rounds": 2.0}, left_behind=5)


def test_a_part_of_which_no_line_is_left_is_damaged(tmp_path: Path) -> None:
    for change, said in (
        (lambda lines: [], "all of its lines"),
        (lambda lines: lines[1:], "all of its lines"),
        (lambda lines: [*lines, "{}", "x"], "2 of its lines"),
    ):
        one, two = split(whole(1.0), 2)
        with pytest.raises(HarnessError, match=f"part-2.json is damaged: {said} are not what was written"):
            merge(written(tmp_path, [one, of_other_lines(two, change)]))


@pytest.mark.parametrize(("number", "of", "good"), [(0, 2, False), (1, 1, True), (2, 2, True), (3, 2, False)])
def test_a_part_is_one_of_as_many_as_there_are(number: int, of: int, good: bool) -> None:
    one = split(whole(1.0), 2)[0]
    assert one.shard
    made = msgspec.structs.replace(one, shard=msgspec.structs.replace(one.shard, number=number, of=of))
    if good:
        assert shards.part("x", made).shard.number == number
    else:
        with pytest.raises(HarnessError, match="its cells or its number are not those of its record"):
            shards.part("x", made)


def test_a_gate_of_shards_has_no_end_to_its_number() -> None:
    one = split(whole(1.0), 2)[0]
    assert one.shard
    for of, good in ((10**6 - 1, True), (10**6, False)):
        made = msgspec.structs.replace(one, shard=msgspec.structs.replace(one.shard, of=of))
        if good:
            assert shards.part("x", made).shard.of == of
        else:
            with pytest.raises(HarnessError, match="is damaged"):
                shards.part("x", made)


@pytest.mark.parametrize(
    "text", ["", "2", "0/4", "5/4", "a/b", "1/0", "-1/4", "1/2/3", "1.0/2", "1/1000000", f"1/{4400 * '9'}"]
)
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(HarnessError, match="write which of how many"):
        shards.share(text)


@pytest.mark.parametrize(("blocks", "of"), [(40, 4), (41, 4), (3, 3), (7, 5), (10**6, 999_999)])
def test_the_shares_are_all_blocks(blocks: int, of: int) -> None:
    assert [shards.share(f"{number}/{of}") for number in (1, of)] == [Share(1, of), Share(of, of)]
    assert sum(Share(number, of).blocks(blocks) for number in range(1, of + 1)) == blocks


@pytest.mark.slow
def test_a_shard_is_of_one_machine() -> None:
    with pytest.raises(HarnessError, match="--shard spreads blocks over jobs, --on over hosts: leave one out"):
        check("git:HEAD", shard="1/2", on="ssh://h1")


def test_two_shards_of_a_repository_are_one_gate(harness: Callable[..., Finished], tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "jobs.py").write_text(JOB.format(20_000))
    git(tmp_path, "add", "jobs.py")
    git(tmp_path, "commit", "--quiet", "-m", "base")
    (tmp_path / "jobs.py").write_text(JOB.format(40_000))
    asked = ("--base", "git:main", "-s", "sequential", "-W", "./jobs.py:task", "--tasks", "20", "--blocks", "8")
    for number in (1, 2):
        shard = ("--shard", f"{number}/2", "--json", f"part-{number}.json", "--rounds", "2")
        done = harness("gate", *asked, *shard, HARNESS_GATE_WAIT="1")
        assert done.returncode == 0, done.stdout + done.stderr
    assert harness("gate", "--merge", "part-1.json").returncode == 2
    done = harness("gate", "--merge", "part-1.json", "part-2.json", "--json", "out.json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert json.loads((tmp_path / "out.json").read_text())["outcome"] == "regression"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--merge",), "--merge: name the parts"),
        (("--merge", "x.json", "--base", "git:main"), "leave --base out"),
        (("--merge", "x.json", "--limit", "0.1"), "leave --limit out"),
        (("x.json", "--base", "git:main"), "x.json: parts are for --merge"),
        (("--base", "git:main", "--shard", "1/2"), "--json PATH says where to put the part"),
        (("--base", "git:main", "--shard", "3/2", "--json", "x"), "--shard 3/2: write which of how many"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    harness: Callable[..., Finished], arguments: tuple[str, ...], text: str
) -> None:
    done = harness("gate", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert text in done.stderr


@pytest.mark.parametrize("outcome", ["undecided", "pass", "incomplete", "regression"])
@pytest.mark.parametrize("metric", ["time", "instructions"])
def test_that_functions_are_not_known_is_said_of_a_regression_that_was_counted(outcome: Any, metric: str) -> None:
    said = unexplained(Gate(run="r1", outcome=outcome, cells=[], remarks=["before"]), metric)
    known = ["before", UNNAMED] if (outcome, metric) == ("regression", "instructions") else ["before"]
    assert said.remarks == known
