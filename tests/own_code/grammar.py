"""Functions as a user may write them, drawn: what they are, where they do their work, what they change, how they end.

Each task marks the begin and the end of its whole work in a file: whoever counts needs nothing of the program."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

HEADER = """
import asyncio, functools, os, signal, subprocess, sys, threading, time

MARKS = os.environ["MARKS"]
WORKER = os.getpid()
calls = []
kept = []


def mark(name, which):
    file = os.open(f"{MARKS}/{name}.{WORKER}", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(file, which)
    os.close(file)


class Called:
    def __init__(self, function):
        self.function = function

    def __call__(self, index):
        return self.function(index)

    def method(self, index):
        return self.function(index)


def logged(function):
    def inner(index):
        return function(index)

    return inner


def in_main():
    return threading.current_thread() is threading.main_thread()


def in_thread(work, joins):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    if joins:
        thread.join()


def in_child(work, waits):
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    if waits and os.waitpid(child, 0)[1]:
        raise ChildProcessError(child)
"""
STEPS = {
    "nothing": "pass",
    "waits": "time.sleep(0.002)",
    "prints": "print('x' * 1000, index); sys.stderr.write('\\x1b[1m{}\\n')",
    "moves": "os.chdir('/')",
    "sets": "os.environ[f'SET_{index}'] = 'x'; os.environ.pop('PATH', None)",
    "replaces": "sys.modules['json'] = sys.modules.pop('colorsys', os)",
    "imports": "import colorsys, email.mime.text",
    "handles": "in_main() and signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "keeps": "kept.append(bytearray(100_000))",
    "opens": "kept.append(os.open('/dev/null', os.O_RDONLY))",
    "collects": "import gc; gc.disable()",
    "runs": "subprocess.run(['/bin/true'])",
}
VALUES = {
    "index": "index",
    "nothing": "None",
    "big": "b'x' * 3_000_000",
    "nan": "float('nan')",
    "odd": "[index, {index: lambda: index}]",
    "error": "ValueError(index)",
}
PLACES = {
    "here": "work()\n    return {value}",
    "thread": "in_thread(work, True)\n    return {value}",
    "thread left": "in_thread(lambda: (time.sleep(0.05), work()), False)\n    return {value}",
    "child": "in_child(work, True)\n    return {value}",
    "child left": "in_child(lambda: (time.sleep(0.05), work()), False)\n    return {value}",
    "copy": "work()\n    os.fork()\n    return {value}",
    "late copy": "work()\n    if os.fork() == 0:\n        time.sleep(0.05)\n    return {value}",
    "coroutine": "async def later():\n        work()\n        return {value}\n    return later()",
    "generator": "def later():\n        work()\n        yield {value}\n    return later()",
    "async generator": "async def later():\n        work()\n        yield {value}\n    return later()",
    "task": (
        "async def later():\n        await asyncio.sleep(0.001)\n        work()\n"
        "    return asyncio.ensure_future(later())"
    ),
    "map": "return map(lambda _: work(), [0])",
    "list": "async def later():\n        work()\n    return [later()]",
    "left on the loop": (
        "async def later():\n        await asyncio.sleep(0.05)\n        work()\n"
        "    kept.append(asyncio.ensure_future(later()))\n    return {value}"
    ),
}
FAILS = {
    "never": "",
    "always": "raise KeyError(index)",
    "later": "calls.append(index)\n        if len(calls) > 4: raise OSError('late')",
}
SHAPES = {
    "function": "{name} = {name}_",
    "partial": "{name} = functools.partial({name}_)",
    "object": "{name} = Called({name}_)",
    "method": "{name} = Called({name}_).method",
    "decorated": "{name} = logged({name}_)",
    "lambda": "{name} = lambda index: {name}_(index)",
}


@dataclass(frozen=True)
class Drawn:
    """One function."""

    awaited: bool
    takes_io: bool
    steps: tuple[str, ...]
    place: str
    fails: str
    value: str
    shape: str

    def source(self, name: str) -> str:
        """Its text, under a name. What takes an io is a plain function: no wrapper hides its parameters."""
        shape = "function" if self.takes_io else self.shape
        parts = [
            f"{'async ' if self.awaited else ''}def {name}_({'io, ' if self.takes_io else ''}index):",
            "    def work():",
            f"        mark({name!r}, b'b')",
            *(f"        {STEPS[step]}" for step in self.steps),
            f"        {FAILS[self.fails]}",
            f"        mark({name!r}, b'd')",
            "    " + PLACES[self.place].format(value=VALUES[self.value]),
            SHAPES[shape].format(name=name),
        ]
        return "\n".join(parts) + "\n"


def one_of(choices: dict[str, str]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(choices, key=list(choices).index))


FUNCTIONS = st.builds(
    Drawn,
    awaited=st.sampled_from([False, False, True]),  # the half of all strategies cannot await
    takes_io=st.sampled_from([False, False, True]),
    steps=st.lists(one_of(STEPS), max_size=3, unique=True).map(tuple),
    place=one_of(PLACES),
    fails=st.sampled_from(["never", "never", "never", "always", "later"]),
    value=one_of(VALUES),
    shape=one_of(SHAPES),
)
