"""A world in which every request could succeed, and a policy that refuses them all: for every face of the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import URLPattern, URLResolver

from governance.access.break_glass import break_glass
from governance.access.recipients import register_recipient
from governance.access.staff import approve_member, request_member
from governance.accountability.breaches import open_breach
from governance.guard import authorize
from governance.models import (
    BreachKind,
    RecipientKind,
    RequestKind,
    RevealReason,
    StaffSession,
    StaffUser,
    Verification,
)
from governance.policy.decide import AccessRequest, Refused
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import RuleKind
from governance.processing import holds
from governance.processing.purposes import create_purpose, record_compatibility
from governance.processing.retention_rules import RuleTerms, propose_rule
from governance.rights.requests import Asked, open_request
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import LawfulBasis, ReasonCode, SubjectKind
from memstore.models import RaisedStatement, Replacement
from memstore.records.scope_ids import ScopeIds
from memstore.rights import choices
from memstore.rights.copies.hand_out import link_copy
from memstore.rights.verify_request import verify_request
from tests.support.cast import Organisation, organisation, say
from tests.support.rows import rows_of
from tests.support.two_people import compatible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from pytest_django import DjangoDbBlocker


@dataclass
class World:
    """Ids of real things, so that no request fails for want of one."""

    organisation: Organisation
    ids: dict[str, UUID] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def world(bank: Organisation) -> World:
    """A world for one test, which may change it."""
    return world_of(bank)


@pytest.fixture(scope="module", name="world")
def unchanged_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> World:
    """One world for a module of refusals: each compares it before and after, so that the next finds it whole."""
    with django_db_blocker.unblock():
        return world_of(organisation("bank"))


def world_of(bank: Organisation) -> World:
    """Return a world with rows of every kind that an address can name."""
    found = World(bank)
    done = say(bank, "alice", "I like tea")
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    ada, dora, rita = bank.staff("ada"), bank.staff("dora"), bank.staff("rita")
    new = request_member(caller=ada, username="nina", role="reviewer", personnel_number="77")
    found.codes["member"] = approve_member(caller=dora, user_id=new.id)
    key = unclaimed_key(bank)
    found.codes["key"] = key
    rule = propose_rule(caller=ada, terms=RuleTerms(name="rule", kind=RuleKind.CEILING, days=10))
    hold = holds.request_hold(caller=dora, kind=SubjectKind.USER, external_id="alice", reference="C-1")
    glass = break_glass(caller=rita, subject=alice, reason=RevealReason.COMPLAINT, reference="C-1", minutes=5)
    now = datetime.now(UTC)
    breach = open_breach(
        caller=dora,
        kind=BreachKind.INTEGRITY,
        reference="C-1",
        aware_at=now,
        since=now - timedelta(hours=1),
        until=now,
    )
    recipient = register_recipient(caller=ada, name="Health Office", kind=RecipientKind.AUTHORITY)
    link = compatible(bank, "knowledge", "assistance")
    loosening = record_compatibility(caller=dora, source="assistance", target="offers", reason="same context")
    asks = open_request(
        caller=dora, subject_kind=SubjectKind.USER, external_id="alice", asked=Asked(RequestKind.ACCESS)
    )
    found.codes["receipt"] = asks.receipt
    verify_request(caller=dora, request_id=asks.request.id, method=Verification.DOCUMENT)
    found.codes["copy"] = link_copy(caller=dora, request_id=asks.request.id).token
    objection = choices.object_to(caller=dora, scope=ScopeIds(user_id="alice"), purpose="knowledge").objection_id
    assert objection is not None
    found.codes["waiting"] = str(quarantined_memory(bank))
    statement = statement_said(bank)
    contradiction = contradicted(bank)
    with tenant_context(bank.tenant.id):
        user = StaffUser.objects.get(username="nina").id
    found.ids |= {
        "memory_id": done.stored[0].id,
        "event_id": done.event_id,
        "subject_id": alice.id,
        "user_id": user,
        "key_id": bank.key.id,
        "purpose_id": bank.assistance.purpose_id,
        "rule_id": rule.id,
        "hold_id": hold.id,
        "break_glass_id": glass.id,
        "compatibility_id": link,
        "loosening_id": loosening.id,
        "objection_id": objection,
        "statement_id": statement,
        "contradiction_id": contradiction,
        "principal_id": bank.key.id,
        "breach_id": breach.id,
        "recipient_id": recipient.id,
        "request_id": asks.request.id,
        "notice_id": recipient.id,
        "object_id": hold.id,
    }
    return found


def quarantined_memory(bank: Organisation) -> UUID:
    terms = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30, review_first=True)
    create_purpose(caller=bank.staff("ada"), name="reviewed", terms=terms)
    key = bank.another_key(purposes=["reviewed"], default_purpose="reviewed")
    return say(bank, "alice", "I collect clocks", key_text=key).stored[0].id


def statement_said(bank: Organisation, text: str = "Please stop sending me offers", **given: str) -> UUID:
    """Return the id of a statement that waits for an officer: an objection that alice made in a chat."""
    memory_id = say(bank, "alice", text, **given).stored[0].id  # type: ignore[arg-type]
    with tenant_context(bank.tenant.id):
        return RaisedStatement.objects.get(memory_id=memory_id).id


BORN = ("I was born in Gera", "I was born in Jena")


def contradicted(bank: Organisation, user_id: str = "alice") -> UUID:
    """Return the id of a contradiction between two memories of a person that waits for a reviewer."""
    for text in BORN:
        say(bank, user_id, text)
    with tenant_context(bank.tenant.id):
        return Replacement.objects.get(kind="contradicts", settled_at=None).id


def unclaimed_key(bank: Organisation) -> str:
    """Return the claim code of a key that is approved and not claimed."""
    from governance.access.api_keys import approve_key, request_key

    asked = request_key(caller=bank.staff("ada"), name="new", capabilities=["recall"], purposes=["assistance"])
    return approve_key(caller=bank.staff("dora"), key_id=asked.id)


class Decisions:
    """A policy that refuses each request, and counts them."""

    def __init__(self) -> None:
        self.asked = 0

    def decide(self, _request: AccessRequest, _now: datetime) -> Refused:
        self.asked += 1
        return Refused(ReasonCode.CANNOT_DECIDE)


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Decisions:
    decisions = Decisions()
    monkeypatch.setattr(authorize, "decide", decisions.decide)
    return decisions


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        else:
            yield path, entry


def path_of(template: str, world: World) -> str:
    path = "/" + template.replace("^", "").replace("$", "")
    if "quarantine" in path:
        path = path.replace("<uuid:memory_id>", world.codes["waiting"])
    for name, value in {**{key: str(value) for key, value in world.ids.items()}, "name": "assistance"}.items():
        for converter in ("uuid", "str", "path"):
            path = path.replace(f"<{converter}:{name}>", value)
    return path.replace("(?P<kind>user|agent|app|run)/(?P<name>.+)", "user/alice")


def snapshot(organisation: Organisation) -> dict[str, list[str]]:
    """Return rows of the tenant without the sessions, which a test of every page opens as it goes."""
    return rows_of(organisation, but=[StaffSession])
