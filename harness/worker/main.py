"""The child: a fresh interpreter that is a cell's worker, a peer, the load generator, or says what there is.

`process.child` starts it: our package, the prelude, then `main`. `main` calls `Strategy.run` itself, from as shallow a
stack as a plain script's: gevent notes up to ten frames of it at each spawn."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable

from harness.worker import messages, steps
from harness.worker.life import Life
from harness.worker.line import Line
from harness.worker.messages import (
    Answer,
    Asked,
    BeGenerator,
    BePeer,
    Close,
    Connect,
    DescribeStrategy,
    DescribeWorkload,
    Done,
    Exchange,
    Failed,
    Finish,
    Leave,
    Mark,
    PeerReady,
    Prepare,
    RunRound,
    Serve,
)
from harness.worker.prepared import Prepared, Turn


class Roles:
    """Does what is asked that is not a round."""

    def __init__(self, tell: Callable[[Answer], None]) -> None:
        self._tell = tell
        self.cell: Prepared | None = None
        self.strategy = ""
        """Where the strategy is that is in question: its module, or its file."""

    def prepare(self, asked: Prepare) -> None:
        """Import what a cell needs."""
        self.strategy = asked.strategy.rpartition(":")[0]
        self.cell = Prepared(asked)

    def abandon(self) -> None:
        """End a round of a blocking strategy that failed."""
        if self.cell and not self.cell.is_async:
            steps.blocking(self.cell.abandoned())

    def end(self) -> None:
        """Close what a cell of a blocking strategy has open, if it has."""
        if self.cell and not self.cell.is_async:
            steps.blocking(self.cell.ended())

    def __call__(self, asked: Asked) -> Answer:
        match asked:
            case DescribeStrategy():
                from harness.worker import describe  # here, as the others: a cell's worker imports what it needs

                self.strategy = asked.target.rpartition(":")[0]
                return describe.strategy(asked)
            case DescribeWorkload():
                from harness.worker import describe

                return describe.workload(asked)
            case Serve():
                from harness.worker import serving

                self.strategy = asked.strategy.rpartition(":")[0]
                return serving.serve(asked, self._tell)
            case Prepare():
                assert self.cell is not None
                return steps.blocking(self.cell.ready())
            case Finish():
                return steps.blocking(self.cell.closed()) if self.cell else Done()
            case Leave():
                assert self.cell is not None
                return self.cell.left()
            case Mark():
                assert self.cell is not None
                return self.cell.marked()
            case BePeer():
                from harness.worker import peer

                peer.serve(asked, lambda address, authority=None: self._tell(PeerReady(address, authority)))
                return Done()
            case BeGenerator():
                from harness.worker.peer import Loader

                self._generator = Loader(asked)
                return Done()
            case Connect() | Exchange() | Close():
                return self._generator(asked)
            case RunRound():
                raise AssertionError("`main` runs the rounds")


def suspended(*_: object) -> None:
    """Print where tasks wait that no thread runs."""
    from harness.worker import stacks

    stacks.dump()


def main(commands: int, answers: int) -> None:
    """Answer messages until the parent closes the descriptor. Whatever the user's code raises is an answer."""
    faulthandler.enable()
    signal.signal(signal.SIGUSR2, suspended)  # the parent asks for both before it kills
    faulthandler.register(signal.SIGUSR2, all_threads=True, chain=True)
    line = Line(commands, answers)

    def hear() -> Asked | None:
        message = line.receive()
        said: Asked | None = None if message is None else messages.unpacked(message)
        return said

    roles = Roles(line.tell)
    while (message := line.receive()) is not None:
        try:
            asked = messages.unpacked(message)
            if type(asked) is Prepare:
                roles.prepare(asked)
            if (cell := roles.cell) and cell.is_async:
                cell.strategy.enter(Life(cell, asked, hear, line.tell, roles.strategy).main)
                continue
            if isinstance(asked, RunRound):
                assert cell is not None
                turn = Turn(cell, asked)
                steps.blocking(turn.begun())
                with turn.clock:
                    values = cell.strategy.run(turn.task, cell.count, cell.concurrency)
                answer: Answer = steps.blocking(turn.ended(values))
                del turn, values  # the next one begins with their memory free
            else:
                answer = roles(asked)
        except BaseException as error:
            line.ends(error)
            answer = steps.told(error, roles.strategy)
        if isinstance(answer, Failed):
            roles.abandon()
        line.tell(answer)
    roles.end()
    os._exit(0)  # threads and exit handlers that the user's code left must not hold us up
