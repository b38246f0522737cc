"""Which statements of a function wait one after another though none needs what another found: read from its text.

A careful reading, which would rather say nothing: each must be a call whose value is kept, that reads nothing which the
calls before it have made (or that was made of it), and whose name is none of what has an order (send, write, commit,
sleep...). Objects that do one thing at a time (a connection, a cursor, a stream) are passed over, as are loops that may
end early, that wait on purpose or that hold a lock."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Collection, Iterator
from typing import NamedTuple

from harness.explain.names import (
    arguments,
    attributes,
    calls,
    name_words,
    reads,
    stops,
    stored,
    words,
    words_of,
    writes,
)

ORDERED = frozenset((
    "send", "write", "put", "push", "append", "close", "commit", "execute", "acquire", "release", "lock", "sleep",
    "wait", "drain", "flush", "begin", "start", "stop", "connect", "disconnect", "login", "logout", "save",
    "insert", "update", "delete", "remove", "post", "publish", "emit", "notify", "set", "setup", "init", "create",
    "enter", "exit", "join", "checkpoint", "yield", "receive", "recv", "read", "next", "poll", "gather", "submit",
    "spawn", "shutdown", "open", "bind", "listen", "accept", "handshake", "rollback", "retry", "throttle", "order",
    "charge", "pay", "transfer", "move",
))  # fmt: skip
"""Words in the name of a call after which the next one is meant to come."""
ONE_AT_A_TIME = frozenset((
    "conn", "connection", "cursor", "cur", "tx", "txn", "transaction", "stream", "sock", "socket", "reader",
    "writer", "channel", "file", "ws", "websocket", "lock", "queue", "iterator", "process", "proc", "pipe", "state",
))  # fmt: skip
"""Words in the name of a thing that does one thing at a time."""
READS = frozenset((
    "get", "fetch", "load", "head", "options", "request", "download", "query", "lookup", "resolve", "find", "list",
))  # fmt: skip
"""Words in the name of a call that may run beside another one of the same thing."""
HOLDS = frozenset((
    "lock", "mutex", "sem", "semaphore", "limiter", "limit", "transaction", "slots", "atomic",
))  # fmt: skip
COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.Try, ast.With, ast.AsyncWith, ast.Match)


class Step(NamedTuple):
    """A statement that waits."""

    statement: ast.stmt
    call: ast.Call


class Together(NamedTuple):
    """Lines that could have waited together."""

    lines: tuple[int, ...]
    in_loop: bool


def together(source: str, first_line: int, waited: Collection[int], is_async: bool) -> Together | None:
    """The first group of lines, of those that were waited at, that could have waited together; None if there is none
    or one cannot be sure. `source` is the text of one function, whose first line is `first_line` of its file."""
    try:
        function = ast.parse(textwrap.dedent(source)).body[0]
    except (SyntaxError, IndexError, ValueError):
        return None
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    lines = frozenset(line - first_line + 1 for line in waited)
    for block, loop in blocks(function.body, None):
        if turns := [step for one in block if (step := turn_of(one, lines, is_async))]:
            return Together((turns[0].call.lineno + first_line - 1,), True)
        steps = [step for one in block if (step := step_of(one, lines, is_async))]
        if found := one_by_one(steps, loop) if loop else one_after_another(block, steps):
            return Together(tuple(step.call.lineno + first_line - 1 for step in found), loop is not None)
    return None


def blocks(body: list[ast.stmt], loop: ast.For | None) -> Iterator[tuple[list[ast.stmt], ast.For | None]]:
    """Each list of statements with the loop that it is the body of; none of what runs under a lock, or of functions
    within. Of a loop, only the body itself: what lies deeper is seldom run."""
    yield body, loop
    for one in body:
        match one:
            case ast.For(body=inner):
                yield from blocks(inner, one)
            case ast.If() | ast.Try() if loop is None:
                yield from blocks(one.body, None)
            case ast.With(items=items) | ast.AsyncWith(items=items) if loop is None:
                if not any(words_of(item.context_expr) & HOLDS for item in items):
                    yield from blocks(one.body, None)


def step_of(statement: ast.stmt, lines: frozenset[int], is_async: bool) -> Step | None:
    """The call of a statement that was waited at, if it is one that may run beside others."""
    if not touches(statement, lines):
        return None
    value = value_of(statement)
    call = None if value is None else awaited(value) if is_async else called(value)
    if isinstance(statement, ast.AsyncWith | ast.With) and isinstance(value, ast.Call):
        call = value
    if call is None or not is_free(call):
        return None
    lost = isinstance(statement, ast.Expr) and (isinstance(value, ast.Await) or value is call)
    return None if lost and not name_words(call) & READS else Step(statement, call)


def turn_of(statement: ast.stmt, lines: frozenset[int], is_async: bool) -> Step | None:
    """The call that a comprehension makes for each of its items, if those may run beside each other."""
    for one in ast.walk(statement) if touches(statement, lines) and not isinstance(statement, COMPOUND) else ():
        if isinstance(one, ast.ListComp | ast.SetComp) and len(one.generators) == 1:
            call = awaited(one.elt) if is_async else called(one.elt)
            own = stored(one.generators[0].target)
            free = call is not None and is_free(call) and not one.generators[0].is_async
            if call is not None and free and reads(arguments(call)) & own and not is_of_one_thing(call):
                return Step(statement, call)
    return None


def is_of_one_thing(call: ast.Call) -> bool:
    """Whether it may change the thing that it is a method of, and its next turn see that."""
    return isinstance(call.func, ast.Attribute) and not name_words(call) & READS


def touches(statement: ast.stmt, lines: frozenset[int]) -> bool:
    """Whether one of the lines is of a statement."""
    return not lines.isdisjoint(range(statement.lineno, (statement.end_lineno or 0) + 1))


def value_of(statement: ast.stmt) -> ast.expr | None:
    """What a statement evaluates."""
    match statement:
        case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.Expr(value=value):
            return value
        case ast.AnnAssign(value=value) | ast.Return(value=value):
            return value
        case ast.With(items=[item]) | ast.AsyncWith(items=[item]):
            return item.context_expr
    return None


def awaited(value: ast.expr) -> ast.Call | None:
    """The one call that an expression awaits."""
    found = [one.value for one in ast.walk(value) if isinstance(one, ast.Await)]
    return found[0] if len(found) == 1 and isinstance(found[0], ast.Call) else None


def called(value: ast.expr) -> ast.Call | None:
    """The call that an expression is, or that it is a method of the result of; or that a list gets."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        inner = value.func.value
        if value.func.attr in ("append", "add") and len(value.args) == 1:
            inner = value.args[0]
        if not isinstance(inner, ast.Call):
            break
        value = inner
    return value if isinstance(value, ast.Call) else None


def is_free(call: ast.Call) -> bool:
    """Whether nothing in a call's words says that there is an order."""
    things = set().union(*(words(name) for name in reads([call])), *(words(one.attr) for one in attributes(call.args)))
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    things |= words_of(receiver) if receiver is not None else set()
    ordered = any(name_words(one) & ORDERED for one in calls([call]))
    return bool(call.args or call.keywords) and not ordered and not things & ONE_AT_A_TIME


def one_after_another(block: list[ast.stmt], steps: list[Step]) -> list[Step]:
    """Those of a block's steps of which none needs what another made: at least two, or none."""
    found: list[Step] = []
    made: set[str] = set()
    for statement in block:
        step = next((one for one in steps if one.statement is statement), None)
        if step and not reads(step_reads(step)) & made and not any(clash(one, step) for one in found):
            found.append(step)
            made |= writes(statement)
        elif found and (step or reads([statement]) & made):
            if stops(statement):
                break
            made |= writes(statement)
        elif found and stops(statement):
            break
    return found if len(found) > 1 else []


def step_reads(step: Step) -> list[ast.AST]:
    """Where a step reads what may have been made: a `with` in its body, too."""
    return [step.statement] if isinstance(step.statement, ast.With | ast.AsyncWith) else [step.call]


def clash(one: Step, other: Step) -> bool:
    """Whether two calls are of one thing that may mind, or are the same call twice."""
    if ast.dump(one.call) == ast.dump(other.call):
        return True
    receivers = [ast.dump(step.call.func.value) for step in (one, other) if isinstance(step.call.func, ast.Attribute)]
    same = len(receivers) == 2 and receivers[0] == receivers[1]
    return same and not (name_words(one.call) & READS and name_words(other.call) & READS)


def one_by_one(steps: list[Step], loop: ast.For) -> list[Step]:
    """The steps of a loop, if no turn needs what another made, and none ends it or waits on purpose."""
    if not steps or stops(*loop.body) or loop.orelse or any("sleep" in name_words(call) for call in calls(loop.body)):
        return []
    made: set[str] = set().union(*(writes(step.statement) for step in steps))
    for _ in loop.body:  # until nothing new is made of it
        made |= set().union(*(writes(one) for one in loop.body if reads([one]) & made))
    own, here = stored(loop.target), set[str]()
    for statement in loop.body:
        step = next((one for one in steps if one.statement is statement), None)
        if step and (reads([step.call]) & made - here or not reads(arguments(step.call)) & (own | here)):
            return []
        if step and is_of_one_thing(step.call):
            return []
        here |= writes(statement) if not isinstance(statement, ast.AugAssign) else set()
    return steps
