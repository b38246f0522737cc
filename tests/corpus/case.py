"""A program of the corpus, and what is planted in it, as its comments say.

`# FAULT [kinds] [waiting|keeping|computing|either] [rule]` ends the line that a finding has to name; kinds are those of
`explain`; where none is named the line blocks, and what is right follows from the runtime (`Case.at`); `keeping` is
waiting with the GIL; `rule` is the linters' that has to be named. `# OR` ends a line that is as right (a loop's head,
the pool that is too small). `# under: gevent, asyncio` and `# tasks: 12` say where it is a fault and with how many
tasks; `# needs: postgres` what has to be there. A program without a fault is sound."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

RUNTIMES = ("gevent", "gevent-patched", "asyncio", "uvloop", "trio", "threads")
AWAITING = ("asyncio", "uvloop", "trio")
HOW = ("waiting", "keeping", "computing", "either")
TASKS = 3
_MARK = re.compile(r"# (FAULT|OR)\b *(.*)$")
_BLOCKS = frozenset({"blocked-loop", "not-patched", "cpu-bound"})


@dataclass(frozen=True)
class Fault:
    """A line, the kinds that a finding of it may have, what its cost is (`None` where it has none of its own), and the
    rule of the linters, where it has to be named."""

    line: int
    kinds: frozenset[str]
    how: str | None
    rule: str | None = None


@dataclass(frozen=True)
class Case:
    """A program: its name, its text, where it is to run, and what is planted in it."""

    name: str
    text: str
    runtimes: tuple[str, ...]
    tasks: int
    faults: tuple[Fault, ...]
    as_right: frozenset[int]
    needs: str | None

    def at(self, runtime: str) -> Case:
        """The program as it is under one of its runtimes, each fault of the kinds that are right there. What is a fault
        under a patched gevent, too, is nothing that patching reaches."""
        reached = runtime == "gevent" and "gevent-patched" not in self.runtimes
        waits = "not-patched" if reached else "blocked-loop"
        computes = "cpu-bound" if runtime == "threads" else "blocked-loop"
        right = {"waiting": {waits}, "keeping": {"blocked-loop"}, "computing": {computes}, "either": {waits, computes}}
        faults = (
            replace(one, kinds=frozenset(right[one.how])) if one.how and one.kinds == _BLOCKS else one
            for one in self.faults
        )
        return replace(self, faults=tuple(faults))

    def entry(self, runtime: str) -> str:
        """The function that a runtime runs: an `async def` where there is one and it awaits."""
        return "atask" if runtime in AWAITING and "async def atask" in self.text else "task"

    def clocked(self) -> str:
        """The text with a clock around each fault that has a cost, each line where it was."""
        lines, by_hand = self.text.splitlines(), "# CLOCK ON" in self.text
        for number, text in enumerate(lines):
            indent = text[: len(text) - len(text.lstrip())]
            if text.strip() == "# CLOCK ON":
                line = next((fault.line for fault in self.faults if fault.line > number), self.faults[-1].line)
                lines[number] = f"{indent}__import__('planted').cost.on({line})"
            elif text.strip() == "# CLOCK OFF":
                lines[number] = f"{indent}__import__('planted').cost.off()"
            elif not by_hand and any(fault.line == number + 1 and fault.how for fault in self.faults):
                lines[number] = f"{indent}with __import__('planted').cost({number + 1}): {text.lstrip()}"
        return "\n".join([*lines, ""])


def _header(text: str, name: str) -> str | None:
    found = re.search(rf"^# {name}: (.+)$", text, re.MULTILINE)
    return found[1] if found else None


def _fault(line: int, words: list[str]) -> Fault:
    how = next((word for word in words if word in HOW), None)
    rule = next((word for word in words if word.startswith("ASYNC")), None)
    kinds = frozenset(word for word in words if word not in (*HOW, rule)) or _BLOCKS
    return Fault(line, kinds | {"blocked-loop"} if "deadlock" in kinds else kinds, how, rule)


def parsed(name: str, text: str) -> Case:
    """A program's text as a case.

    Raises ValueError where it does not say where it runs."""
    under = _header(text, "under")
    if under is None or not set(under.split(", ")) <= set(RUNTIMES):
        raise ValueError(f"{name}: a program says `# under:` and some of {', '.join(RUNTIMES)}")
    marks = [(number, _MARK.search(line)) for number, line in enumerate(text.splitlines(), 1)]
    faults = tuple(_fault(number, mark[2].split()) for number, mark in marks if mark and mark[1] == "FAULT")
    right = frozenset(number for number, mark in marks if mark and mark[1] == "OR")
    tasks = int(_header(text, "tasks") or TASKS)
    return Case(name, text, tuple(under.split(", ")), tasks, faults, right, _header(text, "needs"))


def by_hand(folder: Path) -> list[Case]:
    """The programs that are written by hand."""
    return [
        parsed("_".join(path.relative_to(folder).with_suffix("").parts), path.read_text())
        for path in sorted(folder.rglob("*.py"))
    ]
