"""Whether the strategies of a group did the same, by the values that their tasks returned. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.record.plan import Plan
from harness.record.sample import Round, Sample

DIGITS = 6
"""Of each value in `Round.each`."""


class Difference(NamedTuple):
    """What is said of a row; whether it has no numbers for it."""

    text: str
    invalid: bool


def differences(plan: Plan, samples: Sequence[Sample], group: int) -> dict[int, Difference]:
    """What is to be said of a group's rows, by strategy: their values differ from the reference's (or else from those
    of the first that has some), or from round to round, or from worker to worker, and so by nature.

    A row of another variant may return something else: it is other code."""
    if plan.values == "any":
        return {}
    seen = {place: _seen(samples, group, place) for place in range(len(plan.strategies))}
    said = {
        place: Difference("its values differ from round to round, so they do not show that it did the same", False)
        for place, values in seen.items()
        if len(values) > 1
    }
    same = {place: next(iter(values.items())) for place, values in seen.items() if len(values) == 1}
    names = [strategy.name for strategy in plan.strategies]
    wanted = names.index(plan.reference)
    base = wanted if wanted in same else min(same, default=wanted)
    for place, form in (forms := _forms(samples, group)).items():
        if form != forms.get(wanted, form) and not (seen[place] and seen[wanted]):
            text = f"nothing shows that {form} did what {forms[wanted]} does: return a value that can be compared"
            said.setdefault(place, Difference(text, False))
    for place, (digest, each) in same.items():
        if digest != same[base][0]:
            text = f"{_first(each, same[base][1])} returned something else than under {names[base]}"
            other = plan.strategies[place].variant != plan.strategies[base].variant
            hint = "" if other else ": they did not do the same (--values any, if values differ by nature)"
            said[place] = Difference(text + hint, not other)
    return said


def _forms(samples: Sequence[Sample], group: int) -> dict[int, str]:
    """The function that each strategy's tasks were, where its values are compared."""
    found = [(one.strategy, one.facts.get("form")) for one in samples if one.group == group and one.status == "ok"]
    return {place: form for place, form in found if form}


def _seen(samples: Sequence[Sample], group: int, place: int) -> dict[str, str]:
    """The values of a strategy's rounds: their digests, with those of each; of none where a round has none."""
    rounds: list[Round] = []
    for sample in samples:
        if (sample.group, sample.strategy, sample.status) == (group, place, "ok"):
            rounds += [*sample.warmups, *sample.rounds, *([sample.observed] if sample.observed else [])]
    if any(round.values is None for round in rounds):
        return {}
    each = {round.values: round.each for round in rounds if round.values and round.each}
    return {round.values: each.get(round.values, "") for round in rounds if round.values}


def _first(ours: str, theirs: str) -> str:
    """The first task whose values differ."""
    for at in range(0, min(len(ours), len(theirs)), DIGITS):
        if ours[at : at + DIGITS] != theirs[at : at + DIGITS]:
            return f"task {at // DIGITS}"
    return f"a task after the first {min(len(ours), len(theirs)) // DIGITS:,}"
