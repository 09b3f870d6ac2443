"""Styles, script and pictures of the pages, under names that change with their content.

So browsers and the approuter keep them for a year, and never show yesterday's.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response

from tokonoma.errors import ObjectUnknown

_FOLDER = Path(__file__).with_name("static")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_CACHED = "public, max-age=31536000, immutable"


def _named(path: Path) -> str:
    return f"{path.stem}.{sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"


_NAMES = {path.name: _named(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}
_FILES = {named: (_FOLDER / name) for name, named in _NAMES.items()}


def address(name: str) -> str:
    """Where a file of `static/` is served, from the root of the service. Raises KeyError."""
    return f"assets/{_NAMES[name]}"


def blueprint() -> Blueprint:
    assets = Blueprint("assets", __name__)

    @assets.get("/assets/<name>")
    def asset(name: str) -> Response:
        """For everybody, without credentials: there is nothing in them that is not in the source."""
        path = _FILES.get(name)
        if path is None:
            raise ObjectUnknown
        response = Response(path.read_bytes(), content_type=_TYPES[path.suffix])
        response.headers["Cache-Control"] = _CACHED
        return response

    return assets
