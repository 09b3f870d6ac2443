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


def test_what_there_is_to_tell_of_a_component_is_for_operators_too() -> None:
    told = {"hana": {"ATTIC.BOX": "gone"}, "keys": {}, "unknown": {"a": "b"}}
    components = {"hana": UP, "keys": UP}
    _, document = health_document(components, in_detail=True, details=told)
    assert document["components"] == {
        "hana": {"status": UP, "details": {"ATTIC.BOX": "gone"}},
        "keys": {"status": UP},
    }
    assert health_document(components, in_detail=False, details=told)[1] == {"status": UP}
