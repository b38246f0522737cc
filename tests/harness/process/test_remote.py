"""A program that a command has started elsewhere, with shells in place of ssh."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from harness.process import remote
from harness.process.remote import Gone, Remote, reason
from harness.worker.frames import Frames

SECONDS = 30.0
ANSWERS = "read line; printf '{\"answer\": 1}\\n'"
Start = Callable[..., Remote]


@pytest.fixture
def start() -> Iterator[Start]:
    made: list[Remote] = []

    def started(script: str, mark: bytes = b"") -> Remote:
        made.append(Remote(["sh", "-c", script], mark))
        return made[-1]

    yield started
    for one in made:
        one.close()


def asked(line: Remote, seconds: float = SECONDS) -> dict[str, object]:
    return line.ask(b"{}\n", Frames.take_line, seconds)


def test_who_does_not_answer_says_why() -> None:
    line = Remote(["sh", "-c", "echo 'ssh: connect to host h9: No route to host' >&2; exit 255"])
    with pytest.raises(Gone, match=r"^ssh: connect to host h9: No route to host$"):
        asked(line)
    line.close()
    with pytest.raises(Gone, match="no-such-program: No such file"):
        Remote(["no-such-program"])


def test_what_a_shell_prints_is_no_answer() -> None:
    """As a login script does that greets."""
    line = Remote(["sh", "-c", "echo Welcome; cat >/dev/null"])
    with pytest.raises(Gone, match="its answer was unusable"):
        asked(line)
    line.close()


def test_what_comes_before_the_mark_is_no_answer(start: Start) -> None:
    assert asked(start(f"echo '{{}}'; printf 'no end'; printf '@@'; {ANSWERS}", b"@@")) == {"answer": 1}


def test_a_mark_that_comes_in_two_parts_is_one(start: Start) -> None:
    assert asked(start(f"printf 'noise@'; sleep 0.2; printf '@'; {ANSWERS}", b"@@")) == {"answer": 1}


def test_a_shell_that_prints_for_ever_is_left(start: Start) -> None:
    with pytest.raises(Gone, match="its shell prints, and no program of ours begins"):
        asked(start("exec yes", b"@@"))


def test_what_a_shell_printed_is_said_where_nothing_else_is_known(start: Start) -> None:
    with pytest.raises(Gone, match=r"^sh ended with status 1, and a shell printed: No login\.$"):
        asked(start("echo; echo No login.; exit 1", b"@@"))


def test_a_banner_is_no_reason_for_what_comes_later(start: Start) -> None:
    line = start(f"echo Authorised use only. >&2; {ANSWERS}; read line; kill -9 $$")
    assert asked(line) == {"answer": 1}
    with pytest.raises(Gone, match=r"^sh was ended by SIGKILL$"):
        asked(line)


def test_one_that_reads_nothing_is_left(start: Start) -> None:
    line = start("exec sleep 600")
    with pytest.raises(Gone, match=r"no answer after 0\.2 s"):
        line.tell(bytes(4 << 20), 0.2)


def test_one_that_reads_slowly_is_waited_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that runs a second at each look: ten are allowed, and all of it takes more."""
    reads = "for part in $(seq 32); do head -c 65536 >/dev/null; sleep 0.01; done; echo '{}'"
    line = start(reads)
    monkeypatch.setattr(remote, "time", SimpleNamespace(monotonic=itertools.count().__next__))
    line.tell(bytes(32 << 16), 10.0)
    monkeypatch.undo()
    assert line.answer(Frames.take_line, SECONDS) == {}


def test_who_waits_for_one_that_stands_still_is_told_when_it_is_hung_up(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that it has started as well: what is killed alone leaves that."""
    monkeypatch.setattr(remote, "CLOSE_SECONDS", 0.2)
    line = start(f"sleep 600 & echo $! > {tmp_path}/pid; trap '' TERM; while true; do sleep 600; done")
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    started = psutil.Process(int((tmp_path / "pid").read_text()))
    os.kill(line._process.pid, signal.SIGSTOP)
    said: list[str] = []

    def wait() -> None:
        with pytest.raises(Gone) as why:
            asked(line, 3600.0)
        said.append(str(why.value))

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    line.hang_up()
    waiting.join(SECONDS)
    assert said == ["hung up"]
    line.close()
    assert line._process.returncode is not None
    psutil.wait_procs([started], SECONDS)
    assert not started.is_running()


def test_a_key_that_is_another_is_told_from_one_that_nobody_knows() -> None:
    changed = "Host key for h1 has changed and you have requested strict checking."
    last = "Host key verification failed."
    assert reason(f"@@@\r\nsomething nasty\r\n{changed}\r\n{last}\r\n") == changed
    assert reason(f"{last}\n") == last
    assert reason(f"{changed}\nConnection refused\n") == "Connection refused"
