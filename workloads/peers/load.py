"""The load generator: many connections to a server under test, raw epoll, every byte of every answer verified."""

from __future__ import annotations

import contextlib
import gc
import math
import os
import random
import select
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from harness.workloads.peers.lines import Broken, Line, Talk
from harness.workloads.peers.times import packed

now = time.perf_counter
WINDOW = 512
"""Connections, of all generators, that may be opened and not yet served: fewer than any listener's backlog."""
PER_SOURCE = 5000
"""Connections from one source address: the kernel has some 28,000 ports for each."""
IP_BIND_ADDRESS_NO_PORT = 24
GRACE_SECONDS = 1.0
"""How long an open loop waits for late answers after its last arrival."""
SHORT_WAIT = 0.002
"""Seconds below which epoll, which counts in milliseconds, is too coarse."""


class Clients:
    """The connections to one server at a time, and what is said on them: `connect`, `exchange` and `close`, in this
    order, as often as wanted. Each may raise Broken."""

    def __init__(self, talk: Talk, place: int = 0, of: int = 1) -> None:
        """Be the generator at `place` (from 0) `of` several: connections and arrivals are dealt out to them in turn."""
        self._talk, self._place, self._of = talk, place, of
        self._epoll = select.epoll()
        self._lines: dict[int, Line] = {}
        self._connections = 0

    def connect(self, address: Sequence[Any], connections: int, ramp: float, timeout: float) -> dict[str, Any]:
        """Open its share of them, all of them over `ramp` seconds, each with one request and its answer; give up after
        `timeout` seconds in which none got any further."""
        self._connections, mine = connections, self._share(connections)
        began = moved = now()
        started = served = 0
        while served < len(mine) and now() - moved < timeout:
            due = connections if not ramp else min(connections, 1 + int((now() - began) / ramp * connections))
            most = min(len(self._share(due)), served + max(1, WINDOW // self._of))
            while started < most:
                self._open(tuple(address), mine[started], 1 + connections // PER_SOURCE)
                started += 1
            for descriptor, event in self._epoll.poll(0.01 if started < len(mine) else 0.1):
                line = self._lines[descriptor]
                if line.due == 0.0:
                    self._connected(line)
                elif self._goes_on(line, event):
                    served += 1
                moved = now()
        return {"connections": len(mine), "served": served, "seconds": moved - began}

    def exchange(
        self, messages: int, seconds: float, rate: float, seed: int, timeout: float, limit: float, begin: float = 0.0
    ) -> dict[str, Any]:
        """Load the server on every connection that is open, from the moment `begin` on: `messages` requests each or, if
        given, for `seconds`; at its share of `rate` arrivals a second, or (0) each as soon as the answer before it is
        there. A closed loop gives up after `timeout` seconds without an answer, or `limit` in all."""
        for line in self._lines.values():
            line.answered, line.ended, line.due = 0, 0.0, 0.0
        cpu = time.process_time()
        began = reached(begin)
        if rate:
            total = round(rate * seconds) if seconds else messages * self._connections
            said = self._open_loop(total, rate, seed, began)
        else:
            said = self._closed_loop(math.inf if seconds else messages, seconds or math.inf, timeout, limit)
        return said | {"cpu_seconds": time.process_time() - cpu}

    def close(self, timeout: float = 5.0) -> dict[str, Any]:
        """Finish sending, wait until the server has finished as well (or does nothing for `timeout` s), and close."""
        for line in self._lines.values():
            with contextlib.suppress(OSError):
                self._epoll.modify(line.sock, select.EPOLLIN)
                line.sock.shutdown(socket.SHUT_WR)
        moved, waiting = now(), dict(self._lines)
        while waiting and now() - moved < timeout:
            for descriptor, _ in self._epoll.poll(0.1):
                moved = now()
                line = self._lines[descriptor]
                try:
                    ended = not line.recv(65536)
                except OSError:
                    ended = True
                if ended:
                    waiting.pop(descriptor, None)
                    self._epoll.unregister(descriptor)
        for line in self._lines.values():
            line.sock.close()
        self._lines.clear()
        return {"left_open": len(waiting)}

    def _share(self, of_all: int) -> range:
        """Of so many connections or arrivals, those of this generator."""
        return range(self._place, of_all, self._of)

    def _open(self, address: tuple[Any, ...], index: int, sources: int) -> None:
        sock = socket.socket()
        line = Line(sock, *self._talk.exchange(index))
        self._lines[sock.fileno()] = line
        self._epoll.register(sock, select.EPOLLOUT)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if sources > 1 and address[0].startswith("127."):
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((f"127.0.0.{2 + index % min(sources, 250)}", 0))
        with contextlib.suppress(BlockingIOError):
            sock.connect(address)

    def _connected(self, line: Line) -> None:
        if error := line.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise Broken(f"no connection: {os.strerror(error)}")
        self._epoll.modify(line.sock, select.EPOLLIN)
        self._say(line, now())

    def _say(self, line: Line, due: float) -> None:
        line.due = due
        try:
            sent = line.send(line.request)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise Broken(f"the server broke a connection: {error.strerror}") from None
        if sent < len(line.request):
            line.unsent = memoryview(line.request)[sent:]
            self._epoll.modify(line.sock, select.EPOLLIN | select.EPOLLOUT)

    def _goes_on(self, line: Line, event: int) -> bool:
        """Send what is unsent, read what is there; whether the answer is complete. Raises Broken."""
        try:
            if line.unsent and event & select.EPOLLOUT:
                line.unsent = line.unsent[line.send(line.unsent) :]
                if not line.unsent:
                    self._epoll.modify(line.sock, select.EPOLLIN)
            if event == select.EPOLLOUT:
                return False
            data = line.recv(line.limit)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Broken(f"the server broke a connection: {error.strerror}") from None
        return (data == line.answer and not line.got) or line.complete(data)

    def _closed_loop(self, messages: float, seconds: float, timeout: float, limit: float) -> dict[str, Any]:
        lines, poll, goes_on, say = self._lines, self._epoll.poll, self._goes_on, self._say
        times: list[float] = []
        record = times.append
        busy = len(lines)
        began = now()
        for line in lines.values():
            say(line, now())
        while busy and now() - began < limit and (events := poll(timeout)):
            for descriptor, event in events:
                line = lines[descriptor]
                if goes_on(line, event):
                    at = line.ended = now()
                    record(at - line.due)
                    line.answered += 1
                    if line.answered < messages and at - began < seconds:
                        say(line, at)
                    else:
                        busy -= 1
        return self._told(times, len(times), began) | {"unanswered": busy}

    def _open_loop(self, total: int, rate: float, seed: int, began: float) -> dict[str, Any]:
        """Arrival number n is due at n / rate, whatever the server does, on the connection that has been idle longest;
        it waits where none is. Its latency counts from when it was due."""
        lines, goes_on, mine = self._lines, self._goes_on, self._share(total)
        idle = deque(random.Random(seed).sample(list(lines.values()), len(lines)))
        of, behind = self._of, self._of - 1 - self._place
        times: list[float] = []
        sent = most = late = 0
        end = began + total / rate
        while len(times) < len(mine):
            at = now()
            if at > end + GRACE_SECONDS:
                break
            due = (min(total, 1 + int((at - began) * rate)) + behind) // of  # the length of that share, sooner
            while sent < due and idle:
                self._say(idle.popleft(), began + mine[sent] / rate)
                sent += 1
            most = max(most, due - sent)
            if at < end:
                late = due - len(times)
            for descriptor, event in self._wait(began + mine[due] / rate - at if due < len(mine) else GRACE_SECONDS):
                line = lines[descriptor]
                if goes_on(line, event):
                    line.ended = now()
                    times.append(line.ended - line.due)
                    line.answered += 1
                    line.due = 0.0
                    idle.append(line)
        at, answered = now(), len(times)
        # What nobody answered has waited until now at least: left out, it would make the rest look fine.
        times += [at - line.due for line in lines.values() if line.due]
        times += [at - (began + number / rate) for number in mine[sent:]]
        return self._told(times, answered, began) | {
            "unanswered": len(mine) - answered,
            "intended_per_second": rate,
            "backlog_most": most,
            "backlog_end": late,
        }

    def _wait(self, seconds: float) -> list[tuple[int, int]]:
        if 0 < seconds < SHORT_WAIT:
            select.select([self._epoll], [], [], seconds)
            seconds = 0.0
        return self._epoll.poll(max(0.0, seconds))

    def _told(self, times: list[float], answered: int, began: float) -> dict[str, Any]:
        """The numbers of an exchange: answers, when it began, seconds, latencies, and the rates of the slowest and the
        fastest connection."""
        ended = max((line.ended for line in self._lines.values()), default=0.0)
        rates = [line.answered / (line.ended - began) if line.answered else 0.0 for line in self._lines.values()]
        return {
            "answers": answered,
            "began": began,
            "seconds": max(ended - began, 0.0) or now() - began,
            "times": packed(times),
            "slowest": min(rates),
            "fastest": max(rates),
        }


def reached(moment: float) -> float:
    """Wait until a moment, if it is to come; return when that is, or now."""
    began = max(moment, now())
    time.sleep(max(0.0, began - now()))
    return began


def settle() -> None:
    """Have this process pause for nothing of its own: no collection (nothing here makes cycles), no timer's slack."""
    gc.disable()
    with contextlib.suppress(OSError), open("/proc/self/timerslack_ns", "w") as slack:
        slack.write("1")
