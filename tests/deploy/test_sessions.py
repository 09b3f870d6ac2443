"""Two approuters behave as one: by cookies that stick, and with a Redis even when one of them dies."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from localcloud import cloudfoundry
from localcloud.certificates import Authority
from localcloud.hana.local import LocalHana
from localcloud.ports import free_port, why_not
from localcloud.xsuaa.local import LocalXsuaa
from tests.chain.people import Person
from tests.deploy.platform_router import SERVED_BY, platform_router
from tests.deploy.redis_server import PASSWORD, Redis, redis_server
from tests.programs import TOOLS, Program, needs_node, running
from tools import deployment, landscape
from tools.landscape import PROJECT

SCRIPTED = {"X-Requested-With": "XMLHttpRequest"}
WEB = PROJECT / "web"


def redis_binding(credentials: Mapping[str, Any], name: str = "pyredis") -> dict[str, Any]:
    return {
        "label": "redis-cache",
        "name": name,
        "instance_name": name,
        "plan": "standard",
        "tags": ["cache"],
        "credentials": dict(credentials),
    }


@dataclass
class Door:
    """Two approuters behind the platform's router."""

    port: int
    instances: dict[str, Program] = field(default_factory=dict)

    def person(self) -> Person:
        return Person(self.port)

    def kill(self, name: str) -> None:
        kill(self.instances[name])


def kill(program: Program) -> None:
    """As when a cell is lost: no signal that could be answered."""
    os.killpg(program.process.pid, signal.SIGKILL)
    program.process.wait(30)
    deadline = time.monotonic() + 30  # `node` may be a script, and the real one ends a moment later
    while time.monotonic() < deadline and why_not(program.port):
        time.sleep(0.02)


@pytest.fixture(scope="module")
def door_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def door_xsuaa(authority: Authority, door_port: int) -> Iterator[LocalXsuaa]:
    """A local XSUAA that sends people back to exactly the addresses that the descriptor names."""
    own = f"https://{'{web-host}.{domain}'}"
    named = deployment.redirect_uris({"web-host": "{web-host}", "domain": "{domain}"})
    addresses = [address.replace(own, f"http://localhost:{door_port}") for address in named]
    with LocalXsuaa(landscape.DESCRIPTOR, authority=authority, redirect_uris=addresses) as server:
        yield server


@pytest.fixture(scope="module")
def start_service(
    hana: LocalHana,
    door_xsuaa: LocalXsuaa,
    authority_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Program]]:
    """Start an instance of the service."""
    services = cloudfoundry.vcap_services(
        {
            "pyhana": ("hana", "hdi-shared", hana.binding()),
            "pyuaa": ("xsuaa", "application", door_xsuaa.binding()),
        }
    )
    with ExitStack() as stack:

        def start() -> Program:
            port = free_port()
            environment = cloudfoundry.python_environment(port, services, authority_file)
            output = tmp_path_factory.mktemp("service") / "output"
            line = cloudfoundry.procfile_line()
            program = stack.enter_context(running(line, environment, PROJECT, output, port))
            program.wait_until_it_answers()
            return program

        yield start


@pytest.fixture(scope="module")
def service(start_service: Callable[[], Program]) -> Program:
    return start_service()


@pytest.fixture
def redis(authority: Authority, tmp_path: Path) -> Iterator[Redis]:
    with redis_server(authority, tmp_path) as server:
        yield server


@pytest.fixture
def open_door(
    service: Program, door_xsuaa: LocalXsuaa, door_port: int, authority_file: Path, tmp_path: Path
) -> Callable[..., Any]:
    """`with open_door(redis) as door`: two approuters, with that Redis bound or without.

    Their destination is the port of one instance of the service, or another one.
    """
    needs_node()

    @contextmanager
    def open_door(redis: Redis | None = None, destination: int = service.port) -> Iterator[Door]:
        services = json.loads(
            cloudfoundry.vcap_services({"pyuaa": ("xsuaa", "application", door_xsuaa.binding())})
        )
        if redis:
            services["redis-cache"] = [redis_binding(redis.binding)]
        door = Door(door_port)
        with ExitStack() as stack:
            for name in ("first", "second"):
                port = free_port(without={door_port})
                environment = {
                    **cloudfoundry.router_environment(port, json.dumps(services), destination),
                    "NODE_EXTRA_CA_CERTS": str(authority_file),
                }
                output = tmp_path / f"{name}.log"
                door.instances[name] = stack.enter_context(
                    running(cloudfoundry.router_line(), environment, WEB, output, port)
                )
            for program in door.instances.values():
                program.wait_until_it_answers()
            ports = {name: program.port for name, program in door.instances.items()}
            stack.enter_context(platform_router(door_port, ports))
            yield door

    return open_door


def sign_in(door: Door, stack: ExitStack, user: str) -> tuple[Person, str]:
    """Somebody who is signed in, and the instance that they are with."""
    person = stack.enter_context(door.person())
    landed = person.sign_in(user, "/myapp/")
    assert landed.text.startswith("Current time is: "), landed.text
    return person, landed.headers[SERVED_BY]


def crowd(door: Door, stack: ExitStack) -> dict[str, list[Person]]:
    """Signed-in people, some with either instance."""
    people: dict[str, list[Person]] = {}
    for _ in range(6):
        person, instance = sign_in(door, stack, "alice")
        people.setdefault(instance, []).append(person)
    assert people.keys() == {"first", "second"}
    return people


@pytest.mark.timeout(180)
def test_without_a_redis_people_stay_with_the_instance_that_signed_them_in(
    open_door: Callable[..., Any],
) -> None:
    with open_door() as door, ExitStack() as stack:
        people = crowd(door, stack)
        for instance, group in people.items():
            for person in group * 3:
                answer = person.get("/user-api/currentUser", **SCRIPTED)
                assert (answer.status_code, answer.headers[SERVED_BY]) == (200, instance)
        door.kill("first")
        lost, kept = people["first"][0], people["second"][0]
        assert kept.get("/user-api/currentUser", **SCRIPTED).status_code == 200
        assert lost.get("/user-api/currentUser", **SCRIPTED).status_code == 401


@pytest.mark.timeout(180)
def test_signing_out_leads_back_through_the_addresses_that_xsuaa_may_use(
    open_door: Callable[..., Any],
) -> None:
    with open_door() as door, ExitStack() as stack:
        person, _ = sign_in(door, stack, "alice")
        answer = person.post("/do/logout", **{"x-csrf-token": person.csrf_token()})
        where = re.search(r"http://127\.0\.0\.1:\d+/logout\.do[^\"\s]*", answer.text)
        assert where
        assert person.follow(where[0]).url == f"{person.home}/public/signed-out.html"


@pytest.mark.timeout(180)
def test_with_a_redis_people_stay_signed_in_when_their_instance_is_killed(
    open_door: Callable[..., Any], redis: Redis
) -> None:
    with open_door(redis) as door, ExitStack() as stack:
        people = crowd(door, stack)
        everybody = [person for group in people.values() for person in group]
        assert len(redis.ask("KEYS", "{approuter-sessions}:*")) == len(everybody)
        tokens = [person.csrf_token() for person in everybody]
        door.kill("first")
        for person in everybody:
            answer = person.get("/user-api/currentUser", **SCRIPTED)
            assert (answer.status_code, answer.headers[SERVED_BY]) == (200, "second")
            assert answer.json()["name"] == "alice"
            assert person.get("/myapp/").text.startswith("Current time is: ")
        # What they had open still works: a form's token is part of the session.
        moved = people["first"][0]
        assert moved.post("/do/logout", **{"x-csrf-token": tokens[everybody.index(moved)]}).ok
        assert moved.get("/user-api/currentUser", **SCRIPTED).status_code == 401
        assert len(redis.ask("KEYS", "{approuter-sessions}:*")) == len(everybody) - 1
        output = "".join(program.output for program in door.instances.values())
        assert PASSWORD not in output


@pytest.mark.timeout(180)
def test_one_instance_of_either_app_may_die_and_nobody_notices(
    open_door: Callable[..., Any],
    redis: Redis,
    start_service: Callable[[], Program],
    door_port: int,
) -> None:
    services = {"first": start_service(), "second": start_service()}
    port = free_port(without={door_port})
    with (
        platform_router(port, {name: program.port for name, program in services.items()}),
        open_door(redis, port) as door,
        ExitStack() as stack,
    ):
        everybody = [person for group in crowd(door, stack).values() for person in group]
        door.kill("first")
        kill(services["first"])
        for person in everybody * 2:
            assert person.get("/myapp/").text.startswith("Current time is: ")


@pytest.mark.timeout(180)
def test_a_session_in_redis_ends_when_nobody_comes_back(open_door: Callable[..., Any], redis: Redis) -> None:
    with open_door(redis) as door, ExitStack() as stack:
        sign_in(door, stack, "bob")
        [key] = redis.ask("KEYS", "{approuter-sessions}:*")
        [seconds] = redis.ask("TTL", key)
        timeout = landscape.routing(WEB)["sessionTimeout"] * 60
        assert 0 < int(seconds) <= timeout


@pytest.mark.timeout(180)
def test_when_redis_goes_people_work_on_and_when_it_is_back_others_come_in(
    open_door: Callable[..., Any], redis: Redis
) -> None:
    with open_door(redis) as door, ExitStack() as stack:
        person, instance = sign_in(door, stack, "alice")
        redis.stop()
        for _ in range(3):
            answer = person.get("/myapp/")
            assert answer.text.startswith("Current time is: ")
            assert answer.headers[SERVED_BY] == instance
        # What protects a login is kept in Redis too.
        assert stack.enter_context(door.person()).sign_in("bob").status_code == 401
        redis.start()
        other, _ = sign_in(door, stack, "bob")
        assert other.get("/user-api/currentUser").json()["name"] == "bob"
        assert person.get("/user-api/currentUser").json()["name"] == "alice"


def told_to_the_approuter(services: dict[str, Any], **environment: str) -> dict[str, Any] | None:
    """EXT_SESSION_MGT as the approuter finds it."""
    needs_node()
    script = "require('./sessions.js'); console.log(process.env.EXT_SESSION_MGT ?? 'null')"
    composed = {"VCAP_SERVICES": json.dumps(services), **environment}
    answer = subprocess.run(
        ["node", "-e", script],
        env=cloudfoundry.process_environment(composed, TOOLS),
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told: dict[str, Any] | None = json.loads(answer.stdout)
    return told


def test_without_a_redis_the_approuter_is_told_nothing() -> None:
    other = {**redis_binding({"password": "x"}), "label": "xsuaa", "tags": ["xsuaa"]}
    assert told_to_the_approuter({}) is None
    assert told_to_the_approuter({"xsuaa": [other]}) is None


def test_a_redis_of_ones_own_is_known_by_its_tag() -> None:
    own = {**redis_binding({"password": "x"}, "mine"), "label": "user-provided", "tags": ["redis"]}
    told = told_to_the_approuter({"user-provided": [own]})
    assert told
    assert (told["instanceName"], told["storageType"]) == ("mine", "redis")


def test_the_secret_of_the_cookies_follows_from_the_password_and_does_not_tell_it() -> None:
    def secret(password: str) -> str:
        told = told_to_the_approuter({"redis-cache": [redis_binding({"password": password})]})
        assert told
        return str(told["sessionSecret"])

    assert secret(PASSWORD) == secret(PASSWORD) != secret("another")
    assert len(secret(PASSWORD)) >= 64  # what the approuter asks for
    assert PASSWORD not in secret(PASSWORD)


def test_who_sets_the_approuters_own_variable_knows_better() -> None:
    services = {"redis-cache": [redis_binding({"password": "x"})]}
    assert told_to_the_approuter(services, EXT_SESSION_MGT='{"instanceName": "other"}') == {
        "instanceName": "other"
    }


@pytest.mark.parametrize(
    ("services", "complaint"),
    [
        (
            [redis_binding({"password": "x"}, "one"), redis_binding({"password": "y"}, "two")],
            "There are 2 Redis services bound (one, two)",
        ),
        ([redis_binding({"hostname": "localhost"})], "pyredis has no password"),
    ],
    ids=["two", "no password"],
)
def test_a_redis_that_cannot_be_used_stops_the_start_in_one_sentence(
    services: list[dict[str, Any]], complaint: str
) -> None:
    needs_node()
    composed = {"VCAP_SERVICES": json.dumps({"redis-cache": services})}
    answer = subprocess.run(
        ["/bin/sh", "-c", cloudfoundry.router_line()],
        env=cloudfoundry.process_environment(composed, TOOLS),
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 1
    assert complaint in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
