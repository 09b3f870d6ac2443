"""Connections that survive what happens to HANA: when they are opened, looked at, shared and replaced."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tests.tokonoma.relay import Relay
from tokonoma.bindings import HanaBinding
from tokonoma.errors import HanaError, HanaRefuses, HanaStatementFailed, HanaTimeout, HanaUnavailable
from tokonoma.hana.pool import JITTER, PooledConnection
from tokonoma.hana.schema import Schema
from tokonoma.settings import Settings

WHICH = "SELECT CURRENT_CONNECTION AS C FROM DUMMY"


def which(hana: Schema) -> int:
    """The connection that HANA answers on."""
    [row] = hana.select(WHICH)
    return int(row["C"])


def together(hana: Schema, people: int) -> Counter[str]:
    """How many of them were answered, and how many were told what."""

    def ask(_: int) -> str:
        try:
            hana.select(WHICH)
        except HanaError as error:
            return type(error).__name__
        return "answered"

    with ThreadPoolExecutor(people) as crowd:
        return Counter(crowd.map(ask, range(people)))


def test_a_connection_is_kept(open_hana: Callable[..., Schema], relay: Relay) -> None:
    hana = open_hana()
    assert which(hana) == which(hana) == which(hana)
    assert (relay.connects, hana.connections()) == (1, 1)


def test_statements_run_in_the_bound_schema(open_hana: Callable[..., Schema], local: LocalHana) -> None:
    [row] = open_hana().select("SELECT CURRENT_SCHEMA AS S FROM DUMMY")
    assert row["S"] == local.schema != local.user


def test_a_certificate_for_another_host_is_refused(
    open_hana: Callable[..., Schema], local: LocalHana
) -> None:
    with Relay(local.port, host="127.0.0.2") as elsewhere, pytest.raises(HanaRefuses):
        open_hana(host=elsewhere.host, port=elsewhere.port).select(WHICH)


@pytest.mark.parametrize("bound", [True, False])
def test_the_bound_certificate_is_the_only_one_trusted(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: bool
) -> None:
    """Where one is bound, the roots that the machine trusts do not count; they do where none is."""
    public = Authority("A public one")
    (tmp_path / "roots.pem").write_text(public.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    with LocalHana(authority=public) as local:
        certificate = authority.certificate if bound else ""
        binding = HanaBinding("pyhana", local.host, local.port, local.user, local.password, "", certificate)
        schema = Schema(binding, Settings())
        assert together(schema, 1) == {"HanaRefuses" if bound else "answered": 1}
        schema.close()


def test_an_outage_that_is_remembered_is_an_error_of_its_own_for_every_caller(
    open_hana: Callable[..., Schema], local: LocalHana, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that two threads raise at once would mix their tracebacks, and keep what they hold."""
    monkeypatch.setattr("tokonoma.hana.pool.CONNECT_STAGGER", 60.0)
    schema, raised = open_hana(), []
    with local.failing(Fault.REJECT_PASSWORD):
        for _ in range(4):
            with pytest.raises(HanaRefuses) as refused:
                schema.select(WHICH)
            raised.append(refused.value)
    assert len({id(error) for error in raised}) == 4


def test_a_query_costs_one_message_and_another_person_none(
    open_hana: Callable[..., Schema], relay: Relay
) -> None:
    hana = open_hana()
    hana.select(WHICH, user="alice")
    before = relay.requests
    hana.select(WHICH, user="alice")
    hana.select(WHICH, user="bob")
    assert relay.requests == before + 2


def test_an_old_connection_is_replaced(
    open_hana: Callable[..., Schema], monkeypatch: pytest.MonkeyPatch
) -> None:
    hana = open_hana(connection_lifetime=100, idle_probe=3600)
    first = which(hana)
    monkeypatch.setattr("tokonoma.hana.pool.monotonic", lambda: time.monotonic() + 100 * (1 + JITTER))
    assert which(hana) != first


def test_connections_made_together_are_not_replaced_together(local: LocalHana) -> None:
    settings = Settings(connection_lifetime=1000)
    driver = connect(local.binding())
    ages = sorted(PooledConnection(driver, settings).expires - time.monotonic() for _ in range(100))
    assert 890 < ages[0] < 950
    assert 1050 < ages[-1] < 1110
    driver.close()


def test_a_connection_that_routers_may_have_forgotten_is_replaced_unseen(
    open_hana: Callable[..., Schema], relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before its lifetime ends, and without asking it."""
    hana = open_hana(connection_lifetime=86400, idle_probe=3600)
    first = which(hana)
    monkeypatch.setattr("tokonoma.hana.pool.monotonic", lambda: time.monotonic() + 239)
    assert which(hana) == first
    monkeypatch.setattr("tokonoma.hana.pool.monotonic", lambda: time.monotonic() + 480)
    assert which(hana) != first
    assert relay.connects == 2


def test_an_idle_connection_is_probed_and_a_busy_one_is_not(
    open_hana: Callable[..., Schema], relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    hana = open_hana(idle_probe=30)
    which(hana)
    before = relay.requests
    which(hana)
    assert relay.requests == before + 1
    monkeypatch.setattr("tokonoma.hana.pool.monotonic", lambda: time.monotonic() + 31)
    which(hana)
    assert relay.requests == before + 3
    which(hana)
    assert relay.requests == before + 4
    assert relay.connects == 1


def test_more_readers_than_connections_share_them(
    open_hana: Callable[..., Schema], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as connections come back nobody is sent away, however many wait."""
    monkeypatch.setattr("tokonoma.hana.pool.RETURN_INTERVAL", 10.0)  # a busy machine is slower
    hana = open_hana(threads=32, connections=2, pool_wait=60)
    which(hana)
    with ThreadPoolExecutor(32) as crowd:
        seen = Counter(crowd.map(lambda _: which(hana), range(400)))
    assert len(seen) <= 2
    assert hana.connections() <= 2


def test_when_new_connections_are_refused_the_open_ones_are_shared(
    open_hana: Callable[..., Schema], local: LocalHana, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noticed once, by the caller who tried."""
    monkeypatch.setattr("tokonoma.hana.pool.RETURN_INTERVAL", 60.0)
    hana = open_hana(threads=32, connections=4, pool_wait=60)
    which(hana)
    with local.refuse(), local.failing(Fault.SLOW, seconds=0.05):
        assert together(hana, 24) == {"answered": 23, "HanaUnavailable": 1}


def test_while_somebody_looks_for_hana_the_others_do_not_wait(
    open_hana: Callable[..., Schema], local: LocalHana, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much patience they have: who waited for the look to end would have to look, too."""
    hana = open_hana(threads=16, connections=4, pool_wait=60, connect_timeout=2)
    with local.failing(Fault.HANG_CONNECT):
        assert together(hana, 1) == {"HanaUnavailable": 1}
        monkeypatch.setattr("tokonoma.hana.pool.CONNECT_STAGGER", 60.0)
        assert together(hana, 8) == {"HanaUnavailable": 8}
        assert relay.connects == 2


def test_when_connections_do_not_come_back_only_some_callers_wait(
    open_hana: Callable[..., Schema], local: LocalHana
) -> None:
    """Half of the threads that can have none; the others are told at once, and not when their wait ends."""
    hana = open_hana(threads=6, connections=2, pool_wait=60)
    with local.failing(Fault.SLOW, seconds=1.0):
        assert together(hana, 2) == {"answered": 2}
        time.sleep(0.2)
        assert together(hana, 10) == {"answered": 4, "HanaBusy": 6}


def test_who_waits_too_long_for_a_connection_is_told(
    open_hana: Callable[..., Schema], local: LocalHana
) -> None:
    hana = open_hana(threads=4, connections=1, pool_wait=1)
    with local.failing(Fault.SLOW, seconds=3):
        assert together(hana, 2) == {"answered": 1, "HanaBusy": 1}


def test_a_statement_over_its_time_is_cancelled_in_hana(
    local: LocalHana, open_hana: Callable[..., Schema]
) -> None:
    """It ends there, and the connection goes on; the driver sends the time along."""
    owner = connect(local.binding(), owner=True)
    owner.cursor().execute("CREATE TABLE CUPS (N INTEGER)")
    hana = open_hana(statement_timeout=1)
    first = which(hana)
    with local.failing(Fault.SLOW, seconds=2), pytest.raises(HanaTimeout):
        hana.select("INSERT INTO CUPS VALUES (1)")
    assert which(hana) == first
    time.sleep(2)
    assert hana.select("SELECT COUNT(*) AS N FROM CUPS")[0]["N"] == 0
    owner.close()


def test_one_statement_may_have_less_time_than_the_others(
    local: LocalHana, open_hana: Callable[..., Schema]
) -> None:
    hana = open_hana(statement_timeout=20)
    first = which(hana)
    with local.failing(Fault.SLOW, seconds=2):
        with pytest.raises(HanaTimeout):
            hana.select(WHICH, timeout=1)
        # The same connection has all its time again, after the error as well.
        assert which(hana) == first
        [row] = hana.select(WHICH, timeout=10)
        assert row["C"] == first


def test_one_statement_never_has_more_time_than_the_setting_says(
    local: LocalHana, open_hana: Callable[..., Schema]
) -> None:
    hana = open_hana(statement_timeout=1)
    with local.failing(Fault.SLOW, seconds=2), pytest.raises(HanaTimeout):
        hana.select(WHICH, timeout=60)


def test_a_connection_that_breaks_in_a_short_statement_is_replaced(
    local: LocalHana, open_hana: Callable[..., Schema]
) -> None:
    hana = open_hana()
    first = which(hana)
    with local.failing(Fault.DROP_STATEMENT), pytest.raises(HanaUnavailable):
        hana.select(WHICH, timeout=5)
    assert which(hana) != first


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_statement_without_any_time_is_refused(seconds: int, open_hana: Callable[..., Schema]) -> None:
    with pytest.raises(ValueError, match="at least one second"):
        open_hana().select(WHICH, timeout=seconds)


def test_connects_are_made_one_after_the_other(open_hana: Callable[..., Schema], relay: Relay) -> None:
    hana = open_hana(threads=16, connections=8, pool_wait=60)
    relay.delay = 0.1
    assert together(hana, 8) == {"answered": 8}
    assert relay.most_at_once == 1


def test_a_connect_that_takes_long_does_not_hold_up_the_others(
    open_hana: Callable[..., Schema], relay: Relay
) -> None:
    hana = open_hana(threads=8, connections=4, pool_wait=60, connect_timeout=10)
    relay.delay = 3.0
    assert together(hana, 4) == {"answered": 4}
    assert relay.most_at_once > 1


def test_a_connect_that_hangs_after_the_logon_is_given_up(
    open_hana: Callable[..., Schema], local: LocalHana, relay: Relay
) -> None:
    """The driver would wait for the schema to be set for as long as for a statement."""
    hana = open_hana(connect_timeout=1, statement_timeout=600)
    relay.swallow_after = 4
    assert together(hana, 1) == {"HanaUnavailable": 1}
    relay.swallow_after = float("inf")
    assert which(hana)
    local.stop()


@pytest.mark.timeout(60)
def test_a_look_that_hangs_after_the_logon_leaves_nothing_behind(
    open_hana: Callable[..., Schema], local: LocalHana, relay: Relay
) -> None:
    hana = open_hana(connect_timeout=1, statement_timeout=600)
    with local.refuse():
        assert together(hana, 1) == {"HanaUnavailable": 1}
    relay.swallow_after = 4
    assert together(hana, 1) == {"HanaUnavailable": 1}
    while "deadline" in {thread.name for thread in threading.enumerate()}:
        time.sleep(0.05)
    relay.swallow_after = float("inf")
    assert which(hana)


def test_a_connection_is_closed_behind_the_callers_back(
    open_hana: Callable[..., Schema], local: LocalHana, relay: Relay
) -> None:
    """Saying goodbye on a connection that was dropped in silence takes as long as a statement may."""
    hana = open_hana(statement_timeout=60)
    which(hana)
    relay.swallow()
    hana.close()
    assert hana.connections() == 0
    assert [thread.name for thread in threading.enumerate()].count("hana-close") == 1
    # Ends the farewell of the driver, too.
    local.stop()


def test_one_probe_finds_out_about_all_that_were_swallowed_in_silence(
    open_hana: Callable[..., Schema], local: LocalHana, relay: Relay
) -> None:
    hana = open_hana(threads=4, connections=3, pool_wait=60, statement_timeout=60, idle_probe=1)
    with local.failing(Fault.SLOW, seconds=0.5):
        assert together(hana, 3) == {"answered": 3}
    assert hana.connections() == 3
    time.sleep(1.1)
    relay.swallow()
    assert which(hana)
    names = Counter(thread.name for thread in threading.enumerate())
    assert (names["deadline"], names["hana-close"]) == (1, 2)
    # Their places are free again.
    with local.failing(Fault.SLOW, seconds=0.5):
        assert together(hana, 3) == {"answered": 3}
    assert hana.connections() == 3
    local.stop()


def test_a_hana_that_hangs_has_swallowed_the_idle_ones_as_well(
    open_hana: Callable[..., Schema], local: LocalHana
) -> None:
    hana = open_hana(threads=8, connections=4, pool_wait=60, statement_timeout=1, idle_probe=3600)
    with local.failing(Fault.SLOW, seconds=0.5):
        assert together(hana, 4) == {"answered": 4}
    with local.failing(Fault.HANG_STATEMENT):
        assert together(hana, 2) == {"HanaTimeout": 2}
        assert hana.connections() == 0
    assert which(hana)


def test_the_person_is_known_to_hana_and_never_mixed_up(open_hana: Callable[..., Schema]) -> None:
    """Group 5.1.2. Many people over few connections: every query sees its own caller, none another's."""
    hana = open_hana(threads=32, connections=4, pool_wait=60)
    query = "SELECT SESSION_CONTEXT('APPLICATIONUSER') AS U, SESSION_CONTEXT('APPLICATION') AS A FROM DUMMY"

    def ask(person: str) -> tuple[str, str, str]:
        [row] = hana.select(query, user=person)
        return person, row["U"], row["A"]

    people = [f"person-{n % 17}@example" for n in range(400)]
    with ThreadPoolExecutor(16) as crowd:
        for person, seen, application in crowd.map(ask, people):
            assert seen == person
            assert application == "tokonoma"


def test_a_name_that_cannot_be_sent_is_sent_as_well_as_it_can(open_hana: Callable[..., Schema]) -> None:
    [row] = open_hana().select("SELECT SESSION_CONTEXT('APPLICATIONUSER') AS U FROM DUMMY", user="\ud800x")
    assert row["U"] == "?x"


def test_a_system_query_runs_on_nobodys_behalf(open_hana: Callable[..., Schema]) -> None:
    """The driver would name the process's user, and a connection the caller before."""
    hana = open_hana()
    query = "SELECT SESSION_CONTEXT('APPLICATIONUSER') AS U FROM DUMMY"
    assert not hana.select(query)[0]["U"]
    assert hana.select(query, user="alice")[0]["U"] == "alice"
    assert not hana.select(query)[0]["U"]


def test_a_query_with_a_fault_of_ours_costs_no_connection(
    open_hana: Callable[..., Schema], relay: Relay
) -> None:
    hana = open_hana(threads=4, connections=1)
    for _ in range(3):
        with pytest.raises(HanaStatementFailed):
            hana.select("SELEC")
    assert which(hana)
    assert relay.connects == 1


def test_an_error_that_is_not_the_drivers_takes_no_place(open_hana: Callable[..., Schema]) -> None:
    hana = open_hana(threads=4, connections=1)
    for _ in range(3):
        with pytest.raises(AttributeError):
            hana.select(WHICH, user=cast(str, 5))
    assert which(hana)
