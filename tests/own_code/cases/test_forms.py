"""What people type after -W is measured as they mean it, or is answered in one line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Finished, rows

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
Run = Callable[..., Finished]
QUICK = ("-s", "threads", "--tasks", "3", "--quick")


def test_whatever_can_be_called_with_an_index_is_a_task(measured: Measured) -> None:
    forms = "opt star fetch Crawler.fetch Crawler.static Crawler.made short partial naps through_io plain big"
    found = measured("shapes.py", forms, "sequential", "--quick")
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
    assert done.returncode == 0 or (done.returncode == 2 and "./shapes.py:plain" in done.stderr), done.stderr
    assert "relative import" not in done.stdout + done.stderr


def test_a_file_without_a_name_says_which_functions_it_has(harness: Run, bring: Callable[[str], Path]) -> None:
    bring("shapes.py")
    done = harness("run", *QUICK, "-W", "./shapes.py")
    assert done.returncode == 2
    assert "plain" in done.stderr


def test_a_url_is_answered_with_the_workload_that_takes_it(harness: Run) -> None:
    done = harness("run", *QUICK, "-W", "http://127.0.0.1:9/")
    assert done.returncode == 2
    assert "-W http -P url=" in done.stderr


def test_a_comma_in_a_files_name_is_part_of_it_or_is_told(harness: Run, bring: Callable[[str], Path]) -> None:
    file = bring("shapes.py")
    shutil.copy(file, file.with_name("sha,pes.py"))
    done = harness("run", *QUICK, "-W", "./sha,pes.py:plain")
    assert done.returncode == 0 or "comma" in done.stderr, done.stderr


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
        "--quick",
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
    (found,) = measured("patched.py", "batch", "threads,gevent,gevent-patched,asyncio", "--quick").values()
    assert {row["status"] for row in found.values()} == {"ok"}
    assert "patched" in said(found["threads"])
    assert "patched" not in said(found["gevent-patched"])


def test_a_name_taken_before_the_patch_still_blocks(measured: Measured, said: Callable[[Any], str]) -> None:
    (found,) = measured("late.py", "naps", "gevent,gevent-patched", "--quick", "--tasks", "4").values()
    assert found["gevent"]["wall_seconds"]["median"] >= 0.08
    assert found["gevent-patched"]["wall_seconds"]["median"] < 0.06
    assert "1 in flight" in said(found["gevent"])


def test_work_for_the_processor_overlaps_under_no_strategy(
    document: Callable[..., dict[str, Any]], bring: Callable[[str], Path]
) -> None:
    bring("parsing.py")
    found = rows(
        document("-W", "./parsing.py:parse", "-s", "sequential,gevent,threads,asyncio", "--tasks", "5", "--quick")
    )
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
