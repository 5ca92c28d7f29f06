"""Proof of identity in the portal: the request is verified, and the sitting shows everything from then on.

A one-time code is one way (`prove_identity`). Another, signing in at the organisation's own provider, would end in
`_known` as well, with Verification.SIGNED_IN and a `vouched_by` of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.errors import AccessRefused
from governance.guard.authorize import refuse_here
from governance.models import Verification
from governance.rights.handling import handling
from governance.rights.portal.codes import code_mac, spend_code
from governance.rights.portal.sittings import issuer_of, note_proved
from governance.vocabulary import Action, ReasonCode
from memstore.rights.verify_request import known_person

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.models import RightsRequest
    from governance.rights.request_view import RequestView


def prove_identity(*, caller: Caller, request_id: UUID, code: str) -> RequestView:
    """Verify the request by the one-time code that staff issued for it.

    An erasure puts the person out of reach at once. Raises NoSuchObject, AccessRefused: CODE_UNKNOWN (alike for a
    wrong, used or old code, and for one by the issuer of the link; each attempt counts), REQUEST_NOT_OPEN,
    ALREADY_DECIDED.
    """
    mac = code_mac(caller.tenant_id, request_id, code)  # another database: outside the transaction
    shown = None
    with handling(caller, Action.PROVE_IDENTITY, request_id) as (row, grant):
        if row.verified_at is not None:
            raise AccessRefused(ReasonCode.ALREADY_DECIDED)
        vouched_by = spend_code(row.id, mac, link_issued_by=issuer_of(caller))
        if vouched_by is None:
            refuse_here(caller, Action.PROVE_IDENTITY, ReasonCode.CODE_UNKNOWN)  # with the attempt that it counts
        else:
            shown = _known(row, grant, Verification.CODE, vouched_by)
    if shown is None:
        raise AccessRefused(ReasonCode.CODE_UNKNOWN)
    return shown


def _known(row: RightsRequest, grant: Grant, method: Verification, vouched_by: UUID) -> RequestView:
    note_proved(grant.caller)
    return known_person(row, grant, method, vouched_by=vouched_by)
