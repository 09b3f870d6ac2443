"""manifest.yml, and services-manifest.yml beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.space.declared import Binding, HealthCheck, ProjectError
from localcloud.space.manifest import read_manifest
from tests.localcloud.space.files import write


def test_apps_have_folders_commands_routes_services_and_variables(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manifest.yml": """
            version: 1
            defaults: &defaults
              health-check-type: http
            applications:
              - <<: *defaults
                name: shop
                path: src
                command: python shop.py
                routes:
                  - route: shop.example.com/api
                services:
                  - shop-db
                  - {name: shop-uaa, binding_name: door}
                env: {DEBUG: true, LEVEL: 3, EMPTY: , JSON: '{"a": 1}'}
              - name: quiet
                no-route: true
                health-check-type: process
            """
        },
    )
    space = read_manifest(tmp_path / "manifest.yml", {})
    shop, quiet = space.apps
    assert (shop.folder, shop.command, shop.routes) == (
        tmp_path / "src",
        "python shop.py",
        ("shop.example.com/api",),
    )
    assert shop.bindings == (Binding("shop-db"), Binding("shop-uaa", "door"))
    assert shop.env == {"DEBUG": "true", "LEVEL": "3", "EMPTY": "", "JSON": '{"a": 1}'}
    assert shop.health == HealthCheck("http", "/")
    assert (quiet.routes, quiet.health.kind, quiet.folder) == ((), "process", tmp_path)
    assert space.services.keys() == {"shop-db", "shop-uaa"}
    assert space.name == tmp_path.name


def test_processes_say_what_runs_beside_the_web_process(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manifest.yml": """
            applications:
              - name: shop
                processes:
                  - {type: web, command: serve, health-check-type: http, health-check-http-endpoint: /up}
                  - {type: mailer, command: mail, instances: 2}
                  - {type: task, command: once, instances: 0}
              - name: worker
                processes:
                  - {type: web, instances: 0}
                  - {type: worker, instances: 1}
            """
        },
    )
    shop, worker = read_manifest(tmp_path / "manifest.yml", {}).apps
    assert (shop.command, shop.health.path, dict(shop.workers)) == ("serve", "/up", {"mailer": "mail"})
    assert (worker.has_web, dict(worker.workers)) == (False, {"worker": ""})


def test_variables_are_put_in_and_what_has_none_stays(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manifest.yml": """
            applications:
              - name: shop-((stage))
                routes: [{route: ((host)).((domain))}]
                env: {STAGE: ((stage)), OTHER: ((other))}
            """
        },
    )
    [app] = read_manifest(tmp_path / "manifest.yml", {"stage": "dev"}).apps
    assert app.name == "shop-dev"
    assert app.routes == ("((host)).((domain))",)
    assert app.env == {"STAGE": "dev", "OTHER": "((other))"}


def test_an_app_that_only_deploys_tables_is_their_place(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manifest.yml": """
            applications:
              - {name: db, path: db, no-route: true, services: [shop-db]}
              - {name: shop, services: [shop-db], sidecars: [{name: s}]}
              - {name: image, docker: {image: nginx}}
            """,
            "db/package.json": '{"dependencies": {"@sap/hdi-deploy": "^5"}}',
            "db/src/.hdiconfig": "{}",
        },
    )
    space = read_manifest(tmp_path / "manifest.yml", {})
    assert [app.name for app in space.apps] == ["shop"]
    assert space.tables == {"shop-db": tmp_path / "db"}
    deployer, sidecars, image = space.notes
    assert deployer == f"db is not started: what it would deploy is read from {tmp_path / 'db'}"
    assert sidecars == "shop: sidecars are left out"
    assert image == "image is left out: it is a container image"


def test_the_services_manifest_says_what_each_service_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manifest.yml": "applications: [{name: shop, services: [a, b, c, d]}]",
            "services-manifest.yml": """
                create-services:
                - {name: a, broker: hana, plan: hdi-shared, tags: [x]}
                - {name: b, broker: xsuaa, plan: application, parameters: ./security.json}
                - {name: c, broker: xsuaa, plan: application, parameters: '{"xsappname": "other"}'}
                - {name: d, type: credentials, credentials: {key: value}}
                """,
            "security.json": '{"xsappname": "shop"}',
        },
    )
    services = read_manifest(tmp_path / "manifest.yml", {}).services
    assert (services["a"].label, services["a"].plan, services["a"].tags) == ("hana", "hdi-shared", ("x",))
    assert services["b"].parameters == {"xsappname": "shop"}
    assert services["c"].parameters == {"xsappname": "other"}
    assert (services["d"].label, services["d"].credentials) == ("user-provided", {"key": "value"})
    assert "value" not in repr(services["d"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version: 1", "applications is missing or empty"),
        ("applications: {name: x}", "applications must be a list"),
        ("applications: [{path: x}]", "applications no. 1: a name is missing"),
        ('applications: [{name: "\\e[31mx"}]', r"applications no. 1: the name '\x1b[31mx' has characters"),
        ('applications: [{name: x, services: ["\\a"]}]', r"the name '\x07' has characters that cannot"),
        ('applications: [{name: "\\e[31mx", services: y}]', r"applications no. 1: the name '\x1b[31mx' has"),
        ("applications: [{name: x, services: y}]", "applications x: services must be a list"),
        ("applications: [{name: x, services: [1]}]", "applications x: services must be a list of names"),
        ("applications: [{name: x, services: [{}]}]", "applications x: services no. 1: a name is missing"),
        ("applications: [{name: x, env: {A: [1]}}]", "applications x: env: A must be a text: an app's"),
        ("applications: [{name: x, env: [A]}]", "applications x: env: must be a mapping"),
        ("applications: [{name: x, instances: many}]", "applications x: instances must be a number"),
        (
            "applications: [{name: x, health-check-type: luck}]",
            "applications x: health-check-type must be one of",
        ),
        ("applications: [{name: x}, {name: x}]", "there are two apps x"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    write(tmp_path, {"manifest.yml": text})
    with pytest.raises(ProjectError) as refusal:
        read_manifest(tmp_path / "manifest.yml", {})
    assert str(refusal.value).startswith(f"{tmp_path / 'manifest.yml'}: {complaint}")
