"""The standard cast: a bank with its key, and outsiders. Every test makes its own, so none sees another's rows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.guard import Caller
from governance.ids import uuid7
from governance.models import ApiKey, AuditEvent, Tenant
from governance.policy import Capability, LawfulBasis, PurposeRule
from governance.principals import authenticate, issue_api_key
from governance.tenancy import tenant_context
from governance.tenants import add_purpose, create_tenant
from memstore.browse import browse
from memstore.extract import Message
from memstore.remember import Remembered, remember
from memstore.scope import ScopeIds

if TYPE_CHECKING:
    from datetime import date

    from memstore.idempotency import Once

DATABASES = ["default", "keys"]


@dataclass(frozen=True)
class Organisation:
    """A tenant with one key that may do everything. `assistance` is its default purpose, `offers` needs consent."""

    tenant: Tenant
    key: ApiKey
    key_text: str
    assistance: PurposeRule
    offers: PurposeRule

    def caller(self, *, purpose: str | None = None, key_text: str | None = None) -> Caller:
        principal = authenticate(key_text or self.key_text)
        assert principal is not None
        return Caller(principal=principal, request_id=uuid7(), purpose=purpose)

    def another_key(self, capabilities: list[Capability] | None = None, **limits: object) -> str:
        _, text = issue_api_key(
            tenant_id=self.tenant.id,
            name="another",
            capabilities=list(Capability) if capabilities is None else capabilities,
            purposes=[self.assistance.purpose_id, self.offers.purpose_id],
            default_purpose="assistance",
            **limits,  # type: ignore[arg-type]  # as issue_api_key types them
        )
        return text

    def events(self) -> list[AuditEvent]:
        """The audit trail, oldest first."""
        with tenant_context(self.tenant.id):
            return list(AuditEvent.objects.order_by("at", "id"))

    def refusals(self) -> list[tuple[str, str]]:
        return [(event.type, event.reason) for event in self.events() if event.reason != "allowed"]


def organisation(name: str = "bank") -> Organisation:
    tenant = create_tenant(slug=f"{name}-{secrets.token_hex(6)}", name=name)
    assistance = add_purpose(
        tenant_id=tenant.id,
        name="assistance",
        lawful_basis=LawfulBasis.CONTRACT,
        ceiling_days=365,
        source_days=30,
    )
    offers = add_purpose(
        tenant_id=tenant.id, name="offers", lawful_basis=LawfulBasis.CONSENT, ceiling_days=90, source_days=7
    )
    key, text = issue_api_key(
        tenant_id=tenant.id,
        name="assistant",
        capabilities=list(Capability),
        purposes=[assistance.purpose_id, offers.purpose_id],
        default_purpose="assistance",
    )
    return Organisation(tenant, key, text, assistance, offers)


def say(
    organisation: Organisation,
    user_id: str,
    text: str,
    *,
    key_text: str | None = None,
    expires_on: date | None = None,
    once: Once | None = None,
    **ids: str,
) -> Remembered:
    """Somebody says something, and it is remembered word for word."""
    return remember(
        caller=organisation.caller(key_text=key_text),
        scope=ScopeIds(user_id=user_id, **ids),
        messages=[Message(role="user", content=text)],
        infer=False,
        expires_on=expires_on,
        once=once,
    )


def texts(organisation: Organisation, user_id: str) -> list[str]:
    """All that is remembered about somebody, oldest first."""
    listed = browse(caller=organisation.caller(), filters={"user_id": user_id})
    return [view.text for view in reversed(listed.memories)]
