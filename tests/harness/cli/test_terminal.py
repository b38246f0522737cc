"""What a terminal shows while something runs, and what is left of it: a pty, read by a terminal emulator."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli.terminal import blocks_shown, coloured, note, progress

pyte = pytest.importorskip("pyte", reason="needs pyte, a terminal emulator")

COLUMNS, LINES = 40, 6


class Terminal:
    """A pty of a few lines, and all that was written to it."""

    def __init__(self) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.file = os.fdopen(theirs, "w")
        self._ours, self._written = ours, bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._ours, 65536):
                self._written += data
        except OSError:  # the other end is closed
            pass

    def written(self) -> bytes:
        """Close it; what was written."""
        self.file.close()
        self._reader.join(10)
        os.close(self._ours)
        return bytes(self._written)


def screens(written: bytes) -> list[list[str]]:
    """What the screen showed after each byte."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    shown = []
    for byte in written:
        stream.feed(bytes([byte]))
        shown.append([line.rstrip() for line in screen.display])
    return shown


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    one = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield one
    if not one.file.closed:
        one.written()


def told(terminal: Terminal, *texts: str, color: str = "auto", quiet: bool = False) -> bytes:
    """What is written where progress tells these."""
    with contextlib.redirect_stderr(terminal.file), progress(quiet, color) as tell:
        for text in texts:
            tell(text)
    return terminal.written()


def test_each_text_takes_the_place_of_the_one_before(terminal: Terminal) -> None:
    shown = screens(told(terminal, "block 1: starting", "block 1: round 10", "block 2"))
    assert all(not any(screen[1:]) for screen in shown)
    for text in ("block 1: starting", "block 1: round 10", "block 2"):
        assert [text, *[""] * (LINES - 1)] in shown


def test_nothing_is_left_of_it(terminal: Terminal) -> None:
    assert screens(told(terminal, "block 1", "block 2"))[-1] == [""] * LINES


@pytest.mark.parametrize(
    "text",
    ["x" * 200, "日本語" * 30, "two\nlines", "[bold]no markup[/bold] \x1b[5m\x07 here"],
    ids=["long", "wide", "newline", "control"],
)
def test_a_text_of_any_kind_stays_on_one_line(terminal: Terminal, text: str) -> None:
    shown = screens(told(terminal, text, "short"))
    assert all(not any(screen[1:]) for screen in shown)
    assert any(screen[0] == "short" for screen in shown)
    assert shown[-1] == [""] * LINES


def test_a_name_in_brackets_is_no_markup(terminal: Terminal) -> None:
    assert any(screen[0] == "[bold]block" for screen in screens(told(terminal, "[bold]block")))


def test_it_is_dim_unless_colour_is_not_wanted(terminal: Terminal) -> None:
    assert b"\x1b[2m" in told(terminal, "block 1")


def test_never_is_without_colour(terminal: Terminal) -> None:
    written = told(terminal, "block 1", color="never")
    assert b"block 1" in written
    assert b"m" not in written


def test_no_color_is_without_colour(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    written = told(terminal, "block 1")
    assert b"block 1" in written
    assert b"m" not in written


def test_always_wins_over_no_color(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"\x1b[2m" in told(terminal, "block 1", color="always")


def test_a_dumb_terminal_is_told_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert told(terminal, "block 1") == b""


def test_quiet_is_told_nothing(terminal: Terminal) -> None:
    assert told(terminal, "block 1", quiet=True) == b""


def test_what_is_no_terminal_is_told_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with progress(False, "always") as tell:
        tell("block 1")
    assert capfd.readouterr() == ("", "")


def test_a_run_on_a_terminal_shows_one_line_and_leaves_the_table_alone(tmp_path: Path, terminal: Terminal) -> None:
    command = [sys.executable, "-m", "harness", "run", "-s", "sequential", "-W", "noop", "--blocks", "2"]
    environment = os.environ | {"HARNESS_RUN_WAIT": "yes", "TERM": "xterm"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=terminal.file, text=True, timeout=120
    )
    assert done.returncode == 0
    assert "sequential" in done.stdout
    shown = screens(terminal.written())
    assert any(screen[0].startswith("block 1 of at most 2, noop: ") for screen in shown)
    assert all(not any(screen[1:]) for screen in shown)
    assert shown[-1] == [""] * LINES


class Stream(io.StringIO):
    """What results go to."""

    def __init__(self, encoding: str, tty: bool) -> None:
        super().__init__()
        self._encoding, self._tty = encoding, tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("encoding", "tty", "variables", "bars", "colours"),
    [
        ("utf-8", True, {}, True, True),
        ("ascii", True, {}, False, True),
        ("utf-8", False, {}, False, False),
        ("utf-8", True, {"NO_COLOR": "1"}, True, False),
        ("utf-8", True, {"TERM": "dumb"}, True, False),
    ],
)
def test_results_have_the_bars_and_colours_that_a_terminal_shows(
    monkeypatch: pytest.MonkeyPatch, encoding: str, tty: bool, variables: dict[str, str], bars: bool, colours: bool
) -> None:
    for name, value in ({"TERM": "xterm", "NO_COLOR": ""} | variables).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Stream(encoding, tty))
    assert (blocks_shown(), coloured("auto"), coloured("never")) == (bars, colours, False)
    assert coloured("always")


def test_a_line_beside_results_moves_nothing_and_commands_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    note("::error::\x1b]0;x ##[error]y\nof http://me:secret@host/")
    assert capsys.readouterr().err == ": :error::\\x1b]0;x # #[error]y of http://me:***@host/\n"
