"""One HTTP exchange, bounded, and what its failure means; no answer is ever quoted."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from time import time

import httpx

from tokonoma.doctor.addresses import host_of
from tokonoma.doctor.checkup import Seen

SECONDS = 4.0
"""For one exchange, from the connect to each read."""
MOST_BYTES = 256 * 1024
"""Of a body; what is longer is cut off."""
_REFUSED = re.compile(r"ALERT_\w*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)")
"""How OpenSSL tells that the other side does not take our certificate (RFC 8446 section 6.2)."""


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

    def __init__(self, sentence: str, *, untrusted: bool = False, refused: bool = False) -> None:
        super().__init__(sentence)
        self.untrusted = untrusted
        """Whether it was the other side's certificate."""
        self.refused = refused
        """Whether it was our own certificate, in the eyes of the other side."""

    def seen(self, *, unreachable: str, certificate: str, client: str = "") -> Seen:
        """The failure that it is, of the three."""
        if self.refused and client:
            return Seen(str(self), client)
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
        raise _no_answer(error, host_of(url)) from None


def _no_answer(error: Exception, host: str) -> NoAnswer:
    causes = list(_causes(error))
    if any(
        isinstance(e, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(e) for e in causes
    ):
        return NoAnswer(f"{host} shows a certificate that is not trusted here", untrusted=True)
    if any(_REFUSED.search(str(each)) for each in causes):
        return NoAnswer(f"{host} does not take the certificate that it was shown", refused=True)
    if isinstance(error, httpx.TimeoutException):
        return NoAnswer(f"{host} does not answer within {SECONDS:.0f} s")
    return NoAnswer(f"{host} cannot be reached ({type(error).__name__})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
