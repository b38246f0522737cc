"""What `--on` means, and what is refused of it before anything is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.plan.address import LARGEST, Address, Trust, address, command
from harness.plan.request import Request, check


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ssh://h1", Address("ssh", ["h1"])),
        ("ssh://fd00::1,::1,far:c1", Address("ssh", ["fd00::1", "::1", "far:c1"])),
        ("ssh://h1,me@h2.example, h3/", Address("ssh", ["h1", "me@h2.example", "h3"])),
        ("tcp://127.0.0.1:8786", Address("tcp", scheduler="tcp://127.0.0.1:8786")),
        ("tcp://localhost:8786", Address("tcp", scheduler="tcp://localhost:8786")),
        ("tcp://[::1]:8786", Address("tcp", scheduler="tcp://[::1]:8786")),
        ("tls://10.0.0.1:8786", Address("tls", scheduler="tls://10.0.0.1:8786")),
    ],
)
def test_hosts_or_a_scheduler(text: str, found: Address) -> None:
    assert address(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("h1,h2", "--on h1,h2: write ssh://HOST,HOST"),
        ("http://h1:80", "--on http://h1:80: write ssh://HOST,HOST"),
        ("ssh://", "'' is no host"),
        ("ssh://h1,,h2", "'' is no host"),
        ("ssh://-oProxyCommand=x", "'-oProxyCommand=x' is no host"),
        ("ssh://h1/a", "'h1/a' is no host"),
        ("ssh://h1:2222", "'h1:2222' is no host: write ssh://HOST,HOST, ports and keys in ~/.ssh/config"),
        ("ssh://h1,h1", "h1 is there twice"),
        ("tcp://h1", "is no address of a scheduler"),
        ("tcp://h1:none", "is no address of a scheduler"),
        ("tcp://:8786", "is no address of a scheduler"),
        ("tcp://10.0.0.1:8786", "anybody who reaches 10.0.0.1:8786 can run programs on your hosts"),
        ("tcp://0.0.0.0:8786", "anybody who reaches"),
    ],
)
def test_what_is_neither_is_a_line(text: str, said: str) -> None:
    with pytest.raises(HarnessError) as wrong:
        address(text)
    assert said in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_who_says_so_trusts_a_network() -> None:
    assert address("tcp://10.0.0.1:8786", Trust(insecure=True)).scheduler == "tcp://10.0.0.1:8786"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"address": "tls://10.0.0.1:8786"}', None),
        ('{"address": "tcp://10.0.0.1:8786"}', "anybody who reaches"),
        ('{"address": 5}', "no scheduler file"),
        ("[]", "no scheduler file"),
        ("", "no scheduler file"),
        ("\x00", "no scheduler file"),
        (" " * LARGEST + "{}", "no scheduler file"),
        ("[" * 100_000, "no scheduler file"),
    ],
)
def test_a_scheduler_file(content: str, said: str | None, tmp_path: Path) -> None:
    (tmp_path / "scheduler.json").write_text(content)
    if said is None:
        assert address(str(tmp_path / "scheduler.json")).scheme == "tls"
        return
    with pytest.raises(HarnessError, match=said):
        address(str(tmp_path / "scheduler.json"))


def test_certificates_have_to_be_there_and_are_for_tls(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"^--tls-ca none.pem: there is no such file$"):
        address("tls://h1:8786", Trust(ca="none.pem"))
    with pytest.raises(HarnessError, match=r"certificates are for tls://127\.0\.0\.1:8786"):
        address("tcp://127.0.0.1:8786", Trust(ca="none.pem"))


def test_the_command_is_the_shells_words() -> None:
    assert command("a -b '{host} c' sh -c", "h1", "x y") == ["a", "-b", "h1 c", "sh", "-c", "x y"]
    assert command(None, "h1", "x")[-2:] == ["h1", "x"]
    assert "BatchMode=yes" in command(None, "h1", "x")
    for wrong, said in (("ssh", "name where the host stands"), ("'ssh {host}", "No closing quotation")):
        with pytest.raises(HarnessError, match=said):
            command(wrong, "h1", "x")


APART = {"server_on": "h1", "load_from": "h2,h3"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"install": True}, "--install is for --on and --server-on"),
        ({"load_from": "h2"}, "--server-on HOST and --load-from HOST,HOST go together"),
        ({"server_on": "h1"}, "--server-on HOST and --load-from HOST,HOST go together"),
        ({**APART, "on": "ssh://h1"}, "give one of the two"),
        ({**APART, "server_on": "tcp://h1:8786"}, "--server-on tcp://h1:8786: 'tcp://h1:8786' is no host: write HOST"),
        ({**APART, "server_on": "h1,h4"}, "--server-on h1,h4: one host serves"),
        ({**APART, "load_from": "h2,,h3"}, "--load-from h2,,h3: '' is no host"),
        ({**APART, "load_from": "h2,h2"}, "--load-from h2,h2: h2 is there twice"),
        ({**APART, "load_from": "h2,h1"}, "--load-from h2,h1: h1 serves: generators need a host of their own"),
        ({**APART, "ssh": "ssh"}, "--ssh ssh: name where the host stands"),
        ({**APART, "tls_ca": "x"}, "--tls-ca is for --on"),
        ({**APART, "mixed_hosts": True}, "--mixed-hosts is for --on"),
        ({**APART, "pin": "one"}, "--pin one is for one machine"),
        ({**APART, "variants": ["a=python:3.12"]}, "--variant is for one machine: leave it or --server-on out"),
        ({"mixed_hosts": True}, "--mixed-hosts is for --on"),
        ({"tls_ca": "x"}, "--tls-ca is for --on"),
        ({"on": "ssh://h1", "variants": ["a=git:v1,pip:x==1"]}, "a=git:v1,pip:x==1: hosts have this Python"),
        ({"on": "nowhere"}, "--on nowhere: write"),
        ({"on": "ssh://h1", "ssh": "ssh"}, "--ssh ssh: name where the host stands"),
    ],
)
def test_a_request_is_refused_before_anything_starts(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        check(Request(**asked))
