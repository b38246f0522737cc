"""The tables of what strategies are like."""

from __future__ import annotations

import msgspec
import pytest

from harness.document.properties import Cell, Finding, Measured, Strategy
from harness.properties.cells import NOT_YET, PROPERTIES
from harness.report.properties import HEADINGS, shown, text
from tests.builders import flat


def strategy(name: str, finding: Finding, failed: list[str] | None = None) -> Strategy:
    about = Cell(
        finding=finding,
        command=f"python -m harness run -s {name} -W noop",
        failed=failed or [],
        run="r1",
        taken_at="2026-11-27T09:00:00+00:00",
    )
    return Strategy(name=name, target="a:B", properties=dict.fromkeys(HEADINGS, about))


def measured(*strategies: Strategy, warnings: tuple[str, ...] = ()) -> Measured:
    return Measured(machine_key="m", folder="/cache/it is", strategies=list(strategies), warnings=list(warnings))


def test_every_property_has_a_column() -> None:
    assert list(HEADINGS) == [one.name for one in PROPERTIES]


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (Finding(answer="yes", value=0.0104, unit="s", about=""), "yes, 10.4 ms"),
        (Finding(answer="no", value=0.0, unit="share", about=""), "none"),
        (Finding(answer="yes", value=0.125, unit="share", about=""), "12%"),
        (Finding(answer="yes", value=1.9, unit="count", about=""), "yes, 1.90"),
        (Finding(answer="no", value=1.0, unit="count", about=""), "no"),
        (Finding(answer="unknown", value=0.4, unit="count", about=""), "not seen"),
        (Finding(value=11, unit="count", about=""), "11"),
        (Finding(value=800, of=1000, unit="count", about=""), "800 of 1,000"),
        (Finding(value=1000, of=1000, unit="count", about=""), "1,000"),
        (Finding(value=2e-6, low=1e-6, high=3e-6, unit="s", about=""), "1 - 3 us"),
        (Finding(value=2048, unit="bytes", about=""), "2 KiB"),
        (Finding(status="failed", about="it fell over"), "failed"),
        (NOT_YET, "-"),
    ],
)
def test_a_cell_is_a_word_or_a_number(finding: Finding, said: str) -> None:
    assert text(finding) == said


def test_a_line_says_once_why_strategies_have_no_answer() -> None:
    said = flat(shown(measured(strategy("one", NOT_YET), strategy("two", NOT_YET)), 80))
    assert said.count("not measured: the run was interrupted") == 1
    assert "note one, two: its own sleep, time.sleep, socket.recv, updates lost," in said


def test_notes_say_what_cannot_be_used_what_failed_and_what_is_damaged() -> None:
    absent = Strategy(name="absent", target="a:C", status="unavailable", reason="needs nosuch")
    one = strategy("one", Finding(value=1, unit="count", about=""), ["10,000 tasks failed: it fell over"])
    unread = measured(absent, one, warnings=("x.jsonl is no record of ours",))
    said = flat(shown(msgspec.structs.replace(unread, disturbances=["noise"]), 80))
    assert "note the machine, while costs were measured: noise" in said
    for note in ("absent: unavailable: needs nosuch", "one: 10,000 tasks failed: it fell over"):
        assert said.count(note) == 1
    assert "x.jsonl is no record of ours: not used, remove it" in said
    assert "measured 2026-11-27 (UTC); --again measures again" in said
    assert "harness list runs --results '/cache/it is'" in said


def test_names_are_no_markup_in_a_format_of_tables() -> None:
    finding = Finding(value=1, unit="count", about="")
    assert r"\<img\>\|" in shown(measured(strategy("<img>|", finding)), "github")
    assert "&lt;img&gt;|" in shown(measured(strategy("<img>|", finding)), "unsafehtml")


def test_nothing_but_what_cannot_be_used_is_no_table() -> None:
    absent = Strategy(name="absent", target="a:C", status="unavailable", reason="needs nosuch")
    assert shown(measured(absent), 80) == "  note       absent: unavailable: needs nosuch"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen_nor_moves_the_cursor(width: int) -> None:
    long = strategy("gevent-\x1b[31mpatched-and-more", Finding(answer="yes", value=0.0104, unit="s", about="x" * 200))
    lines = shown(measured(long, strategy("b", Finding(about="long " * 40))), width).splitlines()
    assert max(map(len, lines)) <= width
    assert not any("\x1b" in line for line in lines)


def test_a_format_of_tabulate_is_whole() -> None:
    said = shown(measured(strategy("one", Finding(value=1, unit="count", about=""))), "github")
    assert "| one        | 1               | 1            | 1             |" in said
