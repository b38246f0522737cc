"""What a host does of a block that several share: it serves, or loads what another serves. A client asks for one thing
at a time (`Do`), by the name of a method here; what follows from one to the next is kept from `hold` to `release`."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from harness.errors import HarnessError
from harness.hosts.messages import Answered, Broke, Busy, Do, Told, Unable
from harness.hosts.moved import Folders, paths_moved, plan_moved
from harness.machine import limits, lock
from harness.machine.host import Mark
from harness.measure.processes import generator, served
from harness.process import network, orphans
from harness.process.channel import Failure
from harness.process.generators import Loaders
from harness.process.servers import Servers
from harness.record.plan import Plan
from harness.worker.messages import Close, Closed, Connect, Connected, Exchange, Exchanged, packed, unpacked

ANSWER: dict[type, type[Connected | Exchanged | Closed]] = {Connect: Connected, Exchange: Exchanged, Close: Closed}


class Part:
    """One host's."""

    def __init__(self, folders: Folders) -> None:
        """`folders`: where what was sent lies, by where it lay."""
        self._folders = folders
        self._held = contextlib.ExitStack()
        self._mark = Mark()
        self._listeners: list[socket.socket] = []
        self._servers: list[Servers] = []
        self._loaders: Loaders | None = None
        self.patience: float | None = None
        """Seconds without a word after which whoever asked is taken for gone, while the machine is held."""

    def answer(self, asked: Do) -> Answered:
        """Do it."""
        try:
            return Told(getattr(self, asked.verb)(**asked.words))
        except Failure as failure:
            return Broke.of(failure)
        except lock.BusyError as busy:
            return Busy(str(busy).partition(";")[0])
        except (HarnessError, OSError) as error:
            return Unable(str(error))

    def hold(
        self, plan: Any, group: int, paths: list[str], block: int, at_seconds: float, patience: float
    ) -> Any:  # fmt: skip
        """Have the machine for a block of a group, whose files lie where ours do; what the machine is like."""
        self.release()
        self._plan = plan_moved(msgspec.convert(plan, Plan), self._folders)
        self._group, self._paths = self._plan.groups[group], paths_moved(paths, self._folders)
        with contextlib.ExitStack() as holding:
            holding.enter_context(lock.machine(False, lambda text: None))
            holding.enter_context(orphans.adopted())
            holding.enter_context(limits.raised_soft_limit())
            for excess in limits.excesses(self._group, self._plan.strategies, limits.here()):
                raise HarnessError(excess)
            self._held = holding.pop_all()
        self.patience = patience
        return msgspec.to_builtins(self._mark.take(block, at_seconds))

    def release(self) -> int:
        """Let it go, without anything that runs; how many processes were left behind."""
        self._forget()
        self.end_load()
        while self._servers:
            self._servers.pop().stop()
        left = orphans.sweep()
        self._held.close()
        self.patience = None
        return left

    def listen(self, host: str | None, public: bool) -> list[Sequence[Any]]:
        """Be reached at an address, or at any that others may reach: those, for the time being."""
        self._forget()
        wanted = [host] if host else network.addresses(public)
        if not wanted:
            raise HarnessError("it has no address of a private network: --insecure serves at any")
        self._listeners = [network.listening(one) for one in wanted]
        return [one.getsockname()[:2] for one in self._listeners]

    def reach(self, addresses: Sequence[Sequence[Any]]) -> list[float | str]:
        """Round trips (seconds) to some listeners; why it cannot be reached in place of one."""
        return [_round_trip(one) for one in addresses]

    def route(self, host: str) -> dict[str, Any]:
        """Our end of the way to another."""
        return network.route(host)

    def serve(self, strategy: int, host: str) -> int:
        """Serve, by a strategy's place in the plan, at an address; by which number it is called."""
        one = served(self._plan, self._group, self._plan.strategies[strategy], self._paths, host)
        self._servers.append(one)
        one.begin(())
        return len(self._servers) - 1

    def prepared(self, server: int) -> list[dict[str, Any]]:
        """The facts of each of its processes, when they are ready."""
        return self._servers[server].prepared()

    def used(self, server: int) -> dict[str, Any]:
        """What they have used so far and hold now."""
        return self._servers[server].used()

    def descriptors(self, server: int) -> list[int]:
        """How many each has open, where there are several."""
        return self._servers[server].descriptors()

    def last_words(self, server: int, seconds: float) -> None:
        """Fail as one of them has, if it has."""
        if failure := self._servers[server].last_words(seconds):
            raise failure

    def stop(self, server: int) -> None:
        """End them."""
        self._servers[server].stop()

    def left_behind(self, server: int) -> Any:
        """What they left running."""
        return msgspec.to_builtins(self._servers[server].left_behind())

    def begin_load(self, places: Sequence[int], of: int) -> None:
        """Start load generators, at these places of so many."""
        self._loaders = Loaders(generator(self._group, self._paths), (), places, of)

    def load(self, asked: dict[str, Any], seconds: float) -> list[dict[str, Any]]:
        """Ask all of them the same, and bring their answers."""
        assert self._loaders
        message = unpacked(asked)
        self._loaders.tell(message, seconds)
        return [packed(one) for one in self._loaders.answers(ANSWER[type(message)])]

    def end_load(self) -> None:
        """End them."""
        if self._loaders:
            self._loaders.stop()
            self._loaders = None

    def moment(self) -> float:
        """What the clock says that generators go by."""
        return time.perf_counter()

    def _forget(self) -> None:
        while self._listeners:
            self._listeners.pop().close()


def _round_trip(address: Sequence[Any]) -> float | str:
    try:
        return network.round_trip(address)
    except OSError as error:
        return error.strerror or str(error)
