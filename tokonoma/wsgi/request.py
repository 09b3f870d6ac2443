"""gunicorn's parser, with HTTP's own rules that it leaves out, and with bounds on how a body is read.

It relies on classes of gunicorn that are undocumented.
"""

from __future__ import annotations

import ipaddress
import re
from time import monotonic
from typing import Any

from gunicorn.http import errors, message
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestTimeout

BODY_SECONDS = 10.0
"""Seconds for the rest of a body to come, once a view waits for it."""

MAX_BODY_BYTES = 64 * 1024
"""What a view is given of a body; the app refuses one that announces more."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_REG_NAME = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
_ABSOLUTE = re.compile(r"https?://([^/?]*)", re.IGNORECASE)


class InvalidHost(errors.InvalidHeader):  # type: ignore[misc]
    """The Host field is missing, or is not a host with at most a port behind it."""


class Unreader(SocketUnreader):  # type: ignore[misc]
    """Reads a connection.

    The client is told to go on ("100 Continue") when somebody waits for its body, and not before, since most
    refusals need the head alone. Raises TimeoutError for a body that does not come in time.
    """

    _expects_continue = False
    _deadline: float | None = None

    def start_body(self, expects_continue: bool) -> None:
        """Take what follows for a body; its time begins when it is first read."""
        self._expects_continue = expects_continue
        self._deadline = None

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes, after a wait. Raises NoMoreData at the end, since the caller needs more."""
        if self._expects_continue:
            self._expects_continue = False
            self.sock.sendall(_CONTINUE)
        if self._deadline is None:
            self._deadline = monotonic() + BODY_SECONDS
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the body did not come in time")
        self.sock.settimeout(left)
        try:
            piece: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(None)
        if not piece:
            raise errors.NoMoreData
        return piece


class BoundedBody(Body):  # type: ignore[misc]
    """A request's body, as views read it.

    Raises what Flask answers with: 408 if it does not come in time, 413 if it is longer than
    `MAX_BODY_BYTES`, and 400 if it is malformed or ends too early.
    """

    def __init__(self, reader: Any) -> None:
        super().__init__(reader)
        self._left = MAX_BODY_BYTES

    def read(self, size: int | None = None) -> bytes:
        """Up to `size` bytes, or all; fewer only at the end."""
        wanted = self._left + 1 if size is None or size < 0 else min(size, self._left + 1)
        try:
            piece: bytes = super().read(wanted)
        except TimeoutError:
            raise RequestTimeout from None
        except (OSError, errors.ParseException):
            raise BadRequest("The body of the request is malformed, or ends too early.") from None
        self._left -= len(piece)
        if self._left < 0:
            raise RequestEntityTooLarge
        return piece


class Request(message.Request):  # type: ignore[misc]
    """One request.

    Beside what gunicorn refuses it raises InvalidHost (RFC 9112 section 3.2), InvalidRequestLine for a target
    with a fragment or of another scheme than http (section 3.2), and UnsupportedTransferCoding for all but
    chunked alone (section 6.1).
    """

    body: Body
    unreader: Unreader
    _expected_100_continue: bool

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.body = BoundedBody(self.body.reader)
        self._check_target()
        self._check_fields()
        self.unreader.start_body(self._expected_100_continue)
        self._expected_100_continue = False  # gunicorn would tell the client to go on at once

    @property
    def is_body_read(self) -> bool:
        """Whether nothing of the body is left on the connection, so that the next request begins there."""
        reader = self.body.reader
        over = reader.length == 0 if isinstance(reader, LengthReader) else reader.parser is None
        return over and not self.body.failed

    def _check_target(self) -> None:
        target: str = self.uri
        if "#" in target:
            raise errors.InvalidRequestLine("")
        if target[0] != "/" and "://" in target:
            absolute = _ABSOLUTE.match(target)
            if absolute is None or not is_authority(absolute[1]):
                raise errors.InvalidRequestLine("")

    def _check_fields(self) -> None:
        host = None
        for name, value in self.headers:
            if name == "HOST":
                host = value  # gunicorn refuses a second one
            elif name == "CONNECTION":
                if "close" in [option.strip(" \t").lower() for option in value.split(",")]:
                    self.force_close()
            elif name == "TRANSFER-ENCODING" and value.lower() != "chunked":
                raise errors.UnsupportedTransferCoding("")
        if not is_authority(host) if host is not None else self.version >= (1, 1):
            raise InvalidHost("HOST")


def is_authority(text: str) -> bool:
    """Whether it is a host, not empty, with at most a port behind it (RFC 3986 section 3.2, but no user)."""
    parts = _AUTHORITY.fullmatch(text)
    if parts is None or int(parts[2] or 0) > 65535:
        return False
    if parts[1].startswith("["):
        try:
            # A zone, which Python takes whatever it is made of, is no part of it (RFC 3986 section 3.2.2).
            return ipaddress.IPv6Address(parts[1][1:-1]).scope_id is None
        except ValueError:
            return False
    return _REG_NAME.fullmatch(parts[1]) is not None
