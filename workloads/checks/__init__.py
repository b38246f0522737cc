"""The promises of workloads/base.py and workloads/serving.py, for anybody's workload:

@pytest.mark.parametrize("promise", promises("my_package.jobs:Invoices"), ids=str)
def test_promise(promise):
    promise.keep()
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import math
import time
import typing
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import SkipTest

from harness.strategies.asyncio import Asyncio
from harness.strategies.base import AsyncStrategy
from harness.strategies.checks import Promise
from harness.strategies.checks.promise import load
from harness.strategies.sequential import Sequential
from harness.workloads.base import Peer, Unsupported, Work, Workload
from harness.workloads.checks.fakes import LyingIo, OneRequest
from harness.workloads.checks.peers import started
from harness.workloads.checks.twins import difference
from harness.workloads.serving import Serving

Make = Callable[..., Workload]
OPTION_TYPES = (int, float, str, bool, tuple[str, ...])
TASKS = 4


def promises(target: str, **options: Any) -> list[Promise]:
    """Every promise of the workload that a target names (module:Class, path/file.py:Class), with these options.

    What is checked runs in this process, but for the peer, if there is one."""
    return [Promise(check.__name__, partial(_keep, check, target, options)) for check in CHECKS]


def _keep(check: Callable[[Make], None], target: str, options: dict[str, Any]) -> None:
    found = load(target)
    assert isinstance(found, type), f"{target} is no class"
    assert issubclass(found, Workload), f"{target} is no Workload"
    check(partial(found, **options))


def it_is_written_for_this_contract(make: Make) -> None:
    assert make().contract == Workload.contract


def its_options_are_frozen_and_have_defaults(make: Make) -> None:
    workload = make()
    kind = type(workload)
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(workload):
        assert field.init, f"{field.name} is no option: `bound` makes what tasks use beside them"
        literal = typing.get_origin(hints[field.name]) is typing.Literal
        assert literal or hints[field.name] in OPTION_TYPES, f"{field.name} is of no type that an option may have"
        has_default = (field.default, field.default_factory) != (dataclasses.MISSING, dataclasses.MISSING)
        assert has_default, f"{field.name} has no default"
        try:
            setattr(workload, field.name, getattr(workload, field.name))
        except dataclasses.FrozenInstanceError:
            continue
        raise AssertionError(f"{kind.__name__} is not frozen")
    assert hash(workload) == hash(make()), "two of the same options are not the same"


def options_that_make_no_sense_are_value_errors(make: Make) -> None:
    workload = make()
    for field in dataclasses.fields(workload):
        value = getattr(workload, field.name)
        if isinstance(value, float):
            for wrong in (math.nan, math.inf):  # which no message to a worker can carry
                _refused(make, field.name, wrong)
        if isinstance(value, int | float) and not isinstance(value, bool):
            with contextlib.suppress(ValueError):
                make(**{field.name: type(value)(-1)})


def _refused(make: Make, name: str, value: Any) -> None:
    try:
        make(**{name: value})
    except ValueError:
        return
    raise AssertionError(f"{name}={value} is no ValueError")


def its_sizes_make_sense(make: Make) -> None:
    workload = make()
    assert workload.usual_tasks() >= 1
    for tasks, concurrency in ((None, None), (7, None), (7, 3), (None, 1)):
        found = workload.sizes(tasks, concurrency)
        assert found[0] >= found[1] >= 1, found
        floor = workload.floor(*found)
        assert floor is None or 0 <= floor < math.inf, floor


def task_and_async_task_differ_by_async_and_await_alone(make: Make) -> None:
    with started(make()) as peer:
        kind = type(make().bound(Sequential(), peer))
    if kind.task is Work.task or kind.async_task is Work.async_task:
        raise SkipTest("it has no more than one of them")
    assert inspect.iscoroutinefunction(kind.async_task), "async_task is no coroutine function"
    assert not inspect.iscoroutinefunction(kind.task), "task is a coroutine function"
    assert not (found := difference(kind.task, kind.async_task)), found


def rounds_pass_its_check_and_take_no_less_than_its_floor(make: Make) -> None:
    """Twice: what one round leaves does not spoil the next."""
    with started(make()) as peer:
        for strategy in _strategies(make, peer):
            work = make().bound(strategy, peer)
            task = work.bind(strategy)
            floor = make().floor(TASKS, 1) or 0.0
            for _ in range(2):
                work.begin()
                began = time.perf_counter()
                values = _run(strategy, task)
                took = time.perf_counter() - began
                assert (wrong := work.check(values)) is None, wrong
                assert all(isinstance(note, str) for note in work.notes(values))
                assert took >= floor * 0.999, f"a round took {took:g} s, its floor is {floor:g} s"


def work_that_was_not_done_does_not_pass(make: Make) -> None:
    """Values that are missing or another's; and where a task connects, bytes that are not those that were sent."""
    with started(make()) as peer:
        for strategy in _strategies(make, peer):
            if make().sockets_per_task:
                strategy.io = LyingIo(strategy.io)
            work = make().bound(strategy, peer)
            work.begin()
            try:
                values = _run(strategy, work.bind(strategy))
            except Exception:
                assert make().sockets_per_task, "a task failed"
                continue
            damaged = [values] if make().sockets_per_task else [[None, *values[1:]], values[::-1]]
            for wrong in damaged:
                assert work.check(wrong), f"{wrong} passed"


def its_demand_makes_sense(make: Make) -> None:
    server = _server(make)
    demand = server.demand()
    assert demand.messages >= 0
    for name in ("seconds", "rate", "ramp", "patience"):
        assert 0 <= getattr(demand, name) < math.inf, name
    assert demand.messages or demand.seconds, "nothing is sent"
    assert not server.needs_peer(), "what serves needs no peer"
    assert server.sizes(None, 7) == (7, 7)


def an_exchange_is_bytes_for_bytes(make: Make) -> None:
    for index in (0, 1, 99):
        request, answer = _server(make).exchange(index)
        assert isinstance(request, bytes)
        assert isinstance(answer, bytes)
        assert request
        assert answer


def handle_and_async_handle_differ_by_async_and_await_alone(make: Make) -> None:
    kind: Any = type(_server(make).bound(Sequential(), None))
    assert not (found := difference(kind.handle, kind.async_handle)), found


def its_handlers_answer_as_its_exchange_says(make: Make) -> None:
    server = _server(make)
    for strategy in (Sequential(), Asyncio()):
        handle = server.bind_server(strategy)
        for index in (0, 5):
            request, answer = server.exchange(index)
            for piece in (len(request), 1):
                stream: Any = OneRequest(request, piece, isinstance(strategy, AsyncStrategy))
                _do(strategy, lambda handle=handle, stream=stream: handle(stream))  # type: ignore[misc]
                assert stream.answer == answer, f"{stream.answer[:60]!r} answers {request[:60]!r}, not {answer[:60]!r}"


def a_connection_that_breaks_is_no_handlers_failure(make: Make) -> None:
    server = _server(make)
    for strategy in (Sequential(), Asyncio()):
        stream: Any = OneRequest(server.exchange(0)[0], 1 << 20, isinstance(strategy, AsyncStrategy), broken=True)
        handle = server.bind_server(strategy)
        _do(strategy, lambda handle=handle, stream=stream: handle(stream))  # type: ignore[misc]


CHECKS: tuple[Callable[[Make], None], ...] = (
    it_is_written_for_this_contract,
    its_options_are_frozen_and_have_defaults,
    options_that_make_no_sense_are_value_errors,
    its_sizes_make_sense,
    task_and_async_task_differ_by_async_and_await_alone,
    rounds_pass_its_check_and_take_no_less_than_its_floor,
    work_that_was_not_done_does_not_pass,
    its_demand_makes_sense,
    an_exchange_is_bytes_for_bytes,
    handle_and_async_handle_differ_by_async_and_await_alone,
    its_handlers_answer_as_its_exchange_says,
    a_connection_that_breaks_is_no_handlers_failure,
)


def _strategies(make: Make, peer: Peer | None) -> list[Any]:
    """A strategy of each kind that can run it."""
    if make().serves():
        raise SkipTest("it serves with these options")
    able: list[Any] = []
    for strategy in (Sequential(), Asyncio()):
        with contextlib.suppress(Unsupported):
            make().bound(strategy, peer).bind(strategy)
            able.append(strategy)
    if not able:
        raise SkipTest("it has no task")
    return able


def _run(strategy: Any, task: Callable[[int], Any]) -> list[Any]:
    values: list[Any] = _do(strategy, lambda: strategy.run(task, TASKS, 1))
    return values


def _do(strategy: Any, work: Callable[[], Any]) -> Any:
    return strategy.enter(work) if isinstance(strategy, AsyncStrategy) else work()


def _server(make: Make) -> Serving:
    if not issubclass(make.func, Serving):  # type: ignore[attr-defined]
        raise SkipTest("it has no server's side")
    found = make(side="server")
    assert isinstance(found, Serving)
    return found
