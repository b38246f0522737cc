"""A slow server, asked through gevent's sockets."""

# under: gevent, gevent-patched
# tasks: 10

from gevent import socket
from slow_peers import slow_http

PORT = slow_http()


def task(index):
    with socket.create_connection(("127.0.0.1", PORT)) as peer:
        peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return peer.recv(1000)
