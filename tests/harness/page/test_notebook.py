"""A run as a notebook shows it."""

from __future__ import annotations

from harness.document.make import document
from tests import pages, records


def test_a_notebook_shows_the_ranking_and_its_sentence() -> None:
    text = document(records.client())._repr_html_()
    assert "gevent is fastest" in text
    assert "<td class=t>500\N{NO-BREAK SPACE}ms</td>" in text
    assert "answers/s" in document(records.server())._repr_html_()


def test_its_rules_are_for_its_own_element_alone() -> None:
    text = document(records.client())._repr_html_()
    rules = text.split("<style>", 1)[1].split("</style>", 1)[0]
    for rule in filter(None, rules.replace("}", "}\n").splitlines()):
        assert all(one.startswith(".harness-run") for one in rule.partition("{")[0].split(","))


def test_what_a_notebook_shows_is_escaped() -> None:
    text = document(pages.named(pages.HOSTILE))._repr_html_()
    assert "<script" not in text
    assert "<img" not in text
