import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from harness.explain.peer import peer
from tests.sampled import fault, findings, place, seen

NOTHING = {"seconds": 0.0, "connection_seconds": 0.0, "most": 0, "peers": []}
LATE = {"seconds": 0.6, "connection_seconds": 3.0, "most": 8, "peers": ["127.0.0.1:80"]}
IDLE = {"ran": 0.01, "in_line": 0.02}


def found(server: dict[str, float] | None = IDLE, counters: dict[str, int] | None = None, **late: Any) -> list[Any]:
    network = {"undone": NOTHING, "dialling": NOTHING, "counters": counters or {}, "server": server} | late
    waits = {
        "places": [place("sleep", "asyncio.sleep", 2, task_seconds=9.0), place("other", "asyncio.open_connection")]
    }
    return list(peer(seen("asyncio", 20, network=network, waits=waits)))


def test_requests_that_lie_unread() -> None:
    (one,) = found(undone=LATE)
    assert (one.kind, one.file, one.line, one.seconds, one.share) == ("peer-bound", "jobs.py", 3, 0.6, 0.6)
    assert one.text.startswith("127.0.0.1:80 left 5 connections on average, at most 8, without taking them")


def test_syns_that_were_sent_again() -> None:
    (one,) = found(dialling=LATE, counters={"TCPSynRetrans": 7, "ListenOverflows": 9})
    assert one.what == "SYNs sent again"
    assert one.text.endswith("7 SYNs were sent again, and a listen queue of this machine was full 9 times")
    (one,) = found(dialling=LATE, counters={"TCPSynRetrans": 7})
    assert one.text.endswith("7 SYNs were sent again")


@pytest.mark.parametrize(
    ("late", "server"),
    [
        (NOTHING, IDLE),
        (LATE | {"seconds": 0.09}, IDLE),
        (LATE | {"seconds": 0.19}, IDLE),  # a small part of the round
        (LATE, {"ran": 0.2, "in_line": 0.7}),  # the machine is busy
        (LATE | {"seconds": 0.4}, {"ran": 0.9, "in_line": 0.05}),  # it works, and is late now and then
    ],
)
def test_what_is_none(late: dict[str, Any], server: dict[str, float]) -> None:
    assert found(server, undone=late) == []


@pytest.mark.parametrize("server", [None, {"ran": 0.9, "in_line": 0.05}])
def test_a_server_that_is_late_for_most_of_the_round(server: dict[str, float] | None) -> None:
    assert len(found(server, undone=LATE)) == 1


def one_at_a_time(listener: socket.socket) -> None:
    """Answer one connection after another, 30 ms each."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(10)
            time.sleep(0.03)
            connection.sendall(b"done")


CLIENT = """
    import asyncio
    async def task(index):
        reader, writer = await asyncio.open_connection("127.0.0.1", {port})
        writer.write(b"work")
        await reader.read(10)  # FAULT
        writer.close()
"""
BLOCKING_CLIENT = """
    import socket
    def task(index):
        with socket.create_connection(("127.0.0.1", {port})) as one:
            one.sendall(b"work")
            one.recv(10)  # FAULT
"""


@pytest.mark.alone
@pytest.mark.parametrize(
    ("strategy", "text"), [("asyncio", CLIENT), ("gevent-patched", BLOCKING_CLIENT), ("threads", BLOCKING_CLIENT)]
)
def test_a_server_that_serves_one_at_a_time(strategy: str, text: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        threading.Thread(target=one_at_a_time, args=(listener,), daemon=True).start()
        text = text.format(port=listener.getsockname()[1])
        (one,) = findings(strategy, tmp_path, text, 20)
        listener.shutdown(socket.SHUT_RDWR)
    assert (one.kind, one.line) == ("peer-bound", fault(text))


@pytest.mark.alone
def test_a_listen_queue_that_overflows(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        threading.Thread(target=one_at_a_time, args=(listener,), daemon=True).start()
        text = BLOCKING_CLIENT.format(port=listener.getsockname()[1])
        found = findings("threads", tmp_path, text, 10)
        listener.shutdown(socket.SHUT_RDWR)
    (one,) = [one for one in found if one.what == "SYNs sent again"]
    assert 0.4 <= one.seconds < 5


@pytest.mark.alone
def test_a_server_in_the_same_process_is_no_peer(tmp_path: Path) -> None:
    text = """
        import asyncio
        async def task(index):
            async def handle(reader, writer):
                await asyncio.sleep(0.3)
                writer.write(await reader.read(10))
                writer.close()
            server = await asyncio.start_server(handle, "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"work")
            await reader.read(10)
            server.close()
        """
    assert findings("asyncio", tmp_path, text, 5) == []
