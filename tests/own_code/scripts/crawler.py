"""Fetches pages of a small site."""

import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.02)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *words):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 100
    daemon_threads = True


server = Server(("127.0.0.1", 0), Site)
threading.Thread(target=server.serve_forever, daemon=True).start()


def task(index):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{index}", timeout=10) as page:
        return len(page.read())
