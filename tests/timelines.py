"""The tutorial's two tasks under nine strategies: `python -m tests.timelines` makes the last section of docs/why.md of
what `harness trace` prints of them. That each comes out in this order is tested."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.builders import ROOT
from tests.commands import Shell, anew

PAGE = ROOT / "docs" / "why.md"
SOURCE = '''\
# meals.py
import time

MEALS = [("eat", 0.2), ("play", 0.1)]


def meal(io, index):
    """Waits through the strategy."""
    name, seconds = MEALS[index]
    io.note(f"{name} 1")
    io.sleep(seconds)
    io.note(f"{name} 2")


async def async_meal(io, index):
    """The same, for strategies whose tasks are coroutines."""
    name, seconds = MEALS[index]
    io.note(f"{name} 1")
    await io.sleep(seconds)
    io.note(f"{name} 2")


def plain_meal(io, index):
    """Waits through the standard library, as the tutorial does."""
    name, seconds = MEALS[index]
    io.note(f"{name} 1")
    time.sleep(seconds)
    io.note(f"{name} 2")
'''
ONE_BY_ONE = ["eat 1", "eat 2", "play 1", "play 2"]
IN_TURNS = ["eat 1", "play 1", "eat 2", "play 2"]
BY_ITSELF = ["eat 1", "play 1", "play 2", "eat 2"]


class Timeline(NamedTuple):
    """Two tasks under a strategy, the order of their notes, and what is to be seen of it."""

    title: str
    strategy: str
    task: str
    notes: list[str]
    said: str
    starts_any: bool = False
    """Whether either task may be the first to start."""


TIMELINES = [
    Timeline("Sequential", "sequential", "meal", ONE_BY_ONE, "One after the other: 300 ms."),
    Timeline(
        "greenlet", "greenlet", "meal", IN_TURNS,
        "The tasks take turns where they say so, at the call of `io.sleep`. But nobody notices that it waits: each "
        "then sleeps for real, and holds the thread meanwhile.",
    ),
    Timeline(
        "A generator", "generator", "async_meal", IN_TURNS,
        "The same with `yield`: turns, and no time won.",
    ),
    Timeline(
        "gevent with time.sleep, not patched", "gevent", "plain_meal", ONE_BY_ONE,
        "gevent does not see the standard library's `time.sleep`: it holds the thread, and the second task has not "
        "even started.",
    ),
    Timeline("gevent with its own sleep", "gevent", "meal", BY_ITSELF, "When one task waits, the other runs: 200 ms."),
    Timeline(
        "gevent with time.sleep, patched", "gevent-patched", "plain_meal", BY_ITSELF,
        "Patched, `time.sleep` is gevent's.",
    ),
    Timeline("Threads", "threads", "plain_meal", BY_ITSELF, "A thread each: the system switches.", True),
    Timeline("asyncio", "asyncio", "async_meal", BY_ITSELF, "`await` is where the other may run."),
    Timeline("trio", "trio", "async_meal", BY_ITSELF, "The same; which task starts first is drawn.", True),
]  # fmt: skip
TITLE = "## Two tasks, nine timelines"
HEAD = f"""\
{TITLE}

The tutorial's `eat` and `play` under nine strategies: which of them lets one task run while the other waits.
`python -m tests.timelines` makes this section, on a machine with two cores that were busy with other work, and the
order of the steps is asserted by `tests/end_to_end/test_trace.py`. What the marks mean is below each picture, and in
[trace.md](trace.md).

```python
{SOURCE}```
"""


def section(one: Timeline) -> str:
    """A part of the section, before its command was run."""
    command = f"python -m harness trace -s {one.strategy} -W ./meals.py:{one.task} --tasks 2"
    return f"\n### {one.title}\n\n{one.said}\n\n    $ {command}\n\n```text\n\n```\n"


def in_order(notes: list[str], one: Timeline) -> bool:
    """Whether notes came as they should."""
    return notes == one.notes or (one.starts_any and notes == [one.notes[1], one.notes[0], *one.notes[2:]])


if __name__ == "__main__":
    before, _, _ = PAGE.read_text().partition(TITLE)
    PAGE.write_text(before + HEAD + "".join(map(section, TIMELINES)))
    with tempfile.TemporaryDirectory() as folder, Shell(Path(folder)) as shell:
        PAGE.write_text(anew(PAGE, shell))
