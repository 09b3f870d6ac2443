"""Projects of other people's making, each started by one command: signed in to, read, asked, stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Browser

from localcloud.cloudfoundry import PROJECT, process_environment
from tests.chain.people import Person
from tests.chain.visits import sign_in
from tests.localcloud.space.files import write
from tests.localcloud.space.starting import (
    ENVIRONMENT,
    PACKAGES,
    PROJECTS,
    address_of,
    ask,
    copy,
    started,
)
from tests.programs import PATIENCE, TOOLS, Program, needs_node

pytestmark = pytest.mark.timeout(300)  # several programs start, on a busy machine one after the other


@pytest.fixture(scope="module")
def florist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Program]]:
    project = copy("florist", tmp_path_factory.mktemp("projects"))
    with started(project) as program:
        yield project, program


@pytest.mark.slow
def test_flask_with_sqlalchemy_is_signed_in_to_by_a_browser(
    florist: tuple[Path, Program], browser: Browser
) -> None:
    """Declared by a manifest whose variables have no value, and whose services tell no kind."""
    _, program = florist
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{program.port}/")
    sign_in(page, "alice")
    page.get_by_role("link", name="Flowers").click()
    page.wait_for_url("**/api/flowers")
    answer = json.loads(page.inner_text("body"))
    context.close()
    assert answer == {
        "buyer": "alice",
        "shop": f"http://localhost:{program.port}",
        "flowers": [
            ["Camellia", "2025-02-01", "4.5"],
            ["Iris", "2025-05-20", "6.25"],
            ["Lotus", "2025-07-10", None],
        ],
    }


@pytest.mark.slow
def test_the_other_commands_work_in_its_folder(florist: tuple[Path, Program]) -> None:
    project, program = florist
    token = ask(project, "token", "alice").stdout.strip()
    flowers = f"{address_of('florist', program)}/flowers"
    answer = requests.get(flowers, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)
    assert answer.json()["buyer"] == "alice"
    assert requests.get(flowers, timeout=PATIENCE).status_code == 401
    inside = project / "web" / "resources"
    assert "3" in ask(inside, "sql", feed="SELECT COUNT(*) FROM FLOWER;").stdout.split()
    lines = ask(project, "env", "florist-web").stdout
    assert '"xsuaa"' in lines
    assert '"hana"' not in lines
    refused = ask(project, "env", "nobody")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "There is no app nobody; there are: florist, florist-web\n"
    assert "Only Tokonoma's own service" in ask(project, "policy", "check").stderr


@pytest.mark.slow
def test_any_program_takes_the_place_of_an_app(florist: tuple[Path, Program]) -> None:
    """The roots of the one trust file do for hdbcli, which is not told where they are."""
    project, _ = florist
    script = f'eval "$({sys.executable} -m localcloud env florist)"; exec {sys.executable} -c "$PROGRAM"'
    program = "import shop; print(shop.app.test_client().get('/alive').text, shop.engine.connect().closed)"
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=project,
        env={**os.environ, **ENVIRONMENT, "PROGRAM": program},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("yes False\n", 0), done.stderr


@pytest.mark.slow
def test_a_second_start_in_its_folder_is_told_of_the_first(florist: tuple[Path, Program]) -> None:
    project, program = florist
    refused = ask(project, "run", "--port", "0")
    assert refused.returncode == 2
    assert f"http://localhost:{program.port}/" in refused.stderr
    assert (project / ".localcloud" / ".gitignore").read_text() == "*\n"


@pytest.mark.slow
def test_node_with_express_and_xssec_reads_an_hdi_container(tmp_path: Path) -> None:
    """Declared by an MTA whose xs-security.json has no name; one of its services has no stand-in."""
    project = copy("library", tmp_path)
    with started(project) as program:
        for user, status in (("alice", 200), ("carol", 403)):
            with Person(program.port) as person:
                person.sign_in(user)
                answer = person.get("/api/books")
            assert answer.status_code == status, answer.text
            if user == "alice":
                assert answer.json() == {
                    "reader": "alice",
                    "books": [
                        {"ID": 1, "TITLE": "The Book of Tea"},
                        {"ID": 2, "TITLE": "In Praise of Shadows"},
                    ],
                    "hours": {"from": 9, "to": 17},
                    "address": f"http://localhost:{program.port}",
                    "mail": "library@example.com",
                }
        assert "library-db-deployer is not started: what it would deploy is read from db" in program.output
        assert "library-logs is left out: application-logs has no stand-in here" in program.output
        family = psutil.Process(program.process.pid).children(recursive=True)
        assert len(family) > 3
        program.process.send_signal(signal.SIGINT)
        assert program.process.wait(PATIENCE) == 0
        _, alive = psutil.wait_procs(family, timeout=PATIENCE)
        assert not alive
        assert program.output.endswith("Stopped.\n")
    assert not (project / ".localcloud" / "running.json").exists()
    ended = ask(project, "token", "alice")
    assert ended.stderr == "No local cloud is running; start it with `python -m localcloud run`.\n"


@pytest.mark.slow
def test_a_cap_service_reads_and_writes_what_cds_build_has_made(tmp_path: Path) -> None:
    """Declared by the MTA that CAP writes; its tables and rows are those of gen/db."""
    project = copy("bakery", tmp_path)
    told = ask(project, "run", "--port", "0")
    assert "npx cds build --production" in told.stderr
    build(project)
    with started(project) as program:
        with Person(program.port) as alice:
            alice.sign_in("alice")
            breads = "/api/bakery/Breads"
            found = alice.get(f"{breads}?$expand=grain&$orderby=name", **{"Accept-Language": "de"}).json()
            assert [(each["name"], each["price"], each["grain"]["name"]) for each in found["value"]] == [
                ("Melon bread", "1.80", "Wheat"),
                ("Roggenbrot", "4.20", "Rye"),
            ]
            token = alice.csrf_token()
            headers = {"x-csrf-token": token, "Content-Type": "application/json"}
            new = json.dumps({"ID": 3, "name": "Anpan", "price": "2.10", "grain_code": "WHE"})
            made = alice.post(breads, new, **headers)
            assert (made.status_code, made.json()["createdBy"]) == (201, "alice"), made.text
            assert alice.get(f"{breads}/$count").text == "3"
        for user, status in (("bob", 200), ("carol", 403)):
            with Person(program.port) as person:
                person.sign_in(user)
                assert person.get(f"{breads}(3)").status_code == status
                headers["x-csrf-token"] = person.csrf_token()
                assert person.post(breads, new.replace("3", "4"), **headers).status_code == 403
        rows = ask(project / "gen", "sql", feed="SELECT NAME FROM BAKERY_BREADS WHERE CREATEDBY = 'alice';")
        assert "Anpan" in rows.stdout


@pytest.mark.slow
def test_tokonoma_itself_is_such_a_project(tmp_path: Path) -> None:
    """Beside `make run`: by its manifest, in which no service tells its kind."""
    needs_node()
    with started(PROJECT, f"--folder {tmp_path}") as program:
        with Person(program.port) as bob:
            bob.sign_in("bob")
            assert bob.get("/myapp/odata/WORK/$count").text == "101"
        token = ask(PROJECT, "--folder", str(tmp_path), "token", "alice").stdout.strip()
        answer = requests.get(
            f"{address_of('myapp', program)}/odata/WORK/$count",
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
        )
        assert answer.text == "240"


@pytest.mark.slow
def test_an_app_that_is_bound_to_ias_knows_who_has_signed_in(tmp_path: Path) -> None:
    """Declared by a manifest in which the address of the destination is a gap."""
    project = copy("doorbell", tmp_path)
    with started(project) as program, Person(program.port) as alice:
        address = address_of("doorbell", program)
        assert requests.get(address, timeout=PATIENCE).status_code == 401
        alice.sign_in("alice")
        assert alice.get("/api/").json() == {"email": "alice@example.com", "groups": ["Guest"]}
        headers = {"Authorization": f"Bearer {ask(project, 'token', 'bob').stdout.strip()}"}
        assert requests.get(address, headers=headers, timeout=PATIENCE).json() == {"email": "bob@example.com"}


def build(project: Path) -> None:
    """What the MTA's build does first."""
    environment = process_environment({"CI": "true"}, project / "node_modules" / ".bin", TOOLS)
    done = subprocess.run(
        ["cds", "build", "--production"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_projects_of_these_tests_want_the_packages_that_are_installed() -> None:
    ours = json.loads((PROJECT / "web" / "package.json").read_text())["dependencies"]
    versions = json.loads((PROJECTS / "package.json").read_text())["dependencies"] | ours
    for app in PACKAGES:
        wanted = json.loads((PROJECTS / app / "package.json").read_text())["dependencies"]
        assert wanted.items() <= versions.items(), app


JAVA = """
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.*;

class Server {
  public static void main(String[] arguments) throws Exception {
    var port = Integer.parseInt(System.getenv("SERVER_PORT"));
    var keys = System.getenv("VCAP_SERVICES").replaceAll("(?s).*\\"uaadomain\\": \\"([^\\"]*)\\".*", "https://$1/token_keys");
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/", exchange -> {
      try {
        var asked = HttpRequest.newBuilder(URI.create(keys)).build();
        var answered = HttpClient.newHttpClient().send(asked, HttpResponse.BodyHandlers.ofString());
        var answer = answered.body().getBytes();
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
      } catch (Exception error) { error.printStackTrace(); }
      exchange.close();
    });
    server.start();
  }
}
"""


@pytest.mark.slow
def test_an_app_in_java_trusts_the_local_xsuaa(tmp_path: Path) -> None:
    if shutil.which("javac") is None:
        pytest.skip("javac is not installed")
    manifest = "applications: [{name: shop, command: exec java Server.java, services: [shop-uaa]}]"
    project = write(tmp_path / "shop", {"manifest.yml": manifest, "Server.java": JAVA})
    with started(project) as program:
        keys = requests.get(f"http://127.0.0.1:{program.port}/", timeout=PATIENCE).json()["keys"]
    assert [key["kty"] for key in keys] == ["RSA"]
