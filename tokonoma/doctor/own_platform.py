"""The platform that says who is asking: can it be reached, and does it know the users that it gave us?"""

from __future__ import annotations

import json
import os
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from tokonoma.doctor import http
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.http import NoAnswer
from tokonoma.platforms import platform as platforms
from tokonoma.platforms.platform import Question

_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class OwnPlatform:
    """Asks the platform what it lets the process itself ask; on most platforms that is nothing."""

    def checks(self) -> list[Check]:
        return [
            Check(
                "platform",
                self._platform,
                needs=("bindings.identity",),
                seconds=6,
                when_late="platform.unreachable",
            )
        ]

    def _platform(self) -> Iterator[Seen]:
        refused: set[str] = set()
        for question in platforms.find(os.environ).questions(os.environ):
            if not question.user or not question.password:
                if question.whose not in refused:
                    yield Seen(f"no {question.whose} is given", "platform.unset")
            elif question.whose not in refused:
                try:
                    seen = _asked(question)
                except NoAnswer as error:
                    yield error.seen(unreachable="platform.unreachable", certificate="platform.certificate")
                    return
                yield seen
                if seen.failure != "platform.user":
                    continue
            # Nobody is asked a second time with a password that was refused.
            refused.add(question.whose)


def _asked(question: Question) -> Seen:
    """What the answer comes to. Raises NoAnswer."""
    given = b64encode(f"{question.user}:{question.password}".encode(errors="replace")).decode()
    headers = {"Authorization": f"Basic {given}", "Accept": "application/json"}
    host, path = urlsplit(question.url).netloc, urlsplit(question.url).path
    answer = http.exchange(
        "GET", question.url, headers=headers, tls=ssl.create_default_context(), direct=True
    )
    if answer.status in _REFUSALS:
        return Seen(f"{host} refuses the {question.whose} ({answer.status})", "platform.user")
    found = _object(answer.body) if answer.status == HTTPStatus.OK else None
    name, wanted = question.equals
    if found is None or (name and not isinstance(found.get(name), str)):
        return Seen(
            f"{host} answers {answer.status} at {path}, and not as the platform does", "platform.answer"
        )
    if wanted and found[name] != wanted:
        return Seen(f"to {host} the {question.whose} is of {found[name]}, not of {wanted}", "platform.wrong")
    if not question.fills:
        return Seen(f"{host} knows the {question.whose}, of {found[name]}")
    filled = found.get(question.fills)
    count = len(filled) if isinstance(filled, list) else 0
    return Seen(f"{count} tenants have subscribed", "" if count else "platform.unsubscribed")


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
