"""Anchors: signed tree heads put outside the database, out of reach of its writers, and read back by verification.

There is one for each entry of MEMSTORE_AUDIT_ANCHORS: `file:<folder>` keeps a file of lines per tenant (put it on
another host's disk), `s3://<bucket>/<prefix>` writes objects under object lock in compliance mode.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from governance.errors import AnchorUnavailable
from governance.evidence import verify_trail
from governance.evidence.sealer import as_proof, last_head
from governance.models import AuditAnchor
from governance.secret_file import open_private, private_folder
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import for_each_tenant
from governance.vocabulary import AnchorKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from mypy_boto3_s3.client import S3Client

log = logging.getLogger(__name__)


@contextmanager
def _s3_errors() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise AnchorUnavailable(f"S3 did not answer as it should: {type(error).__name__}") from None


class Anchor(Protocol):
    """A place for signed tree heads. Its methods raise AnchorUnavailable when the place cannot be reached."""

    @property
    def kind(self) -> AnchorKind: ...

    def put(self, head: verify_trail.Head) -> None:
        """Store the head. Returns when it is durable on the other side."""

    def roots(self, tenant_id: UUID) -> Iterator[tuple[int, bytes]]:
        """Yield (size, root) of every head of the tenant that was ever put here."""

    def last(self, tenant_id: UUID) -> verify_trail.Head | None:
        """Return the head with the largest size, with its signature; None without any."""


@dataclass(frozen=True)
class FileAnchor:
    """A file of JSON lines per tenant, mode 0600, only ever appended to.

    Copies of it serve the stand-alone verifier.
    """

    folder: Path
    kind: AnchorKind = AnchorKind.FILE

    def put(self, head: verify_trail.Head) -> None:
        try:
            private_folder(self.folder)
            descriptor = open_private(self._path(head.tenant), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                os.write(descriptor, json.dumps(head.to_json()).encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise AnchorUnavailable(f"the anchor file cannot be written: {error.strerror}") from None

    def roots(self, tenant_id: UUID) -> Iterator[tuple[int, bytes]]:
        return ((head.size, head.root) for head in self._heads(tenant_id))

    def last(self, tenant_id: UUID) -> verify_trail.Head | None:
        return max(self._heads(tenant_id), key=lambda head: head.size, default=None)

    def _heads(self, tenant_id: UUID) -> Iterator[verify_trail.Head]:
        try:
            with self._path(tenant_id).open(encoding="utf-8", errors="replace") as lines:
                yield from verify_trail.anchored_heads(lines, tenant_id)
        except FileNotFoundError:
            return
        except OSError as error:
            raise AnchorUnavailable(f"the anchor file cannot be read: {error.strerror}") from None

    def _path(self, tenant_id: UUID) -> Path:
        return self.folder / f"{tenant_id}.jsonl"


@dataclass(frozen=True)
class S3Anchor:
    """Objects `<prefix>/<tenant>/<size>-<root>.json`, locked in compliance mode.

    Not even the account's root user can delete them before their retention ends. Region, credentials and endpoint are
    boto3's own settings (AWS_...).
    """

    bucket: str
    prefix: str
    keep: timedelta
    kind: AnchorKind = field(default=AnchorKind.S3)

    def put(self, head: verify_trail.Head) -> None:
        with _s3_errors():
            self._client.put_object(
                Bucket=self.bucket,
                Key=f"{self._folder(head.tenant)}{head.size:020}-{head.root.hex()}.json",
                Body=json.dumps(head.to_json()).encode(),
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=datetime.now(UTC) + self.keep,
            )

    def roots(self, tenant_id: UUID) -> Iterator[tuple[int, bytes]]:
        for key in self._keys(tenant_id):
            size, _, root = key.removeprefix(self._folder(tenant_id)).removesuffix(".json").partition("-")
            if size.isdecimal() and len(root) == 2 * verify_trail.HASH_BYTES:
                yield int(size), bytes.fromhex(root)

    def last(self, tenant_id: UUID) -> verify_trail.Head | None:
        key = max(self._keys(tenant_id), default=None)
        if key is None:
            return None
        with _s3_errors():
            body = self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return next(verify_trail.anchored_heads([body.decode(errors="replace")], tenant_id), None)

    def _keys(self, tenant_id: UUID) -> Iterator[str]:
        with _s3_errors():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._folder(tenant_id)
            )
            for page in pages:
                yield from (entry["Key"] for entry in page.get("Contents", []))

    def _folder(self, tenant_id: UUID) -> str:
        return f"{self.prefix}{'/' if self.prefix else ''}{tenant_id}/"

    @cached_property
    def _client(self) -> S3Client:
        import boto3

        client: S3Client = boto3.client("s3")
        return client


def anchors() -> list[Anchor]:
    """Return the configured anchors, in the order of the setting."""
    keep = timedelta(days=settings.MEMSTORE_AUDIT_ANCHOR_DAYS)
    return [
        FileAnchor(Path(place)) if kind == "file" else S3Anchor(*_bucket(place), keep=keep)
        for kind, place in settings.MEMSTORE_AUDIT_ANCHORS
    ]


def anchor_all() -> int:
    """Put the newest head of every tenant to every place that lacks it. Return the number of heads put.

    A tenant that fails at a place is logged and does not keep the others waiting.
    """
    return sum(
        sum(for_each_tenant(f"anchor_{place.kind.value}", partial(anchor, place=place), with_nil=True).values())
        for place in anchors()
    )


def anchor(tenant_id: UUID, place: Anchor) -> bool:
    """Put the newest head of one tenant to one place, if it is due. Return whether a head was put.

    It is due when the trail has grown and the last head is older than MEMSTORE_AUDIT_ANCHOR_SECONDS. Two processes at
    once put the same head twice, which does no harm. Raises AnchorUnavailable.
    """
    with tenant_context(tenant_id):
        head = last_head(tenant_id)
        last = AuditAnchor.objects.filter(kind=place.kind).order_by("-size").first()
    if head is None or (last is not None and last.size >= head.size):
        return False
    pause = timedelta(seconds=settings.MEMSTORE_AUDIT_ANCHOR_SECONDS)
    if last is not None and datetime.now(UTC) - last.at < pause:
        return False
    place.put(as_proof(head))
    with tenant_context(tenant_id):
        AuditAnchor.objects.bulk_create(
            [AuditAnchor(tenant_id=tenant_id, size=head.size, kind=place.kind)], ignore_conflicts=True
        )
    return True


def _bucket(place: str) -> tuple[str, str]:
    bucket, _, prefix = place.partition("/")
    return bucket, prefix.strip("/")
