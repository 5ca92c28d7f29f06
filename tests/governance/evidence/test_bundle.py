"""A bundle convinces an outsider who has Python, `cryptography`, one file and a public key."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from governance.errors import InvalidChange, NoSuchObject
from governance.evidence import verify_trail
from governance.evidence.anchors import anchor, anchors
from governance.evidence.bundle import write_bundle
from governance.evidence.merkle_proofs import consistency, inclusion
from governance.keyring.signing import public_keys
from governance.models import AuditEvent, AuditLeaf
from governance.tenancy.tenant_context import tenant_context
from tests.governance.evidence.trail import numbers, sealed
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
LONG_AGO, SOON = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def trail(bank: Organisation, settings: Settings, tmp_path: Path) -> Organisation:
    settings.MEMSTORE_AUDIT_ANCHORS = [("file", str(tmp_path / "anchors"))]
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 0
    sealed(bank, 5)
    anchor(bank.tenant.id, anchors()[0])
    sealed(bank, 6)
    return bank


def bundle_of(
    bank: Organisation, since: datetime = LONG_AGO, until: datetime = SOON, consistent_from: int | None = None
) -> bytes:
    file = io.BytesIO()
    write_bundle(bank.tenant.id, file, since=since, until=until, consistent_from=consistent_from)
    return file.getvalue()


def public_key(bank: Organisation) -> str:
    [key] = public_keys(bank.tenant.id)
    return key.public


def run(tmp_path: Path, content: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier as an outsider does: a copy, in an empty folder, with no way to import the service."""
    home = tmp_path / "outsider"
    home.mkdir(exist_ok=True)
    (home / "proof.py").write_bytes(Path(verify_trail.__file__).read_bytes())
    (home / "bundle.zip").write_bytes(content)
    code = (
        "import runpy, sys\n"
        "try:\n    runpy.run_path('proof.py', run_name='__main__')\n"
        "finally:\n"
        "    ours = {'django', 'governance', 'memstore', 'api', 'psycopg', 'numpy'}\n"
        "    assert not ours & {name.partition('.')[0] for name in sys.modules}\n"
    )
    return subprocess.run(
        [sys.executable, "-I", "-c", code, "bundle.zip", *arguments],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def changed(content: bytes, name: str, change: Callable[[str], str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            text = old.read(entry).decode()
            new.writestr(entry, change(text) if entry == name else text)
    return out.getvalue()


def test_an_outsider_verifies_it_with_the_public_key_and_an_anchor_of_his_own(
    trail: Organisation, tmp_path: Path
) -> None:
    own = tmp_path / "anchors" / f"{trail.tenant.id}.jsonl"
    done = run(tmp_path, bundle_of(trail), "--key", public_key(trail), "--anchors", str(own))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"INTACT: events 0 to 10 of 11 of tenant {trail.tenant.id}" in done.stdout
    assert "anchored to 5" in done.stdout
    assert "unanchored" in run(tmp_path, bundle_of(trail)).stdout


def test_a_part_of_the_trail_verifies_too(trail: Organisation, tmp_path: Path) -> None:
    with tenant_context(trail.tenant.id):
        times = list(AuditEvent.objects.order_by("at").values_list("at", flat=True))
    part = bundle_of(trail, times[3], times[8])
    assert "INTACT: events 3 to 7 of 11" in run(tmp_path, part, "--key", public_key(trail)).stdout
    with pytest.raises(NoSuchObject):
        bundle_of(trail, SOON, SOON + timedelta(days=1))


def test_a_bundle_grown_out_of_a_head_that_is_not_there_yet_is_refused(trail: Organisation) -> None:
    """The bundle would name the size, beside an empty proof."""
    with pytest.raises(InvalidChange) as wrong:
        bundle_of(trail, consistent_from=12)
    assert wrong.value.field == "consistent_from"
    assert bundle_of(trail, consistent_from=11)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("events.jsonl", lambda text: text.replace("recall", "remember", 1), "number 0 was changed"),
        (
            "events.jsonl",
            lambda text: "".join(text.splitlines(keepends=True)[:4] + text.splitlines(keepends=True)[5:]),
            "number 4 is missing",
        ),
        ("events.jsonl", lambda text: "".join(text.splitlines(keepends=True)[:-1]), "events are missing"),
        (
            "events.jsonl",
            lambda text: text + text.splitlines(keepends=True)[-1].replace('"index": 10', '"index": 11'),
            "events after number 10",
        ),
        ("events.jsonl", lambda _: "not json\n", "number 0 cannot be read"),
        ("bundle.json", lambda text: text.replace('"size": 11', '"size": 10'), "signature"),
        ("bundle.json", lambda text: text.replace('"last": 10', '"last": 9'), "nodes are missing"),
        ("bundle.json", lambda _: "[]", "not an object"),
        ("bundle.json", lambda _: "{}", "head is missing"),
    ],
)
def test_whatever_is_changed_in_it_is_named(
    trail: Organisation, tmp_path: Path, name: str, change: Callable[[str], str], words: str
) -> None:
    done = run(tmp_path, changed(bundle_of(trail), name, change), "--key", public_key(trail))
    assert done.returncode == 1
    assert done.stdout.startswith("BROKEN: ")
    assert words in done.stdout


def test_a_listed_memory_that_was_changed_is_named(trail: Organisation, tmp_path: Path) -> None:
    def other_memory(text: str) -> str:
        items = json.loads(text.splitlines()[0])["event"]["items"]
        return text.replace(items, "deadbeef" + items[8:], 1)

    assert "do not have its digest" in run(tmp_path, changed(bundle_of(trail), "events.jsonl", other_memory)).stdout


def test_a_key_that_the_outsider_does_not_know_counts_for_nothing(trail: Organisation, tmp_path: Path) -> None:
    done = run(tmp_path, bundle_of(trail), "--key", "00" * 32)
    assert done.returncode == 1
    assert "unknown key" in done.stdout


def test_an_anchor_of_a_longer_or_another_trail_is_believed_and_the_bundle_is_not(
    trail: Organisation, outsider: Organisation, tmp_path: Path
) -> None:
    whole = bundle_of(trail)
    sealed(trail, 2)
    anchor(trail.tenant.id, anchors()[0])
    own = tmp_path / "anchors" / f"{trail.tenant.id}.jsonl"
    assert "its tail is cut" in run(tmp_path, whole, "--anchors", str(own)).stdout
    sealed(outsider, 5)
    anchor(outsider.tenant.id, anchors()[0])
    theirs = (tmp_path / "anchors" / f"{outsider.tenant.id}.jsonl").read_text()
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text(theirs.replace(str(outsider.tenant.id), str(trail.tenant.id)))
    assert run(tmp_path, whole, "--anchors", str(mixed)).returncode == 1


def test_every_event_has_an_inclusion_proof_and_every_pair_of_heads_a_consistency_proof(trail: Organisation) -> None:
    keys = {key.id: bytes.fromhex(key.public) for key in public_keys(trail.tenant.id)}
    with tenant_context(trail.tenant.id):
        for index, event_id in numbers(trail):
            found = inclusion(trail.tenant.id, event_id)
            head = verify_trail.Head.from_json(found.head)
            head.check(keys)
            path = [bytes.fromhex(node) for node in found.path]
            assert verify_trail.root_by_inclusion(bytes.fromhex(found.leaf), index, head.size, path) == head.root
        pair = consistency(trail.tenant.id, 5, 11)
        first, second = verify_trail.Head.from_json(pair.first), verify_trail.Head.from_json(pair.second)
        path = [bytes.fromhex(node) for node in pair.path]
        assert verify_trail.is_consistent(5, first.root, 11, second.root, path)
        for sizes in ((5, 12), (11, 5), (4, 11)):
            with pytest.raises(NoSuchObject):
                consistency(trail.tenant.id, *sizes)


def test_another_tenants_event_has_no_proof_here(trail: Organisation, outsider: Organisation) -> None:
    sealed(outsider, 1)
    [(_, theirs)] = numbers(outsider)
    with tenant_context(trail.tenant.id), pytest.raises(NoSuchObject):
        inclusion(trail.tenant.id, theirs)


def test_what_an_event_says_in_a_bundle_is_what_the_row_says(trail: Organisation) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle_of(trail))) as bundle:
        lines = [json.loads(line) for line in bundle.read("events.jsonl").splitlines()]
    with tenant_context(trail.tenant.id):
        leaves = {leaf.index: bytes(leaf.hash).hex() for leaf in AuditLeaf.objects.all()}
        rows = {str(row.id): row for row in AuditEvent.objects.all()}
    assert {line["index"]: line["leaf"] for line in lines} == leaves
    for line in lines:
        row = rows[line["event"]["id"]]
        assert (line["event"]["type"], line["event"]["principal"]) == (row.type, str(row.principal_id))
        assert datetime.fromisoformat(line["event"]["at"]) == row.at
