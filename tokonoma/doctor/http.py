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
class HttpAnswer:
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


class NoAnswer(Exception):
    """Nothing came back; the message is one sentence with the host, and quotes no error."""

    def __init__(self, sentence: str, *, untrusted: bool = False) -> None:
        super().__init__(sentence)
        self.untrusted = untrusted
        """Whether it was the certificate."""

    def seen(self, *, unreachable: str, certificate: str) -> Seen:
        """The failure that it is, of the two."""
        return Seen(str(self), certificate if self.untrusted else unreachable)


def exchange(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    direct: bool = False,
) -> HttpAnswer:
    """One request; redirects are not followed, and no proxy is asked if it is `direct`. Raises NoAnswer."""
    try:
        with (
            httpx.Client(timeout=SECONDS, verify=tls or True, trust_env=not direct) as client,
            client.stream(method, url, data=form, headers=headers) as answer,
        ):
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) >= MOST_BYTES:
                    break
            return HttpAnswer(answer.status_code, body[:MOST_BYTES].decode(errors="replace"), answer.headers)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        raise _no_answer(error, urlsplit(url).netloc.rpartition("@")[2]) from None


def _no_answer(error: Exception, host: str) -> NoAnswer:
    if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in str(error):
        return NoAnswer(f"{host} shows a certificate that is not trusted here", untrusted=True)
    if isinstance(error, httpx.TimeoutException):
        return NoAnswer(f"{host} does not answer within {SECONDS:.0f} s")
    return NoAnswer(f"{host} cannot be reached ({type(error).__name__})")
