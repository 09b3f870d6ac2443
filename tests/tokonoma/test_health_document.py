from __future__ import annotations

from http import HTTPStatus

import pytest

from tokonoma.health_document import DOWN, OUT_OF_SERVICE, UP, health_document


def test_it_is_up_if_every_component_is() -> None:
    assert health_document({"hana": UP, "keys": UP}, in_detail=False) == (HTTPStatus.OK, {"status": UP})


@pytest.mark.parametrize("status", [DOWN, OUT_OF_SERVICE, "strange"])
def test_it_is_down_if_any_component_is_anything_else(status: str) -> None:
    found = health_document({"hana": UP, "keys": status}, in_detail=False)
    assert found == (HTTPStatus.SERVICE_UNAVAILABLE, {"status": DOWN})


def test_components_are_there_in_detail_only() -> None:
    _, document = health_document({"hana": DOWN}, in_detail=True)
    assert document == {"status": DOWN, "components": {"hana": {"status": DOWN}}}
