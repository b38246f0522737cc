"""What a search for the best server looks at."""

from __future__ import annotations

import pytest

from harness.advise.servers.choose import Grid, up_to
from harness.advise.servers.points import Cell
from harness.process.channel import Failure
from harness.record.sample import Added, Sample
from tests.harness.advise.servers.simulated import GRID, noisy, searched

START = [Cell(s, 1, 16) for s in range(3)]


def steady(cell: Cell) -> float:
    """The first is the best, with two processes and 64 connections or more."""
    return 1000.0 * (1.0, 0.8, 0.2)[cell.strategy] * cell.processes**0.8 * min(64, cell.connections) ** 0.5


def test_all_strategies_are_looked_at_first_and_then_twice() -> None:
    _, ground = searched(noisy(steady, 0.01))
    assert ground.cells(0) == set(START)
    assert {cell.strategy for cell in ground.cells(1)} == {0, 1, 2}


def test_the_first_block_sends_nobody_away() -> None:
    def law(cell: Cell, block: int) -> float:
        return steady(cell) * (0.1 if cell.strategy == 0 and not block else 1.0)

    _, ground = searched(law)
    later = [cell for block, cell in ground.seen if block > 2]
    assert {cell.strategy for cell in later} >= {0, 1}


def test_one_look_makes_nobody_the_best() -> None:
    def law(cell: Cell, block: int) -> float:
        return steady(cell) * (9.0 if cell == Cell(0, 1, 4) and block == 1 else 1.0)

    _, ground = searched(law)
    assert Cell(0, 1, 4) in ground.cells(2)
    assert Cell(1, 1, 16) in ground.cells(2)


def test_two_blocks_that_put_a_strategy_far_behind_are_enough() -> None:
    _, ground = searched(noisy(steady, 0.01))
    assert not [cell for block, cell in ground.seen if block > 2 and cell.strategy == 2]


def test_it_goes_where_the_best_is() -> None:
    _, ground = searched(noisy(steady, 0.01))
    last = max(block for block, _ in ground.seen)
    assert ground.cells(last) & {Cell(0, 2, 64), Cell(0, 2, 256)}
    assert {cell.connections for _, cell in ground.seen} == set(GRID.connections)


def test_it_ends_where_nothing_is_left_to_tell() -> None:
    record, ground = searched(noisy(lambda cell: 1000.0 / (1 + cell.strategy), 0.001), Grid((1,), (16,)))
    assert record.end
    assert 2 < record.end.blocks < 12
    assert ground.cells(record.end.blocks - 1) <= {START[0], START[1]}


def test_it_ends_with_the_time() -> None:
    record, ground = searched(noisy(steady, 0.3), max_time=1e-6)
    assert record.end
    assert record.end.blocks == 1
    assert len(ground.seen) == 3


def test_what_cannot_serve_is_asked_once() -> None:
    def law(cell: Cell, block: int) -> float:
        if cell.strategy == 1:
            raise Failure("unsupported", "this strategy does not serve")
        return steady(cell)

    _, ground = searched(law)
    assert sum(cell.strategy == 1 for _, cell in ground.seen) == 1


def test_where_the_middle_is_too_much_less_is_tried() -> None:
    record, ground = searched(lambda cell, block: 100.0 if cell.connections < 16 else 0.0)
    assert {cell.connections for cell in ground.cells(1)} == {1, 4, 64, 256}
    assert record.end
    assert record.end.blocks > 2


def test_where_no_rate_holds_it_ends() -> None:
    record, _ = searched(lambda cell, block: 0.0)
    assert record.end
    assert record.end.blocks == 2


def test_its_groups_are_added_to_the_record_and_what_nobody_looked_at_says_so() -> None:
    record, ground = searched(noisy(steady, 0.01))
    places = {(group.processes, group.concurrency) for group in record.header.plan.groups}
    assert places == {(cell.processes, cell.connections) for _, cell in ground.seen}
    whys = [one.reason for one in record.samples if isinstance(one, Sample) and one.status == "unavailable"]
    assert len(set(whys)) == 1
    assert not isinstance(record.samples[0], Added)


@pytest.mark.parametrize(
    ("cores", "processes"),
    [(1, [1]), (2, [1, 2]), (4, [1, 2, 3, 4]), (6, [1, 2, 4, 6]), (64, [1, 2, 4, 8, 16, 32, 64])],
)
def test_processes_go_up_to_the_cores(cores: int, processes: list[int]) -> None:
    assert up_to(cores) == processes
