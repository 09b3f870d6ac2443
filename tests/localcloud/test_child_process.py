"""A child process: it ends with its owner, when it is terminated, and when it is killed."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from localcloud.child_process import ChildProcess
from localcloud.parts import stop
from localcloud.shutdown import Shutdown

PATIENCE = 60
# Says who it is and has a child of its own, which would go on alone.
FAMILY = "sleep 1000 & echo $! $$; "
STUBBORN = "trap 'echo asked' TERM; "


class Owner:
    """Starts parts, and keeps what they say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lines: queue.Queue[str] = queue.Queue()
        self.ended: queue.Queue[ChildProcess] = queue.Queue()

    def start(self, command: str) -> ChildProcess:
        return ChildProcess(
            "part",
            command,
            dict(os.environ),
            self._folder,
            on_line=lambda _, line: self.lines.put(line),
            on_end=self.ended.put,
        )

    def family(self) -> list[psutil.Process]:
        return [psutil.Process(int(pid)) for pid in self.lines.get(timeout=PATIENCE).split()]


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def assert_ends(family: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(family, timeout=PATIENCE)
    assert not alive


def test_what_it_says_and_how_it_ends_is_passed_on(owner: Owner) -> None:
    part = owner.start("echo one; echo two >&2; exit 3")
    assert owner.ended.get(timeout=PATIENCE) is part
    assert part.exit_code == 3
    assert [owner.lines.get(), owner.lines.get()] == ["one", "two"]


def test_when_it_has_ended_nothing_that_it_started_goes_on(owner: Owner, tmp_path: Path) -> None:
    owner.start(f"{FAMILY} until [ -e enough ]; do sleep 0.05; done")
    family = owner.family()
    (tmp_path / "enough").touch()
    owner.ended.get(timeout=PATIENCE)
    assert_ends(family)


def test_a_terminated_one_ends_as_it_likes_and_the_rest_is_killed(owner: Owner) -> None:
    part = owner.start(f"trap 'echo farewell; exit' TERM; {FAMILY} while :; do sleep 0.05; done")
    family = owner.family()
    part.terminate()
    assert owner.lines.get(timeout=PATIENCE) == "farewell"
    owner.ended.get(timeout=PATIENCE)
    assert_ends(family)


@pytest.mark.slow
def test_who_does_not_end_is_killed_after_a_while(owner: Owner) -> None:
    part = owner.start(f"{STUBBORN} {FAMILY} while :; do sleep 0.05; done")
    family = owner.family()
    part.terminate()
    assert owner.lines.get(timeout=PATIENCE) == "asked"
    owner.ended.get(timeout=PATIENCE)
    assert_ends(family)


def test_whoever_asks_twice_by_hand_does_not_wait(owner: Owner) -> None:
    part = owner.start(f"trap 'sleep 5; echo late' TERM; {FAMILY} while :; do sleep 0.05; done")
    family = owner.family()
    shutdown = Shutdown()
    shutdown.request(by_hand=True)
    stop([part], shutdown)
    assert_ends(family)
    assert owner.lines.empty()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_owner_however_that_ends(tmp_path: Path, how: signal.Signals) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from localcloud.child_process import ChildProcess\n"
        f"ChildProcess('part', {FAMILY!r} 'wait', dict(os.environ), Path('.'), "
        "on_line=lambda _, line: print(line, flush=True), on_end=print)\n"
        "time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        family = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        owner.send_signal(how)
        assert owner.wait(PATIENCE) == -how
        assert_ends(family)
