"""Folders that imports look into wherever the program is started."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.hosts import boot, imports
from tests.builders import Finished

EDITABLE = json.dumps({"url": "file:///home/u/mylib", "dir_info": {"editable": True}})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where alone something is installed."""
    place = tmp_path / "site-packages"
    place.mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "started"), str(place)])
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "started" / "mine.py")])
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    return place


def install(site: Path, line: str, names: str | None) -> None:
    """An editable `mylib`, of which Python reads a line as it starts."""
    about = site / "mylib-2.0.dist-info"
    about.mkdir()
    for name, text in (
        ("METADATA", "Metadata-Version: 2.1\nName: mylib\nVersion: 2.0\n"),
        ("direct_url.json", EDITABLE),
    ):
        (about / name).write_text(text)
    (about / "RECORD").write_text("mylib.pth,,\nabsent.pth,,\nmylib-2.0.dist-info/METADATA,,\n")
    (site / "mylib.pth").write_text(f"{line}\n")
    if names is not None:
        (about / "top_level.txt").write_text(names)


def hooked(name: str, file: Path) -> None:
    """Have a hook of imports find a module."""
    file.parent.mkdir(parents=True)
    file.touch()

    class Finder:
        @staticmethod
        def find_spec(wanted: str, path: object = None, target: object = None) -> ModuleSpec | None:
            places = [str(file.parent)] if file.name == "__init__.py" else None
            return spec_from_file_location(name, file, submodule_search_locations=places) if wanted == name else None

    sys.meta_path.append(Finder)


def test_those_of_lines_and_of_the_environment_are_found_once(site: Path, tmp_path: Path) -> None:
    install(site, str(tmp_path / "src"), None)
    for name in ("src", "target", "started"):
        (tmp_path / name).mkdir()
    (tmp_path / "target" / "other-1.dist-info").mkdir()  # pip's --target: as good as installed
    sys.path += [str(tmp_path / "src"), str(tmp_path / "target"), str(tmp_path / "absent"), str(tmp_path / "src")]
    assert imports.folders() == [str(tmp_path / "src")]


@pytest.mark.parametrize(
    ("entries", "line", "lasts"),
    [(":/x", "", False), ("/x", "", False), ("", "", False), ("/x:{here}", "", True), ("", "{here}", True)],
)
def test_where_it_is_started_is_no_folder_of_all_imports_unless_it_is_named(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: str, line: str, lasts: bool
) -> None:
    """`PYTHONPATH=$PYTHONPATH:/x` looks there too, and so does the program: it may be a home."""
    here, beside = tmp_path / "here", tmp_path / "lib"
    here.mkdir()
    beside.mkdir()
    sys.path.append(str(here))
    install(site, line.format(here=here), None)
    monkeypatch.chdir(here)
    monkeypatch.setenv("PYTHONPATH", entries.format(here=here))
    sys.path[:0] = [str(beside)]  # of `python -m harness` the folder where it was started is gone
    assert imports.folders() == [str(beside), *[str(here)] * lasts]


@pytest.mark.parametrize("file", ["mylib/__init__.py", "mylib.py"])
def test_what_a_hook_imports_is_looked_for(site: Path, tmp_path: Path, file: str) -> None:
    install(site, "import __editable___mylib_finder", "mylib\n")
    hooked("mylib", tmp_path / "flat" / file)
    assert imports.folders() == [str(tmp_path / "flat")]


@pytest.mark.parametrize(("names", "file"), [(None, "mylib.py"), ("mylib\n", "lib.py"), ("other\n", "mylib.py")])
def test_a_hook_that_hosts_would_need_is_refused(site: Path, tmp_path: Path, names: str | None, file: str) -> None:
    install(site, "import __editable___mylib_finder", names)
    hooked("mylib", tmp_path / "flat" / file)
    with pytest.raises(HarnessError, match=r"^--on: mylib is an editable that a hook imports, which hosts do not have"):
        imports.folders()


def test_what_is_installed_beside_a_hook_is_compared(site: Path) -> None:
    install(site, "import __editable___mylib_finder", "mylib\n")
    (site / "mylib.py").touch()
    assert imports.folders() == []


def test_an_archive_of_modules_is_refused(site: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("lib.py", "")
    sys.path.append(str(tmp_path / "lib.zip"))
    with pytest.raises(HarnessError, match=r"lib\.zip, which imports look into, is no folder, so that it is not sent"):
        imports.folders()


def test_an_egg_info_beside_its_source_is_no_package(site: Path, tmp_path: Path) -> None:
    for folder in (tmp_path / "src", site):
        (folder / "old.egg-info").mkdir(parents=True)
        (folder / "old.egg-info" / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: old\nVersion: 1\n")
    assert boot.environment()["distributions"] == {"old": "1"}
    sys.path.insert(0, str(tmp_path / "src"))
    assert boot.environment()["distributions"] == {}


@pytest.mark.slow
@pytest.mark.together
def test_a_host_imports_what_is_imported_here(harness: Callable[..., Finished], tmp_path: Path) -> None:
    """Not what lies there under its name."""
    for folder, wait in (("here", 0.0), ("there", 30.0)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mylib.py").write_text(f"WAIT = {wait}\n")
    text = "import time\n\nimport mylib\n\n\ndef task(index):\n    time.sleep(mylib.WAIT)\n"
    (tmp_path / "jobs.py").write_text(text)
    (tmp_path / "large.bin").write_bytes(os.urandom(20 << 20))  # nobody's business, though the program starts here
    words = {
        "PYTHONPATH": f"{tmp_path}/there",
        "HARNESS_CACHE": f"{tmp_path}/cache",
        "HARNESS_LOCK": f"{tmp_path}/lock",
    }
    host = " ".join(["env", *(f"{name}={value}" for name, value in words.items()), "NAME={host}", "sh -c"])
    job = ("-s", "threads", "-W", "jobs.py:task", "--tasks", "2", "--blocks", "2", "--timeout", "20")
    done = harness("run", *job, "--on", "ssh://h1", "--ssh", host, PYTHONPATH=str(tmp_path / "here"))
    assert done.returncode == 0, done.stdout + done.stderr
