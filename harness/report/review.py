"""What came of a gate, as a reviewer reads it: Markdown for a comment or a summary, and GitHub's annotations. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from harness.document.gate import Decision, Gate
from harness.report.gate import decisions, outcome
from harness.report.verdict import name, plain, sentence, unknown, worse

FUNCTIONS = 10
"""Of a cell, that are named."""
PLACE = re.compile(r"([\w./-]+\.py):(\d+)")
"""Where a reason says that something failed."""


def markdown(gate: Gate, verbose: bool = False) -> str:
    """The sentence, the evidence, the functions that grew, what a reader should know, and the command to repeat it."""
    parts = [
        f"**{outcome(gate)}.** {sentence(gate)}".rstrip(),
        decisions([_one_line(cell) for cell in gate.cells], "github"),
    ]
    grew = [line for cell in gate.cells for line in functions(cell)]
    parts += ["\n".join(["Functions that grew:", "", *grew])] if grew else []
    parts += ["\n".join(f"- {plain(remark)}" for remark in gate.remarks)] if gate.remarks else []
    parts += [_folded(cell) for cell in gate.cells if verbose and cell.traceback]
    parts += [f"{_blocks(gate)}To repeat it:\n\n```sh\n{gate.command}\n```"] if gate.command else []
    return "\n\n".join(parts)


def functions(cell: Decision) -> Iterator[str]:
    """A line for each function that grew, the first of them; nothing where nobody looked."""
    for one in cell.grew[:FUNCTIONS]:
        where = f"{one.file}:{one.line}" if one.file and one.line else one.file
        place = f" ({where})" if where else ""
        yield (
            f"- `{one.function}`{place}: {one.before:,.0f} -> {one.after:,.0f} instructions a task, "
            f"{one.share:.0%} of what grew"
        )


def at_lines(gate: Gate) -> Iterator[str]:
    """GitHub's workflow commands: an error for each cell that did not pass, at the lines that are known of it."""
    for cell in gate.cells:
        if gate.shard and cell.outcome == "undecided":
            continue
        if cell.outcome in ("regression", "incomplete", "undecided"):
            text = worse(cell) if cell.outcome == "regression" else unknown(cell)
            for place in _places(cell):
                named = place | {"title": f"gate: {cell.outcome}"}
                where = ",".join(f"{name}={_property(value)}" for name, value in named.items())
                yield f"::error {where}::{_message(text)}"


def _places(cell: Decision) -> list[dict[str, str]]:
    """Where it is: the functions that grew, where it failed, or the file of the workload."""
    lines = [(one.file, str(one.line)) for one in cell.grew[:FUNCTIONS] if one.line and one.file.endswith(".py")]
    lines += PLACE.findall(cell.reason or "") if cell.outcome == "incomplete" else []
    places = [{"file": _relative(file), "line": line} for file, line in lines if not PurePath(file).is_absolute()]
    file = cell.workload.rpartition(":")[0]
    return places or [{"file": _relative(file)} if file.endswith(".py") else {}]


def _relative(file: str) -> str:
    return str(PurePath(file))


def _blocks(gate: Gate) -> str:
    return f"{gate.blocks} blocks of at most {gate.most}. " if gate.blocks else ""


def _folded(cell: Decision) -> str:
    return f"<details><summary>{name(cell)}</summary>\n\n```\n{cell.traceback}\n```\n\n</details>"


def _one_line(cell: Decision) -> Decision:
    """A decision whose reason is one field of a table."""
    return msgspec.structs.replace(cell, reason=plain(cell.reason).replace("|", "\\|")) if cell.reason else cell


def _message(text: str) -> str:
    return text.replace("`", "").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
