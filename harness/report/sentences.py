"""What a run says, in words: the same on a terminal and on a page. Pure functions of its document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rich.cells import cell_len

from harness.document.run import Group, Ratio, Row, Run, VersusBest
from harness.report.columns import UNITS
from harness.report.words import factor, seconds
from harness.statistics.limit import FULL
from harness.statistics.metrics import OURS
from harness.statistics.paired import smallest_n

MANY, ALL = 5, 10
"""Names in a sentence, and in the answer of a run."""
NAMED = 40
WORDS = {"best": "fastest", "same": "level", "slower": "slower", "faster": "faster", "undecided": "not told apart"}
OPEN = "not told from the fastest, or level with it,"
TWICE = 1.95
LIMITS = {
    "waiting": "its waiting",
    "cpu": "the CPU",
    "gil": "the GIL, for which threads wait",
    "blocked": "tasks that wait hold up the others (patching, threads or `async def` would help)",
    "peer": "the peer, whose core is full",
    "in-flight": "too few tasks in flight",
    "unknown": "not seen: neither a full core nor its own waiting",
}
ANSWERED = LIMITS | {
    "cpu": "the server's core",
    "peer": "the generator, whose core is full",
    "waiting": "the rate that was asked for",
    "unknown": "neither server nor generator was full",
}


def cut(text: str, most: int = NAMED) -> str:
    """A name that leaves room for others."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def listed(names: Sequence[str], most: int = MANY) -> str:
    """Names as a sentence has them: all, or the first with how many more."""
    short = [cut(name) for name in names]
    if len(short) > most:
        short = [*short[: most - 1], f"{len(short) - most + 1} others"]
    return " and ".join([", ".join(short[:-1]), short[-1]] if len(short) > 1 else short)


def has_interval(ratio: Ratio | VersusBest) -> bool:
    """Whether there is one: few blocks have one where they show a huge effect."""
    if ratio.rule == "early":
        return True
    return bool(ratio.level) and ratio.blocks >= smallest_n(ratio.level)


def within(names: Sequence[str], cells: int) -> str:
    """As many names as there is room for in so many cells, and how many more."""
    for many in range(len(names), 0, -1):
        rest = f" + {len(names) - many}" if many < len(names) else ""
        if cell_len(said := ", ".join(names[:many]) + rest) <= cells:
            return said
    return names[0] + rest


def word(row: Row, group: Group) -> str:
    """How a row stands, in one word: its status where it has no numbers."""
    if row.status != "ok":
        return row.status
    if not row.versus_best:
        return "" if good(group) == [row] else "not told apart"
    said = WORDS[row.versus_best.verdict]
    return "blocked" if said == "slower" and row.limit == "blocked" else said


def good(group: Group) -> list[Row]:
    """The rows that have numbers."""
    return [row for row in group.rows if row.status == "ok"]


def order(group: Group) -> list[Row]:
    """The rows as they are read: by time, the fastest first, those that have no numbers last."""
    lead = leader(group)
    place = {row.name: number for number, row in enumerate(group.rows)}

    def key(row: Row) -> tuple[bool, bool, float, int]:
        return row.status != "ok", row is not lead, pace(row, group) if row.status == "ok" else 0.0, place[row.name]

    return sorted(group.rows, key=key)


def pace(row: Row, group: Group) -> float:
    """What rows are sorted by, the less the better: seconds of a round, or of an answer."""
    if not group.serves:
        return row.wall_seconds.median
    rate = row.capacity_per_second.estimate if row.capacity_per_second else row.answers_per_second
    return 1 / rate if rate > 0 else float("inf")


def leader(group: Group) -> Row | None:
    """The one of the best that the others are against; None where nothing is known of the best."""
    return next((row for row in good(group) if row.versus_best and not row.versus_best.level), None)


def ahead(group: Group) -> list[str]:
    """The names of the best, the fastest first."""
    return [row.name for row in order(group) if row.name in group.best]


def needs(row: Row, serves: bool = False) -> str:
    """How much more than the fastest a row needs, with its interval: `needs 27 % more time (15 % to 34 %)`."""
    ratio = row.versus_best
    assert ratio
    text, what = (factor, "times as long") if ratio.estimate >= TWICE else (percent, "more time")
    low, high = text(ratio.low), text(ratio.high)
    between = f" ({low} to {high})" if has_interval(ratio) and low != high else ""
    return f"takes {text(ratio.estimate)} {what}{' for an answer' if serves else ''}{between}"


def percent(ratio: float) -> str:
    """How much a ratio is beyond 1."""
    more = 100 * (ratio - 1)
    return f"{more:.0f} %" if abs(more) >= 10 else f"{more:.1f} %"


def of_group(group: Group) -> str:
    """Who is the best of a group, and by how much, in a sentence or two."""
    rows = good(group)
    if not rows:
        return "Nothing could be measured."
    if len(rows) == 1:
        return f"{cut(rows[0].name)} alone has numbers: there is nothing to compare it with."
    if not group.best:
        return _nothing(group)
    names = ahead(group)
    said = {
        "fastest": f"{names[0]} is fastest",
        "level": f"{listed(names)} are level: within {100 * group.margin:g} %",
        "open": f"{listed(names)} {_open(group)}",
    }[group.best_is or "open"]
    if follower := _next(group):
        said += f"; {cut(follower.name)}, next, {needs(follower, group.serves)}"
    return f"{said}."


def _open(group: Group) -> str:
    """That the best are not told apart, and whether there were too few blocks to do it."""
    others = [row.versus_best for row in good(group) if row.name in group.best and row is not leader(group)]
    few = [one.blocks for one in others if one and not has_interval(one)]
    return f"are not told apart yet: {min(few)} blocks are too few" if few else "lead, and are not told apart"


def _nothing(group: Group) -> str:
    if (null := group.null_arm) and null.too_noisy:
        off = f"{factor(null.low)} to {factor(null.high)} times its own time"
        return f"No verdict: the machine was too noisy, {null.strategy} beside itself took {off}."
    return "No verdict: no row can be the best of these."


def _next(group: Group) -> Row | None:
    """The quickest of those that are shown to be slower, of those that may be the best."""
    rows = [row for row in good(group) if not row.teaches and row.name not in group.best and row.versus_best]
    return min(rows, key=lambda row: row.versus_best.estimate if row.versus_best else 0.0, default=None)


def one_by_one(group: Group) -> str | None:
    """How many times the fastest's time all tasks take one after another, where that was measured."""
    row = next((row for row in good(group) if row.strategy == "sequential"), None)
    if row is None or not row.versus_best or not group.best or row.name in group.best or row is _next(group):
        return None
    return f"One after another (sequential) {needs(row)}."


def limit_text(row: Row, serves: bool = False) -> str:
    """What limits a row, in words."""
    return (ANSWERED if serves else LIMITS)[row.limit] if row.limit else ""


def limits(group: Group) -> Iterator[tuple[str, list[str], str]]:
    """What limits the rows of a group: each limit once, with the names and how much (`97 to 99 % of a core`)."""
    found: dict[str, list[Row]] = {}
    for row in order(group):
        if row.status == "ok" and row.limit and not row.teaches and row.strategy != "sequential":
            found.setdefault(row.limit, []).append(row)
    for limit, rows in found.items():
        sought = limit == "waiting" and group.slo_seconds
        text = f"that p99 has to stay under {seconds(group.slo_seconds or 0.0)}" if sought else ""
        yield text or limit_text(rows[0], group.serves), [row.name for row in rows], _measured(rows)


def _measured(rows: Sequence[Row]) -> str:
    limit = rows[0].limit
    if limit == "waiting" and rows[0].waiting_share:
        return f"{_between([row.waiting_share or 0.0 for row in rows])} of a round"
    if limit in ("cpu", "gil", "unknown"):
        shared = limit != "unknown" and min(row.cpu_share for row in rows) < FULL
        rest = ", other processes had the rest" if shared else ""
        return f"{_between([row.cpu_share for row in rows])} of a core{rest}"
    if limit == "in-flight":
        most = sorted({row.in_flight_max for row in rows})
        return f"at most {most[0]:,}" if len(most) == 1 else f"at most {most[0]:,} to {most[-1]:,}"
    return ""


def _between(shares: Sequence[float]) -> str:
    low, high = (round(100 * share) for share in (min(shares), max(shares)))
    return f"{high} %" if low == high else f"{low} to {high} %"


def headline(run: Run) -> list[str]:
    """The answer of a run: a sentence on the best of all groups, and one on what is behind it."""
    groups = [group for group in run.groups if len(good(group)) > 1]
    if not groups:
        return []
    if len(groups) == 1:
        return [text for text in (of_group(groups[0]), one_by_one(groups[0])) if text]
    known = [group for group in groups if group.best]
    if not known:
        return ["No verdict: " + of_group(groups[0]).removeprefix("No verdict: ")]
    everywhere = [name for name in ahead(known[0]) if all(name in group.best for group in known)]
    where = "all" if len(known) == len(groups) else f"{len(known)} of {len(groups)}"
    if everywhere:
        found = {group.best_is for group in known}
        how = "fastest" if found == {"fastest"} else "fastest or level" if "open" not in found else OPEN
        return [f"{listed(everywhere, ALL)} {'is' if len(everywhere) == 1 else 'are'} {how} on {where} of these."]
    each = "; ".join(f"{listed(ahead(group))} on {cut(title(group))}" for group in known[:MANY])
    return [f"No strategy is among the best everywhere: {each}."]


def title(group: Group) -> str:
    """The workload of a group; a file's without its folder where that is long."""
    short = group.workload.rpartition("/")[2] if ".py:" in group.workload else group.workload
    return short if len(group.workload) > NAMED else group.workload


def noise(run: Run) -> str:
    """How quiet the machine was, by the fixed loop between the blocks."""
    if not run.marks:
        return "machine: nobody looked how quiet it was"
    loops = [mark.loop_seconds for mark in run.marks]
    more = max(loops) / min(loops) - 1
    how = "quiet" if more < 0.05 else "a little noisy" if more < 0.2 else "noisy"
    said = f"machine: {how}, a fixed loop took up to {100 * more:.0f} % longer than at best"
    nulls = [group.null_arm for group in run.groups if group.null_arm]
    calm = nulls and not any(null.too_noisy for null in nulls)
    return f"{said}; one strategy beside itself came out equal" if calm else said


def remarks(group: Group) -> Iterator[str]:
    """What a reader has to know of the rows: each text once, with the names of those that it is true of."""
    texts: dict[str, list[str]] = {}
    for row in order(group):
        add = partial(_noted, texts, row.name)
        if row.status != "ok":
            for text in (f"{row.status}: {row.reason}", *row.warnings):
                add(text)
            continue
        for text in [*row.warnings, *(row.notes or [])]:
            if not (row.strategy == "sequential" and text.startswith("1 in flight")):  # what it is there to show
                add(text)
        if row.explain:
            add(f"what holds it up: {row.explain}")
        if row.versus_best and row.versus_best.reason and "blocks that a verdict needs" not in row.versus_best.reason:
            add(row.versus_best.reason)
    for text, names in texts.items():
        yield f"{listed(names)}: {text}"


def theirs(group: Group) -> Iterator[tuple[str, str]]:
    """The numbers of other packages' metrics: each heading once, with those of all rows."""
    found: dict[str, list[str]] = {}
    for row in order(group):
        others = {} if row.status != "ok" else {k: v for k, v in (row.metrics or {}).items() if k not in OURS}
        for name, number in others.items():
            text = f"{cut(row.name)} {UNITS[number.unit](number.median)}"
            found.setdefault(number.heading or name, []).append(text)
    for heading, texts in found.items():
        yield heading, ", ".join(texts)


def _noted(texts: dict[str, list[str]], name: str, text: str) -> None:
    texts.setdefault(text, []).append(name)


def client_of_all(group: Group) -> str | None:
    """The client library of every row, where it is one."""
    used = {row.client for row in good(group)}
    return used.pop() if len(used) == 1 else None


def has_rate(group: Group) -> bool:
    """Whether requests were due at a rate, however long the answers took."""
    return bool(group.options.get("rate")) or any(row.intended_per_second for row in good(group))


def round_trips(group: Group) -> str:
    """What a round trip to the server took from where it was loaded, if that was another host."""
    each = [f"{seconds(took.median)} from {name}" for name, took in group.round_trip_seconds.items()]
    return f"a round trip took {', '.join(each)} (TCP, before each block)" if each else ""


def sizes(group: Group) -> str:
    """How much of what a group does."""
    many = f"{group.tasks:,} tasks" if group.tasks > 1 else "1 task"
    if group.serves:
        how = "requests due at a rate" if has_rate(group) or group.slo_seconds else "one message in flight on each"
        return f"{group.concurrency:,} connections held, {how}"
    at_once = " at once" if group.concurrency >= group.tasks else f", at most {group.concurrency:,} in flight"
    floor = f", which wait {seconds(group.floor_seconds)} at least" if group.floor_seconds else ""
    return f"{many}{at_once}{floor}"
