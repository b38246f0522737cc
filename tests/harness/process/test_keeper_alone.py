"""A keeper that is forked by the test itself: what it tells of its child, and when it ends it."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from harness.process import folders, keeper
from harness.process.keeper import Keeper, Said
from tests.hostile import soon_gone, until

pytestmark = pytest.mark.alone
"""The start of another program ends what a killed one has left, its keeper too."""


def nothing() -> None: ...


class Kept:
    """A keeper of ours, whose child does something and ends with status 7."""

    def __init__(
        self, child: Callable[[], object], before: Callable[[], object] = nothing, most: int | None = None
    ) -> None:
        """`before`: what the keeper does first."""
        self.line, theirs = socket.socketpair()
        made = Keeper(theirs.fileno(), most)
        self.pid = os.fork()
        if not self.pid:
            try:
                self.line.close()
                before()
                made.split()
                child()
            finally:
                os._exit(7)
        theirs.close()
        self._came = b""

    def said(self) -> Said:
        """What it tells next."""
        while b"\n" not in self._came:
            assert select.select([self.line], [], [], 20)[0]
            self._came += self.line.recv(65536)
        line, _, self._came = self._came.partition(b"\n")
        return msgspec.json.decode(line, type=Said)

    def hang_up(self) -> None:
        self.line.shutdown(socket.SHUT_WR)

    def end(self) -> int:
        """Its status."""
        self.line.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def waits() -> Iterator[Kept]:
    """One whose child waits to be killed."""
    kept = Kept(lambda: time.sleep(60))
    yield kept
    kept.end()


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("child", "how"), [(nothing, Said(ended=True, status=7)), (killed, Said(ended=True, signal=9))]
)
def test_it_tells_how_its_child_ended_and_waits_until_it_is_told_to_end(child: Callable[[], None], how: Said) -> None:
    kept = Kept(child)
    assert kept.said().pid > 0
    assert kept.said() == how
    assert not select.select([kept.line], [], [], 0.1)[0]
    kept.hang_up()
    assert kept.said() == Said(left=[])
    assert kept.end() == 0


def test_where_we_hang_up_it_kills_its_child(waits: Kept) -> None:
    assert waits.said().pid > 0
    waits.hang_up()
    assert waits.said() == Said(ended=True, signal=9)
    assert waits.said() == Said(left=[])


def test_a_signal_of_another_process_ends_its_child_and_is_told_and_ours_is_not(waits: Kept) -> None:
    pid = waits.said().pid
    os.kill(waits.pid, signal.SIGTERM)  # ours only hurries it
    subprocess.run(["kill", "-WINCH", f"{waits.pid}"], check=True)
    assert not select.select([waits.line], [], [], 0.1)[0]
    os.kill(pid, 0)
    subprocess.run(["kill", "-INT", f"{waits.pid}"], check=True)
    assert waits.said() == Said(ended=True, signal=9, sent=signal.SIGINT)


def test_a_child_that_could_not_become_another_program_is_not_waited_for() -> None:
    kept = Kept(lambda: os._exit(keeper.UNBORN))
    assert kept.said().pid > 0
    assert kept.said() == Said(ended=True, status=keeper.UNBORN)
    assert kept.said() == Said(left=[])
    assert kept.end() == 0


@pytest.mark.parametrize(
    ("error", "number"),
    [(OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)), errno.EAGAIN), (OSError("of no number"), 1)],
)
def test_a_child_that_cannot_be_forked_is_told(monkeypatch: pytest.MonkeyPatch, error: OSError, number: int) -> None:
    def refused() -> int:
        raise error

    kept = Kept(nothing, before=lambda: monkeypatch.setattr(os, "fork", refused))
    assert kept.said() == Said(error=number)
    assert kept.end() == 0


def test_it_holds_nothing_open_but_its_line() -> None:
    """What its child shares with others would never end for them, as long as it waits."""

    def open_more() -> None:
        for _ in range(3):
            os.dup(2)

    made = Kept(lambda: time.sleep(60), before=open_more)
    assert made.said().pid > 0
    held = Path(f"/proc/{made.pid}/fd")
    assert until(lambda: len(os.listdir(held)) == 1)
    (line,) = held.iterdir()
    assert os.readlink(line).startswith("socket:")
    made.end()


def test_its_child_leads_a_session_and_ignores_and_blocks_nothing(tmp_path: Path) -> None:
    def deaf() -> None:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])

    def tell() -> None:
        ignored = [number for number in signal.valid_signals() if signal.getsignal(number) is signal.SIG_IGN]
        said = [os.getsid(0) == os.getpid(), ignored, list(signal.pthread_sigmask(signal.SIG_BLOCK, ()))]
        (tmp_path / "said").write_text(f"{said}")

    made = Kept(tell, before=deaf)
    assert made.said().pid > 0
    assert made.said() == Said(ended=True, status=7)
    assert (tmp_path / "said").read_text() == "[True, [], []]"
    made.end()


def test_its_child_dies_with_it(waits: Kept) -> None:
    pid = waits.said().pid
    os.kill(waits.pid, signal.SIGKILL)
    assert soon_gone([pid])


def test_of_what_was_left_the_ports_of_three_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def listen() -> None:
        for _ in range(5):
            read, write = os.pipe()
            if not os.fork():
                os.setsid()  # or it ends with the group, before anybody has looked
                held = socket.create_server(("127.0.0.1", 0))
                os.write(write, b"x")
                time.sleep(20)
                held.close()
                os._exit(0)
            os.read(read, 1)

    monkeypatch.setattr(keeper, "MOMENT", 0.0)
    made = Kept(listen)
    assert made.said().pid > 0
    assert made.said() == Said(ended=True, status=7)
    made.hang_up()
    left = made.said().left
    assert left is not None
    assert [len(one.ports) for one in left] == [1, 1, 1, 0, 0]
    assert len({one.pid for one in left}) == 5
    made.end()


def test_a_child_that_outgrows_what_it_may_hold_is_ended_and_what_it_held_is_told() -> None:
    def grow() -> None:
        kept = bytearray(b"x") * (600 << 20)
        time.sleep(60)
        del kept

    kept = Kept(grow, most=500 << 20)
    assert kept.said().pid > 0
    said = kept.said()
    assert (said.signal, said.held > 500 << 20) == (signal.SIGKILL, True)
    kept.hang_up()
    assert kept.said() == Said(left=[])
    assert kept.end() == 0


def hurry(kept: Kept) -> None:
    os.kill(kept.pid, signal.SIGTERM)


@pytest.mark.parametrize(
    ("moment", "calls"),
    [(0.1, [Kept.hang_up]), (60.0, [Kept.hang_up, hurry]), (60.0, [hurry, Kept.hang_up])],
    ids=["at leisure", "hurried afterwards", "hurried before"],
)
def test_what_its_child_left_has_a_moment_to_end_unless_we_are_in_a_hurry(
    monkeypatch: pytest.MonkeyPatch, moment: float, calls: list[Callable[[Kept], None]]
) -> None:
    monkeypatch.setattr(keeper, "MOMENT", moment)
    kept = Kept(lambda: subprocess.Popen(["sleep", "60"], start_new_session=True))
    assert kept.said().pid > 0
    assert kept.said() == Said(ended=True, status=7)
    began = time.monotonic()
    for call in calls:
        call(kept)
    left = kept.said().left
    assert left is not None
    assert [getattr(one, "name", one) for one in left] == ["sleep"]
    assert time.monotonic() - began >= (0.0 if hurry in calls else moment)
    assert kept.end() == 0


def test_where_its_parent_has_ended_it_removes_what_that_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_roots", [tmp_path / "root"])
    (tmp_path / "root").mkdir()
    if not (parent := os.fork()):
        Kept(lambda: time.sleep(60)).said()
        os._exit(0)
    os.waitpid(parent, 0)
    assert until(lambda: not (tmp_path / "root").exists())
