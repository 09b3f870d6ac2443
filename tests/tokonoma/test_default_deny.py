"""Who has no role of the policy sees nothing, whatever the URL, the option, the header or the body.

The same answer comes for what there is and for what there is not. Every rule of the app is asked, so that a
new door without a guard or a grant fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tokonoma.app import create_app

SECRET = "Tsubaki"
"""What nobody without a role may ever get to see: a name, a column, a value and a label at once."""
POLICY = f"""\
[roles]
viewer = {{ xsuaa = "$XSAPPNAME.Display" }}
[objects.{SECRET}]
label = "{SECRET} label"
grants = [{{ role = "viewer" }}]
"""
OPEN = {
    "/health",
    "/actuator/health",
    "/actuator/health/liveness",
    "/actuator/health/readiness",
    "/actuator/info",
    "/assets/<name>",
}
"""What answers whoever asks, without a word about data."""
FOR_ALL = {"/", "/me", "/data/", "/odata", "/odata/<anything:rest>"}
"""What answers everybody who is logged in: the time, themselves, and lists in which there may be nothing."""
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
PAGES = ("data/{0}", "data/{0}/1", "take/{0}", "filter/{0}", "pictures/{0}")
"""Pages about one object."""
PAGE_OPTIONS = (
    *("", "sort={0}", "sort=-V", "columns={0}", "columns=V", "{0}.is=1", "V.contains=a", "V.null=yes"),
    *("filter={0}%20eq%201", "size=25", "size=7", "at=abc", "column=V&operator=is&value=1", "nope=1", "go=1"),
)
PATHS = (
    *("{0}", "{0}(1)", "{0}('1')", "{0}(@k)?@k=1", "{0}/$count", "{0}(1)/{0}", "{0}(1)/{0}/$value", "{0}()"),
    *("{0}/$ref", "{0}(1)/$ref", "{0}/$filter(true)", "{0}(1)/nope", "$entity?$id={0}(1)", "$all"),
    *("$crossjoin({0})", "$metadata/{0}", "{0}%2F$count", "{0}%28", "{0}/$query", "{0}(1"),
)
OPTIONS = (
    *("$top=1", "$skip=1", "$count=true", "$select=*", "$select={0}", "$filter={0} eq 1", "$orderby={0}"),
    *("$format=json", "$format=xml", "$format=application/json;odata.metadata=full", "$skiptoken=abc"),
    *("$search={0}", "$expand={0}", "$apply=groupby(({0}))", "$compute=1 as x", "$schemaversion=*"),
    *("$filter=@x&@x={0}", "top=1", "FILTER=1 eq 1", "$levels=1", "$index=1", "$deltatoken=1", "$id={0}(1)"),
)


@pytest.fixture(scope="module")
def stocked(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, schema="ALCOVE") as hana:
        connection = connect(hana.binding(), owner=True)
        cursor = connection.cursor()
        cursor.execute(f'CREATE COLUMN TABLE "{SECRET}" ("{SECRET}" INTEGER PRIMARY KEY, V NVARCHAR(20))')
        cursor.execute(f"INSERT INTO \"{SECRET}\" VALUES (1, '{SECRET}')")
        connection.commit()
        connection.close()
        yield hana


@pytest.fixture(scope="module")
def app(
    authority_file: Path, stocked: LocalHana, xsuaa: LocalXsuaa, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One service for all of these tests."""
    file = tmp_path_factory.mktemp("policy") / "policy.toml"
    file.write_text(POLICY)
    services = {
        "pyhana": ("hana", "hdi-shared", stocked.binding()),
        "pyuaa": ("xsuaa", "application", xsuaa.binding()),
    }
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VCAP_SERVICES", cloudfoundry.vcap_services(services))
        environment.setenv("VCAP_APPLICATION", json.dumps({"name": "myapp"}))
        environment.setenv("SSL_CERT_FILE", str(authority_file))
        environment.setenv("TOKONOMA_POLICY", str(file))
        yield create_app()


Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(client: FlaskClient, xsuaa: LocalXsuaa) -> Ask:
    """Asks as somebody with scopes: status and everything that came, as text."""

    def ask(path: str, *scopes: str, method: str = "GET", body: str = "", **headers: str) -> tuple[int, str]:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields["Authorization"] = f"Bearer {xsuaa.token('carol', scopes=['openid', *scopes])}"
        answer = client.open(
            path, method=method, data=body, headers=fields, environ_overrides={"RAW_URI": path}
        )
        fixed = [f"{name}: {value}" for name, value in answer.headers if name in ("ETag", "Allow", "Vary")]
        return answer.status_code, "\n".join([answer.text, *fixed])

    return ask


def addresses(app: Flask, name: str) -> dict[str, str]:
    """By rule of the app, every one: an address with a name in all of its places."""
    return {rule.rule: re.sub(r"<[^>]*>", name, rule.rule) for rule in app.url_map.iter_rules()}


def test_without_a_token_every_rule_of_the_app_is_closed_that_is_not_open(
    app: Flask, client: FlaskClient
) -> None:
    """A new door that nobody guards fails here."""
    for rule, address in addresses(app, SECRET).items():
        for method in METHODS:
            answer = client.open(address, method=method, environ_overrides={"RAW_URI": address})
            allowed = {200, 404, 405, 503} if rule in OPEN else {403, 405}
            if method == "OPTIONS":
                allowed.add(200)  # Flask's own, which says the methods and has no body
                assert answer.status_code != 200 or not answer.data
            assert answer.status_code in allowed, (method, address, answer.text)
            assert SECRET not in answer.text


@pytest.mark.parametrize("scopes", [(), ("Display",), ("other!t1.Display",)])
def test_without_a_role_no_rule_of_the_app_tells_what_there_is(
    app: Flask, ask: Ask, scopes: tuple[str, ...]
) -> None:
    """A new door without a grant fails here: what is not open, and not for all, refuses."""
    unknown = addresses(app, "Nothing")
    for rule, address in addresses(app, SECRET).items():
        for method in METHODS:
            found = ask(address, *scopes, method=method)
            assert SECRET not in found[1]
            assert found[0] == ask(unknown[rule], *scopes, method=method)[0]
            if rule not in OPEN | FOR_ALL and method in ("GET", "HEAD"):
                assert found[0] in (403, 404), (method, address, found)


def test_with_the_role_it_can_be_seen(ask: Ask) -> None:
    """Else the tests below would pass for the wrong reason."""
    for path in (
        "odata/",
        "odata/$metadata",
        "odata/{0}",
        "odata/{0}(1)",
        "odata/{0}/$count",
        "data/{0}.csv",
        *PAGES,
    ):
        assert ask(f"/{path.format(SECRET)}", "$XSAPPNAME.Display")[0] == 200
    assert SECRET in ask(f"/odata/{SECRET}", "$XSAPPNAME.Display")[1]


@pytest.mark.parametrize("scopes", [(), ("$XSAPPNAME.Operate",), ("Display",), ("other!t1.Display",)])
def test_without_a_role_lists_are_empty(ask: Ask, scopes: tuple[str, ...]) -> None:
    """Foreign applications' scopes of the same name count for nothing."""
    status, text = ask("/odata/", *scopes)
    assert (status, json.loads(text.partition("\n")[0])["value"]) == (200, [])
    for query in ("", "?$format=json"):
        status, text = ask(f"/odata/$metadata{query}", *scopes)
        assert status == 200
        assert SECRET not in text
        assert "EntityType" not in text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_a_forbidden_path_is_answered_like_an_unknown_one(ask: Ask, path: str, method: str) -> None:
    forbidden = ask(f"/odata/{path.format(SECRET)}", method=method, body="$top=1")
    unknown = ask(f"/odata/{path.format('Nothing')}", method=method, body="$top=1")
    assert (forbidden[0], forbidden[1].replace(SECRET, "Nothing")) == unknown
    assert forbidden[0] in (400, 404, 405, 501)


@pytest.mark.parametrize("option", OPTIONS)
def test_no_option_tells_a_forbidden_object_from_an_unknown_one(ask: Ask, option: str) -> None:
    for place in ("{0}?", "{0}(1)?", "{0}/$count?", "{0}(1)/V?"):
        address = f"/odata/{place}{option}".replace(" ", "%20")
        forbidden, unknown = ask(address.format(SECRET)), ask(address.format("Nothing"))
        assert (forbidden[0], forbidden[1].replace(SECRET, "Nothing")) == unknown
        assert forbidden[0] in (400, 404, 501)


@pytest.mark.parametrize("option", ["", *OPTIONS, "for=excel", "for={0}"])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_no_export_tells_them_apart(ask: Ask, ending: str, option: str) -> None:
    address = f"/data/{{0}}.{ending}?{option}".replace(" ", "%20")
    for method in ("GET", "HEAD", "POST"):
        forbidden = ask(address.format(SECRET), method=method)
        assert forbidden == ask(address.format("Nothing"), method=method)
        assert forbidden[0] == (405 if method == "POST" else 404)
    assert ask(f"/data/{SECRET}.{ending}", "$XSAPPNAME.Display")[0] == 200


@pytest.mark.parametrize("page", PAGES)
def test_no_page_tells_them_apart(ask: Ask, page: str) -> None:
    for option in PAGE_OPTIONS:
        forbidden = ask(f"/{page.format(SECRET)}?{option.format(SECRET)}")
        unknown = ask(f"/{page.format('Nothing')}?{option.format('Nothing')}")
        assert (forbidden[0], forbidden[1].replace(SECRET, "Nothing")) == unknown
        assert forbidden[0] == 404
        assert SECRET not in forbidden[1]


def test_the_overview_of_somebody_without_a_role_names_nothing(ask: Ask) -> None:
    for address in ("/data/", f"/data/?search={SECRET[:4]}"):
        for scopes in ((), ("$XSAPPNAME.Operate",)):
            status, text = ask(address, *scopes)
            assert status == 200
            assert SECRET not in text
    assert SECRET in ask("/data/", "$XSAPPNAME.Display")[1]


def test_who_sees_what_is_told_to_operators_alone(ask: Ask) -> None:
    for name in (SECRET, "Nothing"):
        address = f"/policy/explain?object={name}"
        for scopes in ((), ("$XSAPPNAME.Display",)):
            status, text = ask(address, *scopes)
            assert status == 403
            assert SECRET not in text
    assert ask(f"/policy/explain?object={SECRET}", "$XSAPPNAME.Operate")[0] == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_no_batch_tells_them_apart(ask: Ask, method: str) -> None:
    for path in PATHS:
        answers = []
        for name in (SECRET, "Nothing"):
            request = {"id": "1", "method": method, "url": path.format(name)}
            answers.append(
                ask(
                    "/odata/$batch",
                    method="POST",
                    body=json.dumps({"requests": [request]}),
                    Content_Type="application/json",
                )
            )
        assert answers[0][1].replace(SECRET, "Nothing") == answers[1][1]
        [response] = json.loads(answers[0][1].partition("\n")[0])["responses"]
        assert response["status"] >= 400


@pytest.mark.parametrize(
    "headers",
    [
        {"X_MS_CLIENT_PRINCIPAL": "alice"},
        {"X_Forwarded_User": "alice"},
        {"X_Approuter_Authorization": "Bearer x"},
        {"X_User_Scopes": "Display"},
        {"Prefer": "odata.maxpagesize=1"},
        {"OData_MaxVersion": "4.01"},
        {"Accept": "application/json;odata.metadata=full"},
        {"If_None_Match": "*"},
        {"X_HTTP_Method_Override": "GET"},
    ],
)
def test_no_header_field_opens_a_door(ask: Ask, headers: dict[str, str]) -> None:
    """Group 5.1.12."""
    forbidden, unknown = ask(f"/odata/{SECRET}", **headers), ask("/odata/Nothing", **headers)
    assert forbidden == unknown
    assert forbidden[0] == 404


def test_without_a_token_every_data_door_is_closed(client: FlaskClient) -> None:
    for path in (f"/data/{SECRET}.csv", "/data/Nothing.jsonl", "/policy/explain"):
        assert client.get(path).status_code == 403
    for path in (
        "/odata",
        "/odata/",
        "/odata/$metadata",
        f"/odata/{SECRET}",
        "/odata/$batch",
        "/odata/Nothing",
    ):
        for method in ("GET", "POST", "OPTIONS"):
            assert client.open(path, method=method).status_code == 403
    for path in (f"/data/{SECRET}.csv", "/data/Nothing.csv", f"/data/{SECRET}.jsonl"):
        for method in ("GET", "HEAD"):
            assert client.open(path, method=method).status_code == 403


def test_without_a_policy_file_nobody_sees_anything(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    bind: Callable[..., None],
    stocked: LocalHana,
    xsuaa: LocalXsuaa,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("TOKONOMA_POLICY", str(tmp_path / "none.toml"))
    bind(pyhana=("hana", "hdi-shared", stocked.binding()), pyuaa=("xsuaa", "application", xsuaa.binding()))
    client = create_app().test_client()
    assert "python -m tokonoma.data.policy draft" in caplog.text
    token = xsuaa.token("alice", scopes=["openid", "$XSAPPNAME.Display", "$XSAPPNAME.Curate"])
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/odata/", headers=headers).get_json()["value"] == []
    assert client.get(f"/odata/{SECRET}", headers=headers).status_code == 404
