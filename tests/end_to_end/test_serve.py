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
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from harness.strategies import BUILT_IN
from tests.builders import LIBRARY, Finished

ROOT = Path(__file__).parents[2]
CLIENTS = Path(__file__).with_name("five_hundred_clients.py")
SERVING = [name for name in BUILT_IN if name not in ("processes", "interpreters")]
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
            found = re.search(r"on (?:http://)?127\.0\.0\.1:(\d+)/?; Ctrl-C stops it", line)
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
@pytest.mark.parametrize("strategy", SERVING)
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


@pytest.mark.parametrize("strategy", ["gevent", "asyncio", "threads", "trio", "uvloop"])
def test_pages_that_nobody_reads_take_no_room(strategy: str) -> None:
    with serving(strategy, "-W", "http") as (process, port), contextlib.ExitStack() as clients:
        for number in range(8):
            sock = clients.enter_context(client(port))
            sock.sendall(f"GET /200/{(256 << 20) - number}/0 HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 100)
            assert sock.recv(1) == b"H"
        with client(port) as other:  # it goes on
            other.sendall(b"GET /200/5/0 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert receive(other, 80).endswith(bytes(range(5)))
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        assert max(one.memory_info().rss for one in family) < 250 << 20
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0


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


GET = b"GET /200/16/0 HTTP/1.1\r\nHost: x\r\n\r\n"


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "\r\n"]).encode()


CLIENTS_OF_HTTP = {
    "1.0 (ab)": (head("GET /200/16/0 HTTP/1.0"), b"200 OK", 16, "closed"),
    "1.0 keep-alive (ab -k)": (head("GET /200/16/0 HTTP/1.0", "Connection: Keep-Alive"), b"200 OK", 16, "open"),
    "close": (head("GET /200/16/0 HTTP/1.1", "Host: x", "Connection: close"), b"200 OK", 16, "closed"),
    "HEAD (curl -I)": (head("HEAD /200/16/0 HTTP/1.1", "Host: x"), b"200 OK", 0, "open"),
    "root": (head("GET / HTTP/1.1", "Host: x"), b"203 Non-Authoritative Information", 5, "open"),
    "query": (head("GET /200/16/0?x=1 HTTP/1.1", "Host: x"), b"200 OK", 16, "open"),
    "absolute form": (head("GET http://127.0.0.1/200/16/0 HTTP/1.1", "Host: x"), b"200 OK", 16, "open"),
    "upgrade": (head("GET /200/16/0 HTTP/1.1", "Connection: Upgrade", "Upgrade: h2c"), b"200 OK", 16, "open"),
    "body": (head("POST /200/16/0 HTTP/1.1", "Host: x", "Content-Length: 5") + b"hello", b"200 OK", 16, "open"),
    "expect": (head("POST / HTTP/1.1", "Content-Length: 5", "Expect: 100-continue"), b"100 Continue", 0, "waits"),
    "no content": (head("GET /204/0/0 HTTP/1.1", "Host: x"), b"204 No Content", 0, "open"),
    "no page": (head("GET /favicon.ico HTTP/1.1", "Host: x"), b"404 Not Found", None, "open"),
    "no status": (head("GET /999/5/0 HTTP/1.1", "Host: x"), b"400 Bad Request", None, "open"),
    "no http": (b"hello\r\n\r\n", b"400 Bad Request", None, "closed"),
}
"""What a client sends; the status, the bytes of the body (None: a text) and what becomes of the connection."""


def answered(sock: socket.socket, bodiless: bool) -> tuple[bytes, bytes]:
    """The status of a reply, and its body, of which not a byte more is read."""
    first = b""
    while not first.endswith(b"\r\n\r\n") and (more := sock.recv(1)):
        first += more
    length = re.search(rb"content-length: (\d+)", first)
    size = int(length[1]) if length and not bodiless else 0
    return first.partition(b"\r\n")[0].removeprefix(b"HTTP/1.1 "), sock.recv(size, socket.MSG_WAITALL) if size else b""


@pytest.mark.parametrize("strategy", [name for name in SERVING if name != "rloop"])  # no client sees its end
def test_anybodys_http_client_is_served(strategy: str) -> None:
    options = ["-W", "http", "-P", "size=5", "-P", "status=203", "-P", "latency=0"]
    limit = ["--concurrency", "1"] if strategy in ONE_AT_A_TIME else []
    with serving(strategy, *options, *limit) as (_, port):
        for name, (sent, status, size, then) in CLIENTS_OF_HTTP.items():
            with client(port) as sock:
                sock.sendall(sent)
                found, content = answered(sock, name.startswith("HEAD"))
                assert (name, found) == (name, status)
                assert (name, len(content)) == (name, len(content) if size is None else size)
                assert size is not None or b"HTTP" in content or b"/STATUS/SIZE/LATENCY" in content
                if then == "closed":
                    assert (name, sock.recv(1)) == (name, b"")
                else:
                    sock.sendall(b"hello" * (then == "waits") + GET * 2)
                    after = [answered(sock, False) for _ in range(3 if then == "waits" else 2)]
                    assert (name, after[-1]) == (name, (b"200 OK", bytes(range(16))))


@pytest.mark.parametrize(
    "command",
    [
        ["ab", "-q", "-n", "60", "-c", "4", "URL"],
        ["ab", "-q", "-k", "-n", "60", "-c", "4", "URL"],
        ["wrk", "-d", "1s", "-c", "4", "-t", "1", "URL"],
        ["hey", "-n", "60", "-c", "4", "URL"],
        ["curl", "-sS", "--fail", "--http2", "--max-time", "9", "URL", "URL"],
        ["curl", "-sS", "--fail", "-0", "--max-time", "9", "URL", "URL"],
        ["curl", "-sS", "--fail", "-I", "--max-time", "9", "URL", "URL"],
        [
            "curl",
            "-sS",
            "--fail",
            "--max-time",
            "9",
            "-H",
            "Expect: 100-continue",
            "--expect100-timeout",
            "60",
            "-d",
            "x",
            "URL",
        ],
        ["nc", "-w", "9", "127.0.0.1", "PORT"],
    ],
    ids=lambda command: " ".join(command[:3]),
)
@pytest.mark.parametrize("strategy", ["gevent", "asyncio", "threads", "trio"])
def test_the_tools_that_people_have_find_a_server(strategy: str, command: list[str]) -> None:
    package = {"ab": "apache2-utils", "nc": "netcat-openbsd"}.get(command[0], command[0])
    if not shutil.which(command[0]):
        pytest.skip(f"needs {command[0]} ({package})")
    with serving(strategy, "-W", "http", "-P", "size=5", "-P", "latency=0") as (_, port):
        url = f"http://127.0.0.1:{port}/"
        typed = [word.replace("URL", url).replace("PORT", str(port)) for word in command]
        done = subprocess.run(typed, input="GET / HTTP/1.0\r\n\r\n", capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert {
        "ab": "Failed requests:        0" in said and "Complete requests:      60" in said and "Non-2xx" not in said,
        "wrk": "Requests/sec" in said and "Non-2xx" not in said and "Socket errors" not in said,
        "hey": "[200]\t60 responses" in said,
        "curl": "\x00\x01\x02\x03\x04" in said or said.count("content-length: 5") == 2,
        "nc": said.startswith("HTTP/1.1 200 OK") and said.endswith("\x00\x01\x02\x03\x04"),
    }[command[0]], said


def test_the_line_at_the_start_names_a_url_that_works() -> None:
    command = [
        sys.executable,
        "-m",
        "harness",
        "serve",
        "-s",
        "threads",
        "-W",
        "http",
        "--host",
        "localhost",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://\S+/(?=;)", process.stderr.readline())
            assert found
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(found[0], timeout=SECONDS) as page:
                assert len(page.read()) == 1024
        finally:
            process.kill()


def test_a_strategy_that_does_not_serve_says_so_before_anybody_comes(harness: Callable[..., Finished]) -> None:
    done = harness("serve", "-s", "processes", "-W", "echo", "--port", "0")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "harness: processes: this strategy does not serve\n"
