"""Authentication of a presented API key to a typed principal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from governance.access.tokens import KEY_MARK, matches, read_token
from governance.guard.facts import purpose_rules
from governance.models import ApiKey
from governance.policy.decide import Intake, Principal, PurposeRule
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import (
    MACHINE_CAPABILITIES,
    Article9Condition,
    Capability,
    Handling,
    LawfulBasis,
    Role,
)

_CAPABILITIES = frozenset(MACHINE_CAPABILITIES)
LAST_USED_RESOLUTION_SECONDS = 60


def authenticate(presented: str) -> Principal | None:
    """Return the principal of a presented key, or None for an unknown one.

    Revoked and expired keys are returned: policy refuses them on the record. The tenant is not known yet, so the row
    comes from a function of the role `memstore_auth` that finds one key by its prefix. The comparison takes constant
    time, also for a prefix that does not exist. A known key has its last use recorded.
    """
    prefix, secret = read_token(KEY_MARK, presented)
    row = None
    if prefix:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM memstore_find_api_key(%s)", [prefix])
            row = cursor.fetchone()
    if not matches(secret, row[2] if row else None) or row is None:
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
    described = json.loads(rules) if isinstance(rules, str) else rules
    by_id = {entry["purpose_id"]: entry for entry in described}
    return Principal(
        id=key_id,
        tenant_id=tenant_id,
        role=Role.API_KEY,
        capabilities=frozenset(Capability(name) for name in capabilities if name in _CAPABILITIES),
        purposes=tuple(_rule(entry, by_id) for entry in described if entry["own"]),
        default_purpose=default_purpose or None,
        pinned_subject=subject,
        pinned_agent=agent,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )


def principal_of_key(key_id: UUID, tenant_id: UUID) -> Principal | None:
    """Return the principal that a job acts for, or None for a key that does not exist or was never claimed.

    It is read from the database each time, so that a revoked key stops its jobs.
    """
    with tenant_context(tenant_id):
        key = ApiKey.objects.filter(id=key_id, secret_sha256__isnull=False).first()
    if key is None:
        return None
    return Principal(
        id=key.id,
        tenant_id=key.tenant_id,
        role=Role.API_KEY,
        capabilities=frozenset(Capability(name) for name in key.capabilities),
        purposes=purpose_rules(tenant_id, key.allowed_purposes),
        default_purpose=key.default_purpose or None,
        pinned_subject=key.pinned_subject,
        pinned_agent=key.pinned_agent,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def _rule(entry: dict[str, Any], others: dict[str, dict[str, Any]]) -> PurposeRule:
    """Return one purpose as `memstore_find_api_key` describes it. `others` holds those that may be read for it."""
    read_for_it = entry.get("reads") or ()
    condition = entry["article9_condition"]
    return PurposeRule(
        purpose_id=UUID(entry["purpose_id"]),
        version_id=UUID(entry["version_id"]),
        name=entry["name"],
        lawful_basis=LawfulBasis(entry["lawful_basis"]),
        ceiling_days=entry["ceiling_days"],
        source_days=entry["source_days"],
        personal=entry["personal"],
        article9=Article9Condition(condition) if condition else None,
        intake=Intake(
            *(Handling(entry[name]) for name in ("identifiers", "secrets", "special", "criminal", "unknown"))
        ),
        review_first=entry["review_first"],
        direct_marketing=entry["direct_marketing"],
        counts_use=entry["counts_use"],
        compatible=tuple(_rule(others[name] | {"reads": None}, {}) for name in read_for_it if name in others),
    )


def _note_use(key_id: UUID, tenant_id: UUID, last_used_at: datetime | None) -> None:
    """Record the last use, to the minute: a write for each request would cost more than the fact is worth."""
    now = datetime.now(UTC)
    if last_used_at is None or (now - last_used_at).total_seconds() > LAST_USED_RESOLUTION_SECONDS:
        with tenant_context(tenant_id):
            ApiKey.objects.filter(id=key_id).update(last_used_at=now)
