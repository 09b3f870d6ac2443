"""Finds the tables of a project: folders of design-time files, and the apps that would deploy them."""

from __future__ import annotations

from pathlib import Path

DEPLOYER = "@sap/hdi-deploy"
_TABLES = (".hdbtable", ".hdbmigrationtable", ".hdbview", ".hdbsequence", ".hdbsynonym")


def is_deployer(folder: Path) -> bool:
    """Whether an app does nothing but deploy the design-time files in its folder."""
    file = folder / "package.json"
    try:
        return DEPLOYER in file.read_text(encoding="utf-8") and any((folder / "src").rglob(".hdiconfig"))
    except (OSError, UnicodeDecodeError):
        return False


def has_tables(folder: Path) -> bool:
    """Whether a folder holds anything that becomes a table or a view."""
    roots = [folder / "src", folder / "cfg"] if (folder / "package.json").exists() else [folder]
    return any(file.suffix in _TABLES for root in roots for file in root.rglob("*"))


def usual_tables(project: Path) -> Path | None:
    """Where a project without a deployer keeps its tables: what `cds build` has made comes first."""
    return next((folder for name in ("gen/db", "db") if has_tables(folder := project / name)), None)


def is_unbuilt(project: Path) -> bool:
    """Whether the tables are models that CDS has not been asked to build yet."""
    return any((project / "db").rglob("*.cds")) and usual_tables(project) is None
