"""Patched too late: a module took the class of sockets with it before."""

# under: gevent

from socket import socket  # OR

from gevent import monkey
from slow_peers import slow_http

PORT = slow_http()
monkey.patch_socket()  # OR


def task(index):
    with socket() as peer:
        peer.connect(("127.0.0.1", PORT))
        peer.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return peer.recv(1000)  # FAULT not-patched waiting
