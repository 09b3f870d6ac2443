"""What keeps the service's memory flat: `python -m bench.soak` shows that it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
THREADS = 8
# In a process of its own: eight threads hold memory at once, and glibc tells how many heaps there are.
COUNT = f"""
import ctypes, runpy, tempfile, threading
runpy.run_path("gunicorn.conf.py")
together = threading.Barrier({THREADS})
def hold():
    block = bytearray(60_000)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
with tempfile.TemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fdopen(file.fileno(), b"w"))
    libc.malloc_info(0, stream)
    libc.fflush(stream)
    file.seek(0)
    print(file.read().count(b"<heap nr="))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="heaps for threads are glibc's way")
def test_threads_share_two_heaps() -> None:
    """On a machine of many cores each would have its own, and keep what a connect to HANA once took."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT],
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 2
