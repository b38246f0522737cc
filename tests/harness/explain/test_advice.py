"""What is said of a call, held against what gevent patches and what the linters flag."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from harness.explain import advice

BY_GEVENT = {
    "time.sleep": "time.sleep", "socket.socket.recv": "socket.socket", "ssl.SSLSocket.read": "ssl.SSLSocket",
    "socket.getaddrinfo": "socket.getaddrinfo", "select.select": "select.select", "select.poll.poll": "select.poll",
    "select.epoll.poll": "select.epoll", "threading.Event.wait": "threading.Event",
    "threading.Lock.acquire": "threading.Lock", "queue.SimpleQueue.get": "queue.SimpleQueue",
    "subprocess.run": "subprocess.run", "subprocess.Popen.wait": "subprocess.Popen", "os.waitpid": "os.waitpid",
    "os.posix_spawnp": "os.posix_spawnp", "os.wait": "os.wait", "os.wait3": "os.wait3", "os.wait4": "os.wait4",
    "os.waitid": "os.waitid", "os.system": "os.system", "os.read": "os.read", "os.write": "os.write",
    "fcntl.flock": "fcntl.flock", "fcntl.lockf": "fcntl.lockf", "io.open": "io.open",
    "multiprocessing.synchronize.Lock.acquire": "_multiprocessing.SemLock", "input": "builtins.input",
    "sqlite3.Connection.execute": "sqlite3.Connection", "signal.sigtimedwait": "signal.sigtimedwait",
}  # fmt: skip
"""A function as `explain` calls it, and what gevent would replace if patching reached it."""
ASKED = """
import importlib, json, sys
from gevent import monkey
asked = json.load(sys.stdin)
before = {name: getattr(importlib.import_module(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in asked}
monkey.patch_all()
now = {name: getattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], None) for name in asked}
print(json.dumps([name for name in asked if now[name] not in (None, before[name])]))
"""


@pytest.fixture(scope="module")
def replaced() -> set[str]:
    """What gevent puts something of its own in the place of."""
    asked = json.dumps(list(BY_GEVENT.values()))
    done = subprocess.run([sys.executable, "-c", ASKED], input=asked, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(("called", "original"), BY_GEVENT.items())
def test_patching_is_advised_where_it_reaches(called: str, original: str, replaced: set[str]) -> None:
    about = advice.topic(called)
    assert about.patched == (original in replaced)
    assert ("patch_all" in advice.to_wait(about, "gevent")) == (original in replaced)
    assert ("before anything else" in advice.to_wait(about, "gevent-patched")) == (original in replaced)


@pytest.mark.parametrize(
    ("callee", "inside", "reached"),
    [
        ("multiprocessing.connection._ConnectionBase.recv", "os.read", False),
        ("multiprocessing.connection._ConnectionBase.poll", "select.poll.poll", True),
        ("multiprocessing.queues.SimpleQueue.get", "_multiprocessing.SemLock.__enter__", False),
        ("contextlib._GeneratorContextManager.__enter__", "fcntl.flock", False),
        ("contextlib.ExitStack.enter_context", "threading.Lock.__enter__", True),
        ("their.function", "socket.socket.recv_into", True),
    ],
)
def test_patching_is_advised_by_what_a_call_ends_in(callee: str, inside: str, reached: bool) -> None:
    assert advice.topic(callee, inside).patched == reached
