"""A tenant for measuring, made as any other is: two members of staff, a purpose that takes what texts hold, a key."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from governance.context import Caller
    from governance.models import Tenant
    from governance.policy.decide import PurposeRule

PURPOSE = "assistance"


def found(slug: str) -> tuple[Tenant, PurposeRule, str]:
    """Return (tenant, its purpose, the text of its key)."""
    from governance.access.api_keys import issue_api_key
    from governance.access.staff import found_organisation
    from governance.guard.facts import purpose_rules
    from governance.policy.purpose_terms import PurposeTerms
    from governance.processing.purposes import create_purpose
    from governance.processing.tenants import create_tenant
    from governance.vocabulary import MACHINE_CAPABILITIES, Article9Condition, Handling, LawfulBasis, Role

    tenant = create_tenant(slug=slug, name=slug)
    found_organisation(tenant.id, [("one", Role.ADMINISTRATOR, "1"), ("two", Role.DPO, "2")])
    one, two = standing_here(tenant, "one"), standing_here(tenant, "two")
    terms = PurposeTerms(
        LawfulBasis.CONTRACT,
        ceiling_days=365,
        special=Handling.ALLOW,
        article9_condition=Article9Condition.HEALTH_CARE,
        dpia_reference="benchmark",
        secrets=Handling.ALLOW,
        criminal=Handling.ALLOW,
        criminal_authority="benchmark",
        unknown=Handling.ALLOW,
    )
    create_purpose(caller=one, name=PURPOSE, terms=terms)
    _, key = issue_api_key(
        requester=one,
        approver=two,
        name="benchmark",
        capabilities=MACHINE_CAPABILITIES,
        purposes=[PURPOSE],
        default_purpose=PURPOSE,
    )
    return tenant, purpose_rules(tenant.id)[0], key


def code_now(totp_secret: str) -> str:
    """Return what an authenticator app shows at this moment."""
    from governance.access.totp import STEP_SECONDS, code_at

    return code_at(base64.b32decode(totp_secret), int(time.time()) // STEP_SECONDS).decode()


def standing_here(tenant: Tenant, username: str) -> Caller:
    from governance.access.sessions import staff_principal
    from governance.context import Caller
    from governance.ids import uuid7
    from governance.models import StaffUser
    from governance.tenancy.tenant_context import tenant_context

    with tenant_context(tenant.id):
        row = StaffUser.objects.get(username=username)
    return Caller(staff_principal(row, stepped_up_until=datetime.now(UTC) + timedelta(minutes=5)), uuid7())
