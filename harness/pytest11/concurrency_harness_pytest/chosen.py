"""Which strategies a test of `harness_benchmark` runs under. Imports nothing of ours but a file, by its path."""

from __future__ import annotations

import runpy
from importlib.metadata import entry_points
from typing import Any

import pytest

from .hiding import OURS, hidden

PARAMETER = "harness_strategy"
USUAL_STRATEGY = "gevent"
ALL, USUAL = "all", "usual"


def fixtures(item: Any) -> list[str]:
    """The names of the fixtures that a test uses."""
    found: list[str] = getattr(item, "fixturenames", [])
    return found


def asked(config: pytest.Config) -> list[str]:
    """What --harness-strategy names."""
    return _parted(config.getoption("--harness-strategy"))


def words(config: pytest.Config, item: Any) -> list[Any]:
    """What was written down for a test: on the command line, in its marker, or in its parameters."""
    marker = item.get_closest_marker("harness_strategies")
    call = getattr(item, "callspec", None)
    own = [call.params[PARAMETER]] if is_parametrized(item) and call and PARAMETER in call.params else []
    return own or asked(config) or _parted(marker.args if marker else ()) or [USUAL_STRATEGY]


def names(config: pytest.Config, item: Any) -> list[Any]:
    """The strategies of a test, each once; `all` is every one there is, `usual` what a run has unasked."""
    wanted = words(config, item)
    return list(dict.fromkeys(one for word in wanted for one in (_known(word) if word in (ALL, USUAL) else [word])))


def is_parametrized(item: Any) -> bool:
    """Whether a test says itself, by parametrize, which strategies it has, or a fixture of the user's does."""
    marks = (
        mark.kwargs.get("argnames", mark.args[0] if mark.args else ()) for mark in item.iter_markers("parametrize")
    )
    by_mark = any(
        PARAMETER in ([one.strip() for one in mark.split(",")] if isinstance(mark, str) else mark) for mark in marks
    )
    return by_mark or bool(item._fixtureinfo.name2fixturedefs.get(PARAMETER))


def is_asked_for(item: Any) -> bool:
    """Whether a test that says itself what it runs under does so under what the command line names."""
    wanted = asked(item.config)
    call = getattr(item, "callspec", None)
    if (
        not wanted
        or {ALL, USUAL} & set(wanted)
        or not is_parametrized(item)
        or call is None
        or PARAMETER not in call.params
    ):
        return True
    return call.params[PARAMETER] in wanted


def check(items: list[Any]) -> None:
    """Refuse a strategy that does not exist. Raises UsageError."""
    calls = [(getattr(item, "callspec", None), item) for item in reversed(items)]
    named = {call.params[PARAMETER]: item for call, item in calls if call and _is_named(call)}
    if not named:
        return
    from harness.errors import HarnessError
    from harness.plan import catalogue

    known = catalogue.strategy_targets()
    for name, item in named.items():
        try:
            if name == ALL:
                raise HarnessError(
                    "one strategy to a parameter: @pytest.mark.harness_strategies('all') has all of them"
                )
            catalogue.find("strategy", known, name)
        except HarnessError as wrong:
            raise pytest.UsageError(f"harness: {item.nodeid}: {wrong}") from None


def _is_named(call: Any) -> bool:
    """Whether a test runs under a strategy by its name; it may be a class that the test has."""
    return isinstance(call.params.get(PARAMETER), str)


def _parted(texts: Any) -> list[Any]:
    """What stands between commas; what is no text as it is."""
    return [one for text in texts for one in (text.split(",") if isinstance(text, str) else [text]) if one]


def _known(word: str) -> list[str]:
    """What a word stands for, in the order of `harness list strategies`. Raises UsageError where ours are hidden."""
    if said := hidden():
        raise pytest.UsageError(said)
    catalogue = runpy.run_path(str(OURS / "strategies" / "__init__.py"))
    every = [*catalogue["BUILT_IN"], *(one.name for one in entry_points(group=catalogue["ENTRY_POINTS"]))]
    return list(dict.fromkeys(name for name in every if word == ALL or name not in catalogue["ON_REQUEST"]))
