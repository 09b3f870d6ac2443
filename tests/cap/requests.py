"""The OData requests that the CAP project is asked, in this order: some read what others have written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

ORDER = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER = "aaaaaaaa-0000-4000-8000-000000000002"
NOTICE = "bbbbbbbb-0000-4000-8000-000000000001"
GERMAN = {"Accept-Language": "de"}
FRENCH = {"Accept-Language": "fr"}


@dataclass(frozen=True)
class Request:
    """One request: its name, and what is sent; `body` is JSON, or a text as it is."""

    name: str
    path: str
    method: str = "GET"
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def _books(name: str, options: str, **headers: str) -> Request:
    return Request(name, f"Books?{options}", headers=headers)


_DRAFT = f"Notices(ID={NOTICE},IsActiveEntity=false)"
_ACTIVE = f"Notices(ID={NOTICE},IsActiveEntity=true)"
_LINES = [{"line": 1, "text": "one"}, {"line": 2, "text": "two"}]
_TREE = "descendants($root/Genres,Tree,ID,filter(ID eq {0}),{1}{2})"
_TOP = (
    "com.sap.vocabularies.Hierarchy.v1.TopLevels(HierarchyNodes=$root/Genres,"
    "HierarchyQualifier='Tree',NodeProperty='ID',Levels={0})"
)
_SHOWN = "DistanceFromRoot,DrillState,ID,LimitedDescendantCount,name"


READS = (
    Request("service document", ""),
    Request("metadata", "$metadata"),
    Request("every book", "Books"),
    Request("every author", "Authors"),
    Request("every genre", "Genres"),
    _books("two in the middle", "$top=2&$skip=3"),
    _books("some columns", "$select=ID,title,price"),
    _books("a structure's columns", "$select=ID,size_height,size_width&$top=2"),
    _books("equal number", "$filter=stock eq 12"),
    _books("equal text", "$filter=title eq 'dracula'"),
    _books("a text with a quote", "$filter=title eq 'Äsop''s Fables'"),
    _books("less than a decimal", "$filter=price lt 9.99&$orderby=ID"),
    _books("less than any decimal", "$filter=price lt 1e5000 and price gt -1e5000&$select=ID"),
    _books("a number of forty digits", f"$filter=price gt 0.{'1' * 40}&$select=ID"),
    _books("nothing there", "$filter=blurb eq null"),
    _books("something there", "$filter=isbn ne null&$select=ID,isbn"),
    _books("and, or, not", "$filter=(stock gt 5 and price lt 12) or not (onSale eq true)&$select=ID"),
    _books("true", "$filter=onSale eq true&$select=ID,onSale"),
    _books("one of a list", "$filter=ID in (201,203,999)&$select=ID"),
    _books("one of a list of texts", "$filter=title in ('dracula','Mathilda')&$select=ID"),
    _books("contains", "$filter=contains(title,'World')"),
    _books("starts with", "$filter=startswith(title,'The')&$select=title"),
    _books("ends with", "$filter=endswith(title,'Heights')&$select=title"),
    _books("lower case", "$filter=tolower(title) eq 'eleonora'&$select=title"),
    _books("length and position", "$filter=length(title) gt 10 and indexof(title,'a') gt 2&$select=title"),
    _books("a part of a text", "$filter=substring(title,0,3) eq 'dra'&$select=title"),
    _books("joined texts", "$filter=concat(title,'!') eq 'dracula!'&$select=title"),
    _books("year and month", "$filter=year(published) eq 1897 and month(published) eq 5&$select=ID"),
    _books("a day", "$filter=published ge 1847-12-01 and published lt 1900-01-01&$select=ID,published"),
    _books("a moment", "$filter=printed gt 2021-06-15T12:30:45.499Z&$select=ID,printed"),
    _books("a second", "$filter=indexed eq 2021-06-15T12:30:45Z&$select=ID,indexed"),
    _books("a time", "$filter=readingAt ge 12:00:00&$select=ID,readingAt"),
    _books("rounded", "$filter=round(weight) eq 1&$select=ID,weight"),
    _books("floor and ceiling", "$filter=floor(price) eq 9 and ceiling(price) eq 10&$select=ID,price"),
    _books("a count beside them", "$count=true&$top=1&$filter=stock gt 4&$select=ID"),
    Request("a count alone", "Books/$count"),
    Request("a count of some", "Books/$count?$filter=stock gt 4"),
    _books("by price", "$orderby=price desc,ID&$select=ID,price"),
    _books("by what may be null", "$orderby=published,ID&$select=ID,published"),
    _books("by the author's country", "$orderby=author/country,ID&$select=ID"),
    _books("by text", "$orderby=title&$select=title&$filter=ID lt 206"),
    _books("by the author's name", "$filter=author/name eq 'Mary Shelley'&$select=title"),
    _books("with author and genre", "$expand=author,genre&$orderby=ID&$top=3"),
    Request("authors with books", "Authors?$expand=books($select=ID,title;$orderby=price)&$orderby=ID"),
    Request(
        "a part of what belongs to them",
        "Authors?$select=ID&$expand=books($filter=stock gt 10;$top=1;$count=true;$select=ID)&$orderby=ID",
    ),
    Request(
        "three levels",
        "Authors?$select=name&$expand=books($select=title;$expand=genre($select=name;"
        "$expand=parent($select=name)))&$orderby=ID",
    ),
    Request("any", "Authors?$filter=books/any(b:b/stock gt 20)&$select=ID,name"),
    Request("all", "Authors?$filter=books/all(b:b/price lt 10)&$select=ID,name&$orderby=ID"),
    Request("one", "Books(203)"),
    Request("one with its author", "Books(203)?$expand=author"),
    Request("none", "Books(999)"),
    Request("a value alone", "Books(203)/title/$value"),
    Request("a property", "Books(203)/price"),
    Request("from one to many", "Authors(103)/books?$select=ID&$orderby=ID"),
    Request("from one to one", "Books(203)/author?$select=name"),
    _books("searched", "$search=moor&$select=ID"),
    _books("searched in two columns", "$search=Frankenstein&$select=ID"),
    _books("searched with the author", "$search=Stoker&$select=ID"),
    _books("searched for nothing that is there", "$search=xylophone&$select=ID"),
    _books("in German", "$select=ID,title,blurb", **GERMAN),
    _books("in French", "$select=ID,title,blurb&$expand=genre", **FRENCH),
    _books("found in German", "$filter=title eq 'Sturmhöhe'&$select=ID", **GERMAN),
    Request("figures", "AuthorFigures?$orderby=ID"),
    Request("some figures", "AuthorFigures?$filter=books gt 1"),
)

APPLIES = (
    _books("grouped", "$apply=groupby((author_ID),aggregate(stock with sum as total))&$orderby=author_ID"),
    _books("grouped by a path", "$apply=groupby((author/country),aggregate($count as n))"),
    _books("aggregated", "$apply=aggregate(price with max as most,price with min as least)"),
    _books("how many", "$apply=filter(stock gt 4)/aggregate($count as n)"),
    _books("how many different", "$apply=aggregate(genre_ID with countdistinct as n)"),
    _books("an average", "$apply=filter(ID in (201,205))/aggregate(price with average as middle)"),
    Request("top levels", f"Genres?$apply={_TOP.format(1)}&$select={_SHOWN}&$count=true"),
    Request("two levels", f"Genres?$apply={_TOP.format(2)}&$select={_SHOWN}"),
    Request(
        "children of a node",
        f"Genres?$apply={_TREE.format(11, 1, '')}&$select=DrillState,ID,name&$orderby=ID",
    ),
    Request(
        "everything below a node",
        f"Genres?$apply={_TREE.format(10, 9, ',keep start')}&$select=DrillState,ID,name",
    ),
    Request(
        "what leads to a node",
        "Genres?$apply=ancestors($root/Genres,Tree,ID,filter(name eq 'Haiku'),keep start)"
        f"/{_TOP.format(3)}&$select={_SHOWN}",
    ),
)

_ITEMS = [
    {
        "pos": 1,
        "book_ID": 201,
        "quantity": 2,
        "amount": "22.22",
        "remarks": [{"line": 1, "text": "as a gift"}, {"line": 2, "text": "„schön“ & \\"}],
    },
    {"pos": 2, "book_ID": 202, "quantity": 1, "amount": "8.50"},
]
_WHOLE = f"Orders({ORDER})?$expand=items($orderby=pos;$expand=remarks($orderby=line),book($select=title))"

WRITES = (
    Request(
        "a deep insert",
        "Orders",
        "POST",
        {"ID": ORDER, "number": "4711", "note": "n" * 7000, "items": _ITEMS},
    ),
    Request("what was inserted", _WHOLE),
    Request("the same again", "Orders", "POST", {"ID": ORDER, "number": "4711"}),
    Request("a default", "Orders", "POST", {"ID": OTHER, "number": None, "items": []}),
    Request("a change", f"Orders({ORDER})", "PATCH", {"status": "P", "note": None}),
    Request(
        "a deep change",
        f"Orders({ORDER})",
        "PATCH",
        {"items": [{"pos": 2, "quantity": 5}, {"pos": 3, "book_ID": 203, "amount": "9.99"}]},
    ),
    Request("what was changed", _WHOLE),
    Request(
        "a put of what is not there",
        "Books(301)",
        "PUT",
        {"title": "New", "price": "1.10", "tags": ["a", 'b"c'], "size_height": "2.5", "weight": 0.1},
    ),
    Request("a put of what is there", "Books(301)", "PUT", {"title": "Newer", "stock": 4, "onSale": False}),
    Request("what was put", "Books(301)"),
    Request(
        "all types",
        "Books",
        "POST",
        {
            "ID": 302,
            "title": "Ein Würfelwurf — ☃",
            "blurb": 'line\nbreak\ttab "quoted" \\',
            "stock": -5,
            "price": "-0.01",
            "weight": -1.5e-7,
            "copies": "-9007199254740993",
            "published": "0001-02-03",
            "printed": "2024-12-31T23:59:59.999Z",
            "indexed": "2024-12-31T23:59:59Z",
            "readingAt": "23:59:58",
            "onSale": True,
            "mark": "/+8=",
            "isbn": "33333333-3333-4333-8333-333333333302",
            "tags": [],
        },
    ),
    Request("what all types became", "Books(302)"),
    Request("a value that does not fit", "Books(302)", "PATCH", {"title": "x" * 81}),
    Request("a word in place of a number", "Books(302)", "PATCH", {"stock": "many"}),
    Request("a picture goes in", "Authors(101)/portrait", "PUT", "not really a picture"),
    Request("a picture comes out", "Authors(101)/portrait"),
    Request("gone", "Books(301)", "DELETE"),
    Request("gone already", "Books(301)", "DELETE"),
    Request("an order goes with its items", f"Orders({ORDER})", "DELETE"),
    Request("no items are left", "Items/$count"),
    Request(
        "a batch",
        "$batch",
        "POST",
        {
            "requests": [
                {
                    "id": "1",
                    "method": "POST",
                    "url": "/Authors",
                    "atomicityGroup": "g",
                    "headers": {"content-type": "application/json"},
                    "body": {"ID": 401, "name": "Batch"},
                },
                {
                    "id": "2",
                    "method": "PATCH",
                    "url": "/Authors(401)",
                    "atomicityGroup": "g",
                    "dependsOn": ["1"],
                    "headers": {"content-type": "application/json"},
                    "body": {"country": "NZ"},
                },
                {"id": "3", "method": "GET", "url": "/Authors(401)", "dependsOn": ["g"]},
            ]
        },
    ),
)

DRAFTS = (
    Request("a draft", "Notices", "POST", {"ID": NOTICE, "title": "First", "lines": _LINES}),
    Request("a draft is changed", _DRAFT, "PATCH", {"body": "b" * 6000}),
    Request("a line of a draft", f"{_DRAFT}/lines", "POST", {"line": 3, "text": "three"}),
    Request("the draft", f"{_DRAFT}?$expand=lines($orderby=line)"),
    Request("nothing is active yet", "Notices?$filter=IsActiveEntity eq true"),
    Request("the draft is activated", f"{_DRAFT}/Reading.draftActivate", "POST", {}),
    Request("the active one", f"{_ACTIVE}?$expand=lines($orderby=line)"),
    Request("it is edited", f"{_ACTIVE}/Reading.draftEdit", "POST", {"PreserveChanges": True}),
    Request("a line goes", f"Notices_lines(up__ID={NOTICE},line=2,IsActiveEntity=false)", "DELETE"),
    Request("both of them", "Notices?$select=ID,title,IsActiveEntity,HasDraftEntity&$orderby=ID"),
    Request("the edit is activated", f"{_DRAFT}/Reading.draftActivate", "POST", {}),
    Request("the edited one", f"{_ACTIVE}?$expand=lines($orderby=line)"),
    Request("it is edited again", f"{_ACTIVE}/Reading.draftEdit", "POST", {}),
    Request("the edit is thrown away", _DRAFT, "DELETE"),
    Request("the active one stays", f"{_ACTIVE}?$select=ID,title,HasDraftEntity"),
)

REQUESTS = (*READS, *APPLIES, *WRITES, *DRAFTS)


def sent(request: Request) -> dict[str, Any]:
    """A request as the program that sends it wants it."""
    headers = dict(request.headers)
    if isinstance(request.body, str):
        headers["Content-Type"] = "image/png"
    found = {"method": request.method, "path": f"/reading/{_encoded(request.path)}", "headers": headers}
    return found if request.body is None else {**found, "body": request.body}


def _encoded(path: str) -> str:
    return quote(path, safe="/?&=$(),:;'@!*")
