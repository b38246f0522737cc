"""Threads that compute in C without the interpreter's lock."""

# under: threads
# tasks: 2

import hashlib


def task(index):
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 100_000)
