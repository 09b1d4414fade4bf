"""Software bill of materials: the runtime dependencies as installed, as CycloneDX 1.6 JSON and as a table."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = ("pdf", "excel", "notebook")
"""Extras that a user may install beside the core; what only developers need is left out."""
SPEC_VERSION = "1.6"


@dataclass(frozen=True, kw_only=True)
class Component:
    """One installed distribution."""

    name: str
    version: str
    licence: str
    licence_is_expression: bool
    scope: str
    files_sha256: str
    archive_sha256: str
    needs: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Return the package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def components(distribution: str = "rtplan") -> list[Component]:
    """Return the runtime dependencies that are installed, required ones before those of extras."""
    required = _closure(distribution, ())
    optional = [name for name in _closure(distribution, EXTRAS) if name not in required]
    return [_component(name, "required") for name in sorted(required)] + [
        _component(name, "optional") for name in sorted(optional)
    ]


def _closure(distribution: str, extras: tuple[str, ...]) -> list[str]:
    """Return the names of everything that a distribution needs and that is installed, itself left out."""
    seen: set[str] = set()
    open_names = [(distribution, extras)]
    while open_names:
        name, wanted = open_names.pop()
        for needed, needed_extras in _needed(name, wanted):
            if needed not in seen and _is_installed(needed):
                seen.add(needed)
                open_names.append((needed, needed_extras))
    return sorted(seen - {canonicalize_name(distribution)})


def _needed(name: str, extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        applies = [{"extra": extra} for extra in ("", *extras)]
        if requirement.marker is None or any(requirement.marker.evaluate(where) for where in applies):
            yield canonicalize_name(requirement.name), tuple(sorted(requirement.extras))


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _component(name: str, scope: str) -> Component:
    found = metadata.distribution(name)
    licence, is_expression = _licence(found)
    return Component(
        name=name,
        version=found.version,
        licence=licence,
        licence_is_expression=is_expression,
        scope=scope,
        files_sha256=_files_sha256(found),
        archive_sha256=_archive_sha256(found),
        needs=tuple(sorted({needed for needed, _ in _needed(name, ()) if _is_installed(needed)})),
    )


def _licence(found: metadata.Distribution) -> tuple[str, bool]:
    """Return the licence as the distribution states it, and whether it is an SPDX expression."""
    told = found.metadata
    if told.get("License-Expression"):
        return told["License-Expression"], True
    classifiers = [
        c.rpartition(" :: ")[2] for c in told.get_all("Classifier", []) if c.startswith("License ::")
    ]
    if classifiers:
        return "; ".join(classifiers), False
    first = (told.get("License") or "").strip().splitlines()
    return (first[0][:80] if first else "not stated"), False


def _files_sha256(found: metadata.Distribution) -> str:
    """Return one hash over those of the installed files; empty where they are not listed.

    Left out is what an installer writes itself, and scripts, which name their interpreter.
    """
    listed = csv.reader(io.StringIO(found.read_text("RECORD") or ""))
    own = ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD")
    kept = sorted(
        f"{row[0]} {row[1]}"
        for row in listed
        if len(row) > 1 and row[1] and not row[0].startswith("..") and not row[0].endswith(own)
    )
    return hashlib.sha256("\n".join(kept).encode()).hexdigest() if kept else ""


def _archive_sha256(found: metadata.Distribution) -> str:
    """Return the hash of the archive, which installers keep for direct downloads only."""
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    sha256: str = origin.get("archive_info", {}).get("hashes", {}).get("sha256", "")
    return sha256


def cyclonedx(found: list[Component], *, version: str, date: str) -> str:
    """Return the bill as CycloneDX JSON; its serial number follows from its contents."""
    own = {
        "type": "application",
        "bom-ref": f"pkg:pypi/rtplan@{version}",
        "name": "rtplan",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "purl": f"pkg:pypi/rtplan@{version}",
    }
    by_name = {component.name: component for component in found}
    direct = sorted({name for name, _ in _needed("rtplan", EXTRAS) if name in by_name})
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": {"timestamp": f"{date}T00:00:00Z", "component": own},
        "components": [_entry(component) for component in found],
        "dependencies": [
            {"ref": own["purl"], "dependsOn": [by_name[name].purl for name in direct]},
            *(
                {"ref": c.purl, "dependsOn": [by_name[name].purl for name in c.needs if name in by_name]}
                for c in found
            ),
        ],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    ordered = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": document.pop("bomFormat"),
        "specVersion": document.pop("specVersion"),
        "serialNumber": f"urn:uuid:{serial}",
        **document,
    }
    return json.dumps(ordered, indent=2) + "\n"


def _entry(component: Component) -> dict[str, Any]:
    stated = {"expression": component.licence}
    named = {"license": {"name": component.licence}}
    entry: dict[str, Any] = {
        "type": "library",
        "bom-ref": component.purl,
        "name": component.name,
        "version": component.version,
        "scope": component.scope,
        "licenses": [stated if component.licence_is_expression else named],
        "purl": component.purl,
    }
    if component.archive_sha256:
        entry["hashes"] = [{"alg": "SHA-256", "content": component.archive_sha256}]
    if component.files_sha256:
        entry["properties"] = [{"name": "rtplan:installed-files-sha256", "value": component.files_sha256}]
    return entry
