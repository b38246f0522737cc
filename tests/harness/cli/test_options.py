"""Options that several commands share."""

from __future__ import annotations

import click
import pytest

from harness.cli.options import Size, wait_option


@pytest.mark.parametrize(
    ("typed", "variables", "wait"),
    [
        ([], {}, False),
        (["--wait"], {}, True),
        (["--wait", "1"], {}, 1.0),
        (["--wait", "0.5"], {}, 0.5),
        ([], {"HARNESS_WAIT": "1"}, True),
        ([], {"HARNESS_WAIT": "0"}, False),
        ([], {"HARNESS_WAIT": "yes"}, True),
        ([], {"HARNESS_WAIT": "60"}, 60.0),
    ],
)
def test_one_in_the_environment_is_yes_and_on_the_line_a_second(
    typed: list[str], variables: dict[str, str], wait: bool | float, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    command = click.command()(wait_option(lambda wait: None))
    said = command.make_context("x", list(typed), auto_envvar_prefix="HARNESS").params["wait"]
    assert (type(said), said) == (type(wait), wait)


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ("512M", 512 << 20),
        ("2G", 2 << 30),
        ("1.5GiB", 3 << 29),
        ("64m", 64 << 20),
        ("900K", 900 << 10),
        ("1T", 1 << 40),
        ("0.3G", 314572 << 10),
    ],
)
def test_a_size_has_a_unit(typed: str, size: int) -> None:
    assert Size().convert(typed, None, None) == size


@pytest.mark.parametrize(
    "typed", ["512", "M", "-1M", "1.M", "1e3M", "nanG", "512MB", "5 G", "9" * 400 + "G", "", "1GiBs"]
)
def test_what_is_no_size_is_told_in_a_line(typed: str) -> None:
    with pytest.raises(click.BadParameter, match=r"write a size with its unit, such as 512M, 2G or 1[.]5GiB$"):
        Size().convert(typed, None, None)
