"""Brokers and bars; the real broker is one for all tests that leave it alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.barista.bar import Bar
from tests.barista.broker import RealKafka
from tests.barista.mock import MockKafka


@pytest.fixture(scope="package")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKafka]:
    with RealKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def bar(kafka: RealKafka, tmp_path: Path) -> Bar:
    """A bar of its own on the real broker."""
    bar = Bar(kafka.address, tmp_path)
    for topic in (bar.orders, bar.hot, bar.cold, bar.dead):
        kafka.create(topic)
    return bar


@pytest.fixture
def mock() -> Iterator[MockKafka]:
    with MockKafka() as cluster:
        yield cluster


@pytest.fixture
def mock_bar(mock: MockKafka, tmp_path: Path) -> Bar:
    """A bar of its own on a mock cluster of its own."""
    bar = Bar(mock.address, tmp_path)
    for topic in (bar.orders, bar.hot, bar.cold, bar.dead):
        mock.create(topic)
    return bar
