"""Workloads that do what no workload should, and what sees whether anything of them is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

DAEMON = """
import os, signal, time


def daemon(name):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(write, b"%d" % os.getpid())
            os.closerange(0, 100)
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            os.execve("/bin/sleep", ["sleep", "60"], {})
        os._exit(0)
    os.wait()
    open(name, "a").write(os.read(read, 20).decode() + "\\n")
"""
"""What starts a process that shows nothing of where it comes from, and appends its number to a file."""


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it may end while we look
        return False


def numbers(path: Path) -> list[int]:
    """The processes that a file names, if it is there."""
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def soon_gone(pids: list[int], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pids)


def until(seen: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := seen()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(found)


class Kind(NamedTuple):
    """A misbehaving task, the statuses that its row may have, and what the reason says."""

    body: str
    statuses: tuple[str, ...] = ("failed",)
    reason: str = ""


FINE, EITHER = ("ok",), ("ok", "failed", "invalid")
PARENT = "its parent process was sent {}"
SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1")
KINDS = {
    "raises": Kind("raise ValueError('no')", reason="ValueError: no"),
    "raises_base": Kind("raise BaseException('no')", reason="BaseException: no"),
    "raises_surrogate": Kind("raise ValueError('\\udcff')", reason="ValueError"),
    "raises_unprintable": Kind("raise Unprintable", reason="Unprintable"),
    "exits": Kind("sys.exit(3)", reason="SystemExit: 3|status 3"),
    "interrupts": Kind("raise KeyboardInterrupt", reason="KeyboardInterrupt"),
    "leaves": Kind("os._exit(0)", reason="ended with status 0 and no answer"),
    "leaves_7": Kind("os._exit(7)", reason="ended with status 7"),
    "leaves_255": Kind("os._exit(255)", reason="ended with status 255"),
    "becomes_another": Kind("os.execv('/bin/true', ['true'])", reason="ended with status 0 and no answer"),
    "kills_itself": Kind("os.kill(os.getpid(), signal.SIGKILL)", reason="killed by SIGKILL"),
    "crashes": Kind("ctypes.string_at(0)", reason="killed by SIGSEGV"),
    "aborts": Kind("os.abort()", reason="killed by SIGABRT"),
    "divides": Kind("os.kill(os.getpid(), signal.SIGFPE)", reason="killed by SIGFPE"),
    "is_late": Kind("signal.setitimer(signal.ITIMER_REAL, 0.1); time.sleep(10)", reason="killed by SIGALRM"),
    **{
        f"signals_parent_{n}": Kind(f"os.kill(os.getppid(), signal.{n}); time.sleep(5)", reason=PARENT.format(n))
        for n in SIGNALS
    },
    "stops_parent": Kind("os.kill(os.getppid(), signal.SIGSTOP)", FINE),
    "kills_group": Kind("os.killpg(0, signal.SIGKILL)", reason="killed by SIGKILL"),
    "kills_parents_group": Kind(
        "os.killpg(os.getpgid(os.getppid()), signal.SIGKILL); time.sleep(5)", reason=PARENT.format("SIGKILL")
    ),
    "closes_all": Kind("os.closerange(0, 100)", reason="closed the descriptors|killed by SIGABRT"),  # libuv aborts
    "closes_streams": Kind("os.closerange(0, 3)", EITHER),
    "writes_everywhere": Kind("write_everywhere()", ("ok", "failed", "invalid", "timeout")),
    "reads_stdin": Kind("input()", reason="EOFError"),
    "opens_the_terminal": Kind("open('/dev/tty')", reason="OSError"),
    "prints_much": Kind("print('x' * 1_000_000)", FINE),
    "prints_bytes": Kind("os.write(1, bytes(range(256)) * 400)", FINE),
    "leaves_a_daemon": Kind("daemon('started')", FINE),
    "leaves_a_child": Kind("subprocess.Popen(['sleep', '60'])", FINE),
    "forks_and_goes_on": Kind("os.fork()", ("invalid", "failed", "ok")),
    "hangs": Kind("time.sleep(1000)", ("timeout",), "no answer after 1 s"),
    "is_busy": Kind("while True: pass", ("timeout",), "no answer after 1 s"),
    "blocks_signals": Kind(
        "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); time.sleep(1000)", ("timeout",), "no answer"
    ),
    "stops": Kind("os.kill(os.getpid(), signal.SIGSTOP)", ("timeout",), "no answer after 1 s"),
    "recurses": Kind("recurse()", reason="RecursionError"),
    "wants_memory": Kind("bytearray(1 << 60)", reason="MemoryError"),
    "returns_work": Kind("return (x for x in ())", ("invalid",), "generator"),
    "returns_text": Kind("return '\\udcff'", FINE),
    "moves": Kind("os.chdir('/')", FINE),
    "fails_in_a_thread": Kind("threading.Thread(target=fail).start()", EITHER),
    "takes_descriptors": Kind("resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))", EITHER),
    "takes_os_write": Kind("os.write = None", EITHER),
    "prints_for_ever": Kind("while True: print('x', flush=True); time.sleep(0.1)", ("timeout",), "no answer after 1 s"),
    "uses_up_its_time": Kind(
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 60)); spin()", ("failed", "timeout"), "SIGXCPU|no answer after 1 s"
    ),
    "fills_the_disk": Kind(
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9)); open('big', 'wb').truncate(99)",
        reason="OSError: .*File too large",
    ),
    "ends_all_tasks": Kind("_thread.interrupt_main()", EITHER),
}
OF_KINDS = """
import _thread, ctypes, os, resource, signal, subprocess, sys, threading, time


class Unprintable(Exception):
    def __str__(self):
        raise ValueError("no text")


def recurse():
    recurse()


def spin():
    while True:
        pass


def fail():
    raise ValueError("in a thread")


def write_everywhere():
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"\\x00garbage" * 4)
        except OSError:
            pass
"""


def module() -> str:
    """The source of all kinds, each as a function and as an `async def`."""
    forms = ("def {name}(i):\n    {body}\n", "async def a{name}(i):\n    {body}\n")
    tasks = [form.format(name=name, body=kind.body) for name, kind in KINDS.items() for form in forms]
    return "\n\n".join([OF_KINDS + DAEMON, *tasks])
