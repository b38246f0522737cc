"""A login that hashes the password in the handler (Open-Finance-Lab/AgenticTrading#297)."""

# under: asyncio, uvloop, trio, gevent, gevent-patched

import hashlib
import hmac

KNOWN = {"ann": (b"salt", hashlib.scrypt(b"secret", salt=b"salt", n=2**15, r=8, p=1, maxmem=2**26))}


def right(name, password):
    salt, known = KNOWN[name]
    tried = hashlib.scrypt(password, salt=salt, n=2**15, r=8, p=1, maxmem=2**26)  # FAULT computing
    return hmac.compare_digest(tried, known)


def task(index):
    return right("ann", b"secret")


async def atask(index):
    return right("ann", b"secret")
