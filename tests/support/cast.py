"""The standard cast: a bank with its key, and outsiders. Every test makes its own, so none sees another's rows."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from governance.access.api_keys import issue_api_key
from governance.access.authenticate import authenticate
from governance.access.sessions import staff_principal
from governance.access.tokens import KEY_MARK, digest, new_prefix, new_secret, token_text
from governance.context import Caller
from governance.guard.facts import rule_of
from governance.ids import CO_FOUNDER, FOUNDER, uuid7
from governance.keyring.keys import lookup_sealer
from governance.models import ApiKey, AuditEvent, Purpose, PurposeVersion, StaffUser, Tenant
from governance.policy.purpose_terms import PurposeTerms
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import (
    MACHINE_CAPABILITIES,
    Article9Condition,
    Capability,
    Handling,
    LawfulBasis,
    Role,
)
from memstore.recall.browse import browse
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import Remembered, remember

if TYPE_CHECKING:
    from datetime import date

    from governance.policy.decide import PurposeRule
    from memstore.records.idempotency import Once

DATABASES = ["default", "keys"]


@dataclass(frozen=True)
class Organisation:
    """A tenant with one key that has every capability of a machine.

    `assistance` is its default purpose, `offers` needs consent, `knowledge` is not personal.
    """

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
        """Return a member of staff: ada and adam administer, dora and dov are data protection officers, and so on."""
        with tenant_context(self.tenant.id):
            row = StaffUser.objects.get(username=username)
        until = datetime.now(UTC) + timedelta(minutes=5) if stepped_up else None
        return Caller(staff_principal(row, stepped_up_until=until), uuid7())

    def events(self) -> list[AuditEvent]:
        """Return the audit trail, oldest first."""
        with tenant_context(self.tenant.id):
            return list(AuditEvent.objects.order_by("at", "id"))

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
    """Make a tenant by the rows that the use cases would make, at once: nearly every test begins here."""
    tenant = Tenant(id=uuid7(), slug=f"{name}-{secrets.token_hex(6)}", name=name, auto_approve_erasure=True)
    tenant.key_deletions_at_once, tenant.key_deletions_per_hour = True, 1000
    secret, now = new_secret(), datetime.now(UTC)
    terms = {"assistance": ASSISTANCE, "offers": OFFERS, "knowledge": KNOWLEDGE}
    purposes = {purpose: Purpose(tenant_id=tenant.id, name=purpose) for purpose in terms}
    lookup = lookup_sealer(tenant.id)
    two_people = {"requested_by": FOUNDER, "approved_by": CO_FOUNDER, "approved_at": now}
    key = ApiKey(
        tenant_id=tenant.id,
        name="assistant",
        prefix=new_prefix(),
        secret_sha256=digest(secret),
        capabilities=[capability.value for capability in MACHINE_CAPABILITIES],
        allowed_purposes=[purpose.id for purpose in purposes.values()],
        default_purpose="assistance",
        **two_people,
    )
    with tenant_context(tenant.id):
        Tenant.objects.bulk_create([tenant])  # in bulk, because no signal is needed that notes the change
        StaffUser.objects.bulk_create(
            StaffUser(
                tenant_id=tenant.id,
                username=who,
                role=role.value,
                person_mac=lookup.mac(b"person", f"p-{who}".encode()),
                **two_people,
            )
            for who, role in STAFF_NAMES.items()
        )
        Purpose.objects.bulk_create(purposes.values())
        versions = PurposeVersion.objects.bulk_create(
            PurposeVersion(
                tenant_id=tenant.id,
                purpose=purposes[purpose],
                **asdict(said) | {"article9_condition": said.article9_condition or ""},
            )
            for purpose, said in terms.items()
        )
        ApiKey.objects.bulk_create([key])
    rules = {rule.name: rule for rule in map(rule_of, versions)}
    text = token_text(KEY_MARK, key.prefix, secret)
    return Organisation(tenant, key, text, rules["assistance"], rules["offers"])


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
    """Remember a text of a user, word for word."""
    return remember(
        caller=organisation.caller(key_text=key_text),
        scope=ScopeIds(user_id=user_id, **ids),
        messages=[Message(role="user", content=text)],
        infer=False,
        expires_on=expires_on,
        once=once,
    )


def texts(organisation: Organisation, user_id: str) -> list[str]:
    """Return all texts that are remembered about a user, oldest first."""
    listed = browse(caller=organisation.caller(), filters={"user_id": user_id})
    return [view.text for view in reversed(listed.memories)]
