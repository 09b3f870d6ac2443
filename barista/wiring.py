"""The settings of the barista: brokers, topics, identity and limits. Read once, then frozen."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tokonoma.numbers import port_number, whole_number

from .bound_service import BINDER, BINDINGS, properties_of_service
from .properties import Properties

DEFAULT_PORT = "9092"
SCHEMES = {
    "kafka": "PLAINTEXT",
    "kafka+ssl": "SSL",
    "plaintext": "PLAINTEXT",
    "ssl": "SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
    "sasl_ssl": "SASL_SSL",
}
"""What may stand before a broker's address, and the protocol that it asks for."""

SECURITY = (
    "sasl.mechanism",
    "sasl.username",
    "sasl.password",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.key.location",
    "ssl.key.pem",
    "ssl.key.password",
)
"""The options of `spring.cloud.stream.kafka.binder.configuration` that librdkafka gets."""

MIN_PASSWORD = 16
"""Characters of the operator's password: nothing slows down those who guess."""
_PASSWORD = ("PLAIN", "SCRAM-")
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[A-Za-z_+]+)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?/?"
)
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
_NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,249}")


class WiringError(ValueError):
    """The wiring is incomplete or wrong. One sentence a line says what; no value is quoted."""


@dataclass(frozen=True)
class Wiring:
    """Brokers, topics, identity and limits."""

    brokers: str
    """host:port, separated by commas."""
    orders: str
    hot: str
    cold: str
    dead: str
    """Where orders go for which there is no drink."""
    group: str
    transactional_id: str
    """Stable for an instance, different for each: a restarted one ends what the killed one had begun."""
    instance: str
    """The number of this instance, from the platform; empty where it gives none."""
    latest: bool
    """Whether a new group begins with the orders to come, not with the oldest."""
    security: Mapping[str, str] = field(repr=False)
    operator: str = field(repr=False)
    """The actuator's operator, `name:password`; empty when there is none."""
    host: str
    port: int
    batch_orders: int
    batch_ms: int
    transaction_s: int
    """Seconds after which the broker aborts an open transaction that makes no progress."""
    stuck_s: int
    """Seconds that the loop may stand still and count as alive."""
    logs: str

    @classmethod
    def read(cls, arguments: Sequence[str], environ: Mapping[str, str]) -> Wiring:
        """Read it from the command line, the environment, and the bound service.

        Raises WiringError with one sentence for each property that is missing or wrong, PropertiesError or
        tokonoma.errors.BindingError when a source cannot be read.
        """
        first = Properties.read(arguments, environ)
        service = first["barista.kafka.service"]
        given = Properties.read(arguments, environ, properties_of_service(environ, service))
        reader = _Reader(given)
        brokers, protocol = reader.brokers()
        orders = reader.topic("orders")
        hot, cold = reader.topic("hot.drink"), reader.topic("cold.drink")
        group = given[f"{BINDINGS}.orders.group"] or given["spring.cloud.application.group"] or "barista"
        reader.check_name(group, f"{BINDINGS}.orders.group")
        dead = given["spring.cloud.stream.kafka.bindings.orders.consumer.dlq.name"]
        dead = reader.valid_topic(dead or f"error.{orders}.{group}", "the dead-letter topic")
        if orders and orders in (hot, cold, dead):
            reader.wrong.append("The topic of the orders is also one that is written to: that is a circle.")
        port = reader.number(
            ("management.server.port", "server.port", "port"), default=8080, low=1, high=65535
        )
        instance = given["spring.cloud.stream.instance.index"] or given["instance.index"]
        instance = instance or given["cf.instance.index"]
        reader.check_name(instance or "0", "spring.cloud.stream.instance-index")
        prefix = given[f"{BINDER}.transaction.transaction.id.prefix"] or f"barista-{group}-"
        reader.check_name(prefix, f"{BINDER}.transaction.transaction-id-prefix")
        wiring = cls(
            brokers=brokers,
            orders=orders,
            hot=hot,
            cold=cold,
            dead=dead,
            group=group,
            # Two on one host have different ports, and a restarted one has its old.
            transactional_id=prefix + (instance or f"{socket.gethostname()}-{port}"),
            instance=instance,
            latest=reader.choice(
                "spring.cloud.stream.kafka.bindings.orders.consumer.start.offset", ("earliest", "latest")
            )
            == "latest",
            security=reader.security(protocol),
            operator=reader.operator(),
            host=given["management.server.address"] or given["server.address"] or "0.0.0.0",  # noqa: S104 - probes come from outside the container
            port=port,
            batch_orders=reader.number(("barista.batch.orders",), default=50_000, low=1, high=100_000),
            batch_ms=reader.number(("barista.batch.ms",), default=250, low=0, high=5_000),
            # Longer than a broker takes for a restart: better we end our transaction than the broker does.
            transaction_s=reader.number(("barista.transaction.s",), default=60, low=10, high=900),
            stuck_s=reader.number(("barista.stuck.s",), default=60, low=15, high=3_600),
            logs=reader.choice("barista.logs", ("auto", "json", "text")),
        )
        if reader.wrong:
            raise WiringError("\n".join(reader.wrong))
        return wiring

    def clients(self) -> dict[str, str | int]:
        """The options of librdkafka that consumer and producer share."""
        return {"bootstrap.servers": self.brokers, **self.security}


class _Reader:
    """Reads values, and collects a sentence for each that is missing or wrong."""

    def __init__(self, given: Properties) -> None:
        self._given = given
        self.wrong: list[str] = []

    def topic(self, binding: str) -> str:
        name = f"{BINDINGS}.{binding}.destination"
        text = self._given[name]
        if not text:
            self.wrong.append(f"{name} is missing: the topic of the channel {binding!r}.")
            return ""
        return self.valid_topic(text, name)

    def valid_topic(self, text: str, name: str) -> str:
        if not _TOPIC.fullmatch(text):
            self.wrong.append(
                f"{name} is no topic: up to 249 letters, digits, dots, underscores and dashes make one."
            )
        return text

    def check_name(self, text: str, name: str) -> None:
        if not _NAME.fullmatch(text):
            self.wrong.append(f"{name} is no name: up to 249 characters that can be written make one.")

    def brokers(self) -> tuple[str, str]:
        """The addresses as librdkafka wants them, and the protocol that their schemes ask for."""
        name = f"{BINDER}.brokers"
        texts = self._given.items(name) or self._given.items("spring.kafka.bootstrap.servers")
        if not texts:
            self.wrong.append(f"{name} is missing: host:port of at least one Kafka broker.")
        port = self._given[f"{BINDER}.default.broker.port"] or DEFAULT_PORT
        addresses, protocols = [], set()
        for place, text in enumerate(texts, 1):
            found = _ADDRESS.fullmatch(text)
            scheme = (found["scheme"] or "").lower() if found else ""
            number = (found["port"] or port) if found else ""
            if not found or (scheme and scheme not in SCHEMES) or port_number(number) is None:
                schemes = ", ".join(f"{each}://" for each in SCHEMES)
                self.wrong.append(f"{name}: address {place} is not host:port; before it may stand {schemes}.")
                continue
            addresses.append(f"{found['host']}:{number}")
            if scheme:  # one before the first speaks for all
                protocols.add(SCHEMES[scheme])
        if len(protocols) > 1:
            self.wrong.append(f"{name}: the addresses have different schemes.")
        return ",".join(addresses), next(iter(protocols), "")

    def security(self, protocol: str) -> dict[str, str]:
        prefix = f"{BINDER}.configuration"
        found = {key: value for key in SECURITY if (value := self._given[f"{prefix}.{key}"])}
        protocol = self._given[f"{prefix}.security.protocol"].upper() or protocol
        if not protocol and "sasl.username" in found:
            protocol = "SASL_SSL"  # a password does not travel in the open unless somebody says so
        if protocol:
            if protocol not in SCHEMES.values():
                protocols = ", ".join(sorted(set(SCHEMES.values())))
                self.wrong.append(f"{prefix}.security.protocol must be one of {protocols}.")
            found["security.protocol"] = protocol
        if protocol.startswith("SASL") and found.setdefault("sasl.mechanism", "PLAIN").startswith(_PASSWORD):
            missing = [key for key in ("sasl.username", "sasl.password") if key not in found]
            self.wrong += [f"{prefix}.{key} is missing: {protocol} asks for it." for key in missing]
        return found

    def operator(self) -> str:
        """Name and password of the actuator's operator, from Spring's own properties; empty without one."""
        name, password = (self._given[f"spring.security.user.{each}"] for each in ("name", "password"))
        if not password:
            return ""
        if len(password) < MIN_PASSWORD or not _NAME.fullmatch(password):
            self.wrong.append(
                f"spring.security.user.password is no password: {MIN_PASSWORD} to 249 characters make one."
            )
        self.check_name(name or "user", "spring.security.user.name")
        if ":" in name:
            self.wrong.append("spring.security.user.name has a colon, which would end it.")
        return f"{name or 'user'}:{password}"

    def number(self, names: Sequence[str], *, default: int, low: int, high: int) -> int:
        name = next((name for name in names if self._given[name]), names[0])
        text = self._given[name] or str(default)
        number = whole_number(text, low, high)
        if number is None:
            self.wrong.append(f"{name} must be a whole number from {low} to {high}.")
            return default
        return number

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        text = self._given[name] or choices[0]
        if text not in choices:
            self.wrong.append(f"{name} must be one of {', '.join(choices)}.")
        return text
