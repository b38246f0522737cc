"""What failed is said in one line: the cause, and the user's own line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LOOK, Finished

Document = Callable[..., dict[str, Any]]
Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
Said = Callable[[dict[str, Any]], str]


def reasons(found: dict[str, dict[str, dict[str, Any]]]) -> dict[str, str]:
    """Of functions under the only strategy. Each is one line."""
    told = {}
    for name, by_strategy in found.items():
        (row,) = by_strategy.values()
        assert row["status"] == "failed", (name, row["status"])
        assert len(row["reason"].splitlines()) == 1, name
        told[name] = row["reason"]
    return told


def test_the_leaf_of_a_group_is_the_cause(measured: Measured) -> None:
    told = reasons(measured("failing.py", "grouped grouped_twice many_groups", "asyncio", *LOOK))
    assert re.search(r"ValueError: page \d has no title", told["grouped"])
    assert re.search(r"ValueError: page \d has no title", told["grouped_twice"])
    assert "KeyError" in told["many_groups"] or "not there" in told["many_groups"]
    assert all("failing.py" in one for one in told.values())


def test_the_end_of_a_chain_and_the_users_own_line_are_said(measured: Measured) -> None:
    told = reasons(measured("failing.py", "refused wrapped in_library", "threads", *LOOK))
    assert "Connection refused" in told["refused"]
    assert "invalid literal" in told["wrapped"]
    assert "JSONDecodeError" in told["in_library"]
    assert all(re.search(r"failing\.py:\d+", one) for one in told.values())


def test_what_has_no_text_is_told_by_its_source_line(measured: Measured) -> None:
    told = reasons(measured("failing.py", "assertion odd cancelled interrupts stops lines", "asyncio", *LOOK))
    assert "assert index == 99" in told["assertion"]
    assert "Odd" in told["odd"]
    assert all(re.search(r"failing\.py:\d+", one) for one in told.values())
    assert not any(re.search(r":  |: at ", one) for one in told.values())


def test_a_text_of_fifty_megabytes_is_the_same_failure_under_every_strategy(measured: Measured) -> None:
    (found,) = measured("failing.py", "long_text", "sequential,threads,gevent,asyncio", *LOOK).values()
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(found, "failed")
    assert all(len(row["reason"]) < 1000 for row in found.values())


def test_what_a_file_printed_last_is_shown_where_it_ended_at_import(measured: Measured, said: Said) -> None:
    (found,) = measured("arguments.py", "task", "threads,gevent-patched", *LOOK).values()
    for row in found.values():
        assert row["status"] == "failed"
        assert "the following arguments are required: url" in said(row)
        assert "arguments.py:7" in said(row)


def test_segfaults_and_recursions_are_told_at_the_users_line(measured: Measured) -> None:
    found = measured("shapes.py", "segfault recursion", "threads", *LOOK)
    crashed, deep = found["segfault"]["threads"]["reason"], found["recursion"]["threads"]["reason"]
    assert "SIGSEGV" in crashed
    assert "shapes.py" in crashed
    assert 'File "<string>"' not in crashed
    assert "RecursionError" in deep
    assert "shapes.py" in deep


FAILS = """
import threading


def deep(index):
    raise ValueError("deep")


def task(index):
    deep(index)


async def later(index):
    deep(index)


def third(index):
    if index == 2:
        deep(index)


def beside(index):
    thread = threading.Thread(target=deep, args=(index,))
    thread.start()
    thread.join()


class Opens:
    def open(self):
        deep(0)

    def task(self, index):
        return index


class Checks(Opens):
    def open(self):
        pass

    def check(self, index, value):
        deep(index)
"""


@pytest.mark.parametrize("name", ["task", "later", "third", "beside", "Opens", "Checks"])
def test_the_traceback_is_in_the_table_and_in_the_record(
    harness: Callable[..., Finished], tmp_path: Path, name: str
) -> None:
    (tmp_path / "fails.py").write_text(FAILS)
    ran = harness("run", "-s", "threads,asyncio", "-W", f"./fails.py:{name}", "--tasks", "3", *LOOK, "-v")
    assert ran.returncode == 3, ran.stdout
    failed = len(re.findall("^[a-z]+: failed: ", ran.stdout, re.MULTILINE))
    assert ran.stdout.count('fails.py", line 6, in deep') == failed == (1 if name == "later" else 2)
    assert harness("show", "-v").stdout == ran.stdout
    assert "Traceback" not in harness("show").stdout


def test_a_gate_has_the_traceback_of_its_candidate(harness: Callable[..., Finished], tmp_path: Path) -> None:
    (tmp_path / "fails.py").write_text(FAILS)
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "fails.py").write_text("def task(index):\n    return index\n")
    asked = ("--base", "path:base", "-s", "sequential", "-W", "./fails.py:task")
    done = harness("gate", *asked, "--tasks", "3", "-q", "-v", "--json", "out.json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert 'fails.py", line 6, in deep' in done.stdout
    (cell,) = json.loads((tmp_path / "out.json").read_text())["cells"]
    assert cell["traceback"] in done.stdout
