"""What an io promises: sleep, checkpoint, connect and its streams."""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable
from typing import Any
from unittest import SkipTest

from harness.strategies.checks.subject import Check, Subject


async def sleep_waits_at_least_as_long(subject: Subject) -> None:
    async def task(index: int) -> float:
        begun = time.monotonic()
        await subject.io.sleep(0.03)
        return time.monotonic() - begun

    assert min(await subject.run(task, 4, 2)) >= 0.029


async def checkpoint_lets_another_task_run(subject: Subject) -> None:
    turns: list[int] = []

    async def task(index: int) -> None:
        turns.append(index)
        rounds = 0
        while subject.overlaps and len(turns) < 2 and rounds < 1_000_000:
            await subject.io.checkpoint()
            rounds += 1
        assert not subject.overlaps or len(turns) == 2, "the other task never had its turn"
        await subject.io.checkpoint()

    await subject.run(task, 2, 2)
    assert sorted(turns) == [0, 1]


async def converse(subject: Subject, port: int, tls: ssl.SSLContext | None, again: bool = False) -> None:
    async def task(index: int) -> None:
        stream = await subject.io.connect(("127.0.0.1", port), tls)
        hello = f"hello from task {index}".encode()
        await stream.send(hello)
        answer = await stream.receive(5)
        assert 1 <= len(answer) <= 5, answer
        while len(answer) < len(hello):
            answer += await stream.receive(100)
        assert answer == hello
        large = bytes(range(256)) * 512
        await stream.send(large)
        answer = b""
        while len(answer) < len(large):
            more = await stream.receive(65536)
            assert 1 <= len(more) <= 65536, len(more)
            answer += more
        assert answer == large
        await stream.send(b"bye")
        assert await stream.receive(100) == b"bye"
        assert await stream.receive(100) == b""
        if again:
            assert await stream.receive(100) == b""
        await stream.close()
        await stream.close()

    await subject.run(task, 5, 2)
    await subject.run(task, 2, 2)


def tls(subject: Subject) -> tuple[int, ssl.SSLContext]:
    """The port of the server with TLS, and what trusts it. Raises SkipTest where there is none."""
    port = subject.servers["tls"]
    if port is None:
        raise SkipTest("needs trustme (pip install trustme)")
    return port, ssl.create_default_context(cafile=subject.servers["authority"])


async def connect_send_receive_and_close_work(subject: Subject) -> None:
    await converse(subject, subject.servers["plain"], None)


async def connect_send_receive_and_close_work_over_tls(subject: Subject) -> None:
    await converse(subject, *tls(subject))


async def the_end_stays_the_end(subject: Subject) -> None:
    await converse(subject, subject.servers["plain"], None, again=True)


async def the_end_stays_the_end_over_tls(subject: Subject) -> None:
    await converse(subject, *tls(subject), again=True)


async def raises_os_error(attempt: Awaitable[Any]) -> None:
    try:
        value = await attempt
    except OSError:
        return
    raise AssertionError(f"no OSError, but {value!r}")


async def a_refused_connection_is_an_os_error(subject: Subject) -> None:
    async def task(index: int) -> None:
        await raises_os_error(subject.io.connect(("127.0.0.1", subject.servers["closed"])))

    await subject.run(task, 2, 2)


async def a_reset_connection_is_an_os_error(subject: Subject) -> None:
    async def task(index: int) -> None:
        stream = await subject.io.connect(("127.0.0.1", subject.servers["plain"]))
        await stream.send(b"reset")
        await raises_os_error(stream.receive(100))
        await stream.close()

    await subject.run(task, 2, 2)


async def an_untrusted_certificate_is_an_os_error(subject: Subject) -> None:
    port, _ = tls(subject)

    async def task(index: int) -> None:
        await raises_os_error(subject.io.connect(("127.0.0.1", port), ssl.create_default_context()))

    await subject.run(task, 2, 2)


CHECKS: tuple[Check, ...] = (
    sleep_waits_at_least_as_long,
    checkpoint_lets_another_task_run,
    connect_send_receive_and_close_work,
    connect_send_receive_and_close_work_over_tls,
    the_end_stays_the_end,
    the_end_stays_the_end_over_tls,
    a_refused_connection_is_an_os_error,
    a_reset_connection_is_an_os_error,
    an_untrusted_certificate_is_an_os_error,
)
