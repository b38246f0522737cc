"""What a traced round writes its events to (`layout.py`). No lock: a slot is taken by one call of C, and filled by
another."""

from __future__ import annotations

import itertools
import mmap
import struct
import time

from harness.worker import layout
from harness.worker.layout import ALWAYS, CUT, FINISHED, MOST_NAMES, NAME, RECORD

BEGAN, COUNT = struct.Struct("<d"), struct.Struct("<Q")
NO_TASK = -1


class Pad:
    """Keeps the first events of every task, more while there is room, and how many there were."""

    def __init__(self, path: str | None, tasks: int) -> None:
        self._memory = mapped(path)
        self._step = layout.step(tasks)
        self._kept, self._is_cut = bytearray(tasks), bytearray(tasks)
        self._slot, self._more = itertools.count().__next__, itertools.count().__next__
        self._switch = itertools.count().__next__
        self._counts = [itertools.count(1).__next__ for _ in layout.KINDS]
        self._names: dict[str, int] = {"": 0}
        self._next_name = itertools.count(1).__next__
        self.now = time.perf_counter
        self._began = 0.0

    def begin(self) -> None:
        """Time counts from now on."""
        self._began = self.now()
        BEGAN.pack_into(self._memory, 0, self._began)

    def event(
        self, kind: int, task: int, strand: int = 0, at: float | None = None, name: str = "", place: str = "",
        held: bool = False,
    ) -> None:  # fmt: skip
        """Something that a task did, by the clock `now`."""
        at = self.now() if at is None else at
        self._counted(kind)
        if task == NO_TASK:
            if self._more() < layout.MOST_MORE:
                self._write(at, strand, task, self.name(name), self.name(place), kind, held)
            return
        if task % self._step:
            return
        if kind != FINISHED and self._is_full(task, at):
            return
        self._write(at, strand, task, self.name(name), self.name(place), kind, held)

    def _is_full(self, task: int, at: float) -> bool:
        """Whether there is no room for another event of a task; the first time, that is kept in its place."""
        if self._kept[task] < ALWAYS:
            self._kept[task] += 1
            return False
        if not self._is_cut[task] and self._more() < layout.MOST_MORE:
            return False
        if not self._is_cut[task]:
            self._is_cut[task] = True
            self._counted(CUT)
            self._write(at, 0, task, 0, 0, CUT, False)
        return True

    def is_kept(self, task: int) -> bool:
        """Whether it is of use to find out more about an event of a task."""
        return not (task % self._step or self._is_cut[task])

    def switch(self, origin: int, target: int) -> None:
        """A runtime went from one strand to another."""
        self._counted(layout.SWITCH)
        if self._switch() < layout.MOST_SWITCHES:
            self._write(self.now(), origin, target, 0, 0, layout.SWITCH, False)

    def say(self, kind: int, number: int, name: str) -> None:
        """The name of a strand, or a remark."""
        self._counted(kind)
        self._write(self.now(), number, NO_TASK, self.name(name), 0, kind, False)

    def name(self, text: str) -> int:
        """The number of a name; that of an ellipsis where there are too many."""
        found = self._names.get(text)
        if found is None:
            number = self._next_name()
            if number >= MOST_NAMES - 1:
                number, text = MOST_NAMES - 1, "…"
            data = text.encode(errors="backslashreplace")
            NAME.pack_into(self._memory, layout.NAMES_AT + number * NAME.size, min(len(data), 65535), data)
            found = self._names.setdefault(text, number)
        return found

    def _counted(self, kind: int) -> None:
        COUNT.pack_into(self._memory, BEGAN.size + kind * COUNT.size, self._counts[kind]())

    def _write(self, at: float, *fields: int) -> None:
        slot = self._slot()
        if slot < layout.MOST_RECORDS:
            RECORD.pack_into(self._memory, layout.RECORDS_AT + slot * RECORD.size, at - self._began, *fields)


def mapped(path: str | None) -> mmap.mmap:
    """A file as memory, as long as it has to be; without one, memory."""
    if path is None:
        return mmap.mmap(-1, layout.BYTES)
    with open(path, "w+b") as file:
        file.truncate(layout.BYTES)
        return mmap.mmap(file.fileno(), layout.BYTES)
