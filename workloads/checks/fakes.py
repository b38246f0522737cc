"""Connections that nobody is at the other end of, or somebody who lies."""

from __future__ import annotations

import inspect
from typing import Any


class LyingIo:
    """An io, of either kind, on whose connections the last of the bytes that arrive at a time is another."""

    def __init__(self, io: Any) -> None:
        self._io = io

    def __getattr__(self, name: str) -> Any:
        return getattr(self._io, name)

    def connect(self, *where: Any, **how: Any) -> Any:
        """A connection, or one to await."""
        found = self._io.connect(*where, **how)
        return self._awaited(found) if inspect.isawaitable(found) else LyingStream(found)

    async def _awaited(self, found: Any) -> LyingStream:
        return LyingStream(await found)


class LyingStream:
    """A stream, of either kind, whose bytes are not all those that arrived."""

    def __init__(self, stream: Any) -> None:
        self.send, self.close, self._receive = stream.send, stream.close, stream.receive

    def receive(self, limit: int) -> Any:
        """Some bytes, or what to await for them."""
        found = self._receive(limit)
        return self._awaited(found) if inspect.isawaitable(found) else lie(found)

    async def _awaited(self, found: Any) -> bytes:
        return lie(await found)


def lie(data: bytes) -> bytes:
    """The same but for one bit of the last byte."""
    return data[:-1] + bytes([data[-1] ^ 1]) if data else data


class OneRequest:
    """A stream, of either kind, that brings one request, some bytes at a time, and then its end; it keeps what is
    sent. A broken one raises instead of sending."""

    def __init__(self, request: bytes, piece: int, awaited: bool, broken: bool = False) -> None:
        self._request, self._piece, self._broken = request, piece, broken
        self.answer = b""
        self.receive = self._async_receive if awaited else self._take
        self.send = self._async_send if awaited else self._keep
        self.close = self._async_close if awaited else lambda: None

    def _take(self, limit: int) -> bytes:
        size = min(limit, self._piece)
        given, self._request = self._request[:size], self._request[size:]
        return given

    def _keep(self, data: bytes) -> None:
        if self._broken:
            raise BrokenPipeError
        self.answer += data

    async def _async_receive(self, limit: int) -> bytes:
        return self._take(limit)

    async def _async_send(self, data: bytes) -> None:
        self._keep(data)

    async def _async_close(self) -> None:
        pass
