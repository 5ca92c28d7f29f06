"""API keys: requested by one person, approved by another, claimed once by the developer who will use them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from governance.access.api_keys import KeyView, approve_key, claim_key, list_keys, request_key, revoke_key
from governance.access.authenticate import authenticate, principal_of_key
from governance.access.tokens import read_claim
from governance.context import Caller
from governance.errors import AccessRefused, InvalidChange
from governance.guard import unauthenticated
from governance.ids import CO_FOUNDER, FOUNDER, NIL, uuid7
from governance.models import ApiKey, AuditEvent
from governance.policy.roles import ROLE_CAPABILITIES
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import MACHINE_CAPABILITIES, Action, Capability, ReasonCode
from memstore.models import Job
from memstore.recall.browse import browse
from memstore.remember.learn import learn
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.refusing import refused
from tests.support.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from governance.policy.decide import Principal

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

FOR_PEOPLE = sorted(set(Capability) - set(MACHINE_CAPABILITIES))


def asked(
    bank: Organisation,
    *,
    capabilities: Iterable[str] = ("recall",),
    purposes: Iterable[str] = ("assistance",),
    default_purpose: str = "assistance",
    name: str = "new",
    expires_at: datetime | None = None,
) -> KeyView:
    return request_key(
        caller=bank.staff("ada"),
        name=name,
        capabilities=capabilities,
        purposes=purposes,
        default_purpose=default_purpose,
        expires_at=expires_at,
    )


def approved(bank: Organisation, key_id: UUID) -> str:
    """Return the code to claim the key with."""
    return read_claim(approve_key(caller=bank.staff("dora"), key_id=key_id))[2]


def claimed(bank: Organisation, key_id: UUID) -> str:
    return claim_key(tenant_id=bank.tenant.id, key_id=key_id, code=approved(bank, key_id))


def row_of(bank: Organisation, key_id: UUID) -> ApiKey:
    with tenant_context(bank.tenant.id):
        return ApiKey.objects.get(id=key_id)


def principal_of(text: str) -> Principal:
    found = authenticate(text)
    assert found is not None
    return found


def n_uncounted() -> int:
    with tenant_context(NIL):
        return AuditEvent.objects.count()


@pytest.fixture(autouse=True)
def _fresh_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each test the first of its minute, in which a refusal of an unknown caller is written at once."""
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())


def test_a_key_is_asked_for_approved_and_claimed(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    key = asked(bank, capabilities=["recall", "recall"])
    assert (key.state, key.capabilities, key.purposes) == ("requested", ("recall",), ("assistance",))
    text = claimed(bank, key.id)
    listed = browse(caller=Caller(principal_of(text), uuid7()), filters={"user_id": "alice"})
    assert [view.text for view in listed.memories] == ["I like tea"]
    assert principal_of(text).capabilities == {Capability.RECALL}
    assert text.rpartition("_")[2] not in repr(rows_of(bank))


def test_until_it_is_approved_and_claimed_a_key_opens_nothing(bank: Organisation) -> None:
    key = asked(bank)
    prefix = row_of(bank, key.id).prefix
    guesses = [f"m0st_{prefix}_{secret}" for secret in ("", "00" * 32, secrets.token_hex(32))]
    assert [authenticate(text) for text in guesses] == [None] * 3
    code = approved(bank, key.id)
    assert [authenticate(text) for text in [*guesses, f"m0st_{prefix}_{code}"]] == [None] * 4
    assert principal_of_key(key.id, bank.tenant.id) is None


def test_nobody_approves_the_key_that_he_asked_for(bank: Organisation) -> None:
    """A role has never both capabilities; if one ever had, the person still could not approve."""
    key = asked(bank)
    ada = bank.staff("ada")
    both = ROLE_CAPABILITIES[ada.principal.role] | {Capability.APPROVE_KEY}
    with refused(bank, Action.APPROVE_KEY, ReasonCode.SAME_PERSON):
        approve_key(caller=replace(ada, principal=replace(ada.principal, capabilities=both)), key_id=key.id)


def test_no_role_both_asks_for_keys_and_approves_them() -> None:
    both = {Capability.REQUEST_KEY, Capability.APPROVE_KEY}
    assert [role for role, held in ROLE_CAPABILITIES.items() if both <= held] == []


def test_an_administrator_alone_never_gets_a_working_key(bank: Organisation) -> None:
    key = asked(bank)
    for name in ("ada", "adam"):
        with refused(bank, Action.APPROVE_KEY, ReasonCode.CAPABILITY_MISSING):
            approve_key(caller=bank.staff(name), key_id=key.id)
    with pytest.raises(AccessRefused) as caught:
        claim_key(tenant_id=bank.tenant.id, key_id=key.id, code="")
    assert caught.value.reason is ReasonCode.CLAIM_UNKNOWN
    assert row_of(bank, key.id).secret_sha256 is None


@pytest.mark.parametrize("who", ["rita", "aud", "kay"])
def test_others_neither_ask_for_nor_approve_nor_revoke_keys(bank: Organisation, who: str) -> None:
    key = asked(bank)
    attempts: dict[Action, Callable[[], object]] = {
        Action.REQUEST_KEY: lambda: request_key(
            caller=bank.staff(who), name="mine", capabilities=["recall"], purposes=["assistance"]
        ),
        Action.APPROVE_KEY: lambda: approve_key(caller=bank.staff(who), key_id=key.id),
        Action.REVOKE_KEY: lambda: revoke_key(caller=bank.staff(who), key_id=bank.key.id),
    }
    for action, attempt in attempts.items():
        with refused(bank, action, ReasonCode.CAPABILITY_MISSING):
            attempt()


def test_a_key_makes_no_other_key(bank: Organisation) -> None:
    with refused(bank, Action.REQUEST_KEY, ReasonCode.CAPABILITY_MISSING):
        request_key(caller=bank.caller(), name="child", capabilities=["recall"], purposes=["assistance"])
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.CAPABILITY_MISSING):
        list_keys(caller=bank.caller())


def test_an_approval_needs_a_second_factor(bank: Organisation) -> None:
    key = asked(bank)
    with refused(bank, Action.APPROVE_KEY, ReasonCode.STEP_UP_NEEDED):
        approve_key(caller=bank.staff("dora", stepped_up=False), key_id=key.id)


def test_a_key_is_decided_on_once(bank: Organisation) -> None:
    key = asked(bank)
    code = approved(bank, key.id)
    with refused(bank, Action.APPROVE_KEY, ReasonCode.ALREADY_DECIDED):
        approve_key(caller=bank.staff("dov"), key_id=key.id)
    assert claim_key(tenant_id=bank.tenant.id, key_id=key.id, code=code)


def test_a_request_that_was_revoked_is_approved_no_more(bank: Organisation) -> None:
    key = asked(bank)
    revoke_key(caller=bank.staff("adam"), key_id=key.id)
    with refused(bank, Action.APPROVE_KEY, ReasonCode.ALREADY_DECIDED):
        approve_key(caller=bank.staff("dora"), key_id=key.id)


def test_a_key_is_claimed_once(bank: Organisation) -> None:
    key = asked(bank)
    code = approved(bank, key.id)
    text = claim_key(tenant_id=bank.tenant.id, key_id=key.id, code=code)
    before, n_before = rows_of(bank), n_uncounted()
    with pytest.raises(AccessRefused) as caught:
        claim_key(tenant_id=bank.tenant.id, key_id=key.id, code=code)
    assert caught.value.reason is ReasonCode.CLAIM_UNKNOWN
    assert n_uncounted() == n_before + 1
    assert rows_of(bank) == before
    assert authenticate(text) is not None


@pytest.mark.parametrize("what", ["wrong code", "revoked", "other tenant", "no such key"])
def test_without_the_right_code_no_key_is_claimed(bank: Organisation, outsider: Organisation, what: str) -> None:
    key = asked(bank)
    code = approved(bank, key.id)
    if what == "revoked":
        revoke_key(caller=bank.staff("ada"), key_id=key.id)
    tenant_id = outsider.tenant.id if what == "other tenant" else bank.tenant.id
    key_id = uuid4() if what == "no such key" else key.id
    code = secrets.token_urlsafe(24) if what == "wrong code" else code
    before, n_before = rows_of(bank), n_uncounted()
    with pytest.raises(AccessRefused) as caught:
        claim_key(tenant_id=tenant_id, key_id=key_id, code=code)
    assert caught.value.reason is ReasonCode.CLAIM_UNKNOWN
    assert n_uncounted() == n_before + 1  # no caller is known, so it is counted under no tenant
    assert rows_of(bank) == before


def test_a_code_claims_its_own_key_only(bank: Organisation) -> None:
    one, other = asked(bank, name="one"), asked(bank, name="other")
    code, _ = approved(bank, one.id), approved(bank, other.id)
    with pytest.raises(AccessRefused) as caught:
        claim_key(tenant_id=bank.tenant.id, key_id=other.id, code=code)
    assert caught.value.reason is ReasonCode.CLAIM_UNKNOWN
    assert row_of(bank, other.id).secret_sha256 is None


@pytest.mark.parametrize("capability", [*FOR_PEOPLE, "", "everything", "RECALL"])
def test_a_machine_is_given_nothing_that_is_for_people(bank: Organisation, capability: str) -> None:
    with refused(bank, Action.REQUEST_KEY, ReasonCode.INVALID) as caught:
        asked(bank, capabilities=["recall", capability])
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == "capabilities"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"capabilities": []}, "capabilities"),
        ({"purposes": []}, "purposes"),
        ({"purposes": ["assistance", "unheard of"]}, "purposes"),
        ({"purposes": ["elsewhere"]}, "purposes"),  # of another tenant
        ({"default_purpose": "offers"}, "default_purpose"),
        ({"name": "  "}, "name"),
        ({"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, "expires_at"),
    ],
)
def test_what_a_key_cannot_be_is_refused_by_its_field(
    bank: Organisation, outsider: Organisation, wrong: dict[str, object], field: str
) -> None:
    from governance.processing.purposes import create_purpose
    from tests.support.cast import ASSISTANCE

    create_purpose(caller=outsider.staff("ada"), name="elsewhere", terms=ASSISTANCE)
    with refused(bank, Action.REQUEST_KEY, ReasonCode.INVALID) as caught:
        asked(bank, **wrong)  # type: ignore[arg-type]
    assert isinstance(caught.value, InvalidChange)
    assert caught.value.field == field


@pytest.mark.parametrize("whose", ["nobody's", "outsider's"])
def test_a_key_of_somebody_else_is_not_there(bank: Organisation, outsider: Organisation, whose: str) -> None:
    key_id = uuid4() if whose == "nobody's" else asked(outsider).id
    before = rows_of(outsider)
    with refused(bank, Action.APPROVE_KEY, ReasonCode.NOT_FOUND):
        approve_key(caller=bank.staff("dora"), key_id=key_id)
    with refused(bank, Action.REVOKE_KEY, ReasonCode.NOT_FOUND):
        revoke_key(caller=bank.staff("ada"), key_id=key_id)
    assert rows_of(outsider) == before
    assert key_id not in {one.id for one in list_keys(caller=bank.staff("aud"))}


def test_a_revoked_key_is_refused_on_the_record_at_once(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    text = claimed(bank, asked(bank).id)
    caller = bank.caller(key_text=text)
    revoke_key(caller=bank.staff("adam"), key_id=caller.principal.id)
    with refused(bank, Action.BROWSE, ReasonCode.KEY_REVOKED):
        browse(caller=bank.caller(key_text=text), filters={"user_id": "alice"})
    with refused(bank, Action.REVOKE_KEY, ReasonCode.ALREADY_DECIDED):
        revoke_key(caller=bank.staff("ada"), key_id=caller.principal.id)
    assert texts(bank, "alice") == ["I like tea"]


def test_the_jobs_of_a_revoked_key_come_to_nothing(bank: Organisation) -> None:
    from memstore.records.scope_ids import ScopeIds
    from memstore.records.source import Message
    from memstore.remember.remember import remember

    key = asked(bank, capabilities=["remember"])
    done = remember(
        caller=bank.caller(key_text=claimed(bank, key.id)),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="My daughter is allergic to peanuts.")],
    )
    revoke_key(caller=bank.staff("ada"), key_id=key.id)
    learn(job_id=done.event_id, tenant_id=bank.tenant.id)
    with tenant_context(bank.tenant.id):
        assert Job.objects.get(id=done.event_id).error_code == ReasonCode.KEY_REVOKED
    assert texts(bank, "alice") == []
    assert bank.refusals() == [(Action.EXTRACT, ReasonCode.KEY_REVOKED)]


def test_a_key_past_its_end_is_refused_on_the_record(bank: Organisation) -> None:
    key = asked(bank, expires_at=datetime.now(UTC) + timedelta(days=1))
    text = claimed(bank, key.id)
    with tenant_context(bank.tenant.id):
        ApiKey.objects.filter(id=key.id).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with refused(bank, Action.BROWSE, ReasonCode.KEY_EXPIRED):
        browse(caller=bank.caller(key_text=text), filters={"user_id": "alice"})


def test_the_list_shows_what_became_of_each_key(bank: Organisation, outsider: Organisation) -> None:
    requested, waiting, active, over = (asked(bank, name=name) for name in ("a", "b", "c", "d"))
    approved(bank, waiting.id)
    claimed(bank, active.id)
    revoke_key(caller=bank.staff("ada"), key_id=over.id)
    assert {one.id: one.state for one in list_keys(caller=bank.staff("aud"))} == {
        bank.key.id: "active",
        requested.id: "requested",
        waiting.id: "approved",
        active.id: "active",
        over.id: "revoked",
    }


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"approved_by": FOUNDER, "approved_at": NOW}, "key_approved_by_another"),
        ({"approved_by": CO_FOUNDER}, "key_approved_by_somebody"),
        ({"approved_at": NOW}, "key_approved_by_somebody"),
        ({"secret_sha256": bytes(32)}, "no_secret_before_the_approval"),
        ({"capabilities": ["recall", "everything"]}, "key_holds_machine_capabilities"),
        *(({"capabilities": [one.value]}, "key_holds_machine_capabilities") for one in FOR_PEOPLE),
    ],
)
def test_the_database_refuses_it_as_well(bank: Organisation, values: dict[str, object], constraint: str) -> None:
    row = {"name": "new", "prefix": secrets.token_hex(6), "capabilities": ["recall"], "requested_by": FOUNDER}
    with pytest.raises(IntegrityError, match=constraint), tenant_context(bank.tenant.id):
        ApiKey.objects.create(tenant_id=bank.tenant.id, allowed_purposes=[bank.assistance.purpose_id], **(row | values))
