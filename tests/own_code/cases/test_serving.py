"""`serve -W http` serves anybody: the commonest clients get what any HTTP/1.1 server would send."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GET = b"GET /200/16/0 HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def port(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """Where `serve` with a strategy listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        chosen = free.getsockname()[1]
    options = ["-s", request.param, "-W", "http", "--port", str(chosen), "-P", "latency=0", "-P", "size=24"]
    command = [sys.executable, "-u", "-m", "harness", "serve", *options]
    server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert server.stdout is not None
        assert str(chosen) in server.stdout.readline()
        yield chosen
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.communicate()


def talk(port: int, *parts: bytes, seconds: float = 0.4) -> tuple[bytes, bool]:
    """What comes back, and whether the server closed."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        for part in parts:
            client.sendall(part)
        try:
            while data := client.recv(65536):
                got += data
        except TimeoutError:
            return got, False
        except ConnectionResetError:
            return got, True
    return got, True


SERVED = pytest.mark.parametrize("port", ["gevent", "asyncio", "threads"], indirect=True)


@SERVED
def test_ends_of_connections_are_as_asked(port: int) -> None:
    for head in (b"GET /200/16/0 HTTP/1.0\r\n\r\n", b"GET /200/16/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
        got, closed = talk(port, head, seconds=2)
        assert b" 200 " in got[:15]
        assert closed, head
    assert talk(port, GET)[1] is False
    assert talk(port, b"GET /200/16/0 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")[1] is False


@SERVED
def test_the_root_is_the_page_of_the_options_and_other_forms_of_a_path_are_taken(port: int) -> None:
    forms = {b"/": 24, b"/200/16/0?x=1": 16, b"http://127.0.0.1/200/16/0": 16, b"/?x=1": 24}
    for path, size in forms.items():
        got, _ = talk(port, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", seconds=2)
        assert b" 200 " in got[:15], path
        assert len(got.partition(b"\r\n\r\n")[2]) == size, path


@SERVED
def test_head_has_no_body_and_expectations_are_answered(port: int) -> None:
    got, _ = talk(port, b"HEAD /200/16/0 HTTP/1.1\r\nHost: x\r\n\r\n", GET.replace(b"16", b"8"))
    heads = re.findall(rb"HTTP/1\.1 200", got)
    assert len(heads) == 2
    assert len(got.rpartition(b"\r\n\r\n")[2]) == 8
    post = b"POST /200/16/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    assert talk(port, post)[0].startswith(b"HTTP/1.1 100")


@SERVED
def test_what_was_right_stays_right(port: int) -> None:
    assert talk(port, GET * 3)[0].count(b"HTTP/1.1 200") == 3
    assert b" 200 " in talk(port, *[bytes([byte]) for byte in GET])[0][:15]
    assert talk(port, b"hello\r\n\r\n", seconds=2)[1]
    assert talk(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60), seconds=2)[1]
    for path in (b"/200/99999999999/0", b"/200/5/-1", b"/200/5/nan"):
        assert b" 400 " in talk(port, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")[0][:15]
    assert b" 200 " in talk(port, GET)[0][:15]


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("port", ["gevent"], indirect=True)
def test_curl_gets_a_page_and_a_head(port: int) -> None:
    url = f"http://127.0.0.1:{port}/"
    for options in ([], ["-I"], ["-0"], ["-d", "x" * 10]):
        done = subprocess.run(["curl", "-sS", "-m", "3", *options, url], capture_output=True, timeout=10)
        assert done.returncode == 0, (options, done.stderr)
