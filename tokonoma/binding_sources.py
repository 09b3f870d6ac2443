"""Where the platform put the bindings: a file, a variable or a folder, read into the shape of VCAP_SERVICES.

The first of the three that there is counts alone; they are never merged:

1. the file that `VCAP_SERVICES_FILE_PATH` names (Cloud Foundry RFC-0030, app feature
   `file-based-vcap-services`), with the JSON that the variable would hold, which is not set then;
2. the variable `VCAP_SERVICES`, unless it is empty or `{}`;
3. the folder that `SERVICE_BINDING_ROOT` names (servicebinding.io, core specification 1.1, "Workload
   Projection"), with a folder for each binding and a file for each of its keys: RFC-0030's app feature
   `service-binding-k8s`, and Kubernetes with the metadata of SAP's BTP service operator.

SAP's own reader, @sap/xsenv, has the same order, but looks for each service anew.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tokonoma.errors import BindingError

FILE, VARIABLE, FOLDER = "VCAP_SERVICES_FILE_PATH", "VCAP_SERVICES", "SERVICE_BINDING_ROOT"
MAX_BYTES = 1024 * 1024
"""Bytes of a file, or of one binding's files: Cloud Foundry writes up to 1,000,000, a Secret holds 1 MiB."""
MAX_ENTRIES = 1000
"""Entries of a folder."""

_METADATA = ".metadata"
_NOT_CREDENTIALS = {
    *("type", "provider", "label", "plan", "tags", "name", "syslog_drain_url", "volume_mounts"),
    *("instance_name", "instance_guid", "binding_name", "binding_guid"),
}

Services = dict[str, list[dict[str, Any]]]
"""VCAP_SERVICES as Cloud Foundry documents it: lists of bindings by the label of their service."""


def source_of(environ: Mapping[str, str]) -> str:
    """The variable that counts; VARIABLE if there is none."""
    if environ.get(FILE):
        return FILE
    if environ.get(FOLDER) and environ.get(VARIABLE, "").strip() in ("", "{}"):
        return FOLDER
    return VARIABLE


def fingerprint(environ: Mapping[str, str]) -> object:
    """Something that differs when the files were written anew; None where bindings are no files."""
    source = source_of(environ)
    if source == VARIABLE:
        return None
    start = Path(environ[source])
    try:
        folders = list(islice(start.iterdir(), MAX_ENTRIES)) if source == FOLDER else []
        files = [file for each in folders if each.is_dir() for file in islice(each.iterdir(), MAX_ENTRIES)]
        # Kubernetes writes a Secret to a new folder, to which a link points then.
        return [(str(file), *_written(file)) for file in sorted([start, *folders, *files])]
    except (OSError, ValueError):
        return "unreadable"


def _written(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def has_bindings(environ: Mapping[str, str]) -> bool:
    """Whether the platform says anything about bindings."""
    return bool(environ.get(source_of(environ)))


def read_file(path: str) -> Any:
    """The JSON of the file that Cloud Foundry writes.

    Raises BindingError, and ValueError or RecursionError for what is no JSON.
    """
    return json.loads(_Reader(FILE, Path(path)).text(Path(path)))


def read_folder(path: str) -> Services:
    """The bindings in the folders of a folder; what has no type is no binding. Raises BindingError."""
    services: Services = {}
    root = _Reader(FOLDER, Path(path))
    for folder in root.entries(root.start):
        if stat.S_ISDIR(root.mode(folder)) and (binding := _binding(folder)):
            services.setdefault(binding["label"], []).append(binding)
    return services


def _binding(folder: Path) -> dict[str, Any] | None:
    """What one folder says, in the shape of VCAP_SERVICES; None if it is no binding."""
    reader = _Reader(FOLDER, folder.parent)
    # Kubernetes points this link elsewhere when a Secret changes: what is read is of one moment.
    place = reader.resolved(folder / "..data") if os.path.lexists(folder / "..data") else folder
    files = {file.name: file for file in reader.entries(place) if stat.S_ISREG(reader.mode(file))}
    if os.path.lexists(place / _METADATA):
        found = _with_metadata(reader, place)
    elif "type" in files:
        found = _divided({name: _without_newline(reader.text(file)) for name, file in files.items()})
        found["tags"] = _tags(found.get("tags", ""))
    elif len(files) == 1:
        found = _of_one_file(reader, *files.values())
    else:
        return None
    label = found.get("label") or found.get("type")
    if not isinstance(label, str) or not label:
        return None
    # An operator gives the folder its name, and knows the binding by it.
    return {**found, "label": label, "name": folder.name.encode(errors="backslashreplace").decode()}


def _with_metadata(reader: _Reader, place: Path) -> dict[str, Any]:
    """A Secret of SAP's BTP service operator: `.metadata` names the files and says which of them are JSON."""
    described = reader.json(place / _METADATA)
    found: dict[str, Any] = {}
    credentials: dict[str, Any] = {}
    for key, target in (("metaDataProperties", found), ("credentialProperties", credentials)):
        entries = described.get(key) or []
        if not isinstance(entries, list) or not all(map(_names_a_file, entries)):
            raise reader.error(place / _METADATA, "does not describe a binding")
        for entry in entries:
            name, file = entry["name"], place / entry["name"]
            if entry.get("container"):
                target.update(reader.json(file))
            elif entry.get("format") == "json":
                target[name] = reader.json(file, any_value=True)
            else:
                target[name] = _without_newline(reader.text(file))
    return {**found, "credentials": credentials}


def _of_one_file(reader: _Reader, file: Path) -> dict[str, Any]:
    """A Secret with `secretRootKey`: one file with the JSON of everything."""
    try:
        everything = json.loads(reader.text(file))
    except (ValueError, RecursionError):
        return {}  # somebody else's file
    return _divided(everything) if isinstance(everything, dict) else {}


def _divided(everything: Mapping[str, Any]) -> dict[str, Any]:
    """What describes the binding, and apart from it the credentials."""
    credentials = {name: value for name, value in everything.items() if name not in _NOT_CREDENTIALS}
    return {name: everything[name] for name in everything.keys() - credentials.keys()} | {
        "credentials": credentials
    }


def _names_a_file(entry: object) -> bool:
    name = entry.get("name") if isinstance(entry, dict) else None
    return isinstance(name, str) and name not in ("", ".", "..") and "/" not in name and "\0" not in name


def _without_newline(text: str) -> str:
    """A value of one line without the newline that an editor has put behind it."""
    return text[:-1] if text.count("\n") == 1 and text.endswith("\n") else text


def _tags(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return []


@dataclass
class _Reader:
    """Reads files of one binding, which may not be larger than MAX_BYTES together. Raises BindingError."""

    variable: str
    start: Path
    """What the variable says."""
    left: int = field(default=MAX_BYTES)

    def text(self, file: Path) -> str:
        """The text of a file; of nothing else, since a pipe or a device could be read for ever."""
        try:
            if not stat.S_ISREG(self.mode(file)):
                raise self.error(file, "is not a file")
            with file.open("rb") as opened:
                content = opened.read(self.left + 1)
            self.left -= len(content)
            if self.left < 0:
                raise self.error(file, f"is too large: at most {MAX_BYTES:,} bytes are read")
            return content.decode()
        except UnicodeDecodeError:
            raise self.error(file, "is not text in UTF-8") from None
        except (OSError, ValueError) as error:
            raise self.error(file, f"cannot be read ({_reason(error)})") from None

    def json(self, file: Path, *, any_value: bool = False) -> Any:
        """The JSON of a file: an object, unless any value will do."""
        try:
            value = json.loads(self.text(file))
        except (ValueError, RecursionError):
            value = None
            any_value = False
        if not (any_value or isinstance(value, dict)):
            raise self.error(file, "is not the JSON that it should be")
        return value

    def entries(self, folder: Path) -> list[Path]:
        """What a folder holds, hidden entries aside, by name."""
        try:
            found = list(islice(folder.iterdir(), MAX_ENTRIES + 1))
        except (OSError, ValueError) as error:
            raise self.error(folder, f"cannot be read ({_reason(error)})") from None
        if len(found) > MAX_ENTRIES:
            raise self.error(folder, f"holds more than {MAX_ENTRIES:,} entries")
        return sorted(entry for entry in found if not entry.name.startswith("."))

    def mode(self, place: Path) -> int:
        """What a name stands for, behind its links."""
        try:
            return place.stat().st_mode
        except (OSError, ValueError) as error:
            raise self.error(place, f"cannot be read ({_reason(error)})") from None

    def resolved(self, link: Path) -> Path:
        """The place that a link points to now."""
        try:
            return link.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise self.error(link, f"cannot be read ({_reason(error)})") from None

    def error(self, place: Path, what: str) -> BindingError:
        """One sentence that names the place and quotes nothing of what is in it."""
        return BindingError(f"{self.variable} leads to {self._told(place)}, which {what}.")

    def _told(self, place: Path) -> str:
        """A place as seen from the start, which is not told: it may be credentials that went astray."""
        if place == self.start:
            return "a place"
        for start in (self.start, Path(os.path.realpath(self.start))):
            if place.is_relative_to(start):
                return repr(str(place.relative_to(start)))
        return repr(place.name)


def _reason(error: Exception) -> str:
    """What the system says, without the file's name."""
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else "not a path"
