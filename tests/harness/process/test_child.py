"""Real children: how they start, what they answer, how they end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.machine import host
from harness.process import workers
from harness.process.channel import Failure
from harness.process.child import Child
from harness.process.orphans import adopted, sweep
from harness.process.paths import of_asker
from harness.process.workers import Worker, describe, prepare
from harness.record.plan import PlannedStrategy, Variant
from harness.worker.messages import DescribeStrategy, DescribeWorkload, StrategyDescribed, WorkloadDescribed
from tests.harness.process.prepared import SEQUENTIAL, prepared


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(SEQUENTIAL)
    yield made
    made.stop()


def test_a_worker_answers_each_question_in_its_own_words(worker: Worker, tmp_path: Path) -> None:
    prepared(worker, tmp_path, "def task(index):\n    return index\n")
    assert worker.round("timed", 10).wall_seconds > 0
    seen = worker.round("observed", 10).seen
    assert seen
    assert seen["in_flight_max"] == 1
    worker.finish(10)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "it was killed by SIGKILL"),
        ("import os; print('last words', flush=True); os._exit(7)", "ended with status 7.*its last line: last words"),
        ("raise ValueError('no')", "ValueError: no at my_jobs.py:2"),
        ("import sys; sys.exit(3)", "SystemExit: 3 at my_jobs.py:2$"),
        ("import sys; print('no url'); sys.exit(3)", "SystemExit: 3 at my_jobs.py:2; it printed: no url$"),
        (
            "import ctypes; ctypes.string_at(0)",
            r"killed by SIGSEGV at my_jobs.py:2 in task \(in ctypes/__init__.py:\d+\)",
        ),
        (
            "import os; print('bye', flush=True); os.abort()",
            "killed by SIGABRT at my_jobs.py:2 in task; its last line: bye",
        ),
        (
            "import ctypes; ctypes.pythonapi.Py_FatalError(b'gone wrong')",
            r"killed by SIGABRT at my_jobs.py:2 in task: .*gone wrong$",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGRTMIN + 3)", r"it was killed by signal \d+"),
    ],
)
def test_how_a_round_ended_is_said(worker: Worker, tmp_path: Path, body: str, text: str) -> None:
    prepared(worker, tmp_path, f"def task(index):\n    {body}\n")
    with pytest.raises(Failure, match=text):
        worker.round("timed", 10)


def test_that_memory_ran_out_is_said(worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(worker, tmp_path, "def task(index):\n    import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setattr(host, "killed_for_memory", lambda: 1 << 40)
    with pytest.raises(Failure, match=r"^it was killed by SIGKILL: out of memory, by the kernel$"):
        worker.round("timed", 10)


def test_the_traceback_comes_with_a_failure(worker: Worker, tmp_path: Path) -> None:
    prepared(worker, tmp_path, "def task(index):\n    {}[index]\n")
    with pytest.raises(Failure) as raised:
        worker.round("timed", 10)
    assert raised.value.traceback is not None
    assert f'File "{tmp_path}/my_jobs.py", line 2, in task' in raised.value.traceback


WAITS = {
    "asyncio:Asyncio": "import asyncio\n\n\nasync def task(index):\n    await asyncio.Event().wait()\n",
    "uvloop:Uvloop": "import asyncio\n\n\nasync def task(index):\n    await asyncio.Event().wait()\n",
    "trio:Trio": "import trio\n\n\nasync def task(index):\n    await trio.sleep_forever()\n",
    "gevent:Gevent": "import gevent\n\n\ndef task(index):\n    gevent.sleep(60)\n",
    "threads:Threads": "import threading\n\n\ndef task(index):\n    threading.Event().wait()\n",
}


@pytest.mark.parametrize("target", WAITS)
def test_where_a_task_waits_for_ever_is_the_users_line(tmp_path: Path, target: str) -> None:
    strategy = PlannedStrategy("any", f"harness.strategies.{target}")
    worker = Worker(strategy)
    try:
        (tmp_path / "my_jobs.py").write_text(WAITS[target])
        asked = {"workload": f"{tmp_path}/my_jobs.py:task", "options": {}, "tasks": 3, "concurrency": 3}
        worker.prepare(prepare(strategy, **asked))
        worker.prepared()
        with pytest.raises(Failure, match=r"no answer after 0.3 s; it was at my_jobs.py:5 in task \(in ") as raised:
            worker.round("timed", 0.3)
    finally:
        worker.stop()
    assert "my_jobs.py" in str(raised.value.traceback)


def test_where_a_round_hangs_is_said(worker: Worker, tmp_path: Path) -> None:
    prepared(worker, tmp_path, "import time\n\n\ndef task(index):\n    time.sleep(60)\n")
    with pytest.raises(Failure, match=r"no answer after 0.3 s; it was at my_jobs.py:5") as raised:
        worker.round("timed", 0.3)
    assert raised.value.status == "timeout"


def test_a_child_that_was_stopped_leaves_nothing_and_may_be_stopped_again(tmp_path: Path) -> None:
    worker = Worker(SEQUENTIAL)
    start = "subprocess.Popen(['sleep', '60'], start_new_session=True)"  # it returns when that has left the group
    prepared(worker, tmp_path, f"import subprocess\n\n\ndef task(index):\n    {start}\n", tasks=1)
    worker.round("timed", 10)
    (left,) = psutil.Process(worker.child.pid).children(recursive=True)
    descriptors = len(os.listdir("/proc/self/fd"))
    with adopted():
        worker.stop()
        worker.stop()
        assert sweep() == 1
    assert not left.is_running()
    assert len(os.listdir("/proc/self/fd")) < descriptors


def test_what_ends_with_its_worker_is_not_left_behind(tmp_path: Path) -> None:
    worker = Worker(SEQUENTIAL)
    start = "subprocess.Popen(['sleep', '60'])"  # in the worker's group, which is killed
    prepared(worker, tmp_path, f"import subprocess\n\n\ndef task(index):\n    {start}\n", tasks=20)
    worker.round("timed", 10)
    left = psutil.Process(worker.child.pid).children(recursive=True)
    with adopted():
        worker.stop()
        assert sweep() == 0
    assert len(left) == 20
    assert not [one for one in left if one.is_running()]


def test_a_child_does_not_look_into_the_current_folder_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("random", "json", "struct", "gevent", "harness", "trio", "dataclasses"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')\n")
    monkeypatch.chdir(tmp_path)
    asked = [DescribeStrategy(f"harness.strategies.{name}") for name in ("gevent:Gevent", "asyncio:Asyncio")]
    for said in describe(asked, [str(tmp_path)]):
        assert isinstance(said, StrategyDescribed), said


def test_a_prelude_comes_before_everything_else(tmp_path: Path) -> None:
    patched = PlannedStrategy(
        "gevent-patched", "harness.strategies.gevent_patched:GeventPatched", "gevent.monkey:patch_all"
    )
    worker = Worker(patched)
    try:
        noop = "harness.workloads.noop:Noop"
        worker.prepare(prepare(patched, workload=noop, options={}, tasks=1, concurrency=1))
        assert "socket" in worker.prepared()["patched"]
    finally:
        worker.stop()


def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    gone = Variant("base", "path:gone", root=f"{tmp_path}/gone", instead_of=os.getcwd())
    with pytest.raises(Failure, match=f"there is no folder {tmp_path}/gone"):
        Child(variant=gone)
    assert len(os.listdir("/proc/self/fd")) == before


def test_one_worker_describes_ours_and_each_of_the_users_has_its_own(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "jobs.py").write_text(f"import os\n\n\ndef task(index):\n    '''{folder}'''\n")
    (tmp_path / "dies.py").write_text("import os\nos._exit(9)\n")
    asked = [
        DescribeStrategy("harness.strategies.threads:Threads"),
        DescribeWorkload(f"{tmp_path}/a/jobs.py:task"),
        DescribeWorkload(f"{tmp_path}/dies.py:task"),
        DescribeWorkload("harness.workloads.sleep:Sleep", [("seconds", "1,2")], 10),
        DescribeWorkload(f"{tmp_path}/b/jobs.py:task"),
        DescribeStrategy("harness.strategies.nosuch:Nosuch"),
    ]
    threads, a, dies, sleep, b, nosuch = describe(asked)
    assert isinstance(threads, StrategyDescribed)
    assert threads.threads_per_task == 1
    assert isinstance(sleep, WorkloadDescribed)
    assert [case["options"]["seconds"] for case in sleep.cases] == [1.0, 2.0]
    assert [getattr(one, "summary", None) for one in (a, b)] == ["a", "b"]
    assert isinstance(dies, Failure)
    assert "ended with status 9" in str(dies)
    assert isinstance(nosuch, Failure)
    assert nosuch.status == "usage"


def test_a_signal_reaches_a_child_and_none_that_has_ended() -> None:
    child = Child()
    child.signal(signal.SIGTERM)
    assert child.has_said(10)
    child.signal(signal.SIGTERM)
    assert "killed by SIGTERM" in str(child.gone())
    child.stop()


def test_the_askers_own_folders_are_those_that_are_not_installed(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    path = [f"{tmp_path}/src", *sys.path, f"{tmp_path}/gone", f"{tmp_path}/src"]
    found = of_asker(path)
    assert found[0] == f"{tmp_path}/src"
    assert not any("site-packages" in one or one.startswith(sys.base_prefix) for one in found)
    assert f"{tmp_path}/gone" not in found
    assert len(found) == len(set(found))


def test_a_module_that_hangs_where_it_is_imported_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(1000)\n")
    monkeypatch.setattr(workers, "START_SECONDS", 3.0)  # Python and our program have to have begun
    hangs, threads = describe(
        [DescribeStrategy(f"{tmp_path}/hangs.py:Mine"), DescribeStrategy("harness.strategies.threads:Threads")]
    )
    assert str(hangs).startswith("no answer after 3 s; it was at hangs.py:2")
    assert isinstance(threads, StrategyDescribed)


def test_a_child_has_none_of_our_signals_and_descriptors(tmp_path: Path) -> None:
    """Which are ignored in a background or under nohup, and blocked in a thread of a program that blocks them."""
    of_ours = {signal.SIGINT, signal.SIGQUIT, signal.SIGHUP}
    before = {number: signal.signal(number, signal.SIG_IGN) for number in of_ours}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2, signal.SIGALRM})
    ours = os.open(tmp_path / "ours", os.O_CREAT)
    os.set_inheritable(ours, True)
    worker = Worker(SEQUENTIAL)
    try:
        prepared(worker, tmp_path, "def task(index):\n    pass\n")
        held = {str(link.resolve()) for link in Path(f"/proc/{worker.child.pid}/fd").iterdir()}
        assert str(tmp_path / "ours") not in held
        status = Path(f"/proc/{worker.child.pid}/status").read_text()
        keys = dict(line.split(":\t", 1) for line in status.splitlines())
        ignored = {number for number in signal.valid_signals() if int(keys["SigIgn"], 16) >> (number - 1) & 1}
        assert (int(keys["SigBlk"], 16), ignored) == (0, {signal.SIGPIPE, signal.SIGXFSZ})  # by Python itself
        worker.finish(10)
    finally:
        worker.stop()
        os.close(ours)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_number_of_a_child_stays_its_own_until_all_that_it_left_has_ended(worker: Worker, tmp_path: Path) -> None:
    """So that nobody else's process is killed in its place."""
    prepared(worker, tmp_path, "import os\n\n\ndef task(index):\n    os._exit(0)\n")
    with pytest.raises(Failure, match="status 0 and no answer"):
        worker.round("timed", 10)
    assert psutil.Process(worker.child.pid).status() == psutil.STATUS_ZOMBIE
    with adopted():
        worker.stop()
        sweep()
    assert not psutil.pid_exists(worker.child.pid)
