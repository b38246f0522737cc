"""Frames with a length, sent to a server that answers each, as a websocket does."""

import socket
import struct
import threading


def whole(sock, size):
    data = b""
    while len(data) < size:
        if not (more := sock.recv(size - len(data))):
            raise EOFError
        data += more
    return data


def receive(sock):
    return whole(sock, struct.unpack("!H", whole(sock, 2))[0])


def send(sock, data):
    sock.sendall(struct.pack("!H", len(data)) + data)


def answer(connection):
    try:
        while True:
            send(connection, receive(connection).upper())
    except (EOFError, OSError):
        connection.close()


def serve():
    while True:
        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0), backlog=100)
threading.Thread(target=serve, daemon=True).start()


def task(index):
    with socket.create_connection(listener.getsockname()) as sock:
        for number in range(30):
            send(sock, b"frame %d" % number)
            if receive(sock) != b"FRAME %d" % number:
                raise ValueError(number)
    return index
