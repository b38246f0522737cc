"""Hosts come, leave and come again, whether they had something to do or not."""

from __future__ import annotations

import threading

from harness.hosts.crew import Came, Crew, Event, Left
from harness.hosts.messages import Answered, Measure
from harness.measure.unit import Unit
from tests.builders import plan
from tests.harness.hosts.fake import WANTED, FakeHost, Hosts

SECONDS = 10.0


def said(crew: Crew) -> Event:
    event = crew.next(SECONDS)
    assert event
    return event


def test_an_idle_host_that_is_lost_leaves_at_once_and_may_come_again() -> None:
    host = FakeHost("h1")
    source = Hosts(host, grows=True)
    with Crew(source, WANTED) as crew:
        assert isinstance(said(crew), Came)
        source.lost["h1"]("its worker left")
        source.join(host)
        assert said(crew) == Left("h1", "its worker left", True)
        assert isinstance(said(crew), Came)
        assert crew.names() == ["h1"]
    assert host.opened == 2


def test_of_one_that_is_lost_at_work_nothing_more_is_heard() -> None:
    began, goes_on = threading.Event(), threading.Event()

    def script(host: FakeHost, asked: Measure) -> Answered:
        began.set()
        goes_on.wait(SECONDS)
        raise OSError("nobody hears this")

    source = Hosts(FakeHost("h1", script), grows=True)
    with Crew(source, WANTED) as crew:
        assert isinstance(said(crew), Came)
        thread = next(one for one in threading.enumerate() if one.name == "host h1")
        crew.send("h1", Measure(plan(), Unit(0, 0, [0]), [], 0.0), SECONDS)
        assert began.wait(SECONDS)
        source.lost["h1"]("its worker left")
        goes_on.set()
        thread.join(SECONDS)
        assert said(crew) == Left("h1", "its worker left", True)
        assert crew.next(0.0) is None
        assert crew.names() == []


def test_a_host_that_is_there_is_not_added_twice() -> None:
    host = FakeHost("h1")
    source = Hosts(host, grows=True)
    with Crew(source, WANTED) as crew:
        assert isinstance(said(crew), Came)
        source.join(host)
        source.lost["h1"]("its worker left")
        assert said(crew) == Left("h1", "its worker left", True)
    assert host.opened == 1
