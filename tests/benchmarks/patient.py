"""Threads that wait for the GIL without asking for it every 5 ms: the prelude of 10,000 of them, on both sides of
`fidelity`.

As usual each thread that waits wakes up every 5 ms to ask. Some hundreds of them use up a core, the queue grows, and
that round takes not 2 s but 5 to 95. It happens by hand as well, to one round in three."""

from __future__ import annotations

import sys


def wait() -> None:
    """From now on they ask after a second."""
    sys.setswitchinterval(1.0)
