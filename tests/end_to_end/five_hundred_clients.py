"""The tutorial's clients: 500 threads, 20 messages each, against a PORT. Imports nothing of ours."""

import socket
import sys
import threading

wrong = []


def client(port: int) -> None:
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as sock:
            for number in range(20):
                text = f"{threading.current_thread().name} says {number}".encode()
                sock.sendall(text)
                answer = b""
                while len(answer) < len(text) and (more := sock.recv(1024)):
                    answer += more
                if answer != text.upper():
                    wrong.append(answer)
    except OSError as error:
        wrong.append(error)


threads = [threading.Thread(target=client, args=(int(sys.argv[1]),)) for _ in range(500)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"500 clients, {len(wrong)} of them with a wrong answer or none")
sys.exit(bool(wrong))
