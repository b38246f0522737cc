"""Signals that end a run: heard once, held back while something starts or ends, hastening after that."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from harness.errors import Interrupted
from harness.process.interrupts import NUMBERS, hastened, heard_once, held


@pytest.fixture(params=NUMBERS, ids=lambda number: number.name)
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal whose handler raises, as the command line's does."""
    which: signal.Signals = request.param

    def stop(number: int, _: object) -> None:
        raise Interrupted(number)

    before = signal.signal(which, stop)
    yield which
    signal.signal(which, before)


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def test_the_first_is_heard_and_another_hastens(number: signal.Signals) -> None:
    with heard_once():
        with pytest.raises(Interrupted):
            send(number)
        assert not hastened()
        send(number)
        assert hastened()
    assert not hastened()
    with pytest.raises(Interrupted):
        send(number)


def test_one_waits_until_what_starts_or_ends_is_done(number: signal.Signals) -> None:
    done = []

    def start() -> None:
        with held():
            with held():
                send(number)
            done.append("both")

    with heard_once():
        with pytest.raises(Interrupted):
            start()
        assert done == ["both"]
        assert not hastened()
        send(number)
        assert hastened()


def test_two_of_them_while_something_ends_hasten_it(number: signal.Signals) -> None:
    seen = []

    def end() -> None:
        with held():
            send(number)
            seen.append(hastened())
            send(number)
            seen.append(hastened())

    with heard_once(), pytest.raises(Interrupted):
        end()
    assert seen == [False, True]


def test_what_runs_within_a_run_hears_no_more(number: signal.Signals) -> None:
    with heard_once():
        with pytest.raises(Interrupted):
            send(number)
        with heard_once():
            send(number)
        assert hastened()


def test_handlers_that_nobody_set_and_ignored_signals_stay() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heard_once():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_elsewhere_than_in_the_main_thread_nothing_is_set() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def look() -> None:
        with heard_once(), held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]
