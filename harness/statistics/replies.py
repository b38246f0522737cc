"""What a row's tasks were sent by a server of the user's, and whether two rows were sent the same. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from harness.record.sample import Reply, Sample

LEEWAY = 0.01
"""The share of replies that may have another status, and by which sizes may differ (a page with a date)."""
MOST_SIZES = 16
"""Sizes of a URL and a status that are told apart; neighbours of more are put together."""
Kind = tuple[str, int]


def received(samples: Sequence[Sample]) -> list[Reply]:
    """The replies of all rounds that count for a number: those that were timed, and those that were watched."""
    counts: Counter[tuple[str, int, int, int]] = Counter()
    for sample in samples:
        for round in [*sample.rounds, *([sample.observed] if sample.observed else [])]:
            for one in round.replies:
                counts[one.url, one.status, one.bytes, one.most_bytes] += one.count
    urls = dict.fromkeys(url for url, *_ in counts)
    order = {url: place for place, url in enumerate(urls)}
    every = [Reply(*kind, count) for kind, count in sorted(counts.items(), key=lambda one: (order[one[0][0]], one[0]))]
    return [one for _, group in groupby(every, _kind) for one in _folded(list(group))]


def _kind(reply: Reply) -> Kind:
    return reply.url, reply.status


def _folded(replies: list[Reply]) -> Iterator[Reply]:
    """The same in no more than MOST_SIZES parts. They are of one kind, in the order of their sizes."""
    each = -(-len(replies) // MOST_SIZES)
    for start in range(0, len(replies), each):
        part = replies[start : start + each]
        largest = max(one.most_bytes for one in part)
        yield Reply(part[0].url, part[0].status, part[0].bytes, largest, sum(one.count for one in part))


def alike(one: Sequence[Reply], other: Sequence[Reply]) -> bool:
    """Whether two rows were sent the same: of each URL the same share of each status, in the same sizes."""
    urls = {reply.url for reply in (*one, *other)}
    return all(_alike([r for r in one if r.url == url], [r for r in other if r.url == url]) for url in urls)


def _alike(one: Sequence[Reply], other: Sequence[Reply]) -> bool:
    ours, theirs = _shares(one), _shares(other)
    statuses = {*ours, *theirs}
    if sum(abs(ours.get(status, 0.0) - theirs.get(status, 0.0)) for status in statuses) / 2 > LEEWAY:
        return False
    sides = (([r for r in side if r.status == status] for side in (one, other)) for status in {*ours} & {*theirs})
    return all(_apart(*pair) <= LEEWAY for pair in sides)


def _shares(replies: Sequence[Reply]) -> dict[int, float]:
    total = sum(reply.count for reply in replies)
    counts: Counter[int] = Counter()
    for reply in replies:
        counts[reply.status] += reply.count
    return {status: count / total for status, count in counts.items()}


def _apart(one: Sequence[Reply], other: Sequence[Reply]) -> float:
    """How far two distributions of sizes lie apart (the area between them), as a share of the larger's mean."""
    steps: Counter[float] = Counter()
    means = []
    for sign, side in ((1, one), (-1, other)):
        total = sum(reply.count for reply in side)
        means.append(sum(_middle(reply) * reply.count for reply in side) / total)
        for reply in side:
            steps[_middle(reply)] += sign * reply.count / total  # type: ignore[assignment]
    area = ahead = 0.0
    places = sorted(steps)
    for place, following in pairwise(places):
        ahead += steps[place]
        area += abs(ahead) * (following - place)
    return area / max(*means, 1.0)


def _middle(reply: Reply) -> float:
    return (reply.bytes + reply.most_bytes) / 2


def told(replies: Sequence[Reply]) -> Iterator[str]:
    """A line for each URL: how many replies of which status and size."""
    for url, of_url in groupby(replies, lambda reply: reply.url):
        kinds = [_kinds(list(group)) for _, group in groupby(of_url, _kind)]
        yield f"{url}: {', '.join(kinds)}"


def _kinds(replies: list[Reply]) -> str:
    """Replies of one status in words."""
    count = sum(reply.count for reply in replies)
    least, most = replies[0].bytes, max(reply.most_bytes for reply in replies)
    sizes = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return f"{count:,} x {replies[0].status} ({sizes} bytes)"


def unlike(row: Sequence[Reply], reference: Sequence[Reply], name: str) -> list[str]:
    """What is said of a row that was not sent what the reference was; nothing of one that was."""
    if alike(row, reference):
        return []
    return [f"no ratio: it was not sent what {name} was, which got {'; '.join(told(reference)) or 'nothing'}"]
