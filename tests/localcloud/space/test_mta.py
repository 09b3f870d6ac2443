"""mta.yaml: modules become apps, resources services, and placeholders values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.space.declared import Binding, ProjectError, Space
from localcloud.space.mta import merged, read_mta
from tests.localcloud.space.files import write


def read(folder: Path, text: str, **variables: str) -> Space:
    write(folder, {"mta.yaml": f"ID: shop\nversion: 1.2.3\n{text}"})
    return read_mta(folder / "mta.yaml", variables)


def test_a_project_as_cap_writes_it(tmp_path: Path) -> None:
    write(tmp_path, {"xs-security.json": '{"scopes": [{"name": "$XSAPPNAME.admin"}]}'})
    text = """
modules:
  - name: shop-srv
    type: nodejs
    path: gen/srv
    parameters: {instances: 1, buildpack: nodejs_buildpack, readiness-health-check-type: http}
    provides:
      - name: srv-api
        properties: {srv-url: "${default-url}"}
    requires:
      - name: shop-auth
      - name: shop-db
  - name: shop-db-deployer
    type: hdb
    path: gen/db
    requires:
      - name: shop-db
  - name: shop
    type: approuter.nodejs
    path: app/router
    requires:
      - name: srv-api
        group: destinations
        properties: {name: srv-api, url: "~{srv-url}", forwardAuthToken: true}
      - name: shop-auth
    provides:
      - name: app-api
        properties: {app-protocol: "${protocol}", app-uri: "${default-uri}"}
resources:
  - name: shop-auth
    type: org.cloudfoundry.managed-service
    parameters:
      service: xsuaa
      service-plan: application
      path: ./xs-security.json
      config:
        xsappname: shop-${org}-${space}
        oauth2-configuration:
          redirect-uris:
            - https://*~{app-api/app-uri}/**
    requires:
      - name: app-api
  - name: shop-db
    type: com.sap.xs.hdi-container
    parameters: {service: hana, service-plan: hdi-shared}
"""
    space = read(tmp_path, text)
    srv, router = space.apps
    assert (space.name, [srv.name, router.name]) == ("shop", ["shop-srv", "shop"])
    assert srv.bindings == (Binding("shop-auth"), Binding("shop-db"))
    assert srv.routes == ("shop-srv.localcloud.invalid",)
    assert json.loads(router.env["destinations"]) == [
        {"name": "srv-api", "url": "https://shop-srv.localcloud.invalid", "forwardAuthToken": True}
    ]
    assert space.tables == {"shop-db": tmp_path / "gen" / "db"}
    auth = space.services["shop-auth"]
    assert (auth.label, auth.plan) == ("xsuaa", "application")
    assert auth.parameters == {
        "scopes": [{"name": "$XSAPPNAME.admin"}],
        "xsappname": "shop-local-laptop",
        "oauth2-configuration": {"redirect-uris": ["https://*shop.localcloud.invalid/**"]},
    }
    assert space.services["shop-db"].label == "hana"


def test_properties_become_variables(tmp_path: Path) -> None:
    text = """
parameters: {stage: dev, both: "${stage}-${mta-version}"}
modules:
  - name: srv
    type: nodejs
    parameters: {colour: red, app-name: "srv-${stage}", memory: "${nobody-knows}"}
    properties: {A: "${both}", B: "${colour}", C: {d: ["${stage}"]}, D: true
      , E: "~{conf/list}", F: "~{conf/n} x"}
    requires:
      - name: conf
        properties: {G: "~{n}"}
      - name: conf
        group: many
        properties: {n: "~{n}"}
      - name: conf
        list: many
resources:
  - name: conf
    properties: {list: [1, 2], n: 7}
  - {name: gone, type: org.cloudfoundry.managed-service, active: false}
"""
    [srv] = read(tmp_path, text).apps
    assert srv.name == "srv-dev"
    assert srv.env == {
        "A": "dev-1.2.3",
        "B": "red",
        "C": '{"d": ["dev"]}',
        "D": "true",
        "E": "[1, 2]",
        "F": "7 x",
        "G": "7",
        "many": '[{"n": 7}, {"list": [1, 2], "n": 7}]',
    }
    assert read(tmp_path, text, stage="test").apps[0].env["A"] == "test-1.2.3"


def test_what_is_no_app_and_no_service_is_named(tmp_path: Path) -> None:
    text = """
modules:
  - {name: srv, type: python, parameters: {command: "python a.py", health-check-type: http}}
  - {name: ui, type: html5}
  - {name: content, type: com.sap.application.content}
  - {name: built, type: nodejs, build-parameters: {supported-platforms: []}}
resources:
  - {name: strange, type: com.example.strange}
  - {name: other, type: mta-provided}
"""
    space = read(tmp_path, text)
    assert [(app.name, app.command, app.health.kind) for app in space.apps] == [
        ("srv", "python a.py", "http")
    ]
    assert space.services == {}
    assert space.notes == (
        "strange is left out: a resource of type com.example.strange is no service",
        "ui is left out: a module of type html5 is no app",
        "content is left out: a module of type com.sap.application.content is no app",
        "built is left out: a module of type nodejs is no app",
    )


def test_a_deployer_fills_its_hana_whatever_else_it_is_bound_to(tmp_path: Path) -> None:
    text = """
modules:
  - {name: db, type: hdb, path: db, requires: [{name: uaa}, {name: hdi}]}
  - {name: web, type: html5, path: web, requires: [{name: uaa}]}
resources:
  - {name: uaa, type: com.sap.xs.uaa-space, parameters: {config-path: ./xs-security.json}}
  - {name: hdi, type: com.sap.xs.hdi-container, parameters: {service: hanatrial, service-plan: hdi-shared}}
"""
    write(tmp_path, {"xs-security.json": '{"scopes": []}', "web/xs-app.json": "{}"})
    space = read(tmp_path, text)
    assert space.tables == {"hdi": tmp_path / "db"}
    assert [app.name for app in space.apps] == ["web"]
    assert (space.services["hdi"].label, space.services["hdi"].plan) == ("hana", "hdi-shared")
    assert (space.services["uaa"].plan, space.services["uaa"].parameters) == ("space", {"scopes": []})


def test_an_app_is_where_its_build_has_put_it(tmp_path: Path) -> None:
    text = """
modules:
  - {name: a, type: nodejs, path: src, build-parameters: {build-result: dist}}
  - {name: b, type: java, path: srv, build-parameters: {build-result: "target/*-exec.jar"}}
  - {name: c, type: nodejs, path: src, build-parameters: {build-result: nowhere}}
"""
    write(tmp_path, {"src/dist/server.js": "", "srv/target/b-exec.jar": "", "srv/target/b.jar": ""})
    apps = read(tmp_path, text).apps
    assert [(app.folder.relative_to(tmp_path).as_posix(), app.command) for app in apps] == [
        ("src/dist", ""),
        ("srv/target", "exec java -jar b-exec.jar"),
        ("src", ""),
    ]


def test_a_service_may_have_another_name_and_be_the_users_own(tmp_path: Path) -> None:
    text = """
modules:
  - name: srv
    type: nodejs
    requires:
      - {name: mail, parameters: {binding-name: post}}
      - {name: db}
resources:
  - name: mail
    type: org.cloudfoundry.user-provided-service
    parameters: {config: {from: "${org}"}, service-tags: [t]}
  - {name: db, type: org.cloudfoundry.existing-service, parameters: {service-name: "the-${org}-db"}}
"""
    space = read(tmp_path, text)
    assert space.apps[0].bindings == (Binding("mail", "post"), Binding("the-local-db"))
    mail = space.services["mail"]
    assert (mail.label, mail.credentials, mail.tags) == ("user-provided", {"from": "local"}, ("t",))
    assert space.services["the-local-db"].label == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("modules: []", "modules is missing or empty"),
        ("modules: [{type: nodejs}]", "modules no. 1: a name is missing"),
        ("modules: [{name: a}, {name: b, parameters: {app-name: a}}]", "modules has two of the same name"),
        (
            "modules: [{name: a, requires: [{name: b}]}]",
            "modules a: requires b: nothing in the file provides it",
        ),
        (
            "modules: [{name: a, properties: {B: '${c}'}}]",
            "modules a: ${c} has no value here; --var c=VALUE gives it one",
        ),
        ("modules: [{name: a, properties: {B: '~{c/d}'}}]", "modules a: nothing provides c, of which ~{c/d}"),
        (
            "modules: [{name: a, properties: {B: '~{p/d}'}, provides: [{name: p}]}]",
            "modules a: p provides no d for ~{p/d}",
        ),
        (
            "parameters: {x: '${y}', y: '${x}'}\nmodules: [{name: a, properties: {B: '${x}'}}]",
            "modules a: placeholders stand for each other",
        ),
        ("modules: [{name: a, parameters: [b]}]", "modules a: parameters: must be a mapping"),
        (
            "modules: [{name: a, build-parameters: {build-result: /x}}]",
            "modules a: build-result must be a path",
        ),
        (
            "modules: [{name: a, parameters: {health-check-type: x}}]",
            "modules a: parameters: health-check-type",
        ),
        ("modules: [{name: a}]\nresources: [{type: b}]", "resources no. 1: a name is missing"),
        (
            "modules: [{name: a}]\nresources: [{name: b, type: org.cloudfoundry.managed-service, "
            "parameters: {config: text}}]",
            "resources b: parameters: config: must be a mapping",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ProjectError) as refusal:
        read(tmp_path, text)
    assert str(refusal.value).startswith(f"{tmp_path / 'mta.yaml'}: {complaint}")


def test_a_descriptor_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = """
modules: [{name: a, type: nodejs}]
resources:
  - {name: uaa, type: org.cloudfoundry.managed-service, parameters: {service: xsuaa, path: gone.json}}
"""
    with pytest.raises(ProjectError, match=r"gone\.json: cannot be read"):
        read(tmp_path, text)


def test_of_two_documents_the_upper_one_counts() -> None:
    below = {"a": 1, "b": {"c": 1, "d": [1]}, "e": {"f": 1}}
    above = {"b": {"d": [2]}, "e": 3, "g": {}}
    assert merged(below, above) == {"a": 1, "b": {"c": 1, "d": [2]}, "e": 3, "g": {}}
