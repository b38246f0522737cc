"""What is left when we and one of our keepers are killed at the same moment: nobody adopts what that kept. A witness,
which is neither our parent nor any of theirs, ends it. It is a copy of us that sleeps as long as we are there.

What a witness left that was killed with us is ended by that of the next program that starts anything."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import select
import signal
from collections.abc import Iterator
from typing import NoReturn

from harness.process import brand, folders
from harness.process.interrupts import held
from harness.process.keeper import EVERY, unwarned


@contextlib.contextmanager
def witnessed() -> Iterator[None]:
    """Have a witness meanwhile. Raises OSError where there can be none."""
    with held():
        witness = _started()
    try:
        yield
    finally:
        with held(), contextlib.suppress(ProcessLookupError, ChildProcessError):  # it was killed, and waited for
            os.kill(witness, signal.SIGKILL)
            os.waitpid(witness, 0)


def _started() -> int:
    ours, us = brand.of(os.getpid()), os.pidfd_open(os.getpid())
    before = signal.pthread_sigmask(signal.SIG_BLOCK, EVERY)
    try:
        with unwarned():
            return os.fork() or _watch(ours, us)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(us)


def _watch(ours: int, us: int) -> NoReturn:
    """Wait until we have ended, and for what that leaves."""
    gc.disable()  # what we had open is not the copy's to clear away
    try:
        os.setsid()
        os.closerange(0, us)
        os.closerange(us + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        brand.end(brand.is_alone)
        ended = select.poll()
        ended.register(us, select.POLLIN)
        ended.poll()
        brand.end(lambda one: one == ours)
        folders.clear()
    finally:
        os._exit(0)
