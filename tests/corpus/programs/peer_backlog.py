"""A listen queue of one that overflows: the kernel drops connections, and SYNs are sent again after a second."""

# under: threads, gevent-patched
# tasks: 8

import socket

from slow_peers import late_acceptor

PORT = late_acceptor(0.3)


def task(index):
    with socket.create_connection(("127.0.0.1", PORT)) as peer:  # FAULT peer-bound
        return peer.recv(10)  # OR
