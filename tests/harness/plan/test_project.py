"""Settings: where they are found, what they may say, and what a wrong one is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.plan import project
from harness.plan.request import Target
from harness.plan.settings import Limit, Settings, limit


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and we in a folder of it."""
    inside = tmp_path / "project" / "a" / "b"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    return tmp_path / "project"


def says(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)


def options() -> dict[str, object]:
    found = project.settings()
    assert found is not None
    where, said = found
    return said.options(where.folder)


def test_the_nearest_file_with_settings_is_the_projects(folder: Path) -> None:
    says(folder, "[tool.harness]\nblocks = 3\n")
    says(folder / "a", "[tool.ruff]\nline-length = 120\n")
    found = project.find()
    assert found is not None
    assert found.file == Path("../../pyproject.toml")
    assert options() == {"blocks": 3}
    says(folder / "a", "[tool.harness]\nblocks = 4\n")
    assert options() == {"blocks": 4}


def test_a_file_is_found_beyond_the_top_of_a_repository(folder: Path) -> None:
    says(folder, "[tool.harness]\nblocks = 3\n")
    (folder / "a" / "b" / ".git").mkdir()
    assert options() == {"blocks": 3}


@pytest.mark.parametrize(
    "text", [None, "", "[tool.ruff]\n", "[project]\nname = 'harness'\n", "[tool]\nx = 1\n", "not ["]
)
def test_without_settings_the_results_are_here(folder: Path, text: str | None) -> None:
    if text is not None:
        says(folder, text)
    assert project.find() is None
    assert project.results() == Path("results")


def test_results_lie_beside_the_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(folder, "[tool.harness]\n")
    assert project.results() == Path("../../results")
    says(folder, '[tool.harness]\nresults = "kept"\n')
    assert project.results() == Path("../../kept")
    says(folder, '[tool.harness]\nresults = "/elsewhere"\n')
    assert project.results() == Path("/elsewhere")
    monkeypatch.chdir(folder)
    says(folder, "[tool.harness]\n")
    assert project.results() == Path("results")


def test_a_file_in_the_settings_is_relative_to_them_and_keeps_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "jobs.py").write_text("")
    says(folder, '[tool.harness]\nworkload = "sleep,./jobs.py:task"\nstrategy = ["gevent", "jobs.py:Mine"]\n')
    assert options() == {
        "workload": ["sleep", Target("./jobs.py:task", f"{folder}/jobs.py:task")],
        "strategy": ["gevent", Target("jobs.py:Mine", f"{folder}/jobs.py:Mine")],
    }
    monkeypatch.chdir(folder)
    assert options() == {"workload": ["sleep", "./jobs.py:task"], "strategy": ["gevent", "jobs.py:Mine"]}


def test_a_file_that_is_not_there_is_refused(folder: Path) -> None:
    says(folder, '[tool.harness]\nworkload = "absent.py:task"\n')
    with pytest.raises(HarnessError, match=r"there is no file \.\./\.\./absent\.py"):
        options()


def test_paths_of_variants_and_of_json_are_relative_to_the_settings(folder: Path) -> None:
    says(
        folder,
        "[tool.harness]\njson = 'run.json'\nparam = 'seconds=1,2'\n"
        "variant = ['a=path:.', 'b=path:/x,python:./env/bin/python', 'c=pip:gevent==26.9.0,pip:./mine,git:main']\n",
    )
    assert options() == {
        "json": "../../run.json",
        "param": ["seconds=1,2"],
        "variant": [
            "a=path:../../.",
            "b=path:/x,python:../.././env/bin/python",
            "c=pip:gevent==26.9.0,pip:../.././mine,git:main",
        ],
    }
    says(folder, "[tool.harness]\njson = '-'\n")
    assert options() == {"json": "-"}


WRONG = {
    "[tool.harness]\nnosuch = 1\n": "[tool.harness] has no 'nosuch'",
    "[tool.harness]\nblock = 1\n": "[tool.harness] has no 'block': did you mean blocks?",
    "[tool.harness]\nmax_time = 1\n": "[tool.harness] has no 'max_time': did you mean max-time?",
    "[tool.harness]\nblocks = 'x'\n": "[tool.harness] blocks: expected int, got text",
    "[tool.harness]\nblocks = 0\n": "[tool.harness] blocks: expected int >= 1",
    "[tool.harness]\nmargin = nan\n": "[tool.harness] margin: expected float > 0.0",
    "[tool.harness]\ntimeout = inf\n": "[tool.harness] timeout: a finite number of seconds",
    "[tool.harness]\nstrategy = ['a', 3]\n": "[tool.harness] strategy[1]: expected text, got int",
    "[tool.harness]\nquick = 'yes'\n": "[tool.harness] quick: expected bool, got text",
    '[tool.harness]\nresults = "a\\u0000b"\n': "[tool.harness] results: a text without NUL",
    '[tool.harness]\nworkload = ["sleep", "a\\u0000b"]\n': "[tool.harness] workload: a text without NUL",
    '[[tool.harness.gate.limits]]\nlimit = 0.1\nworkload = "\\u0000"\n': "[tool.harness] gate: a text without NUL",
    "[tool]\nharness = 3\n": "[tool.harness] is a table",
    "[tool.harness]\nblocks = \n": "Invalid value",
    "[tool.harness.gate]\nlimit = 0.1\n": "[tool.harness.gate] has no 'limit'; each of [[tool.harness.gate.limits]]",
    "[[tool.harness.gate.limits]]\nlimit = 7\n": "gate.limits[0].limit: expected float < 1.0; each of",
}


@pytest.mark.parametrize("text", WRONG, ids=WRONG.values())
def test_a_wrong_setting_is_one_line_that_names_the_file(folder: Path, text: str) -> None:
    says(folder, text)
    with pytest.raises(HarnessError) as refused:
        project.settings()
    said = str(refused.value)
    assert said.startswith("../../pyproject.toml: ")
    assert WRONG[text] in said
    assert "\n" not in said
    assert refused.value.status == 2


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xff", "can't decode byte 0xff"), (b"\xef\xbb\xbf", "Invalid statement (at line 1, column 1)"),
        (b"\x00", "Invalid"), (b"x = " + b"[" * 50_000, "recursion"), (b"a.b = 1\na = 2\n", "overwrite"),
    ],
    ids=["no UTF-8", "a mark of its encoding", "a NUL", "nested", "twice"],
)  # fmt: skip
def test_a_file_that_is_no_toml_is_one_line_that_names_it(folder: Path, raw: bytes, text: str) -> None:
    (folder / "pyproject.toml").write_bytes(raw + b"\n[tool.harness]\n")
    with pytest.raises(HarnessError) as refused:
        project.settings()
    assert str(refused.value).startswith("../../pyproject.toml: ")
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_in_this_folder_that_cannot_be_read_is_named(folder: Path) -> None:
    Path("pyproject.toml").mkdir()
    with pytest.raises(HarnessError, match=r"^pyproject\.toml is a folder, and no file of settings"):
        project.find()


def test_the_entry_that_names_most_says_the_limit() -> None:
    entries = [Limit(0.3), Limit(0.2, "echo"), Limit(0.1, "echo", "threads"), Limit(0.4, metric="cpu")]
    assert limit(entries, "sleep", "gevent", "time") == 0.3
    assert limit(entries, "echo", "gevent", "time") == 0.2
    assert limit(entries, "echo", "threads", "time") == 0.1
    assert limit(entries, "sleep", "gevent", "cpu") == 0.4
    assert limit(entries[1:], "sleep", "gevent", "time") is None


def test_every_option_of_run_may_stand_in_the_settings_and_nothing_else() -> None:
    from harness.cli.run import command

    long = {option.removeprefix("--") for one in command.params for option in one.opts if option.startswith("--")}
    assert {*Settings.__struct_encode_fields__} - {"gate"} == long - {"resume"}  # one run is resumed, not each


def test_no_decoder_is_imported_where_there_is_nothing_to_decode(folder: Path) -> None:
    says(folder, "[tool.ruff]\n")
    code = (
        "import sys; from harness.plan import project as p; p.results(); print({'msgspec', 'tomllib'} & {*sys.modules})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
