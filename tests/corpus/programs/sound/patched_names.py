"""A name looked up under a patched gevent, in its thread pool."""

# under: gevent-patched
# tasks: 3

import socket
import time


def task(index):
    time.sleep(0.03)
    return socket.getaddrinfo("localhost", 80)
