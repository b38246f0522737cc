"""The worker: a fresh interpreter that measures one cell within one block.

Started as `python -m harness.worker PRELUDE COMMANDS ANSWERS`. Nothing may be imported above the prelude:
monkey patching has to come before whatever it patches."""

import sys

if __name__ == "__main__" and sys.argv[1] != "-":
    _module, _, _function = sys.argv[1].partition(":")
    __import__(_module)
    getattr(sys.modules[_module], _function)()

import faulthandler
import os
import signal
from typing import Any

from harness import rounds, wire
from harness.describe import Usage, build, describe_strategy, describe_workload, load
from strategies.base import AsyncStrategy
from workloads.base import Peer, Unsupported, Workload


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
        self.strategy = load(job["strategy"])()
        self.workload: Workload = build(load(job["workload"]), job["options"])
        self.count, self.concurrency = job["tasks"], job["concurrency"]
        peer = job.get("peer")
        bound = Peer(tuple(peer["address"]), peer["authority"]) if peer else None
        self.task = self.workload.bind(self.strategy, bound)

    def run(self, task: Any, count: int, concurrency: int, clock: rounds.Clock) -> list[Any]:
        """One round's values; the clock runs from the first spawn to the last join."""
        strategy = self.strategy
        if not isinstance(strategy, AsyncStrategy):
            with clock:
                values: list[Any] = strategy.run(task, count, concurrency)
            return values

        async def main() -> list[Any]:
            with clock:
                return await strategy.run(task, count, concurrency)

        return strategy.enter(main)

    def prime(self) -> None:
        """Bring the runtime up (hub, loop), so that its cost is no task's."""

        async def async_nothing(index: int) -> None:
            return None

        is_async = isinstance(self.strategy, AsyncStrategy)
        self.run(async_nothing if is_async else lambda index: None, 1, 1, rounds.Clock())

    def round(self, kind: str) -> dict[str, Any]:
        """Run all the tasks once; return what it took. Values that prove nothing make it invalid."""
        rounds.settle()
        self.workload.begin()
        before = rounds.resident_bytes()
        is_async = isinstance(self.strategy, AsyncStrategy)
        watch = rounds.Watch(self.task, self.count, is_async) if kind == "observed" else None
        clock = rounds.Clock()
        values = self.run(watch.task if watch else self.task, self.count, self.concurrency, clock)
        peak = rounds.peak_bytes()
        wrong = self.workload.check(values) if len(values) == self.count else "values are missing"
        if wrong:
            return {"status": "invalid", "reason": wrong}
        answer = clock.took() | {"peak_memory_bytes": peak, "grown_bytes": max(0, peak - before)}
        if watch:
            answer |= watch.seen() | {"notes": self.workload.notes(values)}
        return {"round": answer}


def answer_to(message: dict[str, Any], cells: list[Cell]) -> dict[str, Any]:
    """Do what one message asks. Whatever the user's code raises is part of the answer."""
    try:
        if message["do"] == "describe strategy":
            return {"ready": describe_strategy(message)}
        if message["do"] == "describe workload":
            return {"ready": describe_workload(message)}
        if message["do"] == "prepare":
            cells.append(Cell(message))
            cells[0].prime()
            facts = rounds.facts(cells[0].strategy)
            return {"ready": facts | {"client": cells[0].workload.client_library(cells[0].strategy)}}
        return cells[0].round(message["do"])
    except BaseException as error:
        return told(error)


def main() -> None:
    """Answer messages until the parent closes the descriptor."""
    commands, answers = int(sys.argv[2]), int(sys.argv[3])
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR2, all_threads=True)  # the parent asks for it before it kills
    frames = wire.Frames()
    cells: list[Cell] = []
    while (message := wire.receive(commands, frames)) is not None:
        wire.send(answers, answer_to(message, cells))
    os._exit(0)  # threads and exit handlers that the user's code left must not hold us up


if __name__ == "__main__":
    main()
