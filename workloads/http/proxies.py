"""Which proxy a URL is fetched through: one rule for all clients, none of which looks for itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

from harness.workloads.base import Unsupported


class Proxy(NamedTuple):
    """An HTTP proxy. The URL has a port, and whatever user and password it was given with."""

    url: str
    host: str
    port: int
    authorization: str | None

    @property
    def shown(self) -> str:
        """Without its user and password."""
        return f"http://{self.url.rpartition('@')[2].removeprefix('http://')}"


def basic(parts: SplitResult) -> str | None:
    """What a URL's user and password are as the value of a header, None where it has neither."""
    if not (parts.username or parts.password):
        return None
    user, password = (unquote_to_bytes(part or "") for part in (parts.username, parts.password))
    return f"Basic {b64encode(user + b':' + password).decode()}"


def parsed(text: str) -> Proxy:
    """The proxy of an option or a variable. Raises ValueError where it is none that speaks HTTP."""
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"proxy must be none, environment or start with http:// and name a host, unlike {text!r}")
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or 80
    return Proxy(f"http://{user}{host}:{port}", parts.hostname, port, basic(parts))


def in_environment(url: str) -> str | None:
    """What the environment names as the proxy of a URL: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, but for NO_PROXY."""
    parts, named = urlsplit(url), getproxies_environment()
    if proxy_bypass_environment(parts.netloc.rpartition("@")[2], named):
        return None
    return named.get(parts.scheme) or named.get("all") or None


def chosen(option: str, url: str) -> Proxy | None:
    """The proxy of a URL. Raises ValueError for an option that makes no sense, Unsupported for an environment's proxy
    that does not speak HTTP."""
    if option == "none":
        return None
    if option != "environment":
        return parsed(option)
    if not (named := in_environment(url)):
        return None
    try:
        return parsed(named)
    except ValueError:
        scheme = named.partition("://")[0]
        raise Unsupported(f"the environment's proxy speaks {scheme}, and no client here does") from None


def remarks(option: str, urls: Sequence[str]) -> list[str]:
    """What is said of the proxies of some URLs: which are used, or that the environment's are not."""
    used = dict.fromkeys(proxy.shown for url in urls if (proxy := chosen(option, url)))
    if used:
        return [f"fetched through the proxy {', '.join(used)}"]
    if option == "none" and any(map(in_environment, urls)):
        return ["the environment's proxy was not used: -P proxy=environment has every row use it"]
    return ["the environment has no proxy for this"] if option == "environment" else []
