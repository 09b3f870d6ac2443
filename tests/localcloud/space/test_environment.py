"""The environment of an app is that of the platform and its buildpack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.space.declared import App, Binding
from localcloud.space.environment import bound_services, environment_of
from localcloud.space.provided import Provided
from tests.localcloud.space.files import write

PROVIDED = {
    "db": Provided("hana", "hdi-shared", ("hana",), {"host": "x"}),
    "other-db": Provided("hana", "schema", (), {"host": "y"}),
    "mail": Provided("user-provided", "", (), {"from": "z"}),
}
TRUST = {"SSL_CERT_FILE": "/trust.pem"}


def test_bound_services_stand_under_their_labels() -> None:
    app = App(
        "shop",
        Path(),
        bindings=(Binding("db", "main"), Binding("other-db"), Binding("gone"), Binding("mail")),
    )
    services = bound_services(app, PROVIDED)
    assert services.keys() == {"hana", "user-provided"}
    first, second = services["hana"]
    assert first == {
        "label": "hana",
        "name": "main",
        "instance_name": "db",
        "binding_name": "main",
        "plan": "hdi-shared",
        "tags": ["hana"],
        "credentials": {"host": "x"},
    }
    assert (second["name"], second["binding_name"]) == ("other-db", None)


@pytest.mark.parametrize(
    ("files", "there"),
    [
        ({"package.json": '{"name": "x"}'}, {"NODE_ENV": "production"}),
        ({"xs-app.json": "{}"}, {"NODE_ENV": "production", "XS_BIND_ADDRESS": "127.0.0.1"}),
        (
            {"requirements.txt": ""},
            {
                "PYTHONUNBUFFERED": "1",
                "FORWARDED_ALLOW_IPS": "*",
                "GUNICORN_CMD_ARGS": "--access-logfile - --bind=127.0.0.1:3000",
            },
        ),
        ({"main.go": ""}, {}),
    ],
)
def test_each_runtime_gets_what_its_buildpack_sets(
    tmp_path: Path, files: dict[str, str], there: dict[str, str]
) -> None:
    app = App("shop", write(tmp_path, files))
    found = environment_of(app, 3000, {}, {}, TRUST)
    told = json.loads(found["VCAP_APPLICATION"])
    assert (told["application_name"], told["uris"]) == ("shop", ["localhost:3000"])
    common = {"PORT": "3000", "VCAP_SERVICES": "{}", "CF_INSTANCE_INDEX": "0", **TRUST}
    assert found == {**common, **there, "VCAP_APPLICATION": found["VCAP_APPLICATION"]}


def test_what_an_app_declares_comes_before_the_buildpack_and_not_before_the_platform(tmp_path: Path) -> None:
    app = App("shop", write(tmp_path, {"package.json": '{"name": "x"}', "requirements.txt": ""}))
    env = {"NODE_ENV": "test", "PORT": "1", "GUNICORN_CMD_ARGS": "--workers 2"}
    found = environment_of(app, 3000, env, {}, {})
    assert (found["NODE_ENV"], found["PORT"]) == ("test", "3000")
    assert found["GUNICORN_CMD_ARGS"] == "--workers 2 --bind=127.0.0.1:3000"
