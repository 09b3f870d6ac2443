from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest
from hdbcli import dbapi

from localcloud import pytest_plugin
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana

from .conftest import fetched


def connected(hana: LocalHana) -> Any:
    """A cursor of the runtime user."""
    return pytest_plugin.connect(hana).cursor()


def test_the_binding_has_the_shape_of_hdi_shared(server: LocalHana) -> None:
    binding = server.binding()
    connecting = {"host", "port", "user", "password", "schema", "certificate"}
    assert set(binding) == connecting | {
        *("hdi_user", "hdi_password", "driver", "url", "database_id", "encrypt", "sslTrustStore")
    }
    assert binding["port"] == str(server.port)
    assert binding["user"] != binding["hdi_user"]
    assert binding["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert f"jdbc:sap://{server.host}:{server.port}" in binding["url"]


def test_the_runtime_user_changes_data_and_defines_nothing(own_server: LocalHana) -> None:
    owner = pytest_plugin.connect(own_server, owner=True)
    owner.cursor().execute("CREATE COLUMN TABLE T (ID INTEGER)")
    cursor = connected(own_server)
    cursor.execute("INSERT INTO T VALUES (1)")
    cursor.execute("SELECT * FROM T")
    assert fetched(cursor) == [(1,)]
    with pytest.raises(dbapi.Error) as refusal:
        cursor.execute("CREATE COLUMN TABLE U (ID INTEGER)")
    assert refusal.value.errorcode == 258


def test_no_secret_is_shown(server: LocalHana) -> None:
    shown = repr(server) + " ".join(psutil.Process(server.process_id).cmdline())
    assert server.password not in shown
    assert server.hdi_password not in shown


def test_passwords_are_new_with_every_handle(authority: Authority) -> None:
    first, second = LocalHana(authority=authority), LocalHana(authority=authority)
    assert len({first.password, first.hdi_password, second.password, second.hdi_password}) == 4


def test_nothing_is_left_behind(authority: Authority) -> None:
    process = psutil.Process()
    LocalHana(authority=authority).start().stop()
    gc.collect()  # what other tests have left
    descriptors, threads, children = process.num_fds(), threading.active_count(), process.children()
    for _ in range(3):
        with LocalHana(authority=authority) as hana:
            connected(hana).execute("SELECT * FROM DUMMY")
            hana.restart()
        hana.stop()
    assert process.num_fds() <= descriptors
    assert threading.active_count() <= threads
    assert set(process.children()) <= set(children)


def test_the_server_itself_leaks_neither_threads_nor_descriptors(own_server: LocalHana) -> None:
    process = psutil.Process(own_server.process_id)

    def settled() -> tuple[int, int]:
        while own_server.connections:
            pass
        return process.num_fds(), process.num_threads()

    def use() -> None:
        for _ in range(5):
            cursor = connected(own_server)
            cursor.execute("SELECT * FROM DUMMY")
            cursor.connection.close()

    use()
    before = settled()
    use()
    own_server.restart()
    use()
    assert settled() == before


def test_it_can_be_started_again_on_its_port(authority: Authority) -> None:
    hana = LocalHana(authority=authority)
    hana.start()
    port = hana.port
    hana.stop()
    with hana:
        assert hana.port == port
        connected(hana).execute("SELECT * FROM DUMMY")


def test_a_port_that_is_taken_is_an_error_naming_it(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            LocalHana(authority=authority, port=port).start()


def test_it_listens_on_loopback_only(server: LocalHana) -> None:
    connections = psutil.Process(server.process_id).net_connections("inet")
    assert {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_a_handle_that_does_not_run_says_so(authority: Authority) -> None:
    with pytest.raises(RuntimeError, match="not running"):
        LocalHana(authority=authority).drop_connections()


def test_it_ends_with_its_owner() -> None:
    script = (
        "from localcloud.hana.local import LocalHana\n"
        "hana = LocalHana().start()\nprint(hana.process_id, flush=True)\ninput()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert owner.stdout is not None
    server = psutil.Process(int(owner.stdout.readline()))
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    server.wait(20)
    assert not server.is_running()


def test_a_client_in_this_process_need_not_say_goodbye() -> None:
    script = (
        "from localcloud.hana.connecting import connect\nfrom localcloud.hana.local import LocalHana\n"
        "hana = LocalHana().start()\nconnection = connect(hana.binding())\n"
        "cursor = connection.cursor()\ncursor.execute('SELECT * FROM DUMMY WHERE 1 = ?', (1,))\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=Path(__file__).parents[3])
