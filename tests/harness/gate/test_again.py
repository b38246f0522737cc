"""The command that asks again what a gate asked."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec
import pytest

from harness.gate.again import command
from harness.record.plan import Plan, Variant
from tests.builders import plan
from tests.records import gated


def made(**changes: Any) -> Plan:
    usual = {"groups": [msgspec.structs.replace(gated().header.plan.groups[0], given=[])]}
    return msgspec.structs.replace(
        gated().header.plan, **{**usual, "blocks": 80, "rounds": None, "max_time": 300.0, **changes}
    )


def test_what_nobody_asked_for_is_not_typed() -> None:
    said = command(made(), "time", [0.02, 0.02], 80)
    assert said == "python -m harness gate --base path:base --candidate path:candidate -s gevent -W sleep"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"fresh": True, "rounds": 1}, "--fresh"),
        ({"rounds": 3}, "--rounds 3"),
        ({"blocks": 12}, "--blocks 12"),
        ({"rounds": 1}, "--rounds 1"),
        ({"max_time": 20.0}, "--max-time 20"),
        ({"reached": {"on": "ssh://h1,h2", "install": True}}, "--on ssh://h1,h2 --install"),
        ({"reached": {"on": "ssh://h1", "ssh": "ssh -F f {host}"}}, "--on ssh://h1 --ssh 'ssh -F f {host}'"),
        ({"count": "instructions", "count_with": "qemu", "rounds": 1}, "--count-with qemu"),
        ({"count": "instructions", "count_with": "qemu", "rounds": 4}, "--count-with qemu --rounds 4"),
    ],
)
def test_what_was_asked_for_is_typed_again(changes: dict[str, Any], text: str) -> None:
    assert f" --candidate path:candidate {text} -s gevent -W sleep" in command(made(**changes), "time", [0.02], 80)


def test_a_plan_of_no_versions_names_none() -> None:
    """As somebody may make a part of a gate up."""
    assert "--base" not in command(made(strategies=plan().strategies), "time", [0.02], 80)


def test_limits_that_are_not_the_metrics_are_typed() -> None:
    assert "--limit 0.0123456" in command(made(), "time", [0.0123456], 80)
    assert "--limit" not in command(made(), "time", [0.01, 0.02], 80)
    assert "--limit" not in command(made(), "time", [], 80)


def test_a_revision_is_typed_by_its_commit_with_its_libraries() -> None:
    commit, spec = "c" * 40, "git:main,pip:gevent==26.9.0"
    variants = [one and msgspec.structs.replace(one, spec=spec, commit=commit) for one in map(variant, (0, 1))]
    arms = [
        msgspec.structs.replace(one, variant=variants[place])
        for place, one in enumerate(gated().header.plan.strategies)
    ]
    words = shlex.split(command(made(strategies=arms), "time", [0.02], 80))
    assert words[words.index("--base") + 1] == f"git:{'c' * 12},pip:gevent==26.9.0"


def variant(place: int) -> Variant | None:
    return gated().header.plan.strategies[place].variant


def test_a_password_is_in_no_command() -> None:
    group = msgspec.structs.replace(made().groups[0], options={"dsn": "postgres://u:s3cret@h/db"}, given=None)
    said = command(made(groups=[group]), "time", [0.02], 80)
    assert "s3cret" not in said
    assert "dsn=postgres://u:***@h/db" in said
