"""What a user's function may be."""

import ctypes
import functools
import time


class Crawler:
    def __init__(self):
        self.fetched = 0

    def fetch(self, index):
        time.sleep(0.01)
        self.fetched += 1
        return index

    @staticmethod
    def static(index):
        time.sleep(0.01)
        return index

    @classmethod
    def made(cls, index):
        time.sleep(0.01)
        return index


def plain(index):
    time.sleep(0.01)
    return index


def main():
    time.sleep(0.01)


def kw(index, *, timeout):
    time.sleep(0.01)


def opt(index=0, retries=3):
    time.sleep(0.01)
    return index


def star(*args, **kwargs):
    time.sleep(0.01)
    return args[0]


def naps(index, *, seconds=0.01):
    time.sleep(seconds)
    return index


def url_first(url, timeout):
    time.sleep(0.01)


def through_io(io, index):
    io.sleep(0.01)
    return index


def segfault(index):
    ctypes.string_at(0)


def recursion(index):
    return recursion(index)


def big(index):
    return b"x" * 20_000_000


crawler = Crawler()
fetch = crawler.fetch
short = lambda index: plain(index)  # noqa: E731
partial = functools.partial(naps, seconds=0.01)
number = 5
