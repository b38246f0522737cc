"""Real fetches with requests under plain gevent: each holds up all others."""

# under: gevent, asyncio, uvloop, trio

import requests
from slow_peers import slow_http

URL = f"http://127.0.0.1:{slow_http()}/"


def fetch(url):
    answer = requests.get(url, timeout=5)  # FAULT waiting
    answer.raise_for_status()
    return answer.json()


def task(index):
    return fetch(URL)


async def atask(index):
    return fetch(URL)
