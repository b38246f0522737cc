"""Which functions grew, of two versions that were counted function by function."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.document.gate import Grown
from harness.errors import HarnessError
from harness.gate import grown
from harness.gate.decide import judge
from harness.measure import counters
from harness.measure.counters import CALLGRIND, Tool
from harness.measure.functions import Function, Own, Owners
from harness.process.channel import Failure
from harness.report.gate import tables
from tests import records
from tests.builders import Finished, qemu
from tests.repository import git

PRICE, TAX, SHA = Function("price", "shop.py"), Function("tax", "shop.py"), Function("_hashlib.openssl_sha256", "")
THEN: Owners = {PRICE: Own(1000.0, 6), TAX: Own(500.0, 3), SHA: Own(2000.0, None)}
NOW: Owners = {PRICE: Own(1800.0, 7), TAX: Own(400.0, 3), SHA: Own(2190.0, None), Function("new", "a.py"): Own(10.0, 1)}


def test_the_functions_that_grew_have_their_shares_the_first_most() -> None:
    assert list(grown.grown(THEN, NOW, "qemu")) == [
        Grown("price", "shop.py", 7, 1000.0, 1800.0, 0.8, "qemu"),
        Grown("_hashlib.openssl_sha256", "", None, 2000.0, 2190.0, 0.19, "qemu"),
    ]
    assert list(grown.grown(THEN, THEN, "qemu")) == list(grown.grown({}, {}, "qemu")) == []


def test_growth_of_less_than_an_instruction_of_a_task_counts_too() -> None:
    then, now = ({PRICE: Own(price, 6), TAX: Own(tax, 3)} for price, tax in ((1.0, 1.0), (1.75, 1.25)))
    assert [(one.function, one.share) for one in grown.grown(then, now, "qemu")] == [("price", 0.75), ("tax", 0.25)]


def test_five_functions_are_named_at_most_and_none_that_hardly_grew() -> None:
    seven = {Function(f"f{number}", "a.py"): Own(10.0 - number, 1) for number in range(7)}
    assert [one.function for one in grown.grown({}, seven, "qemu")] == ["f0", "f1", "f2", "f3", "f4"]
    nearly = {PRICE: Own(95.0, 6), TAX: Own(5.0, 3)}
    assert [one.function for one in grown.grown({}, nearly, "qemu")] == ["price"]
    assert [one.function for one in grown.grown({}, nearly | {TAX: Own(6.0, 3)}, "qemu")] == ["price", "tax"]


@pytest.fixture
def all_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "find", lambda name: Tool(name, (), CALLGRIND.read))


def told(candidate: float, count: grown.Count) -> str:
    record = records.gated(candidate, count=True)
    gate = judge(record, "instructions", lambda *_: 0.02)
    return tables(grown.told(gate, record.header.plan, count), "simple")


@pytest.mark.usefixtures("all_had")
def test_a_regression_says_which_functions_grew() -> None:
    said = told(1.1, lambda used, number, arms: [THEN, NOW])
    assert "grew in Python: price (shop.py:7) 80%, 1,000 -> 1,800; _hashlib.openssl_sha256 19%, 2,000 -> 2,190" in said
    assert "grew in C: price (shop.py:7) 80%" in said


@pytest.mark.usefixtures("all_had")
def test_nothing_is_counted_where_nothing_grew() -> None:
    def count(used: Tool, number: int, arms: tuple[int, int]) -> list[Owners]:
        raise AssertionError

    assert "grew" not in told(1.0, count)


def test_a_counter_that_is_not_to_be_had_is_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> Tool:
        raise HarnessError(f"--count-with {name}: it is not installed (apt-get install it); there is perf")

    monkeypatch.setattr(counters, "find", find)
    said = told(1.1, lambda used, number, arms: [THEN, NOW])
    line = "which functions grew in {} is not known without {}: it is not installed (apt-get install it)\n"
    assert line.format("Python", "qemu") in said
    assert line.format("C", "callgrind") in said
    assert said.endswith("gate: regression")


@pytest.mark.usefixtures("all_had")
def test_a_count_that_fails_is_a_remark() -> None:
    def count(used: Tool, number: int, arms: tuple[int, int]) -> list[Owners]:
        raise Failure("failed", f"while counting by {used.name}: no memory")

    assert "grew in Python is not known: while counting by qemu: no memory" in told(1.1, count)


SHOP = """def tax(value):
    return value * 2


def price(index):
    for _ in range({turns}):
        index += 1
    return tax(index)
"""


@qemu
@pytest.mark.slow
def test_a_loop_in_a_function_of_the_users_is_named_with_its_line(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:  # fmt: skip
    git(tmp_path, "init", "--quiet")
    (tmp_path / "jobs.py").write_text("import shop\n\ndef task(index):\n    return shop.price(index)\n")
    (tmp_path / "shop.py").write_text(SHOP.format(turns=100))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "then")
    (tmp_path / "shop.py").write_text("\n\n" + SHOP.format(turns=150))
    asked = ("--base", "git:HEAD", "-s", "gevent", "-W", "./jobs.py:task", "--tasks", "50")
    done = harness("gate", *asked, "--metric", "instructions", "--json", "gate.json")
    assert done.returncode == 1
    (cell,) = json.loads((tmp_path / "gate.json").read_text())["cells"]
    first = cell["grew"][0]
    assert (first["function"], first["file"], first["line"], first["seen_by"]) == ("price", "shop.py", 7, "qemu")
    assert first["share"] > 0.9
    assert "grew in Python: price (shop.py:7)" in done.stdout
