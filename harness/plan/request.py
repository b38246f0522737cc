"""What is asked for, once, for everything below; and a refusal of what cannot be meant, before anything is started."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from harness.errors import HarnessError
from harness.plan import catalogue, files
from harness.plan.address import Trust, address, apart, command
from harness.record.plan import Allocator, Counter, Pin
from harness.record.ranges import MOST
from harness.record.sample import Header
from harness.strategies import LESSONS
from harness.text import HIDDEN

if TYPE_CHECKING:
    from harness.variants.build import Spec

MARGIN = 0.02
LEAST_MEMORY = 1 << 20
REACHED = ("on", "mixed_hosts", "install", "ssh", "insecure", "tls_ca", "tls_cert", "tls_key")
DEFAULT_WORKLOADS = ("sleep", "http", "echo")


class Target(NamedTuple):
    """A strategy or workload as it was named, and where it is."""

    name: str
    target: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Request:
    """What the command line says; the names are those of its options. A target that was found need not be text."""

    strategies: Sequence[str | Target] = ("usual",)
    workloads: Sequence[str | Target] = DEFAULT_WORKLOADS
    options: Sequence[str] = ()
    tasks: int | None = None
    concurrency: int | None = None
    reference: str | None = None
    blocks: int | None = None
    quick: bool = False
    rounds: int | None = None
    warmup: int | None = None
    fresh: bool = False
    allow_failures: float = 0.0
    timeout: float = 60.0
    memory_limit: int | None = None
    max_time: float | None = None
    pin: Pin = "apart"
    seed: int | None = None
    margin: float = MARGIN
    precision: float | None = None
    count: Literal["instructions"] | None = None
    count_with: Counter | None = None
    count_allocator: Allocator | None = None
    find_capacity: bool = False
    slo: float | None = None
    silence: float = 5.0
    values: Literal["same", "any"] = "same"
    variants: Sequence[str] = ()
    on: str | None = None
    server_on: str | None = None
    load_from: str | None = None
    mixed_hosts: bool = False
    install: bool = False
    ssh: str | None = None
    insecure: bool = False
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None

    @property
    def trust(self) -> Trust:
        """How a scheduler is trusted."""
        return Trust(self.insecure, self.tls_ca, self.tls_cert, self.tls_key)

    @property
    def is_here(self) -> bool:
        """Whether this machine measures."""
        return not (self.on or self.server_on)

    @property
    def reached(self) -> dict[str, str | bool]:
        """The options by which other hosts are named and reached, where some are: those that were given."""
        names = () if self.is_here else REACHED
        return {_option_of(name).removeprefix("--"): value for name in names if (value := getattr(self, name))}

    def unusual(self) -> dict[str, Any]:
        """What is not as it is by default, for the record."""
        fields = dataclasses.fields(self)
        mine = {one.name: getattr(self, one.name) for one in fields if getattr(self, one.name) != one.default}
        return dict(msgspec.to_builtins(mine))


def again(header: Header, asked: dict[str, Any]) -> Request:
    """What was asked for once more, with what is asked now in its place. Raises HarnessError where nobody wrote it
    down, or what no record holds is lacking."""
    if header.asked is None:
        raise HarnessError(
            f"{header.run} does not say what was asked for: run it anew (a gate: the same gate --resume)"
        )
    if header.asked.get("ssh") and "ssh" not in asked:
        raise HarnessError(
            f"{header.run}: no record has a command run here: give its --ssh again, which was {header.asked['ssh']}"
        )
    hidden = [text for text in header.asked.get("options", ()) if HIDDEN in text]
    if hidden and "options" not in asked:
        raise HarnessError(f"{header.run} does not hold what {hidden[0].partition('=')[0]} hides: give its -P again")
    try:
        return msgspec.convert(header.asked | asked, Request)
    except msgspec.ValidationError as wrong:
        raise HarnessError(f"{header.run} cannot be resumed: {wrong}") from None


class Named(NamedTuple):
    """What the words of a request mean."""

    strategies: list[Target]
    workloads: list[Target]
    options: list[tuple[str, str]]
    reference: str
    """Of the strategies, each with each variant."""
    lessons: set[str]
    """Strategies that are there to teach, and that nobody named."""


def check(request: Request) -> Named:
    """What the words of a request mean, without starting anything.

    Raises HarnessError where something is unknown, contradictory, or no number that can be meant. What only a workload
    itself knows (its options, its sizes) is not looked at."""
    _check_counts(request)
    check_seconds("--timeout", request.timeout)
    check_seconds("--max-time", request.max_time)
    check_seconds("--slo", request.slo)
    check_seconds("--silence", request.silence)
    check_memory(request.memory_limit)
    check_share("--margin", request.margin)
    check_share("--precision", request.precision)
    if request.count_with and not request.count:
        raise HarnessError(
            f"--count-with {request.count_with}: instructions are not counted here: "
            "it is for run --count instructions and gate --metric instructions"
        )
    if request.quick and request.precision:
        raise HarnessError("--quick is three blocks, whatever their intervals: leave --precision out")
    if request.slo is not None and not request.find_capacity:
        raise HarnessError("--slo is for --find-capacity")
    if not 0 <= request.allow_failures < 1:
        raise HarnessError(
            f"--allow-failures {request.allow_failures:g}: a share of a round's tasks, such as 2% or 0.02"
        )
    if request.fresh and (request.rounds or 1) > 1:
        raise HarnessError(f"--fresh is one round in each worker: leave --rounds {request.rounds} out")
    _check_hosts(request)
    options = [_option(text) for text in request.options]
    strategies = _strategies(request.strategies)
    workloads = _workloads(request.workloads)
    arms = _arms([name for name, _ in strategies], _variants(request.variants))
    if request.precision and len(arms) < 2:
        raise HarnessError(f"--precision is of ratios, and {arms[0].name} is alone: name another with -s")
    lessons = set(LESSONS) - {str(one) for one in _listed(request.strategies)}
    return Named(strategies, workloads, options, _reference(request.reference, arms), lessons)


def _check_hosts(request: Request) -> None:
    used = [flag for flag in ("on", "server_on", "load_from") if getattr(request, flag) is not None]
    for flags, of in (
        (("mixed_hosts", "tls_ca", "tls_cert", "tls_key"), ("on",)), (("install", "insecure"), ("on", "server_on")),
    ):  # fmt: skip
        for flag in flags:
            if getattr(request, flag) and not set(of) & set(used):
                raise HarnessError(f"{_option_of(flag)} is for {' and '.join(map(_option_of, of))}")
    if not used:
        return
    if "on" in used and len(used) > 1:
        raise HarnessError("--on has blocks travel as a whole, --server-on parts them: give one of the two")
    if len(used) == 1 and request.on is None:
        raise HarnessError("--server-on HOST and --load-from HOST,HOST go together: give both")
    for host in _hosts(request):
        command(request.ssh, host, "")
    if request.variants and request.on is None:
        raise HarnessError("--variant is for one machine: leave it or --server-on out")
    for spec in _specs(request.variants):
        if spec.python or spec.pip:
            raise HarnessError(
                f"{spec.name}={spec.text}: hosts have this Python and its packages: --on takes git:, path:"
            )
    if request.pin == "one" and request.on is None:
        raise HarnessError("--pin one is for one machine: leave it or --server-on out")


def _hosts(request: Request) -> Sequence[str]:
    """The hosts that ssh reaches. Raises HarnessError."""
    if request.on is not None:
        return address(request.on, request.trust).hosts
    server, generators = apart(request.server_on or "", request.load_from or "")
    return [server, *generators]


def _option_of(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def check_share(flag: str, share: float | None) -> None:
    """Raise HarnessError where an option is no share."""
    if share is not None and not 0 < share < 1:
        raise HarnessError(f"{flag} {share:g}: a share between 0 and 1, such as 0.02")


def check_seconds(flag: str, seconds: float | None) -> None:
    """Raise HarnessError where an option is no time that will end."""
    if seconds is not None and not 0 < seconds < math.inf:
        raise HarnessError(f"{flag} {seconds:g}: a finite number of seconds, more than 0")


def check_memory(limit: int | None) -> None:
    """Raise HarnessError where a limit of memory is none that any worker keeps, or more than any machine has."""
    if limit is not None and not LEAST_MEMORY <= limit <= MOST:
        raise HarnessError(f"--memory-limit {limit} bytes: a size of 1M or more, such as 512M or 2G")


def _check_counts(request: Request) -> None:
    for flag, least, number in (
        ("--tasks", 1, request.tasks),
        ("--concurrency", 1, request.concurrency),
        ("--blocks", 1, request.blocks),
        ("--rounds", 1, request.rounds),
        ("--warmup", 0, request.warmup),
        ("--seed", 0, request.seed),
    ):
        if number is not None and number < least:
            raise HarnessError(f"{flag} {number}: {least} or more")
    if request.concurrency and request.tasks and request.concurrency > request.tasks:
        raise HarnessError(f"--concurrency {request.concurrency} is more than --tasks {request.tasks}")


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise HarnessError(f"-P {text}: write it as key=value")
    return name, value


def _listed(names: Sequence[str | Target]) -> list[str | Target]:
    """Each name once; several may stand between commas."""
    parted = [name for words in names for name in ([words] if isinstance(words, Target) else files.parted(words))]
    return list(dict.fromkeys(name for name in parted if name))


def _strategies(names: Sequence[str | Target]) -> list[Target]:
    known = catalogue.strategy_targets()
    wanted = _listed(names)
    if not wanted:
        raise HarnessError(f"no strategy was named; there are usual, all, {', '.join(known)}")
    expanded = [one for name in wanted for one in ([name] if isinstance(name, Target) else catalogue.several(name))]
    return [_target("strategy", known, name) for name in dict.fromkeys(expanded)]


def _workloads(names: Sequence[str | Target]) -> list[Target]:
    known = catalogue.workload_targets()
    wanted = _listed(names)
    if not wanted:
        raise HarnessError(f"no workload was named; there are {', '.join(known)}")
    return [_target("workload", known, name) for name in wanted]


def _target(kind: str, known: dict[str, str], wanted: str | Target) -> Target:
    return wanted if isinstance(wanted, Target) else Target(*catalogue.find(kind, known, wanted))


def _specs(texts: Sequence[str]) -> list[Spec]:
    """Variants as they are read."""
    if not texts:
        return []
    from harness.variants.build import parse

    return [parse(text) for text in texts]


def _variants(texts: Sequence[str]) -> list[str]:
    """The names of variants, each of which can be read."""
    names = [spec.name for spec in _specs(texts)]
    if len(set(names)) < len(names):
        raise HarnessError("--variant: each needs a name of its own")
    return names


class _Arm(NamedTuple):
    """A strategy, in a variant if there are any."""

    strategy: str
    variant: str | None

    @property
    def name(self) -> str:
        return f"{self.strategy}@{self.variant}" if self.variant else self.strategy


def _arms(strategies: Sequence[str], variants: Sequence[str]) -> list[_Arm]:
    places: Sequence[str | None] = variants or (None,)
    return [_Arm(strategy, variant) for strategy in strategies for variant in places]


def _reference(wanted: str | None, arms: Sequence[_Arm]) -> str:
    names = [arm.name for arm in arms]
    if wanted is None:
        return names[0]
    hits = [arm.name for arm in arms if arm.variant and wanted in arm]
    if len(hits) == 1:
        return hits[0]
    if wanted not in names:
        raise HarnessError(f"--reference {wanted} is not among the strategies of this run: {', '.join(names)}")
    return wanted
