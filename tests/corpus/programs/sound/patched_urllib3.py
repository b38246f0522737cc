"""A pool of urllib3 with room for all."""

# under: gevent-patched, threads
# tasks: 8

import urllib3
from slow_peers import slow_http

POOL = urllib3.HTTPConnectionPool("127.0.0.1", slow_http(), maxsize=20, block=True)


def task(index):
    return POOL.request("GET", "/").json()
