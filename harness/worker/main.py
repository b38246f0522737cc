"""The child: a fresh interpreter that is a cell's worker, a peer, the load generator, or says what there is.

`process.child` starts it: our package, the prelude, then `main`. `main` calls `Strategy.run` itself, from as shallow a
stack as a plain script's: gevent notes up to ten frames of it at each spawn."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable

from harness.worker import failures, frames, messages
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
    PeerReady,
    Prepare,
    Ready,
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
                self.strategy = asked.strategy.rpartition(":")[0]
                self.cell = Prepared(asked)
                return Ready(self.cell.facts)
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

    def tell(said: Answer) -> None:
        frames.send(answers, messages.packed(said))

    roles, received = Roles(tell), frames.Frames()
    while (message := frames.receive(commands, received)) is not None:
        try:
            asked = messages.unpacked(message)
            if isinstance(asked, RunRound):
                cell = roles.cell
                assert cell is not None
                cell.count, cell.concurrency = asked.size or (cell.count, cell.concurrency)
                turn = Turn(cell, asked.kind)
                if cell.is_async:
                    values = cell.strategy.enter(turn.main)
                else:
                    with turn.clock:
                        values = cell.strategy.run(turn.task, cell.count, cell.concurrency)
                answer: Answer = turn.answer(values)
                del turn, values  # the next one begins with their memory free
            else:
                answer = roles(asked)
        except BaseException as error:
            answer = failures.told(error, roles.strategy)
        tell(answer)
    os._exit(0)  # threads and exit handlers that the user's code left must not hold us up
