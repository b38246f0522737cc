"""What came of a gate, in a sentence: the same on a terminal, in a comment and on a page. Pure functions."""

from __future__ import annotations

from harness.document.gate import Decision, Gate

USES = {"time": "takes", "memory": "needs", "instructions": "runs"}


def sentence(gate: Gate) -> str:
    """What came of it, in a sentence."""
    worst = [cell for cell in gate.cells if cell.outcome == gate.outcome]
    if gate.shard:
        return ""
    if gate.outcome == "pass":
        return "The candidate is no worse than its base by more than the limit."
    if gate.outcome == "new":
        return "The base has nothing of it."
    if not worst:
        return "There was nothing to compare."
    told = "; ".join(worse(cell) if gate.outcome == "regression" else unknown(cell) for cell in worst)
    return f"{told}."


def worse(cell: Decision) -> str:
    """How much worse than its base a cell is."""
    ratio, unit = cell.comparison, "" if cell.metric == "time" else f" by {cell.metric}"
    if ratio is None:
        return f"{name(cell)} is worse than its base"
    return (
        f"{name(cell)} {USES.get(cell.metric, 'has')} {ratio.estimate:.3f} times what its base does{unit} "
        f"({ratio.low:.3f} - {ratio.high:.3f} by {ratio.blocks} blocks; the limit is {cell.limit:.2%} more)"
    )


def unknown(cell: Decision) -> str:
    """Why nobody can tell of a cell."""
    return f"{name(cell)}: {plain(cell.reason or 'not enough blocks to tell')}"


def name(cell: Decision) -> str:
    """What a cell is called."""
    return f"`{cell.workload}` under {cell.strategy}"


def plain(text: str) -> str:
    """On one line."""
    return " ".join(text.split())
