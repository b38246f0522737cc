"""Numbers as the page writes them: three digits with their zeros, so that columns line up, and a unit after a space
that does not break."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

THIN = "\N{NO-BREAK SPACE}"
TIMES = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
SIZES = (("GiB", float(1 << 30)), ("MiB", float(1 << 20)), ("KiB", float(1 << 10)), ("B", 1.0))
LONGEST = 40
NAMED = 4
"""So many names in a sentence; then how many others."""


def seconds(value: float) -> str:
    """A time."""
    return _scaled(value, TIMES)


def size(value: float) -> str:
    """Bytes."""
    return f"{value:.0f}{THIN}B" if value < 1000 else _scaled(value, SIZES)


def _scaled(value: float, units: Sequence[tuple[str, float]]) -> str:
    rounded = float(f"{value:.3g}")
    name, unit = next((one for one in units if rounded >= one[1]), units[-1])
    return f"{digits(value / unit)}{THIN}{name}"


def digits(value: float) -> str:
    """Three digits of a number, more where it has more before the point."""
    rounded = abs(float(f"{value:.3g}"))
    places = 2 if rounded < 10 else 1 if rounded < 100 else 0
    return f"{value:,.{places}f}"


def times(value: float) -> str:
    """A factor."""
    return digits(value)


def count(value: float) -> str:
    """Of things, or of things a second."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else digits(value)


def share(value: float) -> str:
    """A part of 1."""
    return f"{f'{100 * value:.{0 if abs(value) >= 0.1 else 1}f}'.removesuffix('.0')}{THIN}%"


def short(name: str, longest: int = LONGEST) -> str:
    """A name of at most so many cells of a terminal: wide letters are two."""
    cells = 0
    for place, letter in enumerate(name):
        cells += 0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if cells > longest:
            return f"{name[: max(1, place - 1)]}…"
    return name


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: a, b and c; or a, b, c, d and 3 others."""
    shown = [short(name) for name in names]
    if len(shown) > NAMED + 1:
        shown = [*shown[:NAMED], f"{len(shown) - NAMED} others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


LONGEST_SLUG = 100


def slug(word: str) -> str:
    """A word as a class of CSS, or as part of a file's name: of letters that every file system takes."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in ".-_") else "-" for letter in word)
    return "-".join(part for part in kept.split("-") if part)[:LONGEST_SLUG] or "x"


def tick(value: float) -> str:
    """A time at an axis: no more digits than it has."""
    rounded = float(f"{value:.3g}")
    name, unit = next((one for one in TIMES if rounded >= one[1]), TIMES[-1])
    return f"{float(f'{value / unit:.3g}'):,g}{THIN}{name}"


def factor(value: float) -> str:
    """A factor at an axis."""
    return f"{float(f'{value:.4g}'):,g}"


UNIT = re.compile(r"(\d) (%|s|ms|us|ns|B|KiB|MiB|GiB)(?!\w)")
CLAUSE = re.compile(r"[;:.] ")


def tied(sentence: str) -> str:
    """A sentence of the terminal's whose numbers stay beside their units."""
    return UNIT.sub(lambda found: f"{found[1]}{THIN}{found[2].replace('us', 'µs')}", sentence)


def halves(sentence: str) -> tuple[str, str]:
    """What a sentence says first, and the rest."""
    tied_ = tied(sentence)
    found = CLAUSE.search(tied_)
    return (f"{tied_[: found.start()]}.", tied_[found.end() :]) if found else (tied_, "")
