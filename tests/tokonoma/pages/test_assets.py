from __future__ import annotations

from hashlib import sha256

import pytest
from flask.testing import FlaskClient

from localcloud.cloudfoundry import PROJECT
from tokonoma.pages import assets


@pytest.mark.parametrize("name", ["pages.css", "pages.js", "flower.svg"])
def test_everybody_gets_an_asset_and_may_keep_it(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/{assets.address(name)}")
    assert answer.status_code == 200
    assert answer.headers.getlist("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert sha256(answer.data).hexdigest()[:12] in assets.address(name)


@pytest.mark.parametrize("name", ["pages.css", "../pages.css", "%2e%2e/app.py", "pages.0123456789ab.css", ""])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404


def test_every_rule_of_the_styles_is_closed() -> None:
    """A brace that a merge has lost makes everything below it part of one rule."""
    depth = 0
    for line in (PROJECT / "tokonoma" / "pages" / "static" / "pages.css").read_text().splitlines():
        depth += line.count("{") - line.count("}")
        assert 0 <= depth <= 2, line
        assert depth == 0 or not line.startswith("/*"), f"a rule is open before {line}"
    assert depth == 0


def test_the_script_is_small() -> None:
    assert (PROJECT / "tokonoma" / "pages" / "static" / "pages.js").stat().st_size < 10_000


def test_every_rule_of_the_style_is_closed() -> None:
    """Else browsers take what follows for a part of it, and say nothing."""
    depth = 0
    for line in (PROJECT / "tokonoma" / "pages" / "static" / "pages.css").read_text().splitlines():
        assert not (line[:1].isalpha() and depth), line
        depth += line.count("{") - line.count("}")
    assert depth == 0


def test_the_flower_is_the_start_pages() -> None:
    ours = PROJECT / "tokonoma" / "pages" / "static" / "flower.svg"
    assert ours.read_bytes() == (PROJECT / "web" / "resources" / "public" / "flower.svg").read_bytes()
