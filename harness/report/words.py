"""Numbers as people read them."""

from __future__ import annotations


def seconds(value: float) -> str:
    """A time with three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 1000 * size else f"{value / size:.0f} {unit}"
    return f"{value * 1e9:.0f} ns"


def between(low: float, high: float) -> str:
    """Two times, the unit once where both have the same: `48.9 - 51.6 ms`."""
    first, last = seconds(low), seconds(high)
    number, _, unit = first.partition(" ")
    return f"{number} - {last}" if last.endswith(f" {unit}") else f"{first} - {last}"


def size(value: float) -> str:
    """Bytes with three digits and a unit."""
    for unit, unit_size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= unit_size:
            return f"{value / unit_size:.3g} {unit}" if value < 1000 * unit_size else f"{value / unit_size:.0f} {unit}"
    return f"{value:.0f} B"


def times(value: float) -> str:
    """A factor."""
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def factor(value: float) -> str:
    """A factor as sentences have it: two decimals, fewer where it is large."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def count(value: float) -> str:
    """A number of things, or of things in a second, with three digits at least."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
