"""Records over commits: series, shifts, and what a gate of the suspected commits says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from harness.document.make import document
from harness.document.run import Run
from harness.history import series as history
from harness.history.series import Taken, series, suspects
from harness.record import store
from harness.record.plan import SCHEMA
from harness.record.sample import Commit, Host, Record
from tests.builders import Finished, header, samples
from tests.repository import git

STEADY, SLOWER = 20_000, 30_000


def commit(number: int, **changes: Any) -> Commit:
    return msgspec.structs.replace(Commit(f"{number:040x}", at(number)), **changes)


def at(number: int) -> datetime:
    """An hour for each commit, and another zone for every third."""
    zone = timezone(timedelta(hours=9 if number % 3 == 0 else 0))
    return (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=number)).astimezone(zone)


def record(number: int, ours: float, **changes: Any) -> Record:
    """A run at a commit: gevent takes `ours` seconds, the sequential reference one, the host's loop a fiftieth."""
    about = {"run": f"r{number:04}", "commit": commit(number)} | changes
    return Record(
        msgspec.structs.replace(header(), **about), samples(ours), None, marks=[Host(0, 0.02, 0.001, 0.1, 0, 0, 0)]
    )


def stored(folder: Path, one: Record) -> None:
    writer = store.Writer(folder, one.header)
    for line in [*one.marks, *one.samples]:
        writer.append(line)
    writer.close()


def written(one: Record) -> str:
    """What `--json` writes of it."""
    return json.dumps(msgspec.to_builtins(document(one)))


def test_a_record_and_its_document_give_the_same_points() -> None:
    quick = history.of_record(record(1, 0.5))
    read = history.of_run(msgspec.json.decode(written(record(1, 0.5)), type=Run))
    (gevent, sequential), again = series([quick]), series([read])
    assert [reading.key for reading in quick.readings] == [reading.key for reading in read.readings]
    assert gevent.points[0].ratio == pytest.approx(again[0].points[0].ratio)
    assert gevent.points[0].ratio == pytest.approx(0.5, rel=0.01)
    assert (gevent.against, sequential.against) == ("sequential", "host loop")
    assert sequential.points[0].ratio == pytest.approx(50)


def test_commits_are_in_the_order_of_their_times_and_runs_of_one_count_once() -> None:
    runs = [record(3, 0.3), record(1, 0.1), record(2, 0.2), record(2, 0.22), record(2, 0.9)]
    gevent = series([history.of_record(one) for one in runs])[0]
    assert [point.ratio for point in gevent.points] == pytest.approx([0.1, 0.22, 0.3], rel=0.02)
    assert [point.commit for point in gevent.points] == [commit(number).id for number in (1, 2, 3)]
    assert len(series([history.of_record(one) for one in runs], last=2)[0].points) == 2


def test_a_run_of_a_changed_tree_or_of_none_is_no_point() -> None:
    runs = [record(1, 0.5, commit=commit(1, changed=2)), record(2, 0.5, commit=None)]
    assert series([history.of_record(one) for one in runs]) == []


def test_machines_and_references_are_series_of_their_own() -> None:
    runs = [record(1, 0.5), record(2, 0.5, host={"machine_key": "other"})]
    assert len(series([history.of_record(one) for one in runs])) == 4


def shifted(before: float, after: float) -> list[Taken]:
    jitter = np.random.default_rng(1).normal(1, 0.004, 40).tolist()
    return [
        history.of_record(record(number, (before if number < 25 else after) * jitter[number])) for number in range(40)
    ]


def test_a_shift_to_the_slower_is_suspected_and_one_to_the_faster_is_not() -> None:
    (suspect,) = suspects(series(shifted(0.5, 0.55)))
    assert (suspect.before, suspect.after) == (commit(24).id, commit(25).id)
    assert suspect.options == ("seconds=0.5",)
    assert suspects(series(shifted(0.5, 0.55)))[suspect] == ["gevent"]
    assert not suspects(series(shifted(0.55, 0.5)))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Sixteen commits; from the eleventh on the job does half as much again. The last is not measured."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / ".gitignore").write_text("results\n")
    (tmp_path / "pyproject.toml").write_text('[tool.harness]\nstrategy = ["sequential"]\n')
    for number in range(30):
        work = STEADY if number < 20 else SLOWER
        (tmp_path / "jobs.py").write_text(f"def task(index):\n    return sum(range({work}))  # {number}\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "--date", f"2026-11-{number + 1:02}T00:00:00", "-m", str(number))
    return tmp_path


def measured(repository: Path, shift_at: int) -> None:
    """Records of each commit, as if the job had become slower at one of them."""
    plan = header().plan
    group = msgspec.structs.replace(
        plan.groups[0], workload="./jobs.py:task", options={}, tasks=20, concurrency=20, floor_seconds=None
    )
    jitter = np.random.default_rng(1).normal(1, 0.004, 30).tolist()
    commits = git(repository, "log", "--reverse", "--format=%H").splitlines()
    for number, name in enumerate(commits):
        one = record(
            number,
            (0.5 if number < shift_at else 0.75) * jitter[number],
            commit=Commit(name, at(number)),
            plan=msgspec.structs.replace(plan, groups=[group]),
        )
        stored(repository / "results", one)


def test_the_shift_is_shown_with_its_commits(repository: Path, harness: Callable[..., Finished]) -> None:
    measured(repository, 20)
    before, after = git(repository, "log", "--reverse", "--format=%H").splitlines()[19:21]
    done = harness("history")
    assert (done.returncode, done.stderr) == (0, "")
    assert before[:10] in done.stdout
    assert after[:10] in done.stdout
    assert "+49.8%" in done.stdout
    assert "history --confirm" in done.stdout
    said = json.loads(harness("history", "--json", "-").stdout)
    (shift,) = [shift for one in said["series"] for shift in one["shifts"]]
    assert (shift["before"], shift["after"]) == (before, after)
    assert shift["ratio"] == pytest.approx(1.5, rel=0.02)
    assert len(said["series"][0]["points"]) == 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shift_at", "status", "outcome"),
    [(20, 1, "regression"), (15, 0, "pass")],
)
def test_only_what_a_gate_confirms_fails(
    repository: Path, harness: Callable[..., Finished], shift_at: int, status: int, outcome: str
) -> None:
    """The second: the records have a shift where nothing was changed in the job but a remark."""
    measured(repository, shift_at)
    limit = '[[tool.harness.gate.limits]]\nworkload = "./jobs.py:task"\nlimit = 0.2\n'
    (repository / "pyproject.toml").write_text(limit)
    done = harness("history", "--confirm", "--wait", "--max-time", "20", "--json", "out.json")
    assert done.returncode == status, done.stdout + done.stderr
    assert "in the same blocks" in done.stdout
    (confirmed,) = json.loads((repository / "out.json").read_text())["confirmed"]
    assert confirmed["outcome"] == outcome


def test_summaries_in_the_baselines_count_once_beside_their_records(
    repository: Path, harness: Callable[..., Finished]
) -> None:
    measured(repository, 20)
    (repository / "results" / "baselines").mkdir()
    for number, path in enumerate(sorted((repository / "results").glob("*.jsonl"))[:28]):
        to = repository / "results" / "baselines" / f"{path.stem}.json"
        if number == 0:
            assert harness("show", path.stem, "--json", str(to)).returncode == 0
        else:
            to.write_text(written(store.read(path)))
            path.unlink()
    said = json.loads(harness("history", "--json", "-").stdout)
    assert (said["runs"], said["unread"]) == (30, [])
    assert sum(len(one["shifts"]) for one in said["series"]) == 1


def test_without_a_run_at_a_commit_nothing_is_selected(harness: Callable[..., Finished], tmp_path: Path) -> None:
    done = harness("history")
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "no history yet" in done.stderr
    stored(tmp_path / "results", record(1, 0.5, commit=None))
    assert harness("history", "--confirm").returncode == 4


def test_what_cannot_be_read_is_a_line_each_and_no_pass(harness: Callable[..., Finished], tmp_path: Path) -> None:
    results = tmp_path / "results"
    stored(results, record(1, 0.5))
    stored(results, record(2, 0.5))
    (results / "baselines").mkdir()
    (results / "gate.json").write_text("{}")  # whatever else lies there
    (results / "torn.jsonl").write_bytes(b'{"kind":"hea')
    (results / "baselines" / "newer.json").write_text(json.dumps({"schema": SCHEMA + 1}))
    (results / "baselines" / "other.json").write_text("[]")
    done = harness("history")
    assert done.returncode == 0
    assert done.stdout.count("not read: ") == 3
    assert "newer.json has schema 2, this program reads up to 1: upgrade it" in done.stdout
    assert harness("history", "--confirm").returncode == 3
