"""Two stored records side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.document.comparison import compare
from harness.errors import HarnessError
from harness.record import store
from harness.record.plan import Variant
from harness.record.sample import Header, Record, Trial
from tests.builders import LOAD, ROUND, Finished, header, samples


def stored(folder: Path, run: str, ours: float, **changes: Any) -> str:
    """A record of eight blocks; gevent takes `ours` seconds."""
    one: Header = msgspec.structs.replace(header(), run=run, **changes)
    writer = store.Writer(folder / "results", one)
    for sample in samples(ours):
        writer.append(sample)
    writer.close()
    return run


def other_group(**changes: Any) -> Any:
    plan = header().plan
    return msgspec.structs.replace(plan, groups=[msgspec.structs.replace(plan.groups[0], **changes)])


@pytest.mark.parametrize(("now", "hint"), [(0.5, "none"), (0.6, "slower"), (0.4, "faster"), (0.501, "none")])
def test_what_changed_is_a_hint(harness: Callable[..., Finished], tmp_path: Path, now: float, hint: str) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", now)
    done = harness("compare", "a", "b", "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["weaker"] is True
    sequential, gevent = said["groups"][0]["rows"]
    assert sequential["hint"] == "none"
    assert gevent["hint"] == hint
    assert gevent["ratio"]["low"] <= gevent["ratio"]["estimate"] <= gevent["ratio"]["high"]
    assert gevent["ratio"]["estimate"] == pytest.approx(now / 0.5, rel=0.01)


def test_counts_of_two_counters_are_never_compared(harness: Callable[..., Finished], tmp_path: Path) -> None:
    for run, counter in (("a", "qemu"), ("b", "callgrind"), ("c", "callgrind")):
        plan = msgspec.structs.replace(header().plan, count="instructions", count_with=counter)
        stored(tmp_path, run, 0.5, plan=plan)
    said = harness("compare", "a", "b").stdout
    assert "instructions were counted by callgrind and qemu: never compare the two counts" in said
    assert "were counted" not in harness("compare", "b", "c").stdout


def test_the_table_says_that_it_is_weaker_evidence(harness: Callable[..., Finished], tmp_path: Path) -> None:
    stored(tmp_path, "a", 0.5)
    stored(tmp_path, "b", 0.6)
    done = harness("compare", "a")
    assert done.returncode == 0
    assert "slower" in done.stdout
    assert "weaker evidence" in done.stdout


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
    asked = ("-s", "sequential", "-W", "./jobs.py:job", "--quick")
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
    assert done.stdout.endswith("a has 1 damaged lines, and is compared without them\n")


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
