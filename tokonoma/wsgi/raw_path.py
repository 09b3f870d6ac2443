"""The path of a request as it came: in PATH_INFO, a %2F of a key is a slash already."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def raw_path(environ: WSGIEnvironment) -> str:
    """The path with its percent-encoding, by gunicorn's RAW_URI; PATH_INFO, encoded again, without one."""
    raw: str = environ.get("RAW_URI") or quote(environ.get("PATH_INFO", ""), encoding="latin-1")
    path = raw.partition("#")[0].partition("?")[0]
    return "/" + path.split("/", 3)[-1] if "://" in path[:9] else path
