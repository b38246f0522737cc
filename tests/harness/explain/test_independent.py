import textwrap

import pytest

from harness.explain.independent import together

ASYNC = {
    "two assignments": ("async def f():\n a = await fetch(1)\n b = await fetch(2)", (2, 3)),
    "three, and a sum": ("async def f():\n a = await fetch(1)\n b = await fetch(2)\n return a + b + await fetch(3)",
                         (2, 3, 4)),
    "different functions": ("async def f(n):\n u = await user(n)\n o = await orders(n)\n return u, o", (2, 3)),
    "one session": ("async def f(s):\n a = await s.get('a')\n b = await s.get('b')", (2, 3)),
    "with blocks": (
        "async def f(s):\n async with s.get('a') as r:\n  a = await r.text()\n async with s.get('b') as q:\n"
        "  b = await q.text()", (2, 4)),
    "something between": ("async def f():\n a = await fetch(1)\n c = 3\n b = await fetch(c)", (2, 4)),
    "within an if": ("async def f(x):\n if x:\n  a = await fetch(1)\n  b = await fetch(2)", (3, 4)),
    "loop": ("async def f(urls):\n out = []\n for url in urls:\n  out.append(await fetch(url))\n return out", (4,)),
    "loop with its own chain": (
        "async def f(urls):\n for url in urls:\n  page = await fetch(url)\n  total = await parse(page)", (3, 4)),
    "loop that adds": ("async def f(ids):\n n = 0\n for i in ids:\n  n += await price(i)\n return n", (4,)),
    "comprehension": ("async def f(urls):\n return [await fetch(url) for url in urls]", (2,)),
    "comprehension within a call": ("async def f(urls):\n n = sum([await fetch(url) for url in urls])\n return n",
                                    (2,)),
}  # fmt: skip
SILENT = {
    "a comprehension of what may change": ("async def f(cart):\n return [await cart.apply(c) for c in cart.coupons]"),
    "the first is needed": "async def f():\n a = await fetch(1)\n b = await fetch(a)",
    "something made of the first": "async def f():\n a = await fetch(1)\n c = a['next']\n b = await fetch(c)",
    "changed by the first": "async def f(out):\n out.x = await fetch(1)\n b = await fetch(out)",
    "values that nobody keeps": "async def f():\n await notify_a(1)\n await notify_b(2)",
    "an order in the names": "async def f(c):\n a = await open_account(1)\n b = await pay_bill(2)",
    "one connection": "async def f(conn):\n a = await conn.fetch('a')\n b = await conn.fetch('b')",
    "a connection that both are given": "async def f(conn):\n a = await user(conn, 1)\n b = await orders(conn, 1)",
    "a stream": "async def f(stream):\n a = await stream.readexactly(1)\n b = await stream.readexactly(2)",
    "the same call twice": "async def f():\n a = await fetch(1)\n b = await fetch(1)",
    "a pause": "async def f():\n a = await asyncio.sleep(1)\n b = await asyncio.sleep(2)",
    "a check that ends it": "async def f():\n a = await fetch(1)\n if not a:\n  return None\n b = await fetch(2)",
    "an assert between": "async def f():\n a = await fetch(1)\n assert a\n b = await fetch(2)",
    "gathered": "async def f(urls):\n return await asyncio.gather(*[fetch(url) for url in urls])",
    "under a lock": "async def f():\n async with lock:\n  a = await fetch(1)\n  b = await fetch(2)",
    "retries": "async def f():\n for attempt in range(3):\n  try:\n   return await fetch(1)\n  except E:\n   pass",
    "retries that keep it": "async def f():\n for attempt in range(3):\n  a = await fetch(1)\n  if a:\n   break",
    "pages": "async def f():\n page = 1\n for _ in range(3):\n  page = await fetch(page)",
    "pages by a token": "async def f(ids):\n t = None\n for i in ids:\n  page = await fetch(i, t)\n  t = page['next']",
    "a loop that waits on purpose": "async def f(ids):\n for i in ids:\n  a = await fetch(i)\n  await trio.sleep(1)",
    "chunks that are sent": "async def f(s, parts):\n for part in parts:\n  n = await s.upload(part)",
    "a queue": "async def f(q):\n for _ in range(3):\n  a = await q.get()",
    "results of what runs": "async def f(tasks):\n return [await task for task in tasks]",
    "while": "async def f():\n a = 1\n while a:\n  a = await fetch(1)",
    "an async for": "async def f(s):\n async for row in s:\n  a = await fetch(row)",
    "one call": "async def f():\n return await fetch(1)",
    "a lambda": "f = lambda: fetch(1)",
    "no text": "",
    "half a text": "async def f(:\n",
}
BLOCKING = {
    "two": ("def f():\n a = fetch(1)\n b = fetch(2)", (2, 3)),
    "a method of the result": ("def f(s):\n a = s.get('a').json()\n b = s.get('b').json()", (2, 3)),
    "loop": ("def f(urls):\n out = []\n for url in urls:\n  out.append(fetch(url))", (4,)),
    "spawned": ("def f(urls):\n jobs = [gevent.spawn(fetch, url) for url in urls]\n gevent.joinall(jobs)", None),
    "results of what was spawned": ("def f(jobs):\n return [job.get(timeout=3) for job in jobs]", None),
    "dependent": ("def f(s):\n a = s.get('a').json()\n b = s.get(a['next']).json()", None),
}


def lines(source: str, is_async: bool, first: int = 1) -> tuple[int, ...] | None:
    waited = range(first, first + source.count("\n") + 1)
    found = together(textwrap.dedent(source), first, waited, is_async)
    return found and found.lines


@pytest.mark.parametrize(("source", "expected"), ASYNC.values(), ids=ASYNC)
def test_awaits_that_could_have_been_together(source: str, expected: tuple[int, ...]) -> None:
    assert lines(source, True) == expected


@pytest.mark.parametrize("source", SILENT.values(), ids=SILENT)
def test_nothing_is_said_where_one_cannot_be_sure(source: str) -> None:
    assert lines(source, True) is None


@pytest.mark.parametrize(("source", "expected"), BLOCKING.values(), ids=BLOCKING)
def test_calls_that_block_their_own_greenlet(source: str, expected: tuple[int, ...] | None) -> None:
    assert lines(source, False) == expected


def test_lines_are_those_of_the_file_and_only_those_that_were_waited_at() -> None:
    source = "async def f():\n a = await fetch(1)\n b = await fetch(2)\n c = await fetch(3)\n"
    assert lines(source, True, first=41) == (42, 43, 44)
    found = together(source, 41, [42, 44], is_async=True)
    assert found is not None
    assert found.lines == (42, 44)
    assert together(source, 41, [42], is_async=True) is None


def test_a_method_is_read_with_its_indentation() -> None:
    source = "    async def f(self):\n        a = await self.fetch(1)\n        b = await self.fetch(2)\n"
    found = together(source, 1, [2, 3], is_async=True)
    assert found is not None
    assert found.lines == (2, 3)
