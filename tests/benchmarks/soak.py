"""10,000 trials of which 5 % have a fault, in one process: `python -m tests.benchmarks.soak` goes on where it stopped.

A trial is a sample: a worker that starts, warms up and runs its rounds. First all workers are fakes, then (a second
10,000) they are real ones, whose tasks fail, hang, kill themselves, signal their parent or leave daemons. Where a
sample is stored, a run is interrupted, killed, refused something by the system, or has a full disk: then it is resumed.
What grows is counted for 1,000 trials at a time, once as many are made as bring all to where it stays."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import msgspec
import psutil

from harness import api
from harness.errors import Interrupted, StoreError
from harness.measure.cell import Driver, Place
from harness.measure.processes import Executor, Processes
from harness.measure.run import Measurement
from harness.process.channel import Failure, PeerEnded
from harness.process.paths import of_asker
from harness.record import store
from harness.record.lines import encode
from harness.record.plan import Plan
from harness.record.sample import Line, Round, Sample
from harness.worker.messages import RoundKind
from tests.benchmarks.tries import command, compared
from tests.builders import header, plan
from tests.harness.measure.fake import Fake, FakeWorker
from tests.hostile import DAEMON

PORTION, WARM, SHARE = 1000, 200, 0.05
"""Trials that are counted at once, and before anything is; the share that has a fault."""
KINDS = ("fake workers",) * 10 + ("real workers",) * 10
HEADINGS = ("what", "portions", "trials", "faults", "resumed", "lost", "doubled", "descriptors grown", "threads grown",
            "KiB grown", "processes left", "folders left")  # fmt: skip
FAILURES: list[Callable[[], Failure]] = [
    lambda: Failure("failed", "it failed"),
    lambda: Failure("timeout", "it hangs"),
    lambda: Failure("invalid", "it is wrong"),
    lambda: PeerEnded("the peer", Failure("failed", "it was killed")),
]
JOBS = f"""{DAEMON}
import random

FATES = [
    lambda: 1 / 0, lambda: time.sleep(60), lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL),
    lambda: os.kill(os.getppid(), signal.SIGTERM), lambda: daemon(os.path.dirname(__file__) + "/started"),
]
fate = random.choice(FATES) if random.random() < {SHARE} else lambda: None


def task(i):
    fate()
"""


class Killed(Exception):
    """Raised where a run ends as if it were killed: nothing of it writes anything any more."""


class Portion(NamedTuple):
    """What came of some trials."""

    kind: str
    trials: int
    faults: int
    resumed: int
    lost: int
    doubled: int
    descriptors: int
    threads: int
    kibibytes: int
    processes: int
    folders: int


class Faulty(Fake):
    """Has some of its workers fail."""

    def __init__(self, drawn: random.Random) -> None:
        super().__init__(0.01)
        self._drawn = drawn

    def _start(self, place: Place) -> Driver:
        failure = self._drawn.choice(FAILURES)() if self._drawn.random() < SHARE else None
        if failure and self._drawn.random() < 0.5:
            raise failure
        super()._start(place)
        return FaultyWorker(self, place, failure)


class FaultyWorker(FakeWorker):
    """Fails in its timed rounds, or never."""

    def __init__(self, fake: Fake, place: Place, failure: Failure | None) -> None:
        super().__init__(fake, place, 0.0)
        self._failure = failure

    def round(self, kind: RoundKind, position: int) -> Round:
        if self._failure and kind == "timed":
            raise self._failure
        return super().round(kind, position)


class Sink:
    """Stores the samples of a run, and breaks it off now and then; those that it acknowledged are `samples`."""

    def __init__(self, writer: store.Writer, drawn: random.Random) -> None:
        self.writer, self._drawn = writer, drawn
        self.samples: list[Sample] = []
        self.faults = 0

    def append(self, line: Line) -> None:
        fault = self._fault if isinstance(line, Sample) and self._drawn.random() < SHARE else None
        if fault:
            self.faults += 1
            fault(line)
        self.writer.append(line)
        if isinstance(line, Sample):
            self.samples.append(line)

    def _fault(self, line: Line) -> None:
        """Break the run off before a line is stored, or with half of it."""
        raised = self._drawn.choice((Interrupted(signal.SIGTERM), Killed(), OSError(), StoreError()))
        if isinstance(raised, StoreError | Killed):
            with self.writer.path.open("ab") as file:
                file.write(encode(line)[: self._drawn.randrange(100)])
        raise raised


def run(folder: Path, made: Plan, executor: Executor, drawn: random.Random) -> Counter[str]:
    """A run to its end, however often it is broken off: its trials, faults, resumptions, and what its record lacks."""
    writer = store.Writer(folder, msgspec.structs.replace(header(store.new_run()), plan=made))
    sink, counted, record = Sink(writer, drawn), Counter[str](), None
    while record is None or record.end is None or record.end.status == "interrupted":
        if record:
            counted["resumed"] += 1
            sink.writer = store.Resumed(writer.path)
        with contextlib.suppress(Killed, OSError, StoreError):
            try:
                api.finish(Measurement(made, sink, api.silent, executor, None, record), sink)
            finally:
                sink.writer.close()
        record = store.read(writer.path)
    counted["trials"] = len(sink.samples)
    counted["faults"] = sink.faults + sum(one.status != "ok" for one in sink.samples)
    counted["lost"], counted["doubled"] = compared(sink.samples, [*record.samples, *record.beside])
    return counted


@contextlib.contextmanager
def planned(folder: Path, kind: str, drawn: random.Random) -> Iterator[tuple[Plan, Executor]]:
    """What is run, and by whom."""
    if kind == "fake workers":
        yield msgspec.structs.replace(plan(), blocks=10, warmup=0), Faulty(drawn)
        return
    (folder / "jobs.py").write_text(JOBS)
    sizes = {"tasks": 2, "blocks": 10, "rounds": 1, "warmup": 0, "timeout": 1.0}
    os.environ["HARNESS_LOCK"] = f"{folder}"
    with (
        api.asked(f"{folder}/jobs.py:task", ["sequential", "threads"], (), **sizes) as asked,
        api.planned(asked) as made,
    ):
        yield made, Processes(made, of_asker())


def trials(folder: Path, kind: str, number: int, seed: int = -1) -> Counter[str]:
    """What came of at least so many."""
    counted, drawn = Counter[str](), random.Random(f"{kind} {seed}")
    while counted["trials"] < number:
        with planned(folder, kind, drawn) as (made, executor):
            counted += run(folder / "results", made, executor, drawn)
    return counted


class Held(NamedTuple):
    """What this process has."""

    descriptors: int
    threads: int
    kibibytes: int
    processes: int
    folders: int


def held() -> Held:
    """Memory is what no other process shares (USS)."""
    gc.collect()
    us = psutil.Process()
    folders = len(list(Path(tempfile.gettempdir()).glob("harness-*")))
    memory = us.memory_full_info().uss // 1024
    return Held(us.num_fds(), us.num_threads(), memory, len(us.children(recursive=True)), folders)


@functools.cache
def warm(kind: str) -> None:
    """Have everything imported, and all that is kept between runs."""
    with tempfile.TemporaryDirectory() as folder:
        trials(Path(folder), kind, WARM)


def portion(folder: Path, number: int) -> Portion:
    """The portion of this number."""
    kind = KINDS[number % len(KINDS)]
    warm(kind)
    with mock.patch.object(tempfile, "tempdir", f"{folder}"):
        before = held()
        counted = trials(folder, kind, PORTION, number)
        grown = [now - then for now, then in zip(held(), before, strict=True)]
    return Portion(kind, *(counted[name] for name in Portion._fields[1:6]), *grown)


main = command("soak", __doc__, HEADINGS, len(KINDS), portion)

if __name__ == "__main__":
    main()
