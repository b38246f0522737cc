"""The standard library's own functions where gevent's are meant: which modules hold them, since which line, and the
user's lines that they held up."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from harness.worker import stacks
from harness.worker.causes import is_theirs
from harness.worker.roots import INSTALLED
from harness.worker.why.clocks import get_ident
from harness.worker.why.pace import Steps
from harness.worker.why.waited import line_of, named, users_frame

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared

MOST, MOST_LINES = 100, 100_000
NEVER_WAIT = {
    "_thread._local", "threading.local", "_threading_local.local", "_thread.get_ident", "threading.get_ident",
    "_thread.exit", "_thread.stack_size", "_thread.start_new_thread", "threading._start_new_thread",
    "threading._DummyThread", "signal.signal", "signal.getsignal", "signal.set_wakeup_fd",
    "subprocess.CompletedProcess",
}  # fmt: skip
"""Originals that hold nobody up."""


class Held:
    """Sees which originals hold the strategy's thread up, and who has them."""

    name = "held"

    def __init__(self, cell: Prepared) -> None:
        self._on = "gevent" in sys.modules and not cell.is_async
        self._originals: dict[int, tuple[str, Any]] = {}
        self._patched: list[str] = []
        self._lines: dict[tuple[str, int, tuple[str, ...], str], float] = {}

    def begin(self) -> None:
        """See from here on."""
        self._thread, self._steps = get_ident(), Steps()

    def end(self) -> None:
        """See no more."""

    def look(self) -> None:
        """See whether a line of the user's that runs uses an original."""
        if not self._on:
            return
        step = self._steps.next()
        frames = stacks.of_frame(stacks.of_threads().get(self._thread))
        where = users_frame(frames)
        if where is None:
            return
        innermost, line = frames[0].f_lineno, frames[where].f_lineno
        self._refresh()
        inside = tuple(str(frame.f_globals.get("__name__")) for frame in frames[:where])
        for name in {found for thing in named(frames[0], innermost) if (found := self._original(thing))}:
            key = frames[where].f_code.co_filename, line, inside, name
            if key in self._lines or len(self._lines) < MOST:
                self._lines[key] = self._lines.get(key, 0.0) + step

    def _refresh(self) -> None:
        saved = saved_by_gevent()
        if self._originals and list(saved) == self._patched:
            return
        self._patched = list(saved)
        named = {f"{module}.{name}": thing for module, things in saved.items() for name, thing in things.items()}
        waiting = ((name, thing) for name, thing in named.items() if callable(thing) and name not in NEVER_WAIT)
        self._originals = {id(thing): (name, thing) for name, thing in waiting}

    def _original(self, thing: Any) -> str | None:
        """The name of the original that a thing is, or that its class is (or is derived from)."""
        kinds = thing.__mro__ if isinstance(thing, type) else (thing, *type(thing).__mro__)
        for one in kinds:
            if (found := self._originals.get(id(one))) and found[1] is one:
                return found[0]
        return None

    def seen(self) -> dict[str, Any]:
        """As JSON has it."""
        lines = [
            {"file": file, "line": line, "modules": modules, "original": name, "seconds": seconds,
             "source": line_of(file, line)}
            for (file, line, modules, name), seconds in self._lines.items()
        ]  # fmt: skip
        return {"patched": self._patched, "lines": lines, "holders": list(self._holders()) if lines else []}

    def _holders(self) -> Iterator[dict[str, Any]]:
        """The modules that have an original under a name of their own."""
        for module, file in modules():
            if is_gevents(module) or not (is_theirs(file) or is_librarys(file)):
                continue
            for name, thing in list(vars(module).items()):
                if original := self._original(thing):
                    line = import_line(file, name)
                    yield {
                        "module": module.__name__, "file": file, "name": name, "original": original, "line": line,
                        "source": line_of(file, line or 0),
                        "by": None if is_theirs(file) else importer(module.__name__),
                    }  # fmt: skip


def saved_by_gevent() -> dict[str, dict[str, Any]]:
    """What gevent has replaced, by module."""
    state = sys.modules.get("gevent.monkey._state")
    return dict(state.saved) if state else {}


def is_gevents(module: ModuleType) -> bool:
    """Whether it is gevent's: that has the originals on purpose."""
    return module.__name__.partition(".")[0] in ("gevent", "greenlet", "harness")


def is_librarys(file: str) -> bool:
    """Whether it is of a library that is installed, and not the standard one: that does as it is told."""
    return any(f"/{name}/" in file for name in INSTALLED)


def import_line(file: str, name: str) -> int | None:
    """The line of a file that imports (or makes) a name: the first that looks so."""
    name = re.escape(name)
    wanted = re.compile(rf"^\s*((from\s.*)?\bimport\b.*\b{name}\b|class\s+{name}\b|{name}\s*=)")
    return next((number for number, text in lines_of(file) if wanted.match(text)), None)


def importer(module: str) -> list[Any] | None:
    """The user's line that imports a library, the first that looks so."""
    package = re.escape(module.partition(".")[0])
    wanted = re.compile(rf"^\s*(from\s+{package}\b|import\b.*\b{package}\b)")
    theirs = (file for _, file in modules() if is_theirs(file))
    found = ([file, number, text.strip()] for file in theirs for number, text in lines_of(file) if wanted.match(text))
    return next(found, None)


def modules() -> list[tuple[ModuleType, str]]:
    """All that are imported, with their files. (They are not asked for attributes: some import on being asked.)"""
    found = [(one, vars(one).get("__file__")) for one in list(sys.modules.values()) if isinstance(one, ModuleType)]
    return [(module, file) for module, file in found if isinstance(file, str)]


def lines_of(file: str) -> Iterator[tuple[int, str]]:
    """The lines of a file, as far as it can be read."""
    try:
        with open(file, encoding="utf-8", errors="replace") as text:
            yield from zip(range(1, MOST_LINES), text, strict=False)
    except OSError:
        return
