"""The worker: a fresh interpreter that measures one cell within one block.

`launch.worker` starts it: the prelude, then `main`. `main` calls `Strategy.run` itself, from as shallow a stack as a
plain script's: gevent notes up to ten frames of it at each spawn."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

from harness.strategies.base import AsyncStrategy
from harness.worker import frames as wire
from harness.worker import roots, rounds
from harness.worker.describe import Usage, build, describe_strategy, describe_workload, load
from harness.workloads.base import Peer, Unsupported, Workload

ROUNDS = ("warmup", "timed", "observed", "counted")
FULL_COLLECTION_DUE = 5
"""Collections of the younger generations after which the oldest is collected as well, before a round: the collector
itself would do it after ten, within one."""


def told(error: BaseException) -> dict[str, Any]:
    """An exception as an answer: what a user should read of it, in a line."""
    if isinstance(error, Usage):
        return {"status": "usage", "reason": str(error)}
    if isinstance(error, Unsupported):
        return {"status": "unsupported", "reason": str(error)}
    if isinstance(error, ModuleNotFoundError) and error.name:
        name = error.name.partition(".")[0]
        return {"status": "unavailable", "reason": f"needs {name} (pip install {name})"}
    where = ""
    step = error.__traceback__
    while step is not None:
        where = f" at {os.path.basename(step.tb_frame.f_code.co_filename)}:{step.tb_lineno}"
        step = step.tb_next
    text = " ".join(str(error).split())[:500]
    return {"status": "failed", "reason": f"{type(error).__name__}: {text}{where}"}


class Cell:
    """A strategy and a workload, ready to run rounds."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.strategy: Any = load(job["strategy"])()
        self.is_async = isinstance(self.strategy, AsyncStrategy)
        self.workload: Workload = build(load(job["workload"]), job["options"])
        self.count, self.concurrency = job["tasks"], job["concurrency"]
        peer = job.get("peer")
        bound = Peer(tuple(peer["address"]), peer["authority"]) if peer else None
        self.work = self.workload.bound(self.strategy, bound)
        self.task = self.work.bind(self.strategy)
        self.slowdown = job.get("slowdown", 0.0)

    def prime(self) -> str | None:
        """Bring the runtime up (hub, loop), so that its cost is no task's; return which loop a task finds."""

        async def async_nothing(index: int) -> str | None:
            return rounds.loop_in_use()

        if self.is_async:
            found = self.strategy.enter(lambda: self.strategy.run(async_nothing, 1, 1))
        else:
            found = self.strategy.run(lambda index: rounds.loop_in_use(), 1, 1)
        loop: str | None = found[0]
        return loop


class Round:
    """All the tasks of a cell, run once."""

    def __init__(self, cell: Cell, kind: str) -> None:
        if kind in ("timed", "observed"):
            gc.collect(1 if gc.get_count()[2] < FULL_COLLECTION_DUE else 2)
        rounds.forget_peak()
        cell.work.begin()
        self._cell = cell
        self._cleans_up = kind in ("warmup", "counted")
        self._watch = rounds.Watch(cell.task, cell.count, cell.is_async) if kind == "observed" else None
        self.task: Callable[[int], Any] = self._watch.task if self._watch else cell.task
        self._before = rounds.resident_bytes()
        self.clock = rounds.Clock(cell.slowdown)
        """Runs from the first spawn to the last join."""

    async def main(self) -> list[Any]:
        """The round within the runtime of an AsyncStrategy."""
        with self.clock:
            values: list[Any] = await self._cell.strategy.run(self.task, self._cell.count, self._cell.concurrency)
        return values

    def answer(self, values: list[Any]) -> dict[str, Any]:
        """What it took. Values that prove nothing make it invalid."""
        peak = rounds.peak_bytes()
        work = self._cell.work
        if self._cleans_up:
            gc.collect()
        wrong = work.check(values) if len(values) == self._cell.count else "values are missing"
        if wrong:
            return {"status": "invalid", "reason": wrong}
        answer = self.clock.took() | {"peak_memory_bytes": peak, "grown_bytes": max(0, peak - self._before)}
        if self._watch:
            answer |= self._watch.seen() | {"notes": work.notes(values)}
        return {"round": answer}


def prepared(message: dict[str, Any], cells: list[Cell]) -> dict[str, Any]:
    """Do what a message asks that is not a round."""
    if message["do"] == "describe strategy":
        return describe_strategy(message)
    if message["do"] == "describe workload":
        return describe_workload(message)
    roots.move(message.get("folder"))
    cell = Cell(message)
    rounds.keep_on(message.get("cpus"))
    loop = cell.prime()
    cells.append(cell)
    found = roots.loaded(message.get("folder")) | {"client": cell.workload.client_library(cell.strategy)}
    return rounds.facts(cell.strategy) | {"loop": loop} | found


def main(commands: int, answers: int) -> None:
    """Answer messages until the parent closes the descriptor. Whatever the user's code raises is an answer."""
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR2, all_threads=True)  # the parent asks for it before it kills
    frames = wire.Frames()
    cells: list[Cell] = []
    while (message := wire.receive(commands, frames)) is not None:
        try:
            if message["do"] == "serve":
                from harness.worker import serving

                answer = serving.serve(message, partial(wire.send, answers))
            elif message["do"] not in ROUNDS:
                answer = {"ready": prepared(message, cells)}
            else:
                cell = cells[0]
                cell.count, cell.concurrency = message.get("size", (cell.count, cell.concurrency))
                round_ = Round(cell, message["do"])
                if cell.is_async:
                    values = cell.strategy.enter(round_.main)
                else:
                    with round_.clock:
                        values = cell.strategy.run(round_.task, cell.count, cell.concurrency)
                answer = round_.answer(values)
                del round_, values  # the next one begins with their memory free
        except BaseException as error:
            answer = told(error)
        wire.send(answers, answer)
    os._exit(0)  # threads and exit handlers that the user's code left must not hold us up
