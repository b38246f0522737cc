"""What users, the command line and the pytest plug-in call: run, read, compare; `check` and `trend` are in the rooms of
their questions. Nothing here prints."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import HarnessError, Interrupted

if TYPE_CHECKING:
    from harness.document.beside import Comparison
    from harness.document.past import Past
    from harness.document.run import Run
    from harness.measure.run import Measuring
    from harness.measure.standing import Enough, Sink
    from harness.plan.request import Request
    from harness.process.workers import Described
    from harness.record.plan import Counter, Pin, Plan, Variant
    from harness.record.sample import Header, Record
    from harness.record.writer import Resumed

Named = str | Callable[..., Any] | type
"""A name, `module:name`, `FILE.py:name`, or the function or class itself."""
Options = Mapping[str, Any] | Sequence[str]
Tell = Callable[[str], None]
LATEST = "latest"
WORKER = "HARNESS_WORKER"
"""What the environment of our workers has: `process` sets it."""


def run(
    workload: Named | Sequence[Named] = ("sleep", "http", "echo"),
    *,
    strategies: Named | Sequence[Named] = "usual",
    options: Options = (),
    tasks: int | None = None,
    concurrency: int | None = None,
    blocks: int | None = None,
    rounds: int | None = None,
    warmup: int | None = None,
    quick: bool = False,
    fresh: bool = False,
    allow_failures: float = 0.0,
    timeout: float = 60.0,
    memory_limit: int | None = None,
    max_time: float | None = None,
    precision: float | None = None,
    margin: float = 0.02,
    pin: Pin = "apart",
    seed: int | None = None,
    count: Literal["instructions"] | None = None,
    count_with: Counter | None = None,
    find_capacity: bool = False,
    slo: float | None = None,
    silence: float = 5.0,
    values: Literal["same", "any"] = "same",
    variants: Sequence[str] = (),
    reference: str | None = None,
    on: str | None = None,
    server_on: str | None = None,
    load_from: str | None = None,
    mixed_hosts: bool = False,
    install: bool = False,
    ssh: str | None = None,
    insecure: bool = False,
    tls_ca: str | None = None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    results: str | Path | None = None,
    name: str | None = None,
    wait: bool | float = False,
    tell: Tell | None = None,
) -> Run:
    """Measure workloads under strategies in fresh worker processes, keep the record in the folder `results`, and return
    what it says. Seconds, bytes, and shares of 1; what is not given is as `harness run --help` says.

    `options` of the workload: a list of values makes a group of each, a tuple is an option that is given several times.
    `on` names other hosts, which measure instead, `server_on` and `load_from` those of servers and of what loads them
    (docs/hosts.md). `tell` is called with a line of progress, now and
    then. While another run measures on this machine, BusyError is raised; with `wait` its end is waited for.
    KeyboardInterrupt (or whatever else a signal handler raises) ends the workers and leaves a record of what was
    measured. Raises HarnessError for all that the caller can mend."""
    sizes = {"tasks": tasks, "concurrency": concurrency, "blocks": blocks, "rounds": rounds, "warmup": warmup}
    ends = {"timeout": timeout, "max_time": max_time, "precision": precision, "margin": margin, "seed": seed}
    ends |= {"silence": silence, "memory_limit": memory_limit}
    how: dict[str, Any] = {"values": values, "quick": quick, "fresh": fresh, "allow_failures": allow_failures}
    how |= {
        "pin": pin,
        "count": count,
        "count_with": count_with,
        "find_capacity": find_capacity,
        "slo": slo,
        "reference": reference,
    }
    how |= {"on": on, "mixed_hosts": mixed_hosts, "install": install, "ssh": ssh, "insecure": insecure}
    how |= {"server_on": server_on, "load_from": load_from}
    how |= {"tls_ca": tls_ca, "tls_cert": tls_cert, "tls_key": tls_key}
    name = None if name is None else printable(name)
    with asked(workload, strategies, options, variants=variants, **sizes, **ends, **how) as request:
        return document(measured(request, results, name, wait, tell))


def resume(
    run: str | Path = LATEST,
    results: str | Path | None = None,
    wait: bool | float = False,
    tell: Tell | None = None,
    **asked: Any,
) -> Run:
    """Finish a run that was interrupted or killed, with its seed and plan: its record goes on, and a block that was cut
    off stays as it is. `asked`: options of `run` to be sure of, or that a record does not hold (passwords).

    Raises HarnessError where it has finished, or where options, code, packages or the machine have changed."""
    from harness.plan.mixed import refuse_mixed
    from harness.plan.request import again
    from harness.record import store

    refuse_worker()
    path = unfinished(run, results)
    header = store.read_header(path)
    request = again(header, asked)
    refuse_mixed(header, _header(header.plan))  # before anything is installed or reached that it names
    with planned(request, wait, tell, path.parent) as made:
        return document(kept(made, results, tell=tell, asked=request, resumed=path, wait=wait, on=request))


def unfinished(run: str | Path, results: str | Path | None = None) -> Path:
    """The record of a run that can be finished. Raises HarnessError."""
    from harness.plan.mixed import check_unfinished
    from harness.record import store

    path = _path(run, results)
    if path.suffix != ".jsonl":
        raise HarnessError(f"{path} cannot be added to: --resume wants a record (.jsonl)")
    check_unfinished(store.read(path))
    return path


def printable(name: str) -> str:
    """A name of a run as records hold it. Raises HarnessError where it is none."""
    from harness.text import readable

    if not (name and readable(name).isprintable()):
        raise HarnessError("--name: a name of printable characters")
    return readable(name)


def read(
    run: str | Path = LATEST,
    results: str | Path | None = None,
    *,
    reference: str | None = None,
    pairs: bool = False,
) -> Run:
    """A stored run: the start of its name, its `name`, a file (a record, or what `--json` wrote), or the latest of the
    folder `results`. With its ratios against another strategy, and with the verdicts between any two rows, if asked:
    from a record, not from what `--json` wrote. Raises HarnessError where none or several match, StoreError where it
    cannot be read."""
    from harness.document import stored
    from harness.record import store

    path = _path(run, results)
    if path.suffix != ".json":
        return document(store.read(path), reference, pairs)
    if reference or pairs:
        raise HarnessError(f"{path} is what --json wrote: --reference and --pairs are made from a record (.jsonl)")
    return stored.read(path)


def compare(
    then: Run | str | Path,
    now: Run | str | Path = LATEST,
    results: str | Path | None = None,
    reference: str | None = None,
) -> Comparison:
    """Two stored runs side by side. Their rounds were not interleaved: a verdict comes of how much other runs of the
    same cells in the folder `results` differ, at the code of one of the two. Ratios are against `reference`, or else
    that of the runs. Raises HarnessError where they are of different machines, of a workload that has changed, or of
    nothing that both have, and for a reference that both do not have."""
    from harness.document.comparison import compare
    from harness.variants import git

    before, after = stored(then, results), stored(now, results)
    past = _past(folder(results), before.header, after.header)
    return compare(before, after, past, reference, git.has(Path(__file__)))


def _past(results: Path, then: Header, now: Header) -> Past:
    """The stored runs that two others are to be seen beside: headers are read first, and few files as a whole."""
    from harness.document.past import Past, chosen, is_calibration
    from harness.record import store

    runs, unread = store.headers([*store.runs(results), *store.runs(results / "baselines")])
    beside, _ = store.headers(store.runs(results / "calibration"))
    wanted, others = chosen(runs, then, now)
    alone, _ = chosen({path: header for path, header in beside.items() if is_calibration(header)}, then, now)
    records, damaged = store.records(wanted)
    return Past(records, store.records(alone)[0], others, unread + damaged)


def serve(
    request: Request, host: str, port: int, listening: Callable[[str, str, str], None], wait: bool | float = False,
    tell: Tell | None = None,
) -> None:  # fmt: skip
    """Serve one workload under one strategy until a signal handler raises Interrupted; `listening(strategy, workload,
    where)` is called once clients may come: until then no run may be measuring. Raises HarnessError, BusyError."""
    from harness.machine import lock
    from harness.measure.serve import serve

    with contextlib.ExitStack() as starting:
        starting.enter_context(lock.machine(wait, tell or silent))

        def serving(*said: str) -> None:
            starting.close()
            listening(*said)

        with described(request) as made:
            serve(made, host, port, request.concurrency, serving)


def folder(results: str | Path | None) -> Path:
    """Where records are: a folder that is named, or that of the project. Raises HarnessError."""
    from harness.plan import project

    return Path(results) if results else project.results()


def document(record: Record, reference: str | None = None, pairs: bool = False) -> Run:
    """What a record says, against its reference or another. Raises HarnessError where it does not have that."""
    from harness.document.make import against, document

    return document(against(record, reference) if reference else record, pairs=pairs)


def seconds_of_rounds(record: Record, strategy: int = 0) -> list[float]:
    """What each timed round of a strategy took, by its place in the plan, in the order of the record."""
    from harness.statistics.verdicts import walls

    samples = (one for one in record.samples if one.arm == "row" and one.strategy == strategy)
    return [seconds for sample in samples for seconds in walls(sample).values]


def stored(run: Run | str | Path, results: str | Path | None = None) -> Record:
    """The record of a stored run, which `read` says more about."""
    from harness.record import store

    return store.read(_path(run, results))


def _path(run: Run | str | Path, results: str | Path | None) -> Path:
    from harness.record import store

    return store.find(folder(results), str(getattr(run, "run", run)))


def known(
    what: Literal["strategies", "workloads"], wait: bool | float = False, tell: Tell | None = None
) -> list[tuple[str, str, Described]]:
    """Each strategy or workload that can be named: its name, its target, and what a worker says of it. Raises
    BusyError while another run measures."""
    from harness.machine import lock
    from harness.plan import catalogue
    from harness.process import orphans, paths, workers
    from harness.worker.messages import DescribeStrategy, DescribeWorkload

    question, named = {
        "strategies": (DescribeStrategy, catalogue.strategy_targets),
        "workloads": (DescribeWorkload, catalogue.workload_targets),
    }[what]
    targets = named()
    with lock.machine(wait, tell or silent), orphans.adopted():
        answers = workers.describe([question(target) for target in targets.values()], paths.of_asker())
    return [(name, target, said) for (name, target), said in zip(targets.items(), answers, strict=True)]


@contextlib.contextmanager
def asked(
    workload: Named | Sequence[Named], strategies: Named | Sequence[Named], options: Options, **others: Any
) -> Iterator[Request]:
    """What was asked for, in words; the files of what was typed into a notebook are there as long as this runs. Raises
    HarnessError."""
    import msgspec

    from harness.plan import catalogue
    from harness.plan.objects import found, settings
    from harness.plan.request import Request
    from harness.process.folders import temporary

    refuse_worker()
    with contextlib.ExitStack() as stack:
        folder = functools.cache(lambda: Path(stack.enter_context(temporary())))
        known = catalogue.strategy_targets(), catalogue.workload_targets()
        several = [
            [found(one, names, folder) for one in (things if isinstance(things, list | tuple) else [things])]
            for names, things in zip(known, (strategies, workload), strict=True)
        ]
        try:
            given = {"strategies": several[0], "workloads": several[1], "options": settings(options)} | others
            request = msgspec.convert(given, Request)
        except msgspec.ValidationError as wrong:
            raise HarnessError(f"{wrong}") from None
        yield request


def refuse_worker() -> None:
    """Raise HarnessError where a worker has got here: it imports the file of a function, and that file is a script."""
    if WORKER in os.environ:
        raise HarnessError('workers import this file for its function: run under `if __name__ == "__main__":`')


def measured(
    request: Request,
    results: str | Path | None = None,
    name: str | None = None,
    wait: bool | float = False,
    tell: Tell | None = None,
    fitted: Callable[[Plan], Plan] | None = None,
    enough: Enough | None = None,
) -> Record:
    """Measure what was asked for, with the plan as `fitted` changes it, and return the record. Raises HarnessError."""
    with planned(request, wait, tell, folder(results)) as made:
        return kept(fitted(made) if fitted else made, results, name, tell, enough, request, wait=wait, on=request)


@contextlib.contextmanager
def planned(
    request: Request, wait: bool | float = False, tell: Tell | None = None, results: Path | None = None
) -> Iterator[Plan]:
    """Hold the machine and yield the plan of what was asked for. Raises HarnessError; BusyError while another run
    holds it and we are not to wait; StoreError where the folder for the results cannot hold them."""
    from harness.machine import lock
    from harness.plan.request import check
    from harness.record import store

    check(request)
    if results:
        store.check_folder(results)
    with contextlib.ExitStack() as holding:
        holding.enter_context(lock.machine(wait, tell or silent))
        with described(request) as made:
            if not request.is_here:  # this machine measures nothing, or is one of the hosts
                holding.close()
            yield made


@contextlib.contextmanager
def described(request: Request) -> Iterator[Plan]:
    """Yield the plan of what was asked for, and meanwhile have as many descriptors as the machine allows and the
    orphans of whatever we start. Raises HarnessError."""
    import dataclasses

    from harness.machine import limits
    from harness.measure import counters
    from harness.plan import make as plan
    from harness.process import orphans, paths, workers
    from harness.variants import build as variants

    with orphans.adopted(), limits.raised_soft_limit():
        if request.count:
            used = counters.find(request.count_with).name
            request = dataclasses.replace(request, count_with=used, count_allocator=counters.allocator_of_workers())
        built = [variants.build(text) for text in request.variants]
        ours = paths.of_asker()

        def describe(asked: Sequence[plan.Question], variant: Variant | None) -> list[Described]:
            return workers.describe(asked, ours, variant, request.memory_limit)

        yield plan.make(request, describe, limits.here(), built)


def kept(
    plan: Plan,
    results: str | Path | None = None,
    name: str | None = None,
    tell: Tell | None = None,
    enough: Enough | None = None,
    asked: Request | None = None,
    resumed: Path | None = None,
    wait: bool | float = False,
    on: Request | None = None,
) -> Record:
    """Measure a plan into a record (or the rest of it into one that has been begun), and return that: on the hosts that
    the request `on` names, if it does; `asked` is what the record holds of one, to be resumed by. Where a precision is
    asked for, `enough(plan, samples)` says whether it is reached; without it, all intervals must be as narrow.
    Interrupted ends the run, and no more; KeyboardInterrupt and its like end it and are raised again. Raises
    StoreError, HarnessError where what was begun is of another kind."""
    import msgspec

    from harness.measure.processes import Processes
    from harness.measure.run import Measurement
    from harness.plan.mixed import check_place, check_unfinished, refuse_mixed
    from harness.process import paths
    from harness.record import store

    hosts = on if on and not on.is_here else None
    if hosts:
        plan = msgspec.structs.replace(plan, settle=False)  # hosts share few blocks unevenly
    with contextlib.ExitStack() as holding:
        begun = before = None
        if resumed:
            begun = holding.enter_context(contextlib.closing(store.Resumed(resumed)))
            before = store.read(resumed)  # now that nobody else adds to it
            check_unfinished(before)
            check_place(before, hosts)
            plan = msgspec.structs.replace(plan, seed=before.header.plan.seed)
            refuse_mixed(before.header, _header(plan))
        if hosts:
            from harness.hosts import start

            with start.on_hosts(hosts, plan, tell or silent, enough, before, wait) as measurement:
                return recorded(plan, measurement, results, name, asked, begun)

        def here(sink: Sink) -> Measuring:
            return Measurement(plan, sink, tell or silent, Processes(plan, paths.of_asker()), enough, before)

        return recorded(plan, here, results, name, asked, begun)


def recorded(
    plan: Plan, measurement: Callable[[Sink], Measuring], results: str | Path | None = None, name: str | None = None,
    asked: Request | None = None, begun: Resumed | None = None,
) -> Record:  # fmt: skip
    """Have what `measurement(sink)` makes measure a plan into a record, which may have been begun, and return that.
    Raises as `kept` does."""
    from harness.record import store

    with contextlib.ExitStack() as opened:
        writer = begun or opened.enter_context(
            contextlib.closing(store.Writer(folder(results), _header(plan, name, asked)))
        )
        finish(measurement(writer), writer)
    return store.read(writer.path)


def _header(plan: Plan, name: str | None = None, asked: Request | None = None) -> Header:
    """The first line of a record that is begun now."""
    import datetime

    from harness.machine import host
    from harness.record import store
    from harness.record.plan import SCHEMA
    from harness.record.sample import Header
    from harness.variants import git

    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    wanted = asked.unusual() if asked else None
    return Header(SCHEMA, store.new_run(), name, now, plan, host.facts(), host.versions(), git.commit(), wanted)


def finish(measurement: Measuring, sink: Sink) -> None:
    """Run to the end, whatever that is, and keep what it was. Raises StoreError, and what interrupted it."""
    from harness.process.orphans import end_all

    try:
        measurement.run()
    except Interrupted:
        end_all()
        sink.append(measurement.end(True))
    except BaseException as stopped:
        end_all()
        if not isinstance(stopped, Exception):
            sink.append(measurement.end(True))
        raise
    else:
        sink.append(measurement.end())


def silent(text: str) -> None:
    """Nobody watches."""
