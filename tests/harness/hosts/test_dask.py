"""What a client of a Dask cluster sees, of a real scheduler and a real worker."""

from __future__ import annotations

import io
import itertools
import os
import pickle
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from harness.errors import HarnessError
from harness.hosts import boot, dask
from harness.hosts.client import Kept
from harness.hosts.crew import Came, Crew, Left
from harness.hosts.dask import OURS, Dask, Refused, _Line, connected, functions, workers_of
from harness.hosts.messages import Answered, Measure
from harness.measure.unit import Unit
from harness.plan.address import Trust
from harness.process.remote import Gone
from harness.worker.frames import Frames
from tests.builders import plan
from tests.harness.hosts.fake import WANTED, FakeHost

pytest.importorskip("distributed", reason="needs dask.distributed")
PATIENCE = 30.0


@pytest.fixture
def cluster() -> Iterator[Any]:
    import dask
    import distributed

    made: Any = distributed.LocalCluster
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.client.scheduler-info-interval": "1ms"}))
        how = {"processes": False, "protocol": "tcp://", "dashboard_address": "127.0.0.1:0"}
        yield stack.enter_context(made(n_workers=1, threads_per_worker=1, **how))


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    found = connected(cluster.scheduler_address, Trust())
    yield found
    found.close()


def until(ready: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_worker_never_leaves_by_the_client_asking_for_itself(client: Any) -> None:
    seen = [len(workers_of(client)) for _ in range(300)]
    assert seen == [1] * 300


class Hostile(NamedTuple):
    """Makes a file where it is unpickled."""

    path: str

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


def erred(one: Hostile, key: str) -> Any:
    return {"op": "task-erred", "key": key, "exception": pickle.dumps(one), "traceback": pickle.dumps(one)}


def of_a_type(one: Hostile, key: str) -> Any:
    return {"op": "key-in-memory", "key": key, "type": pickle.dumps(one)}


def marked(one: Hostile, key: str, more: int = 0) -> Any:
    from distributed.protocol.serialize import ToPickle

    return {"op": "lost-data", "key": ToPickle([one, b"-" * more])}


def large(one: Hostile, key: str) -> Any:
    return marked(one, key, 1 << 25)


def serialized(one: Hostile, key: str) -> Any:
    from distributed.protocol import to_serialize

    return {"op": "lost-data", "key": to_serialize([one])}


def of_a_class(one: Hostile, key: str) -> Any:
    from distributed.protocol.serialize import Serialized

    header = {"serializer": "dask", "type-serialized": pickle.dumps(one), "sub-header": {}}
    return {"op": "lost-data", "key": Serialized(header, [b""])}


def warned(one: Hostile, key: str) -> Any:
    return {"op": "event", "topic": "warn", "event": (0.0, {"message": pickle.dumps(one)})}


@pytest.mark.parametrize("message", [erred, of_a_type, marked, large, serialized, of_a_class, warned])
def test_a_pickle_from_a_host_is_never_run(cluster: Any, client: Any, tmp_path: Path, message: Any) -> None:
    """In each place of what a scheduler says where Dask would."""
    made = tmp_path / "made"
    pending = [client.submit(abs, 1, key=name, workers=["tcp://127.0.0.1:1"]) for name in ("one", "last")]
    until(lambda: "last" in cluster.scheduler.tasks)
    said = [message(Hostile(str(made)), "one"), {"op": "task-erred", "key": "last", "exception": "the last"}]
    cluster.loop.add_callback(cluster.scheduler.client_comms[client.id].send, *said[:1])
    cluster.loop.add_callback(cluster.scheduler.client_comms[client.id].send, *said[1:])
    until(lambda: client.refused or pending[1].status == "error")
    assert not made.exists()
    if client.refused:
        with pytest.raises(Refused, match=r"^it sent a pickle, which is refused$"):
            workers_of(client)


def test_a_pickle_in_an_answer_is_never_run(cluster: Any, client: Any, tmp_path: Path) -> None:
    from distributed.protocol.serialize import ToPickle

    made = tmp_path / "made"
    cluster.scheduler.handlers["identity"] = lambda n_workers=-1: ToPickle(Hostile(str(made)))
    with pytest.raises(Refused, match=r"^it sent a pickle, which is refused$"):
        workers_of(client)
    assert not made.exists()


def test_a_task_that_fails_is_an_error_and_no_more(client: Any) -> None:
    """Its exception is a pickle, which an honest worker sends, too."""
    for _ in range(2):
        one = client.submit(divmod, 1, 0, pure=False)
        until(one.done)
        assert one.status == "error"
        assert type(one.exception()) is Exception
    assert client.submit(abs, -2).result(timeout=PATIENCE) == 2


def fails(*_: Any) -> bytes:
    raise OSError("in a pickle")


def test_a_task_that_fails_is_one_line(client: Any) -> None:
    (worker,) = workers_of(client)
    with pytest.raises(Gone, match=r"^its Dask worker could not run a task \(error\)$"):
        _Line(client, worker, (fails, fails)).ask(b"{}\n", Frames.take_line, PATIENCE)


def answers(*_: Any) -> bytes:
    return b"+{}\n"


def test_what_is_large_is_sent_without_a_word(client: Any) -> None:
    """Of Dask's, on stderr: warnings are errors here."""
    (worker,) = workers_of(client)
    line = _Line(client, worker, (answers, answers))
    assert line.ask(bytes(12_000_000), Frames.take_line, PATIENCE) == {}
    line.close()


def test_an_agent_that_cannot_start_says_why(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def starts(*_: Any, **__: Any) -> Any:
        raise OSError("no memory for it")

    monkeypatch.setattr(subprocess, "Popen", starts)
    (worker,) = workers_of(client)
    line = _Line(client, worker, functions())
    with pytest.raises(Gone, match=r"^OSError: no memory for it$"):
        line.ask(b"{}\n", Frames.take_line, PATIENCE)
    line.close()


def test_the_type_of_what_a_worker_keeps_can_be_sent_or_its_log_has_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import cloudpickle
    import distributed

    monkeypatch.setattr(distributed, "get_worker", SimpleNamespace)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: SimpleNamespace(stdin=threading.Lock()))
    begin, _ = functions()
    assert cloudpickle.dumps(type(begin("run", "")))


def test_what_looks_where_a_workers_loop_is_sleeps_while_a_block_runs(cluster: Any, client: Any) -> None:
    from distributed import profile

    watches: Any = profile.watch
    _, turn = functions()
    looks: list[float] = []
    is_over = threading.Event()

    def over() -> bool:
        looks.append(time.monotonic())
        return is_over.is_set()

    watches(interval="1ms", stop=over)
    until(lambda: len(looks) > 2)
    answers, end = os.pipe()
    with open(answers, "rb", buffering=0) as stdout, open(end, "wb", buffering=0) as answering:
        (worker,) = cluster.workers.values()
        worker._concurrency_harness = {"a run": SimpleNamespace(stdin=io.BytesIO(), stdout=stdout)}
        began = time.monotonic()
        said = client.submit(turn, "a run", b"a block", False)
        time.sleep(0.5)
        answering.write(bytes(8))
        assert said.result(PATIENCE) == b"+" + bytes(8)
    ended = time.monotonic()
    until(lambda: looks[-1] > ended)
    is_over.set()
    assert max(b - a for a, b in itertools.pairwise(one for one in looks if began < one)) > 0.4


FREE, BEGAN = threading.Event(), threading.Event()


def holds(*_: Any) -> bytes:
    """Keeps a worker of this process."""
    BEGAN.set()
    FREE.wait(PATIENCE)
    return b"+{}\n"


@pytest.fixture
def others(cluster: Any) -> Iterator[Any]:
    """A client of somebody else."""
    import distributed

    FREE.clear()
    BEGAN.clear()
    made: Any = distributed.Client
    with made(cluster.scheduler_address, set_as_default=False) as found:
        yield found
        FREE.set()


@pytest.mark.parametrize(("key", "said"), [("theirs", "something else"), (f"{OURS}a-1", "another run")])
def test_a_worker_that_does_something_else_is_not_waited_for(
    client: Any, others: Any, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    monkeypatch.setattr(dask, "QUEUED_SECONDS", 0.1)
    theirs = others.submit(holds, key=key)
    assert BEGAN.wait(PATIENCE)
    (worker,) = workers_of(client)
    line = _Line(client, worker, (holds, holds))
    with pytest.raises(Kept, match=rf"^its Dask worker is busy with {said}$"):
        line.ask(b"{}\n", Frames.take_line, PATIENCE)
    FREE.set()
    assert theirs.result(timeout=PATIENCE)
    assert line.ask(b"{}\n", Frames.take_line, PATIENCE) == {}


def test_a_worker_that_does_ours_is_waited_for_though_others_want_it(
    client: Any, others: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "QUEUED_SECONDS", 0.1)
    (worker,) = workers_of(client)
    line = _Line(client, worker, (holds, holds))
    keeps, queued, said = line._keeps, [], []

    def looks(key: str) -> str | None:
        if not queued:
            assert BEGAN.wait(PATIENCE)
            queued.append(others.submit(time.sleep, 0, key="theirs"))
            until(lambda: "theirs" in str(others.processing()))
            said.append(keeps(key))
            FREE.set()
        return None

    monkeypatch.setattr(line, "_keeps", looks)
    assert line.ask(b"{}\n", Frames.take_line, PATIENCE) == {}
    assert said == [None]


def test_a_line_that_is_hung_up_ends_whatever_its_worker_does(client: Any, others: Any) -> None:
    (worker,) = workers_of(client)
    line = _Line(client, worker, (holds, holds))
    hangs_up = threading.Thread(target=lambda: (BEGAN.wait(PATIENCE), line.hang_up()))
    hangs_up.start()
    with pytest.raises(Gone, match=r"^hung up$"):
        line.ask(b"{}\n", Frames.take_line, PATIENCE)
    hangs_up.join()
    assert not FREE.is_set()


ABOUT = {"name": "h1", "host": "10.0.0.1", "local_directory": "/somewhere/worker-a"}


class Said:
    """What a scheduler says of its workers, look after look, in place of one; the last is said for ever."""

    refused = None

    def __init__(self, *said: Any) -> None:
        self._said = list(said)
        self.looks, self.is_closed = 0, False

    def sync(self, asked: Any, callback_timeout: float | None = None) -> Any:
        assert callback_timeout  # else one that is frozen is waited for without end
        self.looks += 1
        said = self._said.pop(0) if len(self._said) > 1 else self._said[0]
        if isinstance(said, Exception):
            raise said
        return {"workers": said}

    def close(self, timeout: float) -> None:
        self.is_closed = True
        raise TimeoutError


def source(monkeypatch: pytest.MonkeyPatch, said: Said, clock: Callable[[], float] = time.monotonic) -> Dask:
    monkeypatch.setattr(dask, "connected", lambda *_: said)
    monkeypatch.setattr(dask, "same_versions", lambda *_: None)
    monkeypatch.setattr(dask, "LOOK_SECONDS", 0.001)
    return Dask("tcp://10.0.0.9:8786", Trust(), clock)


def heard(made: Dask, of: Said, looks: int) -> list[tuple[str, str]]:
    """What hosts are told of after so many looks."""
    told = []

    def add(name: str, opened: Any) -> Any:
        told.append((name, "came"))
        return lambda reason: told.append((name, reason))

    made.start(add)
    until(lambda: of.looks > looks)
    made.close()
    return told


def test_a_scheduler_that_does_not_answer_loses_its_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that runs a second at each look; and they are there again when it answers."""
    there = {"tcp://10.0.0.1:9000": ABOUT}
    said = Said(there, *(TimeoutError() for _ in range(70)), there)
    made = source(monkeypatch, said, itertools.count().__next__)
    reason = "the scheduler has not answered for 60 s"
    assert heard(made, said, 80) == [("h1", "came"), ("h1", reason), ("h1", "came")]
    assert said.is_closed


def test_a_scheduler_that_sends_a_pickle_loses_its_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said({"tcp://10.0.0.1:9000": ABOUT}, Refused("it sent a pickle, which is refused"))
    found = heard(source(monkeypatch, said), said, 1)
    assert found == [("h1", "came"), ("h1", "the scheduler is gone: it sent a pickle, which is refused")]


def test_a_worker_that_starts_anew_between_two_looks_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it has the name and the address of the one before."""
    said = Said(*({"tcp://10.0.0.1:9000": ABOUT | {"local_directory": f"/somewhere/worker-{one}"}} for one in "ab"))
    found = heard(source(monkeypatch, said), said, 4)
    assert found == [("h1", "came"), ("h1", "its Dask worker left"), ("h1", "came")]


def test_a_second_worker_of_a_machine_is_tried_again_when_the_first_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    second = {"tcp://10.0.0.1:9001": ABOUT | {"name": "h2", "local_directory": "/somewhere/worker-b"}}
    third = {"tcp://10.0.0.3:9000": ABOUT | {"name": "h3", "host": "10.0.0.3", "local_directory": "/somewhere/worker"}}
    said = Said({"tcp://10.0.0.1:9000": ABOUT} | second | third, second | third)
    found = heard(source(monkeypatch, said), said, 4)
    assert found == [*((name, "came") for name in ("h1", "h2", "h3")), ("h1", "its Dask worker left"), ("h2", "came")]


@pytest.mark.parametrize("status", ["closing_gracefully", "closing"])
def test_a_worker_that_is_to_leave_has_left(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """It takes no task any more; one that is paused takes them later."""
    states = ["running", "paused", status]
    said = Said(*({"tcp://10.0.0.1:9000": ABOUT | {"status": one}} for one in states))
    found = heard(source(monkeypatch, said), said, 5)
    assert found == [("h1", "came"), ("h1", "its Dask worker left")]


def test_a_worker_is_retired_though_an_agent_of_ours_is_there(
    cluster: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands for the agent's life there cannot be moved to another worker: it has to be let go first. Nor does a
    zombie stay."""
    monkeypatch.setattr(boot, "START", "print('{}', flush=True); input()")
    cluster.scale(2)
    until(lambda: len(workers_of(client)) == 2)
    left = threading.Event()

    def add(name: str, opened: Any) -> Any:
        line = opened(None)._line
        assert line.ask(b"", Frames.take_line, PATIENCE) == {}
        return lambda reason: (line.close(), left.set())

    made = Dask(cluster.scheduler_address, Trust())
    made.start(add)
    retired = next(iter(workers_of(client)))
    agents = [one for worker in cluster.workers.values() for one in worker._concurrency_harness.values()]
    assert len(agents) == 2
    cluster.sync(cluster.scheduler.retire_workers, [retired])
    assert left.wait(PATIENCE)
    assert list(workers_of(client)) != [retired]
    until(lambda: any(one.returncode is not None and one.stdout.closed for one in agents))
    made.close()


def test_a_worker_whose_agent_has_ended_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is wrong with it: it does not leave, and is not there anew."""

    def killed(host: FakeHost, asked: Measure) -> Answered:
        raise Gone("EOFError: the agent has ended")

    made, host = source(monkeypatch, Said({"tcp://10.0.0.1:9000": ABOUT})), FakeHost("h1", killed)
    monkeypatch.setattr(made, "_opening", lambda address: host.open)
    with Crew(made, WANTED, pauses=(0.0,)) as crew:
        for out in (False, True):
            assert isinstance(crew.next(PATIENCE), Came)
            crew.send("h1", Measure(plan(), Unit(0, 0, [0]), [], 0.0), PATIENCE)
            assert crew.next(PATIENCE) == Left("h1", "EOFError: the agent has ended", out)


@pytest.mark.parametrize("error", [OSError("the stream was closed"), TimeoutError(), KeyError("workers")])
def test_a_scheduler_that_goes_before_it_has_said_who_is_there_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    said = Said(error)
    with pytest.raises(HarnessError, match=r"^--on tcp://10.0.0.9:8786: the scheduler does not say who is there: .+$"):
        source(monkeypatch, said).start(lambda *_: lambda reason: None)
    assert said.is_closed


def test_a_scheduler_of_another_version_is_one_line(cluster: Any) -> None:
    said = cluster.scheduler.versions()
    other = {"dask": "2026.1.0", "distributed": "2026.1.1", "python": "3.9.2.final.0"}
    cluster.scheduler.handlers["versions"] = lambda: said | {"packages": said["packages"] | other}
    here = f"here {said['packages']['distributed']}"
    with pytest.raises(HarnessError, match=r"^--on \S+: the scheduler has Python 3.9, here 3.+; dask 2026.1") as wrong:
        Dask(cluster.scheduler_address, Trust()).start(lambda *_: lambda reason: None)
    assert str(wrong.value).endswith(f"; distributed 2026.1.1, {here}: make them the same")
    assert "\n" not in str(wrong.value)
