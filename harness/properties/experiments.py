"""The experiments: each is a run that anybody can repeat, sized so that all of them take less than a minute."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from harness.machine.limits import SPARE


class Experiment(NamedTuple):
    """A workload with its options and sizes, as `run` takes them; None is what that takes by itself."""

    workload: str
    options: tuple[str, ...]
    seconds: float
    """What it takes of each strategy on a quiet machine, about: for the time that is left."""
    blocks: int = 1
    rounds: int = 3
    tasks: int | None = None
    warmup: int | None = None

    @property
    def arguments(self) -> list[str]:
        """Those of `run`, but for strategies."""
        options = [word for option in self.options for word in ("-P", option)]
        sizes = {"--tasks": self.tasks, "--blocks": self.blocks, "-r": self.rounds, "-w": self.warmup}
        given = [word for name, size in sizes.items() if size is not None for word in (name, str(size))]
        return ["-W", self.workload, *options, *given]

    @property
    def name(self) -> str:
        """What its runs are called: `harness show` finds the record by it."""
        return " ".join(self.arguments)

    def command(self, strategy: str) -> str:
        """What repeats it for a strategy."""
        return shlex.join(["python", "-m", "harness", "run", "-s", strategy, *self.arguments])


OWN_SLEEP = Experiment("sleep", (), 0.6)
STDLIB_SLEEP = Experiment("sleep", ("call=stdlib",), 0.7)
SOCKET = Experiment("sleep", ("call=socket",), 0.7)
COUNTER = Experiment("counter", (), 0.5, rounds=2)
ACROSS = Experiment("counter", ("between=switch", "updates=100"), 0.2)
PYTHON = Experiment("compute", ("units=2",), 0.4, rounds=40)
HASHING = Experiment("compute", ("units=1", "code=c"), 0.4, rounds=40)
SWITCH = Experiment("switch", ("switches=500",), 0.8, blocks=3, rounds=2, tasks=10)
TASK = Experiment("noop", (), 0.8, blocks=3)
FIXED = (OWN_SLEEP, STDLIB_SLEEP, SOCKET, COUNTER, ACROSS, PYTHON, HASHING, SWITCH, TASK)
MOST_TASKS, MOST_THREADS, LEAST_TASKS = 10_000, 1_000, 100


def waiting(tasks: int) -> Experiment:
    """So many tasks that wait at once."""
    return Experiment("sleep", ("seconds=1",), 2.5, rounds=1, tasks=tasks, warmup=0)


def taking_turns(tasks: int) -> Experiment:
    """So many tasks, for a strategy that would wait for one after another."""
    return Experiment("switch", ("switches=1",), 0.5, rounds=1, tasks=tasks, warmup=0)


def crowds(waits_at_once: bool, threads_per_task: int, threads: int) -> Sequence[Experiment]:
    """How many tasks are tried at once, the most first: the next where those fail. Fewer where each takes OS threads,
    and no more of those than the machine allows (`threads`)."""
    most = MOST_THREADS if threads_per_task else MOST_TASKS
    sizes = [size for size in (MOST_TASKS, MOST_THREADS, LEAST_TASKS) if size <= most]
    fitting = [size for size in sizes if not threads_per_task or size * threads_per_task + SPARE <= threads]
    return [(waiting if waits_at_once else taking_turns)(size) for size in fitting or sizes[-1:]]
