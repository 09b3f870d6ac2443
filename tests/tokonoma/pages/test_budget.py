from __future__ import annotations

import pytest

from tokonoma.errors import (
    HanaBusy,
    HanaCannotCompute,
    HanaStatementFailed,
    HanaTimeout,
    HanaUnavailable,
    QueryInvalid,
    TokonomaError,
)
from tokonoma.pages.budget import Budget


def failing(error: TokonomaError) -> None:
    raise error


def test_a_figure_is_read() -> None:
    assert Budget().read(lambda: 17) == 17


@pytest.mark.parametrize("error", [HanaTimeout, HanaBusy, HanaCannotCompute, HanaStatementFailed])
def test_a_figure_that_is_slow_or_fails_is_none(error: type[TokonomaError]) -> None:
    assert Budget().read(lambda: failing(error("no"))) is None


@pytest.mark.parametrize("error", [HanaUnavailable("away"), QueryInvalid("wrong", "$filter", 1)])
def test_what_concerns_the_whole_page_is_raised(error: TokonomaError) -> None:
    with pytest.raises(type(error)):
        Budget().read(lambda: failing(error))


def test_nothing_is_begun_when_the_time_is_over() -> None:
    begun: list[int] = []
    assert Budget(seconds=0).read(lambda: begun.append(1)) is None
    assert begun == []
