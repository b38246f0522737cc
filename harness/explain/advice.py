"""What to change, in the words of each library's documentation, and which rule of a linter would have said so."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Runtime = Literal["gevent", "gevent-patched", "asyncio", "trio", "threads", "none"]
"""What runs the tasks; `none`: one thread that nobody switches while a call waits (sequential, greenlet, generator)."""


class Topic(NamedTuple):
    """A kind of call: how the names of its functions begin, what to write in its place, and whether gevent's patching
    reaches it."""

    name: str
    functions: tuple[str, ...]
    gevent: str
    asyncio: str
    trio: str
    patched: bool = True


THREAD = "hand it to a thread: concurrent.futures.ThreadPoolExecutor().submit(function, ...)"
THREAD_GEVENT = "hand it to the hub's threads: gevent.get_hub().threadpool.apply(function, arguments)"
THREAD_ASYNCIO = "hand it to a thread: await asyncio.to_thread(function, ...)"
THREAD_TRIO = "hand it to a thread: await trio.to_thread.run_sync(function, ...)"
PATCH = "or patch the standard library before anything else is imported: from gevent import monkey; monkey.patch_all()"
HOLDS_GIL = "have it let go of the GIL (ctypes.CDLL, not PyDLL; Py_BEGIN_ALLOW_THREADS), or hand it to a process"
EARLIER = "import it where the module begins: the first task pays for all"
RUNS = ("asyncio.runners.", "asyncio.base_events.BaseEventLoop.run_forever",
        "asyncio.base_events.BaseEventLoop.run_until_complete", "trio._core._run.run", "anyio._core._eventloop.run",
        "anyio.from_thread.")  # fmt: skip
"""What runs a loop for a task, or waits for the one that runs."""

TOPICS = (
    Topic(
        "loop", RUNS, f"the hub waits for a loop within a task: {THREAD_GEVENT}", "await what it runs",
        "await what it runs", patched=False,
    ),
    Topic(
        "psycopg2", ("psycopg2.",),
        "have psycopg2 wait through gevent: psycogreen.gevent.patch_psycopg() before the first connection",
        "use psycopg's AsyncConnection or asyncpg", THREAD_TRIO, patched=False,
    ),
    Topic(
        "psycopg", ("psycopg.",),
        f"have psycopg wait through gevent, as it does from 3.1.14 on: {PATCH.removeprefix('or ')}",
        "use psycopg.AsyncConnection or asyncpg", THREAD_TRIO,
    ),
    Topic(
        "http", ("requests.", "urllib.request.", "urllib3.", "http.client.", "httpx.", "httpx2."),
        f"let its sockets be gevent's: {PATCH.removeprefix('or ')}",
        "use a client that is awaited (httpx.AsyncClient, aiohttp), or await asyncio.to_thread(function, ...)",
        "use httpx.AsyncClient, or await trio.to_thread.run_sync(function, ...)",
    ),
    Topic(
        "subprocess", ("subprocess.", "os.popen", "os.waitpid", "os.spawn", "os.posix_spawn", "pty."),
        f"use gevent.subprocess, {PATCH}", "await asyncio.create_subprocess_exec(...)",
        "await trio.run_process(...)",
    ),
    Topic(
        "process", ("os.system", "os.wait"),
        f"patching does not reach it: use gevent.subprocess, or {THREAD_GEVENT.removeprefix('hand it to ')}",
        "await asyncio.create_subprocess_exec(...)", "await trio.run_process(...)", patched=False,
    ),
    Topic(
        "between processes",
        ("multiprocessing.synchronize.", "multiprocessing.queues.", "multiprocessing.managers.",
         "multiprocessing.connection._ConnectionBase.recv", "multiprocessing.connection._ConnectionBase.send",
         "fcntl.flock", "fcntl.lockf"),
        f"patching does not reach what processes share: {THREAD_GEVENT}", THREAD_ASYNCIO, THREAD_TRIO, patched=False,
    ),
    Topic(
        "epoll", ("select.epoll", "select.kqueue"),
        "use gevent.select.poll or gevent.selectors: patching takes this one away",
        "await loop.sock_recv(...), or loop.add_reader(...)", "await trio.lowlevel.wait_readable(...)", patched=False,
    ),
    Topic(
        "sleep", ("time.sleep",), f"call gevent.sleep, {PATCH}", "await asyncio.sleep(...)", "await trio.sleep(...)",
    ),
    Topic(
        "dns", ("socket.getaddrinfo", "socket.gethostby", "socket.getnameinfo", "socket.getfqdn"),
        f"call it from gevent.socket, {PATCH}", "await loop.getaddrinfo(...)", "await trio.socket.getaddrinfo(...)",
    ),
    Topic(
        "socket", ("socket.", "ssl.", "select.", "selectors.", "smtplib.", "ftplib.", "imaplib.", "poplib.",
                   "socketserver.", "xmlrpc.", "pika.", "redis.", "pymysql.", "multiprocessing.connection."),
        f"use gevent.socket, {PATCH}", "await asyncio.open_connection(...), or a client that is awaited",
        "await trio.open_tcp_stream(...), or a client that is awaited",
    ),
    Topic(
        "queue", ("queue.",), f"use gevent.queue, {PATCH}", "use asyncio.Queue", "use trio.open_memory_channel(...)",
    ),
    Topic(
        "result", ("concurrent.futures.", "multiprocessing.pool.", "asyncio.Future", "asyncio.tasks."),
        f"use gevent.threadpool, {PATCH}", "await asyncio.wrap_future(future), or loop.run_in_executor(...)",
        "await trio.to_thread.run_sync(...)",
    ),
    Topic(
        "thread", ("threading.Thread.join",),
        f"have a greenlet do what the thread does, {PATCH}", "await asyncio.to_thread(thread.join)",
        "await trio.to_thread.run_sync(thread.join)",
    ),
    Topic(
        "lock", ("threading.",),
        f"use gevent.lock or gevent.event, {PATCH}", "use asyncio.Lock, asyncio.Event or asyncio.Semaphore",
        "use trio.Lock, trio.Event or trio.Semaphore",
    ),
    Topic(
        "database", ("sqlite3.", "asyncpg.", "MySQLdb.", "cx_Oracle.", "oracledb.", "duckdb."),
        f"it is C that patching does not reach: {THREAD_GEVENT}", f"{THREAD_ASYNCIO}, or use aiosqlite or asyncpg",
        THREAD_TRIO, patched=False,
    ),
    Topic(
        "import", ("importlib.", "__import__"), EARLIER, EARLIER, EARLIER, patched=False,
    ),
    Topic(
        "input", ("input", "getpass."), THREAD_GEVENT, THREAD_ASYNCIO, THREAD_TRIO, patched=False,
    ),
    Topic(
        "file", ("io.", "os.", "pathlib.", "shutil.", "tempfile.", "fcntl.", "mmap.", "glob.", "open"),
        f"patching reaches the pipes of subprocess and no other file: {THREAD_GEVENT}",
        f"{THREAD_ASYNCIO}, or use aiofiles or anyio.open_file",
        "await trio.open_file(...), trio.Path", patched=False,
    ),
)  # fmt: skip
FREES = ("zlib.", "bz2.", "lzma.", "hashlib.", "gzip.", "sqlite3.", "ssl.", "numpy.")
"""Functions in C that let others run Python meanwhile, where they have much to do."""
OTHER = Topic("other", (), THREAD_GEVENT, THREAD_ASYNCIO, THREAD_TRIO, patched=False)
BOTH, FLAKE8, RUFF = "ruff, flake8-async", "flake8-async", "ruff"
OS_PATH = ("genericpath.", "posixpath.ismount", "posixpath.islink", "posixpath.lexists", "posixpath.normpath",
           "posixpath.realpath", "posixpath.relpath")  # fmt: skip
PATHS = ("pathlib.Path.", "pathlib._local.Path.")
RULES = (
    ("ASYNC211", FLAKE8, ("urllib3._request_methods.RequestMethods.request", "urllib3.request.RequestMethods.request")),
    ("ASYNC210", BOTH, ("requests.api.", "httpx._api.", "urllib.request.urlopen", "urllib3.request")),
    ("ASYNC210", FLAKE8, ("httpx2._api.",)),
    ("ASYNC212", BOTH, ("httpx._client.Client.",)),
    ("ASYNC212", FLAKE8, ("httpx2._client.Client.", "urllib3.connectionpool.", "urllib3.poolmanager.")),
    ("ASYNC220", BOTH, ("subprocess.Popen", "os.popen")),
    ("ASYNC221", BOTH, ("subprocess.", "os.system", "os.spawn", "os.posix_spawn")),
    ("ASYNC222", BOTH, ("os.wait",)),
    ("ASYNC230", BOTH, ("io.open", "open")),
    ("ASYNC230", RUFF, ("pathlib.Path.open", "pathlib._local.Path.open")),
    ("ASYNC231", FLAKE8, ("os.fdopen",)),
    ("ASYNC232", FLAKE8, ("io.TextIOWrapper.", "io.BufferedReader.", "io.BufferedWriter.", "io.BufferedRandom.")),
    ("ASYNC240", BOTH, OS_PATH),
    ("ASYNC240", RUFF, PATHS),
    ("ASYNC250", BOTH, ("input",)),
    ("ASYNC251", BOTH, ("time.sleep",)),
)
"""A rule, who of ruff 0.17 and flake8-async 26.8 has it, and the functions whose callers it flags: the first counts."""
INLINE = re.compile(r"\bPath\([^()]*\)\.\w+\(")
OPENED = re.compile(r"(?:os\.fdopen|os\.popen|(?<![\w.])open)\(")


def topic(*names: str | None) -> Topic:
    """What a call is about: by the function that the user's line calls, or else by the one in C that it ends in."""
    for name in filter(None, names):
        for one in TOPICS:
            if begins(name, one.functions):
                return one
    return OTHER


def begins(name: str, functions: tuple[str, ...]) -> bool:
    """Whether a name begins as one of a topic; those of no module are built in, and whole."""
    return any(name.startswith(one) if "." in one else name == one for one in functions)


def to_wait(about: Topic, runtime: Runtime) -> str:
    """What to write where a call waits."""
    if runtime == "none":
        return "nothing notices here that a call would block: take a strategy with a hub, a loop or threads"
    if runtime == "gevent-patched" and about.patched:
        return "it was imported before it was patched: call monkey.patch_all() before anything else is imported"
    return {"gevent": about.gevent, "gevent-patched": about.gevent, "asyncio": about.asyncio, "trio": about.trio}.get(
        runtime, THREAD
    )


def to_compute(inside: str | None, runtime: Runtime) -> str:
    """What to do where a line computes and nobody else gets a turn."""
    if inside and inside.startswith("re."):
        return "a pattern that backtracks: write it so that each text matches in one way, or hand it to a process"
    if inside and inside.startswith(FREES):
        return to_wait(OTHER, "threads" if runtime == "none" else runtime) + " (it frees the GIL)"
    give = {"gevent": "gevent.sleep(0)", "gevent-patched": "gevent.sleep(0)", "asyncio": "await asyncio.sleep(0)",
            "trio": "await trio.lowlevel.checkpoint()"}.get(runtime)  # fmt: skip
    piece = f", or do it in pieces with {give} between them" if give else ""
    return f"it holds the GIL: hand it to a process (concurrent.futures.ProcessPoolExecutor){piece}"


def already(about: Topic, inside: str | None, runtime: Runtime, waits: bool) -> str | None:
    """The strategy that does as advised without an edit, where there is one: of tasks that are no coroutines."""
    if runtime not in ("gevent", "gevent-patched", "threads") or about.name == "import":
        return None
    if not waits and not (inside or "").startswith(FREES):
        return "processes"
    return None if runtime == "threads" else "threads"


def rule(what: str, source: str) -> str | None:
    """The rule of ruff and flake8-async for a call in an `async def`. Both go by the text: of a file that a line opens
    and reads at once, they flag the opening; of others, methods of a variable."""
    if what.startswith("io.") and (opened := OPENED.search(source)):
        what = opened[0].rstrip("(")
    elif what.startswith("subprocess.Popen.") and "Popen(" not in source:
        return None
    is_variables = re.search(rf"(?<![\w.])\w+\.{what.rpartition('.')[2]}\(", source) is not None
    if what.startswith("io.") and not is_variables:
        return None
    seen = ""
    if what.startswith(PATHS) and not INLINE.search(source):
        if not is_variables:
            return None
        seen = ", if it sees that this is a Path"
    named = (f"{code} ({linters}{seen})" for code, linters, names in RULES if begins(what, names))
    return next(named, None)
