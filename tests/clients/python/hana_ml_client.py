"""Runs the steps of tests/clients/steps.py through hana-ml: its frames read, pandas' are uploaded."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import pandas
from hana_ml.dataframe import ConnectionContext, create_dataframe_from_pandas

from tests.clients.python import hdbcli_client
from tests.clients.python.protocol import Answer, Given, Place, rows_answer, serve


class Session(hdbcli_client.Session):
    """hdbcli's connection inside of hana-ml's."""

    def __init__(self, context: ConnectionContext) -> None:
        super().__init__(context.connection)
        self._context = context

    def execute(self, sql: str, given: Sequence[Given], timeout: int) -> Answer:
        if sql.startswith("INSERT") and given:
            return {"count": sum(self.batch(sql, [given])["counts"])}
        if sql.startswith(("CREATE", "INSERT")):
            # Its own `execute_sql` logs an error, and raises none.
            return super().execute(sql, given, timeout)
        found = self._context.sql(sql).collect().astype(object)
        return rows_answer(found.columns, found.where(found.notna(), None).itertuples(index=False))

    def batch(self, sql: str, rows: Sequence[Sequence[Given]]) -> Answer:
        [name] = re.findall(r"INSERT INTO (\w+)", sql)
        values = [[value for _, value in row] for row in rows]
        names = list(self._context.table(name).columns)
        frame = pandas.DataFrame(values, columns=names, dtype=object)
        create_dataframe_from_pandas(self._context, frame, name, append=True, disable_progressbar=True)
        return {"counts": [len(rows)]}


def connect(place: Place) -> Session:
    """A session that hana-ml has opened, with the options that the question gives, or its line."""
    if "url" in place:
        call = ast.parse(place["url"], mode="eval").body
        assert isinstance(call, ast.Call)
        options = {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg}
        return Session(ConnectionContext(**options))
    return Session(ConnectionContext(**hdbcli_client.options(place)))


if __name__ == "__main__":
    serve(connect)
