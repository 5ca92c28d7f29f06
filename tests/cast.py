"""The standard cast: a bank with its key, and outsiders. Every test makes its own, so none sees another's rows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.api_keys import issue_api_key
from governance.guard import Caller
from governance.ids import uuid7
from governance.models import ApiKey, AuditEvent, StaffUser, Tenant
from governance.principals import authenticate
from governance.purposes import PurposeTerms, create_purpose, purpose_rules
from governance.sessions import staff_principal
from governance.staff import found_organisation
from governance.tenancy import tenant_context
from governance.tenants import create_tenant
from governance.vocabulary import (
    MACHINE_CAPABILITIES,
    Article9Condition,
    Capability,
    Handling,
    LawfulBasis,
    Role,
)
from memstore.browse import browse
from memstore.extract import Message
from memstore.remember import Remembered, remember
from memstore.scope import ScopeIds

if TYPE_CHECKING:
    from datetime import date

    from governance.policy import PurposeRule
    from memstore.idempotency import Once

DATABASES = ["default", "keys"]


@dataclass(frozen=True)
class Organisation:
    """A tenant with one key that may do everything a machine may.

    `assistance` is its default purpose, `offers` needs consent, `knowledge` is for what is about nobody.
    """

    tenant: Tenant
    key: ApiKey
    key_text: str
    assistance: PurposeRule
    offers: PurposeRule
    founding_events: int = 0

    def caller(self, *, purpose: str | None = None, key_text: str | None = None) -> Caller:
        principal = authenticate(key_text or self.key_text)
        assert principal is not None
        return Caller(principal=principal, request_id=uuid7(), purpose=purpose)

    def another_key(self, capabilities: list[Capability] | None = None, **limits: object) -> str:
        _, text = issue_api_key(
            requester=self.staff("ada"),
            approver=self.staff("dora"),
            name="another",
            capabilities=list(MACHINE_CAPABILITIES) if capabilities is None else capabilities,
            **{  # type: ignore[arg-type]  # as issue_api_key types them
                "purposes": [self.assistance.name, self.offers.name],
                "default_purpose": "assistance",
                **limits,
            },
        )
        return text

    def staff(self, username: str, *, stepped_up: bool = True) -> Caller:
        """Somebody at work: ada and adam administer, dora and dov are data protection officers, and so on."""
        with tenant_context(self.tenant.id):
            row = StaffUser.objects.get(username=username)
        until = datetime.now(UTC) + timedelta(minutes=5) if stepped_up else None
        return Caller(staff_principal(row, stepped_up_until=until), uuid7())

    def events(self) -> list[AuditEvent]:
        """The audit trail since the organisation was founded, oldest first."""
        with tenant_context(self.tenant.id):
            return list(AuditEvent.objects.order_by("at", "id")[self.founding_events :])

    def refusals(self) -> list[tuple[str, str]]:
        return [(event.type, event.reason) for event in self.events() if event.reason != "allowed"]


STAFF_NAMES = {
    "ada": Role.ADMINISTRATOR,
    "adam": Role.ADMINISTRATOR,
    "dora": Role.DPO,
    "dov": Role.DPO,
    "rita": Role.REVIEWER,
    "aud": Role.AUDITOR,
    "kay": Role.KEY_OFFICER,
}
# Most tests are not about what a detector finds, so the cast's purposes take all of it.
TAKES_ALL = {
    "special": Handling.ALLOW,
    "article9_condition": Article9Condition.HEALTH_CARE,
    "dpia_reference": "DPIA-1",
    "secrets": Handling.ALLOW,
    "criminal": Handling.ALLOW,
    "criminal_authority": "Test Act 1",
    "unknown": Handling.ALLOW,
}
ASSISTANCE = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=365, source_days=30, **TAKES_ALL)  # type: ignore[arg-type]
OFFERS = PurposeTerms(LawfulBasis.CONSENT, ceiling_days=90, source_days=7, **TAKES_ALL)  # type: ignore[arg-type]
KNOWLEDGE = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=365, source_days=30, personal=False)


def organisation(name: str = "bank") -> Organisation:
    tenant = create_tenant(slug=f"{name}-{secrets.token_hex(6)}", name=name)
    found_organisation(tenant.id, [(who, role, f"P-{who}") for who, role in STAFF_NAMES.items()])
    with tenant_context(tenant.id):
        people = {row.username: row for row in StaffUser.objects.all()}
    ada = Caller(staff_principal(people["ada"]), uuid7())
    for purpose, terms in {"assistance": ASSISTANCE, "offers": OFFERS, "knowledge": KNOWLEDGE}.items():
        create_purpose(caller=ada, name=purpose, terms=terms)
    until = datetime.now(UTC) + timedelta(minutes=5)
    key_id, text = issue_api_key(
        requester=ada,
        approver=Caller(staff_principal(people["dora"], stepped_up_until=until), uuid7()),
        name="assistant",
        capabilities=MACHINE_CAPABILITIES,
        purposes=["assistance", "offers", "knowledge"],
        default_purpose="assistance",
    )
    rules = {rule.name: rule for rule in purpose_rules(tenant.id)}
    with tenant_context(tenant.id):
        key = ApiKey.objects.get(id=key_id)
        founding_events = AuditEvent.objects.count()
    return Organisation(tenant, key, text, rules["assistance"], rules["offers"], founding_events)


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
