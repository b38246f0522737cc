"""The document of a run as tables for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tabulate import tabulate

from harness.report.words import named, seconds, size, times

HEADINGS = [
    "strategy", "time", "lowest - highest", "x reference", "interval", "verdict", "x floor", "overhead/task",
    "tasks/s", "CPU", "memory", "per task", "p50", "p99", "in flight", "threads",
]  # fmt: skip
SERVER_HEADINGS = [
    "strategy", "answers/s", "x reference", "interval", "verdict", "p50", "p90", "p99", "p99.9", "max", "fairness",
    "held", "accepted in", "CPU", "per connection", "switches", "threads", "generator", "limited by",
]  # fmt: skip


CAPACITY_HEADINGS = [
    "strategy", "capacity/s", "95 % interval", "x reference", "interval", "verdict", "p99 there", "CPU", "generator",
    "limited by",
]  # fmt: skip


def tables(document: dict[str, Any], tablefmt: str = "simple", verbose: bool = False) -> str:
    """Every group's table, and a line on the run."""
    parts = [_group(group, tablefmt, verbose) for group in document["groups"]]
    return "\n\n".join([*parts, _closing(document, verbose)])


def _group(group: dict[str, Any], tablefmt: str, verbose: bool) -> str:
    headings, cells = HEADINGS, _cells
    if group["serves"]:
        headings, cells = (
            (CAPACITY_HEADINGS, _capacity_cells) if group["slo_seconds"] else (SERVER_HEADINGS, _server_cells)
        )
    rows = [
        cells(row, group) if row["status"] == "ok" else [row["name"], row["status"], *["-"] * (len(headings) - 2)]
        for row in group["rows"]
    ]
    alignment = ("left", *["right"] * (len(headings) - 1))
    table = tabulate(rows, headings, tablefmt=tablefmt, disable_numparse=True, colalign=alignment)
    return "\n".join([_heading(group), "", table, *_counts(group, tablefmt), *_remarks(group, verbose)])


def _counts(group: dict[str, Any], tablefmt: str) -> Iterator[str]:
    """The table of instructions, where they were counted."""
    counted = [row for row in group["rows"] if "instructions_per_task" in row]
    if counted:
        yield "\ninstructions of a task, in user space alone: no waiting, and nothing of the kernel\n"
        yield tabulate(
            [_counted(row) for row in counted],
            ["strategy", "instructions", "lowest - highest", "x reference", "interval", "verdict"],
            tablefmt=tablefmt,
            disable_numparse=True,
            colalign=("left", *["right"] * 5),
        )


def _counted(row: dict[str, Any]) -> list[str]:
    counts, ratio = row["instructions_per_task"], row["instructions_ratio"]
    compared = ratio and ratio["verdict"]
    return [
        row["name"],
        f"{counts['median']:,.0f}",
        f"{counts['low']:,.0f} - {counts['high']:,.0f}",
        f"{ratio['estimate']:.4f}" if ratio else "-",
        f"{ratio['low']:.4f} - {ratio['high']:.4f}" if compared else "-",
        ratio["verdict"] or "reference" if ratio else "-",
    ]


def _heading(group: dict[str, Any]) -> str:
    options = [f"{name}={value}" for name, value in group["options"].items() if value not in ([], None)]
    if group["serves"]:
        how = "open loop" if group["options"]["rate"] else "closed loop"
        if group["slo_seconds"]:
            how = f"the highest rate with p99 under {seconds(group['slo_seconds'])}, x reference is 1 / capacity"
        return (
            f"{named(group['workload'], group['options'])}: {group['concurrency']:,} connections held, {how}, "
            f"reference {group['reference']}"
        )
    floor = f", floor {seconds(group['floor_seconds'])}" if group["floor_seconds"] else ""
    sizes = f"{group['tasks']:,} task{'s' if group['tasks'] > 1 else ''}, at most {group['concurrency']:,} in flight"
    return f"{' '.join([group['workload'], *options])}: {sizes}{floor}, reference {group['reference']}"


def _compared(ratio: dict[str, Any] | None) -> list[str]:
    """Ratio, interval, verdict."""
    if not ratio:
        return ["-", "-", "-"]
    interval = f"{times(ratio['low'])} - {times(ratio['high'])}" if ratio.get("blocks", 1) > 1 else "-"
    return [times(ratio["estimate"]), interval, ratio["verdict"] or "reference"]


def _server_cells(row: dict[str, Any], group: dict[str, Any]) -> list[str]:
    latency, switches = row["latency_seconds"], row["switches"]
    return [
        row["name"],
        f"{row['answers_per_second']:,.0f}",
        *_compared(row["ratio"]),
        *(seconds(latency[name]) for name in ("p50", "p90", "p99", "p999", "max")),
        f"{row['fairness']:.2f}",
        f"{row['connections_held']:,}",
        seconds(row["accept_seconds"]),
        f"{row['server_cpu_share']:.0%}",
        size(row["memory_per_connection_bytes"]),
        f"{switches['voluntary'] + switches['involuntary']:,.0f}",
        f"{row['threads_max']:,}",
        f"{row['generator_cpu_share']:.0%}",
        row["limited_by"],
    ]


def _capacity_cells(row: dict[str, Any], group: dict[str, Any]) -> list[str]:
    capacity = row["capacity_per_second"]
    return [
        row["name"],
        f"{capacity['estimate']:,.0f}",
        f"{capacity['low']:,.0f} - {capacity['high']:,.0f}",
        *_compared(row["ratio"]),
        seconds(row["latency_seconds"]["p99"]),
        f"{row['server_cpu_share']:.0%}",
        f"{row['generator_cpu_share']:.0%}",
        row["limited_by"],
    ]


def _cells(row: dict[str, Any], group: dict[str, Any]) -> list[str]:
    wall, latency = row["wall_seconds"], row["latency_seconds"]
    return [
        row["name"],
        seconds(wall["median"]),
        f"{seconds(wall['low'])} - {seconds(wall['high'])}",
        *_compared(row["ratio"]),
        times(wall["median"] / group["floor_seconds"]) if group["floor_seconds"] else "-",
        _between(row["overhead"]) if group["floor_seconds"] else "-",
        f"{row['tasks_per_second']:,.0f}" if row["tasks_per_second"] >= 100 else f"{row['tasks_per_second']:.3g}",
        seconds(row["cpu_seconds"]["median"]),
        size(row["peak_memory_bytes"]),
        size(row["memory_per_task_bytes"]),
        seconds(latency["p50"]),
        seconds(latency["p99"]),
        f"{row['in_flight_max']:,}",
        f"{row['threads_max']:,}",
    ]


def _between(estimate: dict[str, float]) -> str:
    """A time with its interval."""
    low, high = seconds(max(0.0, estimate["low"])), seconds(max(0.0, estimate["high"]))
    return f"{seconds(max(0.0, estimate['estimate']))} ({low} - {high})"


def _remarks(group: dict[str, Any], verbose: bool) -> Iterator[str]:
    clients: set[str | None] = {row.get("client") for row in group["rows"] if row["status"] == "ok"}
    if len(clients) == 1 and (client := clients.pop()):
        yield f"client of every row: {client}"
    for row in group["rows"]:
        name = row["name"]
        if row["status"] != "ok":
            yield f"{name}: {row['status']}: {row['reason']}"
            continue
        if row["client"] and row["client"] in clients:
            yield f"{name}: client {row['client']}"
        for text in row["notes"]:
            yield f"{name}: {text}"
        if verbose or row["variant"]:
            yield f"{name}: {', '.join(f'{library} {found}' for library, found in row['runs_on'].items())}"
        if verbose and row["loop"]:
            yield f"{name}: loop {row['loop']}"
    yield from _shared(group)
    if null := group["null_arm"]:
        interval = f"{times(null['estimate'])} ({times(null['low'])} - {times(null['high'])})"
        if null["too_noisy"]:
            yield f"no verdict stands: {null['strategy']} against itself came out {null['verdict']}, {interval}"
        elif verbose:
            yield f"null arm: {null['strategy']} against itself {interval}"


def _shared(group: dict[str, Any]) -> Iterator[str]:
    """Warnings, and why there is no verdict: each once, with all the rows that it is true of."""
    names: dict[str, list[str]] = {}
    for row in group["rows"]:
        if row["status"] == "ok":
            why = _undecided(row["ratio"]) if row["ratio"] else None
            for text in [*row["warnings"], *([why] if why else [])]:
                names.setdefault(text, []).append(row["name"])
    for text, rows in names.items():
        yield f"{', '.join(rows)}: {text}"


def _undecided(ratio: dict[str, Any]) -> str | None:
    """Why a row has no verdict, and what would give it one."""
    if ratio["verdict"] != "undecided":
        return None
    if ratio["reason"]:
        return f"undecided, {ratio['reason']}"
    more = f"about {ratio['blocks_to_settle']} blocks" if ratio["blocks_to_settle"] else "more blocks than 1,000"
    return f"undecided, this run could see {ratio['smallest_detectable']:.1%}; {more} would settle it"


def _loops(document: dict[str, Any]) -> str:
    """What latencies count from."""
    loops = {
        bool(group["serves"] and (group["options"]["rate"] or group["slo_seconds"])) for group in document["groups"]
    }
    words = {False: "latencies are closed-loop", True: "open-loop latencies count from when a request was due"}
    return "; ".join(words[loop] for loop in sorted(loops))


def _closing(document: dict[str, Any], verbose: bool) -> str:
    blocks = document["blocks"] if document["blocks"] is not None else "some"
    lines = [
        f"run {document['run']}, {document['status']}, {blocks} blocks: time is the median over blocks; "
        f"{_loops(document)}; below 1 is faster"
    ]
    lines += [f"host: {text}" for text in document["disturbances"]]
    if document["left_behind"]:
        lines.append(f"{document['left_behind']} processes were left behind by what ran; they were killed")
    if document["damaged_lines"]:
        lines.append(f"{document['damaged_lines']} damaged lines of the record were passed over")
    if verbose and document["seconds"]:
        spent = document["seconds"]
        parts = [f"{name} {value:.1f} s ({value / spent['all']:.0%})" for name, value in spent.items() if name != "all"]
        lines.append(f"{spent['all']:.1f} s in all: {', '.join(parts)}")
    return "\n".join(lines)
