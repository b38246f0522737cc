"""What is refused before anything is started: no test here has a worker, or an answer of one."""

from __future__ import annotations

import math

import msgspec
import pytest

from harness.errors import HarnessError
from harness.plan.request import Request, Target, again, check
from harness.record.lines import decode, encode
from harness.record.sample import Header
from harness.strategies import BUILT_IN, ON_REQUEST
from tests.builders import header

WRONG = [
    (Request(strategies=["gevnt"]), "unknown strategy 'gevnt'. Did you mean gevent"),
    (Request(strategies=[","]), "no strategy was named"),
    (Request(strategies=[]), "no strategy was named"),
    (Request(workloads=[","]), "no workload was named"),
    (Request(workloads=["slep"]), "unknown workload 'slep'. Did you mean sleep"),
    (Request(workloads=["./absent.py:f"]), "there is no file ./absent.py"),
    (Request(options=["x"]), "-P x: write it as key=value"),
    (Request(options=["=1"]), "-P =1: write it as key=value"),
    (Request(margin=0), "--margin 0: a share between 0 and 1"),
    (Request(margin=1), "--margin 1: a share between 0 and 1"),
    (Request(precision=math.nan), "--precision nan: a share between 0 and 1"),
    (Request(precision=math.inf), "--precision inf: a share between 0 and 1"),
    (Request(timeout=math.inf), "--timeout inf: a finite number of seconds"),
    (Request(timeout=0), "--timeout 0: a finite number of seconds, more than 0"),
    (Request(max_time=math.inf), "--max-time inf: a finite number of seconds"),
    (Request(max_time=math.nan), "--max-time nan: a finite number of seconds"),
    (Request(max_time=-1), "--max-time -1: a finite number of seconds"),
    (Request(find_capacity=True, slo=math.inf), "--slo inf: a finite number of seconds"),
    (Request(slo=0.01), "--slo is for --find-capacity"),
    (Request(tasks=0), "--tasks 0: 1 or more"),
    (Request(concurrency=-1), "--concurrency -1: 1 or more"),
    (Request(blocks=0), "--blocks 0: 1 or more"),
    (Request(rounds=0), "--rounds 0: 1 or more"),
    (Request(warmup=-1), "--warmup -1: 0 or more"),
    (Request(seed=-1), "--seed -1: 0 or more"),
    (Request(fresh=True, rounds=2), "--fresh is one round in each worker: leave --rounds 2 out"),
    (Request(memory_limit=100_000), "--memory-limit 100000 bytes: a size of 1M or more, such as 512M or 2G"),
    (Request(memory_limit=-1), "--memory-limit -1 bytes: a size"),
    (Request(memory_limit=1 << 61), "--memory-limit 2305843009213693952 bytes: a size"),
    (Request(allow_failures=1.0), "--allow-failures 1: a share of a round's tasks, such as 2% or 0.02"),
    (Request(allow_failures=-0.1), "--allow-failures -0.1: a share"),
    (Request(allow_failures=math.nan), "--allow-failures nan: a share"),
    (Request(tasks=5, concurrency=6), "--concurrency 6 is more than --tasks 5"),
    (Request(strategies=["gevent"], reference="trio"), "--reference trio is not among the strategies of this run: gev"),
    (Request(variants=["new"]), "--variant new: write it as NAME=SPEC"),
    (Request(variants=["new=conda:x"]), "'conda:x' is none of"),
    (Request(variants=["a=pip:x==1", "a=pip:x==2"]), "--variant: each needs a name of its own"),
    (
        Request(strategies=["gevent"], variants=["a=path:.", "b=path:."], reference="gevent"),
        "--reference gevent is not among the strategies of this run: gevent@a, gevent@b",
    ),
]


@pytest.mark.parametrize(("request_", "text"), WRONG, ids=[text for _, text in WRONG])
def test_what_cannot_be_meant_is_refused_in_one_line(request_: Request, text: str) -> None:
    with pytest.raises(HarnessError) as refused:
        check(request_)
    said = str(refused.value)
    assert text in said
    assert "\n" not in said
    assert refused.value.status == 2


def test_the_usual_request_means_the_usual_strategies_on_three_workloads() -> None:
    named = check(Request())
    assert [name for name, _ in named.strategies] == [name for name in BUILT_IN if name not in ON_REQUEST]
    assert named.workloads[0] == Target("sleep", "harness.workloads.sleep:Sleep")
    assert named.reference == "sequential"
    assert named.options == []


def test_an_option_is_a_name_and_all_that_follows_the_first_equals_sign() -> None:
    assert check(Request(options=["url=http://x/?a=b"])).options == [("url", "http://x/?a=b")]


@pytest.mark.parametrize(
    ("strategies", "variants", "wanted", "reference"),
    [
        (["gevent", "trio"], [], "trio", "trio"),
        (["gevent"], ["a=path:.", "b=path:."], "b", "gevent@b"),
        (["gevent", "trio"], ["a=path:."], "trio", "trio@a"),
        (["gevent", "trio"], ["a=path:.", "b=path:."], "trio@b", "trio@b"),
        (["gevent", "trio"], ["a=path:.", "b=path:."], None, "gevent@a"),
    ],
)
def test_a_reference_is_a_strategy_a_variant_or_one_in_the_other(
    strategies: list[str], variants: list[str], wanted: str | None, reference: str
) -> None:
    assert check(Request(strategies, variants=variants, reference=wanted)).reference == reference


@pytest.mark.parametrize(
    ("option", "is_hidden"), [("token_size=1,2", False), ("use_token=yes", False), ("pwd=x", True)]
)
def test_what_a_record_hides_has_to_be_given_again(option: str, is_hidden: bool) -> None:
    kept = decode(encode(msgspec.structs.replace(header(), asked={"options": [option]})).removesuffix(b"\n"))
    assert isinstance(kept, Header)
    if is_hidden:
        with pytest.raises(HarnessError, match="does not hold what pwd hides: give its -P again"):
            again(kept, {})
    else:
        assert list(again(kept, {}).options) == [option]
    assert list(again(kept, {"options": [option]}).options) == [option]
