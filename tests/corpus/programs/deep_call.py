"""The call that blocks is four functions down, behind a decorator and a generator."""

# under: gevent, asyncio, uvloop, trio

import functools
import time


def logged(function):
    @functools.wraps(function)
    def wrapped(*given):
        return function(*given)

    return wrapped


class Store:
    @logged
    def load(self, number):
        time.sleep(0.04)  # FAULT waiting
        return number

    def rows(self, number):
        yield self.load(number)


def task(index):
    return list(Store().rows(index))


async def atask(index):
    return list(Store().rows(index))
