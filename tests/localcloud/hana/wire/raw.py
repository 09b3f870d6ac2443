"""A client made of bytes: says what no driver would, and hears what no driver tells."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
import ssl
import struct
from dataclasses import dataclass, field
from typing import Protocol

INITIALISATION = bytes.fromhex("FFFFFFFF 04 0014 04 0001 00 01 01 01")
HEADER = struct.Struct("<qiIIhbxI4x")
REQUEST_SEGMENT = struct.Struct("<iihhbbbb8x")
REPLY_SEGMENT = struct.Struct("<iihhbxh8x")
PART = struct.Struct("<bbhiii")

COMMAND, RESULTSET, ERROR, STATEMENTID, ROWSAFFECTED, RESULTSETID = 3, 5, 6, 10, 12, 13
PARAMETERS, AUTHENTICATION, CONNECTOPTIONS, FETCHSIZE, CLIENTCONTEXT = 32, 33, 42, 45, 29
PARAMETERMETADATA, RESULTSETMETADATA, DBCONNECTINFO = 47, 48, 67

EXECUTEDIRECT, PREPARE, EXECUTE, AUTHENTICATE, CONNECT = 2, 3, 13, 65, 66
COMMIT, ROLLBACK, FETCHNEXT, DISCONNECT, CLIENTPING = 67, 68, 71, 77, 94


@dataclass
class Part:
    """One part of a message."""

    kind: int
    data: bytes = b""
    count: int = 1
    attributes: int = 0

    def written(self) -> bytes:
        header = PART.pack(self.kind, self.attributes, self.count, 0, len(self.data), 0)
        return header + self.data + bytes(-len(self.data) % 8)


@dataclass
class Reply:
    """A server's message, taken apart."""

    session_id: int
    kind: int
    function: int
    parts: dict[int, Part] = field(default_factory=dict)
    """By kind, in the order of the message."""

    @property
    def error(self) -> tuple[int, int, str] | None:
        """Code, position and text of the first error."""
        if ERROR not in self.parts:
            return None
        data = self.parts[ERROR].data
        code, position, length = struct.unpack_from("<iii", data)
        return code, position, data[18 : 18 + length].decode()


def segment(type_: int, *parts: Part, commit: bool = True) -> bytes:
    """A request without the header of its message."""
    body = b"".join(part.written() for part in parts)
    length = REQUEST_SEGMENT.size + len(body)
    return REQUEST_SEGMENT.pack(length, 0, len(parts), 1, 1, type_, int(commit), 8) + body


def message(type_: int, *parts: Part, commit: bool = True, session_id: int = 0) -> bytes:
    """A well-formed request."""
    return message_of(segment(type_, *parts, commit=commit), session_id=session_id)


def message_of(*segments: bytes, session_id: int = 0) -> bytes:
    """A message of several requests."""
    body = b"".join(segments)
    return HEADER.pack(session_id, 1, len(body), 131072, len(segments), 0, 0) + body


def fields(*values: bytes) -> bytes:
    """A field list of the authentication part."""
    return struct.pack("<h", len(values)) + b"".join(bytes((len(value),)) + value for value in values)


def read_fields(data: bytes) -> list[bytes]:
    found, position = [], 2
    for _ in range(data[0]):
        length = data[position]
        found.append(data[position + 1 : position + 1 + length])
        position += 1 + length
    return found


def read_parts(answer: Reply, body: bytes, count: int) -> None:
    position = 0
    for _ in range(count):
        kind, attributes, short, big, size, _ = PART.unpack_from(body, position)
        position += PART.size
        data = body[position : position + size]
        answer.parts[kind] = Part(kind, data, big if short == -1 else short, attributes)
        position += size + -size % 8
    assert position == len(body)


class Reachable(Protocol):
    """What a client must know of a local HANA."""

    host: str
    port: int
    hdi_user: str
    hdi_password: str

    @property
    def certificate(self) -> str: ...


class RawClient:
    """A TLS connection to a local HANA; `with` closes it."""

    def __init__(self, hana: Reachable, *, initialise: bool = True) -> None:
        self._hana = hana
        context = ssl.create_default_context(cadata=hana.certificate)
        plain = socket.create_connection((hana.host, hana.port), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname=hana.host)
        self.session_id = 0
        if initialise:
            self.send(INITIALISATION)
            assert len(self._receive(8)) == 8

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, type_: int, *parts: Part, commit: bool = True) -> Reply:
        """Send a request, and return its reply."""
        self.send(message(type_, *parts, commit=commit, session_id=self.session_id))
        return self.reply()

    def reply(self) -> Reply:
        """The next reply; EOFError where the server has hung up."""
        [answer] = self.replies()
        return answer

    def replies(self) -> list[Reply]:
        """The next message, a reply for each of its segments."""
        session_id, _, length, _, count, *_ = HEADER.unpack(self._receive(HEADER.size))
        body = self._receive(length)
        found: list[Reply] = []
        position = 0
        for number in range(1, count + 1):
            size, offset, parts, stated, kind, function = REPLY_SEGMENT.unpack_from(body, position)
            assert (offset, stated) == (position, number)
            answer = Reply(session_id, kind, function)
            read_parts(answer, body[position + REPLY_SEGMENT.size : position + size], parts)
            found.append(answer)
            position += size
        assert position == length
        return found

    def log_on(
        self,
        method: bytes = b"SCRAMPBKDF2SHA256",
        *,
        user: str | None = None,
        password: str | None = None,
        data_format: int = 8,
        client_type: bytes = b"",
    ) -> Reply:
        """AUTHENTICATE and CONNECT; checks the server's proof, and returns the reply to CONNECT."""
        name = (user or self._hana.hdi_user).encode()
        challenge = secrets.token_bytes(64)
        context = b"\x02\x1d" + struct.pack("<h", len(client_type)) + client_type if client_type else b""
        offer = Part(AUTHENTICATION, fields(name, method, challenge))
        first = self.ask(AUTHENTICATE, Part(CLIENTCONTEXT, context), offer)
        chosen, answer = read_fields(first.parts[AUTHENTICATION].data)
        assert chosen == method
        salt, server_challenge, *rounds = read_fields(answer)
        secret = (password or self._hana.hdi_password).encode()
        salted = (
            hashlib.pbkdf2_hmac("sha256", secret, salt, int.from_bytes(rounds[0], "big"))
            if rounds
            else hmac.digest(secret, salt, "sha256")
        )
        key = hashlib.sha256(salted).digest()
        signature = hmac.digest(hashlib.sha256(key).digest(), salt + server_challenge + challenge, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        second = self.ask(
            CONNECT,
            Part(AUTHENTICATION, fields(name, method, fields(proof))),
            Part(CONNECTOPTIONS, struct.pack("<bbi", 23, 3, data_format)),
        )
        if second.kind == 2:
            _, answer = read_fields(second.parts[AUTHENTICATION].data)
            verifier = hmac.digest(salted, salt, "sha256")
            expected = hmac.digest(verifier, challenge + salt + server_challenge, "sha256")
            assert read_fields(answer) == [expected], "the server does not know the password"
            self.session_id = second.session_id
        return second

    def execute(self, sql: str, *, commit: bool = True) -> Reply:
        """EXECUTEDIRECT."""
        return self.ask(EXECUTEDIRECT, Part(COMMAND, sql.encode()), commit=commit)

    def closed(self) -> bool:
        """Whether the server hangs up, having said nothing more."""
        try:
            return self.socket.recv(1) == b""
        except (ConnectionError, ssl.SSLEOFError):
            return True

    def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            chunk = self.socket.recv(length - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data
