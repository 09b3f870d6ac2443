"""The barista's image: built by the Dockerfile as it is, and wired as Data Flow wires it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from localcloud.cloudfoundry import PROJECT
from localcloud.ports import LOOPBACK, free_port
from tests import images
from tests.barista.bar import Bar
from tests.barista.mock import MockKafka
from tests.images import OURS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # the first build fetches packages

SITE = "venv/lib/python3.13/site-packages"
LIMIT = 64
"""MiB that the barista may take."""


@pytest.fixture(scope="session")
def image() -> str:
    return images.build("barista")


@pytest.fixture
def bar(tmp_path: Path) -> Iterator[Bar]:
    with MockKafka() as mock:
        bar = Bar(mock.address, tmp_path)
        for topic in (bar.orders, bar.hot, bar.cold, bar.dead):
            mock.create(topic)
        yield bar


def wiring(bar: Bar) -> dict[str, str]:
    bindings = "spring.cloud.stream.bindings"
    return {
        f"{bindings}.orders.destination": bar.orders,
        f"{bindings}.orders.group": bar.group,
        f"{bindings}.hot.drink.destination": bar.hot,
        f"{bindings}.cold.drink.destination": bar.cold,
        "spring.cloud.stream.kafka.binder.brokers": bar.address,
        "management.server.address": LOOPBACK,
    }


def as_arguments(properties: Mapping[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in properties.items()]


def as_environment(properties: Mapping[str, str]) -> dict[str, str]:
    return {name.upper().replace(".", "_"): value for name, value in properties.items()}


@pytest.mark.parametrize("style", ["exec", "shell"])
def test_it_serves_what_was_ordered_and_leaves_in_order(
    image: str, bar: Bar, tmp_path: Path, style: str
) -> None:
    """With a root that nobody may write to, as in its Kubernetes manifest."""
    port = free_port()
    properties = wiring(bar)
    environment = {"PORT": str(port), **(as_environment(properties) if style == "shell" else {})}
    arguments = as_arguments(properties) if style == "exec" else []
    _, *health_check = OURS.about(image)["config"]["Healthcheck"]["Test"]
    bar.order(range(1000))
    started = time.monotonic()
    output = tmp_path / "output"
    with OURS.started(image, environment, output, port, arguments=arguments, read_only=True) as container:
        bar.wait_for(1000)
        print(f"all served {time.monotonic() - started:.1f} s after the start, {container.memory()} MiB")
        assert container.memory() < LIMIT
        assert container.run(f"PORT={port}", *health_check) == 0
        assert {uid for process in container.processes for uid in process.uids()} == {10001}
        assert container.stop() == 0
        assert "stopped, with nothing left unfinished" in container.output
    assert bar.faults(range(1000)) == {}


def test_without_wiring_it_says_what_is_missing(image: str, tmp_path: Path) -> None:
    with OURS.started(image, {}, tmp_path / "output", 8080, own_network=True) as container:
        assert container.process.wait(60) == 2
        assert "spring.cloud.stream.bindings.orders.destination" in container.output
        assert "Traceback" not in container.output


def test_the_port_of_the_actuator_is_told(image: str) -> None:
    assert OURS.about(image)["config"]["ExposedPorts"] == {"8080/tcp": {}}
    assert OURS.about(image)["config"]["Entrypoint"] == ["python", "-m", "barista"]


def test_the_image_holds_what_runs_and_nothing_else(image: str) -> None:
    with OURS.files(image) as root:
        assert {p.name for p in (root / "app").iterdir()} == {"barista", "tokonoma"}
        installed = {p.name.partition("-")[0].lower() for p in (root / SITE).glob("*.dist-info")}
        pinned = re.findall(
            r"^([\w.-]+)==", (PROJECT / "requirements" / "barista.txt").read_text(), re.MULTILINE
        )
        assert "confluent_kafka" in installed
        assert installed <= {name.lower().replace("-", "_").replace(".", "_") for name in pinned}
        ours = [*(root / "venv").rglob("*"), *(root / "app").rglob("*")]
        print(
            sum(each.lstat().st_size for each in ours if each.is_file() and not each.is_symlink()) / 1e6, "MB"
        )
