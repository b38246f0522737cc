import collections
import importlib
import linecache
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from harness.worker.why import held
from harness.worker.why.primitives import BY_FUNCTION
from harness.worker.why.waited import named, number, waited_at


class Pool:
    def __init__(self, size: Any) -> None:
        self.size, self.inner = size, self

    @property
    def raises(self) -> int:
        raise AssertionError("it was run")


def frame_of(folder: Path, text: str, **names: Any) -> FrameType:
    """The frame of a function of a file, at its first line."""
    (folder / "my_jobs.py").write_text(f"def task():\n    {text}\n    return __import__('sys')._getframe()\n")
    world: dict[str, Any] = {"__name__": "my_jobs", **names}
    exec(compile((folder / "my_jobs.py").read_text(), str(folder / "my_jobs.py"), "exec"), world)
    found: FrameType = world["task"]()
    return found


def test_what_a_line_names_is_looked_up(tmp_path: Path) -> None:
    pool = Pool(3)
    frame = frame_of(tmp_path, "size = pool.inner.size", pool=pool)
    assert list(named(frame, 2)) == [3, pool, pool, 3]
    assert list(named(frame, 99)) == []


class Slots:
    __slots__ = ("lock", "other")

    def __init__(self, lock: Any) -> None:
        self.lock = lock


class Proxy:
    """Says that it is of another class."""

    __class__ = property(lambda self: dict)  # type: ignore[assignment]


class Base:
    lock = 7


class Sub(Base):
    pass


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (Slots(7), "thing.lock"), (Sub(), "thing.lock"), (Sub, "thing.lock"), ({"a": 7}, "thing[key]"),
        ({"a": 7}, "thing['a']"), (collections.defaultdict(int, a=7), "thing[key]"),
        ([Slots(7)], "thing[0].lock"), ({"a": Slots(7)}, "thing[key].lock"),
    ],
)  # fmt: skip
def test_a_lock_is_found_where_people_keep_it(thing: Any, name: str, tmp_path: Path) -> None:
    assert 7 in list(named(frame_of(tmp_path, f"size = {name}", thing=thing, key="a"), 2))


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (Slots(7), "thing.other"),
        (Slots, "thing.lock"),
        (Proxy(), "thing[key]"),
        (Proxy(), "thing[0]"),
        (Proxy(), "thing.lock"),
        ({}, "thing[{{}}]"),
        ({"b": 7}, "thing[key]"),
        ([7], "thing[3]"),
        ([7], "thing[key]"),
        ({}, "thing[1 +]"),
    ],
)
def test_what_is_not_there_is_nothing(thing: Any, name: str, tmp_path: Path) -> None:
    frame = frame_of(tmp_path, "size = None", thing=thing, key="a")
    (tmp_path / "my_jobs.py").write_text(f"\n\n    with {name}:\n")
    linecache.checkcache()
    assert list(named(frame, 3))[-1] is None


def test_a_property_is_not_asked(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, "x = [pool.raises for _ in ()]", pool=Pool(3))
    assert any(isinstance(thing, property) for thing in named(frame, 2))


@pytest.mark.parametrize(
    ("size", "expected"), [(5, 5), (5.0, 5), (0, None), (None, None), (float("inf"), None), ("5", None), (True, None)]
)
def test_how_many_are_let_through_is_a_number_of_things(size: Any, expected: int | None) -> None:
    assert number(("inner.size", "size"), Pool(size)) == expected
    assert number(("none.such",), Pool(size)) is None


@pytest.mark.parametrize(
    ("thing", "kind"),
    [(threading.Lock(), "lock"), (threading.RLock(), "lock"), (queue.SimpleQueue(), "queue"), (3, "other")],
)
def test_what_is_compiled_is_known_by_what_the_line_names(thing: Any, kind: str, tmp_path: Path) -> None:
    frame = frame_of(tmp_path, "size = None", thing=thing)
    (tmp_path / "my_jobs.py").write_text("\n\n    with thing:\n")  # what is waited at in that line
    linecache.checkcache()
    found, limit = waited_at([frame], 0, None)
    assert (found.kind, limit) == (kind, None)


OLDER = {"httpcore._async.connection_pool", "httpcore._sync.connection_pool"}
"""Of a library that is not installed here."""


def test_functions_that_wait_are_where_they_are_said_to_be() -> None:
    for name in set(BY_FUNCTION):
        module, _, qualname = name.partition(":")
        if module not in OLDER:
            thing: Any = importlib.import_module(module)
            for part in qualname.split("."):
                thing = getattr(thing, part)
            assert callable(thing)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("import os\nfrom time import sleep\n", "sleep", 2),
        ("from time import time, sleep as sleep\n", "sleep", 1),
        ("class Own(Base):\n    pass\n", "Own", 1),
        ("nap = time.sleep\n", "nap", 1),
        ("# from time import sleep\n", "sleep", None),
        ("", "sleep", None),
    ],
)
def test_the_line_that_took_an_original(text: str, name: str, expected: int | None, tmp_path: Path) -> None:
    (tmp_path / "my_jobs.py").write_text(text)
    assert held.import_line(str(tmp_path / "my_jobs.py"), name) == expected
    assert held.import_line(str(tmp_path / "none.py"), name) is None


def test_what_waits_for_nothing_holds_nobody_up() -> None:
    text = """if True:
        import sys
        from gevent import monkey
        monkey.patch_all()
        from harness.worker.why import held
        cell = type("Cell", (), {"is_async": False})
        one = held.Held(cell)
        one._refresh()
        print(one._original(held.saved_by_gevent()["threading"]["local"]()))
        print(one._original(held.saved_by_gevent()["time"]["sleep"]))
    """
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["None", "time.sleep"]
