"""Whether strategies did the same, by what their tasks returned."""

from __future__ import annotations

import msgspec

from harness.record.plan import Variant
from harness.record.sample import Sample
from harness.statistics.same import differences
from tests import builders

EACH = {"a": "000001000002", "b": "000001000003"}


def returned(strategy: int, *values: str | None, block: int = 0, form: str | None = None) -> Sample:
    """A sample whose warm-up and rounds returned these."""
    made = builders.sample(strategy, block, 1.0)
    rounds = [msgspec.structs.replace(made.rounds[0], values=one, each=EACH.get(one or "")) for one in values]
    facts = {"form": form} if form else {}
    return msgspec.structs.replace(made, facts=facts, warmups=rounds[:1], rounds=rounds[1:], observed=None)


def said(*samples: Sample, **plan: object) -> dict[int, tuple[str, bool]]:
    made = msgspec.structs.replace(builders.plan(), **plan)
    return {place: (one.text, one.invalid) for place, one in differences(made, samples, 0).items()}


def test_the_same_values_say_nothing() -> None:
    assert said(returned(0, "a", "a"), returned(1, "a", "a")) == {}


def test_a_row_whose_values_differ_is_invalid_and_says_from_which_task_on() -> None:
    (found,) = said(returned(0, "a", "a"), returned(1, "b", "b")).items()
    assert found[0] == 1
    assert found[1][1]
    assert found[1][0].startswith("task 1 returned something else than under sequential: they did not do the same")


def test_a_difference_after_those_that_are_told_one_by_one_is_said_so() -> None:
    (found,) = said(returned(0, "a", "a"), returned(1, "c", "c")).values()
    assert found[0].startswith("a task after the first 0 returned")


def test_any_values_will_do_where_that_is_asked_for() -> None:
    assert said(returned(0, "a", "a"), returned(1, "b", "b"), values="any") == {}


def test_values_that_differ_from_round_to_round_or_worker_to_worker_are_a_remark() -> None:
    for samples in ([returned(1, "a", "b")], [returned(1, "a", "a"), returned(1, "b", "b", block=1)]):
        (found,) = said(returned(0, "a", "a"), *samples).items()
        assert found[0] == 1
        assert found[1] == ("its values differ from round to round, so they do not show that it did the same", False)


def test_values_that_are_not_compared_say_nothing() -> None:
    assert said(returned(0, None, None), returned(1, "a", "a")) == {}
    assert said(returned(0, "a", "a"), returned(1, "b", None)) == {}


def test_rows_are_compared_with_the_first_that_has_values_where_the_reference_has_none() -> None:
    both = {"strategies": [*builders.plan().strategies, builders.plan().strategies[1]]}
    found = said(returned(0, None, None), returned(1, "a", "a"), returned(2, "b", "b"), **both)
    assert list(found) == [2]
    assert found[2][0].startswith("task 1 returned something else than under gevent")


def test_another_variant_may_return_something_else_and_it_is_said() -> None:
    first, second = builders.plan().strategies
    arms = [first, msgspec.structs.replace(second, variant=Variant("new", "path:."))]
    (found,) = said(returned(0, "a", "a"), returned(1, "b", "b"), strategies=arms).values()
    assert found == ("task 1 returned something else than under sequential", False)


def test_two_forms_without_values_show_nothing() -> None:
    (found,) = said(returned(0, None, None, form="price"), returned(1, None, None, form="aprice")).values()
    assert found[0].startswith("nothing shows that aprice did what price does")
    assert not found[1]
    assert said(returned(0, None, form="price"), returned(1, None, form="price")) == {}
