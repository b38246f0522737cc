"""An integration makes a TLS context in the loop, which parses all certificates (home-assistant/core#128954)."""

# under: asyncio, uvloop, trio

import ssl

import certifi


class Client:
    def __init__(self):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.load_verify_locations(certifi.where())  # FAULT either


async def atask(index):
    return len([Client() for _ in range(5)])
