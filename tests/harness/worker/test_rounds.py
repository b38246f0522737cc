"""The clock and the memory of a round."""

from __future__ import annotations

from harness.worker import rounds


def test_the_clock_counts_what_runs_inside_it() -> None:
    clock = rounds.Clock()
    with clock:
        sum(range(200_000))
    took = clock.took()
    assert took["wall_seconds"] > 0
    assert took["cpu_user_seconds"] + took["cpu_system_seconds"] >= 0


def test_memory_peak_starts_anew_with_each_round() -> None:
    rounds.forget_peak()
    held = bytearray(b"x") * (64 << 20)
    high = rounds.peak_bytes()
    assert high - 64 * 2**20 > 0
    del held
    rounds.forget_peak()
    assert rounds.peak_bytes() < high - 32 * 2**20
    assert rounds.resident_bytes() <= rounds.peak_bytes() + 2**20
    assert rounds.thread_count() >= 1
