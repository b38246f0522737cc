"""What to type next, of a run on other hosts: on the same ones."""

from __future__ import annotations

import msgspec

from harness.document.make import document
from harness.document.run import Run
from harness.page import commands
from harness.report import alone
from tests import records

HOW = {"on": "ssh://h1,h2", "ssh": "ssh -F 'a file' {host}", "insecure": True}
TYPED = """--on ssh://h1,h2 --ssh 'ssh -F '"'"'a file'"'"' {host}' --insecure"""


def on_hosts() -> Run:
    made = records.alone()
    plan = msgspec.structs.replace(made.header.plan, reached=HOW)
    return document(msgspec.structs.replace(made, header=msgspec.structs.replace(made.header, plan=plan)))


def test_the_comparison_that_is_offered_is_on_the_same_hosts() -> None:
    made = on_hosts()
    assert alone.again(made, made.groups[0]).startswith(f"harness run {TYPED} -W sleep ")


def test_a_page_says_how_to_run_it_again_on_the_same_hosts() -> None:
    made = on_hosts()
    assert commands.again(made, made.groups[0]).startswith(f"harness run {TYPED} -s gevent -W sleep ")
