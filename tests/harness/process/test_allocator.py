"""The allocator of counted processes, in a Python that allocates all by it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.process import allocator
from tests.builders import compiler

CHECKS = """
import ctypes, errno, os, random, threading

c = ctypes.CDLL(None, use_errno=True)
for name in ("malloc", "calloc", "realloc", "memalign", "valloc", "pvalloc"):
    getattr(c, name).restype = ctypes.c_void_p
size, address = ctypes.c_size_t, ctypes.c_void_p


def filled(at, length, value):
    ctypes.memset(address(at), value, size(length))


def holds(at, length, value):
    return ctypes.string_at(at, length) == bytes([value]) * length


# pieces do not overlap, are aligned, as long as was asked, and keep what is in them when they grow or shrink
source, pieces = random.Random(1), {}
for turn in range(4000):
    length, value = int(2 ** source.uniform(0, 17)), turn % 251
    align = source.choice((0, 0, 32, 256, 4096))
    at = c.memalign(size(align), size(length)) if align else c.malloc(size(length))
    assert at and at % (align or 16) == 0
    assert c.malloc_usable_size(address(at)) >= length
    filled(at, length, value)
    pieces[at] = (length, value)
    if turn % 3 == 0:
        at = source.choice(list(pieces))
        length, value = pieces.pop(at)
        longer = int(2 ** source.uniform(0, 17))
        moved = c.realloc(address(at), size(longer))
        assert holds(moved, min(length, longer), value)
        filled(moved, longer, value)
        pieces[moved] = (longer, value)
    if turn % 2:
        at = source.choice(list(pieces))
        assert holds(at, *pieces.pop(at))
        c.free(address(at))
assert all(holds(at, length, value) for at, (length, value) in pieces.items())

# calloc is zero though others wrote there
at = c.malloc(size(5000))
filled(at, 5000, 255)
c.free(address(at))
again = c.calloc(size(50), size(100))
assert again == at and holds(again, 5000, 0)

# the last that was freed comes first, and sizes of a class share it
at = c.malloc(size(100))
c.free(address(at))
assert c.malloc(size(97)) == at

# what cannot be had
out = address()
for refused in (c.malloc(size(1 << 62)), c.malloc(size(1 << 46)), c.calloc(size(1 << 40), size(1 << 40))):
    assert refused is None and ctypes.get_errno() == errno.ENOMEM
assert c.posix_memalign(ctypes.byref(out), size(64), size(1 << 62)) == errno.ENOMEM
assert c.posix_memalign(ctypes.byref(out), size(64), size(10)) == 0 and out.value % 64 == 0
assert c.malloc_usable_size(None) == 0
c.free(None)
c.free(address(c.realloc(None, size(0))))


def churn():
    for turn in range(20000):
        bytearray(turn % 3000)


threads = [threading.Thread(target=churn) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(20):  # a child of a program whose threads allocate
    child = os.fork()
    if not child:
        churn()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
for thread in threads:
    thread.join()
print("done")
"""


@compiler
def test_memory_is_whole_aligned_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    allocator.built.cache_clear()
    environment = os.environ | allocator.environment(allocator.built())
    allocator.built.cache_clear()
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", CHECKS],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


@compiler
@pytest.mark.parametrize("name", ["a b", "a:b", "a,b"])
def test_a_library_that_cannot_be_preloaded_from_its_place_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / name))
    allocator.built.cache_clear()
    with pytest.raises(HarnessError, match="cannot be preloaded"):
        allocator.built()
    allocator.built.cache_clear()


def test_what_was_to_be_preloaded_comes_after_it() -> None:
    assert allocator.environment(Path("/c/a.so"), {})["LD_PRELOAD"] == "/c/a.so"
    assert allocator.environment(Path("/c/a.so"), {"LD_PRELOAD": "/x.so"})["LD_PRELOAD"] == "/c/a.so:/x.so"
