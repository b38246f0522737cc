"""What is typed to name something in a file. Nothing is imported, and nothing started."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.plan import files
from harness.plan.catalogue import find
from harness.plan.request import Request, check
from harness.plan.settings import Settings

JOBS = """
import sys
sys.exit("nobody imports this")

class Crawler:
    def fetch(self, index): ...
    def _hidden(self): ...

def fetch(index): ...
async def afetch(index): ...
def _private(): ...
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jobs.py").write_text(JOBS)
    (tmp_path / "ta,sk.py").write_text("def task(index): ...\n")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "tool").write_text("")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("typed", "name", "end"),
    [
        ("./jobs.py:fetch", "./jobs.py:fetch", "/jobs.py:fetch"),
        ("./jobs.py::fetch", "./jobs.py:fetch", "/jobs.py:fetch"),
        ("jobs.py::Crawler::fetch", "jobs.py:Crawler.fetch", "/jobs.py:Crawler.fetch"),
        ("~/jobs.py:fetch", "~/jobs.py:fetch", "/jobs.py:fetch"),
        ("folder/../jobs.py:fetch", "folder/../jobs.py:fetch", "/jobs.py:fetch"),
        ("./jobs.py:fetch+afetch", "./jobs.py:fetch+afetch", "/jobs.py:fetch+afetch"),
        ("./ta,sk.py:task", "./ta,sk.py:task", "/ta,sk.py:task"),
    ],
)
def test_what_is_understood(tmp_path: Path, typed: str, name: str, end: str) -> None:
    assert find("workload", {}, typed) == (name, f"{tmp_path}{end}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("./jobs.py", "which function of it? It has Crawler, Crawler.fetch, fetch, afetch: ./jobs.py:fetch"),
        ("./jobs.py:", "which function of it? It has"),
        ("./jobs.py::", "which function of it? It has"),
        ("./empty.py", "No function or class was found in it"),
        ("./jobs.py::fetch[a-b]", "'fetch[a-b]' is no name in a file. It has"),
        ("./job.py:fetch", "there is no file ./job.py: did you mean jobs.py?"),
        ("./absent.py:f", "there is no file ./absent.py"),
        ("absent/jobs.py:f", "there is no file absent/jobs.py, nor its folder"),
        ("./jobs:fetch", "a file is named with its ending, ./jobs.py:fetch"),
        ("./tool:fetch", "has a name that ends in .py, ./tool does not"),
        ("./folder", "./folder is a folder"),
        ("pkg/nosuch:fetch", "there is no file pkg/nosuch, nor pkg/nosuch.py; a module is named with dots"),
        ("http://127.0.0.1:8931/", "-W http -P url=http://127.0.0.1:8931/"),
        ("https://example.org/a.py:b", "-W http -P url=https://example.org/a.py:b"),
        ("job.fetch", "unknown workload 'job.fetch'"),
    ],
)
def test_what_is_not_is_answered_in_one_line(typed: str, said: str) -> None:
    with pytest.raises(HarnessError) as refused:
        find("workload", {}, typed)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_module_is_a_module_though_a_file_has_its_name() -> None:
    assert find("workload", {}, "jobs:fetch") == ("jobs:fetch", "jobs:fetch")
    assert find("workload", {"./jobs.py": "a:B"}, "./jobs.py") == ("./jobs.py", "a:B"), "a known name comes first"


def test_commas_stand_between_names_but_within_the_name_of_a_file_that_is_there() -> None:
    assert files.parted("sleep,./ta,sk.py:task,echo") == ["sleep", "./ta,sk.py:task", "echo"]
    assert files.parted("./jobs.py:a,./jobs.py:b") == ["./jobs.py:a", "./jobs.py:b"]
    assert files.parted("./no,ne.py:task") == ["./no", "ne.py:task"]
    named = check(Request(workloads=["sleep,./ta,sk.py:task"]))
    assert [one.name for one in named.workloads] == ["sleep", "./ta,sk.py:task"]


def test_the_settings_of_a_folder_above_name_files_in_the_same_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "folder")
    said = Settings(workload=["jobs.py::fetch", "ta,sk.py:task,sleep", "~/jobs.py:fetch"], variant="a=path:~/x")
    options = said.options(Path(".."))
    assert [str(one) for one in options["workload"]] == ["jobs.py:fetch", "ta,sk.py:task", "sleep", "~/jobs.py:fetch"]
    assert [one.target for one in options["workload"] if one != "sleep"] == [
        f"{tmp_path}/jobs.py:fetch", f"{tmp_path}/ta,sk.py:task", f"{tmp_path}/jobs.py:fetch",
    ]  # fmt: skip
    assert options["variant"] == ["a=path:~/x"]


def test_links_stay_in_a_target_and_what_is_above_a_link_is_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "else" / "where").mkdir(parents=True)
    (tmp_path / "else" / "jobs.py").write_text("")
    (tmp_path / "link").symlink_to("else/where")
    (tmp_path / "also.py").symlink_to("jobs.py")
    assert files.placed("link/../jobs.py") == f"{tmp_path}/else/jobs.py"
    assert files.placed("./also.py") == f"{tmp_path}/also.py"


@pytest.mark.parametrize(
    ("name", "said"),
    [("fetsh", ": did you mean fetch or afetch?"), ("zzz", "; it has Crawler, Crawler.fetch, fetch, afetch, _private")],
)
def test_a_name_that_a_file_lacks_is_told_with_those_that_it_has(tmp_path: Path, name: str, said: str) -> None:
    target = f"{tmp_path}/jobs.py:{name}"
    assert files.hint(target, f"{tmp_path}/jobs.py has no {name}") == said
    assert files.hint(target, "something else") == ""
    assert files.hint(f"jobs:{name}", f"jobs has no {name}") == ""
    (tmp_path / "jobs.py").write_text("def (:")
    assert files.hint(target, f"{tmp_path}/jobs.py has no {name}") == ""
