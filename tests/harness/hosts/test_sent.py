"""What travels: the program and the user's files, the same bytes for the same content."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

import harness
from harness.errors import HarnessError
from harness.hosts import boot, sent
from harness.hosts.client import Client, Wanted
from harness.hosts.kinds import Environment
from harness.hosts.moved import moved, paths_moved, plan_moved
from harness.process.remote import Gone, Take
from harness.record.plan import Plan, Variant
from harness.record.sample import evened
from tests.builders import plan, sample


def names(archive: sent.Archive) -> set[str]:
    return set(zipfile.ZipFile(io.BytesIO(archive.data)).namelist())


def of(target: str) -> Plan:
    made = plan()
    strategies = [msgspec.structs.replace(one, target="harness.strategies.gevent:Gevent") for one in made.strategies]
    groups = [msgspec.structs.replace(made.groups[0], target=target)]
    return msgspec.structs.replace(made, strategies=strategies, groups=groups)


def test_the_program_is_all_that_a_worker_imports() -> None:
    found = names(sent.program())
    assert {"harness/hosts/agent.py", "harness/strategies/gevent.py", "harness/workloads/sleep.py"} <= found
    assert not any("__pycache__" in name for name in found)


def test_the_same_content_is_the_same_archive_whenever_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("A = 1\n")
    before = sent.packed("x", {"a.py": tmp_path / "a.py"})
    os.utime(tmp_path / "a.py", (1, 1))
    assert sent.packed("y", {"a.py": tmp_path / "a.py"}).key == before.key
    (tmp_path / "a.py").write_text("A = 2\n")
    assert sent.packed("x", {"a.py": tmp_path / "a.py"}).key != before.key


def test_of_a_repository_goes_what_git_does_not_ignore(tmp_path: Path) -> None:
    for name, text in ((".gitignore", "data\n"), ("data", "x"), ("new.py", ""), ("src/jobs.py", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (archive,) = sent.of_user(of(f"{tmp_path}/src/jobs.py:task"), [])
    assert archive.folder == str(tmp_path)
    assert names(archive) == {".gitignore", "new.py", "src/jobs.py"}


def repository(place: Path, *files: str) -> None:
    for name in files:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    subprocess.run(["git", "init", "-q", place], check=True)
    subprocess.run(["git", "-C", place, "add", "."], check=True)
    subprocess.run(["git", "-C", place, *WHO, "commit", "-qm", "All"], check=True)


OURS = Path(harness.__file__).parents[1]
WHO = "-c", "user.name=me", "-c", "user.email=me@example.org"


def test_submodules_and_what_links_lead_to_travel_too(tmp_path: Path) -> None:
    repository(tmp_path / "library", "library.py")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "shared.py").touch()
    mine = tmp_path / "mine"
    repository(mine, "jobs.py", "v1/data.py")
    add = ["submodule", "--quiet", "add", str(tmp_path / "library"), "vendored"]
    subprocess.run(["git", "-C", mine, "-c", "protocol.file.allow=always", *add], check=True)
    (mine / "vendored" / "built.so").touch()
    (mine / "vendored" / ".gitignore").write_text("*.so\n")
    (mine / "data").mkdir()
    (mine / "data" / "large.bin").touch()
    (mine / ".gitignore").write_text("data/\n")
    for name, to in (
        ("link", "data"),
        ("outside", "../shared"),
        ("latest", "v1"),
        ("round", "."),
        ("v1/up", ".."),
        ("gone", "nowhere"),
    ):
        (mine / name).symlink_to(to)
    (archive,) = sent.of_user(of(f"{mine}/jobs.py:task"), [])
    assert names(archive) == {
        ".gitignore", ".gitmodules", "jobs.py", "latest/data.py", "outside/shared.py", "v1/data.py",
        "vendored/.gitignore", "vendored/library.py",
    }  # fmt: skip


def test_a_version_that_lies_in_a_folder_travels_with_what_links_lead_to(tmp_path: Path) -> None:
    for name in ("old/jobs.py", "old/deep/__pycache__/x.pyc", "shared/shared.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "old" / "deep" / "shared").symlink_to(tmp_path / "shared")
    (tmp_path / "old" / "deep" / "round").symlink_to(tmp_path / "old")
    assert set(sent._whole(str(tmp_path / "old"))) == {"jobs.py", "deep/shared/shared.py"}


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent, "MOST", 3)
    repository(tmp_path / "other", *map(str, range(4)))
    repository(tmp_path / "mine", "jobs.py")
    (tmp_path / "mine" / "data").symlink_to(tmp_path / "other")
    with pytest.raises(HarnessError, match="which the hosts need, has over 3 files: have git ignore data"):
        sent.of_user(of(f"{tmp_path}/mine/jobs.py:task"), [])


PACK = {"pack/__init__.py", "pack/deep/__init__.py", "pack/deep/mine.py", "pack/data/x.json", "pack/fast.so"}


def test_outside_of_one_goes_the_file_or_all_of_its_package(tmp_path: Path) -> None:
    for name in ("jobs.py", "jobs.json", "other.py", "pack/__pycache__/x.pyc", *PACK):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    (archive,) = sent.of_user(of(f"{tmp_path}/jobs.py:task"), [])
    assert (archive.folder, names(archive)) == (str(tmp_path), {"jobs.py", "jobs.json"})
    (archive,) = sent.of_user(of(f"{tmp_path}/pack/deep/mine.py:task"), [])
    assert names(archive) == PACK
    (archive,) = sent.of_user(of("pack.deep.mine:task"), [str(tmp_path)])
    assert names(archive) == PACK


@pytest.mark.parametrize("in_git", [True, False])
def test_a_namespace_package_is_sent_from_wherever_it_lies(tmp_path: Path, in_git: bool) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder / "bench").mkdir(parents=True)
        (tmp_path / folder / "bench" / "cases.py").touch()
        (tmp_path / folder / "other.py").touch()
        if in_git:
            subprocess.run(["git", "init", "-q", tmp_path / folder], check=True)
    found = sent.of_user(of("bench.cases:task"), [str(tmp_path / "here"), str(tmp_path / "there")])
    assert [one.folder for one in found] == [str(tmp_path / "here"), str(tmp_path / "there")]
    assert [names(one) for one in found] == 2 * [{"bench/cases.py", *(["other.py"] if in_git else [])}]


def ignoring(place: Path) -> Path:
    """A repository that ignores a folder, in which there is a file."""
    repository(place, "jobs.py", "src/mylib.py")
    (place / ".gitignore").write_text(".wt/\n")
    (place / ".wt" / "x").mkdir(parents=True)
    (place / ".wt" / "x" / "jobs.py").touch()
    return place / ".wt" / "x"


def test_a_version_and_a_target_that_git_ignores_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # whoever stands in this program's repository compares its versions
    ignored, made = ignoring(tmp_path), of(f"{tmp_path}/jobs.py:task")
    variant = Variant(name="b", spec=f"path:{ignored}", root=str(ignored), instead_of=str(tmp_path))
    strategies = [msgspec.structs.replace(one, variant=variant) for one in made.strategies]
    of_all, of_version = sent.of_user(msgspec.structs.replace(made, strategies=strategies), [])
    assert (of_all.folder, names(of_all)) == (str(tmp_path), {".gitignore", "jobs.py", "src/mylib.py"})
    assert (of_version.folder, names(of_version)) == (str(ignored), {"jobs.py"})
    (with_target,) = sent.of_user(of(f"{ignored}/jobs.py:task"), [])
    assert names(with_target) == {*names(of_all), f"{ignored.relative_to(tmp_path)}/jobs.py"}


def test_folders_of_imports_can_be_found_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the path that leads to one here, and within what a version stands for."""
    monkeypatch.chdir(tmp_path)
    repository(tmp_path / "mine", "jobs.py", "src/mylib.py")
    (tmp_path / "link").symlink_to(tmp_path / "mine" / "src")
    linked, made = str(tmp_path / "link"), of(f"{tmp_path}/mine/jobs.py:task")
    assert [one.folder for one in sent.of_user(made, [], [linked])] == [str(tmp_path / "mine"), linked]
    repository(tmp_path / "old", "src/mylib.py")
    variant = Variant(name="b", spec="path:old", root=str(tmp_path / "old"), instead_of=str(tmp_path / "mine"))
    strategies = [msgspec.structs.replace(one, variant=variant) for one in made.strategies]
    elsewhere = msgspec.structs.replace(of("json:loads"), strategies=strategies)
    found = sent.of_user(elsewhere, [], [str(tmp_path / "mine" / "src")])
    assert [one.folder for one in found] == [str(tmp_path / "old"), str(tmp_path / "mine")]


def test_an_environment_within_a_folder_of_no_repository_is_not_sent(tmp_path: Path) -> None:
    for name in ("src/mylib.py", "src/venv/pyvenv.cfg", "src/venv/lib/other.py", "jobs.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = sent.of_user(of(f"{tmp_path}/jobs.py:task"), [], [str(tmp_path / "src")])
    assert {one.folder: names(one) for one in found}[str(tmp_path / "src")] == {"mylib.py"}


def test_folders_of_imports_are_sent_once(tmp_path: Path) -> None:
    ignored = ignoring(tmp_path / "mine")
    repository(tmp_path / "lib", "src/lib.py", "src/.netrc", "tests.py")
    imports = [str(one) for one in (tmp_path / "mine" / "src", ignored, tmp_path / "lib" / "src", OURS)]
    found = sent.of_user(of(f"{tmp_path}/mine/jobs.py:task"), imports, imports)
    assert [one.folder for one in found] == [str(tmp_path / "mine"), *imports[1:3]]
    assert names(found[2]) == {"lib.py"}


def test_what_is_ours_or_installed_is_not_sent(tmp_path: Path) -> None:
    assert sent.of_user(of("harness.workloads.sleep:Sleep"), [str(tmp_path)]) == []
    assert sent.of_user(of("json:loads"), [str(tmp_path)]) == []


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent, "LARGEST", 1 << 20)
    (tmp_path / "jobs.py").touch()
    (tmp_path / "jobs.bin").write_bytes(os.urandom(2 << 20))
    with pytest.raises(HarnessError, match="which the hosts need, is over 1 MB: have git ignore data"):
        sent.of_user(of(f"{tmp_path}/jobs.py:task"), [])


def test_paths_are_where_they_were_sent_to(tmp_path: Path) -> None:
    folders = {"/home/u/p": str(tmp_path), "/home/u/p/inner": "/cache/b"}
    assert moved("/home/u/p/jobs.py:task", folders) == f"{tmp_path}/jobs.py:task"
    assert moved("/home/u/p/inner/x.py:y", folders) == "/cache/b/x.py:y"
    assert moved("/home/u/pp/x.py:y", folders) == "/home/u/pp/x.py:y"
    assert plan_moved(of("/home/u/p/jobs.py:task"), folders).groups[0].target == f"{tmp_path}/jobs.py:task"
    assert paths_moved(["/home/u/p", "/usr", "/home/u/p/inner"], folders) == [str(tmp_path)]


def test_an_archive_is_unpacked_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    archive = sent.program()
    with pytest.raises(ValueError, match="what arrived is not what was sent"):
        boot.unpack(archive.key, archive.data[:-1])
    assert not (tmp_path / "sent").exists()
    boot.unpack(archive.key, archive.data)
    boot.unpack(archive.key, archive.data)  # another agent was quicker
    assert [one.name for one in (tmp_path / "sent").iterdir()] == [archive.key[: boot.KEY]]
    old = time.time() - (boot.OLD_DAYS + 1) * 86400
    os.utime(boot.place(archive.key), (old, old))
    boot.forget_old()
    assert not list((tmp_path / "sent").iterdir())


def test_what_can_be_run_here_can_be_run_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    files = {name: tmp_path / name for name in ("jobs.py", "helper.sh")}
    for path in files.values():
        path.write_text("#!/bin/sh\necho helped\n")
    before = sent.packed(str(tmp_path), files)
    files["helper.sh"].chmod(0o755)
    archive = sent.packed(str(tmp_path), files)
    assert archive.key != before.key
    boot.unpack(archive.key, archive.data)
    there = Path(boot.place(archive.key))
    assert subprocess.run([there / "helper.sh"], capture_output=True, check=True).stdout == b"helped\n"
    assert not (there / "jobs.py").stat().st_mode & 0o111


def test_agents_that_share_a_home_do_not_mind_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    ran: list[str] = []

    def run(command: list[str]) -> None:
        if "-c" in command:
            return
        ran.append(command[-1])
        if "venv" in command:
            (Path(command[-1]) / "bin").mkdir(parents=True, exist_ok=True)
            (Path(command[-1]) / "bin" / "python").touch()
        if len(ran) == 2:
            others.append(boot.installed("3.11", ["gevent==1"]))

    others: list[str] = []
    monkeypatch.setattr(boot, "run", run)
    mine = boot.installed("3.11", ["gevent==1"])
    assert others == [mine]
    assert os.path.isfile(mine)
    assert boot.installed("3.11", ["gevent==1"]) == mine
    assert len(ran) == 4
    assert len(list((tmp_path / "environments").iterdir())) == 1


def test_an_environment_is_of_hosts_where_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    really = boot.run

    def run(command: list[str]) -> None:
        if "venv" in command:
            (Path(command[-1]) / "bin").mkdir(parents=True)
            (Path(command[-1]) / "bin" / "python").symlink_to(sys.executable)
        elif "pip" not in command:
            really(command)

    monkeypatch.setattr(boot, "run", run)
    mine = Path(boot.installed("3.11", []))
    mine.unlink()
    mine.symlink_to(tmp_path / "absent")
    assert boot.installed("3.11", []) == str(mine)
    assert mine.exists()
    monkeypatch.setattr(sys, "base_prefix", "/opt/python")
    assert boot.installed("3.11", []) != str(mine)


def test_what_another_agent_removes_meanwhile_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "listdir", lambda _: ["renamed-meanwhile"])
    boot.forget_old()
    assert not boot.is_there(boot.place("a" * 64))


@pytest.mark.parametrize(
    ("by_host", "kept"),
    [
        ([6], 6),
        ([5, 5], 10),
        ([7, 5], 10),
        ([20, 1], 20),
        ([30, 30, 2], 60),
        ([4, 2], 4),
        ([3, 3, 3], 9),
    ],
)
def test_rows_are_of_equally_many_blocks_of_each_host(by_host: list[int], kept: int) -> None:
    taken, block = [], 0
    for site, many in enumerate(by_host):
        for _ in range(many):
            taken += [msgspec.structs.replace(sample(place, block, 1.0), site=site) for place in (0, 1)]
            block += 1
    good, rest = evened(taken)
    assert (len(good), len(rest)) == (2 * kept, 2 * (block - kept))
    counts = {site: sum(one.site == site for one in good) for site in range(len(by_host))}
    assert len({one for one in counts.values() if one}) == 1


def test_a_host_that_does_not_keep_what_it_is_sent_is_gone() -> None:
    class Forgets:
        def ask(self, data: bytes, take: Take, seconds: float) -> dict[str, Any]:
            said = json.loads(data)
            return {"lacks": said["keys"]} if isinstance(said, dict) else boot.environment()

        def hang_up(self) -> None:
            pass

        close = hang_up

    client = Client(Forgets(), Wanted(Environment(**boot.environment()), sent.program(), (), install=False))
    with pytest.raises(Gone, match="it does not keep what it is sent"):
        client.bring_up()
