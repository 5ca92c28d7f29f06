"""The two locks as data: the release of each package that is installed, with the hashes of its files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path

OURS = "memstore (pyproject.toml)"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^ ;\\]+)(?: *; *(?P<marker>[^\\]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})(?: \\)?")


class Unlocked(Exception):
    """A line of a lock that pins nothing. The message names it."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One release. `marker`: the environments that install it, empty for all. `wanted_by`: packages, or OURS."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]
    wanted_by: tuple[str, ...]

    def applies(self) -> bool:
        """Return whether the release is installed on this platform and Python."""
        return not self.marker or Marker(self.marker).evaluate()


def read_lock(path: Path) -> list[Pin]:
    """Return the pins of a lock in the order of the file. Raises Unlocked for anything that is no pin with hashes."""
    return [_pin(block) for block in re.split(r"\n(?=[^ #\n])", path.read_text(encoding="utf-8")) if block.strip()]


def _pin(block: str) -> Pin:
    first, *rest = block.strip().splitlines()
    found = _PIN.fullmatch(first.removesuffix("\\").strip())
    lines = [line.strip() for line in rest]
    hashes = tuple(match[1] for line in lines if (match := _HASH.fullmatch(line)))
    comments = [line.removeprefix("#").strip().removeprefix("via").strip() for line in lines if line.startswith("#")]
    if found is None or not hashes or len(hashes) + len(comments) != len(lines):
        raise Unlocked(first)
    return Pin(
        name=canonicalize_name(found["name"]),
        version=found["version"],
        marker=(found["marker"] or "").strip(),
        sha256=hashes,
        wanted_by=tuple(comment for comment in comments if comment),
    )
