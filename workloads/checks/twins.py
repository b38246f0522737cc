"""Whether two functions are the same text but for `async` and `await`."""

from __future__ import annotations

import ast
import difflib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


class Blocking(ast.NodeTransformer):
    """Rewrites what is awaited as what blocks: `async_task` as `task`, `AsyncIo` as `Io`."""

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        fields = {name: getattr(node, name, None) for name in ast.FunctionDef._fields}
        return ast.FunctionDef(**fields | {"name": plain(node.name)})  # type: ignore[arg-type]

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        self.generic_visit(node)
        return ast.For(**{name: getattr(node, name, None) for name in ast.For._fields})  # type: ignore[arg-type]

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        self.generic_visit(node)
        return ast.With(**{name: getattr(node, name, None) for name in ast.With._fields})  # type: ignore[arg-type]

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = plain(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = plain(node.attr)
        return node


def plain(name: str) -> str:
    """A name without what says that it is the awaited one of two."""
    return name.removeprefix("async_").removeprefix("Async")


def difference(blocking: Callable[..., Any], awaited: Callable[..., Any]) -> str:
    """Where the second is not the first with `async` and `await` put in; empty where it is."""
    wanted = ast.unparse(parsed(blocking)).splitlines()
    found = ast.unparse(ast.fix_missing_locations(Blocking().visit(parsed(awaited)))).splitlines()
    return "\n".join(difflib.unified_diff(wanted, found, "blocking", "awaited", lineterm=""))


def parsed(function: Callable[..., Any]) -> ast.Module:
    """A function's source as a tree."""
    return ast.parse(textwrap.dedent(inspect.getsource(function)))
