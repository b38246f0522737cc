"""What people type after -W is measured as they mean it, or is answered in one line."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LOOK, Finished, flat, rows

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
Run = Callable[..., Finished]
QUICK = ("-s", "threads", "--tasks", "3", *LOOK)


def test_whatever_can_be_called_with_an_index_is_a_task(measured: Measured) -> None:
    forms = "opt star fetch Crawler.fetch Crawler.static Crawler.made short partial naps through_io plain big"
    found = measured("shapes.py", forms, "sequential", *LOOK)
    assert {
        name: row["sequential"]["reason"] for name, row in found.items() if row["sequential"]["status"] != "ok"
    } == {}
    for name in set(forms.split()) - {"big"}:
        assert found[name]["sequential"]["wall_seconds"]["median"] >= 0.03, name


@pytest.mark.parametrize("form", ["url_first", "kw", "main", "number", "nothere"])
def test_what_is_no_task_is_refused_in_one_line(harness: Run, bring: Callable[[str], Path], form: str) -> None:
    bring("shapes.py")
    done = harness("run", *QUICK, "-W", f"./shapes.py:{form}")
    assert done.returncode in (2, 3)
    told = done.stderr.splitlines() or [line for line in done.stdout.splitlines() if line.startswith("threads: ")]
    assert len(told) == 1
    assert form.rpartition(".")[2] in told[0]
    assert "our own bug" not in told[0]


def test_the_spelling_of_pytest_is_understood(harness: Run, bring: Callable[[str], Path]) -> None:
    bring("shapes.py")
    done = harness("run", *QUICK, "-W", "./shapes.py::plain")
    assert done.returncode == 0, done.stderr


def test_a_file_without_a_name_says_which_functions_it_has(harness: Run, bring: Callable[[str], Path]) -> None:
    bring("shapes.py")
    done = harness("run", *QUICK, "-W", "./shapes.py")
    assert done.returncode == 2
    assert "plain" in done.stderr


def test_a_url_is_answered_with_the_workload_that_takes_it(harness: Run) -> None:
    done = harness("run", *QUICK, "-W", "http://127.0.0.1:9/")
    assert done.returncode == 2
    assert "-W http -P url=" in done.stderr


def test_a_comma_in_a_files_name_is_part_of_it(harness: Run, bring: Callable[[str], Path]) -> None:
    file = bring("shapes.py")
    shutil.copy(file, file.with_name("sha,pes.py"))
    done = harness("run", *QUICK, "-W", "./sha,pes.py:plain")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["strategies", "workloads"])
def test_a_tree_may_have_packages_called_like_ours(harness: Run, bring: Callable[[str], Path], package: str) -> None:
    file = bring("shapes.py")
    (file.parent / package).mkdir()
    (file.parent / package / "__init__.py").write_text('"""My own."""\n\n\ndef go():\n    return 7\n')
    file.write_text(file.read_text() + f"\n\ndef mine(index):\n    import {package}\n\n    return {package}.go()\n")
    done = harness(
        "run",
        "-s",
        "threads,gevent",
        *LOOK,
        "--tasks",
        "3",
        "-W",
        "./shapes.py:mine",
        "-W",
        "sleep",
        "-P",
        "seconds=0.01",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_script_that_patches_itself_is_measured_and_the_row_says_so(
    measured: Measured, said: Callable[[Any], str]
) -> None:
    (found,) = measured("patched.py", "batch", "threads,gevent,gevent-patched,asyncio", *LOOK).values()
    assert {row["status"] for row in found.values()} == {"ok"}
    assert "patched" in said(found["threads"])
    assert "patched" not in said(found["gevent-patched"])


def test_a_name_taken_before_the_patch_still_blocks(measured: Measured, said: Callable[[Any], str]) -> None:
    (found,) = measured("late.py", "naps", "gevent,gevent-patched", *LOOK, "--tasks", "4").values()
    assert found["gevent"]["wall_seconds"]["median"] >= 0.08
    assert found["gevent-patched"]["wall_seconds"]["median"] < 0.06
    assert "1 in flight" in said(found["gevent"])


def test_work_for_the_processor_overlaps_under_no_strategy(
    document: Callable[..., dict[str, Any]], bring: Callable[[str], Path]
) -> None:
    bring("parsing.py")
    found = rows(document("-W", "./parsing.py:parse", "-s", "sequential,gevent,threads,asyncio", "--tasks", "5", *LOOK))
    assert all(row["status"] == "ok" and row["ratio"]["verdict"] in (None, "undecided") for row in found.values())


def test_settings_that_are_wrong_are_one_line(harness: Run, tmp_path: Path) -> None:
    for text in ("[tool.harness\n", "[tool.harness]\nblock = 3\n", '[tool.harness]\nblocks = "many"\n'):
        (tmp_path / "pyproject.toml").write_text(text)
        done = harness("run", *QUICK, "-W", "noop")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) <= 3
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pb.json", '{"machine_info": {}, "benchmarks": []}'),
        ("hf.json", '{"results": []}'),
        ("table.csv", "Type,Name\n"),
    ],
)
def test_a_file_of_another_tool_is_not_said_to_be_absent(harness: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    done = harness("show", name)
    assert done.returncode in (2, 5)
    assert " is no " in done.stderr


OWN = """
import inspect, math

def dotted(index):
    return index

def endless(index, timeout=math.inf):
    return index

def deep(index):
    value = []
    value.append(value)
    return value

def share(index, part: float = 1.0):
    return index

class Sized:
    def task(self, index, size=3):
        return size

class Opens:
    def open(self):
        yield

    def task(self, index):
        return index

class Wraps(Opens):
    def open(self):
        async def opened():
            pass
        return opened()
"""


def checking(said: str) -> str:
    task = "class Checks:\n    def task(self, index):\n        return index\n\n"
    return f"{task}    def check(self, index, value):\n        {said}\n"


def own(run: Run, folder: Path, what: str, *more: str, source: str = OWN, file: str = "own.py") -> Finished:
    (folder / file).write_text(source)
    return run("run", "-s", "threads", "-W", f"./{file}:{what}", "--tasks", "2", *LOOK, *more)


@pytest.mark.parametrize("form", ["endless", "deep", "share", "Sized"])
def test_what_looks_odd_and_is_right_is_measured(harness: Run, tmp_path: Path, form: str) -> None:
    done = own(harness, tmp_path, form)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_with_a_dot_in_its_name_is_a_file(harness: Run, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("raise ValueError('the wrong file')\n")
    assert own(harness, tmp_path, "dotted", file="own.v2.py").returncode == 0


def test_what_the_task_of_a_class_takes_by_name_is_an_option(harness: Run, tmp_path: Path) -> None:
    done = own(harness, tmp_path, "Sized", "-P", "size=4,5")
    assert done.returncode == 0, done.stderr
    assert ["size=4" in done.stdout, "size=5" in done.stdout] == [True, True]


@pytest.mark.parametrize("value", ["inf", "nan", "1e-3,-inf"])
def test_an_option_that_is_no_finite_number_is_one_line(harness: Run, tmp_path: Path, value: str) -> None:
    done = own(harness, tmp_path, "share", "-P", f"part={value}")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "it is a finite number" in done.stderr


@pytest.mark.parametrize("said", ["return 0", "return []", "return False", "return ''and 1 or 0", "yield True"])
def test_a_check_that_says_no_in_any_way_is_heard(harness: Run, tmp_path: Path, said: str) -> None:
    done = own(harness, tmp_path, "Checks", source=checking(said))
    assert done.returncode == 3
    assert "threads: invalid: check: " in done.stdout


@pytest.mark.parametrize("said", ["pass", "return True", "return 1", "return ''", "assert value == index"])
def test_a_check_that_has_nothing_to_say_is_no_fault(harness: Run, tmp_path: Path, said: str) -> None:
    assert own(harness, tmp_path, "Checks", source=checking(said)).returncode == 0


@pytest.mark.parametrize(("form", "line"), [("Opens", 23), ("Wraps", 31)])
def test_a_step_of_which_nothing_runs_is_told_by_its_own_line(
    harness: Run, tmp_path: Path, form: str, line: int
) -> None:
    done = own(harness, tmp_path, form)
    assert re.search(rf"threads: (invalid|unsupported): open.*own\.py:{line}\)", flat(done.stdout)), done.stdout


@pytest.mark.parametrize("words", [("-W", "./"), ("-W", "/"), ("-s", "./", "-W", "sleep"), ("-W", ".")])
def test_a_folder_is_no_workload_and_is_told_in_one_line(harness: Run, words: tuple[str, ...]) -> None:
    done = harness("run", *LOOK, *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "our own bug" not in done.stderr
