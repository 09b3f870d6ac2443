"""Exports of a running service: they come early, end honestly, and hold nobody up."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import duckdb
import pandas
import pytest
import requests

from localcloud.hana.local import LocalHana
from tests.programs import Program
from tests.tokonoma.relay import Relay
from tests.tokonoma.views.exports.conftest import MANY_MORE, ROCKS, Serve
from tokonoma.wsgi.response import SEND_SECONDS

Download = Callable[..., requests.Response]
Headers = dict[str, str]
STREAMS = 2
"""Of a worker with eight connections."""
SOON = 30.0
"""Wide: the machine does other things as well."""


@pytest.fixture
def ask(service: Program, curator: Headers) -> Iterator[Callable[..., socket.socket]]:
    """Ask for an export on a bare socket; hung up behind the test."""
    with ExitStack() as stack:
        yield lambda path, port=service.port: stack.enter_context(closing(asked(path, port, curator)))


def asked(path: str, port: int, headers: Headers) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), SOON)
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    connection.sendall(f"GET /data/{path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
    return connection


def everything(connection: socket.socket) -> bytes:
    received = []
    while piece := connection.recv(65536):
        received.append(piece)
    return b"".join(received)


def eventually(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def test_every_row_comes_once_and_in_order(download: Download) -> None:
    with download("ROCK.csv?$select=N") as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        head, *numbers, end = answer.content.split(b"\r\n")
    assert (head, end) == (b"N", b"")
    assert list(map(int, numbers)) == list(range(ROCKS))


def test_json_lines_too(download: Download) -> None:
    with download("ROCK.jsonl?$select=N&$orderby=N desc") as answer:
        numbers = [int(line.removeprefix(b'{"N":').removesuffix(b"}")) for line in answer.iter_lines()]
    assert numbers == list(range(ROCKS - 1, -1, -1))


def test_the_first_byte_comes_before_the_last_row_was_read(download: Download, relay: Relay) -> None:
    """Group 36: HANA is asked for more as the client takes it."""
    download("ROCK.csv?$top=1").close()
    before = relay.requests
    with download("ROCK.csv") as answer:
        answer.raw.read(1000)
        at_first = relay.requests - before
        answer.raw.read()
    assert relay.requests - before > 4 * at_first


# Broken transfers --------------------------------------------------------------------------------


def test_when_hana_fails_in_the_middle_there_is_no_last_chunk(
    ask: Callable[..., socket.socket], quarry: LocalHana, service: Program
) -> None:
    connection = ask("ROCK.csv")
    received = connection.recv(1000)
    before = len(service.output)
    quarry.drop_connections()
    received += everything(connection)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.count(b"HTTP/1.1") == 1
    assert not received.endswith(b"\r\n0\r\n\r\n")
    assert received.count(b"\r\n") < ROCKS
    assert eventually(lambda: "cut off in its middle: HanaUnavailable" in service.output[before:])
    assert re.search(r"an export of ROCK\.csv ended after \d+ rows: failed", service.output[before:])


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_requests_notices(download: Download, quarry: LocalHana, ending: str) -> None:
    with download(f"ROCK.{ending}") as answer:
        assert answer.status_code == 200
        parts = answer.iter_content(1000)
        next(parts)
        quarry.drop_connections()
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(parts)


def test_pandas_notices(service: Program, curator: Headers, quarry: LocalHana, relay: Relay) -> None:
    address = f"http://127.0.0.1:{service.port}/data/ROCK.csv"
    before = relay.requests
    with ThreadPoolExecutor(1) as other:
        frame = other.submit(pandas.read_csv, address, storage_options=curator)
        assert eventually(lambda: relay.requests > before + 20)
        quarry.drop_connections()
        with pytest.raises(http.client.IncompleteRead):
            frame.result()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_notices(service: Program, curator: Headers, quarry: LocalHana, relay: Relay) -> None:
    address = f"http://127.0.0.1:{service.port}/data/ROCK.csv"
    before = relay.requests
    command = ["curl", "--silent", "--output", os.devnull, "-H", f"Authorization: {curator['Authorization']}"]
    with subprocess.Popen([*command, address]) as curl:
        assert eventually(lambda: relay.requests > before + 20)
        quarry.drop_connections()
        assert curl.wait(SOON) == 18  # CURLE_PARTIAL_FILE


def test_the_service_goes_on_behind_it(download: Download, quarry: LocalHana) -> None:
    for _ in range(STREAMS + 1):
        with download("ROCK.csv") as answer:
            next(answer.iter_content(1000))
            quarry.drop_connections()
    with download("ROCK.csv?$select=N") as answer:
        assert answer.content.count(b"\r\n") == ROCKS + 1


@pytest.mark.slow
def test_an_export_that_is_under_way_when_the_service_stops_is_cut(
    serve: Serve, ask: Callable[..., socket.socket]
) -> None:
    with serve() as program:
        # More than is sent in the time that is left.
        connection = ask("QUARRY.csv", program.port)
        received = connection.recv(1000)
        program.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            # A client that is slow, but not as slow as to be given up.
            time.sleep(0.05)
            piece = connection.recv(10_000)
            if not piece:
                break
            received = received[-100:] + piece
        assert not piece
        assert not received.endswith(b"\r\n0\r\n\r\n")


# Clients that stop, and crowds -------------------------------------------------------------------


def test_a_client_that_stops_reading_loses_its_connection_and_hana_gets_hers_back(
    ask: Callable[..., socket.socket], download: Download, service: Program
) -> None:
    before = len(service.output)
    stopped = [ask("ROCK.csv") for _ in range(STREAMS)]
    for connection in stopped:
        assert connection.recv(100)
    assert eventually(
        lambda: service.output[before:].count("the client takes too little of it") == STREAMS
    ), f"not after {SEND_SECONDS} s"
    assert service.output[before:].count("rows: left") == STREAMS
    with download("ROCK.csv?$select=N") as answer:
        assert answer.content.count(b"\r\n") == ROCKS + 1
    for connection in stopped:
        with pytest.raises(ConnectionResetError):
            everything(connection)


def test_a_client_that_hangs_up_gives_its_place_to_the_next(
    ask: Callable[..., socket.socket], download: Download
) -> None:
    for _ in range(3 * STREAMS):
        connection = ask("ROCK.csv")
        assert connection.recv(100)
        connection.close()
    with download("ROCK.csv?$select=N") as answer:
        assert answer.content.count(b"\r\n") == ROCKS + 1


def test_a_quarter_of_the_connections_exports_and_others_are_told_to_come_again(
    download: Download, service: Program, curator: Headers
) -> None:
    with ExitStack() as stack:
        taken = [stack.enter_context(download("ROCK.csv")) for _ in range(STREAMS)]
        parts = [answer.iter_content(20_000) for answer in taken]
        refused: list[requests.Response] = []
        # Read slowly, so that they are neither at their end nor given up.
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            assert all(next(part) for part in parts)
            time.sleep(0.2)
            if not refused:
                refused.append(download("ROCK.jsonl"))
        [answer] = refused
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json()["type"] == "urn:tokonoma:problem:hana-busy"
        # Short requests are answered meanwhile.
        page = requests.get(
            f"http://127.0.0.1:{service.port}/odata/ROCK?$top=1", headers=curator, timeout=SOON
        )
        assert page.status_code == 200
        assert all(next(part) for part in parts)


def test_head_takes_no_place(download: Download, service: Program, curator: Headers) -> None:
    with download("ROCK.csv"), download("ROCK.csv"):
        address = f"http://127.0.0.1:{service.port}/data/ROCK.csv"
        answer = requests.head(address, headers=curator, timeout=SOON)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content == b""


# Readers -----------------------------------------------------------------------------------------


def test_pandas_reads_types_and_values(service: Program, curator: Headers) -> None:
    address = f"http://127.0.0.1:{service.port}/data/ROCK.csv"
    frame = pandas.read_csv(f"{address}?$top=1000", storage_options=curator, parse_dates=["FOUND"])
    assert list(frame["N"]) == list(range(1000))
    assert frame["WEIGHT"].sum() == sum(number * 0.25 for number in range(1000))
    assert str(frame["FOUND"][0]) == "2026-01-02 03:04:05.123456700+00:00"
    lines = pandas.read_json(
        f"{address.replace('csv', 'jsonl')}?$top=1000", lines=True, storage_options=curator
    )
    assert list(lines["NAME"]) == list(frame["NAME"])


def test_duckdb_reads_both(download: Download, tmp_path: Path) -> None:
    for ending, read in (("csv", "read_csv"), ("jsonl", "read_json")):
        file = tmp_path / f"rock.{ending}"
        with download(f"ROCK.{ending}?$top=10000") as answer:
            file.write_bytes(answer.content)
        query = f"SELECT COUNT(*), SUM(N), SUM(WEIGHT), MAX(NAME) FROM {read}(?)"
        [found] = duckdb.execute(query, [str(file)]).fetchall()
        assert found == (
            10_000,
            sum(range(10_000)),
            sum(number * 0.25 for number in range(1000)) * 10,
            "a rock, grey and of no great worth 999",
        )


def test_duckdb_tells_null_from_an_empty_text(download: Download, tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    with download("TEXTS.csv") as answer:
        file.write_bytes(answer.content)
    query = "SELECT ID, TEXT FROM read_csv(?, all_varchar=true, allow_quoted_nulls=false, strict_mode=false)"
    texts = dict(duckdb.execute(f"{query} WHERE ID IN ('0', '2') OR TEXT IS NULL", [str(file)]).fetchall())
    assert texts.pop("0") == ""
    assert texts.pop("2") == "NULL"
    assert list(texts.values()) == [None]


# Memory ------------------------------------------------------------------------------------------


def peak(program: Program, path: str, headers: Headers, rows: int) -> int:
    """KiB that the worker takes at most during an export."""
    [worker] = Path(f"/proc/{program.process.pid}/task/{program.process.pid}/children").read_text().split()
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    process = Path(f"/proc/{(children or [worker])[0]}")
    (process / "clear_refs").write_text("5")  # the peak begins anew (proc(5))
    read = 0
    address = f"http://127.0.0.1:{program.port}/data/{path}$top={rows}"
    with requests.get(address, headers=headers, stream=True, timeout=600) as answer:
        for piece in answer.iter_content(1 << 20):
            read += piece.count(b"\n")
    assert read in (rows, rows + 1)
    return int(re.findall(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())[0])


def growth(serve: Serve, path: str, headers: Headers, rows: int) -> int:
    # The local HANA sorts a million rows before it sends the first.
    with serve(TOKONOMA_HANA_STATEMENT_TIMEOUT="300") as program:
        for _ in range(3):
            small = peak(program, path, headers, 1000)
        return peak(program, path, headers, rows) - small


@pytest.mark.parametrize("path", ["ROCK.csv?", "ROCK.jsonl?"])
def test_memory_stays_flat_over_200000_rows(serve: Serve, curator: Headers, path: str) -> None:
    assert growth(serve, path, curator, ROCKS) < 8 * 1024


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", ["QUARRY.csv?", "QUARRY.jsonl?"])
def test_memory_stays_flat_over_1000000_rows(serve: Serve, curator: Headers, path: str) -> None:
    assert growth(serve, path, curator, MANY_MORE) < 8 * 1024
