"""Exceptions that `asyncio.gather(return_exceptions=True)` gives back, awaited by a line that drops the list."""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from harness.worker.causes import is_theirs

PLACE = "in an asyncio.gather(return_exceptions=True) whose values nobody took"


def listen(note: Callable[[str, BaseException], None]) -> Callable[[], None]:
    """Hear of them, until what is returned is called. A task that somebody else may hold and ask is none of them."""
    tasks: Any = sys.modules.get("asyncio.tasks")
    if tasks is None:
        return lambda: None
    made = tasks._GatheringFuture

    @functools.wraps(made, updated=())
    class Gathering(made):  # type: ignore[valid-type, misc]
        """What `gather` makes and returns."""

        def __init__(self, children: list[Any], **options: Any) -> None:
            super().__init__(children, **options)
            gather = sys._getframe(1)
            caller, given = gather.f_back, gather.f_locals
            if not given.get("return_exceptions") or caller is None or not is_theirs(caller.f_code.co_filename):
                return
            asked = set(map(id, given.get("coros_or_futures", ())))
            own = [child for child in children if id(child) not in asked]
            if own and drops(caller.f_code, caller.f_lasti):
                self.add_done_callback(lambda _: told(own))

    def told(children: list[Any]) -> None:
        for child in children:
            if child.done() and not child.cancelled() and (error := child.exception()) is not None:
                note(PLACE, error)

    tasks._GatheringFuture = Gathering

    def end() -> None:
        if tasks._GatheringFuture is Gathering:
            tasks._GatheringFuture = made

    return end


def drops(code: CodeType, place: int) -> bool:
    """Whether the instruction at a place (or the one whose caches are there) makes a value that is awaited at once,
    and what comes back is dropped."""
    after = [one for one in dis.get_instructions(code) if one.offset > place]
    send = after[2] if len(after) > 2 and after[0].opname == "GET_AWAITABLE" else None
    if send is None or send.opname != "SEND":
        return False
    rest = [one.opname for one in after if one.offset >= send.argval]
    return (rest[1:] if rest[0] == "END_SEND" else rest)[0] == "POP_TOP"
