"""What the local HANA does in a second, through hdbcli over TLS; the server runs in a process of its own.

    python bench/hana.py [seconds for each measurement]

Client and server share the machine, so the figures are about both. hdbcli reads the system's whole list of
authorities for every connection, unless SSL_CERT_FILE names a shorter one, as it does here.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana

ROWS = 100_000
COLUMNS = "(ID INTEGER PRIMARY KEY, NAME NVARCHAR(100), AMOUNT DECIMAL(15, 2), AT TIMESTAMP)"


def main(seconds: float) -> None:
    """Print one line for each measurement."""
    with LocalHana() as hana, only_trusting(hana.certificate):
        binding = hana.binding()
        connection = connect(binding, owner=True)
        cursor = connection.cursor()
        cursor.execute(f"CREATE COLUMN TABLE MANY {COLUMNS}")
        cursor.execute(f"CREATE COLUMN TABLE FEW {COLUMNS}")

        def round_trip() -> None:
            cursor.execute("select CURRENT_UTCTIMESTAMP from DUMMY")
            cursor.fetchone()

        show("round trips", per_second(round_trip, seconds))
        show("connects", per_second(lambda: connect(binding, owner=True).close(), seconds))

        rows = [
            (
                number,
                f"name {number}",
                Decimal(number) / 100,
                datetime(2024, 1, 1) + timedelta(minutes=number),
            )
            for number in range(ROWS)
        ]
        started = time.perf_counter()
        cursor.executemany("INSERT INTO MANY VALUES (?, ?, ?, ?)", rows)
        show("rows by executemany, 4 columns", ROWS / (time.perf_counter() - started))

        started = time.perf_counter()
        cursor.execute("SELECT * FROM MANY")
        fetched = len(cursor.fetchall())
        show("rows fetched, 4 columns", fetched / (time.perf_counter() - started))

        numbers = iter(range(sys.maxsize))

        def insert() -> None:
            number = next(numbers)
            cursor.execute("INSERT INTO FEW VALUES (?, ?, ?, ?)", (number, "x", "1.5", rows[0][3]))

        show("autocommit inserts", per_second(insert, seconds))

        def page() -> None:
            cursor.execute("SELECT * FROM MANY WHERE ID >= ? ORDER BY ID LIMIT 100", (5000,))
            cursor.fetchall()

        show("pages of 100 rows", per_second(page, seconds))
        connection.close()


def per_second(call: Callable[[], object], seconds: float) -> float:
    """How often `call` is done in a second."""
    call()
    count = 0
    started = time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        call()
        count += 1
    return count / spent


def show(what: str, rate: float) -> None:
    print(f"{what:32} {rate:12,.0f} /s", flush=True)


@contextmanager
def only_trusting(certificate: str) -> Iterator[None]:
    """Keep OpenSSL from reading the system's authorities."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "authority.pem"
        file.write_text(certificate)
        os.environ.update(SSL_CERT_FILE=str(file), SSL_CERT_DIR=folder)
        yield


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
