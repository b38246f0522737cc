"""Tasks that note what is switched on round them."""

import asyncio
import sys
import tracemalloc


def note():
    on = {
        "dev": sys.flags.dev_mode,
        "tracemalloc": tracemalloc.is_tracing(),
        "profile": bool(sys.getprofile() or sys.gettrace()),
        "loop": bool((loop := asyncio._get_running_loop()) and loop.get_debug()),
    }
    with open("on.txt", "a") as file:
        file.writelines(f"{name}\n" for name, value in on.items() if value)


def plain(index):
    note()
    return index


async def awaited(index):
    note()
    return index
