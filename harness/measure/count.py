"""Instructions that a task takes: two rounds of one cell, one with twice the tasks, whose difference cancels
what starting costs.

Counted in user space alone: waiting and the kernel's work for us are not in it. Counts hardly feel load, so that
several cells are counted at once, each in a worker of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TypeVar

from harness.measure.counters import Tool
from harness.process.channel import Failure
from harness.process.workers import Worker
from harness.record.plan import PlannedStrategy
from harness.worker.messages import Prepare, RoundDone, RoundKind

SECONDS = 600.0

T = TypeVar("T")
Counting = Generator[None, None, T]
"""A count that is under way: it yields once its worker has something to do, so that others may be told meanwhile."""


def all_at_once(counts: Sequence[Callable[[], Counting[None]]], at_once: int | None = None) -> None:
    """Bring counts to their end, as many at once as there are cores for us. None of them is to raise."""
    waiting = list(counts)
    running: list[Counting[None]] = []
    try:
        while waiting or running:
            while waiting and len(running) < (at_once or len(os.sched_getaffinity(0))):
                running.append(waiting.pop(0)())
            running = [one for one in running if next(one, ENDED) is not ENDED]
    finally:
        for one in running:  # an interruption: their workers end with them
            one.close()


ENDED = object()


def sizes_of(asked: Prepare) -> tuple[tuple[int, int], tuple[int, int]]:
    """Tasks, and most in flight, of a round and of one with twice the tasks: all at once where they were."""
    tasks, concurrency = asked.tasks, asked.concurrency or asked.tasks
    return (tasks, concurrency), (2 * tasks, 2 * concurrency if concurrency == tasks else concurrency)


def per_task(used: Tool, strategy: PlannedStrategy, asked: Prepare, folder: Path) -> Counting[float]:
    """Instructions of one task of a cell. Raises Failure."""
    small, large = sizes_of(asked)
    processes = [[small, large]] if used.tells_rounds_apart else [[small], [large]]
    try:
        counts = []
        for sizes in processes:
            path, _ = yield from counted(used, strategy, asked, [large, *sizes], folder)
            counts.append(used.counts(path, len(sizes)))
    except (OSError, ValueError) as error:
        raise Failure("failed", f"{used.name} counted nothing: {error}") from None
    few, many = chain.from_iterable(counts)
    return float(many - few) / asked.tasks


def counted(
    used: Tool, strategy: PlannedStrategy, asked: Prepare, sizes: list[tuple[int, int]], folder: Path,
    kind: RoundKind = "counted",
) -> Counting[tuple[Path, RoundDone]]:  # fmt: skip
    """Run a worker's rounds of these sizes under a tool; the file that it wrote of them, without the first (a warm-up)
    where it can begin late, and what the last one came to. Raises Failure."""
    path = folder / used.name
    worker = Worker(strategy, under=used.under(path), environment=used.environment())
    try:
        worker.prepare(replace(asked, cpus=()))
        yield
        worker.prepared(SECONDS)
        for number, size in enumerate(sizes):
            worker.begin_round(kind, size)
            yield
            done = worker.round_ended(SECONDS)
            (used.end if number else used.begin)(worker, path)
        worker.finish(SECONDS)
    except Failure as failure:
        raise Failure(failure.status, f"while counting by {used.name}: {failure}", failure.traceback) from None
    finally:
        worker.stop()
    return path, done
