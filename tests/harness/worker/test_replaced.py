"""What of the libraries somebody else's callables stand in for."""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import time
import typing
import urllib.request
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import psutil
import pytest

from harness.worker import replaced


def mine(*_: object) -> None:
    """Written by a user."""


class Mine:
    """Callable, and written by a user."""

    def __call__(self) -> None:
        """Nothing."""

    def method(self) -> None:
        """Nothing."""


@functools.wraps(json.dumps)
def wrapped(*values: Any) -> str:
    return json.dumps(*values)


@pytest.mark.parametrize(
    ("owner", "name", "by", "found"),
    [
        (urllib.request, "urlopen", mine, "urllib.request.urlopen"),
        (json, "dumps", wrapped, "json.dumps"),
        (socket, "socket", Mine, "socket.socket"),
        (socket, "create_connection", functools.partial(mine, 1), "socket.create_connection"),
        (socket, "create_server", Mine().method, "socket.create_server"),
        (asyncio.BaseEventLoop, "call_soon", mine, "asyncio.base_events.BaseEventLoop.call_soon"),
        (time, "sleep", mock.MagicMock(), "time.sleep"),
        (time, "sleep", Mine(), "time.sleep"),
        (msgspec, "field", mine, "msgspec.field"),
        (psutil.Process, "kill", mine, "psutil.Process.kill"),
        (msgspec, "convert", mock.Mock(), "msgspec.convert"),
    ],
)
def test_what_a_user_put_in_a_librarys_place_is_found(owner: Any, name: str, by: Any, found: str) -> None:
    before = replaced.found()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, by)
        after = replaced.found()
    assert after.items() - before.items() == {(found, by)}


def test_what_libraries_put_in_each_others_modules_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    before = replaced.found()
    monkeypatch.setattr(json, "dumps", functools.lru_cache(json.dumps))
    monkeypatch.setattr(msgspec, "field", json.dumps)
    monkeypatch.setattr(typing, "_type_check", msgspec.convert)
    monkeypatch.setattr(json, "data", Path("data"), raising=False)
    assert replaced.found() == before
