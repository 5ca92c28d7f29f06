"""Single sign-on through the organisation's identity provider, to an account that its owner has linked once.

Linking takes a session of the account that is stepped up; the provider's word alone neither makes an account nor finds
one by name. A second factor is needed here too: proved at the provider, where the organisation trusts its statement, or
else by our one-time code. A session without our code is not stepped up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from governance.access.sessions import SignedIn, open_session, principal_at_the_door, sign_in_with_code
from governance.context import Caller
from governance.errors import AccessRefused
from governance.guard.authorize import authorize
from governance.guard.unauthenticated import note_refusal
from governance.ids import uuid7
from governance.keyring.keys import lookup_sealer
from governance.models import StaffUser
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_by_slug
from governance.vocabulary import Action, ReasonCode

if TYPE_CHECKING:
    from datetime import timedelta
    from uuid import UUID

    from governance.access.oidc_provider import ProviderIdentity


def link_sign_on(*, caller: Caller, identity: ProviderIdentity) -> None:
    """Link the provider's account `identity` to the caller's own. It signs in as the caller from now on.

    Raises AccessRefused(DUPLICATE) when it is linked to another account.
    """
    grant = authorize(caller=caller, action=Action.LINK_SIGN_ON)
    mac = _mac(caller.tenant_id, identity)
    with grant.effect():
        try:
            with transaction.atomic():
                row = StaffUser.objects.select_for_update().get(id=caller.principal.id)
                row.sign_on_mac = mac
                row.save(update_fields=["sign_on_mac"])
        except IntegrityError:
            raise AccessRefused(ReasonCode.DUPLICATE) from None
        grant.record(object_id=caller.principal.id)


def sign_in_as(
    *,
    tenant: str,
    identity: ProviderIdentity,
    code: str = "",
    address: str = "",
    request_id: UUID | None = None,
    idle: timedelta,
) -> SignedIn:
    """Open a session of the linked account, by the provider's second factor or by our one-time `code`.

    Raises AccessRefused(SIGN_IN_FAILED), the same for every cause.
    """
    found = tenant_by_slug(tenant)
    row = _linked(found.id, identity) if found is not None else None
    if row is None:
        note_refusal()
        raise AccessRefused(ReasonCode.SIGN_IN_FAILED)
    if code or not identity.second_factor:
        return sign_in_with_code(tenant=tenant, known=row, code=code, address=address, request_id=request_id, idle=idle)
    caller = Caller(principal_at_the_door(row), request_id or uuid7())
    grant = authorize(caller=caller, action=Action.SIGN_IN)
    with grant.effect():
        session = open_session(row, idle=idle, now=datetime.now(UTC), stepped_up_until=None)
        grant.record(object_id=session.id)
    return session.signed_in


def is_linked(*, tenant: str, identity: ProviderIdentity) -> bool:
    """Return whether an account of this tenant is linked to that identity.

    The caller has proved the identity and may know. A miss is counted like an unauthenticated request.
    """
    found = tenant_by_slug(tenant)
    linked = found is not None and _linked(found.id, identity) is not None
    if not linked:
        note_refusal()
    return linked


def _linked(tenant_id: UUID, identity: ProviderIdentity) -> StaffUser | None:
    with tenant_context(tenant_id):
        return StaffUser.objects.filter(
            sign_on_mac=_mac(tenant_id, identity), suspended_at__isnull=True, enrolled_at__isnull=False
        ).first()


def _mac(tenant_id: UUID, identity: ProviderIdentity) -> bytes:
    return lookup_sealer(tenant_id).mac(b"single sign-on", f"{identity.issuer}\n{identity.sub}".encode())
