"""Every built-in strategy as a server, started as users start it, with the clients that servers meet."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.strategies import BUILT_IN
from tests.builders import LIBRARY

ROOT = Path(__file__).parents[2]
CLIENTS = Path(__file__).with_name("five_hundred_clients.py")
ONE_AT_A_TIME = ("sequential", "greenlet", "generator")
OVERLAPPING = [name for name in BUILT_IN if name not in ONE_AT_A_TIME]
SECONDS = 20.0


@contextlib.contextmanager
def serving(name: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    library = LIBRARY.get(name)
    if library and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    command = [sys.executable, "-m", "harness", "serve", "-s", name, "--port", "0", *options]
    environment = dict(os.environ)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"on 127\.0\.0\.1:(\d+); Ctrl-C stops it", line)
            assert found, line
            yield process, int(found[1])
        finally:
            process.kill()


@pytest.fixture(scope="module", params=BUILT_IN)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def port(name: str) -> Iterator[int]:
    """A server for all the tests of a strategy. Those that wait for real take one connection at a time."""
    with serving(name, "--concurrency", "1" if name in ONE_AT_A_TIME else "100") as (_, port):
        yield port


@contextlib.contextmanager
def client(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), SECONDS) as sock:
        yield sock


def receive(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := sock.recv(65536)):
        data += more
    return data


def answered(port: int, text: bytes = b"are you there?") -> None:
    with client(port) as sock:
        sock.sendall(text)
        assert receive(sock, len(text)) == text.upper()


def test_it_answers_until_the_client_closes(port: int) -> None:
    with client(port) as sock:
        for number in range(3):
            sock.sendall(b"hello %d" % number)
            assert receive(sock, 7) == b"HELLO %d" % number
    answered(port)


def test_a_client_that_half_closes_gets_all_its_answers_and_an_end(port: int) -> None:
    with client(port) as sock:
        sock.sendall(b"the last words")
        sock.shutdown(socket.SHUT_WR)
        assert receive(sock, 1000) == b"THE LAST WORDS"


def test_one_byte_at_a_time(port: int) -> None:
    with client(port) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"slowly":
            sock.sendall(bytes([byte]))
        assert receive(sock, 6) == b"SLOWLY"
    answered(port)


def test_ten_megabytes_at_once(port: int) -> None:
    text = bytes(range(97, 123)) * 400_000
    with client(port) as sock:
        sending = threading.Thread(target=sock.sendall, args=(text,))
        sending.start()
        got = receive(sock, len(text))
        sending.join()
    assert got == text.upper()
    answered(port)


def test_a_reset_in_the_middle_ends_that_connection_alone(port: int) -> None:
    with client(port) as sock:
        sock.sendall(b"x" * 1_000_000)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    answered(port)


def test_clients_that_come_and_say_nothing_do_not_stop_it(port: int) -> None:
    for _ in range(20):
        with client(port):
            pass
    answered(port)


@pytest.mark.parametrize("name", OVERLAPPING, indirect=True)
def test_a_silent_client_and_one_that_reads_nothing_keep_nobody_waiting(port: int) -> None:
    with client(port), client(port) as deaf:
        deaf.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                deaf.send(b"x" * 65536)
        for _ in range(3):
            answered(port)


@pytest.mark.parametrize("strategy", ONE_AT_A_TIME)
def test_one_silent_client_keeps_everybody_waiting_where_waiting_is_for_real(strategy: str) -> None:
    with serving(strategy, "--concurrency", "1") as (_, port), client(port) as silent, client(port) as second:
        second.sendall(b"hello")
        second.settimeout(0.5)
        with pytest.raises(TimeoutError):
            second.recv(100)
        silent.close()
        second.settimeout(SECONDS)
        assert receive(second, 5) == b"HELLO"


@pytest.mark.parametrize("strategy", OVERLAPPING)
def test_no_more_connections_than_asked_for(strategy: str) -> None:
    with serving(strategy, "--concurrency", "2") as (_, port), client(port) as first, client(port) as second:
        for sock in (first, second):
            sock.sendall(b"hello")
            assert receive(sock, 5) == b"HELLO"
        with client(port) as third:
            third.sendall(b"hello")
            third.settimeout(0.3)
            with pytest.raises(TimeoutError):
                third.recv(100)
            first.close()
            third.settimeout(SECONDS)
            assert receive(third, 5) == b"HELLO"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("strategy", BUILT_IN)
def test_it_stops_with_connections_open_and_busy(strategy: str, number: signal.Signals) -> None:
    limit = "1" if strategy in ONE_AT_A_TIME else "2"
    with serving(strategy, "--concurrency", limit) as (process, port), client(port) as open_, client(port) as other:
        open_.sendall(b"hello")
        assert receive(open_, 5) == b"HELLO"
        process.send_signal(number)
        assert process.wait(SECONDS) == 0
        for sock in (open_, other):
            with contextlib.suppress(ConnectionError):
                assert sock.recv(100) == b""


@pytest.mark.parametrize("strategy", ["gevent", "gevent-patched", "asyncio", "threads"])
def test_the_tutorials_five_hundred_clients(strategy: str) -> None:
    with serving(strategy) as (_, port):
        command = [sys.executable, str(CLIENTS), str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (0, "500 clients, 0 of them with a wrong answer or none\n")


@pytest.mark.parametrize("strategy", OVERLAPPING)
def test_where_descriptors_run_out_it_goes_on_with_those_that_it_has(strategy: str) -> None:
    with serving(strategy) as (process, port), contextlib.ExitStack() as stack:
        (worker,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        used = len(list(Path(f"/proc/{worker}/fd").iterdir()))
        subprocess.run(["prlimit", f"--pid={worker}", f"--nofile={used + 4}"], check=True)
        clients = [stack.enter_context(client(port)) for _ in range(8)]
        for sock in clients:
            sock.sendall(b"hello")
            sock.settimeout(0.5)
        waiting = []
        for sock in clients:
            try:
                assert receive(sock, 5) == b"HELLO"
            except TimeoutError:
                waiting.append(sock)
            else:
                sock.close()
        for sock in waiting:
            sock.settimeout(SECONDS)
            assert receive(sock, 5) == b"HELLO"
            sock.close()
        answered(port)


@pytest.mark.skipif(not shutil.which("redis-benchmark"), reason="needs redis-benchmark (redis-tools)")
def test_redis_benchmark_takes_it_for_an_echo_server() -> None:
    with serving("gevent") as (_, port):
        command = ["redis-benchmark", "-p", str(port), "-c", "20", "-n", "2000", "--csv", "ECHO", "hello"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert float(done.stdout.splitlines()[-1].split(",")[1].strip('"')) > 0
