"""manifest.yml and mtad.yaml deploy what they should; what is wrong with one is said before a push."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tools import deployment, landscape, schema, upload
from tools.landscape import PROJECT

MANIFEST = landscape.manifest()
VALUES = landscape.variables()
APPS = {app["name"]: app for app in MANIFEST["applications"]}
MTAD = yaml.safe_load(deployment.MTAD.read_text())
MODULES = {module["name"]: module for module in MTAD["modules"]}

SERVED = ["myapp", "web"]
"""The apps that answer requests."""
WEB = {
    name: next(process for process in app["processes"] if process["type"] == "web")
    for name, app in APPS.items()
}

Change = Callable[[dict[str, Any]], Any]


def part(document: dict[str, Any], name: str) -> dict[str, Any]:
    """An app of a manifest, or a module of an MTA descriptor."""
    apps: list[dict[str, Any]] = document["applications" if "applications" in document else "modules"]
    return next(app for app in apps if app["name"] == name)


def web(document: dict[str, Any]) -> dict[str, Any]:
    """The approuter, of a manifest or of an MTA descriptor."""
    return part(document, "web")


def db(document: dict[str, Any]) -> dict[str, Any]:
    """The demo schema, of a manifest or of an MTA descriptor."""
    return part(document, "db")


def process(document: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = web(document)["processes"][0]
    return entry


def destination(**changes: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        [entry] = json.loads(web(document)["env"]["destinations"])
        web(document)["env"]["destinations"] = json.dumps([{**entry, **changes}])

    return change


def test_nothing_is_wrong_with_the_manifest() -> None:
    assert schema.complaints_about_manifest(MANIFEST, VALUES) == []


def test_nothing_is_wrong_with_the_manifest_of_the_internal_route() -> None:
    text = deployment.INTERNAL.read_text()
    folder = deployment.INTERNAL.parent
    values = VALUES
    assert schema.complaints_about_manifest(yaml.safe_load(text), values, folder) == []


def test_nothing_is_wrong_with_the_mta_descriptor() -> None:
    assert schema.complaints_about_mtad(MTAD) == []


@pytest.mark.parametrize("feature", ["file-based-vcap-services", "service-binding-k8s"])
def test_bindings_as_files_are_a_feature_that_the_mta_has_as_well(feature: str) -> None:
    document = copy.deepcopy(MANIFEST)
    part(document, "myapp")["features"] = {feature: True}
    assert schema.complaints_about_manifest(document, VALUES) == []
    [mta] = [text for file, text in deployment.written(document, VALUES).items() if file == deployment.MTAD]
    descriptor = yaml.safe_load(mta)
    assert part(descriptor, "myapp")["parameters"]["app-features"] == {feature: True}
    assert schema.complaints_about_mtad(descriptor) == []


def test_what_is_written_from_the_manifest_is_up_to_date() -> None:
    for file, text in deployment.written(MANIFEST, VALUES).items():
        assert file.read_text() == text, f"`make deployment` writes {file.name} anew"


FORMS = {"xsuaa": ["pyuaa"], "ias": ["pyias"], "both": ["pyuaa", "pyias"]}


@pytest.mark.parametrize("form", FORMS)
def test_one_switch_says_who_signs_people_in_everywhere(form: str) -> None:
    values = {**VALUES, "identity": form}
    files = {file.name: text for file, text in deployment.written(MANIFEST, values).items()}
    texts = deployment.written(MANIFEST, values)
    for file in (landscape.MANIFEST, landscape.DOCKER, deployment.INTERNAL):
        document = yaml.safe_load(texts[file])
        for app in document["applications"]:
            expected = [] if app["name"] == "db" else FORMS[form]
            assert [name for name in app["services"] if name != "pyhana"] == expected, file
    manifest = yaml.safe_load(texts[landscape.MANIFEST])
    assert schema.complaints_about_manifest(manifest, values) == []
    descriptor = yaml.safe_load(files["mtad.yaml"])
    assert schema.complaints_about_mtad(descriptor) == []
    assert [each["name"] for each in descriptor["resources"]] == ["pyhana", *FORMS[form]]
    for name in SERVED:
        required = {each["name"] for each in part(descriptor, name)["requires"]}
        assert required >= set(FORMS[form])
        assert required.isdisjoint({"pyuaa", "pyias"} - set(FORMS[form]))
    # The way back is there as well, and comments stay.
    again = landscape.text_with_identity(texts[landscape.MANIFEST], landscape.IDENTITY["xsuaa"])
    assert again == landscape.MANIFEST.read_text()


@pytest.mark.parametrize("form", ["ias", "both"])
def test_the_instance_of_ias_keeps_sessions_alive(form: str) -> None:
    values = {**VALUES, "identity": form}
    files = {file.name: text for file, text in deployment.written(MANIFEST, values).items()}
    parameters = json.loads(files["ias.json"])
    descriptor = yaml.safe_load(files["mtad.yaml"])
    in_mta = part({"modules": descriptor["resources"]}, "pyias")["parameters"]
    assert (in_mta["service"], in_mta["service-plan"]) == ("identity", "application")
    home = f"https://{values['web-host']}.{values['domain']}"
    for oauth, address in (
        (parameters["oauth2-configuration"], home),
        (in_mta["config"]["oauth2-configuration"], "https://${web-host}.${default-domain}"),
    ):
        assert oauth["token-policy"]["access-token-format"] == "jwt"
        assert oauth["redirect-uris"] == [f"{address}/login/callback"]
        assert oauth["post-logout-redirect-uris"] == [f"{address}/public/signed-out.html"]
    assert ("xsuaa-cross-consumption" in parameters) is (form == "both")


@pytest.mark.parametrize("said", ["XSUAA", "", None, ["ias"], {"a": 1}, 7])
def test_a_switch_that_says_something_else_is_complained_about(said: object) -> None:
    found = schema.complaints_about_manifest(MANIFEST, {**VALUES, "identity": said})
    assert any("identity in vars.yml must be one of xsuaa, ias, both" in each for each in found), found


def test_an_app_bound_to_a_service_of_another_form_is_complained_about() -> None:
    found = schema.complaints_about_manifest(MANIFEST, {**VALUES, "identity": "ias"})
    assert "nothing binds the service pyias" in found
    assert "nobody creates the service pyuaa" in found


BAD_MANIFESTS: list[tuple[str, Change]] = [
    ("has buildpack, which nobody knows", lambda d: web(d).update(buildpack="nodejs_buildpack")),
    ("has memory, which nobody knows", lambda d: web(d).update(memory="256M")),
    ("has random-route, which nobody knows", lambda d: web(d).update({"random-route": True})),
    ("has disk-quota, which nobody knows", lambda d: process(d).update({"disk-quota": "1G"})),
    ("must say true or false for some of ssh", lambda d: web(d).update(features={"files": True})),
    ("must say true or false for some of ssh", lambda d: web(d).update(features={"ssh": "yes"})),
    (
        "must not have both file-based-vcap-services and service-binding-k8s",
        lambda d: web(d).update(features={"file-based-vcap-services": True, "service-binding-k8s": True}),
    ),
    ("the manifest has apps, which nobody knows", lambda d: d.update(apps=[])),
    ("the manifest lacks version", lambda d: d.pop("version")),
    ("lacks processes", lambda d: web(d).pop("processes")),
    ("memory of the process web of the app web must be a size", lambda d: process(d).update(memory=256)),
    (
        "instances of the process web of the app web must be a whole",
        lambda d: process(d).update(instances="2"),
    ),
    ("timeout of the process web of the app web must be", lambda d: process(d).update(timeout=300)),
    ("belong together", lambda d: process(d).pop("health-check-http-endpoint")),
    ("belong together", lambda d: process(d).update({"readiness-health-check-type": "process"})),
    ("the process worker of the app web has no line in", lambda d: process(d).update(type="worker")),
    ("((nobody)) has no value", lambda d: web(d)["routes"][0].update(route="((nobody)).example.org")),
    ("the variable web-host is not used", lambda d: web(d)["routes"][0].update(route="web.((domain))")),
    ("is there twice", lambda d: web(d).update(routes=part(d, "myapp")["routes"])),
    ("a host name without a scheme", lambda d: web(d)["routes"][0].update(route="https://((web-host)).a.b")),
    (
        "nothing binds the service pyhana",
        lambda d: [part(d, name).update(services=["pyuaa"]) for name in ("db", "myapp")],
    ),
    ("the app db needs routes, or no-route, and not both", lambda d: db(d).pop("no-route")),
    (
        "the app db needs routes, or no-route, and not both",
        lambda d: db(d).update(routes=[{"route": "db.example.org"}]),
    ),
    ("no-route of the app db must be true, or not be there", lambda d: db(d).update({"no-route": "yes"})),
    (
        "the process job of the app db has no line in db/Procfile",
        lambda d: db(d)["processes"][1].update(type="job"),
    ),
    ("nobody creates the service pyredis", lambda d: web(d)["services"].append("pyredis")),
    ("must be a text, a number or a boolean", lambda d: web(d)["env"].update(COOKIES={"SameSite": "Lax"})),
    ("must be a JSON list", lambda d: web(d)["env"].update(destinations="[{'name': 'myapp'}]")),
    ("no route uses the destination other", destination(name="other")),
    ("asks for the destination myapp, which is not there", destination(name="other")),
    ("asks for the destination myapp, which is not there", lambda d: web(d)["env"].pop("destinations")),
    ("leads to no folder", lambda d: web(d).update(path="website")),
    ("services of the app web must be a list", lambda d: web(d).update(services="pyuaa")),
    (
        "processes of the app web has an entry that must be a mapping",
        lambda d: web(d).update(processes=["web"]),
    ),
    ("host typo.example.org is no route", destination(url="https://typo.example.org")),
]


@pytest.mark.parametrize(("complaint", "change"), BAD_MANIFESTS, ids=[text for text, _ in BAD_MANIFESTS])
def test_a_bad_manifest_is_complained_about(complaint: str, change: Change) -> None:
    document = copy.deepcopy(MANIFEST)
    change(document)
    found = schema.complaints_about_manifest(document, VALUES)
    assert any(complaint in each for each in found), found


BAD_DESCRIPTORS: list[tuple[str, Change]] = [
    ("has processes, which nobody knows", lambda d: web(d).update(processes=[])),
    ("has disk_quota, which nobody knows", lambda d: web(d)["parameters"].update(disk_quota="1G")),
    ("type of the module web must be one of", lambda d: web(d).update(type="node")),
    ("belong together", lambda d: web(d)["parameters"].pop("health-check-type")),
    ("requires pyredis, which nothing provides", lambda d: web(d)["requires"].append({"name": "pyredis"})),
    (
        "for uri, which it does not provide",
        lambda d: web(d)["requires"][1]["properties"].update(url="~{uri}"),
    ),
    (
        "the resource pyhana is required by no module",
        lambda d: [part(d, name)["requires"].pop(0) for name in ("db", "myapp")],
    ),
    (
        "the module myapp is deployed after dp, which is not there",
        lambda d: part(d, "myapp").update({"deployed-after": ["dp"]}),
    ),
    ("myapp-api is provided, and required by no module", lambda d: web(d)["requires"].pop(1)),
    ("${nobody} has no value", lambda d: web(d)["parameters"].update(routes=[{"route": "${nobody}.a.b"}])),
    ("the parameter web-host is not used", lambda d: d.update(modules=d["modules"][:2], resources=[])),
    ("the name pyuaa is there twice", lambda d: d["resources"].append(d["resources"][1])),
    ("has plan, which nobody knows", lambda d: d["resources"][0]["parameters"].update(plan="x")),
    ("the descriptor lacks _schema-version", lambda d: d.pop("_schema-version")),
]


@pytest.mark.parametrize(("complaint", "change"), BAD_DESCRIPTORS, ids=[text for text, _ in BAD_DESCRIPTORS])
def test_a_bad_mta_descriptor_is_complained_about(complaint: str, change: Change) -> None:
    document = copy.deepcopy(MTAD)
    change(document)
    found = schema.complaints_about_mtad(document)
    assert any(complaint in each for each in found), found


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key or number there."""
    entries = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in entries:
        yield document, key
        if isinstance(value, dict | list):
            yield from places(value)


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.dates()
    | st.sampled_from(["((x))", "${x}", "~{x}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
)


@pytest.mark.parametrize("name", ["manifest", "mtad"])
@given(data=st.data())
def test_no_document_is_so_bad_that_a_check_stumbles(name: str, data: st.DataObject) -> None:
    document = {"document": copy.deepcopy(MANIFEST if name == "manifest" else MTAD)}
    holder, key = data.draw(st.sampled_from(list(places(document))).map(tuple))
    holder[key] = data.draw(junk)
    if name == "manifest":
        schema.complaints_about_manifest(document["document"], data.draw(st.just(VALUES) | junk))
    else:
        schema.complaints_about_mtad(document["document"])


def test_the_tutorials_names_are_kept() -> None:
    assert list(APPS) == ["db", "myapp", "web"]
    assert APPS["myapp"]["services"] == ["pyhana", "pyuaa"]
    assert APPS["web"]["services"] == ["pyuaa"]


def test_commands_stand_in_procfiles_alone() -> None:
    """A command in a manifest wins over the Procfile, and sticks over later pushes."""
    assert (PROJECT / "Procfile").read_text().splitlines()[0] == "web: exec gunicorn server:app"
    start = json.loads((PROJECT / "web" / "package.json").read_text())["scripts"]["start"]
    assert (PROJECT / "web" / "Procfile").read_text() == f"web: exec {start}\n"
    assert (PROJECT / "db" / "Procfile").read_text() == "web: npm start\ntask: npm start -- --exit\n"
    assert not [each for app in APPS.values() for each in app["processes"] if "command" in each]


def test_either_app_has_a_second_instance_and_the_schema_s_has_none() -> None:
    assert {name: process["instances"] for name, process in WEB.items()} == {"db": 0, "myapp": 2, "web": 2}


def test_the_schema_is_deployed_by_a_task_before_the_service_that_reads_it() -> None:
    assert APPS["db"]["services"] == ["pyhana"]
    assert list(APPS).index("db") < list(APPS).index("myapp")
    module = MODULES["db"]
    # Of this type the deployer knows that it has no route and no instance, and runs the task `npm start`.
    assert module["type"] == "com.sap.xs.hdi"
    assert [each["name"] for each in module["requires"]] == ["pyhana"]
    assert MODULES["myapp"]["deployed-after"] == ["db"]
    assert "deployed-after" not in MODULES["web"]


def test_whoever_has_a_schema_can_take_the_demo_schema_out() -> None:
    document = {**MANIFEST, "applications": [app for app in MANIFEST["applications"] if app["name"] != "db"]}
    assert schema.complaints_about_manifest(document, VALUES) == []
    descriptor = deployment.mtad(document, VALUES)
    assert [module["name"] for module in descriptor["modules"]] == ["myapp", "web"]
    assert schema.complaints_about_mtad(descriptor) == []
    assert "deployed-after" not in json.dumps(descriptor)


def test_an_app_is_watched_over_http() -> None:
    for process in (WEB[name] for name in SERVED):
        assert process["health-check-type"] == process["readiness-health-check-type"] == "http"
        assert process["health-check-http-endpoint"] == "/health"


def test_the_destination_is_the_route_of_the_app() -> None:
    [destination] = json.loads(APPS["web"]["env"]["destinations"])
    [route] = APPS["myapp"]["routes"]
    assert destination == {"name": "myapp", "url": f"https://{route['route']}", "forwardAuthToken": True}


def test_on_the_internal_route_the_service_has_no_other() -> None:
    document = yaml.safe_load(deployment.INTERNAL.read_text())
    service, router = part(document, "myapp"), part(document, "web")
    assert service["routes"] == [{"route": "((app-host)).apps.internal"}]
    [destination] = json.loads(router["env"]["destinations"])
    assert destination["url"] == "http://((app-host)).apps.internal:8080"
    assert router["routes"] == APPS["web"]["routes"]


@pytest.mark.parametrize("name", SERVED)
def test_an_mta_module_deploys_what_the_manifest_does(name: str) -> None:
    parameters = MODULES[name]["parameters"]
    for key in ("instances", "memory", "health-check-http-endpoint", "readiness-health-check-type"):
        assert parameters[key] == WEB[name][key]
    assert {each["name"] for each in MODULES[name]["requires"]} >= set(APPS[name]["services"])


def test_the_landscape_of_an_mta_is_set_by_an_extension() -> None:
    extension = yaml.safe_load((PROJECT / "deploy" / "cloudfoundry" / "landscape.mtaext").read_text())
    assert extension["extends"] == MTAD["ID"]
    assert extension["_schema-version"] == MTAD["_schema-version"]
    assert extension["parameters"].keys() == MTAD["parameters"].keys()


def test_what_is_uploaded_is_what_runs() -> None:
    files = {file.as_posix() for file in upload.uploaded(PROJECT)}
    assert {file.partition("/")[0] for file in files} == {
        "Procfile",
        "gunicorn.conf.py",
        "policy.toml",
        "requirements.txt",
        "runtime.txt",
        "server.py",
        "tokonoma",
    }
    assert not [file for file in files if "__pycache__" in file]


def test_what_is_uploaded_of_the_router_has_no_packages() -> None:
    files = {file.as_posix() for file in upload.uploaded(PROJECT / "web")}
    assert {file.partition("/")[0] for file in files} == {
        ".npmrc",
        "Procfile",
        "answers.js",
        "bad_requests.js",
        "bindings.js",
        "failures.js",
        "identity.js",
        "log.js",
        "package-lock.json",
        "package.json",
        "preload.js",
        "resources",
        "server.js",
        "sessions.js",
        "xs-app.json",
    }


def test_what_is_uploaded_of_the_schema_has_no_packages() -> None:
    files = {file.as_posix() for file in upload.uploaded(PROJECT / "db")}
    assert {file.partition("/")[0] for file in files} == {
        ".npmrc",
        "Procfile",
        "package-lock.json",
        "package.json",
        "src",
        "undeploy.json",
    }


def test_the_layout_of_an_mta_holds_what_its_descriptor_names(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.argv", ["upload", str(tmp_path / "mta")])
    assert upload.main() == 0
    named = re.findall(r"^ +path: (.+)$", (tmp_path / "mta" / "mtad.yaml").read_text(), re.MULTILINE)
    assert sorted(named) == ["db", "myapp", "web", "xs-security.json"]
    assert all((tmp_path / "mta" / name).exists() for name in named)
    assert (tmp_path / "mta" / "myapp" / "server.py").exists()
    assert not (tmp_path / "mta" / "myapp" / "tests").exists()
    assert not (tmp_path / "mta" / "myapp" / "db").exists()
    assert (tmp_path / "mta" / "db" / "src" / "defaults" / "default_access_role.hdbrole").exists()
