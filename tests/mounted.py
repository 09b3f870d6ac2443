"""Bindings as folders: written as Cloud Foundry does, or as Kubernetes mounts a Secret of SAP's operator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def mount(folder: Path, files: dict[str, str]) -> None:
    """A Secret, as Kubernetes mounts one: links to a link to the folder of the moment, moved if renewed."""
    moment = f"..2026_11_29_04_12_00.{len(list(folder.glob('..2026*'))):09}"
    write(folder / moment, files)
    (folder / "..data_tmp").symlink_to(moment)
    (folder / "..data_tmp").rename(folder / "..data")
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")


def of_the_operator(label: str, credentials: dict[str, Any], secret_key: str = "") -> dict[str, str]:
    """What SAP's BTP service operator puts into a Secret, with `secretKey` if one is given."""
    facts = {"instance_name": "mine", "instance_guid": "1-2", "plan": "any", "label": label, "type": label}
    described = [{"name": name, "format": "text"} for name in facts] + [{"name": "tags", "format": "json"}]
    if secret_key:
        files = {secret_key: json.dumps(credentials)}
        kinds = [{"name": secret_key, "format": "json", "container": True}]
    else:
        texts = {name: value for name, value in credentials.items() if isinstance(value, str)}
        files = {name: texts.get(name) or json.dumps(value) for name, value in credentials.items()}
        kinds = [{"name": name, "format": "text" if name in texts else "json"} for name in credentials]
    metadata = json.dumps({"metaDataProperties": described, "credentialProperties": kinds})
    return {**facts, **files, "tags": json.dumps([label]), ".metadata": metadata}
