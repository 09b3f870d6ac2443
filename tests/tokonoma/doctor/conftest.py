"""The doctor, run as an operator would, in the environment of one app."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.ias.local import LocalIas
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.doctor.__main__ import main

PROJECT = Path(__file__).parents[3]
SECRETS = ("password", "hdi_password", "clientsecret", "key", "verificationkey")


@dataclass(frozen=True)
class Report:
    """What the doctor said."""

    code: int
    findings: list[dict[str, str]]

    @property
    def failures(self) -> set[str]:
        """The names of what is wrong or worth a note."""
        return {each["failure"] for each in self.findings if "failure" in each}

    def status(self, name: str) -> set[str]:
        return {each["status"] for each in self.findings if each["name"] == name}

    def detail(self, failure: str) -> str:
        return next(each["detail"] for each in self.findings if each.get("failure") == failure)


@pytest.fixture(scope="session")
def museum(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, seed=PROJECT / "db") as hana:
        yield hana


@pytest.fixture
def ias(authority: Authority) -> Iterator[LocalIas]:
    with LocalIas(authority=authority) as server:
        yield server


Diagnose = Callable[..., Report]


def run_doctor(*arguments: str, secrets: tuple[str, ...] = (), **environment: str) -> Report:
    """Run it in an environment of its own; no secret may be in what it says."""
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    said, disabled = io.StringIO(), logging.root.manager.disable
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        for name in os.environ.keys() - own.keys():
            patch.delenv(name)
        for name, value in {**own, **environment}.items():
            patch.setenv(name, value)
        try:
            code = main(["--json", *arguments])
        finally:
            logging.disable(disabled)
    for secret in secrets:
        assert secret not in said.getvalue()
    return Report(code, json.loads(said.getvalue()))


@pytest.fixture
def diagnose(museum: LocalHana, xsuaa: LocalXsuaa, authority_file: Path) -> Diagnose:
    """`diagnose(hana={"password": "no"})`: the report on a healthy place, but for these credentials."""

    def diagnose(
        *arguments: str,
        hana: Mapping[str, Any] | None = None,
        xsuaa_: Mapping[str, Any] | None = None,
        without: tuple[str, ...] = (),
        **environment: str,
    ) -> Report:
        bound = {
            "pyhana": ("hana", "hdi-shared", {**museum.binding(), **(hana or {})}),
            "pyuaa": ("xsuaa", "application", {**xsuaa.binding(), **(xsuaa_ or {})}),
        }
        services = cloudfoundry.vcap_services({n: b for n, b in bound.items() if n not in without})
        secrets = tuple(
            str(known[key])
            for _, _, known in bound.values()
            for key in SECRETS
            if len(str(known.get(key, ""))) > 5
        )
        given = {
            "VCAP_SERVICES": services,
            "VCAP_APPLICATION": '{"name": "myapp"}',
            "SSL_CERT_FILE": str(authority_file),
            **environment,
        }
        return run_doctor(
            *arguments, secrets=secrets, **{name: value for name, value in given.items() if value}
        )

    return diagnose
