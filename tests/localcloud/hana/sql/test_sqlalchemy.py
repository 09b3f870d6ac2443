"""SQLAlchemy with SAP's own dialect, unmodified: definitions, inspection, reflection, the ORM, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    URL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Engine,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Sequence,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
    bindparam,
    case,
    create_engine,
    exc,
    func,
    insert,
    inspect,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy_hana import types as hana_types
from sqlalchemy_hana.elements import Upsert

from .conftest import Sql


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    __table_args__ = (UniqueConstraint("name", name="uk_author"), {"comment": "people who write"})

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(50), nullable=False, comment="full name")
    born: Mapped[date | None] = mapped_column(Date)
    books: Mapped[list[Book]] = relationship(back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "book"
    __table_args__ = (
        Index("ix_book_title", "title"),
        CheckConstraint("stock >= 0", name="ck_book_stock"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(start=100), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id", name="fk_book_author", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(100), server_default="untitled")
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    stock: Mapped[int] = mapped_column(Integer, default=0)
    twice: Mapped[int | None] = mapped_column(Integer, Computed("stock * 2"))
    author: Mapped[Author] = relationship(back_populates="books")


@pytest.fixture
def engine(options: Mapping[str, Any], schema: str) -> Iterator[Engine]:
    query = {
        "encrypt": "true",
        "currentSchema": schema,
        **{name: str(value) for name, value in options.items() if name.startswith("ssl")},
    }
    url = URL.create(
        "hana+hdbcli",
        username=options["user"],
        password=options["password"],
        host=options["address"],
        port=options["port"],
        query=query,
    )
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def made(engine: Engine) -> Engine:
    Base.metadata.create_all(engine)
    return engine


def test_create_all_and_drop_all(made: Engine, sql: Sql) -> None:
    tables = "SELECT TABLE_NAME FROM SYS.TABLES WHERE SCHEMA_NAME = ? ORDER BY 1"
    assert sql.column(tables, sql.schema) == ["AUTHOR", "BOOK"]
    # without a look at what is there: the dialect looks into the schema named after the user
    Base.metadata.drop_all(made, checkfirst=False)
    assert sql.column(tables, sql.schema) == []


def test_an_object_goes_in_and_comes_out(made: Engine) -> None:
    with Session(made) as session:
        author = Author(name="Bashō", born=date(1644, 1, 1))
        author.books = [Book(title="Oku", price=Decimal("12.50"), stock=3), Book(price=None)]
        session.add(author)
        session.commit()
        assert [book.id for book in author.books] == [100, 101]
    with Session(made) as session:
        author = session.scalars(select(Author)).one()
        assert (author.id, author.name, author.born) == (1, "Bashō", date(1644, 1, 1))
        found = [(book.title, book.price, book.stock, book.twice) for book in author.books]
        assert found == [("Oku", Decimal("12.50"), 3, 6), ("untitled", None, 0, 0)]
        author.books[0].stock += 1
        session.delete(author.books[1])
        session.commit()
        assert session.scalars(select(Book.twice)).all() == [8]
        session.delete(author)
        session.commit()
        assert session.scalar(select(func.count()).select_from(Book)) == 0


def test_a_broken_rule_is_an_integrity_error(made: Engine) -> None:
    with Session(made) as session:
        session.add(Author(name="one"))
        session.commit()
        wrong = {
            "301": (Author(name="one"), exc.IntegrityError),
            "461": (Book(author_id=99), exc.IntegrityError),
            "287": (Author(name=None), exc.DataError),
            "677": (Book(author_id=1, stock=-1), exc.DBAPIError),
        }
        for code, (each, error) in wrong.items():
            session.add(each)
            with pytest.raises(error, match=code):
                session.flush()
            session.rollback()


def test_savepoints_undo_what_is_inside(made: Engine) -> None:
    with Session(made) as session:
        session.add(Author(name="kept"))
        session.flush()
        with pytest.raises(exc.IntegrityError), session.begin_nested():
            session.add_all([Author(name="undone"), Author(name="kept")])
        session.add(Author(name="later"))
        session.commit()
        assert session.scalars(select(Author.name).order_by(Author.name)).all() == ["kept", "later"]


def test_many_rows_at_once(made: Engine) -> None:
    table = Base.metadata.tables["author"]
    with Session(made) as session:
        session.execute(insert(Author), [{"name": f"author {n:04}"} for n in range(1000)])
        session.connection().execute(
            update(table).where(table.c.name == bindparam("old")).values(name=bindparam("new")),
            [{"old": "author 0998", "new": "last"}, {"old": "author 0999", "new": "very last"}],
        )
        session.commit()
        assert session.scalar(select(func.count(Author.id))) == 1000
        page = select(Author.name).order_by(Author.name).limit(2).offset(10)
        assert session.scalars(page).all() == ["author 0010", "author 0011"]


def test_queries_of_the_expression_language(made: Engine) -> None:
    with Session(made) as session:
        session.add_all(
            [Author(name=name, books=[Book(title=f"{name} {n}", stock=n) for n in (1, 2)]) for name in "ab"]
        )
        session.commit()
        joined = (
            select(Author.name, func.sum(Book.stock)).join(Book).group_by(Author.name).order_by(Author.name)
        )
        assert [tuple(row) for row in session.execute(joined)] == [("a", 3), ("b", 3)]
        ranked = select(
            Book.title, func.row_number().over(partition_by=Book.author_id, order_by=Book.stock.desc())
        )
        assert ("a 2", 1) in [tuple(row) for row in session.execute(ranked)]
        sized = select(case((Book.stock > 1, "many"), else_="few")).where(Book.title.in_(["a 1", "a 2"]))
        assert sorted(session.scalars(sized)) == ["few", "many"]
        assert session.scalars(select(Author.name).where(Author.name.in_([]))).all() == []
        nested = select(Author).where(Author.books.any(Book.stock == 2), Author.name.like("a%"))
        assert session.scalars(nested).one().name == "a"
        both = select(Author.name).union_all(select(Book.title)).subquery()
        assert session.scalar(select(func.count()).select_from(both)) == 6
        common = (
            select(Book.author_id.label("a"), func.max(Book.stock).label("m")).group_by(Book.author_id).cte()
        )
        assert session.scalars(select(common.c.m)).all() == [2, 2]
        locked = select(Author).where(Author.name == "a").with_for_update()
        assert session.scalars(locked).one().id == 1
        matched = select(Author.name).where(Author.name.regexp_match("^A", flags="i"))
        assert session.scalars(matched).all() == ["a"]
        replaced = select(func.upper(Author.name), Author.name.regexp_replace("a", "z")).order_by(Author.name)
        assert [tuple(row) for row in session.execute(replaced)] == [("A", "z"), ("B", "b")]
        different = select(Author.name).where(Author.born.is_distinct_from(date(2000, 1, 1)))
        assert len(session.scalars(different).all()) == 2


def test_inspection_tells_everything(made: Engine, schema: str) -> None:
    with made.begin() as connection:
        connection.execute(text("CREATE VIEW v_book AS SELECT title FROM book"))
        connection.execute(text("CREATE SEQUENCE s_book"))
        connection.execute(text("CREATE LOCAL TEMPORARY TABLE #temp (a INT)"))
    found = inspect(made)
    assert schema.lower() in found.get_schema_names()
    assert found.has_table("book", schema)
    assert not found.has_table("nosuch", schema)
    assert sorted(found.get_table_names(schema)) == ["author", "book"]
    assert found.get_view_names(schema) == ["v_book"]
    assert found.get_view_definition("v_book", schema) == "SELECT title FROM book"
    assert found.get_sequence_names(schema) == ["s_book"]
    assert found.has_index("book", "ix_book_title", schema)
    assert found.get_table_comment("author", schema) == {"text": "people who write"}
    columns = {column["name"]: column for column in found.get_columns("book", schema)}
    assert list(columns) == ["id", "author_id", "title", "price", "stock", "twice"]
    assert (str(columns["title"]["type"]), columns["title"]["default"]) == ("NVARCHAR(100)", "untitled")
    assert str(columns["price"]["type"]) == "DECIMAL(10, 2)"
    assert columns["twice"]["computed"] == {"sqltext": "stock * 2", "persisted": True}
    assert not columns["author_id"]["nullable"]
    assert found.get_columns("author", schema)[1]["comment"] == "full name"
    assert [column["name"] for column in found.get_columns("v_book", schema)] == ["title"]
    assert found.get_pk_constraint("book", schema)["constrained_columns"] == ["id"]
    [reference] = found.get_foreign_keys("book", schema)
    assert (reference["name"], reference["referred_table"]) == ("fk_book_author", "author")
    assert reference["options"] == {"onupdate": "RESTRICT", "ondelete": "CASCADE"}
    assert {index["name"] for index in found.get_indexes("book", schema)} == {"ix_book_title"}
    assert found.get_unique_constraints("author", schema)[0]["column_names"] == ["name"]
    [check] = found.get_check_constraints("book", schema)
    assert check == {"name": "ck_book_stock", "sqltext": "stock >= 0"}
    assert found.get_table_oid("book", schema) > 0  # type: ignore[attr-defined]


def test_reflection_yields_tables_that_work(made: Engine, schema: str) -> None:
    metadata = MetaData()
    book = Table("book", metadata, schema=schema, autoload_with=made)
    assert set(book.c.keys()) == {"id", "author_id", "title", "price", "stock", "twice"}
    assert {key.column.table.name for key in book.foreign_keys} == {"author"}
    with made.begin() as connection:
        author = next(table for table in metadata.tables.values() if table.name == "author")
        connection.execute(author.insert().values(name="x"))
        connection.execute(book.insert().values(author_id=1, stock=2))
        assert connection.execute(select(book.c.twice)).scalar() == 4


def test_every_type_goes_in_and_comes_out(engine: Engine) -> None:
    metadata = MetaData()
    values: dict[str, tuple[Any, Any]] = {
        "tiny": (hana_types.TINYINT(), 255),
        "big": (BigInteger(), 2**62),
        "number": (Numeric(38, 10), Decimal("1234567890123456789012345678.0123456789")),
        "small": (hana_types.SMALLDECIMAL(), Decimal("1.5")),
        "double": (Float(), 0.1),
        "truth": (Boolean(), True),
        "words": (String(20), "花 😀"),
        "novel": (Text(), "länger " * 5000),
        "picture": (LargeBinary(), bytes(range(256)) * 100),
        "day": (Date(), date(2024, 2, 29)),
        "clock": (Time(), time(23, 59, 59)),
        "moment": (DateTime(), datetime(2024, 2, 29, 1, 2, 3, 123456)),
        "second": (hana_types.SECONDDATE(), datetime(2024, 2, 29, 1, 2, 3)),
        "document": (JSON(), {"a": [1, None, "x"]}),
        "alpha": (hana_types.ALPHANUM(10), "abc"),
    }
    table = Table("everything", metadata, *[Column(name, type_) for name, (type_, _) in values.items()])
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), {name: value for name, (_, value) in values.items()})
        connection.execute(table.insert(), dict.fromkeys(values))
        row, empty = connection.execute(select(table).order_by(table.c.tiny.desc())).all()
    for name, (_, value) in values.items():
        assert getattr(row, name) == value, name
    assert json.loads(json.dumps(list(empty))) == [None] * len(values)


def test_sequences_views_and_upserts_of_the_dialect(engine: Engine) -> None:
    metadata = MetaData()
    number = Sequence("s_item", start=7, metadata=metadata)
    item = Table(
        "item", metadata, Column("id", Integer, number, primary_key=True), Column("name", String(10))
    )
    tagged = Table("tagged", metadata, Column("key", Uuid, primary_key=True), Column("tag", String(5)))
    metadata.create_all(engine)
    with engine.begin() as connection:
        assert connection.execute(item.insert().values(name="a")).inserted_primary_key == (7,)
        for name in ("b", "c"):
            connection.execute(Upsert(item).values(id=7, name=name).filter_by(id=7))
        connection.execute(Upsert(item).values(id=9, name="new").filter_by(id=9))
        assert [tuple(row) for row in connection.execute(select(item).order_by(item.c.id))] == [
            (7, "c"),
            (9, "new"),
        ]
        connection.execute(text("CREATE VIEW v_item AS SELECT name FROM item"))
        assert connection.execute(text("SELECT name FROM v_item ORDER BY 1")).scalars().all() == ["c", "new"]
        assert connection.execute(select(literal_column("1")).select_from(tagged)).all() == []


def test_isolation_levels(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "READ COMMITTED"
        automatic = connection.execution_options(isolation_level="AUTOCOMMIT")
        automatic.execute(text("CREATE COLUMN TABLE t (a INT)"))
        automatic.execute(text("INSERT INTO t VALUES (1)"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT a FROM t")).scalar() == 1
