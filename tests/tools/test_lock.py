"""The locks name every file that is installed by its hash, and hold what pyproject.toml asks for: no more, no less."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import OURS, Unlocked, read_lock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.lock import Pin

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BUILD = PROJECT["dependency-groups"]["build"]
RUNTIME = [*PROJECT["project"]["dependencies"], *BUILD]
EVERYTHING = [*RUNTIME, *(line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines)]
AGAIN = "run `make lock` and commit both locks"


def disagreements(lock: Iterable[Pin], wanted: Iterable[str]) -> list[str]:
    """Return what the lock lacks, has in a release that is not asked for, or has although nothing asks for it."""
    pins: dict[str, list[Pin]] = {}
    for pin in lock:
        pins.setdefault(pin.name, []).append(pin)
    asked: dict[str, list[Requirement]] = {}
    for line in wanted:
        asked.setdefault(canonicalize_name(Requirement(line).name), []).append(Requirement(line))
    found = [f"{name} is not in the lock" for name in asked if name not in pins]
    found += [
        f"{one.name} {one.version} is locked, and {requirement} is asked for"
        for name, requirements in asked.items()
        for one in pins.get(name, [])
        for requirement in requirements
        if not requirement.specifier.contains(one.version, prereleases=True)
    ]
    direct = {one.name for several in pins.values() for one in several if OURS in one.wanted_by}
    return found + [f"{name} is in the lock, and pyproject.toml does not ask for it" for name in direct - set(asked)]


@pytest.mark.parametrize(("name", "wanted"), [("requirements.lock", RUNTIME), ("requirements-dev.lock", EVERYTHING)])
def test_a_lock_holds_what_pyproject_asks_for(name: str, wanted: list[str]) -> None:
    assert disagreements(read_lock(ROOT / name), wanted) == [], AGAIN


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: [*lines, "left-pad>=1"], "left-pad is not in the lock"),
        (lambda lines: [line.replace(">=5.2.19,<5.3", ">=6") for line in lines], "and django>=6 is asked for"),
        (lambda lines: [line for line in lines if "segno" not in line], "segno is in the lock, and"),
    ],
)
def test_a_lock_that_disagrees_is_told(change: object, told: str) -> None:
    assert callable(change)
    [found] = disagreements(read_lock(ROOT / LOCKS[0]), change(RUNTIME))
    assert told in found


def test_both_locks_name_the_same_releases() -> None:
    runtime, all_of_it = ({(pin.name, pin.version, pin.sha256) for pin in read_lock(ROOT / name)} for name in LOCKS)
    assert runtime <= all_of_it, AGAIN


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_registry_and_no_folder(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert not re.search(r"://|--index|--find-links|--extra|--trusted|@ |^-|/home|/tmp", text, re.MULTILINE)


def test_what_builds_the_package_is_locked_too() -> None:
    assert PROJECT["build-system"]["requires"] == BUILD


@pytest.mark.parametrize("line", ["django", "django==5.2.19", "--index-url x", "django @ file:///x"])
def test_a_line_that_pins_nothing_by_hash_is_no_lock(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.lock").write_text(f"{line}\n")
    with pytest.raises(Unlocked):
        read_lock(tmp_path / "a.lock")


def test_make_installs_from_the_locks_alone() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installs = re.findall(r"^\t@\$\(PIP\) (.*)$", makefile, re.MULTILINE)
    assert installs == [
        "install --require-hashes --requirement requirements.lock",
        "$(OURS)",
        "install --require-hashes --requirement requirements-dev.lock",
    ]
