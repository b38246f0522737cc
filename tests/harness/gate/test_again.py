"""The command that asks again what a gate asked."""

from __future__ import annotations

import msgspec

from harness.gate.again import command
from tests.records import gated


def test_a_password_is_in_no_command() -> None:
    plan = gated().header.plan
    group = msgspec.structs.replace(plan.groups[0], options={"dsn": "postgres://u:s3cret@h/db"})
    said = command(msgspec.structs.replace(plan, groups=[group]), "time", [0.02])
    assert "s3cret" not in said
    assert "dsn=postgres://u:***@h/db" in said
