"""No line is longer than a pipe keeps whole, and none says what somebody else would like it to say."""

from __future__ import annotations

import json
import logging
import string
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tokonoma.telemetry.log_lines import LINE_BYTES, JsonFormatter, RequestRecord, TextFormatter

HOSTILE = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='\x00\x01"\\\n…é\ud800\u2028\U0001f33a', max_size=40).map(lambda text: text * 300),
    st.integers(0, 9000).map(lambda number: "a" * number),
)
WORST = ["\x01" * 9000, "\U0001f33a" * 9000, '"' * 9000, "\ud800" * 9000, "\n" * 9000, "a" * 9000]


def request_record(
    path: str = "/", user_id: str = "-", method: str = "GET", route: str = "/"
) -> RequestRecord:
    return RequestRecord(
        created=1_800_000_000.25,
        seconds=0.0123,
        method=method,
        path=path,
        route=route,
        status="200",
        size="10",
        user_id=user_id,
        correlation_id="c" * 128,
        parts=dict.fromkeys(("auth", "pool", "hana", "db"), "12345.67"),
    )


def message_record(message: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("tokonoma.test", logging.ERROR, "", 0, message, None, trace)


def raised(message: str, depth: int) -> BaseException:
    """An error that came from deep below."""

    def fall(left: int) -> None:
        if left:
            and_fall(left - 1)
        raise ValueError(message)

    def and_fall(left: int) -> None:  # another one, or the trace says how often its line is repeated
        if left:
            fall(left - 1)
        raise ValueError(message)

    try:
        fall(depth)
    except ValueError as error:
        return error
    raise AssertionError


@pytest.fixture(params=WORST, ids=["control", "flowers", "quotes", "surrogates", "lines", "letters"])
def worst(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A text that grows most when it is written, also as the names of app, space and organization."""
    names = dict.fromkeys(
        ("application_id", "application_name", "organization_name", "space_name"), request.param
    )
    monkeypatch.setenv("VCAP_APPLICATION", json.dumps(names))
    return str(request.param)


def test_the_longest_line_of_json_is_whole_and_short_enough(worst: str) -> None:
    formatter = JsonFormatter()
    for record in (
        request_record(worst, worst, worst, worst),
        message_record(worst),
        message_record(worst, raised(worst, 500)),
    ):
        line = formatter.format(record)
        assert len(line.encode()) < LINE_BYTES
        assert "…" in line.encode().decode("unicode_escape")
        json.loads(line)


def test_the_longest_line_of_text_is_short_enough(worst: str) -> None:
    formatter = TextFormatter()
    for record in (
        request_record(worst, worst, worst, worst),
        message_record(worst),
        message_record(worst, raised(worst, 500)),
    ):
        line = formatter.format(record)
        assert len(line.encode()) < LINE_BYTES
        assert "…" in line


@settings(max_examples=300, deadline=None)
@given(path=HOSTILE, user=HOSTILE, method=HOSTILE, message=HOSTILE, depth=st.integers(0, 30))
def test_no_line_is_too_long_whatever_is_in_it(
    path: str, user: str, method: str, message: str, depth: int
) -> None:
    for formatter in (JsonFormatter(), TextFormatter()):
        for record in (
            request_record(path, user, method),
            message_record(message),
            message_record(message, raised(message, depth)),
        ):
            line = formatter.format(record)
            assert len(line.encode()) < LINE_BYTES
            if isinstance(formatter, JsonFormatter):
                assert "\n" not in line
                json.loads(line)
            else:
                first, *trace = line.split("\n")
                assert first[:9].strip(string.digits + ": ") == ""
                assert all(each.startswith("    ") for each in trace)
                assert line.replace("\n", "").isprintable()


@given(st.text(max_size=80))
@example("…")
def test_what_is_short_enough_is_not_changed(text: str) -> None:
    entry = json.loads(JsonFormatter().format(message_record(text.replace("\x00", "\x01"))))
    assert entry["msg"] == text.replace("\x00", "\x01") or "\ud800" <= max(text, default="") <= "\udfff"


def test_what_is_cut_ends_with_a_mark() -> None:
    entry = json.loads(JsonFormatter().format(request_record("/" + "x" * 8000)))
    assert entry["request"][:1000] == "/" + "x" * 999
    assert entry["request"].endswith("x…")
    text = TextFormatter().format(request_record("/" + "x" * 8000))
    assert "x…  12.30 ms" in text


@pytest.mark.parametrize("formatter", [JsonFormatter, TextFormatter])
def test_the_end_of_a_long_stack_trace_is_kept(formatter: type[logging.Formatter]) -> None:
    line = formatter().format(message_record("unexpected", raised("the reason", 900)))
    assert "ValueError: the reason" in line
    assert "unexpected" in line
    assert len(line) > LINE_BYTES * 3 // 4


def test_a_short_stack_trace_is_whole() -> None:
    entry = json.loads(JsonFormatter().format(message_record("unexpected", raised("the reason", 0))))
    assert entry["stacktrace"][0] == "Traceback (most recent call last):"
    assert entry["stacktrace"][-1] == "ValueError: the reason"
    assert "…" not in entry["stacktrace"]


FORGED = "12:00:00 200 GET /admin  0.10 ms"


@pytest.mark.parametrize("between", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_message_or_an_error_forges_no_line_of_text(between: str) -> None:
    hostile = f"a{between}{FORGED}"
    for record in (
        request_record(hostile.encode().decode("latin-1")),
        message_record(hostile),
        message_record("m", raised(hostile, 1)),
    ):
        assert not [line for line in TextFormatter().format(record).splitlines() if line.startswith(FORGED)]


@pytest.mark.parametrize("character", ["\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff"])
def test_nothing_that_changes_a_terminal_or_hides_gets_into_text(character: str) -> None:
    for record in (message_record(f"a{character}b"), message_record("m", raised(f"a{character}b", 0))):
        assert character not in TextFormatter().format(record)


def test_a_path_cannot_look_like_the_rest_of_its_line() -> None:
    line = TextFormatter().format(request_record("/a  0.10 ms (auth 0.1)"))
    assert "/a%20%200.10%20ms%20(auth%200.1)  12.30 ms" in line


def test_arguments_that_do_not_fit_their_message_cost_no_line() -> None:
    record = logging.LogRecord("library", logging.WARNING, "", 0, "%d of %d", ("one",), None)
    assert json.loads(JsonFormatter().format(record))["msg"] == "%d of %d"


def test_long_paths_are_not_remembered_as_a_whole() -> None:
    """Each text that was quoted was kept with its escapes: up to 50 kB, a thousand times."""
    formatter = JsonFormatter()
    tracemalloc.start()
    try:
        for number in range(1500):
            formatter.format(request_record(f"/{number}" + "\x01" * 8000))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2 * 2**20
