"""A client with a loop of its own inside ours, as pika's BlockingConnection has (gevent/gevent#1577)."""

# under: gevent, asyncio, uvloop, trio

import select
import socket

from planted import later


class BlockingConnection:
    def __init__(self):
        self.mine, self.other = socket.socketpair()
        self.frames = []

    def process_data_events(self):
        readable, _, _ = select.select([self.mine], [], [], 0.5)  # FAULT waiting
        if readable:
            self.frames.append(self.mine.recv(100))

    def basic_get(self):
        later(self.other.send, b"frame")
        while not self.frames:
            self.process_data_events()
        return self.frames.pop()


def task(index):
    return BlockingConnection().basic_get()


async def atask(index):
    return task(index)
