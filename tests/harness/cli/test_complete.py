"""Completion of values: what is offered, and that real shells take it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from harness.cli import commands
from harness.record import store
from tests.builders import Finished, header

SECONDS = 20.0


def offered(*words: str) -> list[str]:
    """What is offered for the last of the words that follow `harness`."""
    shell = ShellComplete(commands, {}, "harness", "_HARNESS_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two runs, one of which was given a name; we are in it."""
    monkeypatch.chdir(tmp_path)
    store.Writer(tmp_path / "results", header("20260101T000000Z-b", name="before")).close()
    store.Writer(tmp_path / "results", header("20260102T000000000001Z-a")).close()
    return tmp_path


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("c",), ["compare", "calibrate", "completion"]),
        (("run", "-s", "thr"), ["threads", "thread-pool"]),
        (("run", "--strategy", "al"), ["all"]),
        (("run", "--strategy", "us"), ["usual"]),
        (("run", "-s", "gevent,thr"), ["gevent,threads", "gevent,thread-pool"]),
        (("run", "-s", "threads,thread"), ["threads,thread-pool"]),
        (("run", "-s", "gevent,x"), []),
        (("run", "-W", "ec"), ["echo"]),
        (("run", "-W", "noop,s"), ["noop,sleep", "noop,switch"]),
        (("run", "-W", "./jo"), ["./jo"]),
        (("run", "-s", "gevent,threads", "--reference", ""), ["gevent", "threads"]),
        (("run", "-s", "gevent", "--variant", "new=pip:x==1", "--reference", ""), ["new", "gevent"]),
        (("run", "--reference", "gevent-"), ["gevent-patched"]),
        (("run", "--pin", ""), ["apart", "one", "none"]),
        (("run", "--format", "git"), ["github"]),
        (("run", "--mar"), ["--margin"]),
        (("gate", "--metric", "me"), ["memory"]),
        (("show", ""), ["latest", "before", "20260102T000000000001Z-a", "20260101T000000Z-b"]),
        (("show", "--results", "elsewhere", ""), ["latest"]),
        (("compare", "before", "20260102"), ["20260102T000000000001Z-a"]),
        (("export", "be"), ["before"]),
        (("export", "--to", "py"), ["pytest-benchmark", "pyperf"]),
        (("serve", "-s", "gevent-"), ["gevent-patched"]),
        (("list", "st"), ["strategies"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_value_is_completed(words: tuple[str, ...], values: list[str]) -> None:
    assert offered(*words) == values


def test_a_strategy_of_another_package_is_offered_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / "theirs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[harness.strategies]\nbackwards = nothing_of_that_name:Backwards\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert offered("run", "-s", "back") == ["backwards"]


def test_what_cannot_be_read_offers_nothing(runs: Path) -> None:
    (runs / "pyproject.toml").write_text("[tool.harness]\nnosuch = 1\n")
    assert offered("show", "") == []
    assert offered("run", "-s", "thr") == ["threads", "thread-pool"]
    (runs / "pyproject.toml").unlink()
    (runs / "results" / "20260103T000000Z-c.jsonl").write_text("nonsense")
    assert offered("show", "bef") == ["before"]


@pytest.mark.parametrize("name", ["a b", "$(touch x)", "`x`", "a;b", "\x1b[31m", "a\nb", "~x", "*"])
def test_what_a_shell_would_take_for_more_than_a_name_is_not_offered(runs: Path, name: str) -> None:
    store.Writer(runs / "results", header("20260103T000000Z-c", name=name)).close()
    (runs / "results" / f"z{name}.jsonl").write_text("")
    assert offered("show", "") == ["latest", "before", *offered("show", "2026")]
    store.Writer(runs / "results", header("20260104T000000Z-d", name="läuft-2,3")).close()
    assert "läuft-2,3" in offered("show", "")


def test_nothing_is_started_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*arguments: object, **options: object) -> None:
        raise AssertionError(f"started {arguments}")

    monkeypatch.setattr(subprocess, "Popen", start)
    assert "sleep" in offered("run", "-W", "")
    assert "gevent" in offered("run", "-s", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(cli: Callable[..., Finished], shell: str) -> None:
    done = cli("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_HARNESS_COMPLETE={shell}_complete" in done.stdout
    assert "_harness_completion" in done.stdout


@pytest.fixture
def path(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`harness` as a shell finds it."""
    script = runs / "bin" / "harness"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -P -c "from harness.cli import main; main()" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(runs / "home"))


class Shell:
    """A shell at a terminal, with somebody typing."""

    def __init__(self, command: Sequence[str]) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env=os.environ | {"TERM": "xterm"}, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        self._ours = ours

    def types(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def writes(self, file: Path) -> str:
        """What it writes to a file, sooner or later; what it shows meanwhile is read and forgotten."""
        said = ""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and not (file.exists() and file.read_text().endswith("\n")):
            if select.select([self._ours], [], [], 0.05)[0]:
                said += os.read(self._ours, 65536).decode(errors="replace")
                if "\x1b[c" in said or "\x1b[0c" in said:  # which terminal are you? fish waits for an answer
                    said = ""
                    self.types("\x1b[?1;2c")
        return file.read_text().strip() if file.exists() else f"nothing, and showed {said!r}"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)


SHELLS = {
    "bash": (("bash", "--norc", "--noprofile", "-i"), 'eval "$(harness completion bash)"'),
    "zsh": (("zsh", "-f", "-i"), 'bindkey -e; autoload -U compinit; compinit -u; eval "$(harness completion zsh)"'),
    "fish": (("fish", "--no-config"), "harness completion fish | source"),
}
START, END = "\x01", "\x05"
TYPED = {
    "run -s gevent-p": "run -s gevent-patched",
    "run --strategy=gevent-p": "run --strategy=gevent-patched",
    "run -s gevent,gevent-p": "run -s gevent,gevent-patched",
    "run -W ec": "run -W echo",
    "show bef": "show before",
    "compare before 20260102": "compare before 20260102T000000000001Z-a",
    "run --format git": "run --format github",
    "run -s threads,trio --reference tr": "run -s threads,trio --reference trio",
    "cal": "calibrate",
}


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("name", SHELLS)
def test_a_real_shell_completes(runs: Path, name: str) -> None:
    command, set_up = SHELLS[name]
    if not shutil.which(command[0]):
        pytest.skip(f"{name} is not installed")
    shell = Shell(command)
    try:
        shell.types(f"{set_up}; echo ready > ready\r")
        assert shell.writes(runs / "ready") == "ready"
        completed = {}
        for number, typed in enumerate(TYPED):
            shell.types(f"harness {typed}\t{START}echo {END} > line{number}\r")
            completed[typed] = shell.writes(runs / f"line{number}").removeprefix("harness ")
    finally:
        shell.close()
    assert completed == TYPED
