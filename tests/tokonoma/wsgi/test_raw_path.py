from __future__ import annotations

import pytest

from tokonoma.wsgi.raw_path import raw_path


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"RAW_URI": "/data/A/a%2Fb?x=/y#z", "PATH_INFO": "/data/A/a/b"}, "/data/A/a%2Fb"),
        ({"RAW_URI": "http://host:1/data/A?x"}, "/data/A"),
        ({"RAW_URI": "https://host/data"}, "/data"),
        ({"RAW_URI": "//data"}, "//data"),
        ({"PATH_INFO": "/data/\xc3\xbc ?#"}, "/data/%C3%BC%20%3F%23"),
        ({}, ""),
    ],
)
def test_the_path_is_as_it_came(environ: dict[str, str], path: str) -> None:
    assert raw_path(environ) == path
