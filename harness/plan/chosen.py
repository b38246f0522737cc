"""Options of strategies: which there are, and the values that somebody chose."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from harness.errors import HarnessError
from harness.record.plan import PlannedGroup, PlannedStrategy

Option = tuple[str, str]


class UnknownOptionError(HarnessError):
    """Raised for an option that nothing of what was named has."""

    def __init__(self, text: str, option: str) -> None:
        super().__init__(text)
        self.option = option


def refuse_unknown(
    options: Iterable[Option], strategies: Sequence[PlannedStrategy], workloads: Mapping[str, Sequence[str]]
) -> None:
    """Raise UnknownOptionError where an option is known to no workload and no strategy, HarnessError where to both. The
    others pass it over."""
    takers = {name: [one.name for one in strategies if name in one.options] for name, _ in options}
    for option, having in takers.items():
        owners = [name for name, known in workloads.items() if option in known]
        if owners and having:
            raise HarnessError(f"-P {option}: both {owners[0]} and {having[0]} have it: rename that of {owners[0]}")
        if not owners and not having:
            exist = [f"{name} has {', '.join(known) or 'none'}" for name, known in workloads.items()]
            exist += [f"{one.name} has {', '.join(one.options)}" for one in strategies if one.options]
            raise UnknownOptionError(f"unknown option {option!r}: {'; '.join(exist)}", option)


def of_strategies(options: Iterable[Option], strategies: Sequence[PlannedStrategy]) -> list[dict[str, int]]:
    """Every combination of the values of strategies' options: `pool=10,20` stands for both. Raises HarnessError."""
    having = {name for one in strategies for name in one.options}
    values: dict[str, list[int]] = {}
    for name, text in options:
        if name in values:
            raise HarnessError(f"{name} is given twice; several values are written {name}=a,b")
        if name in having:
            values[name] = [_number(name, part) for part in text.split(",")]
    return [dict(zip(values, one, strict=True)) for one in itertools.product(*values.values())]


def _number(name: str, text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise HarnessError(f"-P {name}={text}: a whole number, 1 or more")
    return int(text)


def with_options(group: PlannedGroup, chosen: dict[str, int]) -> PlannedGroup:
    """A group with options of strategies."""
    shown = None if group.shown is None else [*group.shown, *chosen]
    return msgspec.structs.replace(group, options=group.options | chosen, of_strategies=list(chosen), shown=shown)
