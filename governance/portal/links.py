"""Links to the portal: issued by a key or by staff, handed to the person, and good for one opening."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.errors import InvalidChange
from governance.four_eyes import claim_text, new_claim_code
from governance.guard import authorize, effect, on_current_facts
from governance.models import LONGEST_LINK, PortalLink, PortalSitting
from governance.subjects import admit_evenly, find_subject
from governance.vocabulary import SHARED, Action, SubjectState

if TYPE_CHECKING:
    from governance.guard import Caller
    from governance.vocabulary import SubjectKind

LINK_MINUTES = 15
LONGEST_MINUTES = int(LONGEST_LINK.total_seconds()) // 60
# For so long it is known who issued a link: whoever did may not also issue a code to the same person.
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """`text` is shown once: the last part of the address that opens the portal."""

    text: str
    expires_at: datetime


@on_current_facts
def issue_link(
    *, caller: Caller, subject_kind: SubjectKind, external_id: str, minutes: int = LINK_MINUTES
) -> IssuedLink:
    """For one opening within `minutes` (1 to 1440). Somebody whom we never met gets one as well, with an empty page.

    Raises AccessRefused, InvalidChange.
    """
    known = find_subject(caller.tenant_id, subject_kind, external_id)
    known = None if known is not None and known.state is SubjectState.ERASED else known
    grant = authorize(caller=caller, action=Action.ISSUE_PORTAL_LINK, subject=known, new_subject_kind=subject_kind)
    with effect(caller, Action.ISSUE_PORTAL_LINK):
        if subject_kind in SHARED:
            raise InvalidChange("user_id", "agents and apps are no persons")
        if not 1 <= minutes <= LONGEST_MINUTES:
            raise InvalidChange("minutes", f"expected 1 to {LONGEST_MINUTES}")
    subject = admit_evenly(caller.tenant_id, subject_kind, external_id)
    code, code_sha256 = new_claim_code()
    now = datetime.now(UTC)
    with effect(caller, Action.ISSUE_PORTAL_LINK):
        old = PortalLink.objects.filter(subject_id=subject.id, expires_at__lt=now - REMEMBERED)
        PortalSitting.objects.filter(link_id__in=list(old.values_list("id", flat=True))).delete()
        old.delete()
        row = PortalLink.objects.create(
            tenant_id=caller.tenant_id,
            subject_id=subject.id,
            secret_sha256=code_sha256,
            issued_by=caller.principal.id,
            issued_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )
        replace(grant, subject=subject).record_held(object_id=row.id, n_items=1)
    return IssuedLink(claim_text(caller.tenant_id, row.id, code), row.expires_at)
