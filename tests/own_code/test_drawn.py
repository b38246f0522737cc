"""Functions that nobody thought of: a row that is `ok` did its whole work in each round."""

from __future__ import annotations

import pytest

from tests.own_code.drawn import portion, smallest, whole


def test_marks_tell_whether_each_round_was_whole() -> None:
    assert whole(b"bdbdbd" + b"bbbddd", 2) == ""
    assert whole(b"bbbddd", 2).startswith("3 begun and 3 done of 2 rounds")
    assert whole(b"bbbdd" + b"bbbdddd", 2) == "a round began when 1 tasks of those before were not done"
    assert whole(b"bbbddd" + b"bbbddd", 1).startswith("6 begun")


def test_work_that_a_row_says_it_left_is_lacking_and_no_more() -> None:
    assert whole(b"bbbddd", 2, left=3) == whole(b"bbbdd" + b"bbb", 2, left=4) == ""
    assert whole(b"bbbdd" + b"bbbdddd", 2, left=1) == ""
    assert whole(b"bbbddd", 2, left=2).startswith("3 begun and 3 done of 2 rounds of 3, 2 left")


def test_what_is_ok_did_its_whole_work() -> None:
    found = smallest(portion(1000, 10))
    assert not found, found


@pytest.mark.slow
def test_what_is_ok_did_its_whole_work_in_forty_draws() -> None:
    found = smallest(portion(1001, 40))
    assert not found, found
