"""What the driver may do by itself with a connection to the bound schema."""

from __future__ import annotations

import pytest
from hdbcli import dbapi

from tests.tokonoma.relay import Relay
from tokonoma.bindings import HanaBinding
from tokonoma.hana.connector import CHECK_SQL, Connector
from tokonoma.settings import Settings


def test_the_driver_never_opens_a_cut_connection_anew(hana_binding: HanaBinding, relay: Relay) -> None:
    """It would be another session, with whoever was set in the first one gone; the pool has to know."""
    connection = Connector(hana_binding, Settings()).connect()
    cursor = connection.cursor()
    cursor.execute(CHECK_SQL)
    relay.cut()
    for _ in range(2):
        with pytest.raises(dbapi.Error):
            cursor.execute(CHECK_SQL)
    assert relay.connects == 1
