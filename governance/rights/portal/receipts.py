"""Receipt of a request that was opened in the portal, shown again when the same form is sent again.

A second click, or a connection that broke, would otherwise lose the receipt: only its digest is kept. So its code is
derived from the sitting and the form, under the tenant's key.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from governance.access.tokens import claim_text, matches
from governance.errors import NoSuchObject
from governance.guard.authorize import authorize
from governance.ids import NIL
from governance.keyring.keys import lookup_sealer
from governance.rights.portal.sittings import LONGEST_SITTING
from governance.rights.request_view import view
from governance.rights.requests import OpenedRequest, visible
from governance.subjects.oneself import oneself
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller


def receipt_code(caller: Caller, form: UUID) -> str:
    """Return the code of the request that `form` opens in this sitting. It must never reach another caller."""
    sitting = caller.principal.session_id or NIL
    mac = lookup_sealer(caller.tenant_id).mac(b"portal receipt " + sitting.bytes, form.bytes)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def opened_by_form(*, caller: Caller, form: UUID) -> OpenedRequest:
    """Return the request that `form` opened in this sitting, with its receipt.

    Raises NoSuchObject when there is none, or not yet.
    """
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, subject=oneself(caller))
    code = receipt_code(caller, form)
    with grant.effect():
        began = datetime.now(UTC) - LONGEST_SITTING
        for row in visible(caller).filter(received_at__gte=began):
            receipt = claim_text(caller.tenant_id, row.id, code)
            if matches(receipt, row.receipt_sha256):
                grant.record_under_lock(object_id=row.id, n_items=1)
                return OpenedRequest(view(row), receipt)
    raise NoSuchObject("request")
