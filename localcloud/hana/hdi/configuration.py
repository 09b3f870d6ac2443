"""Reads .hdiconfig and .hdinamespace: which plug-in a file is for, and how its objects must be called.

The rules: SAP HDI Reference, "The HDI Container Configuration File" and "Run-Time Namespace Configuration".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.hana.source_files import FileError, SourceFile, json_of

from .messages import NO_PLUGIN, ContainerError

PLUGINS = {
    "csv": "com.sap.hana.di.tabledata.source",
    "hdbconstraint": "com.sap.hana.di.constraint",
    "hdbindex": "com.sap.hana.di.index",
    "hdbmigrationtable": "com.sap.hana.di.table.migration",
    "hdbrole": "com.sap.hana.di.role",
    "hdbsequence": "com.sap.hana.di.sequence",
    "hdbsynonym": "com.sap.hana.di.synonym",
    "hdbsynonymconfig": "com.sap.hana.di.synonym.config",
    "hdbtable": "com.sap.hana.di.table",
    "hdbtabledata": "com.sap.hana.di.tabledata",
    "hdbview": "com.sap.hana.di.view",
}
"""The plug-ins that the local HANA has, by the suffix that they are for unless .hdiconfig says otherwise."""
_KINDS = {plugin: suffix for suffix, plugin in PLUGINS.items()}

CONFIGURATION = frozenset({".hdiconfig", ".hdinamespace"})
COPY_ONLY = "com.sap.hana.di.copyonly"
"""The plug-in that makes nothing of a file, whatever its suffix."""


def suffix_of(path: str) -> str:
    """What stands behind the last dot of a file's name, in lower case as plug-ins have it."""
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def plugin_of(file: SourceFile) -> str:
    """The plug-in that reads a file of a container; none where no plug-in does."""
    return PLUGINS.get(file.suffix.removeprefix("."), "")


class Configuration:
    """What the configuration files of a container say about its other files."""

    def __init__(self, files: Mapping[str, SourceFile]) -> None:
        self._files = files
        self._documents: dict[str, Any] = {}

    def kind(self, path: str) -> str:
        """What the plug-in reads that is configured for a file: the plug-in's own suffix, or nothing.

        Where nothing is configured, which a seed need not do, the file's suffix decides.
        """
        return _KINDS.get(self._plugin(path), "")

    def is_copied(self, path: str) -> bool:
        """Whether nothing is made of a file, whatever its suffix."""
        return self._plugin(path) == COPY_ONLY

    def _plugin(self, path: str) -> str:
        suffix = suffix_of(path)
        found = self._nearest(path, ".hdiconfig")
        try:
            configured = self._suffixes(found) if found is not None else {}
        except ContainerError:  # `check` tells it to who deploys the file
            configured = {}
        return configured.get(suffix, PLUGINS.get(suffix, ""))

    def check(self, path: str) -> None:
        """ContainerError for a file that no plug-in is configured for, or none is here for."""
        name = path.rpartition("/")[2]
        if name == ".hdiconfig":
            self._suffixes(path)
        if name == ".hdinamespace":
            self._rule(path)
        if name in CONFIGURATION:
            return
        suffix = suffix_of(path)
        found = self._nearest(path, ".hdiconfig")
        if found is None:
            text = f'no .hdiconfig in the folder of "{path}" or above it'
            raise ContainerError(text, path, code=NO_PLUGIN)
        configured = self._suffixes(found)
        if suffix not in configured:
            text = f'"{found}" configures no plug-in for files with the suffix "{suffix}"'
            raise ContainerError(text, path, code=NO_PLUGIN)
        if configured[suffix] not in (*_KINDS, COPY_ONLY):
            text = f'feature not supported: files with the suffix "{suffix}" ({configured[suffix]})'
            raise ContainerError(text, path, code=NO_PLUGIN, plugin=configured[suffix])

    def check_name(self, path: str, name: str) -> None:
        """ContainerError for an object whose name has another namespace than its folder gives."""
        namespace = name.rpartition("::")[0]
        expected = self._namespace(path)
        if namespace != expected:
            shown = f'the namespace "{expected}"' if expected else "no namespace"
            text = f'the name "{name}" must have {shown}, as .hdinamespace says'
            raise ContainerError(text, path, plugin=PLUGINS.get(self.kind(path), ""))

    def _namespace(self, path: str) -> str:
        found = self._nearest(path, ".hdinamespace")
        if found is None:
            return ""
        name, appends = self._rule(found)
        below = path.removeprefix(found.rpartition("/")[0] + "/").split("/")[:-1]
        return ".".join(filter(None, (name, *below))) if appends else name

    def _rule(self, found: str) -> tuple[str, bool]:
        """The name that a .hdinamespace gives, and whether names of folders are appended."""
        document = self._document(found)
        if not isinstance(document, dict) or not isinstance(document.get("name"), str):
            raise ContainerError("must be an object with a name", found)
        subfolder = document.get("subfolder", "append")
        if subfolder not in ("append", "ignore"):
            raise ContainerError('subfolder must be "append" or "ignore"', found)
        return document["name"], subfolder == "append"

    def _suffixes(self, found: str) -> dict[str, str]:
        document = self._document(found)
        suffixes = document.get("file_suffixes") if isinstance(document, dict) else None
        if not isinstance(suffixes, dict) or not all(
            isinstance(each, dict) and isinstance(each.get("plugin_name"), str) for each in suffixes.values()
        ):
            raise ContainerError("must be an object with file_suffixes, each with a plugin_name", found)
        return {suffix.lstrip(".").lower(): each["plugin_name"] for suffix, each in suffixes.items()}

    def _nearest(self, path: str, name: str) -> str | None:
        """The configuration file of this name in the folder of a file, or above it."""
        return next((each for each in _places(path, name) if each in self._files), None)

    def _document(self, path: str) -> Any:
        if path not in self._documents:
            try:
                self._documents[path] = json_of(self._files[path])
            except FileError as error:
                raise ContainerError.about(error) from None
        return self._documents[path]


def _places(path: str, name: str) -> Iterator[str]:
    folders = path.split("/")[:-1]
    for depth in range(len(folders), -1, -1):
        yield "/".join((*folders[:depth], name))
