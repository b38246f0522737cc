"""Where a child stands, read from what faulthandler prints: nothing is started."""

from __future__ import annotations

from harness.process import dumps
from harness.worker import stacks

OURS = f'  File "{dumps.PACKAGE}/worker/main.py", line 80 in main\n  File "<string>", line 1 in <module>\n'
JOB = '  File "/home/me/jobs.py", line 5 in fetch\n'
OTHER = '  File "/home/me/jobs.py", line 9 in other\n'
SELECT = '  File "/usr/lib/python3.11/selectors.py", line 468 in select\n'
LOCK = '  File "/home/me/.venv/lib/python3.11/site-packages/trio/_core/_traps.py", line 71 in wait\n'
CURRENT, THREAD, TASK = (f"{name} (most recent call first):\n" for name in ("Current thread 0x1", "Thread 0x2", "Task"))


def test_the_users_innermost_line_with_the_librarys_beside_it() -> None:
    assert dumps.place(CURRENT + LOCK + JOB + OTHER + OURS) == "jobs.py:5 in fetch (in trio/_core/_traps.py:71)"
    assert dumps.place(CURRENT + JOB + OURS) == "jobs.py:5 in fetch"


def test_a_task_of_the_users_comes_before_the_loop_that_waits_for_it() -> None:
    loop = CURRENT + SELECT + OURS
    assert dumps.place(loop + TASK + OTHER + TASK + JOB + TASK + JOB) == "jobs.py:5 in fetch", "where most are"
    assert dumps.place(loop + THREAD + JOB) == "jobs.py:5 in fetch"
    assert dumps.place(THREAD + JOB + loop + TASK + OTHER) == "jobs.py:9 in other"


def test_places_are_counted_and_the_first_few_are_said() -> None:
    loop = CURRENT + SELECT + OURS
    many = "Task x97 (most recent call first):\n"
    found = dumps.places(loop + TASK + OTHER + many + JOB + THREAD + OTHER)
    assert found == {"jobs.py:5 in fetch": 97, "jobs.py:9 in other": 2}
    assert dumps.said(found) == "tasks were 97 at jobs.py:5 in fetch, 2 at jobs.py:9 in other"
    assert dumps.said({"jobs.py:5 in fetch": 97}) == "it was at jobs.py:5 in fetch"
    assert (
        dumps.said({str(one): one for one in range(1, 6)})
        == "tasks were 1 at 1, 2 at 2, 3 at 3 and more at 2 other places"
    )


def test_all_threads_in_place_of_the_hundred_that_faulthandler_prints() -> None:
    every = "Threads x200 (most recent call first):\n"
    assert dumps.places(CURRENT + OURS + THREAD + JOB + THREAD + JOB + every + JOB) == {"jobs.py:5 in fetch": 200}


def test_a_library_is_where_it_was_if_nothing_of_the_users_is_seen() -> None:
    assert dumps.place(THREAD + LOCK + CURRENT + SELECT + OURS) == "selectors.py:468 in select"
    assert dumps.place(CURRENT + OURS) is None
    assert dumps.place("printed\n") is None
    assert dumps.place("") is None


def test_names_are_read_as_faulthandler_escapes_them() -> None:
    frame = '  File "/home/me/l\\xe4uft \\u2713 "a".py", line 3 in t\\xe4tig\n'
    assert dumps.place(CURRENT + frame) == 'läuft ✓ "a".py:3 in t\\xe4tig'


def test_what_is_printed_between_is_passed_over() -> None:
    assert dumps.place(f"noise\n{CURRENT}noise\n{JOB}\nExtension modules: a, b (total: 2)\n") == "jobs.py:5 in fetch"


def test_the_end_is_the_same_on_both_sides() -> None:
    assert dumps.END == stacks.END
