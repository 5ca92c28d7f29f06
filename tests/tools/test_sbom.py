"""The bill of materials names every package of the locks with its licence, and nothing that is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import sbom
from tools.lock import read_lock
from tools.sbom import Component, Incomplete, bill, licence_list, licence_of

ROOT = Path(__file__).parents[2]
FOUND = (
    Component("alpha", "1.0", "MIT", "required", ("aa" * 32,), needs=("beta", "elsewhere"), is_direct=True),
    Component("beta", "2.0", "BSD License", "optional", ("bb" * 32,)),
    Component("gamma", "3.0", "Apache-2.0 OR MIT", "excluded", ("cc" * 32,), is_direct=True),
    Component("A font", "", "OFL-1.1", "required", found_in="alpha"),
)


def test_it_is_cyclonedx_with_licences_scopes_and_what_needs_what() -> None:
    said = bill(FOUND)
    assert (said["bomFormat"], said["specVersion"]) == ("CycloneDX", "1.6")
    assert said["metadata"]["component"]["licenses"] == [{"expression": "Apache-2.0"}]
    alpha, beta, gamma, font = said["components"]
    assert (alpha["purl"], alpha["scope"]) == ("pkg:pypi/alpha@1.0", "required")
    assert alpha["licenses"] == [{"expression": "MIT"}]
    assert beta["licenses"] == [{"license": {"name": "BSD License"}}]  # no word of SPDX
    assert gamma["licenses"] == [{"expression": "Apache-2.0 OR MIT"}]
    assert font["properties"] == [{"name": "memstore:found-in", "value": "alpha"}]
    assert "purl" not in font
    needs = {one["ref"]: one["dependsOn"] for one in said["dependencies"]}
    assert needs["pkg:pypi/alpha@1.0"] == ["pkg:pypi/beta@2.0"]
    assert needs[said["metadata"]["component"]["bom-ref"]] == ["pkg:pypi/alpha@1.0"]
    assert set(needs) == {one["bom-ref"] for one in [*said["components"], said["metadata"]["component"]]}
    assert json.dumps(bill(FOUND)) == json.dumps(said)


def test_the_list_of_licences_begins_with_what_is_shipped() -> None:
    lines = licence_list(FOUND).splitlines()
    assert [line.split()[0] for line in lines] == ["required", "required", "optional", "excluded"]
    assert lines[-1].endswith("Apache-2.0 OR MIT")


def test_every_package_of_the_lock_is_in_it_once_and_the_scopes_are_told() -> None:
    try:
        found = sbom.components()
    except Incomplete as incomplete:
        pytest.skip(f"not installed from the lock: {incomplete}")
    packages = [one for one in found if not one.found_in]
    assert {one.name for one in packages} == {
        pin.name for pin in read_lock(ROOT / "requirements-dev.lock") if pin.applies()
    }
    scopes = {one.name: one.scope for one in packages}
    assert (scopes["django"], scopes["hvac"], scopes["pytest"]) == ("required", "optional", "excluded")
    assert len(packages) == len(scopes)


def test_a_package_that_is_not_as_the_lock_says_is_no_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    other = type("Other", (), {"version": "0", "requires": None})
    monkeypatch.setattr("tools.sbom.metadata.distribution", lambda _: other)
    with pytest.raises(Incomplete, match="0 is installed, and the lock says"):
        sbom.components()


def test_a_package_without_a_licence_is_no_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    from email.message import Message

    monkeypatch.setattr("tools.sbom.metadata.metadata", lambda _: Message())
    with pytest.raises(Incomplete, match="states no licence"):
        licence_of("anything")


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE"])
def test_the_licence_and_the_notice_are_declared_and_name_what_is_not_ours(name: str) -> None:
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license-files"]
    assert name in declared
    assert all((ROOT / one).is_file() for one in declared)
    if name == "NOTICE":
        text = (ROOT / name).read_text("utf-8")
        assert [one for one, *_ in sbom.BESIDE if one.split(" (")[0] not in text] == []
