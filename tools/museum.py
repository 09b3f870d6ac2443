"""`python -m tools.museum`: writes the tables of the demo schema and their rows to db/src.

Rows are made up, from a fixed seed and in whole numbers, so that every machine writes the same bytes. What is
not repeated from table to table (views, constraints, indexes, roles) stands in db/src as it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from .landscape import PROJECT

FOLDER = PROJECT / "db" / "src"
SEED = 20_260_301
WORKS = 240
DAYS = 60
FIRST_DAY = datetime(2026, 3, 1)

Value = str | int | bool | Decimal | date | datetime | None
Rows = Iterator[tuple[Value, ...]]


@dataclass(frozen=True)
class Column:
    """A column as SQL declares it; the comment is its label."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Table:
    """A table; its primary key comes first."""

    name: str
    comment: str
    key: int
    columns: tuple[Column, ...]

    def ddl(self) -> str:
        """The text of its .hdbtable file."""
        lines = [f'  "{each.name}" {each.type} COMMENT {_literal(each.comment)},' for each in self.columns]
        key = ", ".join(f'"{each.name}"' for each in self.columns[: self.key])
        body = "\n".join([*lines, f"  PRIMARY KEY ({key})"])
        return f'COLUMN TABLE "{self.name}" (\n{body}\n) COMMENT {_literal(self.comment)}\n'

    def data(self) -> str:
        """The text of its .hdbtabledata file."""
        names = [each.name for each in self.columns]
        source = {"data_type": "CSV", "file_name": f"{self.name}.csv", "has_header": True, "dialect": "HANA"}
        entry = {
            "target_table": self.name,
            "source_data": {**source, "type_config": {"delimiter": ","}},
            "import_settings": {"import_columns": names},
            "column_mappings": {name: name for name in names},
        }
        return json.dumps({"format_version": 1, "imports": [entry]}, indent=2) + "\n"

    def csv(self, rows: Iterable[Sequence[Value]]) -> str:
        """The text of its .csv file."""
        header = ",".join(each.name for each in self.columns)
        return "\n".join([header, *(",".join(map(_field, row)) for row in rows)]) + "\n"


ROOM = Table(
    "ROOM",
    "Rooms",
    1,
    (
        Column("ID", "NVARCHAR(10) NOT NULL", "Room"),
        Column("NAME", "NVARCHAR(60) NOT NULL", "Name"),
        Column("LATITUDE", "DECIMAL(9, 6) NOT NULL", "Latitude"),
        Column("LONGITUDE", "DECIMAL(9, 6) NOT NULL", "Longitude"),
        Column("HUMIDITY_LIMIT", "TINYINT NOT NULL", "Highest humidity (%)"),
        Column("OPENS", "TIME", "Opening time"),
        Column("HEATED", "BOOLEAN NOT NULL", "Heated"),
    ),
)
ARTIST = Table(
    "ARTIST",
    "Artists",
    1,
    (
        Column("ID", "INTEGER NOT NULL", "Artist"),
        Column("NAME", "NVARCHAR(80) NOT NULL", "Name"),
        Column("BORN", "SMALLINT", "Year of birth"),
        Column("DIED", "SMALLINT", "Year of death"),
        Column("COUNTRY", "NVARCHAR(2)", "Country"),
        Column("BIOGRAPHY", "NCLOB", "Biography"),
    ),
)
WORK = Table(
    "WORK",
    "Works",
    1,
    (
        Column("ID", "INTEGER NOT NULL", "Work"),
        Column("INVENTORY_NUMBER", "NVARCHAR(12) NOT NULL", "Inventory number"),
        Column("TITLE", "NVARCHAR(120) NOT NULL", "Title"),
        Column("ARTIST_ID", "INTEGER", "Artist"),
        Column("ROOM_ID", "NVARCHAR(10)", "Room"),
        Column("TECHNIQUE", "NVARCHAR(40)", "Technique"),
        Column("YEAR_MADE", "SMALLINT", "Year of creation"),
        Column("ACQUIRED", "DATE", "Date of purchase"),
        Column("VALUE", "DECIMAL(12, 2)", "Insured value"),
        Column("CURRENCY", "NVARCHAR(3)", "Currency"),
        Column("HEIGHT", "DECIMAL(6, 1)", "Height (cm)"),
        Column("WIDTH", "DECIMAL(6, 1)", "Width (cm)"),
        Column("ON_LOAN", "BOOLEAN NOT NULL", "On loan"),
        Column("EXAMINED_AT", "TIMESTAMP", "Last examination"),
    ),
)
CLIMATE = Table(
    "CLIMATE",
    "Climate by the hour",
    2,
    (
        Column("ROOM_ID", "NVARCHAR(10) NOT NULL", "Room"),
        Column("MEASURED_AT", "TIMESTAMP NOT NULL", "Time of measurement (UTC)"),
        Column("TEMPERATURE", "DECIMAL(4, 1)", "Temperature (°C)"),
        Column("HUMIDITY", "TINYINT", "Relative humidity (%)"),
        Column("VISITORS", "INTEGER NOT NULL", "Visitors"),
    ),
)

# Identifier, name, latitude, longitude, highest humidity, opening time, heated; then the usual temperature
# and humidity, both in tenths, and how many visitors come in a good hour.
_ROOMS = (
    ("IRIS", "Iris Pavilion", "35.011636", "135.768029", 55, "09:00:00", True, 205, 480, 40),
    ("LOTUS", "Lotus Pavilion", "35.011911", "135.768604", 51, "09:00:00", True, 212, 505, 55),
    ("PINE", "Hall of Pines", "35.012250", "135.767480", 55, "10:00:00", True, 198, 470, 25),
    ("PLUM", "Plum Veranda, outside", "35.012604", "135.768911", 62, "10:30:00", False, 150, 640, 30),
    ("REED", "Reed Cellar", "35.010988", "135.767702", 59, None, False, 130, 585, 8),
)
_ARTISTS = (
    (
        "Jörg Müller-Weiß",
        1881,
        1949,
        "DE",
        "Painted harbours, and little else.\nHis brother, “Jörg the Loud”, sold them.",
    ),
    ("Élodie Çelik", 1902, 1988, "FR", None),
    ("Ōta Haruka", 1924, None, "JP", "Works in ink; keeps no sketches."),
    ("Siân O'Neill", 1931, 2001, "IE", "Left the academy, came back, left again."),
    ("Zoë Kjær", 1957, None, "DK", None),
    ("Łukasz Żółć", 1899, 1944, "PL", None),
    (
        "María del Carmen Ibáñez, the Younger",
        1866,
        1940,
        "ES",
        "Daughter of the Elder, and of the same name.",
    ),
    ("Åse Öberg", 1910, 1997, "SE", None),
    ("Nguyễn Thị Ánh", 1948, None, "VN", "Lacquer."),
    ("Guðrún Þórsdóttir", 1972, None, "IS", None),
    ("Workshop of the Reed Cellar", None, None, None, None),
    ("Unknown hand", None, None, None, ""),
)
_SUBJECTS = (
    *("Pears", "Two Herons", "A Harbour", "The Painter's Daughter", "Brücke", "Mondnacht", "La Forêt"),
    *("Snow", "Old Pine", "The Empty Room", "Regen über Wörth", "A Letter", "Persimmons", "Nø-Man's Land"),
    *("Night Cherry", "The Weir", "Bildnis einer Köchin", "Irises", "Café de la Gare", "Crossing"),
)
_MANNERS = (
    *("", "", "", ", Evening", ", Study", ", “unfinished”", ' ("first version")', ", after Ōta", " II"),
    *(", blue, green", " in Winter", ', called "The Small"'),
)
# What people do write into titles, and what programs stumble over.
_TITLES = (
    *('"Untitled"', "=SUM(Light)", "50 % of a Circle", "Day/Night", "under_score", "<b>Bold</b> Gesture"),
    *("夜桜", 'Nachtstück, "grün", mit Ölkreide', "O'Hara's Window", "A\\B", "-1", "NULL", "Crème brûlée 🍮"),
    *("@home", "Two lines\nof a poem", "50 % off; today & tomorrow?"),
)
_TECHNIQUES = (
    "Oil on canvas",
    "Ink on paper",
    "Lacquer",
    "Woodcut",
    "Watercolour",
    "Bronze",
    "Tempera, gold",
)
_CURRENCIES = ("EUR", "EUR", "EUR", "JPY", "USD", "CHF")
# How the hours of a day differ from its mean, in tenths of a degree; humidity goes the other way.
_OF_THE_HOUR = (-9, -11, -12, -13, -14, -14, -12, -8, -3, 2, 6, 9, 12, 14, 15, 14, 12, 9, 6, 3, 0, -3, -5, -7)
# How many of a good hour's visitors come, in hundredths.
_CROWD = (0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 60, 80, 70, 75, 100, 95, 80, 45, 0, 0, 0, 0, 0, 0)
_MONDAY = 0


class _Dice:
    """Chance, by the one method of Random's that gives the same on every Python."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - made-up data

    def below(self, number: int) -> int:
        """A whole number from 0 on."""
        return int(self._random.random() * number)

    def one_in(self, number: int) -> bool:
        return self.below(number) == 0

    def around(self, spread: int) -> int:
        """A number between -spread and spread, mostly near 0."""
        return self.below(spread + 1) - self.below(spread + 1)


def files() -> dict[Path, str]:
    """Every file that this writes, and its text."""
    tables = ((ROOM, _rooms()), (ARTIST, _artists()), (WORK, _works()), (CLIMATE, _climate()))
    found: dict[Path, str] = {}
    for table, rows in tables:
        found[FOLDER / "tables" / f"{table.name}.hdbtable"] = table.ddl()
        found[FOLDER / "data" / f"{table.name}.hdbtabledata"] = table.data()
        found[FOLDER / "data" / f"{table.name}.csv"] = table.csv(rows)
    return found


def _rooms() -> Rows:
    for identifier, name, latitude, longitude, limit, opens, heated, *_ in _ROOMS:
        yield identifier, name, Decimal(latitude), Decimal(longitude), limit, opens, heated


def _artists() -> Rows:
    for number, artist in enumerate(_ARTISTS, 1):
        yield number, *artist


def _works() -> Rows:
    dice = _Dice(SEED)
    for number in range(1, WORKS + 1):
        yield number, f"T-{1900 + dice.below(126)}-{number:03}", *_work(dice, number)


def _work(dice: _Dice, number: int) -> tuple[Value, ...]:
    if number % 60 == 0:
        # Pairs that a view without the number cannot tell apart.
        return (
            "Tea Bowl",
            11,
            "REED",
            "Lacquer",
            None,
            date(2019, 11, 5),
            Decimal("180.00"),
            "EUR",
            None,
            None,
            False,
            None,
        )
    odd = number % 13 == 0 and number // 13 <= len(_TITLES)
    manner = _MANNERS[dice.below(len(_MANNERS))]
    title = _TITLES[number // 13 - 1] if odd else _SUBJECTS[dice.below(len(_SUBJECTS))] + manner
    artist = dice.below(len(_ARTISTS))
    born, died = _ARTISTS[artist][1:3]
    made = None if born is None else born + 20 + dice.below((died or 2020) - born - 20)
    first = date(max(1950, (made or 0) + 1), 1, 1)
    acquired = first + timedelta(days=dice.below((date(2026, 1, 1) - first).days))
    valued = not dice.one_in(9)
    currency = _CURRENCIES[dice.below(len(_CURRENCIES))]
    amount = 1 + dice.below(90_000_000) // (1 + dice.below(400))
    return (
        title,
        None if dice.one_in(15) else artist + 1,
        None if dice.one_in(12) else _ROOMS[dice.below(len(_ROOMS))][0],
        _TECHNIQUES[dice.below(len(_TECHNIQUES))],
        None if dice.one_in(10) else made,
        None if dice.one_in(8) else acquired,
        _tenths(amount // 100 * 10_000 if currency == "JPY" else amount, 2) if valued else None,
        currency if valued else None,
        None if dice.one_in(20) else _tenths(80 + dice.below(2400)),
        None if dice.one_in(20) else _tenths(80 + dice.below(2400)),
        dice.one_in(11),
        _examined(dice) if dice.one_in(3) else None,
    )


def _examined(dice: _Dice) -> str:
    """A moment with all of the seven digits that HANA keeps, one more than Python has."""
    moment = FIRST_DAY - timedelta(minutes=dice.below(2_000_000), seconds=dice.below(60))
    return f"{moment:%Y-%m-%d %H:%M:%S}.{dice.below(10_000_000):07}"


def _climate() -> Rows:
    dice = _Dice(SEED + 1)
    for identifier, *_, temperature, humidity, crowd in _ROOMS:
        weather = 0
        for hour in range(DAYS * 24):
            moment = FIRST_DAY + timedelta(hours=hour)
            weather = weather * 97 // 100 + dice.around(4)
            cycle = _OF_THE_HOUR[moment.hour]
            warm = temperature + weather + cycle * (20 if temperature < 190 else 6) // 10 + dice.around(3)
            damp = humidity - cycle * 12 // 10 + weather * 2 + dice.around(8)
            is_closed = moment.weekday() == _MONDAY
            people = 0 if is_closed else crowd * _CROWD[moment.hour] * (60 + dice.below(50)) // 10_000
            silent = dice.one_in(300)
            yield identifier, moment, _tenths(warm), None if silent else damp // 10, people


def _tenths(number: int, places: int = 1) -> Decimal:
    return Decimal(number).scaleb(-places)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _field(value: Value) -> str:
    """A value as SAP's table data plug-in reads it: nothing is NULL, an empty text is in quotes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if text == "" or set(text) & set(',"\r\n') else text


def main() -> int:
    """Write what differs, and tell."""
    for file, text in files().items():
        if not file.exists() or file.read_bytes() != text.encode():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
            print(f"{file.relative_to(PROJECT)} is written anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
