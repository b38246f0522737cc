"""The end of the page: how to repeat it, on which machine it was, and what its words mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.page import commands, embedded, words
from harness.page.markup import Element, Node, tag
from harness.page.source import Detail, Source

TERMS = {
    "fastest": "all others are shown to be slower; times are against it.",
    "level": "shown to differ by less than the margin, either way.",
    "slower": "the whole interval lies beyond the margin.",
    "not told apart": "the interval reaches into the band: more blocks would tell.",
    "interval": f"95{words.THIN}%, of an exact signed-rank test on paired blocks; of several rows by Holm's procedure.",
    "block": "every strategy once, each in a fresh interpreter, their rounds interleaved in random order.",
    "control": "one strategy measured twice in each block: what cannot be a difference.",
}


def about(sources: Sequence[Source], detail: Detail) -> Element:
    """The section."""
    lists = [tag("dl", *_facts(source, number, detail)) for number, source in enumerate(sources)]
    terms = tag("dl", *_pairs(TERMS.items()), class_="terms")
    heading = tag("h2", "About these numbers", id="about-these")
    return tag("section", heading, tag("div", *lists, terms, class_="figs"), class_="about", id="about",
               aria_labelledby="about-these")  # fmt: skip


def _pairs(pairs: Iterable[tuple[str, Node]]) -> list[Node]:
    return [part for name, said in pairs for part in (tag("dt", name), tag("dd", said))]


def _facts(source: Source, number: int, detail: Detail) -> list[Node]:
    return _pairs(_of_run(source, number, detail))


def _of_run(source: Source, number: int, detail: Detail) -> Iterator[tuple[str, Node]]:
    run, host = source.run, source.run.host
    blocks = f", {run.blocks} blocks" if run.blocks else ""
    took = f", {run.seconds['all']:.0f}{words.THIN}s" if run.seconds and "all" in run.seconds else ""
    yield "run", f"{run.run} ({run.status}{blocks}{took})"
    again = dict.fromkeys(commands.again(run, group) for group in run.groups)
    yield "again", tag("span", *(tag("code", one, class_="again") for one in again))
    system = " ".join(str(host[one]) for one in ("system", "kernel") if host.get(one))
    known = [host.get("cpu_model"), f"{host['cores']} cores" if host.get("cores") else None, system]
    if any(known):
        yield "machine", ", ".join(str(one) for one in known if one)
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    python = "; ".join(
        one for one in (f"{host.get('implementation', '')} {host.get('python', '')}".strip(), versions) if one
    )
    if python:
        yield "Python", python
    if run.commit:
        yield "commit", f"{run.commit.id[:12]} ({run.commit.branch or 'no branch'}, {run.commit.changed} changed)"
    if run.seed is not None:
        yield "seed", str(run.seed)
    for what, said in (("left out", run.left_out), ("hosts", run.about_hosts), ("shell", run.shell)):
        if said:
            yield what, "; ".join(said)
    yield "record", _record(source, number, detail)


def _record(source: Source, number: int, detail: Detail) -> Node:
    if source.record is None:
        return "none: this page was made of a document, not of a record"
    if not detail.records:
        return f"not in this page, it would be too large: results/{source.run.run}.jsonl"
    return embedded.link(source.run.run, source.record, number)
