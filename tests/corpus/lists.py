"""What blockbuster and aiocop list as blocking, and which program of the corpus has it."""

from __future__ import annotations

import re

import aiocop
import blockbuster

from tests.corpus.case import Case

LEFT_OUT = {
    "fcntl.lockf": "a lock between processes; fcntl.flock is the same wait",
    "nntplib.connect": "left the standard library in Python 3.13",
    "os.exec": "replaces the program",
    "os.fork": "takes a millisecond; waiting for the child has programs",
    "os.kill": "waits for nothing",
    "os.posix_spawn": "takes a millisecond; waiting for the child has programs",
    "socket.socket.bind": "waits for nothing",
    "sqlite3.Connection.rollback": "takes a millisecond, whatever it rolls back",
    "sqlite3.connect": "opens nothing before the first statement; that one has programs",
    "syslog.openlog": "needs a log daemon",
    "syslog.syslog": "needs a log daemon",
}
"""Functions of the lists that have no program, and why."""

_NAMED = {
    "builtins.input": "input()",
    "ftplib.connect": "files.connect(",
    "http.client.connect": "connection.getresponse(",
    "imaplib.open": "imaplib.IMAP4(",
    "import": "import slow_import",
    "io.BufferedRandom.read": "ZEROES.read(",
    "io.BufferedRandom.write": "file.write(DATA)",
    "open": "= open(fifo)",
    "os.spawn": "os.spawnlp(",
    "pathlib.Path.glob": '.glob("*.py")',
    "pathlib.Path.rglob": ".rglob(",
    "poplib.connect": "poplib.POP3(",
    "smtplib.connect": "smtplib.SMTP(",
    "threading.Lock.acquire_lock": "lock.acquire(",
    "urllib.Request": "urllib.request.urlopen(",
}
"""Where a program does not call a function by the name that a list has for it."""

_METHOD = re.compile(r"(socket\.socket|ssl\.SSLSocket|sqlite3\.\w+|threading\.Lock|io\.\w+)\.(\w+)")


def listed() -> set[str]:
    """The functions and events of both lists."""
    return {*blockbuster.BlockBuster().functions, *aiocop.get_blocking_events_dict()}


def has(case: Case, function: str) -> bool:
    """Whether the fault of a program is a function of a list: by its name, or a method of that name."""
    lines = case.text.splitlines()
    method = _METHOD.fullmatch(function)
    call = _NAMED.get(function) or (f".{method[2]}(" if method else f"{function}(")
    return any(call in lines[fault.line - 1] for fault in case.faults)
