"""Servers that answer the load generator as a test has it."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator


class Handler(socketserver.BaseRequestHandler):
    """Answers what `answer` makes of what it is sent, until that is empty."""

    answer: Callable[[bytes], bytes]

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while (data := self.request.recv(65536)) and (answer := type(self).answer(data)):
                self.request.sendall(answer)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 1000


@contextlib.contextmanager
def served(answer: Callable[[bytes], bytes]) -> Iterator[tuple[str, int]]:
    handler = type("Answering", (Handler,), {"answer": staticmethod(answer)})
    with Server(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield ("127.0.0.1", server.server_address[1])
        finally:
            server.shutdown()
            serving.join()
