"""Large values by their own address: whole, in pieces, and never in memory as a whole."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.tokonoma.odata.conftest import LONG_NOTE, PICTURE, Person


@pytest.mark.parametrize("path", ["NOTE", "NOTE/$value"])
def test_a_large_text_comes_whole_in_utf_8(curator: Person, path: str) -> None:
    """Group 5.4.27; its pieces end within surrogate pairs, at which the driver fails."""
    answer = curator.get(f"WORK(1)/{path}")
    assert answer.text == LONG_NOTE
    assert answer.content_type == "text/plain;charset=utf-8"
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert "Content-Length" not in answer.headers


def test_a_large_binary_comes_whole_and_is_not_sniffed(curator: Person) -> None:
    answer = curator.get("WORK(1)/PICTURE/$value")
    assert (answer.data, answer.content_type) == (PICTURE, "application/octet-stream")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_an_empty_value_is_not_null(curator: Person) -> None:
    for name in ("NOTE", "PLAIN", "FILE"):
        assert (curator.get(f"SPECIMEN(2)/{name}").status_code, curator.get(f"SPECIMEN(2)/{name}").data) == (
            200,
            b"",
        )
        assert curator.get(f"SPECIMEN(3)/{name}").status_code == 204


def test_head_reads_nothing_and_holds_nothing(curator: Person) -> None:
    for _ in range(20):
        assert curator.ask("HEAD", "WORK(1)/PICTURE").status_code == 200
    assert curator.ask("HEAD", "WORK(100000)/PICTURE").status_code == 404


def test_who_stops_reading_gives_the_connection_back(curator: Person) -> None:
    for _ in range(20):
        answer = curator.client.get(
            "/odata/WORK(1)/PICTURE", headers={"Authorization": f"Bearer {curator.token}"}, buffered=False
        )
        assert len(next(iter(answer.response))) > 0
        answer.close()
    assert curator.get("WORK(1)/PICTURE").data == PICTURE


def test_memory_stays_flat(curator: Person) -> None:
    """What is read is 32 MB; what Python holds of it is a few pieces."""
    tracemalloc.start()
    try:
        answer = curator.client.get(
            "/odata/LARGE(1)/BYTES", headers={"Authorization": f"Bearer {curator.token}"}, buffered=False
        )
        size = sum(len(piece) for piece in answer.response)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 32_000_000
    assert peak < 8_000_000
    answer.close()
