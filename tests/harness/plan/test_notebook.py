"""What a function of a notebook takes with it, when it is written to a file for workers."""

from __future__ import annotations

import linecache
import runpy
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.plan.notebook import global_names, written


def session(text: str) -> dict[str, Any]:
    """What a cell leaves behind, with its source where a notebook keeps it."""
    name = f"<cell {abs(hash(text))}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    left: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, name, "exec", dont_inherit=True), left)
    return left


def imported(text: str, folder: Path, name: str = "task") -> Any:
    """The function or class as a worker would have it: from the file."""
    return runpy.run_path(str(written(session(text)[name], folder)))[name]


def test_a_function_is_written_with_the_imports_that_it_uses(tmp_path: Path) -> None:
    task = imported("import math as m\nfrom os.path import basename\ndef task(index):\n"
                    "    return m.floor(1.5), basename('a/b')\n", tmp_path)  # fmt: skip
    assert task(0) == (1, "b")


def test_a_function_takes_constants_and_other_functions(tmp_path: Path) -> None:
    task = imported("FACTOR = {'two': 2}\ndef double(x):\n    return FACTOR['two'] * x\n"
                    "def task(index):\n    return double(index)\n", tmp_path)  # fmt: skip
    assert task(4) == 8


def test_functions_that_call_each_other_are_written_once(tmp_path: Path) -> None:
    task = imported("def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n != 0 and even(n - 1)\n"
                    "def task(index):\n    return even(index)\n", tmp_path)  # fmt: skip
    assert task(4) is True


def test_a_submodule_that_only_an_attribute_names_is_imported(tmp_path: Path) -> None:
    path = written(
        session("import urllib.parse\ndef task(index):\n    return urllib.parse.quote(' ')\n")["task"], tmp_path
    )
    assert "import urllib.parse" in path.read_text()


def test_decorators_defaults_and_annotations_are_looked_up_too(tmp_path: Path) -> None:
    text = (
        "import functools\nfrom collections.abc import Sequence\nSIZE = 3\n"
        "def twice(function):\n    @functools.wraps(function)\n    def call(*a):\n        return function(*a) * 2\n"
        "    return call\n"
        "@twice\ndef task(index: Sequence[int], size=SIZE):\n    return [size]\n"
    )
    assert imported(text, tmp_path)(0) == [3, 3]


def test_a_class_is_written_whole(tmp_path: Path) -> None:
    made = imported("import dataclasses\n@dataclasses.dataclass\nclass Job:\n    size: int = 2\n"
                    "    def task(self, index):\n        return self.size\n", tmp_path, "Job")  # fmt: skip
    assert made().task(0) == 2


def test_the_last_definition_of_a_name_in_a_cell_is_the_one_that_is_written(tmp_path: Path) -> None:
    assert imported("def task(index):\n    return 1\ndef task(index):\n    return 2\n", tmp_path)(0) == 2


def test_string_annotations_stay_strings(tmp_path: Path) -> None:
    task = imported("from __future__ import annotations\ndef task(index: NoSuchName):\n    return index\n", tmp_path)
    assert task(1) == 1


def test_a_file_is_not_named_like_a_library(tmp_path: Path) -> None:
    assert written(session("def json(index):\n    pass\n")["json"], tmp_path).name == "notebook_json.py"


def test_what_cannot_be_written_down_is_named(tmp_path: Path) -> None:
    text = "import threading\nguard = threading.Lock()\ndef task(index):\n    return guard.locked()\n"
    with pytest.raises(HarnessError, match=r"task uses guard, of type lock, .*: make it within the function"):
        written(session(text)["task"], tmp_path)


def test_a_function_without_a_source_is_refused(tmp_path: Path) -> None:
    left: dict[str, Any] = {"__name__": "__main__"}
    exec("def task(index):\n    pass\n", left)
    with pytest.raises(HarnessError, match=r"the source of task is not to be had: put it into a \.py file"):
        written(left["task"], tmp_path)


def test_local_names_are_no_global_ones() -> None:
    text = "def task(index):\n    line = 1\n    return [line for one in other]\n"
    assert global_names(text) == {"other"}
