"""What is said of what tasks left behind: nothing where there is nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.record.sample import Leftover
from harness.statistics.left import left_behind, outlived
from tests.builders import samples

TAKEN = samples(0.5)


def said(left: dict[str, Any] | None = None, children: float = 0.0, peak: int | None = None) -> list[str]:
    taken = []
    for one in TAKEN:
        rounds = [msgspec.structs.replace(round, cpu_children_seconds=children) for round in one.rounds]
        taken.append(msgspec.structs.replace(one, left=left or {}, rounds=rounds, children_peak_bytes=peak))
    return list(left_behind(taken))


@pytest.mark.parametrize(
    ("left", "text"),
    [
        ({"threads": 3, "thread_names": ["Thread-1", "pool"]}, "after its rounds 3 threads were still running: "
         "Thread-1, pool"),
        ({"children": 1}, "after its rounds 1 child process was still running"),
        ({"children": 2, "child_names": [{"name": "sleep", "pid": 7, "ports": []}, {"name": "nginx", "pid": 8,
         "ports": [80, 443]}]}, "after its rounds 2 child processes were still running: sleep (block 1, pid 7), "
         "nginx (block 1, pid 8, port 80, port 443)"),
        ({"children": 9, "child_names": [{"name": "a", "pid": 7}] * 3}, "after its rounds 9 child processes were still "
         "running: a (block 1, pid 7), a (block 1, pid 7), a (block 1, pid 7), 6 more"),
        ({"not_waited_for": 2}, "after its rounds 2 child processes were not waited for"),
        ({"tasks": 2}, "after its rounds 2 asyncio tasks were not finished, beside those of the round"),
        ({"greenlets": 1}, "after its rounds 1 greenlet was still running"),
        ({"descriptors_each_round": 12}, "each of its rounds left 12 more descriptors open"),
        ({"changed": ["a", "b"]}, "its tasks changed a, b"),
        ({"changed": list("abcdef")}, "its tasks changed a, b, c, d and 2 more"),
        ({"failed_in_libraries": {"in X.__del__: no": 3}}, "went wrong beside its tasks, within a library: "
         "in X.__del__: no"),
    ],
)  # fmt: skip
def test_each_kind_is_a_sentence(left: dict[str, Any], text: str) -> None:
    assert said(left) == [text]


def test_what_was_left_in_some_blocks_alone_names_them() -> None:
    taken = [msgspec.structs.replace(one, left={"tasks": 2} if one.block in (1, 4) else {}) for one in TAKEN]
    assert list(left_behind(taken)) == [
        "after its rounds 2 asyncio tasks were not finished, beside those of the round (blocks 2, 5)"
    ]
    once = [
        msgspec.structs.replace(one, left={"threads": 1, "thread_names": ["a"]} if not one.block else {})
        for one in TAKEN
    ]
    assert list(left_behind(once)) == ["after its rounds 1 thread was still running: a (block 1)"]


def test_what_outlived_its_worker_is_named_with_its_block_unless_it_was_named_before() -> None:
    left = [Leftover("sleep", 7), Leftover("nginx", 8, [80]), *(Leftover("sleep", pid) for pid in range(9, 12))]
    taken = [
        msgspec.structs.replace(one, left_behind=left if one.block == 2 else [], left={"child_pids": [9]})
        for one in TAKEN
    ]
    said = ["4 processes were ended that its tasks had left behind: sleep (block 3, pid 7), "
            "nginx (block 3, pid 8, port 80), sleep (block 3, pid 10), 1 more"]  # fmt: skip
    assert list(outlived(taken[::2])) == list(left_behind(taken[::2])) == said


def test_where_nothing_was_left_nothing_is_said() -> None:
    assert said() == []
    assert said(children=0.00001) == []


def test_the_share_of_children_is_said_with_their_memory() -> None:
    assert said(children=0.012, peak=64 << 20) == [
        "50% of its processor time was that of child processes, and 64 MiB of its memory"
    ]
    assert said(children=0.012) == ["50% of its processor time was that of child processes; their memory was not seen"]
