"""What a shell brings along: taken away, or kept and recorded."""

from __future__ import annotations

import pytest

from harness.machine import shell

CHOSEN = {"GEVENT_LOOP": "libuv", "PYTHONHASHSEED": "0", "LD_PRELOAD": "/lib/libjemalloc.so", "MALLOC_ARENA_MAX": "2"}
OF_NO_INTEREST = {"HOME": "/root", "UV_INDEX_URL": "https://user:secret@example.org", "PYTHONPATH": "src"}


@pytest.mark.parametrize("name", shell.DEBUGGING)
def test_what_debugs_is_taken_away_and_said(name: str) -> None:
    ours = CHOSEN | OF_NO_INTEREST
    assert shell.environment(ours | {name: "1"}) == ours
    assert shell.brought(ours | {name: "1"})["taken_away"] == [name]


@pytest.mark.parametrize(
    ("value", "kept"), [("debug", False), ("malloc_debug", False), ("pymalloc_debug", False), ("malloc", True)]
)
def test_an_allocator_is_a_choice_unless_it_debugs(value: str, kept: bool) -> None:
    assert ("PYTHONMALLOC" in shell.environment({"PYTHONMALLOC": value})) == kept


def test_a_variable_that_is_empty_switches_nothing_on() -> None:
    assert shell.brought({"PYTHONASYNCIODEBUG": ""})["taken_away"] == []


def test_choices_are_recorded_and_nothing_else_is() -> None:
    assert shell.brought(CHOSEN | OF_NO_INTEREST)["variables"] == CHOSEN


def test_who_wants_debugging_keeps_it_and_it_is_recorded() -> None:
    asked = {"PYTHONASYNCIODEBUG": "1", shell.KEEP: "1"}
    assert shell.environment(asked) == asked
    said = shell.brought(asked)
    assert (said["taken_away"], said["variables"]) == ([], {"PYTHONASYNCIODEBUG": "1"})
