"""What has changed since a record was begun."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from harness.errors import HarnessError
from harness.plan.mixed import changes, check_place, check_unfinished, refuse_mixed
from harness.plan.request import Request
from harness.record.plan import Axis
from harness.record.sample import Commit, End, Header, Record, Site
from tests.builders import header, plan, sample

HOST: dict[str, Any] = {"cpu_model": "A", "cores": 2, "kernel": "6.1", "shell": {"nice": 0, "variables": {}}}
COMMIT = Commit("a" * 40, datetime(2026, 1, 1, tzinfo=UTC), "main", 0)


def made(**changed: Any) -> Header:
    return msgspec.structs.replace(
        header(), **{"host": HOST, "versions": {"gevent": "25.4"}, "commit": COMMIT} | changed
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"run": "r2", "taken_at": "2027-01-01T00:00:00+00:00", "name": "x"}, []),
        ({"plan": msgspec.structs.replace(plan(), seed=7)}, []),
        ({"host": HOST | {"load": 7.0, "machine_key": "other"}}, []),
        ({"host": HOST | {"cores": 1}}, ["host.cores was 2, is 1"]),
        ({"host": HOST | {"shell": {"nice": 19, "variables": {}}}}, ["host.shell.nice was 0, is 19"]),
        ({"versions": {"gevent": "25.5"}}, ['versions.gevent was "25.4", is "25.5"']),
        ({"versions": {}}, ['versions.gevent was "25.4", is not there']),
        ({"commit": msgspec.structs.replace(COMMIT, changed=2)}, ["commit.changed was 0, is 2"]),
        ({"plan": msgspec.structs.replace(plan(), rounds=3)}, ["plan.rounds was 1, is 3"]),
        (
            {"plan": msgspec.structs.replace(plan(), order_by="block")},
            ['plan.order_by was "run", is "block"'],
        ),
        ({"plan": msgspec.structs.replace(plan(), strategies=plan().strategies[:1])}, None),
    ],
)
def test_each_change_is_named(changed: dict[str, Any], said: list[str] | None) -> None:
    found = list(changes(made(), made(**changed)))
    if said is None:
        assert [text.partition(" was ")[0] for text in found] == ["plan.strategies"]
    else:
        assert found == said
    if found:
        with pytest.raises(HarnessError, match=r"^r1 cannot be resumed, its blocks would be of two kinds: "):
            refuse_mixed(made(), made(**changed))
    else:
        refuse_mixed(made(), made(**changed))


def test_a_password_is_no_change_and_a_long_list_is_cut() -> None:
    group = plan().groups[0]
    url = msgspec.structs.replace(group, options={"url": "http://me:secret@host/"})
    hidden = msgspec.structs.replace(group, options={"url": "http://me:***@host/"})
    before, now = (made(plan=msgspec.structs.replace(plan(), groups=[one])) for one in (hidden, url))
    refuse_mixed(before, now)
    many = {f"library{number}": "1" for number in range(9)}
    with pytest.raises(HarnessError, match=r'library4 was not there, is "1" and 4 more: run it anew$'):
        refuse_mixed(made(versions={}), made(versions=many))


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (Record(made(), [], None), None),
        (Record(made(), [], End("interrupted", 1, {})), None),
        (Record(made(), [], End("complete", 1, {})), "r1 is complete: nothing of it is left"),
        (Record(made(), [], End("partial", 1, {})), "r1 is partial: nothing of it is left"),
        (Record(made(plan=msgspec.structs.replace(plan(), axes=[Axis("tasks", 1, 9)])), [], None), "r1 is a sweep"),
    ],
)
def test_what_can_be_gone_on_with(record: Record, said: str | None) -> None:
    if said is None:
        check_unfinished(record)
        return
    with pytest.raises(HarnessError, match=said):
        check_unfinished(record)


@pytest.mark.parametrize(
    ("record", "hosts", "said"),
    [
        (Record(made(), [sample(0, 0, 1.0)], None), None, None),
        (Record(made(), [], None), Request(on="ssh://h"), None),
        (Record(made(), [], None, sites=[Site(0, "h", "i", {})]), Request(on="ssh://h"), None),
        (Record(made(), [], None, sites=[Site(0, "h", "i", {})]), None, "begun on other hosts: give its --on again"),
        (Record(made(), [sample(0, 0, 1.0)], None), Request(on="ssh://h"), "one machine: --on is for a run of its own"),
        (Record(made(), [sample(0, 0, 1.0)], None), Request(server_on="h", load_from="i"), "machine: --server-on is"),
    ],
)
def test_where_it_was_begun_it_is_gone_on_with(record: Record, hosts: Request | None, said: str | None) -> None:
    if said is None:
        check_place(record, hosts)
        return
    with pytest.raises(HarnessError, match=said):
        check_place(record, hosts)
