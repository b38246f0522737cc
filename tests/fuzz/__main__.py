"""The long form: `python -m tests.fuzz FOLDER [--readings 1000000 --lines 100000 --names 20000]`.

Goes on where it stopped: FOLDER/done.json says how far each kind is, FOLDER/found.jsonl what was found. Status 1 where
something was."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import documents, lines, names, printed, readings
from tests.fuzz.watched import found

STEP = 1000
Case = Callable[[random.Random, Path], None]


def shares(asked: argparse.Namespace) -> list[tuple[Case, int]]:
    """Each kind of case, and how many there are to be."""
    taken = [(kind, round(share * asked.readings)) for kind, share in readings.EVERY]
    typed = [(kind, asked.lines // 2) for kind in (lines.a_line, lines.a_setting)]
    shown = [(kind, asked.names // 3) for kind in (names.a_name, documents.a_screen, printed.a_folder)]
    return [*taken, *typed, *shown]


def main() -> int:
    """Run what is left, and say what there was."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("folder", type=Path)
    for name, number in (("readings", 1_000_000), ("lines", 100_000), ("names", 20_000)):
        parser.add_argument(f"--{name}", type=int, default=number)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    state, said = asked.folder / "done.json", asked.folder / "found.jsonl"
    done: dict[str, int] = json.loads(state.read_text()) if state.exists() else {}
    for kind, number in shares(asked):
        for start in range(done.get(kind.__name__, 0), number, STEP):
            end = min(number, start + STEP)
            with said.open("a") as file:
                for one in found(kind, range(start, end), asked.folder / "case.jsonl"):
                    print(json.dumps(one), file=file)
            state.write_text(json.dumps(done | {kind.__name__: end}))
            done[kind.__name__] = end
            print(f"{kind.__name__}: {end:,} of {number:,}", flush=True)
    wrong = said.read_text().splitlines() if said.exists() else []
    print(f"{sum(done.values()):,} cases, {len(wrong)} that are our own bug: {said}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
