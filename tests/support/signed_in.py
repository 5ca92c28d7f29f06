"""Sessions of the cast's staff, as the governance API takes them, without the slow password hash."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.access.tokens import SESSION_MARK, digest, new_prefix, new_secret, token_text
from governance.access.totp import STEP_SECONDS, code_at
from governance.models import StaffSession, StaffUser
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from tests.support.cast import Organisation


def code_of(totp_secret: str, steps: int = 0) -> str:
    """Return the code of an authenticator app now, or `steps` half minutes later."""
    return code_at(base64.b32decode(totp_secret), int(time.time()) // STEP_SECONDS + steps).decode()


def signed_in(organisation: Organisation, username: str, *, stepped_up: bool = True) -> str:
    """Return the token of a fresh session."""
    prefix, secret, now = new_prefix(), new_secret(), datetime.now(UTC)
    with tenant_context(organisation.tenant.id):
        user = StaffUser.objects.get(username=username)
        StaffSession.objects.create(
            tenant_id=organisation.tenant.id,
            user_id=user.id,
            prefix=prefix,
            secret_sha256=digest(secret),
            expires_at=now + timedelta(hours=1),
            stepped_up_until=now + timedelta(minutes=5) if stepped_up else None,
        )
    return token_text(SESSION_MARK, prefix, secret)
