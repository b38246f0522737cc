"""What very many hosts and blocks would take: the client's work for a block is measured, the rest is simulated.

    python -m tests.benchmarks.thousand_hosts

Measured: the client as it is (`Fleet`, `OnHosts`, a record on the disk) places and stores blocks of hosts that answer
at once, with the bytes of a block that was measured here. Simulated: hosts whose speed differs (lognormal, 10 %; none
or 1 % are five times slower), and that die once in 30 days and are back after a minute."""

from __future__ import annotations

import heapq
import math
import random
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
import psutil
from tabulate import tabulate

from harness.hosts.client import Joined
from harness.hosts.crew import Came, Crew, Event, Said
from harness.hosts.fleet import Fleet
from harness.hosts.gather import Gathered
from harness.hosts.messages import Greeting, Measure, Measured, answer_of, packed
from harness.hosts.run import OnHosts
from harness.machine import lock
from harness.machine.host import Mark
from harness.measure.ledger import Ledger
from harness.measure.processes import Processes
from harness.measure.unit import Unit, measure
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.record.sample import Sample
from harness.record.store import LARGEST, Writer, read
from harness.strategies import BUILT_IN
from harness.worker.frames import Frames, encode
from tests.builders import header

SECONDS, DEATH, BACK, SLOW = 7.0, 30 * 86400.0, 60.0, 0.01
"""Of a block; between a host's deaths; until it is back. The share of hosts that are slow."""
SIMULATED = (
    (100, 100_000, True, 0.0, True),
    (100, 100_000, True, 0.0, False),
    (1_000, 1_000_000, True, 0.0, False),
    (1_000, 1_000_000, False, 0.0, True),
    (1_000, 1_000_000, False, 0.0, False),
    (1_000, 1_000_000, False, SLOW, True),
    (1_000, 1_000_000, False, SLOW, False),
    (3_000, 1_000_000, False, 0.0, False),
)
"""Hosts; blocks; whether each block is synced by itself, or all that came meanwhile at once, so that the processor
alone counts; the share of slow hosts; whether hosts get equally many blocks."""
MIB = 1 << 20


class Client(NamedTuple):
    """What a block takes of the client: processor and other seconds, bytes in a frame, bytes in the record; and of who
    reads that: seconds, bytes of memory."""

    seconds: float
    wall: float
    frame: float
    line: float
    read: float
    held: float


class Course(NamedTuple):
    """How a run went: hours, how many times those of hosts that are all always busy, the client's load, seconds that a
    host waits for its next block, blocks that were lost."""

    hours: float
    ideal: float
    load: float
    waits: float
    lost: int


def plan(blocks: int) -> Plan:
    strategies = [PlannedStrategy(name, BUILT_IN[name]) for name in ("asyncio", "gevent")]
    group = PlannedGroup("sleep", "harness.workloads.sleep:Sleep", {"seconds": 0.2}, 5, 5, floor_seconds=0.2)
    return Plan(strategies, [group], "asyncio", blocks, 4, 1, 60.0, None, "apart", 1)


def block() -> Measured:
    """A block that is measured here, with its null arm."""
    kept: list[Sample] = []
    made = plan(8)
    with lock.machine(True, lambda text: None):
        mark = Mark().take(5, 0.0)
        measure(made, Unit(0, 5, [0, 1], 1), Processes(made), kept.append, Ledger(), lambda text: None)
    return Measured(mark, kept, 0)


class Answers(Crew):
    """Hosts that answer at once, one after another, without threads or connections."""

    def __init__(self, answer: Measured) -> None:
        self._asked: deque[tuple[str, Measure]] = deque()
        self._frame = packed(answer)
        self.grows, self.bytes = False, 0

    def send(self, host: str, asked: Measure, seconds: float) -> None:
        encode(packed(asked))
        self._asked.append((host, asked))

    def next(self, seconds: float) -> Event | None:
        name, asked = self._asked.popleft()
        self._frame["mark"]["block"] = asked.piece.block
        for sample in self._frame["samples"]:
            sample["block"] = asked.piece.block
        data = encode(self._frame)
        self.bytes += len(data)
        frames = Frames()
        frames.feed(data)
        fields = frames.take()
        assert fields
        return Said(name, answer_of(fields))


def client(hosts: int, blocks: int, answer: Measured, folder: Path) -> Client:
    """Have the client as it is place and store so many blocks on so many hosts."""
    made, crew = plan(blocks), Answers(answer)
    facts = {"machine_key": "m"}
    came = [Came(f"h{n}", Joined(Greeting(f"h{n}", f"{n}", facts, 0.0), 0.0)) for n in range(hosts)]
    writer = Writer(folder, msgspec.structs.replace(header(), run=f"r{hosts}-{blocks}", plan=made))
    fleet = Fleet(crew, Gathered(came, {}), [], writer, lambda text: None)
    run = OnHosts(made, writer, lambda text: None, fleet)
    before, began, used = writer.path.stat().st_size, time.perf_counter(), time.process_time()
    run.run()
    used, wall = time.process_time() - used, time.perf_counter() - began
    writer.close()
    assert run.blocks == blocks
    size = writer.path.stat().st_size - before
    memory, began = psutil.Process().memory_info().rss, time.process_time()
    kept = read(writer.path)
    read_in, held = time.process_time() - began, psutil.Process().memory_info().rss - memory
    assert len(kept.every) == 3 * blocks
    writer.path.unlink()
    return Client(*(one / blocks for one in (used, wall, crew.bytes, size, read_in, held)))


def simulated(hosts: int, blocks: int, each: float, share: int, slow: float, rng: random.Random) -> Course:
    """A run whose client takes so many seconds for each block, one after another; no host has more blocks than its
    share; some are slow."""
    speeds = [SECONDS * math.exp(rng.gauss(0.0, 0.1)) * (5.0 if rng.random() < slow else 1.0) for _ in range(hosts)]
    events = [(0.0, number, False) for number in range(hosts)]  # when a host is free, or dies
    due, has, lost, waits, free, end = blocks, [0] * hosts, 0, 0.0, 0.0, 0.0
    while events:
        at, number, dies = heapq.heappop(events)
        if dies:
            due, lost, has[number] = due + 1, lost + 1, has[number] - 1
            heapq.heappush(events, (at + BACK, number, False))
            continue
        end = max(end, at)
        if due and has[number] < share:
            due, has[number] = due - 1, has[number] + 1
            free = max(free, at) + each
            waits += free - at
            death, ends = free + rng.expovariate(1.0 / DEATH), free + speeds[number]
            heapq.heappush(events, (min(death, ends), number, death < ends))
    ideal = blocks / sum(1.0 / one for one in speeds)
    return Course(end / 3600, end / ideal, blocks * each / end, waits / (blocks + lost), lost)


def of_client(answer: Measured, folder: Path) -> Iterator[tuple[int, int, Client]]:
    """The client's work with more hosts and more blocks."""
    for hosts, blocks in ((2, 1_000), (100, 1_000), (1_000, 2_000), (1_000, 4_000), (1_000, 8_000)):
        yield hosts, blocks, client(hosts, blocks, answer, folder)


@click.command(help=__doc__)
def main() -> None:
    answer = block()
    with tempfile.TemporaryDirectory() as folder:
        found = list(of_client(answer, Path(folder)))
    rows = [
        [hosts, blocks, f"{1000 * one.seconds:.2f} ms", f"{1000 * one.wall:.2f} ms", f"{one.frame:,.0f}",
         f"{one.line:,.0f}", f"{1000 * one.read:.2f} ms", f"{one.held / 1024:.0f} KiB"]
        for hosts, blocks, one in found
    ]  # fmt: skip
    head = ["hosts", "blocks", "CPU a block", "with the disk", "bytes: frame", "record", "to read it", "memory"]
    click.echo(tabulate(rows, head))
    last = found[-1][2]
    size = last.line
    click.echo(f"\na record of {LARGEST / MIB:,.0f} MiB holds {LARGEST / size:,.0f} blocks; 1,000,000 are ", nl=False)
    click.echo(f"{1e6 * size / 1e9:.1f} GB, in {math.ceil(1e6 * size / LARGEST)} parts\n")
    table = []
    for hosts, blocks, synced, slow, equal in SIMULATED:
        each, share = last.wall if synced else last.seconds, math.ceil(blocks / hosts) if equal else blocks
        one = simulated(hosts, blocks, each, share, slow, random.Random(1))
        about = [f"{hosts:,}", f"{blocks:,}", "each" if synced else "many", f"{slow:.0%}", "equal" if equal else "any"]
        waits = f"{1000 * one.waits:,.0f} ms"
        table.append([*about, f"{one.hours:.2f} h", f"{one.ideal:.2f}", f"{one.load:.0%}", waits, one.lost])
    heads = ["hosts", "blocks", "synced", "slow", "shares", "time", "of ideal", "client", "a host waits", "lost"]
    click.echo(tabulate(table, heads, disable_numparse=True))


if __name__ == "__main__":
    main()
