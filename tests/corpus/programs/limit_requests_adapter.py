"""A session of requests whose adapter holds four connections and blocks."""

# under: threads, gevent-patched
# tasks: 12

import requests
from requests.adapters import HTTPAdapter
from slow_peers import slow_http

URL = f"http://127.0.0.1:{slow_http()}/"
SESSION = requests.Session()
SESSION.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=4, pool_block=True))  # OR


def task(index):
    return SESSION.get(URL).json()  # FAULT limit
