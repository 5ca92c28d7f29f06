"""API keys: requested by one person, approved by another, and claimed once by the developer who uses them.

Dual control keeps staff from reading content through a key of their own: the author of a request cannot approve it and
never sees the secret. The approver hands the claim code over. It works once, so a developer who finds it used knows
that another person holds the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.access.recipients import recipient_in_use
from governance.access.tokens import (
    KEY_MARK,
    claim_text,
    digest,
    matches,
    new_claim_code,
    new_prefix,
    new_secret,
    read_claim,
    token_text,
)
from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize, system_caller
from governance.guard.second_approval import EndedProposal, approve, ended_of
from governance.guard.unauthenticated import note_refusal
from governance.keyring.identities import enrol_identity
from governance.models import ApiKey, Purpose, Subject
from governance.paging import Page, taken
from governance.policy.external_ids import external_id
from governance.vocabulary import MACHINE_CAPABILITIES, Action, Capability, ReasonCode, SubjectKind, SystemJob

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class KeyView:
    """An API key without its secret.

    `state`: requested, declined, withdrawn, approved (waits to be claimed), active, revoked, expired.
    """

    id: UUID
    name: str
    state: str
    capabilities: tuple[str, ...]
    purposes: tuple[str, ...]
    default_purpose: str
    requested_by: UUID
    approved_by: UUID | None
    ended: EndedProposal | None
    expires_at: datetime | None
    last_used_at: datetime | None
    recipient_id: UUID | None
    pinned_subject: UUID | None
    pinned_agent: UUID | None


def request_key(
    *,
    caller: Caller,
    name: str,
    capabilities: Iterable[str],
    purposes: Iterable[str],
    default_purpose: str = "",
    pinned_subject: UUID | None = None,
    agent_id: str | None = None,
    expires_at: datetime | None = None,
    recipient_id: UUID | None = None,
) -> KeyView:
    """Request an API key. It has no secret until a second person has approved it and the developer has claimed it.

    `agent_id`: the external id of the one agent that the key acts through; the agent need not be known yet.
    `pinned_subject`: the surrogate id of the one person, agent, app or run that the key acts for. `recipient_id`: the
    recipient outside that will hold the key. What the key reads is then a disclosure to that recipient
    (`accountability.accounting_of_disclosures`).

    Raises AccessRefused, InvalidChange (a capability that no machine may have, an unknown purpose or subject, a
    recipient that has ended, an expiry in the past).
    """
    grant = authorize(caller=caller, action=Action.REQUEST_KEY)
    wanted, names = sorted(set(capabilities)), sorted(set(purposes))
    with grant.effect():
        if not name.strip():
            raise InvalidChange("name", "must not be empty")
        if not wanted or set(wanted) - {known.value for known in MACHINE_CAPABILITIES}:
            raise InvalidChange("capabilities", "expected some of the capabilities that a machine may have")
        ids = {row.name: row.id for row in Purpose.objects.filter(name__in=names)}
        if not names or set(names) - set(ids):
            raise InvalidChange("purposes", "there is no purpose of that name")
        if default_purpose and default_purpose not in ids:
            raise InvalidChange("default_purpose", "must be one of the key's purposes")
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise InvalidChange("expires_at", "must lie in the future")
        if recipient_id is not None:
            recipient_in_use(recipient_id)
        if pinned_subject is not None and not Subject.objects.filter(id=pinned_subject).exists():
            raise InvalidChange("pinned_subject", "nobody is known by this id")
        agent = None if agent_id is None else external_id(agent_id, "agent_id")
    pinned_agent = None if agent is None else enrol_identity(caller.tenant_id, SubjectKind.AGENT, agent)
    with grant.effect():
        row = ApiKey.objects.create(
            tenant_id=caller.tenant_id,
            name=name.strip()[:200],
            prefix=new_prefix(),
            capabilities=wanted,
            allowed_purposes=[ids[one] for one in names],
            default_purpose=default_purpose,
            pinned_subject=pinned_subject,
            pinned_agent=pinned_agent,
            expires_at=expires_at,
            recipient_id=recipient_id,
            requested_by=caller.principal.id,
        )
        grant.record(object_id=row.id)
    return _view(row, {key: value for value, key in ids.items()})


def approve_key(*, caller: Caller, key_id: UUID) -> str:
    """Approve a requested key as the second person. Return the claim code for the developer, which is shown once.

    Raises NoSuchObject, AccessRefused: SAME_PERSON, ALREADY_DECIDED.
    """
    grant = authorize(caller=caller, action=Action.APPROVE_KEY, object_id=key_id)
    code, sha256 = new_claim_code()
    with grant.effect():
        row = locked(key_id)
        if row.revoked_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        approve(row, caller)
        row.claim_sha256 = sha256
        row.save(update_fields=["approved_by", "approved_at", "claim_sha256"])
        grant.record(object_id=row.id)
    return claim_text(row.tenant_id, row.id, code)


def claim_key(*, tenant_id: UUID, key_id: UUID, code: str) -> str:
    """Exchange a claim code for the key (`m0st_<prefix>_<secret>`) and return its text, once.

    Only the SHA-256 of the secret is kept. Raises AccessRefused(CLAIM_UNKNOWN), also for a code that was used.
    """
    caller = system_caller(tenant_id, SystemJob.CLAIM)
    grant = authorize(caller=caller, action=Action.CLAIM_KEY, object_id=key_id)
    secret = new_secret()
    with grant.effect():
        row = ApiKey.objects.select_for_update().filter(id=key_id, revoked_at=None).first()
        if row is not None and matches(code, row.claim_sha256):
            row.claim_sha256, row.claimed_at = None, datetime.now(UTC)
            row.secret_sha256 = digest(secret)
            row.save(update_fields=["claim_sha256", "claimed_at", "secret_sha256"])
            grant.record(object_id=row.id)
            return token_text(KEY_MARK, row.prefix, secret)
    note_refusal()  # no principal is known: counted, not written one by one
    raise AccessRefused(ReasonCode.CLAIM_UNKNOWN)


def revoke_key(*, caller: Caller, key_id: UUID) -> None:
    """Revoke a key. Its next request is refused, and its jobs have no effect.

    Raises NoSuchObject, AccessRefused(ALREADY_DECIDED).
    """
    grant = authorize(caller=caller, action=Action.REVOKE_KEY, object_id=key_id)
    with grant.effect():
        row = locked(key_id)
        if row.revoked_at is not None or row.has_ended:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        row.revoked_at, row.claim_sha256 = datetime.now(UTC), None
        row.save(update_fields=["revoked_at", "claim_sha256"])
        grant.record(object_id=row.id)


def list_keys(*, caller: Caller) -> list[KeyView]:
    """Return all keys, newest first, revoked ones included."""
    return list(page_keys(caller=caller, page_size=None).rows)


def page_keys(*, caller: Caller, page: int = 1, page_size: int | None = 50) -> Page[KeyView]:
    """Return one page of the keys in the order of `list_keys`."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        names = dict(Purpose.objects.values_list("id", "name"))
        rows, total = taken(ApiKey.objects.order_by("-created_at", "-id"), page, page_size)
        grant.record(n_items=len(rows))
    return Page(tuple(_view(row, names) for row in rows), total)


def issue_api_key(
    *,
    requester: Caller,
    approver: Caller,
    name: str,
    capabilities: Iterable[Capability],
    purposes: Iterable[str],
    default_purpose: str = "",
    pinned_subject: UUID | None = None,
    agent_id: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[UUID, str]:
    """Request, approve and claim a key in one call, on behalf of two people. Return its id and its text.

    Raises what the three steps raise.
    """
    asked = request_key(
        caller=requester,
        name=name,
        capabilities=[capability.value for capability in capabilities],
        purposes=purposes,
        default_purpose=default_purpose,
        pinned_subject=pinned_subject,
        agent_id=agent_id,
        expires_at=expires_at,
    )
    tenant_id, key_id, code = read_claim(approve_key(caller=approver, key_id=asked.id))
    return key_id, claim_key(tenant_id=tenant_id, key_id=key_id, code=code)


def locked(key_id: UUID) -> ApiKey:
    """Return the row of a key, locked until the transaction ends. Raises NoSuchObject."""
    row = ApiKey.objects.select_for_update().filter(id=key_id).first()
    if row is None:
        raise NoSuchObject("key")
    return row


def _view(row: ApiKey, names: dict[UUID, str]) -> KeyView:
    ended = row.expires_at is not None and row.expires_at <= datetime.now(UTC)
    state = (
        row.ended_as
        if row.has_ended
        else "revoked"
        if row.revoked_at
        else "expired"
        if ended
        else "active"
        if row.secret_sha256
        else "approved"
        if row.approved_by
        else "requested"
    )
    return KeyView(
        id=row.id,
        name=row.name,
        state=state,
        capabilities=tuple(row.capabilities),
        purposes=tuple(sorted(names[one] for one in row.allowed_purposes if one in names)),
        default_purpose=row.default_purpose,
        requested_by=row.requested_by,
        approved_by=row.approved_by,
        ended=ended_of(row),
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        recipient_id=row.recipient_id,
        pinned_subject=row.pinned_subject,
        pinned_agent=row.pinned_agent,
    )
