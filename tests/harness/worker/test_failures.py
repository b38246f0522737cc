"""What a user reads of an exception: its line, and what is missing where something is."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.strategies.base import Unavailable
from harness.worker import failures
from harness.worker.targets import Usage
from harness.workloads.base import Unsupported


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    path, modules = list(sys.path), dict(sys.modules)
    yield
    sys.path[:] = path
    for name in sys.modules.keys() - modules.keys():
        del sys.modules[name]
    sys.modules.update(modules)


def raised(folder: Path, text: str) -> BaseException:
    """What importing this file raises, or calling its `task`."""
    (folder / "my_jobs.py").write_text(text)
    specification = importlib.util.spec_from_file_location("my_jobs", folder / "my_jobs.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
        module.task(0)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_the_line_is_the_users_and_the_librarys_is_beside_it(tmp_path: Path) -> None:
    said = failures.told(raised(tmp_path, "import json\n\n\ndef task(index):\n    json.loads('nothing')\n"))
    assert said.status == "failed"
    assert said.reason.startswith("JSONDecodeError: Expecting value")
    assert re.search(r" at my_jobs.py:5 \(in json/decoder.py:\d+\)$", said.reason)
    assert said.traceback is not None
    assert said.traceback.startswith("Traceback (most recent call last):")
    assert said.traceback.endswith(said.reason.partition(" at ")[0].removeprefix("JSONDecodeError: "))


def test_a_text_of_many_lines_is_one_line_and_no_longer_than_a_screen(tmp_path: Path) -> None:
    said = failures.told(raised(tmp_path, "def task(index):\n    raise ValueError('a\\n b' * 1_000_000)\n"))
    assert "\n" not in said.reason
    assert len(said.reason) < 600


@pytest.mark.parametrize("text", ["import nosuch_module\n", "def task(index):\n    import nosuch_module\n"])
def test_a_module_that_the_users_code_lacks_is_a_failure_with_its_line(tmp_path: Path, text: str) -> None:
    said = failures.told(raised(tmp_path, text))
    assert said.status == "failed"
    assert said.reason == f"ModuleNotFoundError: No module named 'nosuch_module' at my_jobs.py:{text.count(chr(10))}"


def test_a_module_that_the_strategys_own_file_imports_is_what_it_needs(tmp_path: Path) -> None:
    error = raised(tmp_path, "import nosuch_module.sub\n")
    said = failures.told(error, str(tmp_path / "my_jobs.py"))
    assert (said.status, said.reason) == ("unavailable", "needs nosuch_module (pip install nosuch_module)")


def test_a_part_that_an_installed_library_lacks_is_not_a_missing_library(tmp_path: Path) -> None:
    error = raised(tmp_path, "import json.nosuch\n")
    assert failures.told(error, str(tmp_path / "my_jobs.py")).status == "failed"


def test_what_ours_needs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    monkeypatch.delitem(sys.modules, "harness.strategies.uvloop", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("harness.strategies.uvloop")
    assert failures.told(caught.value).reason == "needs uvloop (pip install uvloop)"


@pytest.mark.parametrize(
    ("error", "status"),
    [(Usage("no"), "usage"), (Unsupported("no"), "unsupported"), (Unavailable("no"), "unavailable")],
)
def test_what_was_raised_to_be_told_is_told(error: Exception, status: str) -> None:
    said = failures.told(error)
    assert (said.status, said.reason) == (status, "no")


def test_what_was_raised_to_be_told_is_told_out_of_a_group_too() -> None:
    said = failures.told(ExceptionGroup("unhandled", [ExceptionGroup("inner", [Unsupported("no")])]))
    assert (said.status, said.reason) == ("unsupported", "no")


@pytest.mark.parametrize(
    "text",
    ["'x y ' * 12_500_000", "b'x' * 50_000_000", "'x' * 50_000_000", "chr(10) * 50_000_000", "'\\x1b' * 50_000_000"],
)
def test_a_text_of_50_mb_is_cheap_and_its_traceback_is_bounded(tmp_path: Path, text: str) -> None:
    error = raised(tmp_path, f"def task(index):\n    raise ValueError({text})\n")
    began = time.monotonic()
    said = failures.told(error)
    assert time.monotonic() - began < 5
    assert len(said.reason) < 600
    assert said.reason.endswith(" at my_jobs.py:2")
    assert said.traceback is not None
    assert len(said.traceback) < 50_000


def test_of_a_long_traceback_the_last_part_is_kept(tmp_path: Path) -> None:
    deep = "".join(f"def f{n}(i):\n    f{n + 1}(i)\n" for n in range(300))
    said = failures.told(raised(tmp_path, f"{deep}def f300(i):\n    raise ValueError('the end')\ntask = f0\n"))
    assert said.traceback is not None
    assert len(said.traceback) <= failures.TRACEBACK + 3
    assert said.traceback.startswith("...")
    assert said.traceback.endswith("ValueError: the end")


def test_what_was_printed_is_asked_for_where_a_file_left_with_a_number(tmp_path: Path) -> None:
    assert failures.told(raised(tmp_path, "import sys\nsys.exit(2)\n")).printed
    assert failures.told(raised(tmp_path, "import sys\nsys.exit()\n")).printed
    said = failures.told(raised(tmp_path, "import sys\nsys.exit('no config')\n"))
    assert (said.printed, said.reason) == (False, "SystemExit: no config at my_jobs.py:2")


@pytest.mark.parametrize(
    "body",
    [
        "    args = property(lambda self: 1 / 0)\n",
        "    exceptions = property(lambda self: 1 / 0)\n",
        "    def __str__(self): raise SystemExit(1)\n",
        "    def __str__(self): return 5\n",
        "    __cause__ = property(lambda self: 1 / 0)\n",
        "    exceptions = 'abc'\n",
        "    msg = filename = lineno = 7\n",
    ],
)
def test_an_exception_may_be_whatever_somebody_wrote(tmp_path: Path, body: str) -> None:
    said = failures.told(raised(tmp_path, f"class Odd(Exception):\n{body}\ndef task(index):\n    raise Odd('x')\n"))
    assert said.status == "failed"
    assert said.reason.startswith("Odd")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import urllib2\n", 1),
        ("def task(index):\n    print 'page'\n", 2),
        ("import os\nfrom urllib import urlopen\n", 2),
    ],
)
def test_a_file_of_python_2_is_a_failure_with_its_line(tmp_path: Path, source: str, line: int) -> None:
    said = failures.told(raised(tmp_path, source), "harness.strategies.threads")
    assert said.status == "failed"
    assert said.reason.endswith(f" at my_jobs.py:{line}")
    assert "pip install" not in said.reason
