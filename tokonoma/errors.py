"""The errors of the service, and the one table from error to HTTP answer.

    TokonomaError
    ├── ConfigurationError          the service cannot start, or can only start in part
    │   ├── SettingsError           an environment variable has a wrong value
    │   ├── BindingError            a service is not bound, or bound in a shape we cannot use
    │   └── PolicyError             the policy file cannot be used
    ├── AccessError                 the caller is not let in
    │   ├── TokenMissing            no Authorization header at all
    │   ├── TokenInvalid            a header or token that fails any check
    │   ├── ScopeMissing            a good token without the scope asked for
    │   ├── KeysUnavailable         nobody can be checked: no key to check with
    │   ├── CredentialsMissing      on Cumulocity: nothing that says who is asking
    │   ├── CredentialsInvalid      on Cumulocity: the platform does not know them
    │   └── PlatformUnavailable     on Cumulocity: nobody can be checked, it does not answer
    ├── QueryError                  what the caller asks for cannot be answered
    │   ├── QueryInvalid            it is malformed, or beyond a limit
    │   ├── QueryUnsupported        it is legal, and not done here
    │   └── LinkExpired             a next link whose query or grant has changed since
    ├── RequestError                the request is none that can be answered, whatever is asked
    │   ├── RequestInvalid          it is malformed
    │   ├── MethodRefused           what it asks for can only be read
    │   ├── NotAcceptable           it takes no format that there is
    │   ├── ConditionFailed         it has a condition that cannot be met
    │   └── TooMuchAsked            it asks for more than one answer may hold
    │       └── ExportTooLarge      an export of more rows than the policy allows
    ├── DataError                   what was asked for cannot be shown
    │   ├── ObjectUnknown           there is no such thing, for this caller or for anybody
    │   ├── KeyNotUnique            several rows have the key that was asked for
    │   └── CatalogueUnavailable    the schema's tables are not known yet
    └── HanaError                   the database did not answer as it should
        ├── HanaNotBound            there is no usable binding
        ├── HanaUnavailable         nobody answers at its address, or the connection broke
        ├── HanaRefuses             it will not let the service in: password, lock, certificate
        ├── HanaBusy                it, or the pool in front of it, has too much to do
        ├── HanaTimeout             a statement took longer than it may
        ├── HanaForbids             the service's database user lacks a privilege
        ├── HanaObjectChanged       a table or column is not there any more, or not as it was
        ├── HanaCannotCompute       a value is too large, or not of the type that it should be
        └── HanaStatementFailed     it refused a statement that is ours

A message may be shown to any caller: it never carries a secret, an address or another exception's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class TokonomaError(Exception):
    """The root; its message is one sentence in the caller's terms."""


class ConfigurationError(TokonomaError):
    """The service cannot start, or can only start in part."""


class SettingsError(ConfigurationError):
    """An environment variable has a wrong value."""


class BindingError(ConfigurationError):
    """A service is not bound, or bound in a shape that cannot be used."""


class PolicyError(ConfigurationError):
    """The policy file cannot be used; one sentence for each fault, with its line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class AccessError(TokonomaError):
    """The caller is not let in."""

    reason = ""
    """Which check it was, for logs and operators: one of a few fixed texts. No answer has it."""


class TokenMissing(AccessError):
    """No Authorization header at all."""

    def __init__(self) -> None:
        super().__init__(
            "Log in through the application router, or send a bearer token of its identity service."
        )


class TokenInvalid(AccessError):
    """A header or a token that fails a check; which one is for the log, not for the caller."""

    def __init__(self) -> None:
        super().__init__("The bearer token is malformed, expired, or not meant for this application.")


class ScopeMissing(AccessError):
    """A good token without the scope that was asked for."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope {scope}; ask for a role that contains it.")
        self.scope = scope


class KeysUnavailable(AccessError):
    """Nobody can be checked at the moment, because there is no key to check with."""

    def __init__(self) -> None:
        super().__init__("Tokens cannot be checked now: the identity service's keys cannot be fetched.")


class CredentialsMissing(AccessError):
    """Nothing in the request says who is asking."""

    def __init__(self) -> None:
        super().__init__("Send the credentials of a Cumulocity user: Basic, Bearer, or the session's cookie.")


class CredentialsInvalid(AccessError):
    """Credentials that Cumulocity does not know; why is for the log, not for the caller."""

    def __init__(self) -> None:
        super().__init__("The credentials are malformed or expired, or their user has no access here.")


class PlatformUnavailable(AccessError):
    """Nobody can be checked at the moment, because Cumulocity does not answer."""

    def __init__(self) -> None:
        super().__init__("Callers cannot be checked now, because Cumulocity does not answer.")


class QueryError(TokonomaError):
    """What the caller asks for cannot be answered."""


class QueryInvalid(QueryError):
    """A query that is malformed or beyond a limit.

    `option` is the part that is wrong ($filter, @p, …), `position` the place in it, counted from 1.
    """

    def __init__(self, what: str, option: str, position: int) -> None:
        super().__init__(f"{option}, character {position}: {what}.")
        self.option, self.position = option, position


class QueryUnsupported(QueryError):
    """A legal part of a query that is not done here; `name` says which."""

    def __init__(self, name: str, option: str, position: int) -> None:
        super().__init__(f"{option}, character {position}: {name} is not supported.")
        self.name, self.option, self.position = name, option, position


class LinkExpired(QueryError):
    """A next link that was genuine, and does not fit any longer."""

    def __init__(self) -> None:
        super().__init__("This next link has expired; start again with the first page.")


class RequestError(TokonomaError):
    """The request is none that can be answered, whatever is asked for."""


class RequestInvalid(RequestError):
    """A request that is malformed."""


class MethodRefused(RequestError):
    """A method that would change something, or that does not go with the address."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"Only {' and '.join(allowed)} can be used here.")
        self.allowed = tuple(allowed)


class NotAcceptable(RequestError):
    """The caller takes no format that there is."""

    def __init__(self, offered: str) -> None:
        super().__init__(f"Only {offered} can be had here; ask for it in Accept or $format.")


class ConditionFailed(RequestError):
    """A condition that cannot be met."""


class TooMuchAsked(RequestError):
    """More than one answer may hold."""


class ExportTooLarge(TooMuchAsked):
    """An export of more rows than the policy allows; `rows` is how many it does."""

    def __init__(self, rows: int) -> None:
        super().__init__(
            f"This has more than {rows} rows, which is the most that one export of it may have: "
            "narrow it by $filter, or ask for parts by $top and $skip."
        )
        self.rows = rows


class DataError(TokonomaError):
    """What was asked for cannot be shown."""


class ObjectUnknown(DataError):
    """There is no such thing, for this caller or for anybody: the same words for both."""

    def __init__(self) -> None:
        super().__init__("There is nothing of this name here that you may see.")


class KeyNotUnique(DataError):
    """Several rows have the key that was asked for: a fault of the policy file, or of a view."""

    def __init__(self) -> None:
        super().__init__("Several rows have this key; whoever keeps the policy file should choose another.")


class CatalogueUnavailable(DataError):
    """The schema's tables and columns are not known yet."""

    def __init__(self) -> None:
        super().__init__("The list of tables is still being read; try again in a moment.")


class HanaError(TokonomaError):
    """The database did not answer as it should; made from the name of the bound service."""

    sentence: ClassVar[str] = "The HANA service {service!r} did not answer as it should."

    def __init__(self, service: str) -> None:
        super().__init__(self.sentence.format(service=service))


class HanaNotBound(HanaError):
    """There is no usable binding; made from the sentence that says which one was looked for."""

    sentence = "{service}"


class HanaUnavailable(HanaError):
    """Nobody answers at HANA's address, or the connection broke."""

    sentence = (
        "The HANA service {service!r} cannot be reached: check that its instance is running (HANA Cloud "
        "may be stopped for the night) and that it accepts connections from here."
    )


class HanaRefuses(HanaError):
    """HANA answers, but will not let the service in: password, lock, certificate."""

    sentence = (
        "The HANA service {service!r} does not let this application in: check that the binding is "
        "current; a new binding and a restage renew its password and certificate."
    )


class HanaBusy(HanaError):
    """HANA, or the pool in front of it, has too much to do."""

    sentence = "HANA has too much to do; try again in a moment."


class HanaTimeout(HanaError):
    """A statement took longer than it may, and was cancelled."""

    sentence = "HANA took too long for this, and was asked to stop."


_NOT_NOW = "This cannot be read at the moment."
"""Callers are not told whether a privilege is missing or the object is."""


class HanaForbids(HanaError):
    """The service's database user lacks a privilege on what was to be read."""

    sentence = _NOT_NOW


class HanaObjectChanged(HanaError):
    """A table, view or column is not there any more, or not as the catalogue has it."""

    sentence = _NOT_NOW


class HanaCannotCompute(HanaError):
    """A value of a row cannot be computed as the query, or a view that it reads, has it."""

    sentence = (
        "A value that this computes is too large, or cannot be converted: compute less, or narrow the rows."
    )


class HanaStatementFailed(HanaError):
    """HANA refused a statement of this service: a fault of the service."""

    sentence = "HANA refused the statement."


WHO_KNOWS_WHY = "For operators: `python -m tokonoma.doctor` says why, and what to do next."
"""Behind the words of a 503, wherever people may read them."""


@dataclass(frozen=True)
class Answer:
    """How an error is shown: HTTP status, RFC 9457 problem name and title, and extra headers."""

    status: int
    problem: str
    title: str
    challenge: str = ""
    """WWW-Authenticate (RFC 6750 section 3, RFC 7617 section 2)."""
    retry_after: int = 0
    """Seconds, for what passes by itself."""


_CUMULOCITY = 'Basic realm="Cumulocity"'

_ANSWERS: dict[type[BaseException], Answer] = {
    # The tutorial documents 403 for a request without a token.
    TokenMissing: Answer(403, "login-required", "Login required", challenge="Bearer"),
    TokenInvalid: Answer(401, "invalid-token", "Invalid token", challenge='Bearer error="invalid_token"'),
    ScopeMissing: Answer(
        403, "insufficient-scope", "Not allowed", challenge='Bearer error="insufficient_scope"'
    ),
    KeysUnavailable: Answer(503, "keys-unavailable", "Tokens cannot be checked", retry_after=60),
    CredentialsMissing: Answer(401, "login-required", "Login required", challenge=_CUMULOCITY),
    CredentialsInvalid: Answer(401, "invalid-credentials", "Invalid credentials", challenge=_CUMULOCITY),
    PlatformUnavailable: Answer(503, "platform-unavailable", "Callers cannot be checked", retry_after=10),
    QueryInvalid: Answer(400, "query-invalid", "The query is invalid"),
    QueryUnsupported: Answer(501, "query-unsupported", "Not supported"),
    LinkExpired: Answer(410, "link-expired", "The link has expired"),
    RequestInvalid: Answer(400, "request-invalid", "The request is invalid"),
    MethodRefused: Answer(405, "method-refused", "Reading only"),
    NotAcceptable: Answer(406, "not-acceptable", "Not acceptable"),
    ConditionFailed: Answer(412, "condition-failed", "The condition cannot be met"),
    TooMuchAsked: Answer(413, "too-much-asked", "Too much at once"),
    ExportTooLarge: Answer(413, "export-too-large", "The export is too large"),
    KeyNotUnique: Answer(500, "key-not-unique", "The key is not unique"),
    ObjectUnknown: Answer(404, "unknown-object", "Not found"),
    CatalogueUnavailable: Answer(503, "catalogue-unavailable", "The tables are not known yet", retry_after=2),
    HanaNotBound: Answer(503, "hana-not-bound", "HANA is not bound"),
    HanaUnavailable: Answer(503, "hana-unavailable", "HANA is not available", retry_after=10),
    HanaRefuses: Answer(503, "hana-refuses", "HANA does not let the service in"),
    HanaBusy: Answer(503, "hana-busy", "HANA is busy", retry_after=1),
    HanaTimeout: Answer(504, "hana-timeout", "HANA took too long"),
    HanaCannotCompute: Answer(400, "value-not-computed", "A value cannot be computed"),
    HanaStatementFailed: Answer(500, "statement-failed", "Statement failed"),
}
_ANSWERS |= dict.fromkeys(
    (HanaForbids, HanaObjectChanged), Answer(503, "object-unavailable", "Not available now", retry_after=10)
)
UNEXPECTED = Answer(500, "unexpected", "Something went wrong")


def answer_to(error: BaseException) -> Answer:
    """The table's row for the error's class or its nearest ancestor; UNEXPECTED for what is not ours."""
    for kind in type(error).__mro__:
        if kind in _ANSWERS:
            return _ANSWERS[kind]
    return UNEXPECTED
