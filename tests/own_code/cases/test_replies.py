"""Replies are counted over all tasks and rounds: a row that got other pages than the reference has no ratio."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import rows

Document = Callable[..., dict[str, Any]]
Said = Callable[[dict[str, Any]], str]
Server = tuple[str, subprocess.Popen[str]]
WHICH = ("-s", "sequential,gevent,threads,asyncio", "-W", "http", "--blocks", "1", "-r", "1")


def test_a_server_that_limits_its_clients_is_no_faster_for_it(
    document: Document, said: Said, odd_server: Server
) -> None:
    found = rows(document(*WHICH, "-P", f"url={odd_server[0]}/limited", "--tasks", "12"))
    for name in ("gevent", "threads", "asyncio"):
        assert "429" in said(found[name]), name
        assert not found[name].get("ratio"), name
    assert "429" not in said(found["sequential"])


def test_statuses_that_change_between_rounds_are_seen(document: Document, said: Said, odd_server: Server) -> None:
    found = rows(document(*WHICH, "-P", f"url={odd_server[0]}/once", "--tasks", "5"))
    assert any("503" in said(row) for row in found.values())
    got = {name: ("200" in said(row), "503" in said(row)) for name, row in found.items()}
    different = [name for name in got if got[name] != got["sequential"]]
    assert all(not found[name].get("ratio") for name in different)


def test_sizes_that_differ_are_said(document: Document, said: Said, odd_server: Server) -> None:
    found = rows(document(*WHICH, "-P", f"url={odd_server[0]}/grows", "--tasks", "4"))
    assert all(
        len(set(re.findall(r"\b\d{2,} (?:bytes|B)\b|\d+ to \d+ bytes|sizes", said(row)))) for row in found.values()
    )
    assert not any(note == "status 200, 130 bytes" for row in found.values() for note in row.get("notes", []))


def test_a_row_that_got_every_page_says_so_as_before(document: Document, odd_server: Server) -> None:
    found = rows(document(*WHICH, "-P", f"url={odd_server[0]}/plain", "--tasks", "4"))
    assert all(row["status"] == "ok" and row["ratio"] for row in found.values())
    assert all(re.search(r"200.*5,?000 bytes", row["notes"][0]) for row in found.values())


def test_resets_are_counted(document: Document, odd_server: Server) -> None:
    found = rows(document(*WHICH, "-P", f"url={odd_server[0]}/flaky", "--tasks", "50"))
    for row in found.values():
        assert row["status"] == "failed"
        assert re.search(r"\b[1-9]\d* of \d+ failed", row["reason"]), row["reason"]


def test_short_bodies_are_failures_and_redirects_and_empty_pages_are_replies(
    document: Document, said: Said, odd_server: Server
) -> None:
    urls = [word for path in ("redirect", "empty") for word in ("-P", f"url={odd_server[0]}/{path}")]
    found = rows(document(*WHICH, *urls, "--tasks", "4"))
    assert all("302" in said(row) and "204" in said(row) for row in found.values())
    found = rows(document(*WHICH, "-P", f"url={odd_server[0]}/short", "--tasks", "4"))
    assert {row["status"] for row in found.values()} == {"failed"}


@pytest.mark.parametrize("client", ["native", "same", "requests", "urllib3"])
def test_every_client_sends_the_same_request(document: Document, odd_server: Server, client: str) -> None:
    url, server = odd_server
    odd = url.replace("//", "//user:secret@") + "/ä?q=ü x#frag"
    strategies = "sequential,threads,gevent,asyncio"
    found = rows(
        document(
            "-s",
            strategies,
            "-W",
            "http",
            "-P",
            f"client={client}",
            "-P",
            f"url={odd}",
            "--tasks",
            "1",
            "--blocks",
            "1",
            "-r",
            "1",
            "-w",
            "0",
        )
    )
    server.kill()
    assert server.stdout is not None
    seen = [eval(line) for line in server.stdout if line.startswith("b'")]
    assert {row["status"] for row in found.values()} == {"ok"}, [row["reason"] for row in found.values()]
    assert len(seen) == 2 * len(found)
    assert {head.split(b" ")[1] for head in seen} == {b"/%C3%A4?q=%C3%BC%20x"}
    names = {line.partition(b":")[0].lower() for head in seen for line in head.split(b"\r\n")[1:] if line}
    for name in (b"authorization", b"accept-encoding"):
        values = {
            next(
                (
                    line.partition(b":")[2].strip()
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(name + b":")
                ),
                None,
            )
            for head in seen
        }
        assert len(values) == 1, (name, values, names)
        assert name != b"authorization" or values != {None}


def test_a_proxy_of_the_shell_is_taken_by_all_rows_or_by_none(
    document: Document, odd_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    found = rows(document(*WHICH, "-P", "client=native", "-P", f"url={odd_server[0]}/plain", "--tasks", "2"))
    assert len({row["status"] for row in found.values()}) == 1, {name: row["reason"] for name, row in found.items()}
    ours = rows(document(*WHICH, "-P", "client=native", "-P", "latency=0", "--tasks", "2"))
    assert {row["status"] for row in ours.values()} == {"ok"}


@pytest.mark.slow
def test_a_page_that_takes_longer_than_a_librarys_own_patience_is_waited_for(
    document: Document, odd_server: Server
) -> None:
    quick = ("--tasks", "1", "-w", "0", "-r", "1", "--blocks", "1", "--timeout", "20")
    found = rows(
        document(
            "-s",
            "gevent,asyncio,threads",
            "-W",
            "http",
            "-P",
            "client=native",
            "-P",
            f"url={odd_server[0]}/slow",
            *quick,
        )
    )
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(found, "ok")
