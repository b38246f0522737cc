"""What lies between this host and another; here the other is this one."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest

from harness.process import network


def test_a_round_trip_is_read_of_a_listener_that_nobody_accepts_at() -> None:
    with network.listening("127.0.0.1") as listener:
        address = listener.getsockname()
        assert 0 < network.round_trip(address) < 0.1
    with pytest.raises(ConnectionRefusedError):
        network.round_trip(address)


def test_a_route_has_a_device() -> None:
    found = network.route("127.0.0.1")
    assert (found["address"], found["device"], found["mtu"]) == ("127.0.0.1", "lo", 65536)
    assert found["qdisc"] in ("noqueue", None)


def test_addresses_are_those_of_private_networks_unless_others_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {
        "lo": ["127.0.0.1", "::1"],
        "eth0": ["8.8.4.4", "10.0.0.7", "fe80::1%eth0", "2001:4860::8"],
        "tailscale0": ["100.64.3.2", "fd00::5"],
        "odd": ["0.0.0.0", "169.254.1.1"],
    }
    devices = {
        name: [
            SimpleNamespace(family=socket.AF_INET6 if ":" in one else socket.AF_INET, address=one) for one in addresses
        ]
        for name, addresses in there.items()
    }
    devices["eth0"].append(SimpleNamespace(family=psutil.AF_LINK, address="02:00:00:00:00:01"))
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: devices)
    private = ["10.0.0.7", "100.64.3.2", "fd00::5"]
    assert network.addresses(public=False) == private
    assert network.addresses(public=True) == [*private, "8.8.4.4", "2001:4860::8"]
