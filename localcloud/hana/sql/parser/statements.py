"""Parses one statement of any kind; what HANA knows and the local HANA does not is refused by name."""

from __future__ import annotations

from collections.abc import Callable

from . import tree
from .blocks import block
from .ddl import INDEX_KINDS, alter_table, create_table, sequence_changes, sequence_options, table_kind
from .dml import delete, insert, merge, update, upsert
from .expressions import (
    dotted,
    expression,
    identifier,
    integer,
    is_identifier,
    path,
    string,
)
from .language import COMMENTED, PRIVILEGES
from .lexer import TokenReader, wordset
from .procedures import procedure_call
from .queries import lock_wait, query
from .views import view

_PRIVILEGES = wordset("SELECT INSERT UPDATE DELETE EXECUTE ALTER DROP INDEX TRIGGER REFERENCES DEBUG")
_AFTER_ROLE = frozenset({"TO", "FROM", ","})
_INDEX_OPTIONS = ("NOWAIT", "ONLINE", "PAGE LOADABLE", "COLUMN LOADABLE")
"""How an index is made and kept, which changes no answer."""
_ISOLATION_LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
_REPLACING = wordset("OR REPLACE ONLINE")
"""What may stand between CREATE and what is created."""


def parse(sql: str) -> tuple[tree.StatementNode, int]:
    """The statement and how many `?` it has; one semicolon at the end is allowed."""
    reader = TokenReader(sql)
    found = _statement(reader)
    reader.accept_symbol(";")
    if reader.token.kind != "end":
        raise reader.error()
    return found, reader.markers


def parse_query(sql: str) -> tree.Query:
    """A query alone, as the text of a view has it."""
    found, _ = parse(sql)
    if not isinstance(found, tree.Query):
        raise TokenReader(sql).error()
    return found


def parse_expression(sql: str) -> tree.Expression:
    """An expression alone, as the text of a default or a check has it."""
    reader = TokenReader(sql)
    found = expression(reader)
    if reader.token.kind != "end":
        raise reader.error()
    return found


def _statement(reader: TokenReader) -> tree.StatementNode:
    token = reader.token
    if reader.is_symbol("("):
        return query(reader)
    if reader.accept_symbol("{"):
        return _escape(reader)
    word = token.text if token.kind == "name" else ""
    if word in _READERS:
        return _READERS[word](reader)
    raise reader.refuse_statement()


def _escape(reader: TokenReader) -> tree.MetadataQuery | tree.ProcedureCall:
    """`{CALLQ …}`, a question of JDBC's about metadata; `{call …}` is a CALL."""
    returns = reader.accept_symbol("?")
    reader.accept_symbol("=")
    if reader.is_word("CALL"):
        if returns:
            raise reader.refuse("the value of a procedure")
        made = procedure_call(reader)
        reader.expect_symbol("}")
        return made
    at = reader.token.at
    reader.expect("CALLQ")
    found = tree.MetadataQuery(identifier(reader), at)
    reader.expect_symbol("}")
    return found


def _create(reader: TokenReader) -> tree.StatementNode:
    at = reader.take().at
    replace = reader.accept("OR", "REPLACE")
    kind = None if replace else table_kind(reader)
    if kind is not None:
        return create_table(reader, kind, at)
    if reader.accept("VIEW"):
        return view(reader, replace, at)
    public = reader.accept("PUBLIC", "SYNONYM")
    if public or reader.accept("SYNONYM"):
        name = _public(path(reader), public)
        reader.expect("FOR")
        return tree.CreateSynonym(name, path(reader), at)
    if replace:
        raise reader.refuse_statement(_REPLACING)
    if reader.accept("SCHEMA"):
        return _schema(reader, at)
    if reader.accept("SEQUENCE"):
        return tree.CreateSequence(path(reader), sequence_options(reader), at)
    if any(reader.is_word(*words.split()) for words in ("UNIQUE", "INDEX", *INDEX_KINDS)):
        return _index(reader, at)
    raise reader.refuse_statement(_REPLACING)


def _public(name: tree.Path, public: bool) -> tree.Path:
    return tree.Path(("PUBLIC", name.name), name.at) if public else name


def _schema(reader: TokenReader, at: int) -> tree.CreateSchema:
    if_not_exists = reader.accept("IF", "NOT", "EXISTS")
    name = identifier(reader)
    owner = identifier(reader) if reader.accept("OWNED", "BY") else None
    return tree.CreateSchema(name, owner, at, if_not_exists)


def _index(reader: TokenReader, at: int) -> tree.CreateIndex:
    unique = reader.accept("UNIQUE")
    reader.accept_any(INDEX_KINDS)
    reader.expect("INDEX")
    name = path(reader)
    reader.expect("ON")
    table = path(reader)
    columns = reader.enclosed(lambda _: reader.listed(_index_column))
    if reader.accept_any(("ASC", "DESC")) == "DESC":
        columns = tuple((column, True) for column, _ in columns)
    while reader.accept_any(_INDEX_OPTIONS):
        pass
    return tree.CreateIndex(name, table, columns, unique, at)


def _index_column(reader: TokenReader) -> tuple[str, bool]:
    column = identifier(reader)
    return column, reader.accept_any(("ASC", "DESC")) == "DESC"


def _alter(reader: TokenReader) -> tree.StatementNode:
    at = reader.take().at
    if reader.accept("TABLE"):
        return alter_table(reader, at)
    if reader.accept("SEQUENCE"):
        return tree.AlterSequence(path(reader), sequence_changes(reader), at)
    if reader.is_word("SYSTEM", "CANCEL"):
        return _cancel(reader, at)
    raise reader.refuse_statement()


def _cancel(reader: TokenReader, at: int) -> tree.CancelSession:
    reader.expect("SYSTEM", "CANCEL")
    reader.accept("WORK", "IN")
    reader.expect("SESSION")
    return tree.CancelSession(string(reader), at)


def _drop(reader: TokenReader) -> tree.Drop:
    at = reader.take().at
    public = reader.is_word("PUBLIC", "SYNONYM") and reader.accept("PUBLIC")
    kind = reader.accept_any(("TABLE", "VIEW", "SEQUENCE", "SYNONYM", "SCHEMA", "INDEX"))
    if not kind:
        raise reader.refuse_statement()
    if_exists = reader.accept("IF", "EXISTS")
    name = _public(path(reader), public)
    if kind == "INDEX":
        reader.accept("ONLINE")
    cascade = {"CASCADE": True, "RESTRICT": False}.get(reader.accept_any(("CASCADE", "RESTRICT")))
    return tree.Drop(kind, name, cascade, at, if_exists)


def _rename(reader: TokenReader) -> tree.Rename:
    at = reader.take().at
    kind = reader.accept_any(("TABLE", "COLUMN", "INDEX", "SCHEMA"))
    if not kind:
        raise reader.refuse_statement()
    name = tree.Path(dotted(reader), at)
    reader.expect("TO")
    new = tree.Rename(kind, name, identifier(reader), at)
    if reader.is_symbol("."):
        raise reader.refuse(f"RENAME {kind} into a schema")
    return new


def _comment(reader: TokenReader) -> tree.Comment:
    at = reader.take().at
    reader.expect("ON")
    kind = reader.accept_any(("TABLE", "VIEW", "COLUMN"))
    if not kind:
        raise reader.refuse_next("COMMENT ON", COMMENTED)
    name_at = reader.token.at
    parts = list(dotted(reader))
    reader.expect("IS")
    text = None if reader.accept("NULL") else string(reader)
    column = parts.pop() if kind == "COLUMN" else None
    if not parts or len(parts) > 2:
        raise reader.error()
    return tree.Comment(kind, tree.Path(tuple(parts), name_at), column, text, at)


def _grant(reader: TokenReader) -> tree.Grant:
    token = reader.take()
    revoke = token.text == "REVOKE"
    privileges = reader.listed(_privilege)
    if not reader.accept("ON"):
        raise reader.refuse(f"{token.text} of roles and system privileges", token)
    schema = reader.accept("SCHEMA")
    name = path(reader)
    reader.expect("FROM" if revoke else "TO")
    grantee = identifier(reader)
    reader.accept("WITH", "GRANT", "OPTION")
    return tree.Grant(revoke, privileges, schema, name, grantee, token.at)


def _privilege(reader: TokenReader) -> str:
    token = reader.token
    known = ("CREATE ANY", "ALL PRIVILEGES", *_PRIVILEGES)
    if token.kind == "quoted" and token.text in known:  # as deployers write it
        return reader.take().text
    found = reader.accept_any(known)
    if not found and reader.ahead().text in _AFTER_ROLE and is_identifier(reader):
        raise reader.refuse("GRANT and REVOKE of roles")
    if not found:
        raise reader.refuse_next("privilege", PRIVILEGES)
    return found


def _set(reader: TokenReader) -> tree.StatementNode:
    at = reader.take().at
    if reader.accept("SCHEMA"):
        return tree.SetSchema(identifier(reader), at)
    if reader.accept("TRANSACTION"):
        return _set_transaction(reader, at)
    reader.accept("SESSION")
    if reader.token.kind == "string":
        key = reader.take().text
        reader.expect_symbol("=")
        return tree.SetVariable(key, string(reader), at)
    raise reader.refuse_statement()


def _set_transaction(reader: TokenReader, at: int) -> tree.SetTransaction:
    if reader.accept("ISOLATION", "LEVEL"):
        reader.refuse_any("READ UNCOMMITTED", after="isolation level ")
        level = reader.accept_any(_ISOLATION_LEVELS)
        if not level:
            raise reader.error()
        return tree.SetTransaction(at, level=level)
    if mode := reader.accept_any(("READ ONLY", "READ WRITE")):
        return tree.SetTransaction(at, read_only=mode == "READ ONLY")
    if reader.accept("LOCK", "WAIT", "TIMEOUT"):
        return tree.SetTransaction(at, lock_wait=integer(reader))
    if reader.accept("AUTOCOMMIT", "DDL", "ON"):
        return tree.SetTransaction(at)
    raise reader.refuse_next("SET TRANSACTION", ("AUTOCOMMIT DDL OFF",))


def _unset(reader: TokenReader) -> tree.StatementNode:
    at = reader.take().at
    reader.accept("SESSION")
    return tree.SetVariable(string(reader), None, at)


def _rollback(reader: TokenReader) -> tree.TransactionControl:
    at = reader.take().at
    reader.accept("WORK")
    if reader.accept("TO", "SAVEPOINT"):
        return tree.TransactionControl("ROLLBACK TO", at, identifier(reader))
    return tree.TransactionControl("ROLLBACK", at)


def _commit(reader: TokenReader) -> tree.TransactionControl:
    at = reader.take().at
    reader.accept("WORK")
    return tree.TransactionControl("COMMIT", at)


def _savepoint(reader: TokenReader) -> tree.TransactionControl:
    at = reader.take().at
    return tree.TransactionControl("SAVEPOINT", at, identifier(reader))


def _release(reader: TokenReader) -> tree.TransactionControl:
    at = reader.take().at
    reader.expect("SAVEPOINT")
    return tree.TransactionControl("RELEASE", at, identifier(reader))


def _truncate(reader: TokenReader) -> tree.Truncate:
    at = reader.take().at
    if not reader.accept("TABLE"):
        raise reader.refuse_statement()
    return tree.Truncate(path(reader), at)


def _lock(reader: TokenReader) -> tree.LockTable:
    at = reader.take().at
    reader.expect("TABLE")
    table = path(reader)
    reader.expect("IN", "EXCLUSIVE", "MODE")
    return tree.LockTable(table, lock_wait(reader), at)


_READERS: dict[str, Callable[[TokenReader], tree.StatementNode]] = {
    "SELECT": query,
    "WITH": query,
    "INSERT": insert,
    "UPSERT": upsert,
    "REPLACE": upsert,
    "UPDATE": update,
    "DELETE": delete,
    "MERGE": merge,
    "CREATE": _create,
    "ALTER": _alter,
    "DROP": _drop,
    "RENAME": _rename,
    "COMMENT": _comment,
    "TRUNCATE": _truncate,
    "GRANT": _grant,
    "REVOKE": _grant,
    "SET": _set,
    "UNSET": _unset,
    "COMMIT": _commit,
    "ROLLBACK": _rollback,
    "SAVEPOINT": _savepoint,
    "RELEASE": _release,
    "LOCK": _lock,
    "DO": block,
    "CALL": procedure_call,
}
