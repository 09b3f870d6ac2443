"""The rows of the specimens, to be made figures of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tokonoma.data.conftest import Select
from tests.tokonoma.data.specimens import TABLE, VISIBLE
from tokonoma.data.aggregates.filtered import Filtered
from tokonoma.data.plan import Access, Options, Planner

Filter = Callable[..., Filtered]
PLANNER = Planner(b"a secret of tests only")
EVERYTHING = Access(TABLE, VISIBLE)
NOW = "2024-05-06 07:08:09.1234567"


@pytest.fixture(scope="session")
def filtered(select: Select) -> Filter:
    """`filtered("QTY gt 1", access)`: the specimens that a filter keeps."""

    def filtered(text: str | None = None, access: Access = EVERYTHING) -> Filtered:
        question = PLANNER.select(access, Options(filter=text))
        return Filtered(question, lambda statement: select(*statement), NOW)

    return filtered
