"""`task` and `async_task` do the same: their source differs by async and await alone."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from harness.workloads import BUILT_IN, http_clients
from harness.workloads.base import Workload
from harness.workloads.echo import Echo
from harness.workloads.http import Http
from harness.workloads.serving import Serving

TWINS = {
    "async_task": "task",
    "async_same": "same",
    "async_handle": "handle",
    "AsyncStream": "Stream",
    "AsyncIo": "Io",
    "AsyncFetch": "Fetch",
}


class Blocking(ast.NodeTransformer):
    """Rewrites the async twin as the blocking one."""

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        fields = {name: getattr(node, name, None) for name in ast.FunctionDef._fields}
        fields["name"] = TWINS.get(node.name, node.name)
        return ast.FunctionDef(**fields)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = TWINS.get(node.name, node.name)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = TWINS.get(node.id, node.id)
        return node


def parsed(function: Callable[..., Any]) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def blocking(function: Callable[..., Any]) -> str:
    return ast.dump(Blocking().visit(parsed(function)), indent=1)


def original(function: Callable[..., Any]) -> str:
    return ast.dump(parsed(function), indent=1)


@pytest.mark.parametrize("name", BUILT_IN)
def test_task_and_async_task_differ_by_async_and_await_alone(name: str) -> None:
    module, _, attribute = BUILT_IN[name].partition(":")
    workload: type[Workload] = getattr(importlib.import_module(module), attribute)
    assert blocking(workload.async_task) == original(workload.task)


@pytest.mark.parametrize("workload", [Echo, Http])
def test_handle_and_async_handle_differ_by_async_and_await_alone(workload: type[Serving]) -> None:
    assert blocking(workload.async_handle) == original(workload.handle)


def test_the_sans_io_clients_differ_by_async_and_await_alone() -> None:
    assert blocking(http_clients.async_same) == original(http_clients.same)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_async_task_is_a_coroutine_function_and_no_task_is(name: str) -> None:
    module, _, attribute = BUILT_IN[name].partition(":")
    workload: type[Workload] = getattr(importlib.import_module(module), attribute)
    assert inspect.iscoroutinefunction(workload.async_task)
    assert not inspect.iscoroutinefunction(workload.task)


def test_a_difference_in_the_text_would_be_seen() -> None:
    def task(io: Any, index: int) -> int:
        io.sleep(index)
        return index

    async def async_task(io: Any, index: int) -> int:
        await io.sleep(index + 1)
        return index

    assert blocking(async_task) != original(task)
