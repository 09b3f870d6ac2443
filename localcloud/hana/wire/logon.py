"""The logon, from the first message to a known user: [DBCONNECTINFO], AUTHENTICATE, CONNECT."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from localcloud.hana.errors import (
    AUTHENTICATION_FAILED,
    INVALID_MESSAGE,
    PARSE_ERROR,
    HanaError,
    not_supported,
)
from localcloud.hana.model import FunctionCode
from localcloud.hana.releases import DEFAULT_LINE, RELEASES, Release

from . import fields
from .constants import ConnectOption, DatabaseInfoOption, FeatureFlag, MessageType, PartKind
from .driver import Driver, recognised
from .framing import Request, part
from .replies import Reply
from .scram import CHALLENGE_LENGTH, METHODS, PBKDF2, PasswordStore, Verifier, normalised

DATABASE = "LOCAL"
DATABASE_INFO = Reply(
    FunctionCode.NIL,
    [part(PartKind.DBCONNECTINFO, 1, fields.write_options({DatabaseInfoOption.IS_CONNECTED: True}))],
)
"""The answer to DBCONNECTINFO: the client is connected to the database it names, whatever that is."""

_LONGEST_CHALLENGE = 1024


@dataclass(frozen=True, slots=True)
class _Handshake:
    """What AUTHENTICATE settled, for CONNECT to complete."""

    user: str
    method: str
    verifier: Verifier
    known: bool
    client_challenge: bytes
    server_challenge: bytes


class Logon:
    """The exchange of one client; `user` is set once it has succeeded.

    `answer` raises HanaError; after any of its errors the connection is of no more use.
    """

    def __init__(
        self,
        users: PasswordStore,
        connection_id: int,
        *,
        reject: bool = False,
        release: Release = RELEASES[DEFAULT_LINE],
    ) -> None:
        self.user: str | None = None
        self.driver = Driver()
        """Known once the logon has succeeded."""
        self._users = users
        self._connection_id = connection_id
        self._reject = reject
        self._release = release
        self._handshake: _Handshake | None = None
        self._context: dict[int, fields.ReadValue] = {}

    def answer(self, request: Request) -> Reply:
        """Take the next step."""
        self._context |= _options(request, PartKind.CLIENTCONTEXT)
        match request.type:
            case MessageType.DBCONNECTINFO:
                return DATABASE_INFO
            case MessageType.AUTHENTICATE:
                return self._authenticate(request)
            case MessageType.CONNECT:
                return self._connect(request)
            case _:
                raise HanaError(INVALID_MESSAGE, "protocol error: not logged on")

    def _authenticate(self, request: Request) -> Reply:
        name, *offers = fields.read_authentication(request.data(PartKind.AUTHENTICATION))
        offered = {
            method.decode("ascii", "replace"): challenge
            for method, challenge in zip(offers[::2], offers[1::2], strict=False)
        }
        method = next((method for method in METHODS if method in offered), None)
        if method is None:
            raise not_supported("logon by " + (", ".join(offered) or "no method at all"))
        challenge = offered[method]
        if not 0 < len(challenge) <= _LONGEST_CHALLENGE:
            raise _malformed()
        user = _user_name(name)
        verifier, known = self._users.verifier(user, method)
        handshake = _Handshake(
            user, method, verifier, known, challenge, secrets.token_bytes(CHALLENGE_LENGTH)
        )
        self._handshake = handshake
        answer = [verifier.salt, handshake.server_challenge]
        if method == PBKDF2:
            answer.append(verifier.rounds.to_bytes(4, "big"))
        return Reply(FunctionCode.NIL, [_authentication(method, answer)])

    def _connect(self, request: Request) -> Reply:
        handshake, self._handshake = self._handshake, None
        if handshake is None:
            raise HanaError(INVALID_MESSAGE, "protocol error: CONNECT without AUTHENTICATE")
        given = fields.read_authentication(request.data(PartKind.AUTHENTICATION))
        if len(given) != 3 or _user_name(given[0]) != handshake.user:
            raise _malformed()
        proofs = fields.read_authentication(given[2])
        challenges = handshake.server_challenge, handshake.client_challenge
        accepted = handshake.verifier.accepts(proofs[0] if proofs else b"", *challenges)
        if not accepted or not handshake.known or self._reject:
            raise HanaError(AUTHENTICATION_FAILED, "authentication failed")
        options = _options(request, PartKind.CONNECTOPTIONS)
        self.driver = recognised(self._context, options)
        self.user = normalised(handshake.user)
        answer = self._connect_options()
        return Reply(
            # Not FunctionCode.CONNECT, which JDBC takes for the statement CONNECT, and Rust refuses.
            FunctionCode.NIL,
            [
                _authentication(handshake.method, [handshake.verifier.proof(*challenges)]),
                part(PartKind.CONNECTOPTIONS, len(answer), fields.write_options(answer)),
            ],
        )

    def _connect_options(self) -> dict[int, fields.OptionValue | fields.Bigint]:
        """The options of this server; a client takes every option that is not named for unsupported."""
        return {
            ConnectOption.CONNECTION_ID: self._connection_id,
            ConnectOption.FULL_VERSION: self._release.full,
            ConnectOption.DATABASE_NAME: DATABASE,
            ConnectOption.SYSTEM_ID: DATABASE[:3],
            ConnectOption.DATA_FORMAT_VERSION: self.driver.version,
            ConnectOption.DATA_FORMAT_VERSION2: self.driver.version,
            ConnectOption.COMPLETE_ARRAY_EXECUTION: True,
            ConnectOption.LARGE_BULK_OPERATIONS: True,
            ConnectOption.LARGE_NUMBER_OF_PARAMETERS: True,
            ConnectOption.SELECT_FOR_UPDATE: True,
            ConnectOption.SPLIT_BATCH_COMMANDS: True,
            ConnectOption.USE_TRANSACTION_FLAGS_ONLY: True,
            ConnectOption.IGNORE_UNKNOWN_PARTS: True,
            ConnectOption.QUERY_TIMEOUT: True,
            ConnectOption.FLAG_SET_1: FeatureFlag.SAVEPOINT_SQL,
            # Said, not left out: some clients compress unless they are told not to.
            ConnectOption.COMPRESSION_LEVEL_AND_FLAGS: 0,
            # Off, so that clients do not open connections of their own accord.
            ConnectOption.CLIENT_DISTRIBUTION_MODE: 0,
            ConnectOption.DISTRIBUTION_PROTOCOL_VERSION: 1,
        }


def _options(request: Request, kind: PartKind) -> dict[int, fields.ReadValue]:
    """The options of a part that need not be there."""
    return fields.read_options(request.data(kind)) if kind in request.parts else {}


def _authentication(method: str, answer: list[bytes]) -> bytes:
    data = fields.write_authentication([method.encode(), fields.write_authentication(answer)])
    return part(PartKind.AUTHENTICATION, 1, data)


def _user_name(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _malformed() from None


def _malformed() -> HanaError:
    return HanaError(PARSE_ERROR, "protocol error: malformed authentication")
