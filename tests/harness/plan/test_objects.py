"""Where a worker finds what was passed by value, and how options are written."""

from __future__ import annotations

import functools
import os
import time
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.plan.objects import found, settings
from harness.plan.request import Target
from harness.strategies.sequential import Sequential

KNOWN = {"sequential": "harness.strategies.sequential:Sequential"}


def task(index: int) -> int:
    return index


class Jobs:
    @staticmethod
    def task(index: int) -> int:
        return index

    def priced(self, index: int) -> int:
        return index


def test_a_name_stays(tmp_path: Path) -> None:
    assert found("sleep", {}, lambda: tmp_path) == "sleep"


def test_a_function_is_named_by_its_file_as_one_would_type_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    assert found(task, {}, lambda: tmp_path) == Target("./test_objects.py:task", f"{os.path.realpath(__file__)}:task")
    monkeypatch.chdir(tmp_path)
    assert found(task, {}, lambda: tmp_path) == Target(
        f"{os.path.realpath(__file__)}:task", f"{os.path.realpath(__file__)}:task"
    )


def test_a_method_of_a_class_is_found_by_its_qualified_name(tmp_path: Path) -> None:
    target = found(Jobs.task, {}, lambda: tmp_path)
    assert isinstance(target, Target)
    assert target.target.endswith("test_objects.py:Jobs.task")
    assert found(Jobs.priced, {}, lambda: tmp_path) != target


def test_what_the_catalogue_has_goes_by_its_name(tmp_path: Path) -> None:
    assert found(Sequential, KNOWN, lambda: tmp_path) == "sequential"


def test_what_has_no_file_goes_by_its_module(tmp_path: Path) -> None:
    assert found(time.sleep, {}, lambda: tmp_path) == Target("time:sleep", "time:sleep")


def test_what_has_no_name_is_refused_in_a_line(tmp_path: Path) -> None:
    def local(index: int) -> int:
        return index

    things: list[tuple[Any, str]] = [
        (lambda index: index, "a lambda has no name"),
        (local, "local must be at the top of its module"),
        (Jobs().priced, "Jobs.priced of an object has a state that workers do not have"),
        (functools.partial(task, 1), "is neither a name nor a function or class"),
        (5, "5 is neither a name nor a function or class"),
    ]
    for thing, text in things:
        with pytest.raises(HarnessError, match=text):
            found(thing, {}, lambda: tmp_path)


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (None, ()),
        ({}, ()),
        ({"seconds": 0.5}, ("seconds=0.5",)),
        ({"seconds": [0.1, 0.5], "tls": True}, ("seconds=0.1,0.5", "tls=True")),
        ({"header": ("A: b, c", "D: e")}, ("header=A: b, c", "header=D: e")),
        (("seconds=0.5",), ("seconds=0.5",)),
    ],
)
def test_options_are_written_as_the_command_line_takes_them(options: Any, texts: tuple[str, ...]) -> None:
    assert settings(options) == texts


@pytest.mark.parametrize(("value", "text"), [("a,b", "a comma stands between values"), (object(), "write text, a num")])
def test_a_value_that_cannot_be_written_is_refused(value: Any, text: str) -> None:
    with pytest.raises(HarnessError, match=f"options: x is .*{text}"):
        settings({"x": value})
