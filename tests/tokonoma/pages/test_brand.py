from __future__ import annotations

from tests.tokonoma.pages.conftest import Visitor
from tokonoma.pages import assets, brand


def test_every_page_has_the_name_and_the_logo(alice: Visitor) -> None:
    for path, status in (("data/", 200), ("data/WORK/5", 200), ("data/NOPE", 404)):
        page = alice.see(path, status)
        assert page.one("//title").endswith(f" {brand.NAME}")
        assert page.one("//a[@class='brand']") == brand.NAME
        assert page.one("//a[@class='brand']/img/@src").endswith(assets.address(brand.LOGO))
