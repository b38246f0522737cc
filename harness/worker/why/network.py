"""What the other end of a connection leaves undone: requests that it does not read, connections that it does not take,
and SYNs that it does not answer, since its listen queue is full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.worker.sockets import (
    ESTABLISHED,
    LISTEN,
    SYN_SENT,
    Socket,
    address,
    counters,
    cpu_of,
    inodes,
    listener_of,
    port_of,
    sockets,
)
from harness.worker.why.clocks import now
from harness.worker.why.pace import Pace, Steps

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared

UNDONE_SECONDS, DIALLING_SECONDS = 0.1, 0.4
"""For which nothing happened at the other end: what takes shorter is under way, or far away."""
Pair = tuple[str, str]


class Late:
    """What nothing happens to for some seconds."""

    def __init__(self, after: float) -> None:
        self._after = after
        self._since: dict[Pair, tuple[int, float]] = {}
        self._late: set[Pair] = set()
        self.seconds = self.pair_seconds = 0.0
        self.most = 0
        self.by_peer: dict[str, float] = {}

    def see(self, states: Mapping[Pair, int], at: float, step: float) -> None:
        """These are undone now; one of another state than before has begun anew."""
        before, self._since = self._since, {}
        for pair, state in states.items():
            same = pair in before and before[pair][0] == state
            self._since[pair] = before[pair] if same else (state, at)
        ages = {pair: at - since for pair, (_, since) in self._since.items() if at - since >= self._after}
        spent = {pair: step if pair in self._late else age for pair, age in ages.items()}
        self.seconds += (step if self._late else max(spent.values())) if spent else 0.0
        self.pair_seconds += sum(spent.values())
        for pair, seconds in spent.items():
            self.by_peer[pair[1]] = self.by_peer.get(pair[1], 0.0) + seconds
        self._late, self.most = set(ages), max(self.most, len(ages))

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        peers = sorted(self.by_peer, key=lambda peer: -self.by_peer[peer])[:3]
        return {
            "seconds": self.seconds, "connection_seconds": self.pair_seconds, "most": self.most,
            "peers": [address(peer) for peer in peers],
        }  # fmt: skip


class Server:
    """A process at the other end, since it was first seen to be late: whether it runs, and gets a core to run on."""

    def __init__(self, process: str | None) -> None:
        self._process = process
        self._began, self._before = now(), cpu_of(process) if process else (0.0, 0.0)
        self._ran = self._in_line = 0.0

    def end(self) -> None:
        """Count no more."""
        if self._process and (seconds := now() - self._began) > 0:
            run, line = cpu_of(self._process)
            self._ran, self._in_line = (run - self._before[0]) / seconds, (line - self._before[1]) / seconds

    def told(self) -> dict[str, float]:
        """As JSON has it: shares of the time."""
        return {"ran": self._ran, "in_line": self._in_line}


class Network:
    """Sees what the other ends of this process's connections leave undone."""

    name = "network"

    def __init__(self, cell: Prepared) -> None:
        self._pace, self._undone, self._dialling = Pace(), Late(UNDONE_SECONDS), Late(DIALLING_SECONDS)
        self._before: dict[str, int] = {}
        self._server: Server | None = None

    def begin(self) -> None:
        """Count from here on."""
        self._before, self._steps = counters(), Steps()

    def end(self) -> None:
        """See no more."""
        if self._server:
            self._server.end()

    def look(self) -> None:
        """See what is undone now."""
        if self._pace.due():
            with self._pace:
                everything, own = sockets(), inodes()
                step, at = self._steps.next(), self._steps.at
                self._undone.see(undone(everything, own), at, step)
                self._dialling.see(dialling(everything, own), at, step)
                if self._undone.by_peer and self._server is None:
                    self._server = Server(listener_of(next(iter(self._undone.by_peer)), everything))

    def seen(self) -> dict[str, Any]:
        """As JSON has it."""
        counted = {name: value - self._before.get(name, 0) for name, value in counters().items()}
        told = {"undone": self._undone.told(), "dialling": self._dialling.told(), "counters": counted}
        return told | {"server": self._server and self._server.told()}


def undone(everything: list[Socket], own: set[str]) -> dict[Pair, int]:
    """The connections of this process that nobody took at the other end, or where bytes lie unread, and how many. The
    other end is seen where it is in the same namespace; in the same process, it is no other."""
    ours = {(one.remote, one.local) for one in everything if one.inode in own and one.state != LISTEN}
    listening = {port_of(one.local) for one in everything if one.inode in own and one.state == LISTEN}
    return {
        (one.remote, one.local): one.unread for one in everything
        if (one.local, one.remote) in ours and one.inode not in own and one.state == ESTABLISHED
        and (one.unread or one.inode == "0") and port_of(one.local) not in listening
    }  # fmt: skip


def dialling(everything: list[Socket], own: set[str]) -> dict[Pair, int]:
    """The sockets of this process whose SYN has not been answered."""
    return {(one.local, one.remote): 0 for one in everything if one.inode in own and one.state == SYN_SENT}
