"""What is known to fail yet: a test's name (with its parameters, where only those fail), and why.

Each mark is strict: once the test passes, its line must go."""

KNOWN: dict[str, str] = {
    "test_a_failure_in_a_task_of_asyncios_is_the_rows": "leaves: what a task starts and leaves behind",
    "test_a_failure_in_what_a_task_starts_is_the_rows": "leaves: what a task starts and leaves behind",
    "test_a_task_that_was_left_on_the_loop_is_named": "leaves: what a task starts and leaves behind",
    "test_changes_that_outlive_a_task_are_said_and_reach_no_other_row": "leaves: what a task starts and leaves behind",
    "test_a_look_at_one_round_says_it_as_well": "rounds: rounds that are not alike",
    "test_work_that_the_first_round_used_up_is_said": "rounds: rounds that are not alike",
}
