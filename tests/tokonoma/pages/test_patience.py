from __future__ import annotations

import pytest

from tokonoma.errors import HanaBusy, HanaTimeout, ObjectUnknown
from tokonoma.pages.patience import EACH, Patience


def fail(error: Exception) -> int:
    raise error


def test_a_question_is_told_its_seconds() -> None:
    assert Patience().ask(lambda seconds: seconds) == EACH


@pytest.mark.parametrize("error", [HanaTimeout("pyhana"), HanaBusy("pyhana")], ids=repr)
def test_an_answer_that_hana_does_not_give_is_none(error: Exception) -> None:
    assert Patience().ask(lambda _: fail(error)) is None


def test_what_is_no_fault_of_hana_is_told() -> None:
    with pytest.raises(ObjectUnknown):
        Patience().ask(lambda _: fail(ObjectUnknown()))


def test_nobody_is_asked_when_all_time_is_gone() -> None:
    asked: list[int] = []
    assert Patience(together=0).ask(asked.append) is None
    assert asked == []
