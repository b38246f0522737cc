"""What a piece of Python reads, writes and calls, by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")


def stops(*statements: ast.stmt) -> bool:
    """Whether a statement may end what it is in, or is a loop of its own that waits for something."""
    ends = (ast.Return, ast.Raise, ast.Break, ast.While, ast.AsyncFor, ast.Assert, ast.Yield, ast.YieldFrom)
    return any(isinstance(node, ends) for one in statements for node in ast.walk(one))


def reads(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are read."""
    return {node.id for one in nodes for node in ast.walk(one) if isinstance(node, ast.Name)} - set().union(
        *(stored(one) for one in nodes if isinstance(one, ast.expr))
    )


def stored(node: ast.AST) -> set[str]:
    """The names that are assigned."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def writes(statement: ast.stmt) -> set[str]:
    """The names that a statement assigns, or of which it may change what they stand for."""
    changed = {
        root.id for one in ast.walk(statement) if isinstance(one, ast.Subscript | ast.Attribute)
        and isinstance(one.ctx, ast.Store) and isinstance(root := root_of(one), ast.Name)
    }  # fmt: skip
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        root = root_of(statement.value.func)
        changed |= (
            {root.id} if isinstance(root, ast.Name) and isinstance(statement.value.func, ast.Attribute) else set()
        )
    return stored(statement) | changed


def root_of(node: ast.expr) -> ast.expr:
    """What an attribute or an item is of, at the bottom."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node


def calls(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """All calls within."""
    return (one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Call))


def attributes(nodes: Iterable[ast.AST]) -> Iterator[ast.Attribute]:
    """All attributes within."""
    return (one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Attribute))


def name_words(call: ast.Call) -> set[str]:
    """The words in the name of what is called."""
    function = call.func
    return words(function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""))


def words_of(node: ast.AST) -> set[str]:
    """The words in all names within."""
    return set().union(*(words(one.id) for one in ast.walk(node) if isinstance(one, ast.Name)),
                       *(words(one.attr) for one in attributes([node])))  # fmt: skip


def words(name: str) -> set[str]:
    """get, user for get_user and getUser."""
    return {word.lower() for word in WORDS.findall(name)}


def arguments(call: ast.Call) -> list[ast.AST]:
    """What a call is given."""
    return [*call.args, *call.keywords]
