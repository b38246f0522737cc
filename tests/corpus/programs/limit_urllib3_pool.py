"""A pool of four connections that blocks: twelve tasks take turns."""

# under: threads, gevent-patched
# tasks: 12

import urllib3
from slow_peers import slow_http

POOL = urllib3.HTTPConnectionPool("127.0.0.1", slow_http(), maxsize=4, block=True)  # OR


def task(index):
    return POOL.request("GET", "/").json()  # FAULT limit
