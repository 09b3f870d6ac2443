"""One line a request, in JSON with SAP's names, or in words; never with what must not be there."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.telemetry.log_lines import LINE_BYTES, JsonFormatter, TextFormatter
from tokonoma.telemetry.logs import configuration

PROJECT = Path(__file__).parents[3]


@pytest.fixture(params=[JsonFormatter, TextFormatter])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged, in either form."""
    monkeypatch.setenv("VCAP_APPLICATION", json.dumps({"application_name": "myapp", "space_name": "dev"}))
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def request_of(stream: io.StringIO) -> dict[str, Any]:
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    [entry] = [entry for entry in entries if entry["type"] == "request"]
    return dict(entry)


@pytest.mark.parametrize("lines", [JsonFormatter], indirect=True)
def test_a_request_is_one_line_with_saps_field_names(
    client: FlaskClient, alice: dict[str, str], lines: io.StringIO
) -> None:
    client.get("/?secret=query", headers={**alice, "X-CorrelationID": "abc-123"})
    entry = request_of(lines)
    assert entry["correlation_id"] == "abc-123"
    assert (entry["method"], entry["request"], entry["route"]) == ("GET", "/", "/")
    assert entry["response_status"] == 200
    assert (entry["component_name"], entry["space_name"], entry["layer"]) == ("myapp", "dev", "python")
    assert entry["user_id"] not in ("-", "alice")
    for part in ("auth_time_ms", "pool_wait_time_ms", "hana_time_ms", "response_time_ms"):
        assert 0 <= entry[part] <= entry["response_time_ms"] + 0.01


@pytest.mark.parametrize(
    ("header", "value"), [("X-Request-ID", "r-1"), ("X-Vcap-Request-Id", "v-1"), ("X-CorrelationID", "c-1")]
)
def test_a_correlation_id_is_taken_and_passed_on(client: FlaskClient, header: str, value: str) -> None:
    assert client.get("/health", headers={header: value}).headers["X-CorrelationID"] == value


@pytest.mark.parametrize("value", ["", "a b", "x" * 129, "a\x01b", "ä", '"'])
def test_what_is_no_correlation_id_is_replaced(client: FlaskClient, value: str) -> None:
    given = client.get("/health", headers={"X-CorrelationID": value}).headers["X-CorrelationID"]
    assert given != value
    assert len(given) == 32


def test_no_secret_mail_token_or_query_gets_into_a_line(
    client: FlaskClient, xsuaa: LocalXsuaa, lines: io.StringIO
) -> None:
    token = xsuaa.mint({"user_name": "alice@private.example", "email": "alice@private.example"})
    forged = xsuaa.mint({"zid": "forged-zone"}, header={"kid": "forged-kid\r\nfake: line"})
    for each in (token, forged, "not-a-token"):
        client.get("/?name=query-value", headers={"Authorization": f"Bearer {each}"})
    shown = lines.getvalue()
    assert shown.count("401") >= 2
    for leaked in ("private.example", "query-value", "forged", token[:40], token[-40:], "not-a-token"):
        assert leaked not in shown


def test_nobody_can_forge_a_line(client: FlaskClient, lines: io.StringIO) -> None:
    client.get("/a%0d%0afake%20line%1b[31m%e2%80%a8next")
    [line] = lines.getvalue().splitlines()
    assert not any(ord(character) < 32 for character in line)


@pytest.mark.parametrize("lines", [JsonFormatter], indirect=True)
def test_an_unexpected_error_is_a_500_without_its_text_and_logged_with_its_trace(
    client: FlaskClient, lines: io.StringIO
) -> None:
    def broken() -> str:
        raise RuntimeError("the inner secret")

    client.application.add_url_rule("/broken", view_func=broken)
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.get_data(as_text=True)
    [entry] = [e for e in map(json.loads, lines.getvalue().splitlines()) if "stacktrace" in e]
    assert entry["stacktrace"][-1] == "RuntimeError: the inner secret"


@pytest.mark.parametrize("form", ["json", "text", "auto"])
def test_every_form_is_a_valid_configuration_that_quiets_the_library(form: str) -> None:
    wanted = configuration(form)
    logging.config.DictConfigurator(wanted)
    formatter = wanted["formatters"]["it"]["()"]
    assert formatter is (TextFormatter if form == "text" else JsonFormatter)
    assert wanted["loggers"]["sap.xssec"]["level"] == "ERROR"


LOGS = """
import logging, logging.config, sys
from tokonoma.telemetry.logs import configuration
logging.config.dictConfig(configuration(sys.argv[1]))
log = logging.getLogger("one")
log.warning("a message")
try:
    raise ValueError("line\\n" * 2000)
except ValueError:
    log.exception("an error")
log.warning("\x01" * 9000)
"""


@pytest.mark.skipif(not hasattr(os, "O_DIRECT"), reason="only Linux has pipes that keep writes apart")
@pytest.mark.parametrize("form", ["json", "text"])
def test_each_line_is_one_write(form: str) -> None:
    reading, writing = os.pipe2(os.O_DIRECT)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        subprocess.run([sys.executable, "-c", LOGS, form], stdout=writing, check=True, cwd=PROJECT)
        os.close(writing)
        writes = [*iter(lambda: pipe.read(65536), b"")]
    assert [b"a message" in each for each in writes] == [True, False, False]
    assert b"an error" in writes[1]
    assert all(each.endswith(b"\n") and len(each) <= LINE_BYTES for each in writes)
    assert [each.count(b"\n") for each in writes][::2] == [1, 1]


def test_nobody_who_reads_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", LOGS, "json"], stdout=writing, stderr=subprocess.PIPE, check=True, cwd=PROJECT
    )
    os.close(writing)
    assert done.stderr == b""


IMPORT_MIB = 12
"""What programs beside the service, such as the barista, may pay for its log lines."""


def test_importing_the_log_lines_loads_no_library_and_little_memory() -> None:
    script = """
import sys
def peak():
    [size] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    return int(size) / 1024
before = peak()
import tokonoma.telemetry.logs
took = peak() - before
roots = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(took, *sorted(name for name in sys.modules if name.partition(".")[0] == "tokonoma"))
print(*sorted(root for root in roots if hasattr(sys.modules[root], "__path__")))
"""
    command = [sys.executable, "-S", "-c", script]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True)
    first, libraries = done.stdout.splitlines()
    took, *ours = first.split()
    telemetry = [f"tokonoma.telemetry{file}" for file in ("", ".log_lines", ".log_rate", ".logs")]
    assert ours == ["tokonoma", *telemetry]
    assert libraries.split() == ["tokonoma"]
    assert 0 < float(took) < IMPORT_MIB
