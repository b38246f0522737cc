"""A password hashed in a thread, which lets go of the interpreter's lock."""

# under: asyncio, uvloop
# tasks: 2

import asyncio
import hashlib


async def atask(index):
    return await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", b"password", b"salt", 60_000)
