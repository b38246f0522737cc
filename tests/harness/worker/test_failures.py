"""What a user reads of an exception: its line, and what is missing where something is."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.worker import failures
from harness.worker.targets import Usage
from harness.workloads.base import Unsupported


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


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
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_the_line_is_the_users_not_the_librarys(tmp_path: Path) -> None:
    said = failures.told(raised(tmp_path, "import json\n\n\ndef task(index):\n    json.loads('nothing')\n"))
    assert said.status == "failed"
    assert said.reason.startswith("JSONDecodeError: Expecting value")
    assert said.reason.endswith(" at my_jobs.py:5")


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


@pytest.mark.parametrize(("error", "status"), [(Usage("no"), "usage"), (Unsupported("no"), "unsupported")])
def test_what_was_raised_to_be_told_is_told(error: Exception, status: str) -> None:
    said = failures.told(error)
    assert (said.status, said.reason) == (status, "no")
