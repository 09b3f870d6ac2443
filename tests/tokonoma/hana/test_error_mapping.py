"""What a driver's error means; the outage drills have the real driver say the same things."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tokonoma.errors import (
    HanaBusy,
    HanaCannotCompute,
    HanaError,
    HanaForbids,
    HanaObjectChanged,
    HanaRefuses,
    HanaStatementFailed,
    HanaTimeout,
    HanaUnavailable,
    answer_to,
)
from tokonoma.hana.error_mapping import map_error

CASES: list[tuple[int, str, bool, type[HanaError]]] = [
    (-10709, "Connection failed (RTE:[89006] System call 'connect' failed, rc=111)", True, HanaUnavailable),
    (-10709, "Connection failed (RTE:[89008] Socket closed by peer)", True, HanaUnavailable),
    (-10709, "Connection failed (RTE:[89001] Cannot resolve host name)", True, HanaUnavailable),
    (-10709, "Connection failed (RTE:[300015] SSL certificate validation failed)", True, HanaRefuses),
    (-10709, "Connection failed (RTE:[300010] Cannot create SSL context)", True, HanaRefuses),
    (-10709, "Connection failed (RTE:[89013] Socket closed due to timeout)", True, HanaUnavailable),
    (-10807, "System call 'recv' failed, rc=104:Connection reset by peer", False, HanaUnavailable),
    (-10807, "Socket closed due to timeout", False, HanaTimeout),
    (-10807, "Connection down: [89012] Socket recv timeout (recv took longer", False, HanaTimeout),
    (-10807, "Connection down: [89012] Socket recv timeout (recv took longer", True, HanaUnavailable),
    (-10709, "Connect failed (connect timeout expired)", True, HanaUnavailable),
    (-10807, "Connection down: [200102] Session not connected", False, HanaUnavailable),
    (10, "authentication failed", True, HanaRefuses),
    (416, "user is locked; try again later", True, HanaRefuses),
    (18, "service shutting down", False, HanaUnavailable),
    (4, "cannot allocate enough memory", False, HanaBusy),
    (131, "transaction rolled back by lock wait timeout", False, HanaBusy),
    (133, "transaction rolled back by detected deadlock", False, HanaBusy),
    (139, "current operation cancelled by request", False, HanaTimeout),
    (613, "execution aborted by timeout", False, HanaTimeout),
    (257, "sql syntax error", False, HanaStatementFailed),
    (304, "division by zero undefined", False, HanaCannotCompute),
    (314, "numeric overflow", False, HanaCannotCompute),
    (339, "invalid number", False, HanaCannotCompute),
    (258, "insufficient privilege", False, HanaForbids),
    (259, "invalid table name", False, HanaObjectChanged),
    (260, "invalid column name", False, HanaObjectChanged),
    (391, "invalidated view", False, HanaObjectChanged),
    (403, "internal error", False, HanaObjectChanged),
]


@pytest.mark.parametrize(("code", "text", "connecting", "kind"), CASES)
def test_every_driver_error_has_its_meaning(
    code: int, text: str, connecting: bool, kind: type[HanaError]
) -> None:
    error = SimpleNamespace(errorcode=code, errortext=text)
    meaning, cause = map_error(error, connecting=connecting)
    assert meaning is kind
    assert cause


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (HanaUnavailable, 503),
        (HanaRefuses, 503),
        (HanaBusy, 503),
        (HanaTimeout, 504),
        (HanaForbids, 503),
        (HanaObjectChanged, 503),
        (HanaCannotCompute, 400),
        (HanaStatementFailed, 500),
    ],
)
def test_only_our_own_fault_is_a_500(kind: type[HanaError], status: int) -> None:
    assert answer_to(kind("pyhana")).status == status


def test_a_caller_is_not_told_whether_a_privilege_or_a_table_is_missing() -> None:
    forbidden, gone = HanaForbids("pyhana"), HanaObjectChanged("pyhana")
    assert (str(forbidden), answer_to(forbidden)) == (str(gone), answer_to(gone))


def test_what_passes_by_itself_says_when_to_try_again() -> None:
    for kind in (HanaUnavailable, HanaBusy):
        assert answer_to(kind("pyhana")).retry_after > 0
    assert answer_to(HanaRefuses("pyhana")).retry_after == 0


def test_an_error_without_a_code_is_ours() -> None:
    meaning, _ = map_error(object(), connecting=False)
    assert meaning is HanaStatementFailed


@pytest.mark.parametrize("kind", HanaError.__subclasses__())
def test_every_hana_error_is_made_from_the_name_of_the_service(kind: type[HanaError]) -> None:
    """So that a table can name the class; its message is one sentence."""
    said = str(kind("pyhana {0} %s"))
    assert said
    assert "{service" not in said
    assert "\n" not in said
