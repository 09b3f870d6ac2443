from __future__ import annotations

from tokonoma.data.columns import Column
from tokonoma.pages.headings import headings, units


def columns(*given: Column) -> dict[str, Column]:
    return {each.name: each for each in given}


def test_a_short_comment_is_the_label() -> None:
    found = headings(
        columns(
            Column("A", "INTEGER", comment="Number of things"),
            Column("B", "INTEGER"),
            Column("C", "INTEGER", comment="A long description of what stands in this column"),
            Column("D", "INTEGER", comment="Two\nlines"),
        )
    )
    assert [each.label for each in found.values()] == ["Number of things", "B", "C", "D"]


def test_the_description_says_name_type_and_comment() -> None:
    found = headings(
        columns(
            Column("PRICE", "DECIMAL", 10, 2, comment="Price"),
            Column("NAME", "NVARCHAR", 20),
            Column("FREE", "DECIMAL", 34),
        )
    )
    assert found["PRICE"].description == "PRICE · DECIMAL(10, 2) · Price"
    assert found["NAME"].description == "NAME · NVARCHAR(20)"
    assert found["FREE"].description == "FREE · DECIMAL(34)"


def test_a_currency_belongs_to_the_only_amount() -> None:
    value, currency = Column("VALUE", "DECIMAL", 12, 2), Column("CURRENCY", "NVARCHAR", 3)
    height = Column("HEIGHT", "DECIMAL", 6, 1)
    found = headings(columns(value, currency, height))
    assert (found["VALUE"].unit, found["HEIGHT"].unit) == ("CURRENCY", "")
    assert units(found) == {"CURRENCY"}
    several = headings(columns(value, currency, Column("PRICE", "DECIMAL", 12, 2)))
    assert units(several) == frozenset()


def test_a_unit_is_found_by_its_name() -> None:
    found = headings(
        columns(
            Column("WEIGHT", "DOUBLE"),
            Column("WEIGHT_UNIT", "NVARCHAR", 3),
            Column("SIZE", "INTEGER"),
            Column("SIZE_UNIT", "NVARCHAR", 500),
        )
    )
    assert (found["WEIGHT"].unit, found["SIZE"].unit) == ("WEIGHT_UNIT", "")
