"""Which function runs how many instructions of a task: read from what counters write, and with the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.measure import counters, functions
from harness.measure.counters import Tool
from harness.measure.functions import Function, Own, Owners
from harness.process.channel import Failure
from harness.process.workers import prepare
from harness.record.plan import Counter, PlannedStrategy, Variant
from harness.strategies import BUILT_IN
from tests.builders import LIBRARY, qemu, valgrind

CALLGRIND = """# callgrind format
version: 1
positions: line
events: Ir

ob=(1) /usr/lib/libpython3.11.so.1.0
fl=(1) ceval.c
fn=(1) _PyEval_EvalFrameDefault
16 400
+3 50
cob=(2) /usr/lib/libc.so.6
cfi=(2) malloc.c
cfn=(2) malloc
calls=3 10
* 3000

fn=(3) list_append'2
7 30

ob=(2)
fl=(2)
fn=(2)
10 3000
"""
PLUGIN = (
    "total 10\nown 1 2000 200\nown 3 100 10\n"
    "total 20\nown 1 4000 400\nown 3 700 20\n"
    "total 30\nown 1 6000 600\nown 3 1900 40\nown 4 50 5\n"
)  # fmt: skip
JOBS = """import hashlib
def price(index):
    for turn in range(TURNS):
        index += turn
    return index
def task(index):
    hashlib.sha256(b"x" * 1000)
    return price(index)
async def atask(index):
    hashlib.sha256(b"x" * 1000)
    return price(index)
"""


def test_what_callgrind_says_of_functions_is_their_own() -> None:
    assert functions.of_callgrind(CALLGRIND) == {
        Function("_PyEval_EvalFrameDefault", "libpython3.11.so.1.0"): 450,
        Function("list_append", "libpython3.11.so.1.0"): 30,
        Function("malloc", "libc.so.6"): 3000,
    }


@pytest.mark.parametrize("text", ["", "# callgrind format\nsummary: 1\n", "fn=(1) f\ncalls=1 2\n3 4\n"])
def test_what_has_no_function_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="no function"):
        functions.of_callgrind(text)
    with pytest.raises(ValueError, match="marks"):
        functions.of_plugin(text, [], 1, None)


def test_without_a_call_of_the_empty_function_nobody_knows_what_a_call_costs() -> None:
    with pytest.raises(ValueError, match="counted no call of the empty function"):
        functions.of_plugin("total 10\ntotal 20\ntotal 30\nown 1 0 0\n", [], 10, None)


def test_what_an_event_costs_is_taken_off() -> None:
    names = [
        (3, "price", "/tree/jobs.py", 2),
        (4, "list.append", "", 0),
        (5, "begin", f"{functions.OUR_WORKER}x.py", 1),
    ]
    found = functions.of_plugin(PLUGIN, names, 10, Variant("base", "path:/tree", root="/tree", instead_of="/here"))
    # 1900 - 2 x 700 + 100 instructions in 10 events more, each of which costs 10
    assert found == {Function("price", "jobs.py"): Own(50.0, 2), Function("list.append", ""): Own(0.0, None)}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/tree/shop/price.py", "shop/price.py"),
        ("/tree/.venv/lib/python3.11/site-packages/gevent/hub.py", "gevent/hub.py"),
        ("/usr/lib/python3.11/json/encoder.py", "json/encoder.py"),
        ("/elsewhere/deep/down/jobs.py", "down/jobs.py"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>"),
        ("", ""),
    ],
)
def test_files_are_named_alike_in_both_versions(file: str, expected: str) -> None:
    assert functions.shown(file, Variant("base", "path:/tree", root="/tree", instead_of="/here")) == expected


def counted(strategy: str, folder: Path, turns: int | str, counter: Counter = "qemu") -> Owners:
    """What each function of a job runs in a task."""
    if library := LIBRARY.get(strategy):
        pytest.importorskip(library)
    (folder / "jobs.py").write_text(JOBS.replace("TURNS", str(turns)))
    planned = PlannedStrategy(strategy, BUILT_IN[strategy])
    asked = prepare(planned, workload=f"{folder}/jobs.py:task+atask", options={}, tasks=20, concurrency=20)
    counting = functions.of_cell(counters.find(counter), planned, asked, folder)
    while True:
        try:
            next(counting)
        except StopIteration as done:
            owners: Owners = done.value
            return owners


@qemu
@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["gevent", "asyncio", "threads"])
def test_a_function_has_its_own_instructions_in_every_kind_of_strategy(strategy: str, tmp_path: Path) -> None:
    found = counted(strategy, tmp_path, 200)
    price = next(one for one in found if one.name == "price")
    assert price.file.endswith("jobs.py")
    assert found[price].line == 2
    assert 200 * 20 < found[price].instructions < 200 * 2000
    assert 20_000 < found[Function("_hashlib.openssl_sha256", "")].instructions < 40_000
    assert found[price] == max(found.values())


@qemu
def test_what_grows_is_the_function_that_does_more(tmp_path: Path) -> None:
    few, many = (counted("sequential", tmp_path, turns) for turns in (100, 200))
    growth = {one.name: many[one].instructions - few[one].instructions for one in many if one in few}
    assert max(growth, key=lambda name: growth[name]) == "price"
    assert growth["price"] > 0.9 * sum(more for more in growth.values() if more > 0)


@valgrind
@pytest.mark.slow
def test_functions_of_c_have_their_names(tmp_path: Path) -> None:
    found = counted("sequential", tmp_path, 200, "callgrind")
    assert any(one.file.startswith("libcrypto") for one in found)
    assert sum(own.instructions for own in found.values()) > 10_000


@qemu
def test_a_task_that_fails_while_it_is_counted_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"while counting by qemu: NameError.*at jobs\.py:3"):
        counted("sequential", tmp_path, "missing")


def test_what_wrote_nothing_is_a_failure(tmp_path: Path) -> None:
    silent = Tool("qemu", ("env",), counters.plugin_totals, marks=True)
    (tmp_path / "qemu").write_text("")
    planned = PlannedStrategy("sequential", BUILT_IN["sequential"])
    asked = prepare(planned, workload="harness.workloads.noop:Noop", options={}, tasks=2, concurrency=2)
    counting = functions.of_cell(silent, planned, asked, tmp_path)
    with pytest.raises(Failure, match="qemu told of no function: 0 marks of 3"):
        list(counting)
