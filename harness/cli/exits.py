"""A guard against libraries in C that end the program: exit(3) with 1 would read as a regression that nobody decided.

What the C library calls at its end is ours to register (`__cxa_atexit`), and to take away again where the program ends
by itself (`__cxa_finalize`), as a shared library does that is unloaded. Only glibc takes it away."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator

_c = ctypes.CDLL(None)


@contextlib.contextmanager
def guarded(status: int, tell: Callable[[], object]) -> Iterator[None]:
    """Meanwhile, where a library ends the program, tell, and end it with this status. `_exit` is beyond us."""
    if not hasattr(_c, "gnu_get_libc_version"):
        yield
        return
    whole = [False]

    def ended(_: object) -> None:
        if not whole[0]:
            with contextlib.suppress(Exception):
                tell()
            os._exit(status)

    called, key = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(ended), ctypes.create_string_buffer(1)
    _c.__cxa_atexit(called, None, key)
    try:
        yield
    finally:
        whole[0] = True
        _c.__cxa_finalize(key)  # calls it, once and for all
