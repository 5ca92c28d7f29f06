"""Tenants: their settings, and that every table shows the rows of one of them only, whatever the context."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connections, transaction

from governance.access import idempotency_keys
from governance.access.break_glass import break_glass
from governance.access.form_tokens import first_time
from governance.access.recipients import register_recipient
from governance.access.sessions import sign_in
from governance.accountability.breaches import open_breach
from governance.accountability.disclosures import record_disclosure, suspend_accounting
from governance.errors import AccessRefused, InvalidChange
from governance.evidence.sealer import seal
from governance.ids import NIL
from governance.keyring.models import UnwrapCount
from governance.models import (
    AuditAnchor,
    AuditCheck,
    AuditDrop,
    AuditEvent,
    BreachKind,
    Certificate,
    CopyLink,
    Disclosed,
    Erasure,
    ErasureStepDone,
    Ground,
    KeyDeletion,
    Offboarding,
    PortalCode,
    PortalLink,
    PortalSitting,
    Protection,
    RecipientKind,
    RecipientNotice,
    RevealReason,
    Tenant,
    Verification,
)
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import RuleKind
from governance.processing.holds import request_hold
from governance.processing.purposes import create_purpose
from governance.processing.retention_rules import RuleTerms, propose_rule
from governance.processing.tenants import (
    MAX_BREACH_HOURS,
    MAX_FILE_DAYS,
    MAX_REVEAL_MINUTES,
    MAX_REVIEW_HOURS,
    TenantSettings,
    configure_tenant,
    create_tenant,
    read_settings,
)
from governance.rights.handling import refuse_item
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_by_slug, tenant_ids
from governance.vocabulary import Action, AnchorKind, LawfulBasis, ReasonCode, SubjectKind
from memstore.forget.forget import forget
from memstore.records.idempotency import Once
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights import choices
from memstore.rights.verify_request import verify_request
from tests.support.cast import DATABASES, STAFF_NAMES, Organisation, organisation, say
from tests.support.consenting import consents
from tests.support.erasing import asks
from tests.support.refusing import refused
from tests.support.rows import rows_of
from tests.support.signed_in import signed_in
from tests.support.two_people import compatible, configured

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

# (database, table, column of the tenant) of every model that has rows of tenants; new models are among them.
TABLES = [
    (
        "keys" if model._meta.app_label == "keyring" else "default",
        model._meta.db_table,
        "id" if model is Tenant else "tenant_id",
    )
    for model in apps.get_models()
    if model._meta.app_label in {"governance", "keyring", "memstore"}
    and model._meta.model_name not in {"keyepoch", "ledgerhead", "ledgerposition"}
]


def at_work(bank: Organisation) -> None:
    """Put something in every table."""
    ada, dora, alice = bank.staff("ada"), bank.staff("dora"), ScopeIds(user_id="alice")
    interests = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, review_first=True)
    create_purpose(caller=ada, name="research", terms=interests)
    compatible(bank, "assistance", "offers")
    key = bank.another_key(purposes=["assistance", "offers", "research"])
    say(bank, "alice", "I like tea", once=Once(key=secrets.token_hex(8), request=b"same"))
    for purpose, infer in (("assistance", True), ("research", False)):
        remember(
            caller=bank.caller(key_text=key, purpose=purpose),
            scope=alice,
            messages=[Message(role="user", content="I live in Porto")],
            infer=infer,
        )
    kept_current(bank)
    consents(bank)
    choices.object_to(caller=bank.caller(), scope=alice, purpose="research")
    known = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert known is not None
    request_hold(caller=dora, kind=SubjectKind.USER, external_id="alice", reference="1")
    break_glass(caller=dora, subject=known, reason=RevealReason.SAFETY, reference="1", minutes=5)
    propose_rule(caller=ada, terms=RuleTerms("Test Act", RuleKind.FLOOR, 10))
    disclosed(bank, known.id)
    signed_in(bank, "dora")
    with tenant_context(bank.tenant.id):
        KeyDeletion.objects.create(tenant_id=bank.tenant.id, principal_id=bank.key.id)
    idempotency_keys.claim(principal=dora.principal, key="k-1", request=b"same")
    seal(bank.tenant.id)
    with tenant_context(bank.tenant.id):
        event = AuditEvent.objects.first()
        assert event is not None
        AuditAnchor.objects.create(tenant_id=bank.tenant.id, size=1, kind=AnchorKind.FILE)
        AuditDrop.objects.create(tenant_id=bank.tenant.id, month=event.at, runs=b"", n_events=0)
        AuditCheck.objects.create(tenant_id=bank.tenant.id, size=1, unsealed=0, seconds=0.1)
    say(bank, "alice", "I like coffee")
    say(bank, "alice", "I like coffee")  # a sighting
    say(bank, "alice", "My budget is 300 euros")
    say(bank, "alice", "My budget is 400 euros now")  # takes the place of the one before
    gone = say(bank, "alice", "I like snow").stored[0].id
    forget(caller=bank.caller(), ids=[gone])
    asked_for(bank, known.id)
    with tenant_context(bank.tenant.id, using="keys"):
        UnwrapCount.objects.create(
            id=uuid4(), tenant_id=bank.tenant.id, subject_id=known.id, hour=datetime.now(UTC), n=1
        )


def kept_current(bank: Organisation) -> None:
    """Say a thing twice, replace another, delete a third, and object in a chat."""
    for text in ("I like tea", "I live in Porto", "I moved to Lisbon", "Please stop sending me offers"):
        say(bank, "alice", text)
    gone = say(bank, "alice", "I collect clocks").stored[0].id
    forget(caller=bank.caller(), ids=[gone])


def asked_for(bank: Organisation, subject_id: UUID) -> None:
    """Open requests in each state: refused in part, with a notice, a link, an erasure and its certificate."""
    request_id = asks(bank).request.id
    refuse_item(caller=bank.staff("dora"), request_id=request_id, ground=Ground.RIGHTS_OF_OTHERS, purpose="assistance")
    verify_request(caller=bank.staff("dora"), request_id=request_id, method=Verification.CODE)
    recipient = register_recipient(caller=bank.staff("ada"), name="Bureau", kind=RecipientKind.PROCESSOR).id
    own, now = {"tenant_id": bank.tenant.id}, datetime.now(UTC)
    with tenant_context(bank.tenant.id):
        RecipientNotice.objects.create(**own, request_id=request_id, recipient_id=recipient)
        CopyLink.objects.create(**own, request_id=request_id, secret_sha256=b"1", issued_by=NIL, expires_at=now)
        erasure = Erasure.objects.get(request_id=request_id)
        ErasureStepDone.objects.create(**own, erasure=erasure, round=9, step="scan")
        Certificate.objects.create(
            **own, erasure=erasure, round=9, key_id=NIL, document=b"1", signature=b"1", issued_at=now
        )
        Protection.objects.create(**own, kind="delete", subject_id=subject_id)
        soon = now + timedelta(minutes=1)
        issued = own | {"issued_by": NIL, "expires_at": soon}
        link = PortalLink.objects.create(**issued, subject_id=subject_id, secret_sha256=b"1", issued_at=now)
        sat = {"link": link, "subject_id": subject_id, "idle_until": soon, "expires_at": soon}
        PortalSitting.objects.create(**own, **sat, secret_sha256=b"1")
        PortalCode.objects.create(**issued, request_id=request_id, code_mac=b"1")
        Offboarding.objects.create(**own, requested_by=NIL)


def disclosed(bank: Organisation, subject_id: UUID) -> None:
    """Open a breach, and disclose to a recipient whose accounting is suspended; also use a form and fail a sign-in."""
    dora, now = bank.staff("dora"), datetime.now(UTC)
    open_breach(
        caller=dora,
        kind=BreachKind.CONFIDENTIALITY,
        reference="1",
        aware_at=now,
        since=now - timedelta(days=1),
        until=now,
    )
    recipient = register_recipient(caller=bank.staff("ada"), name="Health Office", kind=RecipientKind.AUTHORITY).id
    record_disclosure(
        caller=dora,
        recipient_id=recipient,
        subject=subject_id,
        at=now,
        description=Disclosed.SUMMARY,
        purpose="assistance",
    )
    suspend_accounting(caller=dora, recipient_id=recipient, until=now + timedelta(days=1), reference="1")
    assert first_time(dora, uuid4())
    with pytest.raises(AccessRefused):
        sign_in(tenant=bank.tenant.slug, username="ada", password="wrong", code="000000")


# A refusal of an unknown caller is under no tenant, and is evidence all the same.
UNDER_NO_TENANT = {
    "governance_auditevent",
    "governance_auditqueued",
    "governance_auditleaf",
    "governance_treehead",
    "governance_auditanchor",
    "governance_auditcheck",
    "keyring_signingkey",
    "keyring_tenantkey",
    "governance_signinattempt",
}


def counts() -> dict[str, int]:
    """Return the rows of each table, as the current context sees them."""
    found = {}
    for alias, table, _ in TABLES:
        with connections[alias].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def counts_in(tenant_id: UUID) -> dict[str, int]:
    with tenant_context(tenant_id), tenant_context(tenant_id, using="keys"):
        return counts()


EMPTY = dict.fromkeys((table for _, table, _ in TABLES), 0)


@pytest.fixture(scope="module")
def busy(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Organisation:
    """One bank with a row in every table, for all tests here: none of them may change it."""
    with django_db_blocker.unblock():
        bank = organisation("bank")
        at_work(bank)
        assert [table for table, n in counts_in(bank.tenant.id).items() if n == 0] == []  # else the tests say nothing
    return bank


# Row security


@pytest.mark.parametrize("context", [None, "", " ", "not a uuid", "' OR true --", str(NIL), str(UUID(int=77))])
def test_without_a_tenants_own_context_no_table_shows_a_row(busy: Organisation, context: str | None) -> None:
    seen = {}
    for alias, table, _ in TABLES:
        try:
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                if context is not None:
                    cursor.execute("SELECT set_config('memstore.tenant', %s, true)", [context])
                cursor.execute(f"SELECT count(*) FROM {table}")
                seen[table] = cursor.fetchone()[0]
        except DatabaseError:
            seen[table] = 0  # a malformed context is an error, which shows nothing either
    if context == str(NIL):
        seen |= dict.fromkeys(UNDER_NO_TENANT, 0)
    assert seen == EMPTY


def test_another_tenants_context_shows_none_of_the_rows(busy: Organisation, outsider: Organisation) -> None:
    with tenant_context(outsider.tenant.id), tenant_context(outsider.tenant.id, using="keys"):
        for alias, table, column in TABLES:
            with connections[alias].cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [busy.tenant.id])
                assert (table, cursor.fetchone()[0]) == (table, 0)


def fails() -> None:
    raise LookupError


@pytest.mark.parametrize("how", ["ended well", "ended badly", "inside another"])
def test_nothing_of_a_context_is_left_over_on_the_connection_that_is_used_next(
    busy: Organisation, outsider: Organisation, how: str
) -> None:
    def backends() -> list[int]:
        found = []
        for alias in DATABASES:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                found.append(cursor.fetchone()[0])
        return found

    before = backends()
    if how == "ended badly":
        with pytest.raises(LookupError), tenant_context(busy.tenant.id), tenant_context(busy.tenant.id, using="keys"):
            fails()
    elif how == "ended well":
        counts_in(busy.tenant.id)
    else:
        with tenant_context(outsider.tenant.id), tenant_context(outsider.tenant.id, using="keys"):
            theirs = counts()
            with pytest.raises(LookupError), tenant_context(busy.tenant.id):
                fails()
            counts_in(busy.tenant.id)
            assert counts() == theirs
    assert backends() == before  # the same connections, as a pool hands them out again
    assert counts() == EMPTY


@pytest.mark.parametrize(("alias", "table", "column"), TABLES)
def test_no_row_is_moved_to_another_tenant_or_taken_from_one(
    busy: Organisation, outsider: Organisation, alias: str, table: str, column: str
) -> None:
    before = counts_in(busy.tenant.id)
    with pytest.raises(DatabaseError), tenant_context(busy.tenant.id, using=alias):
        connections[alias].cursor().execute(f"UPDATE {table} SET {column} = %s", [outsider.tenant.id])
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        try:
            with tenant_context(outsider.tenant.id, using=alias), connections[alias].cursor() as cursor:
                cursor.execute(f"{statement} WHERE {column} = %s", [busy.tenant.id])
                assert cursor.rowcount == 0
        except DatabaseError:
            pass  # the privilege is missing altogether
    assert counts_in(busy.tenant.id) == before


def test_every_table_of_a_tenant_is_among_these() -> None:
    """Every table or view in either database with a column for the tenant is listed above."""
    for alias in DATABASES:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition"
                " AND a.attname = 'tenant_id' AND NOT a.attisdropped"
                " AND c.relnamespace = 'public'::regnamespace"
            )
            found = {row[0] for row in cursor.fetchall()}
        assert found == {table for of, table, column in TABLES if of == alias and column == "tenant_id"}


def test_a_partition_cannot_be_asked_past_its_table() -> None:
    """Row security is the table's: a query of a partition by name would see every tenant's events."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        partitions = [row[0] for row in cursor.fetchall()]
    assert len(partitions) > 12
    for partition in partitions:
        for statement in ("SELECT * FROM {}", "DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connections["default"].cursor() as cursor,
            ):
                cursor.execute(statement.format(partition))


# Settings


def test_settings_are_strict_until_they_are_changed(bank: Organisation, outsider: Organisation) -> None:
    # But for the second person at erasures and the deletion limit of keys, which the cast does without.
    strict = TenantSettings(
        "bank",
        auto_approve_erasure=True,
        key_deletions_at_once=True,
        key_deletions_per_hour=1000,
    )
    assert read_settings(caller=bank.staff("aud")) == strict
    configured(
        bank,
        name="The Bank",
        jurisdiction="DE",
        reveal_minutes=240,
        review_hours=720,
        breach_hours=24,
        contact="The Bank, Main Street 1",
        dpo_contact="dpo@bank.example",
        request_profile="ccpa",
        request_file_days=10,
        auto_approve_erasure=False,
        key_deletions_at_once=False,
        key_deletions_per_hour=7,
        time_zone="Europe/Berlin",
    )
    changed = read_settings(caller=bank.staff("ada"))
    contacts = ("The Bank, Main Street 1", "dpo@bank.example")
    settings = ("The Bank", "DE", 240, 720, 24, *contacts, "ccpa", 10)
    assert changed == TenantSettings(*settings, key_deletions_per_hour=7, time_zone="Europe/Berlin")
    for who in STAFF_NAMES:
        assert read_settings(caller=bank.staff(who)) == changed
    assert read_settings(caller=outsider.staff("ada")) == replace(strict, name="outsider")


@pytest.mark.parametrize(
    "wrong",
    [
        {"jurisdiction": ""},
        {"jurisdiction": "US"},
        {"jurisdiction": "de"},
        {"reveal_minutes": 0},
        {"reveal_minutes": -5},
        {"reveal_minutes": MAX_REVEAL_MINUTES + 1},
        {"review_hours": 0},
        {"review_hours": MAX_REVIEW_HOURS + 1},
        {"breach_hours": 0},
        {"breach_hours": MAX_BREACH_HOURS + 1},
        {"request_profile": "hipaa"},
        {"request_file_days": 0},
        {"request_file_days": MAX_FILE_DAYS + 1},
        {"contact": "x" * 201},
        {"dpo_contact": "two\nlines"},
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_field(bank: Organisation, wrong: dict[str, str | int]) -> None:
    with refused(bank, Action.CONFIGURE_TENANT, ReasonCode.INVALID) as caught:
        configure_tenant(caller=bank.staff("ada"), changes={"name": "changed with it", **wrong})
    assert isinstance(caught.value, InvalidChange)
    assert [caught.value.field] == list(wrong)


@pytest.mark.parametrize("who", ["dora", "rita", "aud", "kay", "the key"])
def test_only_administrators_change_settings(bank: Organisation, who: str) -> None:
    caller = bank.caller() if who == "the key" else bank.staff(who)
    with refused(bank, Action.CONFIGURE_TENANT, ReasonCode.CAPABILITY_MISSING):
        configure_tenant(caller=caller, changes={"reveal_minutes": 240})


def test_a_machine_does_not_read_settings(bank: Organisation) -> None:
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.CAPABILITY_MISSING):
        read_settings(caller=bank.caller())


def test_a_short_name_is_taken_once(bank: Organisation) -> None:
    before, known = rows_of(bank), tenant_ids()
    with pytest.raises(InvalidChange) as caught:
        create_tenant(slug=bank.tenant.slug, name="another")
    assert (caught.value.field, caught.value.reason) == ("slug", ReasonCode.DUPLICATE)
    assert (rows_of(bank), tenant_ids()) == (before, known)


def test_before_anybody_signed_in_a_tenant_is_found_by_its_whole_short_name_only(bank: Organisation) -> None:
    found = tenant_by_slug(bank.tenant.slug)
    assert found is not None
    assert found.id == bank.tenant.id
    part = bank.tenant.slug[:-1]
    assert [tenant_by_slug(slug) for slug in ("", part, f"{part}%", f"{part}_", bank.tenant.slug.upper())] == [None] * 5


def test_a_sweep_is_told_of_every_tenant(bank: Organisation, outsider: Organisation) -> None:
    assert {bank.tenant.id, outsider.tenant.id} <= set(tenant_ids())
