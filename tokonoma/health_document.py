"""What a health endpoint answers, in the shape of Spring Boot's actuator, which platforms know."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

UP = "UP"
DOWN = "DOWN"
OUT_OF_SERVICE = "OUT_OF_SERVICE"
"""Said by a process that is about to stop."""


def health_document(
    components: Mapping[str, str],
    *,
    in_detail: bool,
    details: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[HTTPStatus, dict[str, object]]:
    """UP and 200 if every component is UP, else DOWN and 503; the components themselves only `in_detail`.

    `details` are what there is to tell of a component beside its status.
    """
    up = all(status == UP for status in components.values())
    document: dict[str, object] = {"status": UP if up else DOWN}
    if in_detail:
        told = details or {}
        document["components"] = {
            name: {"status": status, **({"details": dict(told[name])} if told.get(name) else {})}
            for name, status in components.items()
        }
    return HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE, document
