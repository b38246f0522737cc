from typing import Any

from harness.explain.patched import patched
from tests.sampled import seen

LINE = {
    "file": "/home/me/jobs.py", "line": 7, "modules": [], "original": "time.sleep", "seconds": 0.2,
    "source": "sleep(1)",
}  # fmt: skip
HOLDER = {
    "module": "jobs", "file": "/home/me/jobs.py", "name": "sleep", "original": "time.sleep", "line": 1,
    "source": "from time import sleep", "by": None,
}  # fmt: skip
LIBRARY = HOLDER | {
    "module": "redis.retry",
    "file": "/lib/site-packages/redis/retry.py",
    "by": ["/home/me/jobs.py", 3, "import redis"],
}


def found(lines: list[dict[str, Any]], holders: list[dict[str, Any]], patched_: list[str]) -> list[Any]:
    held = {"lines": lines, "holders": holders, "patched": patched_}
    return list(patched(seen("gevent", held=held)))


def test_who_took_it_and_where_it_holds_the_hub_up() -> None:
    (one,) = found([LINE], [HOLDER], ["time"])
    assert (one.kind, one.file, one.line, one.what, one.seconds) == ("not-patched", "jobs.py", 1, "time.sleep", 0.0)
    assert one.text == (
        "jobs holds the original time.sleep as `sleep` since `from time import sleep` (jobs.py:1), taken before gevent"
        " replaced it: it blocks the hub at jobs.py:7"
    )
    assert one.command == "python -m harness run -s gevent,gevent-patched -W jobs.py:task -P size=3 --tasks 4"


def test_a_library_is_named_with_the_users_line_that_imports_it() -> None:
    (one,) = found([LINE | {"modules": ["redis.retry", "redis.client"]}], [LIBRARY], ["time"])
    assert (one.file, one.line) == ("jobs.py", 3)
    assert one.inside is not None
    assert (one.inside.file, one.inside.line) == ("redis/retry.py", 1)
    assert one.text.endswith("imported by `import redis`")


def test_who_holds_it_and_does_not_use_it_is_none() -> None:
    assert found([LINE], [LIBRARY, HOLDER | {"original": "socket.socket"}], ["time"]) == []
    assert found([], [HOLDER], ["time"]) == []
    assert found([LINE | {"seconds": 0.01}], [HOLDER], ["time"]) == []


def test_where_nothing_is_patched_each_line_says_so() -> None:
    assert found([LINE], [HOLDER], []) == []
