"""A host that serves and others that load it, which together measure a block as one host does: what is asked of them
goes from here, one thing at a time to each, and what they saw is put together here."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from harness.errors import HarnessError
from harness.hosts.client import Client, Joined, Unfit, Wanted
from harness.hosts.crew import Add
from harness.hosts.messages import Answered, Broke, Busy, Do, Measure, Measured, Told, Unable, Verb, answer_of, packed
from harness.hosts.ssh import line, program
from harness.machine.lock import BusyError
from harness.measure.cell import Place
from harness.measure.ledger import Ledger
from harness.measure.processes import Start, load_driver
from harness.measure.unit import Unit, measure
from harness.plan.address import apart, command
from harness.process import channel
from harness.process.channel import Failure
from harness.process.child import START_SECONDS
from harness.process.generators import LEAD_SECONDS, Generators
from harness.process.remote import Gone, Remote
from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Host, Leftover, Sample
from harness.worker.frames import Frames, encode
from harness.worker.messages import Asked, Exchange, Exchanged
from harness.worker.messages import packed as packed_message

T = TypeVar("T")
PART_SECONDS = 120.0
"""What a host is given for what is not timed."""
LOOKS = 5
"""At another host's clock: the one that came back the soonest counts."""


class Apart:
    """A source of one host, which stands for all of them; it is called as the one that serves."""

    grows, nobody, flag = False, "none is named", "--server-on"

    def __init__(self, server_on: str, load_from: str, ssh: str | None, public: bool) -> None:
        """`public`: whether it may serve at an address of no private network. Raises HarnessError."""
        self._server, hosts = apart(server_on, load_from)
        self._commands = {host: command(ssh, host, program()) for host in (self._server, *hosts)}
        self._public = public

    def start(self, add: Add) -> None:
        add(self._server, lambda wanted: Team(self._commands, wanted, self._public))

    def close(self) -> None:
        """Nothing is to be stopped."""


class There:
    """A host: what is asked of its part, one thing at a time. All of it raises Gone, as soon as one of them is."""

    def __init__(self, remote: Remote, wanted: Wanted, name: str, of: str, gone: list[str]) -> None:
        """`of`: what it is named by in what is said of it, as all is said of the server's host. `gone`: why one of
        them is, for all of them."""
        self.name, self._of, self._remote, self._gone = name, of, remote, gone
        self._client = Client(remote, wanted)

    def bring_up(self) -> Joined:
        """Have an agent run there. Raises Unfit."""
        try:
            return self._client.bring_up()._replace(name=self.name)
        except Unfit as why:
            raise Unfit(self._said(why)) from None
        except Gone as why:
            raise self._is_gone(why) from None

    def do(self, verb: Verb, **words: Any) -> Any:
        """Have it do something. Raises Failure as it does, BusyError, HarnessError where it cannot."""
        self.tell(verb, **words)
        return self.answer(PART_SECONDS)

    def tell(self, verb: Verb, **words: Any) -> None:
        """The same: `answer` brings what came of it."""
        if self._gone:
            raise Gone(self._gone[0])
        try:
            self._remote.tell(encode(packed(Do(verb, words))))
        except Gone as why:
            raise self._is_gone(why) from None

    def answer(self, seconds: float) -> Any:
        """What came of what it was told. Raises as `do`."""
        try:
            answer = answer_of(self._remote.answer(Frames.take, seconds))
        except (Gone, msgspec.ValidationError) as why:
            raise self._is_gone(why) from None
        match answer:
            case Told():
                return answer.value
            case Broke():
                raise answer.failure(self.name)
            case Busy():
                raise BusyError(self._said(answer.reason))
            case Unable():
                raise HarnessError(self._said(answer.reason))
        raise self._is_gone("it answered something else")

    def hang_up(self) -> None:
        """Have whoever waits be told that it is gone; from any thread."""
        self._remote.hang_up()

    def close(self) -> None:
        """End it."""
        self._remote.close()

    def _said(self, why: object) -> str:
        return f"{self._of}{why}"

    def _is_gone(self, why: object) -> Gone:
        self._gone.append(self._said(why))
        return Gone(self._gone[0])


class Team:
    """All of them, as one host is known (`client.Client`)."""

    def __init__(self, commands: dict[str, list[str]], wanted: Wanted, public: bool) -> None:
        """`commands`: what starts each, the one that serves first."""
        self._commands, self._wanted, self._public = commands, wanted, public
        self._hosts: list[There] = []
        self._gone: list[str] = []
        self._cores: list[int] = []
        self._address: str | None = None
        self._over = False

    def bring_up(self) -> Joined:
        """Have agents run there, and see that each is a machine of its own and reaches the server. Raises Gone,
        Unfit."""
        joined: list[Joined] = []
        for name, words in self._commands.items():
            of = f"--load-from {name}: " if self._hosts else ""
            self._hosts.append(There(line(words), self._wanted, name, of, self._gone))
            if self._over:
                raise Gone("hung up")
            joined.append(self._hosts[-1].bring_up())
        known: dict[str, str] = {}
        for one in joined:
            if twin := known.get(one.greeting.identity):
                raise Unfit(f"{one.name} is the same machine as {twin}: generators need one of their own")
            known[one.greeting.identity] = one.name
        self._cores = [int(one.greeting.facts["cores"]) for one in joined[1:]]
        try:
            address, _ = self._reached()
            ways = [one.do("route", host=address) for one in self._hosts[1:]]
            ways.insert(0, self._hosts[0].do("route", host=ways[0]["address"]))
        except HarnessError as why:
            raise Unfit(str(why)) from None
        server, *others = [_with(one, {"network": way}) for one, way in zip(joined, ways, strict=True)]
        return server._replace(others=others)

    def ask(self, asked: Measure, seconds: float) -> Answered:
        """Measure a block; each thing that is asked of them for it has its own time. Raises Gone."""
        try:
            return self._measured(asked)
        except BusyError as busy:
            return Busy(str(busy))
        except HarnessError as why:
            return Unable(str(why))

    def hang_up(self) -> None:
        """Have whoever waits be told that they are gone; from any thread."""
        self._over = True
        for one in self._hosts:
            one.hang_up()

    def close(self) -> None:
        """End them."""
        for one in self._hosts:
            one.close()

    def _measured(self, asked: Measure) -> Measured:
        plan, unit, kept = asked.plan, asked.piece, list[Sample]()
        assert isinstance(unit, Unit)  # of several groups at once are the blocks of a sweep, which has no --server-on
        words = {"plan": msgspec.to_builtins(plan), "paths": asked.paths, "group": unit.group, "block": unit.block}
        words |= {"patience": silence(plan, plan.groups[unit.group])}
        left: list[int] = []
        try:
            said = [one.do("hold", **words, at_seconds=asked.at_seconds) for one in self._hosts]
            marks = [msgspec.convert(one, Host) for one in said]
            address, trips = self._reached()
            here = _Executor(plan, self._hosts, self._cores, address)
            measure(plan, unit, here, kept.append, Ledger(seconds=asked.at_seconds), lambda text: None)
            if any(sample.status in ("invalid", "timeout") for sample in kept):
                self._reached()  # no strategy is to blame for a path that is gone
        finally:
            left += [int(one.do("release")) for one in self._hosts]
        beside = [
            msgspec.structs.replace(mark, round_trip_seconds=trip, group=unit.group)
            for mark, trip in zip(marks[1:], trips, strict=True)
        ]
        return Measured(marks[0], kept, sum(left), beside)

    def _reached(self) -> tuple[str, list[float]]:
        """The server's address, the first that all generators reach, and the round trip from each. Raises
        HarnessError."""
        server, *others = self._hosts
        places = server.do("listen", host=self._address, public=self._public)
        trips = [one.do("reach", addresses=places) for one in others]
        for (address, *_), found in zip(places, zip(*trips, strict=True), strict=True):
            if not any(isinstance(one, str) for one in found):
                self._address = str(address)
                return self._address, list(found)
        one, each = next((one, each) for one, each in zip(others, trips, strict=True) if isinstance(each[0], str))
        said = "; ".join(f"{at}: {why}" for (at, *_), why in zip(places, each, strict=True) if isinstance(why, str))
        raise HarnessError(f"{one.name} does not reach {server.name}: {said}")


def silence(plan: Plan, group: PlannedGroup) -> float:
    """Seconds for which a host may hear nothing in a block: as long as another takes for what is asked of that."""
    asked = group.demand
    exchange = asked.seconds + asked.ramp + asked.patience if asked else 0.0
    return 2 * (plan.timeout + exchange + START_SECONDS + PART_SECONDS)


def _with(one: Joined, facts: dict[str, Any]) -> Joined:
    greeting = msgspec.structs.replace(one.greeting, facts=one.greeting.facts | facts)
    return one._replace(greeting=greeting)


class _Executor:
    """What starts servers on one host, and generators on others."""

    def __init__(self, plan: Plan, hosts: Sequence[There], cores: Sequence[int], address: str) -> None:
        self._plan, self._address, self._cores = plan, address, cores
        self._server, *self._others = hosts

    @contextlib.contextmanager
    def block(self, group: PlannedGroup, cpus: Sequence[int]) -> Iterator[Start]:
        generators = self._generators(group)
        try:
            yield lambda place: self._driver(place, group, generators)
        finally:
            generators.stop()

    def sweep(self) -> int:
        return 0  # each host does, when it is released

    def _driver(self, place: Place, group: PlannedGroup, generators: Generators) -> Any:
        servers = _Servers(self._server, place.strategy, self._address)
        return load_driver(self._plan, group, place, servers, generators)

    def _generators(self, group: PlannedGroup) -> Generators:
        many, hosts = group.generators, len(self._others)
        found = [_Loaders(one, range(place, many, hosts), many) for place, one in enumerate(self._others)]
        cores = sum(min(many // hosts, each) for each in self._cores)
        facts = {"generators": many, "generator_cores": cores, "generator_hosts": hosts, "apart": True}
        lead = LEAD_SECONDS + max(one.away for one in found)
        return Generators(found, facts, lead if many > 1 else None)


class _Loaders:
    """Load generators on another host (`generators.Loading`)."""

    def __init__(self, there: There, places: Sequence[int], of: int) -> None:
        self._there, self._seconds = there, 0.0
        there.do("begin_load", places=list(places), of=of)
        self.away, self._ahead = self._clock()

    def tell(self, asked: Asked, seconds: float) -> None:
        if isinstance(asked, Exchange) and asked.begin:
            asked = replace(asked, begin=asked.begin + self._ahead)
        self._seconds = seconds + START_SECONDS
        self._there.tell("load", asked=packed_message(asked), seconds=seconds)

    def answers(self, kind: type[T]) -> list[T]:
        said = [channel.answer_of(one, kind) for one in self._there.answer(self._seconds)]  # type: ignore[type-var]
        return [replace(one, began=one.began - self._ahead) if isinstance(one, Exchanged) else one for one in said]

    def stop(self) -> None:
        self._there.do("end_load")

    def _clock(self) -> tuple[float, float]:
        """How long a question takes, and how far the clock there is ahead of ours: seconds."""
        looks = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            theirs = self._there.do("moment")
            ended = time.perf_counter()
            looks.append((ended - began, theirs - (began + ended) / 2))
        return min(looks)


class _Servers:
    """The processes of a server on another host (`server.Served`), which has all of its cores."""

    def __init__(self, there: There, strategy: int, address: str) -> None:
        self._there = there
        self._which = {"server": there.do("serve", strategy=strategy, host=address)}

    def begin(self, cpus: Sequence[int]) -> None:
        """They have begun."""

    def prepared(self) -> list[dict[str, Any]]:
        return self._said("prepared", list[dict[str, Any]])

    def used(self) -> dict[str, Any]:
        return self._said("used", dict[str, Any])

    def descriptors(self) -> list[int]:
        return self._said("descriptors", list[int])

    def last_words(self, seconds: float) -> Failure | None:
        try:
            self._there.do("last_words", seconds=seconds, **self._which)
        except Failure as failure:
            return failure
        return None

    def stop(self) -> None:
        self._there.do("stop", **self._which)

    def left_behind(self) -> list[Leftover]:
        return self._said("left_behind", list[Leftover])

    def _said(self, verb: Verb, kind: type[T]) -> T:
        return msgspec.convert(self._there.do(verb, **self._which), kind)
