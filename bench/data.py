"""`python -m bench.data`: exports beside a bare view that does no more than write CSV, in one run.

What is compared with what, and why, stands in bench/README.md.
"""

from __future__ import annotations

import http.client
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from localcloud import cloudfoundry
from localcloud.hana.connecting import connect

from .service import Server, Stage

ROWS = 50_000
ROUNDS = 7
TABLE = (
    "CREATE COLUMN TABLE READING (ID INTEGER PRIMARY KEY, NAME NVARCHAR(60), NOTE NVARCHAR(100), "
    "AMOUNT DECIMAL(15,2), SHARE DOUBLE, DAY DATE, TAKEN TIMESTAMP, FINE BOOLEAN)"
)
FILL = (
    "INSERT INTO READING SELECT A.N * 1000 + B.N, 'reading ' || B.N, "
    "CASE WHEN MOD(B.N, 10) = 0 THEN NULL ELSE 'a note, with a comma, about ' || B.N END, B.N * 0.25, "
    "B.N / 7.0, ADD_DAYS(TO_DATE('2026-01-01'), MOD(B.N, 300)), "
    "TO_TIMESTAMP('2026-01-02 03:04:05.1234567'), CASE WHEN MOD(B.N, 2) = 0 THEN TRUE ELSE FALSE END "
    "FROM DIGIT A, DIGIT B WHERE A.N < 50"
)
POLICY = """\
[roles]
curator = { xsuaa = "$XSAPPNAME.Curate" }
[objects.READING]
grants = [{ role = "curator" }]
"""
BARE = "exec gunicorn -c bench/gunicorn_bare.py bench.bare:app"


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        policy = folder / "policy.toml"
        policy.write_text(POLICY)
        stage = Stage(stack)
        _fill(stage)
        service = stage.start(f"export TOKONOMA_POLICY={policy}; {cloudfoundry.procfile_line()}")
        bare = stage.start(BARE)
        print("| what | service | bare view | ratio | to hold |\n|---|---|---|---|---|")
        ours, theirs, cpus = [], [], []
        for turn in range(ROUNDS + 1):
            one = _download(bare, "/csv", {})
            other = _download(service, "/data/READING.csv", stage.headers)
            if turn:  # the first one opens connections
                theirs.append(one)
                ours.append(other)
                cpus.append(other[2] / one[2])
        rates = [mine[0] / his[0] for mine, his in zip(ours, theirs, strict=True)]
        print(
            f"| CSV of {ROWS:,} rows, MB/s | {_median(ours, 0):.1f} | {_median(theirs, 0):.1f} "
            f"| {statistics.median(rates):.2f} | >= 0.8 and 5 MB/s |"
        )
        print(
            f"| the same, rows/s | {_median(ours, 1):,.0f} | {_median(theirs, 1):,.0f} "
            f"| {_median(ours, 1) / _median(theirs, 1):.2f} | |"
        )
        print(
            f"| CPU of its processes, s | {_median(ours, 2):.2f} | {_median(theirs, 2):.2f} "
            f"| {statistics.median(cpus):.2f} | |"
        )
        lines = [_download(service, "/data/READING.jsonl", stage.headers) for _ in range(ROUNDS)]
        print(f"| JSON Lines, MB/s | {_median(lines, 0):.1f} | | | |")


def _fill(stage: Stage) -> None:
    connection = connect(stage.hana.binding(), owner=True)
    cursor = connection.cursor()
    cursor.execute("CREATE COLUMN TABLE DIGIT (N INTEGER PRIMARY KEY)")
    cursor.executemany("INSERT INTO DIGIT VALUES (?)", [(number,) for number in range(1000)])
    cursor.execute(TABLE)
    cursor.execute(FILL)
    connection.commit()
    connection.close()


def _median(measured: list[tuple[float, float, float]], place: int) -> float:
    return statistics.median(each[place] for each in measured)


def _download(server: Server, path: str, headers: dict[str, str]) -> tuple[float, float, float]:
    """MB/s, rows/s and CPU seconds of one download."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    cpu, began = server.cpu(), time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    size = rows = 0
    while piece := answer.read(1 << 18):
        size += len(piece)
        rows += piece.count(b"\n")
    spent = time.perf_counter() - began
    connection.close()
    assert answer.status == 200, answer.status
    assert ROWS <= rows <= ROWS + 1, rows
    return size / 1e6 / spent, rows / spent, server.cpu() - cpu


if __name__ == "__main__":
    main()
