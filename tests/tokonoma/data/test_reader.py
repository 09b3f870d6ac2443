"""The reader gives callers what the policy shows them, from a real schema with the museum in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localcloud.certificates import Authority
from localcloud.hana.connecting import connect
from localcloud.hana.faults import Fault
from localcloud.hana.local import LocalHana
from tokonoma.bindings import HanaBinding
from tokonoma.data import catalogue, references
from tokonoma.data.aggregates.histogram import histogram
from tokonoma.data.aggregates.points import points
from tokonoma.data.aggregates.values import values
from tokonoma.data.plan import Options
from tokonoma.data.policy import file as policy_file
from tokonoma.data.policy.access import AccessControl, apply
from tokonoma.data.query.parser import parse_literal
from tokonoma.data.query.tree import Literal
from tokonoma.data.reader import Reader
from tokonoma.errors import HanaObjectChanged, HanaTimeout, KeyNotUnique, ObjectUnknown, QueryInvalid
from tokonoma.hana.schema import Schema
from tokonoma.settings import Settings

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Person:
    name: str
    scopes: frozenset[str] = frozenset()
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    id: str = "1-2-3"

    def has(self, scope: str) -> bool:
        return scope in self.scopes


CURATOR = Person("alice", frozenset({"$XSAPPNAME.Curate"}))
VIEWER = Person("bob", frozenset({"$XSAPPNAME.Display"}), {"rooms": ("IRIS", "LOTUS")})
NOBODY = Person("carol")


@pytest.fixture(scope="module")
def museum(authority: Authority) -> Iterator[LocalHana]:
    with LocalHana(authority=authority, seed=PROJECT / "db") as hana:
        yield hana


@pytest.fixture(scope="module")
def schema(museum: LocalHana) -> Iterator[Schema]:
    binding = HanaBinding(
        "pyhana",
        museum.host,
        museum.port,
        museum.user,
        museum.password,
        museum.schema,
        museum.certificate,
    )
    schema = Schema(binding, Settings())
    yield schema
    schema.close()


@pytest.fixture(scope="module")
def reader(schema: Schema, museum: LocalHana) -> Reader:
    """With the project's own policy."""
    policy = policy_file.read(PROJECT / "policy.toml")
    control = AccessControl(
        policy,
        "xsuaa",
        lambda: apply(policy, catalogue.read(schema.select, museum.schema, policy.names), schema.select),
    )
    return Reader(control, schema, b"a secret of more than sixteen")


def key(text: str) -> dict[str, Literal]:
    return {"ID": parse_literal(text, "key")}


def test_a_caller_sees_the_rows_of_the_grant(reader: Reader) -> None:
    rooms = reader.control.object(VIEWER, "ROOM")
    page = reader.page(VIEWER, rooms, Options(select="ID", orderby="ID", count=True))
    assert [row[0] for row in page.rows] == ["IRIS", "LOTUS"]
    assert (page.count, page.skiptoken) == (2, "")
    assert reader.count(VIEWER, rooms, Options()) == 2
    assert reader.count(CURATOR, reader.control.object(CURATOR, "ROOM"), Options()) == 5


def test_a_count_ends_at_its_limit(reader: Reader) -> None:
    rooms, everywhere = reader.control.object(VIEWER, "ROOM"), reader.control.object(CURATOR, "ROOM")
    iris = Options(filter="ID eq 'IRIS'", top=1, skip=3, orderby="NAME")
    for limit, seen, all_of_them in ((0, 1, 1), (1, 2, 2), (2, 2, 3), (5, 2, 5), (10_000, 2, 5)):
        assert reader.count_up_to(VIEWER, rooms, Options(), limit) == seen
        assert reader.count_up_to(CURATOR, everywhere, Options(), limit, timeout=5) == all_of_them
        assert reader.count_up_to(VIEWER, rooms, iris, limit) == 1


def test_a_count_without_a_limit_is_refused(reader: Reader) -> None:
    with pytest.raises(ValueError, match="not below 0"):
        reader.count_up_to(VIEWER, reader.control.object(VIEWER, "ROOM"), Options(), -1)


def test_what_takes_too_long_is_given_up_and_the_next_page_comes(
    reader: Reader, museum: LocalHana, schema: Schema
) -> None:
    rooms = reader.control.object(CURATOR, "ROOM")
    reader.page(CURATOR, rooms, Options())
    opened = schema.connections()
    slow: list[Callable[[], object]] = [
        lambda: reader.count_up_to(CURATOR, rooms, Options(), timeout=1),
        lambda: reader.neighbours(CURATOR, rooms, Options(), key("'IRIS'"), timeout=1),
        lambda: reader.labels(CURATOR, rooms, [("IRIS",)], timeout=1),
        lambda: values(reader.filtered(CURATOR, rooms, Options(), timeout=1), "NAME"),
    ]
    with museum.failing(Fault.SLOW, seconds=2):
        for ask in slow:
            with pytest.raises(HanaTimeout):
                ask()
        # The others have as much time as ever, on the same connection.
        assert len(reader.page(CURATOR, rooms, Options()).rows) == 5
    assert schema.connections() == opened


def test_a_caller_sees_the_columns_of_the_grant(reader: Reader) -> None:
    works = reader.control.object(VIEWER, "WORK")
    page = reader.page(VIEWER, works, Options(top=1))
    assert {"VALUE", "CURRENCY"}.isdisjoint(dict(page.columns))
    with pytest.raises(QueryInvalid):
        reader.page(VIEWER, works, Options(filter="VALUE gt 0"))


def test_without_a_grant_there_is_nothing(reader: Reader) -> None:
    with pytest.raises(ObjectUnknown):
        reader.control.object(NOBODY, "ROOM")


def test_the_pages_of_a_table_are_all_of_it_once(reader: Reader) -> None:
    works = reader.control.object(CURATOR, "WORK")
    seen: list[object] = []
    token, pages = "", 0
    while pages == 0 or token:
        page = reader.page(CURATOR, works, Options(select="ID"), page_size=100, token=token)
        seen += [row[0] for row in page.rows]
        token, pages = page.skiptoken, pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == reader.count(CURATOR, works, Options())


def test_the_pages_of_a_table_are_walked_back(reader: Reader) -> None:
    works = reader.control.object(CURATOR, "WORK")
    options = Options(select="ID", orderby="YEAR_MADE desc")
    first = reader.page(CURATOR, works, options, page_size=100)
    second = reader.page(CURATOR, works, options, page_size=100, token=first.skiptoken)
    assert (first.first, first.previous, second.first) == (1, "", 101)
    again = reader.page(CURATOR, works, options, page_size=100, token=second.previous)
    assert again == first
    # Rows 1 to 50 of a page of 150 would not fill it.
    larger = reader.page(CURATOR, works, options, page_size=150, token=second.previous)
    assert (larger.first, larger.previous, larger.rows[:100]) == (1, "", first.rows)
    assert len(larger.rows) == 150


def test_a_row_of_another_grant_is_not_there(reader: Reader) -> None:
    rooms = reader.control.object(VIEWER, "ROOM")
    assert reader.row(VIEWER, rooms, key("'IRIS'"), "NAME").rows[0][0] == "Iris Pavilion"
    for text in ("'PINE'", "'NOWHERE'"):
        with pytest.raises(ObjectUnknown):
            reader.row(VIEWER, rooms, key(text))


def test_the_neighbours_of_a_row_are_those_that_the_caller_sees(reader: Reader) -> None:
    everywhere, rooms = reader.control.object(CURATOR, "ROOM"), reader.control.object(VIEWER, "ROOM")
    order = [row[0] for row in reader.page(CURATOR, everywhere, Options(orderby="NAME desc")).rows]
    place = order.index("IRIS")
    by_name = Options(orderby="NAME desc", select="NAME", top=1, skip=4)
    beside = reader.neighbours(CURATOR, everywhere, by_name, key("'IRIS'"), timeout=5)
    assert beside == ((order[place - 1],), (*order[place + 1 : place + 2],) or None)
    assert reader.neighbours(VIEWER, rooms, by_name, key("'IRIS'")) == (("LOTUS",), None)
    assert reader.neighbours(VIEWER, rooms, by_name, key("'LOTUS'")) == (None, ("IRIS",))
    only_lotus = Options(filter="ID eq 'LOTUS'", orderby="NAME desc")
    assert reader.neighbours(VIEWER, rooms, only_lotus, key("'IRIS'")) == (("LOTUS",), None)
    for text in ("'PINE'", "'NOWHERE'"):
        with pytest.raises(ObjectUnknown):
            reader.neighbours(VIEWER, rooms, by_name, key(text))


def test_neighbours_of_an_order_by_now_are_found(reader: Reader) -> None:
    works = reader.control.object(CURATOR, "WORK")
    options = Options(filter="EXAMINED_AT lt now()", orderby="EXAMINED_AT lt now(),ID desc", select="ID")
    first, second, third, *_ = [row[0] for row in reader.page(CURATOR, works, options).rows]
    assert reader.neighbours(CURATOR, works, options, key(str(second))) == ((first,), (third,))


def test_a_row_of_an_object_without_a_key_has_no_neighbours(reader: Reader) -> None:
    purchases = reader.control.object(CURATOR, "PURCHASE")
    assert reader.neighbours(CURATOR, purchases, Options(), {}) == (None, None)


def test_rows_have_labels_for_those_who_see_them(reader: Reader) -> None:
    everywhere, rooms = reader.control.object(CURATOR, "ROOM"), reader.control.object(VIEWER, "ROOM")
    keys = [("IRIS",), ("PINE",), ("NOWHERE",), (None,), ("IRIS",)]
    assert reader.labels(CURATOR, everywhere, keys, timeout=5) == {
        ("IRIS",): "Iris Pavilion",
        ("PINE",): "Hall of Pines",
    }
    assert reader.labels(VIEWER, rooms, keys) == {("IRIS",): "Iris Pavilion"}
    assert reader.labels(VIEWER, rooms, []) == {}
    by_name = reader.labels(CURATOR, everywhere, [("Iris Pavilion",)], by=["NAME"])
    assert by_name == {("Iris Pavilion",): "Iris Pavilion"}
    climate = reader.control.object(CURATOR, "CLIMATE")
    assert climate.title == ""
    assert reader.labels(CURATOR, climate, [("IRIS", "2024-05-06 00:00:00.0000000")]) == {}
    with pytest.raises(QueryInvalid):
        reader.labels(CURATOR, everywhere, [("x",)], by=["NOTHING"])


def test_figures_are_of_what_the_caller_sees(reader: Reader) -> None:
    works, every_work = reader.control.object(VIEWER, "WORK"), reader.control.object(CURATOR, "WORK")
    seen = reader.filtered(VIEWER, works, Options(filter="YEAR_MADE ge 1900", top=1, skip=5), timeout=5)
    assert {value for value, _ in values(seen, "ROOM_ID").counts} == {"IRIS", "LOTUS"}
    known = reader.count(VIEWER, works, Options(filter="YEAR_MADE ge 1900"))
    assert sum(each.count for each in histogram(seen, "YEAR_MADE").bins) == known
    assert points(seen, "HEIGHT", "WIDTH").count <= known
    for name in ("VALUE", "CURRENCY"):
        with pytest.raises(QueryInvalid, match="there is no column"):
            values(seen, name)
        assert values(reader.filtered(CURATOR, every_work, Options()), name).counts
    with pytest.raises(QueryInvalid):
        reader.filtered(VIEWER, works, Options(filter="VALUE gt 0"))


def test_what_points_to_a_row_is_counted(reader: Reader) -> None:
    objects = reader.control.objects(VIEWER)
    links = {link.source: link for link in references.incoming(objects, objects["ROOM"])}
    assert links.keys() == {"WORK", "CLIMATE"}
    works = objects["WORK"]
    text = references.pointing(links["WORK"], works.columns, ["IRIS"])
    assert text == "ROOM_ID eq 'IRIS'"
    number = reader.count_up_to(VIEWER, works, Options(filter=text))
    counts = dict(values(reader.filtered(VIEWER, works, Options()), "ROOM_ID").counts)
    assert number == counts["IRIS"] > 0
    hidden = references.pointing(links["WORK"], works.columns, ["PINE"])
    assert reader.count_up_to(VIEWER, works, Options(filter=hidden)) == 0


@pytest.mark.parametrize("text", ["null", "1", "true"])
def test_a_key_of_another_kind_is_refused(reader: Reader, text: str) -> None:
    with pytest.raises(QueryInvalid):
        reader.row(CURATOR, reader.control.object(CURATOR, "ROOM"), key(text))


def test_a_stream_has_all_rows(reader: Reader) -> None:
    climate = reader.control.object(CURATOR, "CLIMATE")
    plan, stream = reader.stream(CURATOR, climate, Options(select="ROOM_ID"))
    with stream:
        assert sum(map(len, stream)) == 7200
    assert [name for name, _ in plan.columns] == ["ROOM_ID"]


def test_a_key_that_is_not_unique_is_told(reader: Reader) -> None:
    works = reader.control.object(CURATOR, "WORK")
    with pytest.raises(KeyNotUnique):
        reader.row(CURATOR, works, {"ROOM_ID": parse_literal("'IRIS'", "key")})


def test_the_catalogue_is_read_again_after_a_column_is_gone(
    museum: LocalHana, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = reader.control.object(CURATOR, "PURCHASE")
    owner = connect(museum.binding(), owner=True)
    owner.cursor().execute("DROP VIEW PURCHASE")
    owner.commit()
    owner.close()
    asked: list[bool] = []
    monkeypatch.setattr(reader.control, "suspect", lambda: asked.append(True))
    with pytest.raises(HanaObjectChanged):
        reader.page(CURATOR, purchase, Options())
    assert asked == [True]
