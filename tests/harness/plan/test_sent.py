"""What no worker can import, there and back: what it closed over is that of the call."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.plan import sent
from harness.plan.calls import call
from harness.worker.sent import received

SIZE = 1
PLACES = {"a": 1}
LOCK = threading.Lock()


@dataclass
class Job:
    size: int

    def fetch(self, index: int) -> int:
        return self.size + index

    def __call__(self, index: int) -> int:
        return self.size - index


TWO = Job(2)


def sized(index: int) -> int:
    return SIZE + index


def through(function: Callable[..., Any], folder: Path, *values: Any, **named: Any) -> Any:
    """What a worker has of it."""
    target = sent.written(call(function, values, named), folder)
    return received(target.rpartition(":")[0])


def counter(start: int) -> Callable[[int], int]:
    state = {"n": start}

    def count(index: int) -> int:
        state["n"] += 1
        return state["n"] + index

    return count


def test_a_closure_has_what_it_had_at_the_call(tmp_path: Path) -> None:
    ours = counter(5)
    assert ours(0) == 6
    theirs = through(ours, tmp_path)
    assert ours(0) == 7
    assert [theirs(0), theirs(0)] == [7, 8], "a copy of its own, from where ours was"


def test_a_function_within_a_function_may_call_itself_and_assert(tmp_path: Path) -> None:
    def factorial(number: int) -> int:
        assert number >= 0, "pytest has rewritten this"
        return number * factorial(number - 1) if number else 1

    assert through(factorial, tmp_path)(5) == 120
    with pytest.raises(AssertionError, match="pytest has rewritten this"):
        through(factorial, tmp_path)(-1)


@pytest.mark.parametrize("method", [Job(3).fetch, functools.partial(Job(3).fetch)])
def test_a_method_has_its_object(method: Callable[..., Any], tmp_path: Path) -> None:
    assert through(method, tmp_path)(1) == 4


def test_an_object_is_called(tmp_path: Path) -> None:
    assert through(Job(3), tmp_path)(1) == 2


def test_arguments_and_defaults_go_along(tmp_path: Path) -> None:
    assert through(lambda job, *, by=TWO: job.size * by.size, tmp_path, Job(4))(0) == 8


def test_two_lambdas_of_a_line_are_two(tmp_path: Path) -> None:
    first, second = (lambda: 1), (lambda: 2)
    assert [through(first, tmp_path / "a")(0), through(second, tmp_path / "b")(0)] == [1, 2]


def test_modules_go_by_their_names(tmp_path: Path) -> None:
    library = os
    assert through(lambda: library.sep, tmp_path)(0) == "/"


def test_data_of_the_module_is_that_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent.unchanged(sized)
    monkeypatch.setitem(globals(), "SIZE", 100)
    assert not sent.unchanged(sized), "the file says 1"
    seen = sent.pickled(call(lambda index: sized(index), (), {}))
    monkeypatch.undo()
    (tmp_path / sent.PICKLE).write_bytes(seen)
    with pytest.MonkeyPatch.context() as patch:  # this process is the worker, too: what it sets is undone
        patch.setitem(globals(), "SIZE", SIZE)
        assert received(str(tmp_path / sent.FILE))(1) == 101


def test_data_in_a_container_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(index: int) -> int:
        return PLACES["a"]

    monkeypatch.setitem(PLACES, "a", 2)
    assert not sent.unchanged(lookup)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: lambda lock=LOCK: lock, "cannot be sent to workers: cannot pickle '_thread.lock' object"),
        (lambda: lambda over=(one for one in "ab"): over, "cannot pickle 'generator' object"),
        (lambda: Unsent().fetch, "one that refuses, in two lines"),
    ],
)
def test_what_cannot_be_sent_is_a_line(make: Callable[[], Callable[..., Any]], text: str, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=text) as refused:
        through(make(), tmp_path)
    assert "\n" not in str(refused.value)


class Unsent:
    def __reduce__(self) -> Any:
        raise RuntimeError("one that refuses,\nin two lines")

    def fetch(self, index: int) -> int:
        return index


def test_a_class_within_a_function_needs_cloudpickle(tmp_path: Path) -> None:
    class Local:
        def fetch(self, index: int) -> int:
            return index + SIZE

    if not sent.HAS_CLOUDPICKLE:
        with pytest.raises(HarnessError, match="or install cloudpickle"):
            through(Local().fetch, tmp_path)
        pytest.skip("cloudpickle is not installed")
    assert through(Local().fetch, tmp_path)(1) == 2
