"""Real fetches with requests under a patched gevent."""

# under: gevent-patched
# tasks: 8

import requests
from slow_peers import slow_http

URL = f"http://127.0.0.1:{slow_http()}/"


def task(index):
    return requests.get(URL, timeout=5).json()
