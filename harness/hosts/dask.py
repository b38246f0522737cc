"""Hosts of a Dask cluster: each of its workers' machines is one. Dask carries bytes, and takes no part in measuring.

What comes from a cluster is read by a thread of its client, in which no pickle may name anything but `bytes`: by itself
Dask unpickles errors, types, events and what a scheduler marks so, whatever `deserializers` says."""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import secrets
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Collection
from importlib import import_module
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.hosts import boot, relay
from harness.hosts.client import Client, Kept
from harness.hosts.crew import Add, Lost, Open
from harness.plan.address import Trust
from harness.process.remote import Gone, Take
from harness.worker.frames import Frames

BYTES = ["dask", "msgpack"]
LOOK_SECONDS, CONNECT_SECONDS = 0.5, 10.0
SILENT_SECONDS = 60.0
"""Seconds after which a scheduler that does not answer has lost its hosts."""
QUEUED_SECONDS = 2.0
"""Seconds after which a task that has not ended is looked for: it may not have begun."""
THERE = ("running", "paused")
"""What a scheduler says of workers that take tasks, or will again."""
OURS = "concurrency-harness-"
"""What the keys of a run's tasks begin with."""
QUIET = logging.CRITICAL + 1
LARGE = "distributed.admin.large-graph-warning-threshold"
"""From how many bytes on Dask warns of what is sent, as a user's files may be."""
_READERS: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


class Refused(TypeError):
    """Raised where a pickle came. (A TypeError: of a traceback Dask takes that for one that cannot be read.)"""


class Dask:
    """The workers of a cluster, and those that join later."""

    grows, flag = True, "--on"

    def __init__(self, address: str, trust: Trust, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is connected to yet."""
        self._address, self._trust, self._clock = address, trust, clock
        self.nobody = f"none has joined {address}; start one: dask worker {address} --nthreads 1 --no-nanny"
        self._over = threading.Event()
        self._there: dict[str, tuple[str, Lost]] = {}
        """Of each worker: its machine, and what says that it left."""
        self._thread: threading.Thread | None = None

    def start(self, add: Add) -> None:
        self._client = connected(self._address, self._trust)
        self._functions = functions()
        try:
            same_versions(self._client)
            self._look(add)
        except Exception as error:  # whatever Dask raises
            closed(self._client)
            said = "" if isinstance(error, HarnessError) else "the scheduler does not say who is there: "
            raise HarnessError(f"--on {self._address}: {said}{_why(error)}") from None
        self._thread = threading.Thread(target=self._watch, args=(add,), name="dask", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()
            closed(self._client)

    def _watch(self, add: Add) -> None:
        """See who joins and who leaves, until it is over or the scheduler is gone."""
        heard = self._clock()
        while not self._over.wait(LOOK_SECONDS):
            try:
                self._look(add)
                heard = self._clock()
            except OSError:
                silent = self._clock() - heard
                if silent >= SILENT_SECONDS:
                    self._lose(self._there.keys(), f"the scheduler has not answered for {silent:.0f} s")
            except Exception as error:  # whatever Dask raises
                why = str(error) if isinstance(error, Refused) else type(error).__name__
                self._lose(self._there.keys(), f"the scheduler is gone: {why}")
                return

    def _look(self, add: Add) -> None:
        """Lose workers that left, and add others. A folder is of one worker, that may have the address and the name of
        one before it. One that is being retired takes no task, and is there until what we have started is let go."""
        workers = workers_of(self._client)
        there = {
            f"{address} {one.get('local_directory')}": (address, one)
            for address, one in workers.items()
            if one.get("status", "running") in THERE
        }
        left = self._lose(self._there.keys() - there.keys(), "its Dask worker left")
        for key, (address, about) in there.items():
            if key not in self._there or self._there[key][0] in left:  # a second worker of its machine was refused
                lost = add(name_of(address, about), self._opening(address))
                self._there[key] = str(about.get("host")), lost

    def _lose(self, keys: Collection[str], reason: str) -> set[str]:
        """Have workers be lost: of which machines they were."""
        gone = [self._there.pop(key) for key in list(keys)]
        for _, lost in gone:
            lost(reason)
        return {machine for machine, _ in gone}

    def _opening(self, address: str) -> Open:
        return lambda wanted: Client(_Line(self._client, address, self._functions), wanted)


class _Line:
    """What carries bytes to a worker's host: a task for each turn, the first of which starts the agent."""

    def __init__(self, client: Any, worker: str, functions: tuple[Any, Any]) -> None:
        self._client, self._worker, (self._begin, self._turn) = client, worker, functions
        self._run = secrets.token_hex(8)
        self._numbers = itertools.count()
        self._changed = threading.Event()
        self._reason = ""
        self._life: Any = None

    def ask(self, data: bytes, take: Take, seconds: float) -> dict[str, Any]:
        if self._life is None:
            self._life = self._ended(seconds, self._begin, self._run, boot.START)
        task = self._ended(seconds, self._turn, self._run, data, take == Frames.take_line)
        try:
            answer: bytes = task.result(timeout=min(seconds, SILENT_SECONDS))
            if answer[:1] != b"+":
                raise Gone(answer[1:].decode(errors="replace") or "no answer")
            frames = Frames()
            frames.feed(answer[1:])
            if (taken := take(frames)) is None:
                raise Gone("half an answer")
        except ValueError as error:
            raise Gone(f"its answer was unusable: {error}") from None
        except (TypeError, OSError) as error:  # a pickle, or a connection that broke
            raise Gone(f"its answer did not arrive: {error}") from None
        return taken

    def _ended(self, seconds: float, *called: Any) -> Any:
        """A task that has ended well. Raises Gone, Kept."""
        key = f"{OURS}{self._run}-{next(self._numbers)}"
        task = self._client.submit(*called, key=key, workers=[self._worker], allow_other_workers=False, retries=0)
        try:
            self._wait(task, seconds)
            if task.status != "finished":
                raise Gone(f"its Dask worker could not run a task ({task.status})")
        except BaseException:
            task.release()
            raise
        return task

    def _wait(self, task: Any, seconds: float) -> None:
        """Wait until a task is done. Raises Gone, Kept."""
        changed = self._changed = threading.Event()
        task.add_done_callback(lambda _: changed.set())
        if self._reason:
            changed.set()
        if not changed.wait(min(seconds, QUEUED_SECONDS)):
            if kept := self._keeps(task.key):
                raise Kept(kept)
            if not changed.wait(seconds):
                raise Gone(f"no answer after {round(seconds, 1):g} s")
        if not task.done():
            raise Gone(self._reason)

    def _keeps(self, key: str) -> str | None:
        """What keeps the worker from a task of ours; None where it has begun, or nobody can say."""

        async def asked() -> list[Any]:
            scheduler = self._client.scheduler
            (keys,) = (await scheduler.processing(workers=[self._worker])).values()
            others = [one for one in keys if one != key]
            return [] if others and await scheduler.call_stack(keys=[key]) else others

        others: list[Any] = []
        with contextlib.suppress(Exception):  # whatever Dask raises: whether the worker is there, others look
            others = self._client.sync(asked, callback_timeout=CONNECT_SECONDS)
        if not others:
            return None
        is_a_run = any(str(one).startswith(OURS) for one in others)
        return f"its Dask worker is busy with {'another run' if is_a_run else 'something else'}"

    def hang_up(self) -> None:
        self._reason = "hung up"
        self._changed.set()

    def close(self) -> None:
        """Let go of the agent, which ends it."""
        self.hang_up()
        if self._life:
            self._life.release()


def workers_of(client: Any) -> dict[str, dict[str, Any]]:
    """What the scheduler says of each worker, by address. Raises OSError where it does not answer, Refused.

    Not by `scheduler_info`: what that returns may be the answer to the client's own question in between, for 0 workers.
    """

    if client.refused:
        raise client.refused

    async def asked() -> dict[str, Any]:
        said: dict[str, Any] = await client.scheduler.identity(n_workers=-1)
        return said

    workers: dict[str, dict[str, Any]] = client.sync(asked, callback_timeout=CONNECT_SECONDS)["workers"]
    return workers


def name_of(address: str, about: dict[str, Any]) -> str:
    """What a host is called: its worker's name, or its address."""
    name = str(about.get("name") or address)
    return name.partition("://")[2] or name


def functions() -> tuple[Any, Any]:
    """What workers run, as functions of no module: those are sent by value."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(Path(relay.__file__).read_text(), "relay.py", "exec"), names)  # noqa: S102
    return names["begin"], names["turn"]


@functools.cache
def _guard() -> None:
    """Refuse pickles in threads that read, by whatever way Dask comes to them; for good, as audit hooks are."""
    sys.addaudithook(_refuse)
    reading: Any = import_module("distributed.comm.utils")
    reading.OFFLOAD_THRESHOLD = 0  # else a thread of all clients reads what is large


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pickle.find_class" and arguments != ("builtins", "bytes") and threading.current_thread() in _READERS:
        raise Refused("it sent a pickle, which is refused")


def _reader(client: Any) -> Any:
    """A class of clients whose thread takes no pickles."""

    class Reader(client):  # type: ignore[misc]
        refused: Refused | None = None

        async def _start(self, *args: Any, **named: Any) -> Any:
            _READERS.add(threading.current_thread())
            return await super()._start(*args, **named)

        async def _handle_report(self) -> None:
            try:
                await super()._handle_report()
            except Refused as why:
                self.refused = why

        async def _handle_event(self, topic: str, event: Any) -> None:
            """Print nothing that a host would have printed here."""

    return Reader


def closed(client: Any) -> None:
    """Close a client, whether anybody answers or not."""
    with contextlib.suppress(OSError):
        client.close(timeout=CONNECT_SECONDS)


def connected(address: str, trust: Trust) -> Any:
    """A client of a scheduler. Raises HarnessError."""
    try:
        dask: Any = import_module("distributed")
    except ModuleNotFoundError:
        raise HarnessError(f"--on {address} needs dask.distributed: pip install 'concurrency-harness[hosts]'") from None
    import_module("dask").config.set({LARGE: "1 GiB"})
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(QUIET)
    _guard()
    files = {"tls_ca_file": trust.ca, "tls_client_cert": trust.cert, "tls_client_key": trust.key}
    given = {name: file for name, file in files.items() if file}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            security = dask.Security(**given, **({"require_encryption": True} if address.startswith("tls:") else {}))
            return _reader(dask.Client)(
                address, timeout=CONNECT_SECONDS, security=security, set_as_default=False, serializers=BYTES,
                deserializers=BYTES, name="concurrency-harness",
            )  # fmt: skip
    except Exception as error:  # whatever Dask raises
        raise HarnessError(f"--on {address}: no scheduler that trusts us answers there: {_why(error)}") from None


def same_versions(client: Any) -> None:
    """See that a scheduler has our version of Dask, and of Python but for its last number. Raises HarnessError, OSError
    where it does not answer."""
    ours, theirs = (
        {"Python": ".".join(found["python"].split(".")[:2]), "dask": found["dask"], "distributed": found["distributed"]}
        for found in (
            import_module("distributed.versions").get_versions()["packages"],
            client.sync(client.scheduler.versions, callback_timeout=CONNECT_SECONDS)["packages"],
        )
    )
    if differ := [f"{name} {theirs[name]}, here {ours[name]}" for name in ours if theirs[name] != ours[name]]:
        raise HarnessError(f"the scheduler has {'; '.join(differ)}: make them the same")


def _why(error: Exception) -> str:
    """What an error says, in one line."""
    return str(error).partition("\n")[0] or type(error).__name__
