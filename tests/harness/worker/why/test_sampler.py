from __future__ import annotations

from harness.worker.why.sampler import THREADS, Sampler


def test_its_thread_waits_from_the_first_moment_on() -> None:
    for _ in range(20):
        one, before = Sampler([]), len(THREADS)
        one.begin()
        begun = len(THREADS)
        one.end()
        assert (begun, len(THREADS)) == (before + 1, before)
