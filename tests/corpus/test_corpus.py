"""What is planted is planted, and `explain` finds it: a few programs in `make test`, each of them in `make slow`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.corpus import cases
from tests.corpus.__main__ import one
from tests.corpus.case import RUNTIMES, Case, parsed
from tests.corpus.explained import pairs
from tests.corpus.judge import Said, Verdict
from tests.corpus.lists import LEFT_OUT, has, listed
from tests.corpus.postgres import postgres
from tests.corpus.results import Asked, Result, kept, misses, result, results

FAULTY = [case for case in cases() if case.faults]
SOUND = [case for case in cases() if not case.faults]
FEW = [
    ("descriptors_time_sleep", "asyncio"),
    ("flake8_async_async211_a_pool_of_urllib3", "trio"),
    ("descriptors_fcntl_flock", "gevent-patched"),
    ("not_patched_requests", "gevent"),
    ("sound_patched_requests", "gevent-patched"),
    ("incident_json_in_handler", "gevent-patched"),
    ("deep_async_with", "trio"),
    ("limit_asyncio_semaphore", "uvloop"),
    ("swallowed_thread", "threads"),
    ("sound_asyncio_chunks", "asyncio"),
]


def named(name: str) -> Case:
    return next(case for case in cases() if case.name == name)


def test_there_are_enough_programs() -> None:
    planted = Counter(runtime for case in FAULTY for runtime in case.runtimes)
    assert sum(planted.values()) >= 110
    assert set(planted) == set(RUNTIMES)
    assert len(SOUND) >= 20
    incidents = [case for case in FAULTY if case.name.startswith("incident_")]
    assert len(incidents) >= 10
    assert [case.name for case in incidents if not re.search(r"[\w-]+#\d+", case.text)] == []


@pytest.mark.parametrize(
    "text",
    ["x = 1", "# under: gevent, twisted\n", "# under:\n"],
    ids=["nothing", "unknown", "empty"],
)
def test_a_program_says_where_it_runs(text: str) -> None:
    with pytest.raises(ValueError, match="a program says"):
        parsed("odd", text)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_clock_moves_no_line(case: Case) -> None:
    before, after = case.text.splitlines(), case.clocked().splitlines()
    assert len(before) == len(after)
    compile(case.clocked(), case.name, "exec")
    for fault in case.faults:
        assert "# FAULT" in after[fault.line - 1]
        assert (f"cost({fault.line})" in case.clocked() or f"cost.on({fault.line})" in case.clocked()) == bool(
            fault.how
        )


def test_each_rule_of_the_linter_has_its_line(tmp_path: Path) -> None:
    """ruff has ten of the rules of flake8-async that are about blocking; of each, it names the line of the fault."""
    rules = {case.name.split("_")[2].upper(): case for case in FAULTY if case.name.startswith("flake8_async_")}
    for rule, case in rules.items():
        (tmp_path / f"{rule}.py").write_text(case.text)
    command = [
        Path(sys.executable).with_name("ruff"),
        "check",
        "--isolated",
        "--select",
        "ASYNC2",
        "--output-format",
        "json",
    ]
    done = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=False)
    said = {(row["code"], Path(row["filename"]).stem, row["location"]["row"]) for row in json.loads(done.stdout)}
    seen = {rule for rule, case in rules.items() if (rule, rule, case.faults[0].line) in said}
    assert seen >= {"ASYNC210", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC250", "ASYNC251"}
    assert len(rules) == 13


@pytest.mark.parametrize(("name", "runtime"), FEW)
def test_a_few_are_explained(name: str, runtime: str) -> None:
    row = one(Asked("explain", named(name), runtime))
    assert row.well, misses([row])


def test_psycopg2_holds_gevent_up_and_with_psycogreen_it_does_not() -> None:
    with postgres(True) as there:
        if not there:
            pytest.skip("no PostgreSQL is installed")
        without = [
            one(Asked("explain", named("incident_psycopg2"), runtime)) for runtime in ("gevent", "gevent-patched")
        ]
        rows = [*without, one(Asked("explain", named("sound_psycogreen"), "gevent-patched"))]
    assert [row.well for row in rows] == [True] * 3, misses(rows)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in FAULTY if case.faults[0].rule], ids=lambda case: case.name)
def test_the_rule_is_named(case: Case) -> None:
    row = one(Asked("explain", case, "asyncio"))
    assert row.well, misses([row])


@pytest.mark.slow
@pytest.mark.alone
def test_a_fifth_is_explained(tmp_path: Path) -> None:
    """A fifth of the programs, each under one runtime: nine of ten faults at their lines and of their kinds, and no
    finding in a sound program but one, which a busy machine can disturb. All are a command (docs/corpus.md)."""
    asked = [Asked("explain", *pair) for pair in pairs(cases(), each=False)][::5]
    rows = list(results(asked, one, 2, tmp_path / "results.jsonl"))
    disturbed = [row for row in rows if row.sound and not row.well]
    assert len(disturbed) <= 1, misses(disturbed)
    faulty = [row for row in rows if not row.sound]
    right, kind, planted = (sum(getattr(row.verdict, what) for row in faulty) for what in ("right", "kind", "faults"))
    assert min(right, kind) >= 0.9 * planted, misses(faulty)


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    file, got = tmp_path / "results.jsonl", []

    def get(asked: Asked) -> Result:
        got.append(asked.runtime)
        said = Said("limit", "a pool", 7, 0.1, 0.0)
        return result(asked, lambda asked: (Verdict(1, 1, 1, 1, ("odd",), (0.01,)), [said]))

    asked = [Asked("explain", named("descriptors_time_sleep"), runtime) for runtime in ("trio", "asyncio")]
    first = list(results(asked[:1], get, 1, file))
    with file.open("a") as out:
        out.write('{"tool": "cut')
    assert list(results(asked[:1], get, 1, file)) == first
    assert got == ["trio"]
    assert [row.runtime for row in results(asked, get, 1, file)] == got == ["trio", "asyncio"]
    assert list(results(asked, get, 1, file)) == kept(file)
    assert len(got) == 2


def test_what_other_tools_list_has_a_program() -> None:
    missing = {name for name in listed() if not any(has(case, name) for case in FAULTY)}
    assert missing == set(LEFT_OUT)
