"""A server that answers one client after another, 20 ms each: whatever the strategy, eight take 160 ms."""

# under: threads, gevent-patched
# tasks: 8

import socket

from slow_peers import one_at_a_time

PORT = one_at_a_time(0.02)


def task(index):
    with socket.create_connection(("127.0.0.1", PORT)) as peer:
        peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return peer.recv(1000)  # FAULT peer-bound
