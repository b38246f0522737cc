"""What has to be equal for two hosts to measure the same: what is installed, and what machine it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

NAMED = 3
KIND = {"cpu_model": "processor", "cores": "cores", "machine": "architecture", "system": "system", "kernel": "kernel"}
"""Facts in which hosts of one kind are equal, and what they are called; Python and packages are the client's anyway."""


class Environment(NamedTuple):
    """A Python, and the versions of what is installed (`boot.version`)."""

    python: str
    implementation: str
    distributions: Mapping[str, str]

    @property
    def requirements(self) -> list[str]:
        """What uv installs for it: all that an index has."""
        return [f"{name}=={version}" for name, version in self.distributions.items() if " " not in version]


def lacking(theirs: Environment, ours: Environment) -> str | None:
    """What a host lacks of our environment; None where it has the same versions of all, and maybe more."""
    if theirs[:2] != ours[:2]:
        return f"{_python(theirs)}, here {_python(ours)}"
    differ = {
        name: (theirs.distributions.get(name), version)
        for name, version in ours.distributions.items()
        if theirs.distributions.get(name) != version
    }
    if not differ:
        return None
    named = [f"{name} {found or 'is not there'}, here {wanted}" for name, (found, wanted) in differ.items()]
    more = f" and {len(named) - NAMED} more packages" if len(named) > NAMED else ""
    return f"{'; '.join(named[:NAMED])}{more}"


def _python(one: Environment) -> str:
    return f"{'Python' if one.implementation == 'cpython' else one.implementation} {one.python}"


def kind(facts: Mapping[str, Any]) -> tuple[Any, ...]:
    """What hosts of one kind have in common."""
    return tuple(facts.get(name) for name in KIND)


def unlike(facts: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    """In what a host is of another kind than others."""
    found = [
        f"{called} {facts.get(name)}, elsewhere {others.get(name)}"
        for name, called in KIND.items()
        if facts.get(name) != others.get(name)
    ]
    return f"it is another kind of host ({'; '.join(found)}): --mixed-hosts pools them"
