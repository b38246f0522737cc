"""What is said of a call, held against what gevent patches and what the linters flag."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
        ("openai.resources.Completions.create", "socket.socket.recv", True),
        ("inputs.devices.read", "select.select", True),
        ("psycopg.connection.Connection.execute", "psycopg.waiting", True),
    ],
)
def test_patching_is_advised_by_what_a_call_ends_in(callee: str, inside: str, reached: bool) -> None:
    assert advice.topic(callee, inside).patched == reached


RULES = [
    ("requests.api.get", "requests.get(name)", "ASYNC210 (ruff, flake8-async)"),
    ("requests.sessions.Session.get", "requests.Session().get(name)", None),
    ("urllib.request.urlopen", "urllib.request.urlopen(name)", "ASYNC210 (ruff, flake8-async)"),
    ("urllib3.request", "urllib3.request('GET', name)", "ASYNC210 (ruff, flake8-async)"),
    ("urllib3._request_methods.RequestMethods.request", "pool.request('GET', name)", "ASYNC211 (flake8-async)"),
    ("urllib3.connectionpool.HTTPConnectionPool.urlopen", "pool.urlopen('GET', name)", "ASYNC212 (flake8-async)"),
    ("httpx._api.get", "httpx.get(name)", "ASYNC210 (ruff, flake8-async)"),
    ("httpx._client.Client.get", "httpx_client.get(name)", "ASYNC212 (ruff, flake8-async)"),
    ("httpx2._api.get", "httpx2.get(name)", "ASYNC210 (flake8-async)"),
    ("httpx2._client.Client.get", "httpx2_client.get(name)", "ASYNC212 (flake8-async)"),
    ("http.client.HTTPConnection.getresponse", "connection.getresponse()", None),
    ("subprocess.Popen.__init__", "subprocess.Popen(name)", "ASYNC220 (ruff, flake8-async)"),
    ("subprocess.Popen.wait", "subprocess.Popen(name).wait()", "ASYNC220 (ruff, flake8-async)"),
    ("subprocess.Popen.wait", "child.wait()", None),
    ("subprocess.Popen.communicate", "child.communicate()", None),
    ("io.TextIOWrapper.read", "os.popen(name).read()", "ASYNC220 (ruff, flake8-async)"),
    ("subprocess.check_output", "subprocess.check_output(name)", "ASYNC221 (ruff, flake8-async)"),
    ("os.system", "os.system(name)", "ASYNC221 (ruff, flake8-async)"),
    ("os.spawnlp", "os.spawnlp(os.P_WAIT, name)", "ASYNC221 (ruff, flake8-async)"),
    ("os.wait4", "os.wait4(7, 0)", "ASYNC222 (ruff, flake8-async)"),
    ("io.open", "open(name)", "ASYNC230 (ruff, flake8-async)"),
    ("io.open", "io.open(name)", "ASYNC230 (ruff, flake8-async)"),
    ("io.TextIOWrapper.read", "open(name).read()", "ASYNC230 (ruff, flake8-async)"),
    ("pathlib.Path.open", "pathlib.Path(name).open()", "ASYNC230 (ruff)"),
    ("pathlib.Path.open", "path.open()", "ASYNC230 (ruff, if it sees that this is a Path)"),
    ("io.TextIOWrapper.readline", "os.fdopen(7).readline()", "ASYNC231 (flake8-async)"),
    ("io.TextIOWrapper.readline", "file.readline()", "ASYNC232 (flake8-async)"),
    ("io.BufferedReader.read", "child.stdout.read()", None),
    ("io.TextIOWrapper.__next__", "list(file)", None),
    ("posixpath.realpath", "os.path.realpath(name)", "ASYNC240 (ruff, flake8-async)"),
    ("genericpath.exists", "os.path.exists(name)", "ASYNC240 (ruff, flake8-async)"),
    ("pathlib.Path.read_text", "pathlib.Path(name).read_text()", "ASYNC240 (ruff)"),
    ("pathlib.Path.read_text", "path.read_text()", "ASYNC240 (ruff, if it sees that this is a Path)"),
    ("pathlib.Path.read_text", "file.path.read_text()", None),
    ("pathlib.Path.read_text", "(path / name).read_text()", None),
    ("os.read", "os.read(7, 1)", None),
    ("os.stat", "os.stat(name)", None),
    ("shutil.copytree", "shutil.copytree(name, name)", None),
    ("fcntl.flock", "fcntl.flock(7, fcntl.LOCK_EX)", None),
    ("mmap.mmap.flush", "mapped.flush()", None),
    ("inputs.read", "inputs.read()", None),
    ("openai.chat", "openai.chat()", None),
    ("input", "input()", "ASYNC250 (ruff, flake8-async)"),
    ("getpass.getpass", "getpass.getpass()", None),
    ("time.sleep", "time.sleep(1)", "ASYNC251 (ruff, flake8-async)"),
]
"""A function as `explain` calls it, a line that calls it, and the rule that is named."""
HEAD = """
import fcntl, getpass, httpx, httpx2, inputs, io, openai, os, pathlib, requests, shutil, subprocess, time
import urllib.request, urllib3

async def flagged(name, connection, file, child, mapped):
    pool, httpx_client, httpx2_client, path = urllib3.PoolManager(), httpx.Client(), httpx2.Client(), pathlib.Path(name)
"""


@pytest.mark.parametrize(("what", "source", "expected"), RULES)
def test_a_rule_is_of_those_that_flag_such_a_line(what: str, source: str, expected: str | None) -> None:
    assert advice.rule(what, source) == expected


def test_ruff_flags_what_it_is_said_to_flag_and_nothing_else() -> None:
    text = HEAD + "".join(f"    {source}\n" for _, source, _ in RULES)
    command = [Path(sys.executable).with_name("ruff"), "check", "--isolated", "--select", "ASYNC2"]
    asked = [*command, "--output-format", "json", "--stdin-filename", "flagged.py", "-"]
    done = subprocess.run(asked, input=text, capture_output=True, text=True, check=False)
    first = HEAD.count("\n") + 1
    flagged = {(RULES[row["location"]["row"] - first][1], row["code"]) for row in json.loads(done.stdout)}
    assert flagged == {(source, rule.split()[0]) for _, source, rule in RULES if rule and "ruff" in rule}
