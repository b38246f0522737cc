"""The command that repeats a run: what it makes is the plan that it was made of."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from harness.cli.run import command as run_command
from harness.document import again
from harness.machine.limits import Limits
from harness.plan import make
from harness.plan.make import Question
from harness.plan.request import Request
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy, Variant
from harness.record.sample import Commit
from harness.worker.messages import DescribeStrategy, StrategyDescribed, WorkloadDescribed
from tests.builders import header

ROOMY = Limits(descriptors=100_000, threads=100_000, ports=28_232)
OURS = [PlannedStrategy(name, f"harness.strategies.{name}:S") for name in ("sequential", "gevent")]
GROUP = PlannedGroup("sleep", "harness.workloads.sleep:Sleep", {"seconds": 0.01, "call": "native"}, 10, 10, given=[])


def described(asked: Sequence[Question], variant: Variant | None) -> list[Any]:
    """Strategies without threads, and a workload whose options are texts."""
    return [
        StrategyDescribed("", None, 0, None, False) if isinstance(one, DescribeStrategy) else of_workload(one)
        for one in asked
    ]


def of_workload(one: Any) -> WorkloadDescribed:
    tasks = one.tasks or 20
    sizes = {"tasks": tasks, "concurrency": one.concurrency or tasks}
    options = {"seconds": "0.01", "call": "native"} | dict(one.options)
    serving = {"serves": True, "demand": {"messages": 1, "seconds": 1.0, "rate": 0.0, "ramp": 1.0, "patience": 1.0}}
    case = {"options": options, "floor_seconds": None, "sockets_per_task": 2, "peer_module": None}
    more = serving if options.get("call") == "server" else {}
    return WorkloadDescribed("", {"seconds": 1, "call": "a"}, [case | sizes | more])


def planned(**asked: Any) -> Plan:
    given = {"strategies": ["gevent,asyncio"], "workloads": ["sleep"]} | asked
    return make.make(Request(**given), described, ROOMY)


def typed(made: Plan) -> list[str]:
    return shlex.split(again.run(made, made.groups[0], [one.name for one in made.strategies]))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"quick": True},
        {"options": ["call=server"], "server_on": "h1", "load_from": "h2,h3"},
        {"options": ["call=server"], "server_on": "h1", "load_from": "h2", "ssh": "my shell {host}", "insecure": True},
        {"on": "ssh://h1,h2"},
        {"on": "ssh://h1,h2", "ssh": "ssh -F 'a file' {host}", "mixed_hosts": True, "install": True, "blocks": 5},
        {"on": "tcp://10.0.0.1:8786", "insecure": True},
        {"quick": True, "rounds": 3},
        {"quick": True, "blocks": 5},
        {"fresh": True},
        {"fresh": True, "blocks": 4, "warmup": 2},
        {"rounds": 1},
        {"blocks": 3},
        {"blocks": 10},
        {"blocks": 10, "max_time": 60.0},
        {"max_time": 90.5},
        {"precision": 0.0123456789},
        {"precision": 0.01, "max_time": 60.0},
        {"precision": 0.01, "blocks": 320},
        {"count": "instructions", "count_with": "qemu"},
        {"count": "instructions", "count_with": "perf", "blocks": 10},
        {"pin": "none", "warmup": 0, "timeout": 5.0, "margin": 0.05, "silence": 2.0, "values": "any"},
        {"allow_failures": 0.02, "tasks": 30, "concurrency": 3},
        {"memory_limit": 2 << 30},
        {"memory_limit": 1536 << 20},
        {"memory_limit": 2001 << 10},
        {"tasks": 20},
        {"options": ["seconds=0.5"]},
        {"options": ["call=it's $HOME; a"]},
        {"options": ["call=server"], "find_capacity": True},
        {"options": ["call=server"], "find_capacity": True, "slo": 0.0012, "max_time": 30.0, "blocks": 2},
    ],
    ids=str,
)
def test_the_command_of_a_run_makes_the_same_plan_again(asked: dict[str, Any]) -> None:
    made = planned(**asked)
    read = run_command.make_context("run", typed(made)[4:]).params
    known = {name: value for name, value in read.items() if name in Request.__dataclass_fields__}
    same = make.make(Request(**known), described, ROOMY)
    assert msgspec.structs.replace(same, seed=made.seed) == made


def test_how_hosts_are_reached_is_typed_where_there_are_some() -> None:
    """What an environment or a project says of ssh is for hosts alone."""
    assert "--ssh" not in typed(planned(ssh="my shell {host}"))


def test_what_nobody_asked_for_is_not_typed() -> None:
    assert typed(planned()) == ["python", "-m", "harness", "run", "-s", "gevent,asyncio", "-W", "sleep"]


def test_options_that_were_given_several_times_are_typed_so() -> None:
    group = PlannedGroup("http", "a:B", {"url": ["http://a/", "http://b/?c=1,2"]}, 10, 10, given=["url"])
    words = shlex.split(again.command("run", {}, ["gevent"], [group]))
    assert words[-4:] == ["-P", "url=http://a/", "-P", "url=http://b/?c=1,2"]


def test_values_that_made_groups_are_typed_in_one() -> None:
    groups = [msgspec.structs.replace(GROUP, options={"seconds": one}, given=["seconds"]) for one in (0.1, 0.5)]
    assert again.command("run", {}, ["gevent"], groups).endswith("-W sleep -P seconds=0.1,0.5")


def test_a_password_is_in_no_command() -> None:
    group = msgspec.structs.replace(GROUP, options={"dsn": "postgres://u:s3cret@h/db"}, given=["dsn"])
    said = again.command("gate", {"base": "pip:git+https://u:t0ken@h/a"}, ["gevent"], [group])
    assert "s3cret" not in said
    assert "t0ken" not in said


def test_a_secret_is_in_none_and_a_number_in_each() -> None:
    options = {"token": "it is secret", "token_size": 100}
    group = msgspec.structs.replace(GROUP, options=options, given=[*options])
    said = again.command("run", {"ssh": 'sshpass -p "se cret" ssh {host}'}, ["gevent"], [group])
    words = shlex.split(said)
    assert words[-4:] == ["-P", "token=***", "-P", "token_size=100"]
    assert "sshpass -p *** ssh {host}" in words


def tells(
    group: PlannedGroup, here: bool = False, before: dict[str, str] | None = None,
    after: dict[str, str] | None = None, **asked: Any,
) -> str | None:  # fmt: skip
    commits = [Commit(letter * 40, datetime(2026, 11, 27, tzinfo=UTC)) for letter in "ab"]
    made = msgspec.structs.replace(planned(**asked), strategies=OURS)
    then, now = (msgspec.structs.replace(header(), plan=made, commit=one) for one in commits)
    pair = [msgspec.structs.replace(one, versions=versions or {}) for one, versions in ((then, before), (now, after))]
    return again.tells(pair[0], pair[1], group, ["gevent"], here)


def test_a_gate_of_revisions_is_of_what_they_hold() -> None:
    """Of what this program brings a revision has nothing: such a gate would be incomplete."""
    assert tells(GROUP) is None
    commits = f"--base git:{'a' * 12} --candidate git:{'b' * 12} -s gevent"
    assert f"gate {commits} -W ./jobs.py:job" in str(
        tells(msgspec.structs.replace(GROUP, workload="./jobs.py:job", target="/x/jobs.py:job"))
    )
    assert f"gate {commits} -W sleep" in str(tells(GROUP, here=True))


def test_a_gate_of_what_hosts_measured_is_on_them_where_they_can_have_both() -> None:
    where = {"on": "ssh://h1,h2", "ssh": "my shell {host}"}
    assert str(tells(GROUP, here=True, **where)).endswith("--on ssh://h1,h2 --ssh 'my shell {host}' -s gevent -W sleep")
    assert "--on" not in str(tells(GROUP, before={"gevent": "25.9.1"}, after={"gevent": "26.9.0"}, **where))


def test_where_libraries_differ_a_gate_is_of_them() -> None:
    said = tells(GROUP, before={"gevent": "25.9.1"}, after={"gevent": "26.9.0", "trio": "1"})
    wanted = "pip:gevent==25.9.1 --candidate pip:gevent==26.9.0,pip:trio==1"
    assert said == f"python -m harness gate --base {wanted} -s gevent -W sleep"
    assert tells(GROUP, after={"gevent": "26.9.0"}) is None  # no gate has a side without it
