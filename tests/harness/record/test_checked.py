"""What a record cannot say: one line that names the field, whoever reads it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.errors import StoreError
from harness.record import checked, store
from harness.record.plan import Axis, Status
from harness.record.sample import Cut, End, Record, Site
from tests.fuzz.readings import written
from tests.records import client, server

Line = dict[str, Any]


def lines(tmp_path: Path) -> list[Line]:
    """The lines of a record of a server's, with samples of two blocks."""
    made = server()
    store.keep(tmp_path, made)
    (path,) = store.runs(tmp_path)
    return [json.loads(line) for line in path.read_text().splitlines()]


def at(place: int, *keys: str | int, value: Any) -> Callable[[list[Line]], None]:
    """A change of one field of a line."""

    def change(taken: list[Line]) -> None:
        held: Any = taken[place]
        for key in keys[:-1]:
            held = held[key]
        held[keys[-1]] = value

    return change


IMPOSSIBLE = [
    (at(0, "plan", "strategies", value=[]), "line 1: plan.strategies: expected `array` of length >= 1"),
    (at(0, "plan", "groups", 0, "tasks", value=0), "line 1: plan.groups[0].tasks: expected `int` >= 1"),
    (at(0, "plan", "margin", value=-1), "line 1: plan.margin: expected `float` >= 0"),
    (at(0, "plan", "reference", value="nobody"), "plan.reference: 'nobody' is none of the strategies"),
    (at(0, "plan", "strategies", 1, "name", value="sequential"), "plan.strategies: 'sequential' is there 2 times"),
    (at(0, "run", value="../../x"), "line 1: run: expected `str` matching regex"),
    (at(0, "run", value="r1\n"), "line 1: run: expected `str` matching regex"),
    (at(0, "taken_at", value="yesterday"), "taken_at: 'yesterday' is no moment"),
    (at(0, "host", "machine_key", value=["m"]), "host: machine_key: expected `str | null`, got `array`"),
    (
        at(2, "rounds", 0, "wall_seconds", value=1e308),
        "line 3: rounds[0].wall_seconds: expected `float` <=",
    ),
    (at(2, "rounds", 0, "wall_seconds", value=0), "line 3: rounds[0].wall_seconds: expected `float` > 0"),
    (at(2, "rounds", value=[]), "sample 0: rounds: none, though it is ok"),
    (at(2, "rounds", 0, "load", value=None), "sample 0: rounds: one without load, though it serves"),
    (at(2, "facts", "processes", value=2), "sample 0: facts: cpus: none, though several processes served"),
    (at(0, "plan", "groups", 0, "processes", value=2), "sample 0: facts: cpus: none, though several processes served"),
    (at(2, "facts", "cpus", value="all"), "sample 0: facts: cpus: expected `array`, got `str`"),
    (at(2, "strategy", value=7), "sample 0: strategy: 7 of 2"),
    (at(2, "strategy", value=2), "sample 0: strategy: 2 of 2"),
    (at(2, "group", value=7), "sample 0: group: 7 of 1"),
    (at(2, "group", value=1), "sample 0: group: 1 of 1"),
    (at(2, "facts", value={"loop": ["x"]}), "sample 0: facts: loop: expected `str | null`, got `array`"),
    (at(2, "left", value={"threads": "many"}), "sample 0: left: threads: expected `int`, got `str`"),
    (
        at(2, "left", value={"child_names": [{"name": "sleep"}]}),
        "sample 0: left: child_names[0]: object missing required field `pid`",
    ),
    (at(2, "left_behind", value=[{"name": "a", "pid": -1}]), "line 3: left_behind[0].pid: expected `int` >= 0"),
    (at(0, "plan", "memory_limit", value=0), "line 1: plan.memory_limit: expected `int` >= 1"),
    (at(2, "block", value=1), "samples: group 0, strategy 0, block 1, arm row is there 2 times"),
    (at(0, "plan", "groups", 0, "options", value={"side": {"a": 1}}), "plan.groups[0].options: side: no value of an"),
    (at(0, "plan", "groups", 0, "options", value={"a": [1, [2]]}), "plan.groups[0].options: a: no value of an"),
    (at(-1, "seconds", value={"rounds": 1.0}), "end: seconds: all of them are not there"),
    (at(0, "asked", value={"options": 5}), "asked: options: expected `array`, got `int`"),
    (
        at(0, "plan", "axes", value=[{"name": "tasks", "low": 1, "high": 9}] * 3),
        "line 1: plan.axes: expected `array` of length <= 2",
    ),
]


@pytest.mark.parametrize(("change", "said"), IMPOSSIBLE, ids=[said for _, said in IMPOSSIBLE])
def test_what_cannot_be_is_a_line_that_names_the_field(
    tmp_path: Path, change: Callable[[list[Line]], None], said: str
) -> None:
    taken = lines(tmp_path / "whole")
    change(taken)
    for line in taken:
        line.pop("crc32")
    taken[1] = taken[0] | {"kind": "copy"}
    path = tmp_path / "r1.jsonl"
    path.write_bytes(written(taken))
    with pytest.raises(StoreError) as refused:
        store.read(path)
    assert str(refused.value).startswith(f"{path} says what cannot be: {said}")


def test_more_tasks_at_once_than_there_are_cannot_be() -> None:
    made = client()
    group = msgspec.structs.replace(made.header.plan.groups[0], concurrency=11)
    made.header.plan.groups[0] = group
    assert checked.fault_of(made.header) == "plan.groups[0].concurrency: 11 of 10 tasks"


@pytest.mark.parametrize("place", ["1", "-1", "x", "\u0661", "9" * 30])
def test_blocks_that_a_group_lacks_are_of_a_group_of_the_plan(place: str) -> None:
    made = client()
    made.cuts.append(Cut(1, 9.0, groups={"0": 2}))
    assert checked.fault(made) is None
    made.cuts.append(Cut(1, 9.0, groups={place: 2}))
    assert checked.fault(made) == f"cut: groups: {place!r} is no place in plan.groups"


def test_a_host_whose_facts_are_of_another_kind_is_named() -> None:
    made = client()
    made.sites.append(Site(1, "h1", "m1", {"machine_key": "m"}))
    assert checked.fault(made) is None
    made.sites.append(Site(2, "h2", "m2", {"machine_key": 5}))
    assert checked.fault(made) == "site 2: facts: machine_key: expected `str | null`, got `int`"


def test_a_sample_of_no_group_is_told_for_that_alone() -> None:
    one = msgspec.structs.replace(client().samples[0], group=7, strategy=9)
    assert list(checked._of_sample(one, client().header.plan)) == ["group: 7 of 1"]


GOLDEN = sorted((Path(__file__).parent / "golden").iterdir())


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_every_form_of_a_record_that_there_was_is_read(path: Path) -> None:
    record = store.read(path)
    assert (record.damaged, bool(record.samples), record.end is not None) == (0, True, True)
    for line in path.read_bytes().splitlines():
        body, _, tail = line.rpartition(b',"crc32":"')
        assert tail == f'{zlib.crc32(body):08x}"}}'.encode()


@pytest.mark.parametrize("status", ["failed", "timeout", "invalid", "unsupported", "unavailable"])
@pytest.mark.parametrize("make", [client, server])
def test_a_sample_that_has_no_number_needs_no_rounds_and_none_of_a_server_a_load(
    make: Callable[[], Record], status: Status
) -> None:
    made = make()
    one = made.samples[0]
    without = [msgspec.structs.replace(round, load=None) for round in one.rounds]
    for rounds in ([], without):
        made.samples[0] = msgspec.structs.replace(one, status=status, reason="it broke", rounds=rounds)
        assert checked.fault(made) is None


def test_of_a_servers_rounds_each_has_its_load() -> None:
    made = server()
    first, second = made.samples[0].rounds
    for rounds in ([first, msgspec.structs.replace(second, load=None)], [msgspec.structs.replace(first, load=None)]):
        made.samples[0] = msgspec.structs.replace(made.samples[0], rounds=rounds)
        assert checked.fault(made) == "sample 0: rounds: one without load, though it serves"


def test_a_server_holds_more_connections_than_it_has_tasks() -> None:
    made = server()
    made.header.plan.groups[0] = msgspec.structs.replace(made.header.plan.groups[0], concurrency=101)
    assert checked.fault(made) is None


@pytest.mark.parametrize("value", ["x", 1, 0.5, True, None, [], [1, "x", None]])
def test_a_value_of_an_option_is_a_scalar_or_several(value: Any) -> None:
    made = client()
    made.header.plan.groups[0] = msgspec.structs.replace(made.header.plan.groups[0], options={"a": value})
    assert checked.fault(made) is None


@pytest.mark.parametrize(("seconds", "good"), [({}, False), ({"all": 1.0}, True), ({"rounds": 1.0}, False)])
def test_of_the_seconds_of_an_end_those_of_all_are_there(seconds: dict[str, float], good: bool) -> None:
    made = msgspec.structs.replace(client(), end=End("complete", 8, seconds))
    assert (checked.fault(made) is None) == good
    assert checked.fault(msgspec.structs.replace(made, end=None)) is None


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ([Axis("tasks", 1, 10), Axis("seconds", 0.1, 1)], None),
        ([Axis("processes", 1, 8)], None),
        ([Axis("pause", 0, 5)], None),
        ([Axis("text", 1, 8)], None),
        ([Axis("pause", 1, 5)], "plan.groups[0]: it lies nowhere on the axis pause"),
        ([Axis("nothing", 1, 5)], "plan.groups[0]: it lies nowhere on the axis nothing"),
        ([Axis("workload", 1, 5)], "plan.groups[0]: it lies nowhere on the axis workload"),
        ([Axis("huge", 1, 5)], "plan.groups[0]: it lies nowhere on the axis huge"),
        ([Axis("none", 1, 5)], "plan.groups[0]: it lies nowhere on the axis none"),
        ([Axis("tasks", 9, 9)], "plan.axes: tasks: from 9 to 9"),
    ],
)
def test_every_group_of_a_sweep_lies_on_its_axes(axes: list[Axis], said: str | None) -> None:
    made = client()
    options = {"seconds": 0.5, "pause": 0, "text": "7", "huge": "1e999", "none": None}
    groups = [msgspec.structs.replace(made.header.plan.groups[0], options=options)]
    plan = msgspec.structs.replace(made.header.plan, groups=groups, axes=axes)
    assert checked.fault_of(msgspec.structs.replace(made.header, plan=plan)) == said


def test_how_often_a_sample_is_there_is_counted() -> None:
    made = client()
    one = made.samples[0]
    again = msgspec.structs.replace(made, samples=[*made.samples, one, one])
    where = f"group {one.group}, strategy {one.strategy}, block {one.block}, arm {one.arm}"
    assert checked.fault(again) == f"samples: {where} is there 3 times"
