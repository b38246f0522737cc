"""The worker as a server: a strategy serves until SIGTERM. What it uses meanwhile, the parent reads from outside."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
from collections.abc import Callable
from typing import Any

from harness.strategies.base import AsyncStrategy, Strategy
from harness.worker import facts, roots, rounds
from harness.worker.messages import Answer, Ready, Serve, Stopped
from harness.worker.prepared import imported
from harness.worker.targets import Usage
from harness.workloads.base import Unsupported
from harness.workloads.serving import Serving

BACKLOG = 4096


def serve(asked: Serve, tell: Callable[[Answer], None]) -> Stopped:
    """Listen, tell what we are and where, and serve until SIGTERM; return the last answer.

    Raises Usage where that makes no sense, Unsupported where the strategy cannot."""
    found: tuple[Any, Any] = imported(asked)
    strategy, workload = found
    if not isinstance(workload, Serving):
        raise Usage("it has no server's side")
    if type(strategy).serve in (Strategy.serve, AsyncStrategy.serve):
        raise Unsupported("this strategy does not serve")
    handle, concurrency = workload.bind_server(strategy), asked.concurrency
    host, port = asked.address
    listener = listen(host, port, asked.shared)
    rounds.keep_on(asked.cpus)

    def stop(*_: object) -> None:
        with contextlib.suppress(Exception):  # it has stopped already
            strategy.stop()

    def ready(loop: str | None) -> None:
        signal.signal(signal.SIGTERM, stop)
        named = loop if isinstance(loop, str) else None  # a strategy may return anything
        place = {"loop": named, "address": listener.getsockname()[:2]}
        tell(Ready(facts.facts(strategy) | roots.loaded(asked.folder, (asked.strategy, asked.workload)) | place))

    async def main() -> None:
        ready(facts.loop_in_use())
        await strategy.serve(listener, handle, concurrency)

    with listener:
        if isinstance(strategy, AsyncStrategy):
            strategy.enter(main)
        else:
            ready(strategy.run(facts.loop_of_a_task, 1, 1)[0])
            strategy.serve(listener, handle, concurrency)
    return Stopped()


def listen(host: str, port: int, shared: bool = False) -> socket.socket:
    """A listener; what it accepts sends at once (TCP_NODELAY is inherited). `shared`: with others on one port, among
    which the kernel spreads connections (SO_REUSEPORT, socket(7)). Raises Usage."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=shared)
    except OSError as error:
        why = "it is in use" if error.errno == errno.EADDRINUSE else error.strerror
        raise Usage(f"cannot listen on port {port} of {host}: {why}") from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
