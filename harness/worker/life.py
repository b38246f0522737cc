"""The life of a worker of an AsyncStrategy: one loop for all of its rounds, so that what a program keeps for its loop
(locks, semaphores, queues, sessions, pools) works as it does under one `asyncio.run(main())`."""

from __future__ import annotations

from collections.abc import Callable

from harness.worker import steps
from harness.worker.messages import Answer, Asked, Failed, Leave, Mark, Prepare, RunRound
from harness.worker.prepared import Prepared, Turn


class Life:
    """Answers messages within the loop until the parent hangs up. Between rounds it waits for the next message as any
    worker does, blocked: nothing of the loop runs meanwhile."""

    def __init__(
        self, cell: Prepared, asked: Asked, hear: Callable[[], Asked | None], tell: Callable[[Answer], None],
        strategy: str,
    ) -> None:  # fmt: skip
        self._cell, self._hear, self._tell, self._strategy = cell, hear, tell, strategy
        self._asked: Asked | None = asked

    async def main(self) -> None:
        """What a strategy's `enter` runs. An Exception is an answer; what is none ends the loop, as it would anyway."""
        while (asked := self._asked) is not None:
            try:
                answer = await self._answered(asked)
            except Exception as error:
                answer = steps.told(error, self._strategy)
            if isinstance(answer, Failed):
                await steps.awaiting(self._cell.abandoned())
            self._tell(answer)
            self._asked = self._hear()
        await steps.awaiting(self._cell.ended())

    async def _answered(self, asked: Asked) -> Answer:
        cell = self._cell
        if isinstance(asked, Leave):
            return cell.left()
        if isinstance(asked, Mark):
            return cell.marked()
        if not isinstance(asked, RunRound):
            return await steps.awaiting(cell.ready() if isinstance(asked, Prepare) else cell.closed())
        turn = Turn(cell, asked)
        await steps.awaiting(turn.begun())
        with turn.clock:
            values = await cell.strategy.run(turn.task, cell.count, cell.concurrency)
        cell.leftovers.in_loop()
        return await steps.awaiting(turn.ended(values))
