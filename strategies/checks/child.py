"""The fresh interpreter in which a strategy is checked: its prelude has run, nothing else is imported.

What is said goes to standard output, a line of JSON each; what the strategy prints goes to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import traceback
from collections.abc import Callable
from typing import Any
from unittest import SkipTest

from harness.strategies.base import AsyncStrategy, AsyncStream, Strategy, Stream
from harness.strategies.checks import failing, running, sent, waiting
from harness.strategies.checks.promise import PATIENCE, load
from harness.strategies.checks.subject import Subject
from harness.strategies.notes import with_note

CHECKS = {check.__name__: check for check in (*running.CHECKS, *failing.CHECKS, *waiting.CHECKS, *sent.CHECKS)}
BATCH = 65536


def voice() -> Callable[[Any], None]:
    """What says things on standard output, which is taken from everybody else."""
    out = os.dup(1)
    os.dup2(2, 1)

    def say(said: Any) -> None:
        os.write(out, (json.dumps(said) + "\n").encode())

    return say


def made(target: str) -> Any:
    """A strategy. Raises AssertionError where it is none, or written for another version of the contract."""
    found = load(target)
    assert isinstance(found, type), f"{target} is no class"
    assert issubclass(found, Strategy | AsyncStrategy), f"{target} is neither a Strategy nor an AsyncStrategy"
    assert found.contract == Strategy.contract, f"it is written for version {found.contract} of the contract"
    return with_note(found())


def describe(target: str) -> None:
    """Say what has to be known of a strategy before its worker starts, or (as a text) why it is none."""
    say = voice()
    try:
        kind = type(made(target))
        say({"prelude": kind.prelude, "serves": kind.serve not in (Strategy.serve, AsyncStrategy.serve)})
    except BaseException:
        say(traceback.format_exc())


def run(target: str, servers: str, names: list[str]) -> None:
    """Say whether its tasks overlap, and then of each check that is named what came of it: null, a traceback, or why
    it says nothing about this strategy, as a list of one text."""
    import faulthandler  # here: no interpreter beside the main one has it, and tasks are imported with this package

    say = voice()
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    try:
        subject = Subject(made(target), json.loads(servers))
    except BaseException:
        for name in names:
            say([name, traceback.format_exc()])
        return
    say({"overlaps": subject.overlaps})
    for name in names:
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        try:
            subject.check(CHECKS[name])
        except SkipTest as why:
            say([name, [str(why)]])
        except BaseException:
            say([name, traceback.format_exc()])
        else:
            say([name, None])


def upper(stream: Stream) -> None:
    """Answer in upper case until the client has finished."""
    with contextlib.suppress(Exception):
        while data := stream.receive(BATCH):
            stream.send(data.upper())


async def async_upper(stream: AsyncStream) -> None:
    """Answer in upper case until the client has finished."""
    with contextlib.suppress(Exception):
        while data := await stream.receive(BATCH):
            await stream.send(data.upper())


def serve(target: str, concurrency: int) -> None:
    """Say the port, and serve there until SIGTERM. The exit status is how many threads are left in the end."""
    say = voice()
    strategy = made(target)
    before = threading.active_count()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def stop(*_: object) -> None:
        with contextlib.suppress(Exception):  # it has stopped already
            strategy.stop()

    async def main() -> None:
        signal.signal(signal.SIGTERM, stop)
        say(listener.getsockname()[1])
        await strategy.serve(listener, async_upper, concurrency)

    if isinstance(strategy, AsyncStrategy):
        strategy.enter(main)
    else:
        signal.signal(signal.SIGTERM, stop)
        say(listener.getsockname()[1])
        strategy.serve(listener, upper, concurrency)
    os._exit(threading.active_count() - before)  # at once: whoever asks it to stop asks more than once
