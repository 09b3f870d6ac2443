"""A schema of rows that point to each other, by keys of every sort and with hostile names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.local import LocalHana
from localcloud.xsuaa.local import LocalXsuaa
from tests.tokonoma.pages.conftest import MARKUP, make_service

POLICY = """\
[roles]
viewer = { xsuaa = "$XSAPPNAME.Display" }
curator = { xsuaa = "$XSAPPNAME.Curate" }

[objects.PLACE]
label = "Places"
grants = [
  { role = "curator" },
  { role = "viewer", columns = ["*", "-COST"], rows = "CODE in @user.rooms" },
]
[objects.SECRET]
grants = [{ role = "curator" }]
[objects.SPOT]
grants = [{ role = "curator" }, { role = "viewer" }]
[objects.TAG]
grants = [{ role = "curator" }, { role = "viewer" }]
[objects.PIN]
label = "Pins"
grants = [{ role = "curator" }, { role = "viewer" }]
[objects.REMARK]
label = "Remarks"
grants = [{ role = "curator" }, { role = "viewer", columns = ["*", "-PLACE"] }]
"""
TABLES = (
    "CREATE COLUMN TABLE PLACE (CODE NVARCHAR(200) PRIMARY KEY, NAME NVARCHAR(400), COST DECIMAL(10,2), "
    "STORY NVARCHAR(2000))",
    "CREATE COLUMN TABLE SECRET (ID INTEGER PRIMARY KEY, NAME NVARCHAR(40))",
    "CREATE COLUMN TABLE SPOT (A NVARCHAR(20), B INTEGER, TITLE NVARCHAR(40), PRIMARY KEY (A, B))",
    "CREATE COLUMN TABLE TAG (ID VARBINARY(16) PRIMARY KEY, NUMBER INTEGER)",
    "CREATE COLUMN TABLE PIN (ID INTEGER PRIMARY KEY, PLACE NVARCHAR(200) REFERENCES PLACE (CODE), "
    "SECRET INTEGER REFERENCES SECRET (ID), PARENT INTEGER REFERENCES PIN (ID), "
    "A NVARCHAR(20), B INTEGER, TAG VARBINARY(16) REFERENCES TAG (ID), "
    "FOREIGN KEY (A, B) REFERENCES SPOT (A, B))",
    "CREATE COLUMN TABLE REMARK (ID INTEGER PRIMARY KEY, PLACE NVARCHAR(200) REFERENCES PLACE (CODE), "
    "TEXT NVARCHAR(100))",
)
CODES = ("a/b", "it's", "", "..", "a,b", "%2F", MARKUP, "\u202eright", "x" * 200, "plain")
LONG_NAME = "long " * 60
NAMES = {MARKUP: MARKUP, "\u202eright": "\u202ename", "x" * 200: LONG_NAME, "a,b": None, "%2F": "", "": " "}
STORY = "one line\n  another </script> line\n" + "z" * 300
TAG = b"\x00\xff\x10"
PINS = 7


def fill(hana: LocalHana) -> None:
    connection = connect(hana.binding(), owner=True)
    cursor = connection.cursor()
    for table in TABLES:
        cursor.execute(table)
    places = [(code, NAMES.get(code, f"Place {code}"), "1234.50", STORY) for code in CODES]
    cursor.executemany("INSERT INTO PLACE VALUES (?, ?, ?, ?)", places)
    cursor.execute("INSERT INTO SECRET VALUES (1, 'nobody knows')")
    cursor.executemany("INSERT INTO SPOT VALUES (?, ?, ?)", [("n,e", 1, "North"), ("n,e", 2, "East")])
    cursor.execute("INSERT INTO TAG VALUES (?, 5)", (TAG,))
    pins: list[tuple[object, ...]] = [(1, "plain", 1, None, "n,e", 2, TAG)]
    pins += [(number, "plain", None, 1, None, None, None) for number in range(2, PINS + 1)]
    pins += [(100 + place, code, None, None, None, None, None) for place, code in enumerate(CODES[:-1])]
    cursor.executemany("INSERT INTO PIN VALUES (?, ?, ?, ?, ?, ?, ?)", pins)
    cursor.execute("INSERT INTO REMARK VALUES (1, 'plain', 'about a place')")
    connection.commit()
    connection.close()


@contextmanager
def service(authority: Authority, xsuaa: LocalXsuaa, authority_file: Path, folder: Path) -> Iterator[Flask]:
    """The service on this schema."""
    policy = folder / "policy.toml"
    policy.write_text(POLICY)
    with LocalHana(authority=authority) as hana:
        fill(hana)
        yield make_service(hana, xsuaa, authority_file, policy)
