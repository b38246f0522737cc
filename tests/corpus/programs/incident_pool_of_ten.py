"""A client's pool of ten, which thirty threads share and which blocks (elastic/elasticsearch-py#329)."""

# under: threads, gevent-patched
# tasks: 30

import urllib3
from slow_peers import slow_http

POOL = urllib3.PoolManager(maxsize=10, block=True)  # OR
URL = f"http://127.0.0.1:{slow_http()}/"


def search(query):
    return POOL.request("GET", URL, fields={"q": query}).json()  # FAULT limit


def task(index):
    return search(index)
