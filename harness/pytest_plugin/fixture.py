"""What a test calls: it measures its set, or reads its row of it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from harness import api
from harness.errors import HarnessError
from harness.pytest_plugin.asked import Asked, asked
from harness.pytest_plugin.replay import Replay
from harness.pytest_plugin.sets import Sets, Shown, of_session, place
from harness.strategies import LESSONS

if TYPE_CHECKING:
    from harness.document.run import Run
    from harness.record.plan import Plan
    from harness.record.sample import Record

SKIPPED = ("unavailable", "unsupported")


class Measured(NamedTuple):
    """A run, and what it says."""

    record: Record
    run: Run


class Benchmark:
    """What a test calls, once."""

    def __init__(self, request: pytest.FixtureRequest, strategy: Any, named: Sequence[str], folder: Path) -> None:
        self._strategy, self._folder = strategy, folder
        self._lessons = set(LESSONS) - set(named)
        """Those that nobody named: `all` or `usual` did."""
        self._config = request.config
        self._place = place(request.node, strategy, request.session.items)
        self._called = False
        self._replay = Replay(request)

    def measure(self, workload: str | Callable[..., Any], *values: Any, **named: Any) -> dict[str, Any]:
        """Measure the set, or read of it, hand the rounds to pytest-benchmark, and return the row."""
        if self._called:
            pytest.fail("a test calls harness_benchmark once: write another test", pytrace=False)
        self._called = True
        said = ""
        try:
            what = asked(workload, values, named, self._place.title, self._folder)
            measured, own = self._found(what)
        except HarnessError as wrong:
            said = str(wrong)
        if said:  # outside of the handler: pytest would show both
            self._replay.fail(said)
        group = measured.run.groups[0]
        row: dict[str, Any] = msgspec.to_builtins(group.rows[own])
        told = f"{row['strategy']}: {row['status']}: {row['reason']}"
        if row["status"] in SKIPPED:
            pytest.skip(told)
        if row["status"] != "ok":
            self._replay.fail(told)
        self._replay.take(api.seconds_of_rounds(measured.record, own), group.workload.rpartition("/")[2], row)
        return row

    def _found(self, what: Asked) -> tuple[Measured, int]:
        """A run, and the place in it of this test's row. Raises HarnessError."""
        if self._replay.disabled:
            once = what.sizes | {"blocks": 1, "rounds": 1}
            return self._measured(what._replace(sizes=once), [self._strategy], self._folder / "results"), 0
        kept, title, own = of_session(self._config), self._place.title, self._place.own
        key, row = (title, what.what), (title, what.what, own)
        if why := kept.why_alone(key, row):
            return self._kept(what, [self._strategy], kept, why), 0
        if key not in kept.runs:
            try:
                kept.runs[key] = self._kept(what, self._place.strategies, kept)
            except HarnessError as wrong:
                if len(self._place.strategies) == 1:
                    raise
                kept.apart[title] = f"could not be measured in one run: {wrong}"  # perhaps of one strategy alone
        if key not in kept.runs:
            return self._kept(what, [self._strategy], kept, kept.apart[title]), 0
        kept.read.add(row)
        return kept.runs[key], own

    def _kept(self, what: Asked, strategies: list[Any], kept: Sets, remark: str = "") -> Measured:
        measured = self._measured(what, strategies, results(self._config))
        kept.shown.append(Shown(self._place.title, measured.run, remark))
        return measured

    def _measured(self, what: Asked, strategies: list[Any], folder: Path) -> Measured:
        sizes = {"blocks": self._config.getoption("--harness-blocks")} | what.sizes
        with api.asked([what.workload], strategies, what.options, **sizes) as request:
            name = api.printable(self._place.title)
            fitted = functools.partial(self._fitted, len(strategies))
            record = api.measured(request, folder, name, wait=True, fitted=fitted)
        return Measured(record, api.document(record))

    def _fitted(self, strategies: int, plan: Plan) -> Plan:
        """A plan of one group, in which what nobody named is there to teach. Raises HarnessError for another."""
        if len(plan.strategies) != strategies:
            raise HarnessError(f"one strategy to a test, not {', '.join(one.name for one in plan.strategies)}")
        if len(plan.groups) > 1:
            raise HarnessError(f"one value of each option to a test, not {len(plan.groups)} of them: parametrize it")
        found = [
            msgspec.structs.replace(one, lesson=one.name in self._lessons) if len(plan.strategies) > 1 else one
            for one in plan.strategies
        ]
        return msgspec.structs.replace(plan, strategies=found)


def results(config: pytest.Config) -> Path:
    """The folder of records: the one that is named, or where `run` puts its own in the folder that pytest was started
    in. Raises HarnessError."""
    if named := config.getoption("--harness-results"):
        return Path(config.invocation_params.dir) / str(named)
    with _in(config.invocation_params.dir):
        return api.folder(None).absolute()


@contextlib.contextmanager
def _in(folder: Path) -> Iterator[None]:
    """Be in a folder, wherever the test went."""
    with contextlib.chdir(folder):
        yield
