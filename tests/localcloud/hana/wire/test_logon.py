from __future__ import annotations

import struct
from typing import Any

import pytest
from hdbcli import dbapi

from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from tests.localcloud.hana.conftest import Connect, fetched

from .raw import (
    AUTHENTICATE,
    AUTHENTICATION,
    CONNECT,
    DBCONNECTINFO,
    EXECUTEDIRECT,
    RESULTSETMETADATA,
    Part,
    RawClient,
    fields,
    read_fields,
)


def test_hdbcli_logs_on_over_tls_with_validation(cursor: Any) -> None:
    cursor.execute("SELECT CURRENT_USER FROM DUMMY")
    assert fetched(cursor) == [("WIRE_DT",)]


def test_the_runtime_user_logs_on_with_the_binding(server: LocalHana, connect: Connect) -> None:
    binding = server.binding()
    connection = connect(user=binding["user"], password=binding["password"], port=int(binding["port"]))
    cursor = connection.cursor()
    cursor.execute("SELECT CURRENT_USER, CURRENT_SCHEMA FROM DUMMY")
    assert fetched(cursor) == [(binding["user"], binding["schema"])]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_certificate_is_good_for_both_names_of_the_host(connect: Connect, host: str) -> None:
    assert connect(address=host).isconnected()


def test_a_stranger_s_certificate_is_not_trusted(connect: Connect) -> None:
    with pytest.raises(dbapi.Error, match=r"certificate|SSL"):
        connect(sslTrustStore=Authority("A stranger").certificate)


def test_a_wrong_password_is_error_10(connect: Connect) -> None:
    with pytest.raises(dbapi.Error, match="authentication failed") as refusal:
        connect(password="Wrong1234")
    assert refusal.value.errorcode == 10


def test_an_unknown_user_is_told_the_same(connect: Connect) -> None:
    with pytest.raises(dbapi.Error, match="authentication failed") as refusal:
        connect(user="NOBODY")
    assert refusal.value.errorcode == 10


@pytest.mark.parametrize("user", ["wire_dt", '"WIRE_DT"'])
def test_user_names_are_folded_unless_quoted(connect: Connect, user: str) -> None:
    assert connect(user=user).isconnected()


def test_a_quoted_user_name_keeps_its_case(connect: Connect) -> None:
    with pytest.raises(dbapi.Error) as refusal:
        connect(user='"wire_dt"')
    assert refusal.value.errorcode == 10


def test_a_client_may_name_a_database(connect: Connect) -> None:
    assert connect(databaseName="ANY").isconnected()


def test_a_connection_counts_while_it_is_open(own_server: LocalHana, connect: Connect) -> None:
    connection = connect()
    assert own_server.connections == 1
    connection.close()
    while own_server.connections:
        pass


@pytest.mark.parametrize("method", [b"SCRAMPBKDF2SHA256", b"SCRAMSHA256"])
def test_the_server_proves_that_it_knows_the_password(server: LocalHana, method: bytes) -> None:
    with RawClient(server) as client:
        assert client.log_on(method).kind == 2
        assert client.session_id > 0


def test_pbkdf2_is_preferred_whatever_the_order_of_the_offer(server: LocalHana) -> None:
    offer = fields(b"WIRE_DT", b"SCRAMSHA256", b"a" * 64, b"SCRAMPBKDF2SHA256", b"b" * 64)
    with RawClient(server) as client:
        answer = client.ask(AUTHENTICATE, Part(AUTHENTICATION, offer))
        assert read_fields(answer.parts[AUTHENTICATION].data)[0] == b"SCRAMPBKDF2SHA256"
        assert DBCONNECTINFO not in answer.parts, "a driver would take that for a redirection"


def _salt(server: LocalHana, user: bytes) -> bytes:
    with RawClient(server) as client:
        offer = fields(user, b"SCRAMPBKDF2SHA256", b"a" * 64)
        answer = client.ask(AUTHENTICATE, Part(AUTHENTICATION, offer))
        return read_fields(read_fields(answer.parts[AUTHENTICATION].data)[1])[0]


def test_an_unknown_user_has_a_salt_that_stays_the_same(server: LocalHana) -> None:
    assert _salt(server, b"NOBODY") == _salt(server, b"NOBODY") != _salt(server, b"NOBODY2")
    assert _salt(server, b"WIRE_DT") == _salt(server, b"wire_dt")


def test_a_logon_by_other_means_is_refused_by_name(server: LocalHana) -> None:
    with RawClient(server) as client:
        answer = client.ask(AUTHENTICATE, Part(AUTHENTICATION, fields(b"WIRE_DT", b"JWT", b"token")))
        assert answer.error is not None
        assert answer.error[0] == 7
        assert "JWT" in answer.error[2]


def test_nothing_is_answered_before_the_logon(server: LocalHana) -> None:
    with RawClient(server) as client:
        answer = client.execute("SELECT * FROM DUMMY")
        assert answer.error is not None
        assert answer.error[0] == 1031
        assert client.closed()


def test_connect_needs_authenticate_first(server: LocalHana) -> None:
    with RawClient(server) as client:
        proof = fields(b"WIRE_DT", b"SCRAMSHA256", fields(b"x" * 32))
        answer = client.ask(CONNECT, Part(AUTHENTICATION, proof))
        assert answer.error is not None
        assert answer.error[0] == 1031
        assert client.closed()


def test_a_challenge_is_good_for_one_attempt(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.ask(AUTHENTICATE, Part(AUTHENTICATION, fields(b"WIRE_DT", b"SCRAMSHA256", b"c" * 64)))
        proof = Part(AUTHENTICATION, fields(b"WIRE_DT", b"SCRAMSHA256", fields(b"x" * 32)))
        assert client.ask(CONNECT, proof).error == (10, 0, "authentication failed")
        assert client.closed()


def test_nobody_logs_on_twice(server: LocalHana) -> None:
    with RawClient(server) as client:
        client.log_on()
        answer = client.ask(AUTHENTICATE, Part(AUTHENTICATION, fields(b"WIRE_DT", b"SCRAMSHA256", b"c")))
        assert answer.error is not None
        assert answer.error[0] == 1031
        assert client.execute("SELECT * FROM DUMMY").error is None


@pytest.mark.parametrize(
    ("data_format", "types"),
    [
        (1, [16, 14, 15, 1]),
        (4, [61, 63, 64, 1]),
        (6, [61, 63, 64, 1]),
        (7, [61, 63, 64, 28]),
        (10, [61, 63, 64, 28]),
    ],
)
def test_a_client_gets_the_types_that_its_data_format_knows(
    server: LocalHana, data_format: int, types: list[int]
) -> None:
    with RawClient(server) as client:
        client.log_on(data_format=data_format)
        answer = client.ask(
            EXECUTEDIRECT,
            Part(3, b"SELECT CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_TIME, TO_BOOLEAN('true') FROM DUMMY"),
        )
        assert answer.error is None
        columns = answer.parts[RESULTSETMETADATA]
        assert [struct.unpack_from("<bb", columns.data, 24 * n)[1] for n in range(columns.count)] == types
