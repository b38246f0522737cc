"""What came of a gate, as a reviewer reads it: Markdown for a comment or a summary, and GitHub's annotations. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

import msgspec

from harness.document.gate import Decision, Gate
from harness.report.gate import decisions, outcome
from harness.report.lines import escaped
from harness.report.verdict import name, plain, sentence, unknown, worse
from harness.text import as_markdown, code, fenced, marked_up, of_command

FUNCTIONS = 10
"""Of a cell, that are named."""
PLACE = re.compile(r"([\w./-]+\.py):(\d+)")
"""Where a reason says that something failed."""


def markdown(gate: Gate, verbose: bool = False) -> str:
    """The sentence, the evidence, the functions that grew, what a reader should know, and the command to repeat it."""
    marked = escaped(gate, lambda text: as_markdown(plain(text)))
    said = msgspec.structs.replace(marked, cells=list(map(_named, gate.cells, marked.cells)))
    parts = [f"**{outcome(gate)}.** {sentence(said)}".rstrip(), decisions(marked.cells, "github")]
    grew = [line for cell in said.cells for line in functions(cell)]
    parts += ["\n".join(["Functions that grew:", "", *grew])] if grew else []
    parts += ["\n".join(f"- {remark}" for remark in marked.remarks)] if gate.remarks else []
    parts += [_folded(cell) for cell in gate.cells if verbose and cell.traceback]
    parts += [f"{_blocks(gate)}To repeat it:\n\n```sh\n{fenced(gate.command)}\n```"] if gate.command else []
    return "\n\n".join(parts)


def _named(cell: Decision, marked: Decision) -> Decision:
    """A decision as Markdown, with those names as they are that stand between backticks."""
    grew = [
        msgspec.structs.replace(one, function=code(own.function))
        for own, one in zip(cell.grew, marked.grew, strict=True)
    ]
    return msgspec.structs.replace(marked, workload=code(cell.workload), grew=grew)


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
                where = ",".join(f"{name}={of_command(value, True)}" for name, value in named.items())
                yield f"::error {where}::{of_command(text.replace('`', ''))}"


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
    traceback = fenced(cell.traceback or "")
    return f"<details><summary>{marked_up(name(cell))}</summary>\n\n```\n{traceback}\n```\n\n</details>"
