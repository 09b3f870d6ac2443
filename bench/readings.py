"""What `python -m bench.data` reads: a table of 50,000 readings, and a schema of 5,000 tables."""

from __future__ import annotations

from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana

ROWS = 50_000
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
viewer = { xsuaa = "$XSAPPNAME.Display" }
[objects.READING]
grants = [{ role = "curator" }, { role = "viewer", rows = "FINE and AMOUNT gt 1" }]
"""

OBJECTS, COLUMNS, SHOWN = 5000, 20, 500
"""Of the large schema: tables, columns of each, and tables that its policy shows."""
LARGE_POLICY = """\
[roles]
curator = { xsuaa = "$XSAPPNAME.Curate" }
[objects."SHOWN_*"]
grants = [{ role = "curator" }]
"""


def fill(hana: LocalHana) -> None:
    """Make the table of readings."""
    connection = connect(hana.binding(), owner=True)
    cursor = connection.cursor()
    cursor.execute("CREATE COLUMN TABLE DIGIT (N INTEGER PRIMARY KEY)")
    cursor.executemany("INSERT INTO DIGIT VALUES (?)", [(number,) for number in range(1000)])
    cursor.execute(TABLE)
    cursor.execute(FILL)
    connection.commit()
    connection.close()


def make_tables(hana: LocalHana) -> None:
    """Make the tables of the large schema, which takes some ten seconds."""
    types = ("INTEGER", "NVARCHAR(40)", "DECIMAL(15,2)", "TIMESTAMP", "DATE")
    connection = connect(hana.binding(), owner=True)
    cursor = connection.cursor()
    for number in range(OBJECTS):
        name = f"{'SHOWN' if number < SHOWN else 'OTHER'}_{number:04}"
        columns = ", ".join(
            f"C{place}_{number} {types[place % len(types)]} COMMENT 'Column {place} of table {number}'"
            for place in range(1, COLUMNS)
        )
        cursor.execute(f"CREATE COLUMN TABLE {name} (ID INTEGER PRIMARY KEY, {columns})")
    connection.close()
