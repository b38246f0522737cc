"""What a group is called."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.document.make import document
from harness.document.names import named, typed, written
from harness.record.sample import Record
from harness.report.table import tables
from harness.workloads.base import Workload
from harness.workloads.echo import Echo
from harness.workloads.http import Http
from harness.workloads.sleep import Sleep
from tests.builders import header, samples


def test_options_that_are_off_or_do_not_apply_are_not_in_a_name() -> None:
    options = {"url": ["http://a.b/"], "latency": 0.02, "tls": False, "rate": 0.0}
    assert named("http", options) == "http url=http://a.b/ latency=0.02"
    assert named("http", options, ["url", "tls"]) == "http url=http://a.b/"
    assert written(options, ["latency", "tls"]) == ["latency=0.02", "tls=False"]


def test_several_values_are_written_as_one_and_without_a_password() -> None:
    assert written({"url": ["http://u:secret@a.b/", "http://c.d/e:f@g"]}) == ["url=http://u:***@a.b/,http://c.d/e:f@g"]
    assert written({"api_key": "secret", "seconds": 0.1}) == ["api_key=***", "seconds=0.1"]
    assert typed({"pwd": ["a", "b"], "url": "http://u:secret@a.b/"}) == ["pwd=***", "pwd=***", "url=http://u:***@a.b/"]


@pytest.mark.parametrize("value", [1, 0.5, [1, 2], True])
def test_groups_that_differ_by_a_number_have_names_of_their_own(value: Any) -> None:
    assert named("w", {"token_size": value}) != named("w", {"token_size": 12})
    assert "***" not in named("w", {"token_size": value, "password_length": 12})


@pytest.mark.parametrize(
    ("workload", "names"),
    [
        (Http(), {"client", "latency", "size", "status", "tls"}),
        (Http(url=("http://a.b/",)), {"client", "url", "proxy"}),
        (
            Http(side="server"),
            {"side", "messages", "seconds", "rate", "ramp", "processes", "generators", "latency", "size", "status"},
        ),
        (
            Http(side="server", seconds=1.0),
            {"side", "seconds", "rate", "ramp", "processes", "generators", "latency", "size", "status"},
        ),
        (Echo(), {"messages", "size"}),
        (
            Echo(side="server"),
            {"side", "messages", "seconds", "rate", "ramp", "processes", "generators", "size", "stall"},
        ),
        (Sleep(), None),
    ],
)
def test_a_workload_says_which_options_apply(workload: Workload, names: set[str] | None) -> None:
    assert workload.applicable() == names


def test_a_heading_has_the_options_that_apply_and_the_document_has_all() -> None:
    options = {"client": "same", "latency": 0.02, "status": 200, "url": ["http://a.b/"], "proxy": "none"}
    made = msgspec.structs.replace(header().plan.groups[0], options=options, shown=["client", "url", "proxy"])
    plan = msgspec.structs.replace(header().plan, groups=[made])
    said = document(Record(msgspec.structs.replace(header(), plan=plan), samples(0.5), None))
    assert said.groups[0].options == options
    assert tables(said).startswith("sleep client=same url=http://a.b/ proxy=none: 10 tasks")
