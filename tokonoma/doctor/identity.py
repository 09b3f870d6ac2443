"""The bound XSUAA or IAS: its keys, its clock, and whether it still knows this client."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from tempfile import NamedTemporaryFile
from typing import Any

from tokonoma.doctor import certificates, http
from tokonoma.doctor.addresses import is_address, told
from tokonoma.doctor.checkup import Check, Seen
from tokonoma.doctor.http import HttpAnswer, NoAnswer
from tokonoma.doctor.place import AppPlace

CLOCKS = 60.0
"""Seconds by which two clocks may differ: the gate's leeway."""


@dataclass
class Identity:
    """Asks XSUAA and IAS what the service and the approuter would ask it."""

    place: AppPlace
    differences: dict[str, float | None] = field(default_factory=dict)
    """Seconds by which the clocks of `xsuaa` and `ias` are ahead."""

    def checks(self) -> list[Check]:
        # The second check needs TLS to another host, which the first does not try.
        return [
            Check("xsuaa.keys", self._keys, needs=("bindings.identity",)),
            Check("xsuaa.clock", partial(self._clock, "xsuaa"), needs=("xsuaa.keys",)),
            Check("xsuaa.client", self._client, needs=("bindings.identity",)),
            Check("ias.keys", self._ias_keys, needs=("bindings.identity",)),
            Check("ias.clock", partial(self._clock, "ias"), needs=("ias.keys",)),
            Check("ias.client", self._ias_client, needs=("ias.keys",)),
        ]

    def _keys(self) -> Iterator[Seen]:
        if (binding := self.place.xsuaa) is None:
            return
        known = binding.credentials
        domain = str(known.get("uaadomain") or known["url"]).removeprefix("https://")
        url = f"https://{domain}/token_keys?zid={binding.zone}"
        if not is_address(url):
            yield Seen(f"the binding {binding.name!r} has no address of XSUAA's in it", "xsuaa.shape")
            return
        try:
            answer = http.exchange("GET", url)
        except NoAnswer as error:
            yield error.seen(unreachable="xsuaa.unreachable", certificate="xsuaa.certificate")
            return
        self.differences["xsuaa"] = answer.clock_difference
        count = _count_keys(answer)
        if count:
            yield Seen(f"{count} fetched from {told(domain)}")
        elif _is_outage(answer.status):
            yield Seen(f"{told(domain)} answers {answer.status}", "xsuaa.outage")
        else:
            yield Seen(f"{told(domain)} answers {answer.status}, without keys", "xsuaa.answer")

    def _ias_keys(self) -> Iterator[Seen]:
        if (binding := self.place.ias) is None:
            return
        url = f"{binding.url}/oauth2/certs"
        asking = {"x-client_id": binding.clientid, "x-app_tid": binding.app_tid, "x-azp": binding.clientid}
        try:
            answer = http.exchange("GET", url, headers=asking)
        except NoAnswer as error:
            yield error.seen(unreachable="ias.unreachable", certificate="ias.certificate")
            return
        self.differences["ias"] = answer.clock_difference
        count = _count_keys(answer)
        if count:
            yield Seen(f"{count} fetched from {binding.url}")
        elif _is_outage(answer.status):
            yield Seen(f"{binding.url} answers {answer.status}", "ias.outage")
        elif answer.status == HTTPStatus.BAD_REQUEST:
            yield Seen(f"{binding.url} refuses this client (400)", "ias.tenant")
        else:
            yield Seen(f"{binding.url} answers {answer.status}, without keys", "ias.answer")

    def _clock(self, kind: str) -> Iterator[Seen]:
        difference = self.differences.get(kind)
        if difference is None:
            return
        seconds = round(difference)
        wrong = abs(difference) > CLOCKS
        direction = "ahead of" if seconds < 0 else "behind"
        told = (
            f"{abs(seconds)} s {direction} {kind.upper()}'s" if abs(seconds) > 1 else f"as {kind.upper()}'s"
        )
        yield Seen(f"this machine's clock is {told}", f"{kind}.clock" if wrong else "")

    def _client(self) -> Iterator[Seen]:
        if (binding := self.place.xsuaa) is not None:
            known = binding.credentials
            home = known["url"] if known.get("clientsecret") else known.get("certurl")
            if not is_address(str(home)):
                yield Seen(f"the binding {binding.name!r} has no address of XSUAA's in it", "xsuaa.shape")
                return
            yield from _own_token("xsuaa", f"{home}/oauth/token", binding.clientid, known)

    def _ias_client(self) -> Iterator[Seen]:
        if (binding := self.place.ias) is not None:
            url = f"{binding.url}/oauth2/token"
            yield from _own_token("ias", url, binding.clientid, binding.credentials)


def _own_token(kind: str, url: str, clientid: str, known: Mapping[str, Any]) -> Iterator[Seen]:
    """Whether the client gets a token of its own (RFC 6749 section 4.4), by its secret or certificate."""
    form, tls = {"grant_type": "client_credentials", "client_id": clientid}, None
    if known.get("clientsecret"):
        form["client_secret"] = str(known["clientsecret"])
    elif known.get("certificate") and known.get("key"):
        try:
            tls = _with_certificate(known)
        except (ssl.SSLError, ValueError):
            yield Seen("the binding's certificate and key do not fit together", f"{kind}.client")
            return
    else:
        return
    try:
        answer = http.exchange("POST", url, form=form, tls=tls)
    except NoAnswer as error:
        # Some servers hang up on a certificate that has ended, without a word.
        ended = tls is not None and any(
            each.failure == "certificate.expired" for each in certificates.ends(clientid, known)
        )
        client = f"{kind}.client"
        yield error.seen(
            unreachable=client if ended else f"{kind}.unreachable",
            certificate=f"{kind}.certificate",
            client=client,
        )
        return
    if answer.status == HTTPStatus.OK:
        yield Seen("a token of its own was given to this client")
    elif answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
        yield Seen(f"the token endpoint refuses this client ({answer.status})", f"{kind}.client")
    else:
        failure = f"{kind}.outage" if _is_outage(answer.status) else f"{kind}.answer"
        yield Seen(f"the token endpoint answers {answer.status}", failure)


def _is_outage(status: int) -> bool:
    """Whether a service is in trouble, or has too much to do: nothing that a binding would change."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _count_keys(answer: HttpAnswer) -> int:
    try:
        keys = json.loads(answer.body)["keys"]
        return sum(isinstance(key.get("kid"), str) for key in keys) if answer.status == HTTPStatus.OK else 0
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return 0


def _with_certificate(known: Mapping[str, Any]) -> ssl.SSLContext:
    """TLS with the binding's certificate. Raises ssl.SSLError."""
    context = ssl.create_default_context()
    # OpenSSL takes them from a file only; it has a name for a moment, and nobody else may read it.
    with NamedTemporaryFile("w", suffix=".pem") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{known['key']}\n{known['certificate']}\n")
        file.flush()
        context.load_cert_chain(file.name)
    return context
