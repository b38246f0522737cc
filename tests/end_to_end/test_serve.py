"""`harness serve`, started as users start it: it stops when it is told to, and anybody's clients may come.

What each strategy promises of serving is checked in tests/strategies."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.strategies import BUILT_IN
from tests.builders import LIBRARY

ROOT = Path(__file__).parents[2]
CLIENTS = Path(__file__).with_name("five_hundred_clients.py")
ONE_AT_A_TIME = ("sequential", "greenlet", "generator")
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


@contextlib.contextmanager
def client(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), SECONDS) as sock:
        yield sock


def receive(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := sock.recv(65536)):
        data += more
    return data


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


@pytest.mark.skipif(not shutil.which("redis-benchmark"), reason="needs redis-benchmark (redis-tools)")
def test_redis_benchmark_takes_it_for_an_echo_server() -> None:
    with serving("gevent") as (_, port):
        command = ["redis-benchmark", "-p", str(port), "-c", "20", "-n", "2000", "--csv", "ECHO", "hello"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert float(done.stdout.splitlines()[-1].split(",")[1].strip('"')) > 0
