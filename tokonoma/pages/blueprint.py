"""`/data/`, `/data/NAME` …: which address shows which page."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from tokonoma.auth.gate import Gate
from tokonoma.data.policy.access import Shown
from tokonoma.data.reader import Reader
from tokonoma.errors import ObjectUnknown

from . import addresses, overview, picture_choice, take_away, visit
from .error_pages import show_error_pages
from .filters import PART, filter_page
from .pictures import PictureView
from .record import RecordView
from .rendering import render
from .state import StateReader
from .table import TableView
from .visit import Visit


def blueprint(gate: Gate, reader: Reader) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/data/")
    def all_objects() -> Response:
        asked = visit.begin(gate)
        search = request.args.get("search", "")
        found = overview.page(reader, asked, search, with_counts=request.args.get("counts") == "yes")
        return render("overview.html", asked, page=found)

    @pages.get("/data/<name>")
    def table(name: str) -> Response:
        asked, shown, found = _begin(gate, reader, name)
        state = found.read(visit.pairs())
        if found.is_form:
            return visit.see_other(asked.root + addresses.table(shown.name, state))
        page = TableView(reader, asked, shown, state).page(found.problems)
        return render("table.html", asked, 400 if page.problems else 200, page=page)

    @pages.get("/data/<name>/<path:_key>")
    def record(name: str, _key: str) -> Response:
        asked, shown, found = _begin(gate, reader, name)
        state = replace(found.read(visit.pairs()), at="")
        # Flask has decoded the key: here %2F in it is no slash of the path yet.
        folders, _, key = asked.path.rpartition("/")
        if folders.count("/") != 2:
            raise ObjectUnknown
        page = RecordView(reader, asked, shown, state).page(key, found.problems)
        return render("record.html", asked, 400 if page.problems else 200, page=page)

    @pages.get("/take/<name>")
    def take(name: str) -> Response:
        asked, shown, found = _begin(gate, reader, name)
        state = found.read(visit.pairs())
        page = take_away.page(asked, shown, state, found.problems)
        return render("take_away.html", asked, 400 if page.problems else 200, page=page)

    @pages.get("/filter/<name>")
    def filters(name: str) -> Response:
        asked, shown, found = _begin(gate, reader, name)
        pairs = visit.pairs()
        state = found.read([each for each in pairs if each[0] != PART])
        part = next((int(value[:6]) for name, value in pairs if name == PART and value.isdecimal()), 1)
        page = filter_page(reader, asked, shown, state, found.problems, part)
        return render("filter.html", asked, 400 if page.problems else 200, page=page)

    @pages.get("/pictures/<name>")
    def pictures(name: str) -> Response:
        asked, shown, found = _begin(gate, reader, name)
        pairs = visit.pairs()
        state = found.read([each for each in pairs if each[0] not in picture_choice.PARAMETERS])
        drawable = picture_choice.Drawable(shown)
        choice, problems = picture_choice.read(pairs, drawable, asked.language)
        problems = [*found.problems, *problems]
        page = PictureView(reader, asked, shown, state, drawable).page(choice, problems)
        return render("pictures.html", asked, 400 if problems else 200, page=page)

    _answer_half_addresses(pages, gate, reader)
    show_error_pages(pages)
    return pages


def _begin(gate: Gate, reader: Reader, name: str) -> tuple[Visit, Shown, StateReader]:
    """Who asks, the object as they see it, and what reads its state. Raises AccessError or DataError."""
    asked = visit.begin(gate)
    shown = reader.control.object(asked.caller, name)
    return asked, shown, StateReader(shown.columns, asked.language)


def _answer_half_addresses(pages: Blueprint, gate: Gate, reader: Reader) -> None:
    """Where somebody comes who takes off the end of an address, or adds to it."""

    @pages.get("/data/<name>/")
    def table_without_a_key(name: str) -> Response:
        asked, shown, found = _begin(gate, reader, name)
        state = found.read(visit.pairs())
        return visit.see_other(asked.root + addresses.table(shown.name, state))

    @pages.get("/take/")
    @pages.get("/filter/")
    @pages.get("/pictures/")
    @pages.get("/take/<name>/<path:_rest>")
    @pages.get("/filter/<name>/<path:_rest>")
    @pages.get("/pictures/<name>/<path:_rest>")
    def nothing(name: str = "", _rest: str = "") -> Response:
        visit.begin(gate)
        raise ObjectUnknown
