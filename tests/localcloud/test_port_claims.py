from __future__ import annotations

import subprocess
import sys

from localcloud.cloudfoundry import PROJECT
from localcloud.port_claims import claim, give_up
from localcloud.ports import free_port

ELSEWHERE = "import sys; from localcloud.port_claims import claim; print(claim(int(sys.argv[1])))"


def claimed_elsewhere(port: int) -> bool:
    """Whether another process gets the port."""
    command = [sys.executable, "-c", ELSEWHERE, str(port)]
    told = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return told.stdout.strip() == "True"


def test_a_port_is_claimed_by_one_process() -> None:
    port = free_port()
    assert claim(port)
    assert claim(port)
    assert not claimed_elsewhere(port)
    give_up(port)
    assert claimed_elsewhere(port)


def test_a_claim_ends_with_its_process() -> None:
    port = free_port()
    assert claimed_elsewhere(port)
    assert free_port(port) == port
    give_up(port)


def test_a_port_that_another_process_has_claimed_is_not_given() -> None:
    port = free_port()
    holding = [sys.executable, "-c", f"{ELSEWHERE}; sys.stdout.flush(); sys.stdin.read()", str(port)]
    with subprocess.Popen(holding, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert free_port(port) != port
        other.communicate()
