"""Serving for anybody's client: how it ends."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from harness import api
from harness.errors import IncompleteError, Interrupted
from harness.measure import serve
from harness.plan.request import Request

STUCK = """
import time
from harness.workloads.serving import Serving

class Stuck(Serving):
    async def async_handle(self, io, stream):
        await stream.receive(1)
        await stream.send(b"x")
        time.sleep(1000)
"""


def test_a_server_that_does_not_stop_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "STOP_SECONDS", 0.5)
    (tmp_path / "stuck.py").write_text(STUCK)

    def listening(strategy: str, workload: str, where: str) -> None:
        host, _, port = where.rpartition(":")
        with socket.create_connection((host, int(port)), 10) as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"
        raise Interrupted(signal.SIGINT)

    request = Request(("asyncio",), (f"{tmp_path}/stuck.py:Stuck",), ("side=server",))
    with pytest.raises(IncompleteError, match=r"^asyncio: it did not stop in 0.5 s$"):
        api.serve(request, "127.0.0.1", 0, listening, False, lambda text: None)
