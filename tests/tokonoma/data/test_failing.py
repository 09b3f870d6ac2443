"""What is remembered of objects that fail: little, and not for ever."""

from __future__ import annotations

import logging
import time

import pytest

from tokonoma.data import failing
from tokonoma.data.columns import Table
from tokonoma.data.failing import MOST, FailingObjects
from tokonoma.errors import HanaBusy, HanaForbids, HanaObjectChanged, HanaTimeout, HanaUnavailable


def table(number: int) -> Table:
    return Table(schema="ATTIC", name=f"BOX_{number}", kind="TABLE", columns=(), key=())


@pytest.fixture
def objects() -> FailingObjects:
    return FailingObjects()


def test_the_last_ones_that_failed_are_remembered(objects: FailingObjects) -> None:
    for number in [*range(MOST), 0, MOST]:
        objects.failed(table(number), HanaForbids("pyhana"))
    found = list(objects.reasons())
    assert len(found) == MOST
    assert found[-2:] == ["ATTIC.BOX_0", f"ATTIC.BOX_{MOST}"]
    assert "ATTIC.BOX_1" not in found


def test_what_nobody_asks_for_any_more_is_left_out(
    objects: FailingObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.failed(table(1), HanaObjectChanged("pyhana"))
    assert list(objects.reasons()) == ["ATTIC.BOX_1"]
    later = time.monotonic() + failing.FORGOTTEN + 1
    monkeypatch.setattr(failing, "monotonic", lambda: later)
    assert objects.reasons() == {}


@pytest.mark.parametrize("error", [HanaBusy, HanaTimeout, HanaUnavailable])
def test_what_is_no_fault_of_an_object_is_not_told_of_it(
    objects: FailingObjects, error: type[HanaBusy]
) -> None:
    objects.failed(table(1), error("pyhana"))
    assert objects.reasons() == {}


def test_each_reason_is_logged_once_and_the_end_too(
    objects: FailingObjects, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for error in (HanaForbids, HanaForbids, HanaObjectChanged, HanaObjectChanged):
            objects.failed(table(1), error("pyhana"))
        objects.answered(table(2))
        objects.answered(table(1))
        objects.answered(table(1))
    assert [record.levelname for record in caplog.records if record.name == failing.__name__] == [
        "ERROR",
        "ERROR",
        "INFO",
    ]
    assert objects.reasons() == {}
