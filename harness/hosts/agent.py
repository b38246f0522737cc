"""Measures blocks on its host, one at a time, for a client that it hears by a descriptor, until that hangs up.

It holds the machine while it measures, starts the workers itself, and sleeps in between. What brings its frames (ssh, a
Dask worker) it does not know; `HARNESS_ENGINE` names the processes of that, whose processor time it reads."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.errors import HarnessError, Interrupted
from harness.hosts.messages import (
    Answered,
    Asked,
    Busy,
    Do,
    Greet,
    Greeting,
    Measure,
    Measured,
    Unable,
    asked_of,
    packed,
)
from harness.hosts.moved import paths_moved, plan_moved
from harness.hosts.part import Part
from harness.machine import host, limits, lock
from harness.machine.host import Mark
from harness.measure.across import Across, across
from harness.measure.ledger import Ledger
from harness.measure.pilot import piloted
from harness.measure.processes import Processes
from harness.measure.unit import measure
from harness.process import orphans
from harness.process.channel import ready
from harness.process.child import cpu_seconds
from harness.record.sample import Host, Sample
from harness.worker import frames

ENGINE = "HARNESS_ENGINE"
HOST = "HARNESS_HOST"
"""Names a part of a machine that is to count as a host of its own: for tests, whose hosts are network namespaces."""


class HungUp:
    """Ends a block, as a signal would, where the client has gone: nothing is to be read while one is measured."""

    def __init__(self, commands: int) -> None:
        self._commands, self._busy = commands, False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)
        signal.signal(signal.SIGIO, self._look)
        fcntl.fcntl(commands, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(commands, fcntl.F_SETFL, fcntl.fcntl(commands, fcntl.F_GETFL) | os.O_ASYNC)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Meanwhile whatever comes is the end."""
        self._busy = True
        try:
            self._look()
            yield
        finally:
            self._busy = False

    def _look(self, *_: object) -> None:
        if self._busy and ready(0.0, self._commands):
            os.kill(os.getpid(), signal.SIGTERM)

    def _interrupt(self, number: int, _: object) -> None:
        raise Interrupted(number)


class Agent:
    """Answers what a client asks."""

    def __init__(self, hung_up: HungUp) -> None:
        self._hung_up = hung_up
        self._folders: dict[str, str] = {}
        self._part = Part(self._folders)
        self._mark = Mark()

    def answer(self, asked: Asked) -> Answered:
        """Greet, measure a block, or do a part of one."""
        if isinstance(asked, Greet):
            return self._greeting(asked)
        if isinstance(asked, Do):
            with self._hung_up.watching():
                return self._part.answer(asked)
        try:
            with lock.machine(False, silent), orphans.adopted(), limits.raised_soft_limit():
                return self._measured(asked)
        except lock.BusyError as busy:
            return Busy(busy.holder)
        except (HarnessError, OSError) as error:
            return Unable(str(error))

    def is_asked(self, commands: int, heard: frames.Frames) -> bool:
        """Wait for the next word; False where none comes for so long that who holds the machine is cut off."""
        patience = self._part.patience
        return patience is None or bool(heard) or ready(patience, commands)

    def end(self) -> None:
        """Let go of what a part holds."""
        self._part.release()

    def _greeting(self, asked: Greet) -> Greeting:
        sent = Path(__file__).resolve().parents[3]  # of the folders that `boot` unpacked, this program's is one
        self._folders |= {place: str(sent / name) for place, name in asked.folders.items()}
        for here in paths_moved([asked.here], self._folders):
            os.chdir(here)
        facts, busy = host.facts(), None
        try:
            with lock.machine(False, silent):
                pass
        except lock.BusyError as error:
            busy = error.holder
        return Greeting(platform.node(), identity(facts["machine_key"]), facts, time.time(), busy)

    def _measured(self, asked: Measure) -> Measured | Unable:
        plan, piece = plan_moved(asked.plan, self._folders), asked.piece
        for group in {one.group for one in piece.places}:
            for excess in limits.excesses(plan.groups[group], plan.strategies, limits.here()):
                return Unable(excess)
        kept: list[Sample] = []
        processes = Processes(plan, paths_moved(asked.paths, self._folders))
        ledger = Ledger(seconds=asked.at_seconds)
        mark, used = self._mark.take(piece.block, ledger.elapsed()), engine_seconds()
        with self._hung_up.watching():
            try:
                if isinstance(piece, Across):
                    across(plan, piece, processes, kept.append, ledger, silent)
                else:
                    unit = piece if piece.block else piloted(plan, piece, processes, kept.append, silent)
                    measure(plan, unit, processes, kept.append, ledger, silent)
            finally:
                left_behind = processes.sweep()
        return Measured(mark_of(mark, piece.group, used), kept, left_behind)


def silent(text: str) -> None:
    """Nobody watches."""


def mark_of(mark: Host, group: int, used: float | None) -> Host:
    """The mark of a block, with what the engine has used since."""
    now = engine_seconds()
    return msgspec.structs.replace(
        mark, group=group, engine_seconds=None if used is None or now is None else max(0.0, now - used)
    )


def engine_seconds() -> float | None:
    """What brings our frames has used of processors so far; None where that is nothing of ours to read."""
    pids = [int(pid) for pid in os.environ.get(ENGINE, "").split(",") if pid.isdigit()]
    return sum(map(cpu_seconds, pids)) if pids else None


def identity(machine_key: str) -> str:
    """The same for all that is one machine: two workers of a cluster may be, or two containers."""
    machine = host.text("/proc/sys/kernel/random/boot_id").strip() or machine_key
    return f"{machine}-{os.environ.get(HOST, '')}"


def main(commands: int, answers: int) -> None:
    """Answer the frames of one descriptor by another, until the client hangs up."""
    agent, heard = Agent(HungUp(commands)), frames.Frames()
    with contextlib.suppress(Interrupted, OSError):
        try:
            while agent.is_asked(commands, heard) and (fields := frames.receive(commands, heard)) is not None:
                frames.send(answers, packed(agent.answer(asked_of(fields))))
        finally:
            agent.end()
