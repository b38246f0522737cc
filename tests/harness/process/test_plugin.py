"""The plug-in of qemu-user: compiled once, by the real compiler, or refused in a line."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.process import plugin
from tests.builders import qemu


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of the test's own, in a folder with a comma in its name."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "a,b"))
    return tmp_path / "a,b"


def tool(folder: Path, name: str, text: str) -> str:
    """A program in a folder that says this."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@qemu
def test_it_is_compiled_once_and_counts(cache: Path) -> None:
    made = plugin.built(plugin.qemu())
    before = made.stat().st_mtime_ns
    assert plugin.built(plugin.qemu()) == made
    assert made.stat().st_mtime_ns == before
    assert [path.name for path in (cache / "plugins").iterdir()] == [made.name]
    out = cache / "counts"
    code = "import os; file = os.open('/dev/null', 0); mark = lambda: os.lseek(file, 0x6D61726B << 32, 0)"
    code += "\nfor turns in (1000, 2000):\n mark()\n for _ in range(turns): pass\nmark()"
    subprocess.run([plugin.qemu(), "-plugin", plugin.option(made, str(out)), sys.executable, "-c", code], check=True)
    first, second, third = (int(line.split()[1]) for line in out.read_text().splitlines())
    assert 1.5 < (third - second) / (second - first) < 2.1


@qemu
def test_several_may_need_it_first_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: plugin.built(plugin.qemu()), range(4)))) == 1


def test_a_qemu_of_another_version_is_not_known(tmp_path: Path) -> None:
    newer = tool(tmp_path / "bin", "qemu", "echo 'qemu-x86_64 version 11.0.1 (Debian)'")
    with pytest.raises(HarnessError, match=r"version 11\.0\.1 .* is not known: its versions 7 to 10 are"):
        plugin.built(newer)
    with pytest.raises(HarnessError, match="is not known"):
        plugin.built(tool(tmp_path / "bin", "qemu", "echo"))


def test_a_qemu_that_takes_no_plugins_is_refused_and_nothing_kept(tmp_path: Path, cache: Path) -> None:
    text = '[ "$1" = --version ] && echo version 8.2.0 && exit; echo "qemu: unknown option" >&2; exit 1'
    if not (os.path.exists("/usr/bin/cc") or os.path.exists("/usr/bin/gcc")):
        pytest.skip("needs a C compiler")
    with pytest.raises(HarnessError, match="qemu failed: qemu: unknown option"):
        plugin.built(tool(tmp_path / "bin", "qemu", text))
    assert not list((cache / "plugins").iterdir())


def test_without_a_compiler_a_line_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tool(tmp_path / "bin", "qemu", "echo version 7.2.0")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HarnessError, match=r"no C compiler .*apt-get install gcc"):
        plugin.built(fake)
    with pytest.raises(HarnessError, match="apt-get install qemu-user"):
        plugin.qemu()


def test_a_compiler_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tool(tmp_path / "bin", "qemu", "echo version 7.2.0")
    tool(tmp_path / "bin", "cc", '[ "$1" = --version ] && exit; echo "cc: no stddef.h" >&2; exit 1')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with pytest.raises(HarnessError, match=r"cc failed: cc: no stddef\.h"):
        plugin.built(fake)


@qemu
def test_a_cache_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(HarnessError, match=r"cannot be kept: .*HARNESS_CACHE names a folder"):
        plugin.built(plugin.qemu())


def test_a_processor_that_qemu_is_not_used_on_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "sparc64")
    with pytest.raises(HarnessError, match="qemu-user is not used on a processor sparc64"):
        plugin.qemu()
