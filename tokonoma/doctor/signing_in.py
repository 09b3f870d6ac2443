"""Beside the app: who signs people in, and whether the service takes what they come with.

One finding for each way in which the two apps can be bound.
"""

from __future__ import annotations

from collections.abc import Iterator

from tokonoma.doctor.bound import Binding, Bound
from tokonoma.doctor.cf import CfError, inside
from tokonoma.doctor.checkup import Check, Seen

KINDS = {"xsuaa": "XSUAA", "identity": "IAS"}
"""Labels of identity services, and what people call them."""


class SigningIn:
    """Looks at the identity services of the two apps."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._app, self._router = bound.app, bound.router

    def checks(self) -> list[Check]:
        return [
            Check("cf.identity", self._identity, needs=("cf.apps",), seconds=10),
            Check("cf.tokens", self._tokens, needs=("cf.identity",)),
        ]

    def used(self) -> Binding | None:
        """The binding by which the approuter signs people in; None if it cannot. Raises CfError.

        Of several of a kind it takes none, and of both kinds IAS, unless that names no domain
        (@sap/approuter 23, lib/configuration).
        """
        one = {label: found[0] for label in KINDS if len(found := self._counting(self._router, label)) == 1}
        identity = one.get("identity")
        if identity is not None and ("xsuaa" not in one or _has_domain(identity)):
            return {**identity, "label": "identity"}
        return {**one["xsuaa"], "label": "xsuaa"} if "xsuaa" in one else None

    def is_bound_to_a_certificate(self) -> bool:
        """Whether the tokens that the approuter gets are good with its certificate alone. Raises CfError."""
        used = self.used()
        return used is not None and used["label"] == "identity" and _wants_proof(used)

    def _counting(self, name: str, label: str) -> list[Binding]:
        return self._bound.counting(name, label)

    def _identity(self) -> Iterator[Seen]:
        try:
            yield self._judged()
        except CfError as error:
            yield Seen(str(error), "cf.answer")

    def _judged(self) -> Seen:
        found = {
            name: {label: self._counting(name, label) for label in KINDS}
            for name in (self._app, self._router)
        }
        without = [name for name, each in found.items() if not any(each.values())]
        if without:
            verb = "has" if len(without) == 1 else "have"
            return Seen(f"{' and '.join(without)} {verb} no XSUAA and no IAS", "cf.unbound")
        used = self.used()
        # The service does not start with several of either kind, the approuter only if no other one is left.
        looked_at = [self._app] if used else [self._app, self._router]
        for name in looked_at:
            if several := [label for label, each in found[name].items() if len(each) > 1]:
                told = " and ".join(f"several {KINDS[label]} services" for label in several)
                return Seen(f"{name} is bound to {told}, and no setting names one", "cf.several")
        assert used is not None
        label = used["label"]
        taken = found[self._app][label]
        if not taken:
            other = next(KINDS[each] for each in KINDS if each != label)
            takes = f"{self._app} takes {other}'s tokens alone"
            return Seen(f"{self._router} signs people in with {KINDS[label]}, {takes}", "cf.two_kinds")
        if _instance(taken[0]) != _instance(used):
            sentence = f"{self._app} is bound to {taken[0].get('name')}, {self._router} to {used.get('name')}"
            return Seen(f"{sentence}: two instances of {KINDS[label]}", "cf.two_instances")
        return self._alike(taken[0], used)

    def _alike(self, taken: Binding, used: Binding) -> Seen:
        """Whether the approuter gets tokens that are bound to a certificate where the service wants such."""
        kind = KINDS[used["label"]]
        if used["label"] == "identity" and _wants_proof(taken) and _has_secret(used):
            sentence = f"{self._router} signs in to IAS with a secret, {self._app} has a certificate"
            return Seen(sentence, "cf.credentials")
        return Seen(f"both apps have the same {kind}, {used.get('name')}")

    def _tokens(self) -> Iterator[Seen]:
        """What an instance of IAS has to say of tokens, so that sessions last and XSUAA takes them."""
        used = self.used()
        if used is None or used["label"] != "identity":
            return
        told = self._bound.parameters(used)
        policy = inside(told, "oauth2-configuration", "token-policy")
        if told and policy.get("access-token-format") != "jwt":
            yield Seen(f"{used.get('name')} renews tokens as opaque ones", "cf.opaque")
        exchanges = len(self._counting(self._router, "xsuaa")) == 1
        if told and exchanges and not told.get("xsuaa-cross-consumption"):
            yield Seen(f"{used.get('name')} lacks xsuaa-cross-consumption", "cf.exchange")


def _instance(binding: Binding) -> str:
    return str(binding.get("instance_guid") or binding.get("instance_name") or binding.get("name"))


def _has_domain(binding: Binding) -> bool:
    """Whether an IAS binding names its domains; so it does where nobody tells."""
    known = binding.get("credentials")
    return not isinstance(known, dict) or bool(known.get("domain") or known.get("domains"))


def _has_secret(binding: Binding) -> bool:
    return bool(inside(binding, "credentials").get("clientsecret"))


def _wants_proof(binding: Binding) -> bool:
    """Whether a client signs in by a certificate alone, to which IAS binds its tokens."""
    known = inside(binding, "credentials")
    return bool(known.get("certificate")) and not known.get("clientsecret")
