"""Time that no event tells of, divided among steps by when they were seen."""

from __future__ import annotations

import sys

import pytest

from harness.worker.why.pieces import Piece, Place, Sample, Step, pieces, places

FRAME = sys._getframe()
HERE: Place = (FRAME.f_code, 1, None)
LOOP: Step = (1, None)


def steps(number: int) -> list[Step]:
    """As many, of one turn of the loop."""

    def own() -> Step:
        return 1, sys._getframe()

    return [own() for _ in range(number)]


def told(found: list[Piece], names: list[Step]) -> list[tuple[int | None, float]]:
    return [(names.index(one.step) if one.step in names else None, pytest.approx(one.seconds)) for one in found]


def test_one_step() -> None:
    names = steps(1)
    samples = [Sample(at / 100, HERE, names[0]) for at in (2, 4, 6)]
    (one,) = pieces(0.0, names[0], samples, 0.07, None)
    assert one.seconds == pytest.approx(0.07)
    assert one.places == {HERE: pytest.approx(0.07)}


def test_lines_have_half_of_the_time_from_one_to_the_other() -> None:
    (own,) = steps(1)
    there: Place = (FRAME.f_code, 2, None)
    samples = [Sample(0.02, HERE, own), Sample(0.04, HERE, own), Sample(0.059, there, own)]
    (one,) = pieces(0.0, own, samples, 0.06, None)
    assert one.places == {HERE: pytest.approx(0.0495), there: pytest.approx(0.0105)}
    assert places(0.0, samples, 0.06) == one.places


def test_a_late_look_comes_after_what_took_so_long() -> None:
    (own,) = steps(1)
    there: Place = (FRAME.f_code, 2, None)
    found = places(0.0, [Sample(0.06, there, own)], 0.06, (HERE,))
    assert found == {HERE: pytest.approx(0.05), there: pytest.approx(0.01)}
    assert places(0.0, [Sample(0.06, there, own)], 0.06) == {there: pytest.approx(0.06)}


def test_each_of_two_has_half_of_the_time_in_which_one_gave_way_to_the_other() -> None:
    names = steps(2)
    samples = [Sample(0.02, HERE, names[0]), Sample(0.04, HERE, names[1]), Sample(0.06, HERE, names[1])]
    assert told(pieces(0.0, names[0], samples, 0.07, names[1]), names) == [(0, 0.03), (1, 0.04)]


def test_what_the_sampler_missed_is_of_no_step() -> None:
    names = steps(2)
    samples = [Sample(0.02, HERE, names[0]), Sample(0.2, HERE, names[1])]
    assert told(pieces(0.0, names[0], samples, 0.22, names[1]), names) == [(0, 0.03), (1, 0.03), (None, 0.16)]


def test_short_steps_are_not_made_long() -> None:
    names = steps(20)
    samples = [Sample(0.02 * number, HERE, step) for number, step in enumerate(names)]
    found = pieces(0.0, names[0], samples, 0.4, None)
    assert max(one.seconds for one in found if one.step) < 0.03
    assert sum(one.seconds for one in found) == pytest.approx(0.4)


@pytest.mark.parametrize(("since", "until", "first"), [(0, None, 0.015), (None, 0, 0.0)])
def test_the_loop_itself_takes_nothing(since: int | None, until: int | None, first: float) -> None:
    (own,) = steps(1)
    ends = [LOOP if one is None else own for one in (since, until)]
    found = pieces(0.0, ends[0], [], 0.015, ends[1])
    assert [one.seconds for one in found] == pytest.approx([first, 0.015 - first])


def test_nobody_was_seen() -> None:
    (own,) = steps(1)
    assert told(pieces(1.0, own, [], 1.5, None), [own]) == [(0, 0.5)]
