"""What the system lets nobody do."""

from __future__ import annotations

import resource

import pytest

from harness.machine.limits import raised_soft_limit


def test_a_limit_that_may_not_be_lifted_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refused)
    with pytest.raises(PermissionError, match="Operation not permitted"), raised_soft_limit():
        pytest.fail("nothing was lifted")
