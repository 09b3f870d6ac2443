"""Lines for other programs that read one address, each quoted as its language wants it.

The token is a variable of each language: it never stands on a page.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines in one language."""

    name: str
    """Of the program, which is its heading too."""
    text: str


def every(address: str, file: str) -> list[Lines]:
    """Lines that read the CSV at an address; `file` is a name to keep it under."""
    return [
        Lines("curl", curl(address, file)),
        Lines("pandas", pandas(address)),
        Lines("DuckDB", duckdb(address, file)),
        Lines("Power Query", power_query(address)),
    ]


def curl(address: str, file: str) -> str:
    """For a POSIX shell."""
    # A name that begins with - would be an option.
    kept = shlex.quote(f"./{file}")
    return (
        'curl --fail --globoff --header "Authorization: Bearer $TOKEN" \\\n'
        f"  --output {kept} {shlex.quote(address)}\n"
    )


def pandas(address: str) -> str:
    """For Python. Without the last two arguments pandas takes the texts NA and NULL for nothing."""
    return (
        "import os\n\nimport pandas\n\n"
        "rows = pandas.read_csv(\n"
        f"    {python(address)},\n"
        '    storage_options={"Authorization": f"Bearer {os.environ[\'TOKEN\']}"},\n'
        "    keep_default_na=False,\n"
        '    na_values=[""],\n'
        ")\n"
        "print(rows)\n"
    )


def duckdb(address: str, file: str) -> str:
    """For Python: DuckDB reads files, and needs no extension for that."""
    return (
        "import os\nimport shutil\nimport urllib.request\n\nimport duckdb\n\n"
        "request = urllib.request.Request(\n"
        f"    {python(address)},\n"
        '    headers={"Authorization": f"Bearer {os.environ[\'TOKEN\']}"},\n'
        ")\n"
        f'with urllib.request.urlopen(request) as answer, open({python(file)}, "wb") as file:\n'
        "    shutil.copyfileobj(answer, file)\n"
        f"rows = duckdb.read_csv({python(file)})\n"
        "print(rows)\n"
    )


def power_query(address: str) -> str:
    """For the advanced editor of Excel and Power BI (language M)."""
    return (
        "let\n"
        '    Token = "…",\n'
        f'    Answer = Web.Contents({m(address)}, [Headers = [Authorization = "Bearer " & Token]]),\n'
        '    Rows = Csv.Document(Answer, [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),\n'
        "    Table = Table.PromoteHeaders(Rows, [PromoteAllScalars = true])\n"
        "in\n"
        "    Table\n"
    )


def ui5(service: str, name: str, options: Mapping[str, str]) -> Lines:
    """For a UI5 app behind the same approuter, which adds the token; `options` have names without $."""
    parameters = "".join(f"  ${option}: {javascript(value)},\n" for option, value in options.items())
    return Lines(
        "UI5",
        'import ODataModel from "sap/ui/model/odata/v4/ODataModel";\n\n'
        f'const model = new ODataModel({{ serviceUrl: {javascript(service)}, operationMode: "Server" }});\n'
        f"const rows = model.bindList({javascript('/' + name)}, undefined, undefined, undefined, {{\n"
        f"{parameters}}});\n",
    )


def python(text: str) -> str:
    """A text as Python has it; JSON's form is one of Python's, but for its surrogates."""
    return json.dumps(text, ensure_ascii=False)


def javascript(text: str) -> str:
    return json.dumps(text)


def m(text: str) -> str:
    """A text as Power Query has it (M language specification, "Text literals")."""
    escaped = text.replace("#(", "#(#)(").replace('"', '""')
    return f'"{escaped}"'
