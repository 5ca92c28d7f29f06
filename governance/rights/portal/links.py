"""Portal links: issued by a key or by staff, handed to the person, and good for one opening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.access.tokens import claim_text, new_claim_code
from governance.errors import InvalidChange
from governance.guard.authorize import authorize, on_current_facts
from governance.models import LONGEST_LINK, PortalLink
from governance.policy.external_ids import field_of
from governance.subjects.look_up import clear, subject_named
from governance.subjects.subjects import admit_evenly
from governance.vocabulary import SHARED, STAFF, Action, ReasonCode, SubjectState

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.vocabulary import SubjectKind

LINK_MINUTES = 15
UNKNOWN = "nobody is known by this id; say that the person is expected, to issue a link all the same"
LONGEST_MINUTES = int(LONGEST_LINK.total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A new link. `text` is shown once: the last part of the address that opens the portal."""

    text: str
    expires_at: datetime


@on_current_facts
def issue_link(
    *,
    caller: Caller,
    subject_kind: SubjectKind,
    external_id: str,
    minutes: int = LINK_MINUTES,
    expected: bool = False,
) -> IssuedLink:
    """Issue a link for one opening within `minutes` (1 to 1440). An unknown person gets one as well, to an empty page.

    Staff, who may know, are told when the id is unknown, unless the person is `expected`. Raises AccessRefused,
    InvalidChange.
    """
    action = Action.ISSUE_PORTAL_LINK
    cleared = clear(caller=caller, action=action, names={subject_kind: external_id}, kind=subject_kind)
    known = subject_named(cleared, subject_kind)
    known = None if known is not None and known.state is SubjectState.ERASED else known
    grant = authorize(caller=caller, action=action, subject=known, new_subject_kind=subject_kind)
    with grant.effect():
        if subject_kind in SHARED:
            raise InvalidChange("user_id", "agents and apps are no persons")
        if not 1 <= minutes <= LONGEST_MINUTES:
            raise InvalidChange("minutes", f"expected 1 to {LONGEST_MINUTES}")
        if known is None and not expected and caller.principal.role in STAFF:
            raise InvalidChange(field_of(subject_kind), UNKNOWN, ReasonCode.NOT_FOUND)
    subject = admit_evenly(caller.tenant_id, subject_kind, external_id)
    code, code_sha256 = new_claim_code()
    now = datetime.now(UTC)
    with grant.effect():
        row = PortalLink.objects.create(
            tenant_id=caller.tenant_id,
            subject_id=subject.id,
            secret_sha256=code_sha256,
            issued_by=caller.principal.id,
            issued_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
        grant.about(subject).record_under_lock(object_id=row.id, n_items=1)
    return IssuedLink(claim_text(caller.tenant_id, row.id, code), row.expires_at)
