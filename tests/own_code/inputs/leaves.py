"""What a task starts and leaves behind."""

import asyncio
import locale
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

held = []


def fails(index):
    raise ValueError(f"page {index} has no title")


def thread_fails(index):
    thread = threading.Thread(target=fails, args=(index,))
    thread.start()
    thread.join()
    return index


def greenlet_fails(index):
    import gevent

    gevent.spawn(fails, index).join()
    return index


async def task_fails(index):
    async def fail():
        fails(index)

    held.append(asyncio.create_task(fail()))
    await asyncio.sleep(0.01)
    return index


class Dies:
    def __del__(self):
        fails(0)


def del_fails(index):
    Dies()
    return index


def callback_fails(index):
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(time.sleep, 0.001).add_done_callback(fails)
    return index


def exits(index):
    import greenlet

    raise greenlet.GreenletExit


def thread_left(index):
    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    return index


def child_left(index):
    held.append(subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(30)"]))
    return index


async def task_left(index):
    held.append(asyncio.create_task(asyncio.sleep(30)))
    return index


def descriptor_left(index):
    held.append(os.open(os.devnull, os.O_RDONLY))
    return index


def copy_runs_on(index):
    """The commonest slip with os.fork: the child returns."""
    time.sleep(0.002)
    os.fork()
    return index


def copy_runs_on_later(index):
    if os.fork() == 0:
        time.sleep(0.3)
    return index


def patches(index):
    urllib.request.urlopen = fails
    return index


def signals(index):
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGUSR1, lambda *_: None)
    return index


def moves(index):
    os.chdir("/")
    return index


def environment(index):
    os.environ["HTTP_PROXY"] = f"http://nobody.invalid:{index}"
    return index


def burns_in_child(index):
    """0.1 s of CPU, none of it in this process."""
    code = "import time\nwhile time.process_time() < 0.1: pass"
    subprocess.run([sys.executable, "-S", "-E", "-c", code], check=True)
    return index


def holds_in_child(index):
    code = "x = bytearray(60_000_000); import time; time.sleep(0.1)"
    subprocess.run([sys.executable, "-S", "-E", "-c", code], check=True)
    return index


def forked_and_waited(index):
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return index


def localized(index):
    locale.setlocale(locale.LC_ALL, "C")
    return index
