"""The promises of strategies/base.py, for anybody's strategy:

    @pytest.mark.parametrize("promise", promises("my_package.eager:Eager"), ids=str)
    def test_promise(promise):
        promise.keep()

Each strategy is checked in fresh interpreters, its prelude first, with servers of our own on loopback. Nothing is
started before the first promise is to be kept; all that one interpreter can say is then said at once."""

from __future__ import annotations

import json
import subprocess
import traceback
from collections.abc import Callable, Collection
from functools import cached_property, partial
from typing import Any
from unittest import SkipTest

from harness.strategies.checks import child, servers, serving
from harness.strategies.checks.promise import PATIENCE, Promise, started

__all__ = ["Checked", "Promise", "promises"]

Outcome = str | list[str] | None
"""Of a check: a traceback, why it says nothing (a list of one text), or None where the promise was kept."""


def promises(target: str) -> list[Promise]:
    """Every promise of the strategy that a target names (module:Class, path/file.py:Class): `keep` raises
    AssertionError where it is broken, and unittest.SkipTest where it is none of this strategy's."""
    return Checked(target).promises()


class Checked:
    """A strategy with what came of its checks, each found when it is first asked for."""

    def __init__(self, target: str, without: Collection[str] = ()) -> None:
        """`without`: names of promises that are not looked at, such as those that would be waited for."""
        self.target, self.without = target, without

    def promises(self) -> list[Promise]:
        """All of them."""
        of_run = [Promise(name, partial(self._of_run, name)) for name in child.CHECKS]
        together = [Promise(check.__name__, partial(self._together, check)) for check in serving.TOGETHER]
        alone = [Promise(check.__name__, partial(self._alone, check, size)) for check, size in serving.ALONE.items()]
        return [one for one in (*of_run, *together, *alone) if one.name not in self.without]

    @property
    def overlaps(self) -> bool:
        """Whether one task goes on while another waits, as it was measured."""
        return self._run[0]

    @cached_property
    def serves_many(self) -> bool:
        """Whether a server of it answers one client while another says nothing, as it was measured."""
        return self._found["serves"] and serving.overlaps(self.target, self._first)

    @cached_property
    def _found(self) -> dict[str, Any]:
        """Its prelude, and whether it serves. Raises AssertionError where it is no strategy."""
        program = f"from harness.strategies.checks.child import describe; describe({self.target!r})"
        with started("pass", program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            said, printed = process.communicate(timeout=PATIENCE)
        found = json.loads(said) if said else printed
        assert isinstance(found, dict), found
        return found

    @property
    def _first(self) -> str:
        """What its interpreters run first."""
        module, _, function = (self._found["prelude"] or "").partition(":")
        return f"import {module}; {module}.{function}()" if module else "pass"

    @cached_property
    def _run(self) -> tuple[bool, dict[str, Outcome]]:
        """Whether tasks overlap, and what came of each check of `run`. One that ends its interpreter, or hangs, is
        told so, and the others go on in another."""
        outcomes: dict[str, Outcome] = {}
        overlaps = False
        with servers.every() as where:
            while left := [name for name in child.CHECKS if name not in {*outcomes, *self.without}]:
                arguments = f"{self.target!r}, {json.dumps(where)!r}, {left!r}"
                program = f"from harness.strategies.checks.child import run; run({arguments})"
                with started(self._first, program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                    said, printed = process.communicate()
                for line in map(json.loads, said.splitlines()):
                    if isinstance(line, dict):
                        overlaps = line["overlaps"]
                    else:
                        outcomes[line[0]] = line[1]
                if unsaid := [name for name in left if name not in outcomes]:
                    outcomes[unsaid[0]] = f"its interpreter ended with {process.returncode}:\n{printed}"
        return overlaps, outcomes

    def _of_run(self, name: str) -> None:
        told(self._run[1][name])

    @cached_property
    def _served(self) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        with serving.serving(self.target, self._first, 100 if self.serves_many else 1) as server:
            for check in serving.TOGETHER:
                if check.__name__ in self.without or (check in serving.OF_MANY and not self.serves_many):
                    continue
                outcomes[check.__name__] = outcome(lambda check=check: check(server))  # type: ignore[misc]
        return outcomes

    def _together(self, check: serving.Check) -> None:
        self._must_be_able(check)
        told(self._served[check.__name__])

    def _alone(self, check: serving.Check, size: int) -> None:
        self._must_be_able(check)
        with serving.serving(self.target, self._first, size if self.serves_many else 1) as server:
            check(server)

    def _must_be_able(self, check: serving.Check) -> None:
        if not self._found["serves"]:
            raise SkipTest("it does not serve")
        if not self.serves_many and check in serving.OF_MANY:
            raise SkipTest("it waits for real: one client that says nothing keeps all others waiting")


def outcome(check: Callable[[], Any]) -> Outcome:
    """What came of a check."""
    try:
        check()
    except Exception:
        return traceback.format_exc()
    return None


def told(found: Outcome) -> None:
    """Raise AssertionError or SkipTest with what came of a check."""
    if isinstance(found, list):
        raise SkipTest(found[0])
    assert found is None, found
