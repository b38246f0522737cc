"""Documents of explain, advise, trace and sweep with names that nobody would choose, on every screen of theirs."""

from __future__ import annotations

import random
import types
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from harness.advise.document import Advice, Candidate
from harness.document.make import document
from harness.document.sweep import Sweep
from harness.explain.finding import Explanation
from harness.page import runs
from harness.page.source import Source
from harness.page.timeline import svg
from harness.report import advise, explain, sweep
from harness.report.timeline import chrome, text
from harness.sweeps import answer
from harness.tracing.document import Trace
from harness.worker.layout import FINISHED, NOTE, RUNNING, STARTED, WAITING
from tests import pages, traces
from tests.fuzz.names import Elements, name, unmoved


def made(kind: Any, drawn: random.Random) -> Any:
    """A value of a type, with all that its structs hold."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return made(arguments[0], drawn)
    if origin is Literal:
        return drawn.choice(arguments)
    if origin in (Union, types.UnionType):
        return made(drawn.choice(arguments), drawn)
    if origin is list:
        return [made(arguments[0], drawn) for _ in range(drawn.randint(0, 3))]
    if origin is dict:
        return {made(arguments[0], drawn): made(arguments[1], drawn) for _ in range(drawn.randint(0, 3))}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(**{field: made(hint, drawn) for field, hint in _fields(kind)})
    plain = {bool: drawn.random() < 0.5, int: drawn.randint(1, 9), float: drawn.expovariate(1), types.NoneType: None}
    return plain.get(kind, name(drawn))


@cache
def _fields(kind: type) -> list[tuple[str, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    return [(field, hints[field]) for field in kind.__struct_fields__ if field != "schema"]


def renamed(value: Any, drawn: random.Random, names: dict[str, str]) -> Any:
    """A document whose texts are other ones, the same for the same."""
    if isinstance(value, msgspec.Struct):
        texts = [field for field, hint in _fields(type(value)) if "Literal" not in str(hint)]
        return msgspec.structs.replace(value, **{one: renamed(getattr(value, one), drawn, names) for one in texts})
    if isinstance(value, dict):
        return {renamed(key, drawn, names): renamed(one, drawn, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(renamed(one, drawn, names) for one in value)
    return names.setdefault(value, f"{name(drawn)}{len(names)}") if isinstance(value, str) else value


def _advice(drawn: random.Random) -> Advice:
    """One that names nobody but its candidates, which are foretold."""
    said: Advice = made(Advice, drawn)
    found = [made(Candidate, drawn) for _ in range(drawn.randint(1, 4))]
    names = [one.strategy for one in found]
    foretold = {one: drawn.expovariate(1) for one in names}
    return msgspec.structs.replace(
        said,
        candidates=found,
        use=names[:1],
        also=names[1:],
        verified=names,
        foretold=foretold,
        objective=drawn.choice(["wall", "cpu", "memory", "p99"]),
        servers=None,
    )


@cache
def _trace() -> Trace:
    """One that has an event of each kind."""
    return traces.made(
        traces.record(0, STARTED, 0), traces.record(0.1, NOTE, 0, "note"), traces.record(0.2, WAITING, 0, "on", "at"),
        traces.record(0.3, STARTED, 1), traces.record(0.4, RUNNING, 0), traces.record(0.5, FINISHED, 0),
    )  # fmt: skip


@cache
def _sweeps() -> list[Sweep]:
    return [answer.of(one()) for one in (pages.crossing, pages.bent, pages.over_two_axes)]


def a_screen(drawn: random.Random, _: Path) -> None:
    """Show a document in every way. Raises AssertionError where a name got through."""
    trace = renamed(_trace(), drawn, {})
    swept = renamed(drawn.choice(_sweeps()), drawn, {})
    for said in (
        explain.screen(made(Explanation, drawn)), advise.screen(_advice(drawn)), sweep.screen(swept),
        text.screen(trace), text.screen(trace, plain=False),
    ):  # fmt: skip
        unmoved(said)
    assert not Elements(svg(trace)).found & {"script", "img", "onerror"}
    msgspec.json.decode(chrome.text(trace))
    page = Elements(runs.page([Source(document(pages.crossing()), None, sweep=swept)])).found
    assert not page & {"script", "img", "onerror", "iframe", "object"}, page
