"""What goes by its name, and what is written down for workers."""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.plan.request import Target
from harness.pytest_plugin.asked import asked

SIZE = 1


def plain(index: int, seconds: float = 0.1, name: str = "a", most: float | None = None) -> int:
    return SIZE


def needs(index: int, seconds: float) -> None: ...


def of(tmp_path: Path, workload: Any, *values: Any, **named: Any) -> Any:
    return asked(workload, values, named, "test_it.py::test_x[n=1]", tmp_path)


@pytest.mark.parametrize(
    ("workload", "values", "named", "options"),
    [
        (plain, (), {}, {}),
        (plain, (0.5,), {}, {"seconds": 0.5}),
        (plain, (2,), {"name": "b"}, {"seconds": 2, "name": "b"}),
        (functools.partial(plain, name="c"), (), {}, {"name": "c"}),
        (time.sleep, (), {}, {}),
        ("sleep", (), {"seconds": [0.1, 0.2]}, {"seconds": [0.1, 0.2]}),
    ],
)  # fmt: skip
def test_what_workers_can_import_goes_by_its_name(
    tmp_path: Path, workload: Any, values: Any, named: Any, options: Any
) -> None:
    found = of(tmp_path, workload, *values, tasks=3, **named)
    assert (found.options, found.sizes) == (options, {"tasks": 3})
    assert found.workload is getattr(workload, "func", workload)


@pytest.mark.parametrize(
    ("workload", "values", "named"),
    [
        (lambda: None, (), {}),
        (needs, (0.5,), {}),
        (plain, (), {"name": "a,b"}),  # a comma is between values of an option
        (plain, (), {"most": 3.0}),
        (plain, (), {"name": 3}),  # an option would make text of it
        (functools.partial(needs, seconds=1), (), {}),
        (time.sleep, (0.1,), {}),
        (Path("a").joinpath, ("b",), {}),
    ],
)  # fmt: skip
def test_the_rest_is_written_down_and_called_after_the_test(
    tmp_path: Path, workload: Any, values: Any, named: Any
) -> None:
    found = of(tmp_path, workload, *values, **named)
    assert found.workload == Target("pytest:test_it.py::test_x[n=1]", f"{tmp_path}/harness_sent.py:task")
    assert not found.options
    assert found.what == of(tmp_path, workload, *values, **named).what


def test_what_is_not_the_same_does_not_say_the_same(tmp_path: Path) -> None:
    def closing_over(number: int) -> Any:
        return lambda: number

    words = {of(tmp_path, closing_over(number), tasks=tasks).what for number in (1, 2) for tasks in (1, 2)}
    assert len(words) == 4


def test_what_a_test_has_changed_in_its_module_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "SIZE", 2)
    assert isinstance(of(tmp_path, plain).workload, Target)


@pytest.mark.parametrize(
    ("workload", "values", "named", "text"),
    [
        ("sleep", (3,), {}, "sleep: its options are given by name, such as seconds=0.1, not 3"),
        (
            lambda timeout: None,
            (),
            {"timeout": 3},
            r"timeout is the run's and a parameter of <lambda>: give .*partial",
        ),
    ],
)
def test_what_is_not_clear_is_a_line(tmp_path: Path, workload: Any, values: Any, named: Any, text: str) -> None:
    with pytest.raises(HarnessError, match=text):
        of(tmp_path, workload, *values, **named)
