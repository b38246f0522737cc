"""A server that is written from the contract alone."""

MINE = '''
from dataclasses import dataclass
from harness.workloads.serving import Serving


@dataclass(frozen=True)
class Mine(Serving):
    """Answers each line with its length."""

    longest: int = 3

    def exchange(self, index):
        line = b"x" * (index % self.longest)
        return line + b"\\n", b"%d\\n" % len(line)

    def handle(self, io, stream):
        rest = b""
        while data := stream.receive(1000):
            *lines, rest = (rest + data).split(b"\\n")
            for line in lines:
                stream.send(b"%d\\n" % len(line))

    async def async_handle(self, io, stream):
        rest = b""
        while data := await stream.receive(1000):
            *lines, rest = (rest + data).split(b"\\n")
            for line in lines:
                await stream.send(b"%d\\n" % len(line))
'''
