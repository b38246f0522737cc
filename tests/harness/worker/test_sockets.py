import socket
from pathlib import Path

import pytest

from harness.worker import sockets
from harness.worker.sockets import Socket
from harness.worker.why.network import Late, dialling, undone

OURS, THEIRS = "0100007F:D04A", "0100007F:0050"
CONNECTED = Socket(OURS, THEIRS, sockets.ESTABLISHED, 0, "7")
LISTENS = Socket("00000000:0050", "00000000:0000", sockets.LISTEN, 0, "9")


def other_end(unread: int, inode: str) -> Socket:
    return Socket(THEIRS, OURS, sockets.ESTABLISHED, unread, inode)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (other_end(0, "8"), {}),  # it has read all
        (other_end(5, "8"), {(OURS, THEIRS): 5}),
        (other_end(0, "0"), {(OURS, THEIRS): 0}),  # nobody has accepted it
        (other_end(5, "6"), {}),  # it is ours as well
        (Socket(THEIRS, "0100007F:FFFF", sockets.ESTABLISHED, 5, "8"), {}),  # of somebody else
    ],
)
def test_what_the_other_end_leaves_undone(end: Socket, expected: dict[tuple[str, str], int]) -> None:
    assert undone([LISTENS, CONNECTED, end], {"6", "7"}) == expected


def test_a_connection_that_this_process_itself_has_not_accepted_is_none() -> None:
    assert undone([LISTENS, CONNECTED, other_end(5, "0")], {"7"}) == {(OURS, THEIRS): 5}
    own = LISTENS._replace(local=THEIRS)
    assert undone([own, CONNECTED, other_end(5, "0")], {"7", "9"}) == {}
    assert undone([LISTENS, CONNECTED, other_end(5, "0")], {"7", "9"}) == {}


def test_a_syn_without_an_answer() -> None:
    syn = Socket(OURS, THEIRS, sockets.SYN_SENT, 0, "7")
    assert dialling([syn, CONNECTED], {"7"}) == {(OURS, THEIRS): 0}
    assert dialling([syn], set()) == {}


def test_late_is_what_nothing_happens_to() -> None:
    late, pair, other = Late(0.1), ("a", "p"), ("b", "p")
    late.see({pair: 5}, 1.0, 0.02)
    late.see({pair: 5}, 1.05, 0.05)
    assert late.seconds == 0.0
    late.see({pair: 5, other: 1}, 1.12, 0.07)
    assert late.seconds == pytest.approx(0.12)  # its age
    late.see({pair: 5, other: 1}, 1.24, 0.12)
    assert (late.seconds, late.pair_seconds, late.most) == (pytest.approx(0.24), pytest.approx(0.36), 2)
    late.see({pair: 7}, 1.3, 0.06)  # some of it was read, or more was sent
    assert late.seconds == pytest.approx(0.24)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("0100007F:0050", "127.0.0.1:80"), ("0A0200C0:1F90", "192.0.2.10:8080"), ("0" * 32 + ":0050", "port 80")],
)
def test_addresses(name: str, expected: str) -> None:
    assert sockets.address(name) == expected


def test_the_sockets_of_this_process_are_among_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
        own = sockets.inodes()
        mine = [one for one in sockets.sockets() if one.inode in own]
        port = f":{listener.getsockname()[1]:04X}"
        assert {one.state for one in mine if one.local.endswith(port)} == {sockets.LISTEN}
        assert [one.state for one in mine if one.remote.endswith(port)] == [sockets.ESTABLISHED]
        assert sockets.listener_of(f"0100007F{port}", mine) is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_sock_diag_says_what_proc_does(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_BYTES", 1 << 30)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, 0), family=family) as listener,
        socket.create_connection(listener.getsockname()[:2]) as one,
        socket.create_connection(listener.getsockname()[:2]),
        listener.accept()[0],
    ):
        one.sendall(b"unread")
        own, name = sockets.inodes() | {"0"}, "tcp6" if ":" in host else "tcp"
        port = f":{listener.getsockname()[1]:04X}"
        found = [{item for item in all_of if item.inode in own and port in f"{item.local} {item.remote}"}
            for all_of in (sockets.dumped(family), sockets.lines_of(f"/proc/self/net/{name}"))]  # fmt: skip
        assert found[0] == found[1]
        assert len(found[0]) == 5
        assert {item.unread for item in found[0] if item.state == sockets.ESTABLISHED} == {0, 6}


def test_a_kernel_without_sock_diag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "NETLINK_SOCK_DIAG", 30)  # a protocol of netlink that is none
    with pytest.raises(OSError, match="not supported"):
        list(sockets.dumped(socket.AF_INET))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert f":{listener.getsockname()[1]:04X}" in {one.local[-5:] for one in sockets.sockets()}


def test_what_the_kernel_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert sockets.counters().keys() == set(sockets.COUNTERS)
    assert sockets.inodes("0") == set()
    assert sockets.cpu_of("0") == (0.0, 0.0)
    assert list(sockets.lines_of(str(tmp_path / "none"))) == []
    monkeypatch.setattr(sockets, "_open", lambda _: (_ for _ in ()).throw(OSError()))
    assert sockets.counters() == {}
