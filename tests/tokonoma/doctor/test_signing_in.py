"""Every way in which the two apps can be bound to identity services: healthy, or one true sentence."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.cloudfoundry import PROJECT
from localcloud.ias.local import LocalIas
from localcloud.xsuaa.local import LocalXsuaa
from tests.programs import TOOLS, needs_node
from tests.tokonoma.doctor.fake_cf import InProcess, Space, binding
from tokonoma.bindings import platform_environment
from tokonoma.doctor.bound import Bound
from tokonoma.doctor.checkup import Seen
from tokonoma.doctor.signing_in import SigningIn
from tokonoma.errors import BindingError
from tokonoma.platforms import cloud_foundry
from tokonoma.settings import Settings

WAYS = ("-", "x", "i", "xi", "xx", "ii", "xxi", "xii")
"""What an app is bound to: nothing, an XSUAA, an IAS …"""
U, S, K, OK = "cf.unbound", "cf.several", "cf.two_kinds", ""
# A row for each way of myapp, in it a column for each way of web. Of two of a kind the approuter takes none.
JUDGED = {
    "-": (U, U, U, U, U, U, U, U),
    "x": (U, OK, K, K, S, S, K, OK),
    "i": (U, K, OK, OK, S, S, OK, K),
    "xi": (U, OK, OK, OK, S, S, OK, OK),
    **dict.fromkeys(("xx", "ii", "xxi", "xii"), (U, S, S, S, S, S, S, S)),
}


def bindings(way: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for letter in way.replace("-", ""):
        label, domain = ("xsuaa", {}) if letter == "x" else ("identity", {"domain": "example.com"})
        of_kind = found.setdefault(label, [])
        of_kind.append(
            binding(label, f"{label}-{len(of_kind)}", "application", clientsecret="Geheim", **domain)
        )
    return found


def space(myapp: str, web: str, **variables: str) -> Space:
    made = Space()
    for name, way in (("myapp", myapp), ("web", web)):
        services = made.services(name)
        services.pop("xsuaa")
        services.update(bindings(way))
        made.paths[f"/v3/apps/{name}-guid/env"]["environment_variables"] |= variables
    return made


def judged(made: Space) -> list[Seen]:
    bound = Bound(InProcess(made), "myapp", "web", {"myapp": "myapp-guid", "web": "web-guid"})
    [check] = [each for each in SigningIn(bound).checks() if each.name == "cf.identity"]
    return list(check.look())


def test_every_way_is_healthy_or_one_sentence() -> None:
    found = {
        myapp: tuple(seen.failure for web in WAYS for seen in judged(space(myapp, web))) for myapp in WAYS
    }
    assert found == JUDGED


def test_the_sentence_is_the_same_for_files() -> None:
    for myapp in ("x", "i", "xi", "xx"):
        for web in ("x", "i", "xi", "xxi"):
            files = space(myapp, web)
            files.as_files("myapp")
            files.as_files("web", "SERVICE_BINDING_ROOT")
            assert judged(files) == judged(space(myapp, web))


@pytest.mark.parametrize("way", WAYS)
def test_the_service_starts_with_what_is_healthy_and_with_nothing_else(
    way: str, monkeypatch: pytest.MonkeyPatch, xsuaa: LocalXsuaa, ias: LocalIas
) -> None:
    services = bindings(way)
    for label, known in (("xsuaa", xsuaa.binding()), ("identity", ias.binding())):
        for each in services.get(label, []):
            each["credentials"] = known
    monkeypatch.setenv("VCAP_SERVICES", json.dumps(services))
    monkeypatch.delenv("VCAP_APPLICATION", raising=False)
    try:
        gate = cloud_foundry.gate({}, platform_environment(), Settings())
    except BindingError:
        assert set(JUDGED[way]) <= {U, S}
    else:
        kinds = {"xsuaa": "x", "ias": "i"}
        assert "".join(kinds[kind] for kind in gate.kinds) == way
        assert OK in JUDGED[way]


@pytest.mark.parametrize("way", WAYS)
def test_the_approuter_starts_where_somebody_can_sign_in(way: str) -> None:
    needs_node()
    done = subprocess.run(
        ["node", "-e", "require('./identity.js').need()"],
        cwd=PROJECT / "web",
        env={
            "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
            "VCAP_SERVICES": json.dumps(tagged(bindings(way))),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    starts = any(row[WAYS.index(way)] in (OK, K) for row in JUDGED.values())
    assert (done.returncode == 0) is starts, done.stderr
    assert ("Nobody can sign in" in done.stderr) is not starts


def tagged(services: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """With the tags of real bindings, by which the approuter knows XSUAA."""
    return {
        label: [{**each, "tags": ["xsuaa"] if label == "xsuaa" else []} for each in found]
        for label, found in services.items()
    }


Change = Callable[[Space], object]


def credentials(name: str, label: str, **changes: str) -> Change:
    return lambda made: made.services(name)[label][0].update(credentials=changes)


X509 = {"certificate": "-----BEGIN CERTIFICATE-----", "key": "k", "domain": "example.com"}


@pytest.mark.parametrize(
    ("made", "change", "failure"),
    [
        (space("xx", "xx", TOKONOMA_XSUAA_SERVICE="xsuaa-1", UAA_SERVICE_NAME="xsuaa-1"), None, OK),
        (
            space("xx", "xx", TOKONOMA_XSUAA_SERVICE="xsuaa-0", UAA_SERVICE_NAME="xsuaa-1"),
            None,
            "cf.two_instances",
        ),
        (space("ii", "ii", TOKONOMA_IDENTITY_SERVICE="identity-1", IAS_SERVICE_NAME="identity-1"), None, OK),
        (space("xi", "xi", UAA_SERVICE_NAME="none"), None, OK),
        (space("x", "xi", IAS_SERVICE_NAME="none"), None, OK),
        (space("xi", "xi"), credentials("web", "identity", clientsecret="s"), OK),
        (space("i", "xi"), credentials("web", "identity", clientsecret="s"), K),
        (space("xx", "x"), lambda made: made.services("myapp")["xsuaa"][0].update(name="pyuaa"), OK),
        (
            space("xx", "x"),
            lambda made: made.services("myapp")["xsuaa"][1].update(name="pyuaa"),
            "cf.two_instances",
        ),
        (
            space("i", "i"),
            lambda made: made.services("web")["identity"][0].update(instance_guid="o"),
            "cf.two_instances",
        ),
        (space("i", "i"), credentials("myapp", "identity", **X509), "cf.credentials"),
        (space("i", "i"), credentials("web", "identity", **X509), OK),
    ],
)
def test_names_instances_and_credentials_count(made: Space, change: Change | None, failure: str) -> None:
    if change:
        change(made)
    [seen] = judged(made)
    assert seen.failure == failure


def test_services_of_ones_own_count_by_what_they_say() -> None:
    made = space("i", "-")
    own = binding("user-provided", "own", "")
    own["credentials"] = {"label": "identity", "clientsecret": "s", "domain": "example.com"}
    own["instance_guid"] = "identity-0-guid"
    made.services("web")["user-provided"] = [own]
    [seen] = judged(made)
    assert seen == Seen("both apps have the same IAS, own")
