"""One host as whoever asks knows it: brought up by a line to it, then asked for blocks, in a thread of its own."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from harness.hosts import boot
from harness.hosts.kinds import Environment, lacking
from harness.hosts.messages import Answered, Asked, Busy, Greet, Greeting, answer_of, packed
from harness.hosts.sent import Archive
from harness.process.remote import Gone, Take
from harness.record.checked import encoded
from harness.record.lines import ImpossibleError
from harness.record.sample import Site
from harness.worker.frames import Frames, encode

TURN_SECONDS, GREETING_SECONDS = 60.0, 60.0


class Line(Protocol):
    """What carries bytes to a host, and its answer back."""

    def ask(self, data: bytes, take: Take, seconds: float) -> dict[str, Any]:
        """Send bytes, and wait for the answer. Raises Gone, Kept."""

    def hang_up(self) -> None:
        """Have whoever waits be told that it is gone; from any thread."""

    def close(self) -> None:
        """End it."""


class Kept(Exception):
    """Raised where a host has something else to do before it hears us: the text says what."""


class Unfit(Exception):
    """Raised where a host cannot take part: the text says why."""


class Wanted(NamedTuple):
    """What every host gets and has to have. `install`: whether one that lacks packages gets them."""

    environment: Environment
    program: Archive
    user: Sequence[Archive]
    install: bool


class Joined(NamedTuple):
    """How a host greeted, and how far its clock is ahead (seconds)."""

    greeting: Greeting
    offset: float
    name: str = ""
    """Of one of several."""
    others: Sequence[Joined] = ()
    """Those that have a part in its blocks, and measure none of their own."""


class Client:
    """Talks with one host."""

    def __init__(self, line: Line, wanted: Wanted) -> None:
        self._line, self._wanted = line, wanted

    def bring_up(self) -> Joined:
        """Have an agent run there. Raises Gone, Kept, Unfit."""
        if missing := self._lacks():
            if not self._wanted.install:
                raise Unfit(f"{missing}: make its environment the same, or have --install do it")
            ours = self._wanted.environment
            self._say(boot.INSTALL_SECONDS * 2.0, install={"python": ours.python, "packages": ours.requirements})
            if missing := self._lacks():
                raise Unfit(missing)
        self._send()
        user = self._wanted.user
        folders = {place: one.key[: boot.KEY] for one in user for place in (os.path.realpath(one.folder), one.folder)}
        began = time.time()
        greeting = self._ask(Greet(folders, os.getcwd()), GREETING_SECONDS)
        if not isinstance(greeting, Greeting):
            raise Gone("it did not greet")
        joined = Joined(greeting, greeting.now - (began + time.time()) / 2)
        try:
            encoded(Site(0, greeting.name, greeting.identity, greeting.facts, joined.offset))
        except ImpossibleError as wrong:
            raise Unfit(f"what it says of itself cannot be: {wrong}") from None
        return joined

    def ask(self, asked: Asked, seconds: float) -> Answered:
        """Ask the agent. Raises Gone where there is no answer that makes sense."""
        try:
            return self._ask(asked, seconds)
        except Kept as why:
            return Busy(str(why))

    def hang_up(self) -> None:
        """Have whoever waits be told that it is gone; from any thread."""
        self._line.hang_up()

    def close(self) -> None:
        """End it."""
        self._line.close()

    def _ask(self, asked: Asked, seconds: float) -> Answered:
        try:
            return answer_of(self._line.ask(encode(packed(asked)), Frames.take, seconds))
        except msgspec.ValidationError as wrong:
            raise Gone(f"its answer was unusable: {wrong}") from None

    def _lacks(self) -> str | None:
        """What is lacking of the environment that we have."""
        text = json.dumps(Path(boot.__file__).read_text()).encode() + b"\n"
        said = self._line.ask(text, Frames.take_line, TURN_SECONDS)
        try:
            theirs = Environment(**said)
        except TypeError:
            raise Gone("its answer was unusable: it does not say what is installed") from None
        return lacking(theirs, self._wanted.environment)

    def _send(self) -> None:
        """Send what the host lacks of the program and of the user's files."""
        archives = {one.key: one for one in (self._wanted.program, *self._wanted.user)}
        keys = list(archives)
        if lacks := self._say(TURN_SECONDS, keys=keys).get("lacks", []):
            parts = {key: base64.b64encode(archives[key].data).decode() for key in lacks if key in archives}
            if self._say(TURN_SECONDS, keys=keys, parts=parts).get("lacks"):
                raise Gone("it does not keep what it is sent")

    def _say(self, seconds: float, **said: Any) -> dict[str, Any]:
        answer = self._line.ask(json.dumps(said).encode() + b"\n", Frames.take_line, seconds)
        if failure := answer.get("failure"):
            raise Unfit(str(failure))
        return answer
