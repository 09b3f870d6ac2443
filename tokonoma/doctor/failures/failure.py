"""A failure: its likely cause, the next step, and where to read on."""

from __future__ import annotations

from dataclasses import dataclass

# Anchors of docs/troubleshooting.md, and a step that many have.
START = "it-does-not-start"
LOGIN = "after-logging-in-redirect_uri--not-allowed"
TLS = "certificate-errors"
STAGING = "staging-fails"
DOCTOR_ITSELF = "the-doctor"
NO_ROUTE = "404-from-the-platform"
BIND_ANEW = "cf unbind-service, cf bind-service, cf restage"


@dataclass(frozen=True)
class Failure:
    """Something that is wrong, or that may become so."""

    name: str
    """Of two parts: whom it concerns, and what is wrong."""
    cause: str
    next_step: str
    """The next click or command."""
    paragraph: str
    """The anchor of a paragraph of docs/troubleshooting.md."""
    is_problem: bool = True
    """Whether it does not work like that; else it is worth a note."""

    @property
    def link(self) -> str:
        return f"docs/troubleshooting.md#{self.paragraph}"


def note(name: str, cause: str, next_step: str, paragraph: str) -> Failure:
    """A failure that is worth a note."""
    return Failure(name, cause, next_step, paragraph, is_problem=False)
