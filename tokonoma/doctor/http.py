"""One HTTP exchange, bounded, and what its failure means; no answer is ever quoted."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from time import time
from urllib.parse import urlsplit

import httpx

from tokonoma.doctor.checkup import Seen

SECONDS = 4.0
"""For one exchange, from the connect to each read."""
MOST_BYTES = 256 * 1024
"""Of a body; what is longer is cut off."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: str = field(repr=False)
    headers: httpx.Headers = field(repr=False)

    @property
    def clock_difference(self) -> float | None:
        """Seconds by which the server's clock is ahead of this one's; None if it does not tell."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).timestamp() - time()
        except (KeyError, ValueError, TypeError):
            return None


def exchange(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """One request; redirects are not followed. Raises httpx.HTTPError or ValueError."""
    with (
        httpx.Client(timeout=SECONDS, verify=tls or True) as client,
        client.stream(method, url, data=form, headers=headers) as answer,
    ):
        body = b""
        for piece in answer.iter_bytes():
            body += piece
            if len(body) >= MOST_BYTES:
                break
        return Answer(answer.status_code, body[:MOST_BYTES].decode(errors="replace"), answer.headers)


def failed(error: Exception, url: str, *, unreachable: str, certificate: str) -> Seen:
    """What an exchange's error means: a failure of the network, or one of the certificate."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in str(error):
        return Seen(f"{host} shows a certificate that is not trusted here", certificate)
    if isinstance(error, httpx.TimeoutException):
        return Seen(f"{host} does not answer within {SECONDS:.0f} s", unreachable)
    return Seen(f"{host} cannot be reached ({type(error).__name__})", unreachable)
