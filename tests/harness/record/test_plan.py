"""What plans say of the variants that cells run in."""

from __future__ import annotations

import pytest

from harness.record.plan import PlannedStrategy, Variant

TREE = Variant("base", "git:main", root="/cache/tree", instead_of="/me/repo", commit="0123456789abcdef")


def test_a_revision_is_told_by_its_commit_and_a_folder_by_its_name() -> None:
    assert TREE.identity == "git:main (0123456789ab)"
    assert Variant("base", "path:.").identity == "path:."


@pytest.mark.parametrize(
    ("root", "instead_of"), [("/cache/tree", None), (None, "/me/repo"), (None, None), ("/cache/tree", "/me/repo")]
)
def test_workers_are_told_of_a_folder_that_stands_for_another(root: str | None, instead_of: str | None) -> None:
    one = Variant("base", "git:main", root=root, instead_of=instead_of)
    both = {"root": root, "instead_of": instead_of} if root and instead_of else None
    assert one.folder == both
    assert one.at("/me/repo/jobs.py:task") == ("/cache/tree/jobs.py:task" if both else "/me/repo/jobs.py:task")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("there is no folder /cache/tree/sub", "there is no folder sub, in git:main (0123456789ab)"),
        ("/cache/tree/jobs.py has no task", "jobs.py has no task, in git:main (0123456789ab)"),
        ("/cache/tree/jobs.py broke", "/cache/tree/jobs.py broke"),
        ("there is no folder /elsewhere/sub", "there is no folder /elsewhere/sub"),
        ("there is no folder /cache/trees/sub", "there is no folder /cache/trees/sub"),
    ],
)
def test_what_is_lacking_is_told_by_its_path_within_the_variant(reason: str, told: str) -> None:
    assert TREE.told(reason) == PlannedStrategy("gevent@base", "a:B", variant=TREE).told(reason) == told
    assert PlannedStrategy("gevent", "a:B").told(reason) == Variant("x", "path:.").told(reason) == reason


def test_a_strategy_in_a_variant_is_told_with_what_that_is() -> None:
    one, plain = PlannedStrategy("gevent@base", "a:B", variant=TREE), PlannedStrategy("a@base", "a:B")
    assert (one.plain, one.identity) == ("gevent", "gevent@base = git:main (0123456789ab)")
    assert (plain.plain, plain.identity) == ("a@base", "a@base")
    assert one.told(None) is None
