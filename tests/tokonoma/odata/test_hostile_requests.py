"""Random and hostile requests: refused in words, never a fault of the service."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tokonoma.odata.conftest import Person

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PIECES = st.sampled_from(
    [
        *("WORK", "WORD", "SPECIMEN", "READING", "$metadata", "$batch", "$count", "$value", "$query", "$ref"),
        *(
            "(",
            ")",
            "(1)",
            "('",
            "')",
            "=",
            ",",
            "@a",
            "/",
            "//",
            "%2F",
            "%27",
            "%00",
            "%ff",
            "%",
            "%25",
            "+",
        ),
        *("ID", "TITLE", "NOTE", "PICTURE", "..", ";", "null", "1e400", "2020-02-30", "\\", "&", "?", "#"),
    ]
)
NAMES = st.sampled_from(
    ["$filter", "$orderby", "$select", "$top", "$skip", "$count", "$skiptoken", "$format", "@a", "top", "$x"]
)
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["ID eq 1", "TITLE", "*", "1", "true", "@a", "NOTE", "json", "contains(NOTE,'a')", "9" * 400]
    ),
)


@given(st.lists(PIECES, max_size=8), st.lists(st.tuples(NAMES, VALUES), max_size=4))
@SETTINGS
def test_no_address_is_a_fault_of_the_service(
    curator: Person, pieces: list[str], options: list[tuple[str, str]]
) -> None:
    path = "".join(pieces)
    query = "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'replace'))}" for name, value in options)
    answer = curator.get(f"{path}?{query}")
    assert answer.status_code < 500 or answer.status_code == 501, (path, query, answer.text)
    if answer.status_code >= 400:
        assert answer.get_json()["error"]["message"]


@given(
    st.sampled_from(["multipart/mixed;boundary=b", "application/json", "multipart/mixed", "text/plain"]),
    st.lists(
        st.sampled_from(
            [
                *(
                    "--b",
                    "--b--",
                    "\r\n",
                    "\n",
                    "\r\n\r\n",
                    "Content-Type: application/http",
                    "GET WORK(1) HTTP/1.1",
                ),
                *(
                    '{"requests": [',
                    "]}",
                    '{"id": "1", "method": "get", "url": "WORK(1)"}',
                    ",",
                    "\x00",
                    "é",
                    "--",
                ),
                *(
                    "GET",
                    " ",
                    "HTTP/1.1",
                    "Content-ID: 1",
                    "multipart/mixed",
                    "$batch",
                    "WORK/$query",
                    "POST ",
                ),
            ]
        ),
        max_size=14,
    ),
)
@SETTINGS
def test_no_batch_is_a_fault_of_the_service(curator: Person, kind: str, pieces: list[str]) -> None:
    answer = curator.ask("POST", "$batch", "".join(pieces).encode(), Content_Type=kind)
    assert answer.status_code in (200, 400, 413), answer.text


@given(
    st.dictionaries(
        st.sampled_from(["Accept", "Prefer", "OData_MaxVersion", "If_None_Match", "Isolation"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
    )
)
@SETTINGS
def test_no_header_field_is_a_fault_of_the_service(curator: Person, headers: dict[str, str]) -> None:
    for path in ("WORK?$top=1", "$metadata", ""):
        assert curator.get(path, **headers).status_code < 500
