"""From a presented key to a typed principal."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from governance.models import ApiKey, PurposeVersion
from governance.policy import Capability, LawfulBasis, Principal, PurposeRule
from governance.tenancy import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = "m0st"
_PREFIX_BYTES, _SECRET_BYTES = 6, 32
_NO_SECRET = bytes(32)
LAST_USED_RESOLUTION_SECONDS = 60


def issue_api_key(
    *,
    tenant_id: UUID,
    name: str,
    capabilities: Iterable[Capability],
    purposes: Iterable[UUID],
    default_purpose: str = "",
    pinned_subject: UUID | None = None,
    pinned_agent: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its text (`m0st_<prefix>_<secret>`), which is not stored and cannot be shown again."""
    prefix, secret = secrets.token_hex(_PREFIX_BYTES), secrets.token_hex(_SECRET_BYTES)
    with tenant_context(tenant_id):
        key = ApiKey.objects.create(
            tenant_id=tenant_id,
            name=name,
            prefix=prefix,
            secret_sha256=hashlib.sha256(secret.encode()).digest(),
            capabilities=sorted(capability.value for capability in capabilities),
            allowed_purposes=list(purposes),
            default_purpose=default_purpose,
            pinned_subject=pinned_subject,
            pinned_agent=pinned_agent,
            expires_at=expires_at,
        )
    return key, f"{MARK}_{prefix}_{secret}"


def authenticate(presented: str) -> Principal | None:
    """The principal of a key, or None. Revoked and expired keys are returned: policy refuses them on the record.

    The tenant is not known yet, so the row comes from a function of `memstore_auth` that finds one key by its
    prefix. The compare takes constant time, also when no such prefix exists.
    """
    mark, _, rest = presented.partition("_")
    prefix, _, secret = rest.partition("_")
    row = None
    if mark == MARK and len(prefix) == 2 * _PREFIX_BYTES and prefix.isalnum():
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM memstore_find_api_key(%s)", [prefix])
            row = cursor.fetchone()
    expected = bytes(row[2]) if row else _NO_SECRET
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    if not hmac.compare_digest(digest, expected) or row is None:
        return None
    (
        key_id,
        tenant_id,
        _,
        capabilities,
        default_purpose,
        subject,
        agent,
        expires_at,
        revoked_at,
        used,
        rules,
    ) = row
    _note_use(key_id, tenant_id, used)
    found = json.loads(rules) if isinstance(rules, str) else rules
    return Principal(
        id=key_id,
        tenant_id=tenant_id,
        role="api_key",
        capabilities=frozenset(Capability(name) for name in capabilities if name in set(Capability)),
        purposes=tuple(_rule(entry) for entry in found),
        default_purpose=default_purpose or None,
        pinned_subject=subject,
        pinned_agent=agent,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )


def principal_of_key(key_id: UUID, tenant_id: UUID) -> Principal | None:
    """The principal that a job acts for, loaded anew so that a revoked key stops its jobs."""
    with tenant_context(tenant_id):
        key = ApiKey.objects.filter(id=key_id).first()
        if key is None:
            return None
        versions = PurposeVersion.objects.filter(purpose__in=key.allowed_purposes).select_related("purpose")
        latest = {version.purpose_id: version for version in versions.order_by("version")}
    return Principal(
        id=key.id,
        tenant_id=key.tenant_id,
        role="api_key",
        capabilities=frozenset(Capability(name) for name in key.capabilities),
        purposes=tuple(version.rule() for version in latest.values()),
        default_purpose=key.default_purpose or None,
        pinned_subject=key.pinned_subject,
        pinned_agent=key.pinned_agent,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def _rule(entry: dict[str, str | int]) -> PurposeRule:
    return PurposeRule(
        purpose_id=UUID(str(entry["purpose_id"])),
        version_id=UUID(str(entry["version_id"])),
        name=str(entry["name"]),
        lawful_basis=LawfulBasis(str(entry["lawful_basis"])),
        ceiling_days=int(entry["ceiling_days"]),
        source_days=int(entry["source_days"]),
    )


def _note_use(key_id: UUID, tenant_id: UUID, last_used_at: datetime | None) -> None:
    """Last use to the minute: a write per request would cost more than the fact is worth."""
    now = datetime.now(UTC)
    if last_used_at is None or (now - last_used_at).total_seconds() > LAST_USED_RESOLUTION_SECONDS:
        with tenant_context(tenant_id):
            ApiKey.objects.filter(id=key_id).update(last_used_at=now)
