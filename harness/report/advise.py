"""Advice as people read it: what to use first, then what not, and what it rests on. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.advise.bound import NO_DEARER, SURPRISE
from harness.advise.document import Advice, Avoided, Bound, Candidate
from harness.report.lines import Line, escaped, labelled, line, rendered
from harness.report.words import between, factor, seconds, size

MOST = 6
"""Lines of what is not advised; the others are counted."""
LABELS = {"unavailable": "not here", "unsupported": "cannot"}
NAMES = {"wall": "time", "cpu": "CPU", "memory": "memory", "p99": "p99"}


def screen(said: Advice, width: int = 80, colour: bool = False) -> str:
    """The answer, on one screen."""
    return rendered(_lines(escaped(said)), width, colour)


def _lines(said: Advice) -> Iterator[Line]:
    yield line(f"{said.workload}: {point(said)}", "bold")
    if said.task:
        yield line(
            f"a task waits {seconds(said.task.waiting_seconds)} and computes {seconds(said.task.cpu_seconds)}", "dim"
        )
    yield line()
    if said.reason:
        yield labelled("no answer", said.reason if said.status != "interrupted" else f"interrupted: {said.reason}")
    elif said.status == "interrupted":
        yield labelled("so far", "it was interrupted: this is what is known")
    by_name = {one.strategy: one for one in said.candidates}
    if said.use:
        yield Line(labelled("use", use(said, by_name)).text, 13)
    also = [f"{name}: {against(by_name[name], said)}" for name in said.also]
    if also:
        yield labelled("also good" if said.use else "measured", "; ".join(also))
    yield from _avoided(said.avoid)
    if said.limit:
        yield labelled("the limit", limit(said))
    if one := said.in_flight:
        yield labelled("in flight", f"all {one.concurrency:,}; half of it {dearer(one.low, one.estimate, one.high)}")
    if len(said.use) > 1:
        yield labelled("wrong pick", wrong_pick(said.regret))
    elif said.use and (worse := shown_worse(said)):
        yield labelled("how sure", f"{', '.join(worse)} {'is' if len(worse) == 1 else 'are'} shown to be worse (95 %)")
    if said.verified:
        yield labelled("verified", verified(said))
    for text in said.remarks:
        yield labelled("note", text)
    if said.foretold and not said.runs:
        yield labelled("foretold", "; ".join(f"{name} ~{seconds(took)}" for name, took in said.foretold.items()))
    if said.runs:
        yield line(f"runs {', '.join(said.runs)}", "dim")


def point(said: Advice) -> str:
    """How many tasks, how many at once, and what is sought."""
    at_once = f", {said.concurrency:,} at once" if said.concurrency < said.tasks else ""
    sought = "" if said.objective == "wall" else f", least {NAMES[said.objective]}"
    return f"{said.tasks:,} {'task' if said.tasks == 1 else 'tasks'}{at_once}{sought}"


def use(said: Advice, rows: dict[str, Candidate]) -> str:
    """The best, and what the first of them takes."""
    together = {"level": " (level within 2 %)", "open": " (not told apart)", "fastest": ""}
    first = rows[said.use[0]]
    return f"{' or '.join(said.use)}{together[said.use_is or 'fastest']}: {took(first, said)}"


def took(one: Candidate, said: Advice) -> str:
    """What a candidate takes, what is sought first."""
    wall = f"{seconds(one.wall_seconds)} ({between(one.low_seconds, one.high_seconds)})"
    found = {"cpu": f"CPU {seconds(one.cpu_seconds)}", "p99": f"p99 {seconds(one.p99_seconds or 0.0)}"}
    return ", ".join(filter(None, (found.get(said.objective), wall, size(one.memory_bytes))))


def against(one: Candidate, said: Advice) -> str:
    """How a candidate stands to the first of the best."""
    if not (one.versus and said.use):
        return took(one, said)
    low, high, verdict = one.versus.low, one.versus.high, one.versus.verdict
    word = {"wall": "slower", "p99": "slower"}.get(said.objective, "more")
    apart = f"not told apart ({factor(low)} - {factor(high)}x)"
    text = more(low, high, word) if verdict == "slower" else apart
    return f"{text}, {seconds(one.wall_seconds)}, {size(one.memory_bytes)}"


def more(low: float, high: float, word: str) -> str:
    """How much worse, by an interval of a ratio: in percent, or as a factor where that is large."""
    if high < 2:
        return f"{word} by {100 * (low - 1):.0f} - {100 * (high - 1):.0f} %"
    return f"{word}: {factor(low)} - {factor(high)}x"


def _avoided(found: Iterable[Avoided]) -> Iterator[Line]:
    """What is not advised, those with one reason together."""
    together: dict[tuple[str, str], list[Avoided]] = {}
    for one in found:
        together.setdefault((one.kind, one.why), []).append(one)
    lines = list(together.items())
    for (kind, why), ones in lines[:MOST]:
        names = ", ".join(_with_time(one) for one in ones)
        told = {"slower": "", "foretold": " (~: foretold, not run)"}.get(kind, f" ({why})")
        yield labelled(LABELS.get(kind, "don't"), f"{names}{told}")
    if more := lines[MOST:]:
        yield labelled("", f"and {sum(len(ones) for _, ones in more)} more: --json - has them")


def _with_time(one: Avoided) -> str:
    if one.seconds is None:
        return one.strategy
    return f"{one.strategy} {'' if one.measured else '~'}{seconds(one.seconds)}"


def limit(said: Advice) -> str:
    """What a round cannot go below, by single tasks; or that it is something that they do not show."""
    bound = said.limit
    if bound is None or said.candidates[0].wall_seconds > SURPRISE * said.foretold[said.use[0]]:
        return f"not seen in single tasks, which need {seconds(bound.seconds if bound else 0.0)}"
    product = f"{bound.times:,} x {seconds(bound.each_seconds)} = {seconds(bound.times * bound.each_seconds)}"
    if bound.kind == "cpu":
        return f"CPU: {product} {of_cores(said, bound)} go below it"
    if bound.kind == "waiting":
        once = f"a task waits {seconds(bound.seconds)}, however many there are"
        return f"waiting: {once}" if bound.times == 1 else f"waiting: {product}; more in flight would shorten it"
    if bound.kind == "one-by-one":
        return f"waiting, one by one: {product}"
    return f"starting and waking tasks: {product}"


def shown_worse(said: Advice) -> list[str]:
    """The others that were run, but for those that are out for another reason."""
    return [one.strategy for one in said.candidates if one.versus and one.versus.verdict == "slower"]


def of_cores(said: Advice, bound: Bound) -> str:
    """On how many cores tasks compute, and what would have more of them."""
    if bound.cores > 1:
        return f"over {bound.cores:.3g} cores, {seconds(bound.seconds)}; more cores"
    return f"of one core; {'more cores' if 'processes' in said.use else 'only processes'}"


def wrong_pick(regret: float | None) -> str:
    """What it costs at most to take another of the best than the first."""
    if regret is None:
        return "too few blocks to say what it costs: --max-time gives more"
    return f"of these costs at most {100 * regret:.0f} % (95 %)"


def dearer(low: float, estimate: float, high: float) -> str:
    """What half as many in flight cost."""
    if high < NO_DEARER:
        most = f"at most {100 * (high - 1):.0f} %" if high > 1.005 else "no"
        return f"costs {most} more (measured: {factor(low)} - {factor(high)}x)"
    if low > 1.0:
        by = f"{estimate - 1:.0%} more".replace("%", " %") if estimate < 2 else f"{factor(estimate)} times as much"
        return f"costs {by} (measured: {factor(low)} - {factor(high)}x)"
    return f"is not told apart from it (measured: {factor(low)} - {factor(high)}x)"


def verified(said: Advice) -> str:
    """What the answer rests on."""
    fewest, most = (of(one.blocks for one in said.candidates) for of in (min, max))
    blocks = f"{most} block{'' if most == 1 else 's'}" if fewest == most else f"{fewest} to {most} blocks"
    text = f"{', '.join(said.verified)} at this point: {blocks}"
    if one := said.control:
        level = "level" if one.low <= 1 <= one.high else "differs a little from itself"
        state = "differs from itself" if one.too_noisy else level
        text += f", control {state} ({factor(one.low)} - {factor(one.high)}x)"
    return f"{text}, {seconds(said.seconds)} in all"
