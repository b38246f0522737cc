"""Advice on servers as people read it: what to use first, then what not, and what it rests on. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.document import Advice
from harness.advise.servers.document import Bound, Knee, Server, Servers
from harness.report.advise import LABELS, MOST, more
from harness.report.lines import Line, escaped, labelled, line, rendered
from harness.report.words import count, seconds, size

TOGETHER = {"level": " (level within 5 %)", "open": " (not told apart)", "fastest": ""}


def screen(said: Advice, width: int = 80, colour: bool = False) -> str:
    """The answer, on one screen."""
    said = escaped(said)
    assert said.servers
    return rendered(_lines(said, said.servers), width, colour)


def _lines(said: Advice, found: Servers) -> Iterator[Line]:
    yield line(f"{said.workload}: requests/s with p99 under {seconds(found.slo_seconds)}", "bold")
    yield line(f"{few(found.processes, 'process')}, {few(found.connections, 'connection')}", "dim")
    yield line()
    if said.reason:
        yield labelled("no answer", said.reason if said.status != "interrupted" else f"interrupted: {said.reason}")
    elif said.status == "interrupted":
        yield labelled("so far", "it was interrupted: this is what is known")
    if found.best:
        yield Line(labelled("use", use(said, found, found.best)).text, 13)
    if also := list(_also(said, found)):
        yield labelled("also good", "; ".join(also))
    yield from _avoided(said)
    if found.limit:
        yield labelled("the limit", limit(found.limit, found.slo_seconds))
    for one in found.knees:
        yield labelled("clients" if one.axis == "connections" else one.axis, knee(one))
    if found.best:
        if certain := sure(said, found):
            yield labelled("how sure", certain)
        yield labelled("verified", verified(said, found))
    for text in said.remarks:
        yield labelled("note", text)
    if said.runs:
        yield line(f"runs {', '.join(said.runs)}", "dim")


def few(numbers: list[int], what: str) -> str:
    """How many of something were looked at."""
    several = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{', '.join(map(str, numbers))} {what if numbers == [1] else several}"


def use(said: Advice, found: Servers, best: Server) -> str:
    """The best, and what the first of them does."""
    together = TOGETHER[said.use_is or "fastest"]
    rate = f"{per_second(best)}, p99 {seconds(best.p99_seconds)}"
    return f"{' or '.join(said.use)}{together}, {where(best, found)}: {rate}, {size(best.memory_bytes)}"


def where(best: Server, found: Servers) -> str:
    """From how many processes, and for how many connections."""
    return f"{few([best.processes], 'process')}, {few([best.connections], 'connection')}"


def per_second(one: Server) -> str:
    """A rate, with the least and the most of its blocks."""
    return f"{count(one.per_second)}/s ({count(one.low_per_second)} - {count(one.high_per_second)})"


def _also(said: Advice, found: Servers) -> Iterator[str]:
    """What is a little slower than the best."""
    best = found.best
    rates = {one.strategy: one for one in found.servers if best and (one.processes, one.connections) == at(best)}
    for one in found.against:
        if one.strategy in said.also:
            text = more(one.low, one.high, "slower")
            yield f"{one.strategy}: {text}, {count(rates[one.strategy].per_second)}/s"


def at(one: Server) -> tuple[int, int]:
    """Where a server was measured."""
    return one.processes, one.connections


def _avoided(said: Advice) -> Iterator[Line]:
    """What is not advised, those with one reason together."""
    together: dict[tuple[str, str], list[str]] = {}
    for one in said.avoid:
        rate = "" if one.per_second is None else f" {count(one.per_second)}/s"
        together.setdefault((one.kind, one.why), []).append(f"{one.strategy}{rate}")
    lines = list(together.items())
    for (kind, why), names in lines[:MOST]:
        told = "" if why == "measured here" else f" ({why})"
        yield labelled(LABELS.get(kind, "don't"), f"{', '.join(names)}{told}")
    if rest := lines[MOST:]:
        yield labelled("", f"and {sum(len(names) for _, names in rest)} more: --json - has them")


def limit(bound: Bound, slo: float) -> str:
    """What keeps the best from more."""
    shares = f"the servers used {bound.cores:.2f}, the generator {bound.generator_cores:.2f} of {bound.of_cores} cores"
    if bound.kind == "generator":
        return f"the load generator, of which -P generators takes more: {shares}"
    if bound.kind == "cpu":
        return f"CPU: {shares}"
    return f"the latency objective, p99 under {seconds(slo)}: {shares}"


def knee(one: Knee) -> str:
    """What more of something brings, and from where on it brings no more."""
    rates = ", ".join(f"{value}: {count(rate)}/s" for value, rate in zip(one.values, one.per_second, strict=True))
    end = f"best with {one.best}"
    if one.enough != one.best:
        end = f"from {one.enough} on surely within 5 % of the best, {one.best}"
    elif one.axis == "connections" and one.best == one.values[-1]:
        end += ", the most that was looked at"
    open_ = f"; {' and '.join(map(str, one.open))} may be as good" if one.open else ""
    return f"{rates}; {end}{open_}"


def sure(said: Advice, found: Servers) -> str:
    """How sure the answer is."""
    scatter = f"; searches of one server differ by {100 * found.scatter:.0f} %" if found.scatter is not None else ""
    if said.regret is None:
        return f"too few blocks to say what a wrong pick costs: --max-time gives more{scatter}"
    if len(said.use) > 1:
        return f"a wrong pick of these costs at most {100 * said.regret:.0f} % (95 %){scatter}"
    return (
        f"the others are shown to be slower (95 %, or twice in each block){scatter}" if found.against else scatter[2:]
    )


def verified(said: Advice, found: Servers) -> str:
    """What the answer rests on."""
    assert found.best
    blocks = f"{found.best.blocks} block{'' if found.best.blocks == 1 else 's'}"
    return f"the best in {blocks}; {found.searches} searches in {found.blocks}, {seconds(said.seconds)} in all"
