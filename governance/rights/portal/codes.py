"""One-time codes: staff issue one for a request and hand it to the person by a channel that is known to be theirs.

A code has eight characters that are hard to confuse, and is kept as an HMAC under the tenant's key. After five wrong
ones it is void. The issuer of the link by which the portal was opened cannot vouch for the person as well.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.guard.second_approval import not_the_same
from governance.keyring.keys import lookup_sealer
from governance.models import PortalCode, StaffUser
from governance.rights.handling import handling
from governance.rights.link_issuers import issuers_of_late
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH, GROUP = 8, 4
CODE_LIVES = timedelta(days=14)  # time for a letter to arrive
MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A new code. `code` is shown once."""

    code: str
    expires_at: datetime


def issue_code(*, caller: Caller, request_id: UUID) -> IssuedCode:
    """Issue a code for an open request whose person is not verified yet. An earlier code of the request is void.

    Raises NoSuchObject, AccessRefused: REQUEST_NOT_OPEN, ALREADY_DECIDED (the person is verified), SAME_PERSON (the
    caller issued a portal link of this person in the last 30 days).
    """
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    mac = code_mac(caller.tenant_id, request_id, code)  # needs another database, so outside the transaction
    with handling(caller, Action.ISSUE_CODE, request_id) as (row, grant):
        if row.verified_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        not_the_same(caller, *issuers_of_late(row.subject_id))
        PortalCode.objects.filter(request_id=row.id).delete()
        made = PortalCode.objects.create(
            tenant_id=caller.tenant_id,
            request_id=row.id,
            code_mac=mac,
            issued_by=caller.principal.id,
            expires_at=datetime.now(UTC) + CODE_LIVES,
        )
        grant.record_under_lock(subject_id=row.subject_id, object_id=row.id, n_items=1)
    return IssuedCode(f"{code[:GROUP]}-{code[GROUP:]}", made.expires_at)


def code_mac(tenant_id: UUID, request_id: UUID, text: str) -> bytes:
    """Return the HMAC of a code as it was typed: spaces, dashes and letter case make no difference."""
    typed = "".join(char for char in text.upper() if char in ALPHABET)
    return lookup_sealer(tenant_id).mac(b"portal code " + request_id.bytes, typed.encode())


def spend_code(request_id: UUID, mac: bytes, *, link_issued_by: UUID) -> UUID | None:
    """Use up the code and return its issuer, who vouches for the person.

    Return None for a wrong code, and count the attempt. Call it inside `handling`, whose lock on the request admits one
    attempt at a time. A code is also refused when its issuer issued the link (`link_issued_by`) or no longer works
    here.
    """
    row = PortalCode.objects.filter(request_id=request_id).first()
    fits = hmac.compare_digest(mac, bytes(row.code_mac) if row else bytes(32))
    if row is None:
        return None
    now = datetime.now(UTC)
    live = row.used_at is None and row.expires_at > now and row.attempts < MAX_ATTEMPTS
    if fits and live and row.issued_by != link_issued_by and _still_works_here(row.issued_by):
        row.used_at = now
        row.save(update_fields=["used_at"])
        return row.issued_by
    row.attempts = min(row.attempts + 1, MAX_ATTEMPTS)
    row.save(update_fields=["attempts"])
    return None


def _still_works_here(user_id: UUID) -> bool:
    return StaffUser.objects.filter(id=user_id, suspended_at=None).exists()
