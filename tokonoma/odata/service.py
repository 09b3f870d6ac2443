"""The service: one request of a known caller in, one response out; alone or as a part of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tokonoma.data import query_options
from tokonoma.data.columns import Kind
from tokonoma.data.plan import LARGEST_PAGE, Options
from tokonoma.data.query.parser import parse_select
from tokonoma.data.query.tree import Literal
from tokonoma.data.query_options import QueryOptions
from tokonoma.data.reader import Caller, Reader, Result
from tokonoma.errors import ConditionFailed, MethodRefused, ObjectUnknown, TooMuchAsked
from tokonoma.telemetry.request_notes import current

from . import batch, csdl_json, csdl_xml, errors, formats, keys, resource_path, versions
from .formats import TEXT, XML, Format, data_format, metadata_format
from .messages import ODataRequest, ODataResponse, finished
from .model import EntitySet, Model, Models, Property
from .payload import EntityWriter, dumps, raw, whole
from .resource_path import Resource, Target

LONGEST_LINK = 8000
"""Characters of the query of a next link: servers take lines of 8190."""
_READING = ("GET", "HEAD")
_OCTETS = "application/octet-stream"
_PLAIN = f"{TEXT};charset=utf-8"


class ODataService:
    """Answers requests. Safe for many threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._models = Models(reader.control)
        self._targets = {
            Target.SET: self._page,
            Target.COUNT: self._count,
            Target.ROW: self._row,
            Target.PROPERTY: self._property,
            Target.VALUE: self._value,
        }

    def answer(self, caller: Caller, request: ODataRequest) -> ODataResponse:
        """The response, whatever goes wrong. A large value in it must be closed."""
        version = versions.V40
        try:
            version = versions.negotiate(request.headers)
            response = self._answer(caller, request, version)
        except Exception as error:
            response = errors.response_to(error, version)
        return finished(response, version)

    def _answer(self, caller: Caller, request: ODataRequest, version: str) -> ODataResponse:
        if "isolation" in request.headers or "odata-isolation" in request.headers:
            raise ConditionFailed("Snapshots cannot be had here; leave Isolation out.")
        resource = resource_path.read(request.path)
        if resource.target is Target.BATCH:
            return batch.answer(request, version, lambda part: self.answer(caller, part))
        _refuse_method(request, resource)
        model = self._models.of(caller)
        if resource.target is Target.ROOT:
            return _service_document(model, request, version)
        if resource.target is Target.METADATA:
            return _metadata(model, request, version)
        found = model.set(resource.set_name)
        if found is None:
            raise ObjectUnknown
        asked = _Asked(caller, request, version, model, resource, found)
        return self._targets[resource.target](asked)

    def _page(self, asked: _Asked) -> ODataResponse:
        options, form = asked.read(query_options.PAGE)
        wish = formats.page_size(formats.preferences(asked.request.headers))
        size = None if wish is None else min(wish, LARGEST_PAGE)
        selection = _Selection.read(options, asked.set)
        result = self._reader.page(
            asked.caller,
            asked.set.shown,
            Options(
                filter=options.system.get("filter"),
                orderby=options.system.get("orderby"),
                select=selection.read_names,
                top=options.number("top"),
                skip=options.number("skip") or 0,
                count=options.flag("count"),
                aliases=options.aliases,
            ),
            page_size=size,
            token=options.text("skiptoken"),
        )
        writer = asked.writer(form)
        document = writer.head(f"{asked.set.name}{selection.context}", asked.model.etag)
        if result.count is not None:
            document[writer.control("count")] = whole(result.count, form)
        document["value"] = writer.rows(result, selection.names)
        if result.skiptoken:
            link = options.next_link(result.skiptoken)
            if len(link) > LONGEST_LINK:
                raise TooMuchAsked(
                    "There are more rows than a page has, and the query is too long for the link to the next "
                    "page: shorten it, or ask for parts by $top and $skip."
                )
            document[writer.control("nextLink")] = writer.link(f"{asked.address}?{link}")
        response = asked.json(document, form)
        if size is not None:
            prefix = "odata." if asked.version == versions.V40 else ""
            response.headers["Preference-Applied"] = f"{prefix}maxpagesize={size}"
        asked.note(len(result.rows))
        return response

    def _count(self, asked: _Asked) -> ODataResponse:
        options = asked.options(query_options.COUNT)
        wanted = Options(filter=options.system.get("filter"), aliases=options.aliases)
        count = self._reader.count(asked.caller, asked.set.shown, wanted)
        return ODataResponse(200, {"Content-Type": TEXT}, str(count).encode())

    def _row(self, asked: _Asked) -> ODataResponse:
        options, form = asked.read(query_options.ROW)
        selection = _Selection.read(options, asked.set)
        result = self._reader.row(
            asked.caller, asked.set.shown, asked.key(options), selection.read_names or "*"
        )
        writer = asked.writer(form)
        [record] = writer.rows(result, selection.names)
        fragment = f"{asked.set.name}{selection.context}/$entity"
        asked.note(1)
        return asked.json(writer.head(fragment, asked.model.etag) | record, form)

    def _property(self, asked: _Asked) -> ODataResponse:
        each = asked.property()
        if each.is_large:
            return self._large(asked, each)
        options, form = asked.read(query_options.ONLY_FORMAT)
        result = self._cell(asked, options, each)
        writer = asked.writer(form)
        [record] = writer.rows(result, [each.name])
        value = record[each.name]
        if value is None:
            return ODataResponse(204)
        identity = writer.identity(result.rows[0], result)
        head = writer.head(f"{identity}/{each.name}", asked.model.etag)
        return asked.json(head | {"value": value}, form)

    def _value(self, asked: _Asked) -> ODataResponse:
        each = asked.property()
        if each.is_large:
            return self._large(asked, each)
        options = asked.options(query_options.ONLY_FORMAT)
        value = self._cell(asked, options, each).rows[0][0]
        if value is None:
            return ODataResponse(204)
        found = raw(value, each)
        if isinstance(found, bytes):
            return ODataResponse(200, {"Content-Type": _OCTETS}, found)
        return ODataResponse(200, {"Content-Type": _PLAIN}, found.encode("utf-8", "replace"))

    def _cell(self, asked: _Asked, options: QueryOptions, each: Property) -> Result:
        return self._reader.row(asked.caller, asked.set.shown, asked.key(options), each.name)

    def _large(self, asked: _Asked, each: Property) -> ODataResponse:
        """A large value by itself, in pieces, so that it never is in memory as a whole."""
        options = asked.options(query_options.ONLY_FORMAT)
        if asked.request.is_part:
            raise TooMuchAsked("A large value is no part of a batch; ask for it by itself.")
        is_text = each.column.kind is Kind.LARGE_TEXT
        response = ODataResponse(200, {"Content-Type": _PLAIN if is_text else _OCTETS})
        key = asked.key(options)
        if asked.request.method == "HEAD":
            self._reader.row(asked.caller, asked.set.shown, key, next(iter(key)))
            return response
        value = self._reader.large_value(asked.caller, asked.set.shown, key, each.name)
        if value is None:
            return ODataResponse(204)
        response.body = value
        return response


class _Asked:
    """A request for something of an entity set."""

    def __init__(
        self,
        caller: Caller,
        request: ODataRequest,
        version: str,
        model: Model,
        resource: Resource,
        entity_set: EntitySet,
    ) -> None:
        self.caller, self.request, self.version = caller, request, version
        self.model, self.resource, self.set = model, resource, entity_set

    @property
    def address(self) -> str:
        """The address of the set, from the service root."""
        return quote(self.set.name)

    def options(self, allowed: frozenset[str]) -> QueryOptions:
        queries = [self.request.query]
        if self.resource.is_query:
            formats.refuse_other_bodies(self.request.headers.get("content-type", ""))
            queries.append(self.request.body.decode("latin-1").strip())
        found = query_options.read(*queries)
        found.allow(allowed)
        return found

    def read(self, allowed: frozenset[str]) -> tuple[QueryOptions, Format]:
        options = self.options(allowed)
        return options, data_format(self.request.headers.get("accept", ""), options.text("format"))

    def key(self, options: QueryOptions) -> dict[str, Literal]:
        return keys.read(self.resource.key or "", self.set.key, dict(options.aliases))

    def property(self) -> Property:
        found = self.set.properties.get(self.resource.property)
        if found is None:
            raise ObjectUnknown
        return found

    def writer(self, form: Format) -> EntityWriter:
        return EntityWriter(self.set, form, self.version, self.request.root)

    def note(self, rows: int) -> None:
        """Count the rows for the metrics, unless the client gets none of them."""
        if self.request.method != "HEAD":
            current().rows += rows

    def json(self, document: dict[str, Any], form: Format) -> ODataResponse:
        return ODataResponse(200, {"Content-Type": form.content_type(self.version)}, dumps(document))


class _Selection:
    """A $select that was read."""

    def __init__(self, names: Sequence[str] | None, read_names: str | None, context: str) -> None:
        self.names = names
        """The names that were asked for; None for everything."""
        self.read_names = read_names
        """A $select of the columns to read, which are not large; None for everything."""
        self.context = context
        """The selection as it stands in context URLs."""

    @classmethod
    def read(cls, options: QueryOptions, entity_set: EntitySet) -> _Selection:
        text = options.text("select")
        if not text:
            return cls(None, None, "")
        names = parse_select(text, entity_set.shown.columns)
        plain = [name for name in names if not entity_set.properties[name].is_large]
        context = "*" if "*" in text else ",".join(names)
        return cls(names, ",".join(plain or entity_set.key), f"({context})")


def _refuse_method(request: ODataRequest, resource: Resource) -> None:
    allowed = ("POST",) if resource.is_query else _READING
    if request.method not in allowed:
        raise MethodRefused(allowed)


def _service_document(model: Model, request: ODataRequest, version: str) -> ODataResponse:
    options = query_options.read(request.query)
    options.allow(query_options.ONLY_FORMAT)
    form = data_format(request.headers.get("accept", ""), options.text("format"))
    at = "@odata." if version == versions.V40 else "@"
    root = request.root
    document: dict[str, Any] = {}
    if form.metadata != "none":
        document = {f"{at}context": f"{root}$metadata", f"{at}metadataEtag": model.etag}
        root = ""
    document["value"] = [
        {"name": name, "title": label, "kind": "EntitySet", "url": root + quote(name)}
        for name, label in model.names()
    ]
    return ODataResponse(200, {"Content-Type": form.content_type(version)}, dumps(document))


def _metadata(model: Model, request: ODataRequest, version: str) -> ODataResponse:
    options = query_options.read(request.query)
    options.allow(query_options.ONLY_FORMAT)
    kind, form = metadata_format(request.headers.get("accept", ""), options.text("format"))
    headers = {"ETag": model.etag, "Content-Type": XML if kind == XML else form.content_type(version)}
    condition = request.headers.get("if-none-match", "")
    if condition.strip() == "*" or model.etag in [each.strip() for each in condition.split(",")]:
        return ODataResponse(304, {"ETag": model.etag})
    document = model.documents.get((kind, version))
    if document is None:
        write = csdl_xml.write if kind == XML else csdl_json.write
        document = model.documents[kind, version] = write(model, version)
    return ODataResponse(200, headers, document)
