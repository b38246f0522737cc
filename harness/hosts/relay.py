"""What a Dask worker runs for us: it starts an agent, and carries what is said to it and back. Sent by value, since a
worker that lives for days would run an old import: each function imports what it needs.

All results are bytes, failures too: `+` and the answer, or `-` and why there is none."""

from __future__ import annotations

from typing import Any

HEARTBEAT_SECONDS, HEADER = 60.0, 8


def begin(run: str, start: str) -> Any:
    """Start a host's agent (what runs before it: `start`). It ends with this worker, and with what is returned: Dask
    keeps that as long as whoever asked is there. Where it cannot start, the first turn says why."""
    import contextlib
    import os
    import subprocess
    import sys
    import threading

    from distributed import get_worker

    worker = get_worker()
    engine = [os.getpid(), *([os.getppid()] if getattr(worker, "nanny", None) else [])]
    process: Any
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            env=os.environ | {"HARNESS_ENGINE": ",".join(map(str, engine))},
        )  # fmt: skip
    except Exception as error:
        process = error
    agents = vars(worker).setdefault("_concurrency_harness", {})
    agents[run] = process

    def end() -> None:
        agents.pop(run, None)
        with contextlib.suppress(Exception):
            process.stdin.close()
            threading.Thread(target=ended, daemon=True).start()  # else it is a zombie, for as long as this worker lives

    def ended() -> None:
        process.wait()
        process.stdout.close()

    class Life:  # Dask sends the class itself, by value: it holds nothing that cannot be sent
        def __init__(self, end: Any) -> None:
            self._end = end

        def __del__(self) -> None:
            self._end()

    return Life(end)


def turn(run: str, data: bytes, is_line: bool) -> bytes:
    """Say something to an agent, and return its answer: a line, or a frame, for which the worker is hushed."""
    import asyncio
    import contextlib
    import select
    import threading
    import time

    from distributed import get_worker, profile

    worker: Any = get_worker()
    profiler: Any = profile
    ended = threading.Event()
    loop = worker.loop.asyncio_loop

    async def stopped() -> list[Any]:
        running = [one for one in getattr(worker, "periodic_callbacks", {}).values() if one.is_running()]
        for one in running:
            one.stop()
        return running

    async def started(running: list[Any]) -> None:
        for one in running:
            one.start()

    def on_loop(doing: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, loop).result()

    def is_whole(answer: bytearray) -> bool:
        if is_line:
            return answer.endswith(b"\n")
        return len(answer) >= HEADER and len(answer) >= HEADER + int.from_bytes(answer[:4], "big")

    def answered(process: Any) -> bytes:
        view = memoryview(data)
        while view:
            view = view[process.stdin.write(view) :]
        waiting, answer = select.poll(), bytearray()
        waiting.register(process.stdout, select.POLLIN)
        while not is_whole(answer):
            if not waiting.poll(1000 * HEARTBEAT_SECONDS):
                with contextlib.suppress(Exception):
                    on_loop(worker.heartbeat())
                continue
            if not (some := process.stdout.read(1 << 20)):
                raise EOFError("the agent has ended")
            answer += some
        return bytes(answer)

    try:
        process = vars(worker)["_concurrency_harness"][run]
        if isinstance(process, Exception):
            raise process
        if is_line:
            return b"+" + answered(process)
        hushed = on_loop(stopped())
        profiler.sleep = lambda _: ended.wait()  # of the thread that looks where the loop is 100 times a second
        try:
            return b"+" + answered(process)
        finally:
            profiler.sleep = time.sleep
            ended.set()
            on_loop(started(hushed))
    except Exception as error:
        return b"-" + f"{type(error).__name__}: {error}".encode(errors="replace")
