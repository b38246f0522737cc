"""Other tools over a program, as their documentation has them set up.

`python -m tests.corpus.opponents TOOL RUNTIME FILE FUNCTION TASKS` prints what they said as JSON, an event
`{"seconds": 0.12, "lines": [7]}` with the lines of the program that it names, innermost first. Each is told the
threshold of `explain`, 30 ms, where it has one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from tests.corpus import hand

THRESHOLD = 0.03
Event = dict[str, Any]
Task = Callable[[int], Any]


def _lines(frames: Iterable[tuple[str, int]], file: str) -> list[int]:
    """The lines of the program among frames, each once."""
    name = Path(file).name
    return list(dict.fromkeys(line for path, line in frames if Path(path).name == name))


def _by_loop(runtime: str, main: Awaitable[None]) -> None:
    if runtime == "uvloop":
        import uvloop

        uvloop.run(main)  # type: ignore[arg-type]
    else:
        asyncio.run(main)  # type: ignore[arg-type]


def aiocop(runtime: str, file: str, task: Task, tasks: int) -> list[Event]:
    """Slow slices, each with the events and the samples that it had."""
    import aiocop as tool

    said: list[Event] = []

    def heard(event: tool.SlowTaskEvent) -> None:
        if not event.exceeded_threshold:
            return
        samples = sorted(event.cpu_stack_samples, key=lambda sample: -sample["count"])
        traces = [one["trace"].split(" <- ") for one in (*event.blocking_events, *samples)]
        frames = [frame.rsplit(":", 2)[:2] for trace in traces for frame in trace]
        lines = _lines(((path, int(line)) for path, line in frames), file)
        said.append({"seconds": event.elapsed_ms / 1000, "lines": lines})

    tool.patch_audit_functions()
    tool.start_blocking_io_detection(trace_depth=20)
    tool.detect_slow_tasks(threshold_ms=int(THRESHOLD * 1000), on_slow_task=heard)

    async def main() -> None:
        tool.activate()
        await hand.gathered(task, tasks)

    _by_loop(runtime, main())
    return said


def debug(runtime: str, file: str, task: Task, tasks: int) -> list[Event]:
    """asyncio's debug mode: what it logs of slow callbacks."""
    said: list[Event] = []

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            if took := re.search(r"took ([\d.]+) seconds", text):
                frames = [(path, int(line)) for path, line in re.findall(r"([^\s']+\.py):(\d+)", text)]
                said.append({"seconds": float(took[1]), "lines": _lines(frames, file)})

    logging.getLogger("asyncio").addHandler(Heard())

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = THRESHOLD
        await hand.gathered(task, tasks)

    _by_loop(runtime, main())
    return said


def blockbuster(runtime: str, file: str, task: Task, tasks: int) -> list[Event]:
    """It raises at the first call of its list; each task's is an event."""
    import blockbuster as tool

    said: list[Event] = []

    async def watched(index: int) -> None:
        try:
            got = task(index)
            await got if hasattr(got, "__await__") else None
        except tool.BlockingError as error:
            frames = [(one.filename, one.lineno or 0) for one in reversed(traceback.extract_tb(error.__traceback__))]
            said.append({"seconds": None, "lines": _lines(frames, file)})

    async def main() -> None:
        with tool.blockbuster_ctx():
            await hand.gathered(watched, tasks)

    _by_loop(runtime, main())
    return said


def pyleak(runtime: str, file: str, task: Task, tasks: int) -> list[Event]:
    """Blocks with the stack that its thread saw."""
    import pyleak as tool

    said: list[Event] = []

    async def main() -> None:
        try:
            async with tool.no_event_loop_blocking(action="raise", threshold=THRESHOLD, check_interval=0.005):
                await hand.gathered(task, tasks)
        except tool.EventLoopBlockError as error:
            for block in error.blocking_events:
                frames = [(one.filename, one.lineno or 0) for one in reversed(block.blocking_stack or [])]
                said.append({"seconds": block.duration, "lines": _lines(frames, file)})

    _by_loop(runtime, main())
    return said


def monitor(runtime: str, file: str, task: Task, tasks: int) -> list[Event]:
    """gevent's monitor thread, which looks once in `max_blocking_time` and sees what lasts for two: it gets half of the
    threshold. The time that it reports is that setting."""
    import gevent
    from gevent import events

    said: list[Event] = []

    def heard(event: object) -> None:
        if isinstance(event, events.EventLoopBlocked):
            stack = "\n".join(map(str, event.info)).partition("Blocked Stack")[2].partition("\nInfo:")[0]
            frames = [(path, int(line)) for path, line in re.findall(r'File "(.+?)", line (\d+)', stack)]
            said.append({"seconds": event.blocking_time, "lines": _lines(reversed(frames), file)})

    gevent.config.monitor_thread = True
    gevent.config.max_blocking_time = THRESHOLD / 2
    gevent.config.print_blocking_reports = False
    events.subscribers.append(heard)
    hand.spawned(task, tasks)
    return said


TOOLS: dict[str, tuple[Callable[[str, str, Task, int], list[Event]], tuple[str, ...]]] = {
    "aiocop": (aiocop, ("asyncio", "uvloop")),
    "asyncio debug": (debug, ("asyncio", "uvloop")),
    "blockbuster": (blockbuster, ("asyncio", "uvloop")),
    "pyleak": (pyleak, ("asyncio", "uvloop")),
    "gevent monitor": (monitor, ("gevent", "gevent-patched")),
}
"""A tool and the runtimes that it knows. None of them knows trio or threads."""


def main(tool: str, runtime: str, file: str, function: str, tasks: int) -> None:
    """Print the events that a tool has of a program, one JSON line at the end."""
    if runtime == "gevent-patched":
        from gevent import monkey

        monkey.patch_all()
    with contextlib.redirect_stdout(sys.stderr):
        said = TOOLS[tool][0](runtime, file, hand.loaded(file, function), tasks)
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
