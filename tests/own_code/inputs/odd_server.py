"""A server of its own mind; it prints its port.

/limited: 200 after 50 ms for three at a time, 429 at once for all others."""

import gzip
import itertools
import socket
import struct
import threading
import time

busy = 0
lock = threading.Lock()
asked = {path: itertools.count(1) for path in ("/flaky", "/once", "/grows")}
BODY = b"x" * 5000


def reply(status, body=b"", *headers):
    head = [f"HTTP/1.1 {status} Status", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def limited(connection):
    global busy
    with lock:
        mine = busy < 3
        busy += mine
    if not mine:
        return connection.sendall(reply(429, b"slow!", "Retry-After: 1"))
    time.sleep(0.05)
    with lock:
        busy -= 1
    return connection.sendall(reply(200, BODY))


def answer(connection, path, head):
    if path == "/limited":
        limited(connection)
    elif path == "/gzip" and b"gzip" in head:
        connection.sendall(reply(200, gzip.compress(BODY), "Content-Encoding: gzip"))
    elif path == "/flaky" and next(asked[path]) % 10 == 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif path == "/once":  # the first thirty are served, and nobody afterwards
        connection.sendall(reply(200, BODY) if next(asked[path]) <= 30 else reply(503, b"gone"))
    elif path == "/grows":
        connection.sendall(reply(200, b"x" * (next(asked[path]) * 10)))
    elif path == "/short":
        connection.sendall(reply(200, BODY)[:2000])
    elif path == "/redirect":
        connection.sendall(reply(302, b"", "Location: /plain"))
    elif path == "/empty":
        connection.sendall(b"HTTP/1.1 204 Nothing\r\nConnection: close\r\n\r\n")
    elif path == "/slow":
        time.sleep(5.5)
        connection.sendall(reply(200, BODY))
    else:
        connection.sendall(reply(200, BODY))


def serve(connection):
    try:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := connection.recv(4096)):
                return
            head += more
        print(repr(head), flush=True)
        answer(connection, head.split(b" ")[1].decode().partition("?")[0], head.lower())
    except OSError:
        pass
    finally:
        connection.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=200)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
