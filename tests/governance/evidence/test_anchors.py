"""Anchors: a file and an S3 bucket under object lock, by real HTTP."""

from __future__ import annotations

import secrets
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from governance.errors import AnchorUnavailable
from governance.evidence.anchors import FileAnchor, anchor, anchor_all, anchors
from governance.evidence.sealer import as_proof, last_head
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Problem
from tests.governance.evidence.trail import sealed, verdict
from tests.support.cast import DATABASES, Organisation
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3.client import S3Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MEMSTORE_AUDIT_ANCHORS = [("file", str(tmp_path / "anchors"))]
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 0
    return tmp_path / "anchors"


@pytest.fixture
def s3(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    client: S3Client = boto3.client("s3")
    bucket = f"evidence-{secrets.token_hex(8)}"  # moto's buckets live as long as the process
    client.create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ObjectLockEnabledForBucket=True,
    )
    settings.MEMSTORE_AUDIT_ANCHORS = [("s3", f"{bucket}/heads")]
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 0
    yield client
    server.stop()


def test_a_head_is_put_once_and_again_when_the_trail_has_grown(bank: Organisation, folder: Path) -> None:
    sealed(bank, 2)
    assert anchor(bank.tenant.id, anchors()[0])
    assert not anchor(bank.tenant.id, anchors()[0])
    sealed(bank, 1)
    assert anchor(bank.tenant.id, anchors()[0])
    assert [size for size, _ in anchors()[0].roots(bank.tenant.id)] == [2, 3]
    path = folder / f"{bank.tenant.id}.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_between_two_heads_of_one_tenant_lies_the_pause(bank: Organisation, folder: Path, settings: Settings) -> None:
    settings.MEMSTORE_AUDIT_ANCHOR_SECONDS = 3_600
    sealed(bank, 1)
    assert anchor(bank.tenant.id, anchors()[0])
    sealed(bank, 1)
    assert not anchor(bank.tenant.id, anchors()[0])


def test_a_folder_that_cannot_be_written_is_said_and_stops_nobody(
    bank: Organisation, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.MEMSTORE_AUDIT_ANCHORS = [("file", str(tmp_path / "file" / "anchors"))]
    sealed(bank, 1)
    with pytest.raises(AnchorUnavailable):
        anchor(bank.tenant.id, anchors()[0])
    anchor_all()
    with pytest.raises(AnchorUnavailable):
        verdict(bank)


def test_lines_of_others_and_broken_lines_are_no_heads_of_ours(bank: Organisation, tmp_path: Path) -> None:
    sealed(bank, 1)
    with tenant_context(bank.tenant.id):
        row = last_head(bank.tenant.id)
        assert row is not None
    place = FileAnchor(tmp_path)
    path = tmp_path / f"{bank.tenant.id}.jsonl"
    path.write_bytes(b"\xff\xfe broken\n{}\n")
    place.put(as_proof(row))
    assert list(place.roots(bank.tenant.id)) == [(1, bytes(row.root))]


def test_objects_in_s3_are_locked_in_compliance_mode_and_verify(
    bank: Organisation, s3: S3Client, settings: Settings
) -> None:
    sealed(bank, 3)
    assert anchor(bank.tenant.id, anchors()[0])
    sealed(bank, 2)
    found = verdict(bank)
    assert (found.problem, found.words) == (None, "anchored to 3, sealed to 5, 0 unsealed")
    [(_, place)] = settings.MEMSTORE_AUDIT_ANCHORS
    bucket = place.partition("/")[0]
    [stored] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    held = s3.head_object(Bucket=bucket, Key=stored["Key"])
    assert held["ObjectLockMode"] == "COMPLIANCE"
    assert held["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=3_000)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=stored["Key"], VersionId=held["VersionId"])


def test_a_trail_that_contradicts_what_lies_in_s3_is_named(bank: Organisation, s3: S3Client) -> None:
    sealed(bank, 3)
    anchor(bank.tenant.id, anchors()[0])
    with superuser() as intruder:
        for table in ("governance_auditevent", "governance_auditleaf", "governance_treehead"):
            intruder.execute(f"DELETE FROM {table} WHERE tenant_id = %s".encode(), [bank.tenant.id])
    found = verdict(bank)
    assert (found.problem, found.index) == (Problem.TAIL_CUT, 0)


def test_s3_that_does_not_answer_is_said(
    bank: Organisation, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "x")
    settings.MEMSTORE_AUDIT_ANCHORS = [("s3", "evidence/heads")]
    sealed(bank, 1)
    with pytest.raises(AnchorUnavailable, match="S3"):
        anchor(bank.tenant.id, anchors()[0])
