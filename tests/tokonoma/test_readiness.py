"""What readiness tells about HANA, and what it costs HANA."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from localcloud.certificates import Authority
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.relay import Relay
from tokonoma.app import _stopping_file
from tokonoma.auth.gate import Gate
from tokonoma.bindings import HanaBinding
from tokonoma.errors import BindingError
from tokonoma.hana.schema import Schema
from tokonoma.hana.stream import Row
from tokonoma.readiness import MAX_AGE, Readiness
from tokonoma.settings import Settings


class Open:
    """A gate that can check tokens."""

    usable = True


class CountedSchema(Schema):
    """Counts how often it is asked."""

    selects = 0

    def select(self, *args: Any, **kwargs: Any) -> list[Row]:
        self.selects += 1
        return super().select(*args, **kwargs)


class Checked:
    """A readiness in front of a HANA that may be broken."""

    def __init__(self, server: LocalHana, relay: Relay) -> None:
        binding = HanaBinding(
            name="pyhana",
            host=relay.host,
            port=relay.port,
            user=server.user,
            password=server.password,
            schema=server.schema,
            certificate=server.certificate,
        )
        self.server = server
        self.relay = relay
        self.hana = CountedSchema(
            binding, Settings(threads=4, connections=1, connect_timeout=2, statement_timeout=3)
        )
        self.readiness = Readiness(self.hana, cast(Gate, Open()))

    def status(self) -> str:
        return self.readiness.components()["hana"]


@pytest.fixture
def scene(authority: Authority) -> Iterator[Checked]:
    with LocalHana(authority=authority) as server, Relay(server.port) as relay:
        scene = Checked(server, relay)
        yield scene
        scene.hana.close()


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("tokonoma.readiness.monotonic", lambda: time.monotonic() + seconds)


def test_a_look_is_believed_for_a_while(scene: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scene.status() == "UP"
    before = scene.hana.selects
    for _ in range(5):
        assert scene.status() == "UP"
    assert scene.hana.selects == before
    later(monkeypatch, MAX_AGE + 1)
    assert scene.status() == "UP"
    assert scene.hana.selects == before + 1


def test_an_outage_is_seen_once_the_look_is_not_fresh(
    scene: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scene.status() == "UP"
    scene.server.stop()
    assert scene.status() == "UP"
    later(monkeypatch, MAX_AGE + 1)
    assert scene.status() == "DOWN"


def test_all_who_ask_at_once_cause_one_look(scene: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scene.status() == "UP"
    later(monkeypatch, MAX_AGE + 1)
    before = scene.hana.selects
    with scene.server.failing(Fault.SLOW, seconds=0.3), ThreadPoolExecutor(8) as callers:
        assert set(callers.map(lambda _: scene.status(), range(8))) == {"UP"}
    assert scene.hana.selects == before + 1


def test_the_first_look_is_waited_for(scene: Checked) -> None:
    with ThreadPoolExecutor(4) as callers:
        assert set(callers.map(lambda _: scene.status(), range(4))) == {"UP"}


def test_while_hana_hangs_one_is_told_what_was_seen_last(
    scene: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scene.status() == "UP"
    later(monkeypatch, MAX_AGE + 1)
    with scene.server.failing(Fault.HANG_STATEMENT):
        before = scene.hana.selects
        # It is told while the look is going on.
        assert scene.status() == "UP"
        assert scene.status() == "UP"
        assert scene.hana.selects == before + 1
        while scene.status() == "UP":
            time.sleep(0.05)
    later(monkeypatch, 3 * MAX_AGE)
    while scene.status() == "DOWN":
        time.sleep(0.05)


def test_many_callers_is_no_outage(scene: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance that is busy must not send its callers to the others, which are as busy."""
    monkeypatch.setattr("tokonoma.hana.pool.RETURN_INTERVAL", -1.0)
    assert scene.status() == "UP"
    later(monkeypatch, MAX_AGE + 1)
    with scene.server.failing(Fault.SLOW, seconds=0.9), ThreadPoolExecutor(2) as callers:
        busy = [callers.submit(scene.hana.select, "SELECT 1 FROM DUMMY") for _ in range(2)]
        time.sleep(0.3)
        assert scene.status() == "UP"
        for each in busy:
            each.result()
    assert scene.relay.connects == 1


def test_a_process_that_is_about_to_stop_says_so(tmp_path: Path) -> None:
    stopping_file = tmp_path / "stopping"
    unbound = Schema(BindingError("No service is bound."), Settings())
    readiness = Readiness(unbound, cast(Gate, Open()), stopping_file)
    assert readiness.components()["process"] == "UP"
    stopping_file.touch()
    assert readiness.components()["process"] == "OUT_OF_SERVICE"


def test_the_file_has_one_name_in_the_app_and_in_gunicorns_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/folder")
    file = _stopping_file()
    assert file is not None
    settings = (Path(__file__).parents[2] / "gunicorn.conf.py").read_text()
    assert settings.count(f'"{file.name}"') == 2
