"""Two stored records side by side."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.document.comparison import compare
from harness.errors import HarnessError
from harness.record import store
from harness.record.plan import PlannedStrategy, Variant
from harness.record.sample import End, Header, Record, Trial
from tests.builders import LOAD, LOOK, ROUND, Finished, flat, header, samples
from tests.repository import git


def stored(folder: Path, run: str, ours: float, **changes: Any) -> str:
    """A record of eight blocks; gevent takes `ours` seconds."""
    one: Header = msgspec.structs.replace(header(), run=run, **changes)
    writer = store.Writer(folder / "results", one)
    for line in [*samples(ours), End("complete", 8, {"all": 1.0})]:
        writer.append(line)
    writer.close()
    return run


def other_group(**changes: Any) -> Any:
    plan = header().plan
    return msgspec.structs.replace(plan, groups=[msgspec.structs.replace(plan.groups[0], **changes)])


def history(folder: Path, **changes: Any) -> None:
    """Five runs of the same code, whose ratios deviate by a third of a percent."""
    for number, scatter in enumerate((0.0, 0.004, -0.004, 0.002, -0.002)):
        stored(folder, f"p{number}", 0.5 * (1 + scatter), **changes)


@pytest.mark.parametrize(
    ("now", "hint", "verdict"),
    [(0.5, "none", "same"), (0.6, "slower", "slower"), (0.4, "faster", "faster"), (0.51, "none", "undecided")],
)
def test_what_changed_is_told_beside_a_history(
    harness: Callable[..., Finished], tmp_path: Path, now: float, hint: str, verdict: str
) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", now)
    history(tmp_path)
    done = harness("compare", "a", "b", "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["weaker"] is True
    sequential, gevent = said["groups"][0]["rows"]
    assert (sequential["hint"], sequential["verdict"], sequential["basis"]) == ("none", "none", None)
    assert (gevent["hint"], gevent["verdict"], gevent["basis"], gevent["of"]) == (hint, verdict, "history", 5)
    for interval in (gevent["ratio"], gevent["interval"]):
        assert interval["low"] <= interval["estimate"] <= interval["high"]
        assert interval["estimate"] == pytest.approx(now / 0.5, rel=0.01)


def test_counts_of_two_counters_are_never_compared(harness: Callable[..., Finished], tmp_path: Path) -> None:
    for run, counter, allocator in (
        ("a", "qemu", None), ("b", "callgrind", None), ("c", "callgrind", "system"), ("d", "callgrind", "steady"),
    ):  # fmt: skip
        plan = msgspec.structs.replace(
            header().plan, count="instructions", count_with=counter, count_allocator=allocator
        )
        stored(tmp_path, run, 0.5, plan=plan)
    said = flat(harness("compare", "a", "b").stdout)
    for how in (
        "callgrind with the system allocator",
        "qemu with the system allocator",
        "never compare the two counts",
    ):
        assert how in said
    assert "were counted" not in harness("compare", "b", "c").stdout
    assert "by callgrind with the steady allocator and by" in flat(harness("compare", "b", "d").stdout)


def test_without_a_history_the_table_says_so_and_what_would_tell(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", 0.6)
    done = harness("compare", "a")
    assert done.returncode == 0
    assert "slower" not in done.stdout
    assert "one run each: 0 runs of history" in flat(done.stdout)
    assert "1.01x 1.01x" in done.stdout
    assert "would tell python -m harness gate --base path:FOLDER -s sequential,gevent" in flat(done.stdout)


def test_calibrations_beside_the_results_are_read(harness: Callable[..., Finished], tmp_path: Path) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", 0.65)
    twins = [PlannedStrategy(name, "c:D") for name in ("gevent", "gevent +0%")]
    for number, scatter in enumerate((0.0, 0.004, -0.004)):
        made = msgspec.structs.replace(header().plan, strategies=twins, reference="gevent")
        (tmp_path / "at").mkdir(exist_ok=True)
        stored(tmp_path / "at", f"c{number}", 1 + scatter, plan=made)
    (tmp_path / "at" / "results").rename(tmp_path / "results" / "calibration")
    _, gevent = json.loads(harness("compare", "a", "b", "--json", "-").stdout)["groups"][0]["rows"]
    assert (gevent["verdict"], gevent["basis"], gevent["of"]) == ("slower", "calibration", 3)


def test_what_cannot_be_read_is_no_history_and_is_said(harness: Callable[..., Finished], tmp_path: Path) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", 0.6)
    (tmp_path / "results" / "torn.jsonl").write_bytes(b'{"kind":"hea')
    done = harness("compare", "a", "b")
    assert done.returncode == 0
    assert "1 file of the results is no history: " in done.stdout


@pytest.mark.parametrize(("name", "status"), [("gevent", 0), ("trio", 2)])
def test_a_reference_is_one_that_both_have(
    harness: Callable[..., Finished], tmp_path: Path, name: str, status: int
) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", 0.6)
    done = harness("compare", "a", "b", "--reference", name)
    assert done.returncode == status
    if status:
        assert "--reference trio: a has sequential, gevent; b has sequential, gevent; in both: sequen" in done.stderr
        assert done.stderr.count("\n") == 1
    else:
        assert "in flight, against gevent" in flat(done.stdout)


@pytest.mark.slow
def test_the_command_that_would_tell_tells(harness: Callable[..., Finished], tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text("results\n")
    for turns in (1, 2):
        (tmp_path / "lib.py").write_text(f"TURNS = {turns}\n")
        job = "import lib\n\n\ndef job(index, size=1):\n    return sum(range(20_000 * size * lib.TURNS)) % 7 * 0\n"
        (tmp_path / "jobs.py").write_text(job)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "-m", f"{turns}")
        asked = ("-s", "sequential", "-W", "./jobs.py:job", "-P", "size=2", "--tasks", "20", "--quick", "--wait")
        assert harness("run", *asked, "--name", f"run{turns}").returncode == 0
    (group,) = json.loads(harness("compare", "run1", "run2", "--json", "-").stdout)["groups"]
    command = shlex.split(group["command"])
    assert command[:4] == ["python", "-m", "harness", "gate"]
    assert harness(*command[3:], "--wait", "--max-time", "60").returncode == 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"host": {"machine_key": "other", "cores": 64}}, "are of different machines: cores"),
        ({"plan": other_group(options={"seconds": 9.0})}, "have no cell in common"),
        ({"plan": other_group(tasks=11)}, "have no cell in common"),
        ({"plan": other_group(version="abc")}, "has changed: version None then, abc now"),
    ],
)
def test_what_cannot_be_compared_is_one_line_that_names_the_difference(
    harness: Callable[..., Finished], tmp_path: Path, changes: dict[str, Any], text: str
) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", 0.5, **changes)
    done = harness("compare", "a", "b")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert text in done.stderr


def test_a_real_run_knows_the_version_of_its_workload(
    document: Callable[..., Any], harness: Any, tmp_path: Path
) -> None:
    (tmp_path / "jobs.py").write_text("def job(index):\n    return 1\n")
    asked = ("-s", "sequential", "-W", "./jobs.py:job", *LOOK)
    document(*asked)
    (tmp_path / "jobs.py").write_text("def job(index):\n    return 2\n")
    said = document(*asked)
    first = min(path.stem for path in (tmp_path / "results").iterdir())
    done = harness("compare", first, said["run"])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "workload ./jobs.py:job has changed: version" in done.stderr


def test_a_damaged_record_is_compared_with_a_remark(harness: Callable[..., Finished], tmp_path: Path) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", 0.5)
    path = tmp_path / "results" / "a.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    done = harness("compare", "a", "b")
    assert done.returncode == 0
    assert "a has 1 damaged lines, and is compared without them" in flat(done.stdout)


def variants(spec: str) -> Any:
    plan = header().plan
    arm = msgspec.structs.replace(plan.strategies[1], name="gevent@new", variant=Variant("new", spec))
    return msgspec.structs.replace(plan, strategies=[plan.strategies[0], arm])


def test_variants_of_one_name_and_other_packages_are_not_compared(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    stored(tmp_path, "a", 0.5, plan=variants("pip:gevent==24.11.1"))
    stored(tmp_path, "b", 0.5, plan=variants("pip:gevent==26.9.0"))
    done = harness("compare", "a", "b")
    assert done.returncode == 0
    assert "gevent@new" not in done.stdout
    assert "b has 1 cells more, without numbers or without a like in the other" in done.stdout


def test_servers_without_a_capacity_have_nothing_to_compare() -> None:
    group = msgspec.structs.replace(header().plan.groups[0], serves=True)
    plan = msgspec.structs.replace(header().plan, groups=[group], slo=0.01)
    load = msgspec.structs.replace(LOAD, trials=[Trial(1000.0, 900.0, 0.5, held=False)])
    lost = [
        msgspec.structs.replace(one, warmups=[], rounds=[msgspec.structs.replace(ROUND, load=load)], observed=None)
        for one in samples(0.5)
    ]
    record = Record(msgspec.structs.replace(header(), plan=plan), lost, None)
    with pytest.raises(HarnessError, match="no cell in common"):
        compare(record, record)
