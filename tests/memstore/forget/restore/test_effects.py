"""Every protective verb leaves the same rows whether it is called or replayed on a restored backup."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from psycopg import sql

from governance.evidence.ledger.storage import ledger
from governance.expiring_cache import clear_all
from governance.models import (
    ApiKey,
    BreakGlass,
    CompellingGround,
    ConsentEvent,
    CopyLink,
    Erasure,
    Ground,
    LegalHold,
    Objection,
    ObjectionOutcome,
    ProtectionKind,
    Subject,
    SubjectPurpose,
)
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.holds import approve_hold, approve_release, request_hold, request_release
from governance.processing.purposes import create_purpose
from governance.processing.restrictions import lift_restriction, restrict
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import LawfulBasis, SubjectKind
from memstore.forget.erasure.decision import reject_erasure
from memstore.forget.forget import forget, forget_scope
from memstore.forget.restore.effects import EFFECTS
from memstore.models import Card, Memory, MemoryVersion, Quarantine, Source
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights import choices
from tests.support.cast import DATABASES, Organisation, say
from tests.support.consenting import consents, withdraws
from tests.support.erasing import four_eyes, verified
from tests.support.superuser import superuser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.db.models import Model

    from governance.policy.decide import SubjectFacts

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ALICE = ScopeIds(user_id="alice")
COMPARED: list[type[Model]] = [
    *(Subject, SubjectPurpose, ConsentEvent, Objection, LegalHold, ApiKey, BreakGlass, CopyLink),
    *(Memory, MemoryVersion, Card, Source, Quarantine),
]
# Written by the database or not in the ledger: a declared age is no protection.
EXCEPT = {"sequence", "revision", "minor_until"}
# No other table refers to these rows, so the ledger does not name them.
WITH_NEW_IDS = {ConsentEvent._meta.db_table, SubjectPurpose._meta.db_table}
Rows = dict[str, dict[object, dict[str, object]]]
Step = Callable[[Organisation], object]


def nothing(_: Organisation) -> None: ...


def in_order(*steps: Step) -> Step:
    def do(bank: Organisation) -> None:
        for step in steps:
            step(bank)

    return do


def alice(bank: Organisation) -> SubjectFacts:
    found = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert found is not None
    return found


def remembered(bank: Organisation, purpose: str) -> None:
    key = bank.another_key(purposes=[purpose], default_purpose=purpose)
    said = [Message(role="user", content="I collect old clocks")]
    remember(caller=bank.caller(key_text=key), scope=ALICE, messages=said, infer=False)


def consented(bank: Organisation) -> None:
    consents(bank)
    remembered(bank, "offers")


def declares_age(bank: Organisation) -> None:
    born = date(datetime.now(UTC).year - 10, 1, 1)
    choices.declare_age(caller=bank.staff("dora"), scope=ALICE, birth_date=born)


def served(*, direct_marketing: bool = False) -> Step:
    def do(bank: Organisation) -> None:
        terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, direct_marketing=direct_marketing)
        create_purpose(caller=bank.staff("ada"), name="fraud", terms=terms)
        remembered(bank, "fraud")

    return do


def objects(bank: Organisation) -> None:
    choices.object_to(caller=bank.staff("dora"), scope=ALICE, purpose="fraud")


def settled(outcome: ObjectionOutcome, ground: CompellingGround | None = None) -> Step:
    def do(bank: Organisation) -> None:
        with tenant_context(bank.tenant.id):
            objection_id = Objection.objects.values_list("id", flat=True).get()
        dora = bank.staff("dora")
        choices.settle_objection(caller=dora, objection_id=objection_id, outcome=outcome, ground=ground)

    return do


def restricts(purpose: str | None = None) -> Step:
    return lambda bank: restrict(caller=bank.staff("dora"), subject=alice(bank), purpose=purpose)


def lifts(purpose: str | None = None) -> Step:
    return lambda bank: lift_restriction(caller=bank.staff("dora"), subject=alice(bank), purpose=purpose)


def erasure_rejected(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        request_id = Erasure.objects.values_list("request_id", flat=True).get()
    reject_erasure(caller=bank.staff("dov"), request_id=request_id, ground=Ground.LEGAL_CLAIMS)


def asks_for_hold(bank: Organisation) -> None:
    until = datetime(2099, 1, 1, tzinfo=UTC)
    dora = bank.staff("dora")
    request_hold(
        caller=dora, kind=SubjectKind.USER, external_id="alice", reference="2026/17", disclosable=False, until_at=until
    )


def hold_id(bank: Organisation) -> UUID:
    with tenant_context(bank.tenant.id):
        return LegalHold.objects.values_list("id", flat=True).get()


def approves_hold(bank: Organisation) -> None:
    approve_hold(caller=bank.staff("dov"), hold_id=hold_id(bank))


def asks_for_release(bank: Organisation) -> None:
    request_release(caller=bank.staff("dora"), hold_id=hold_id(bank))


def approves_release(bank: Organisation) -> None:
    approve_release(caller=bank.staff("dov"), hold_id=hold_id(bank))


def forgets_one(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        [memory_id] = Memory.objects.order_by("-id").values_list("id", flat=True)[:1]
    forget(caller=bank.caller(), ids=[memory_id])


def erases(bank: Organisation) -> None:
    forget_scope(caller=bank.caller(), scope=ALICE)


@dataclass(frozen=True)
class Scenario:
    """`before` is in the backup, `verb` is not."""

    kind: ProtectionKind
    name: str
    before: Step
    verb: Step


KIND = ProtectionKind
placed = in_order(asks_for_hold, approves_hold)
upheld = settled(ObjectionOutcome.UPHELD)
SCENARIOS = [
    Scenario(KIND.WITHDRAW, "of a consent", consented, withdraws),
    Scenario(KIND.WITHDRAW, "by a declared age", consented, declares_age),
    Scenario(KIND.SHRED, "after a withdrawal", consented, withdraws),
    Scenario(KIND.DELETE, "of one memory", lambda bank: say(bank, "alice", "I like tea"), forgets_one),
    Scenario(KIND.OBJECT, "open", served(), objects),
    Scenario(KIND.OBJECT, "upheld", in_order(served(), objects), upheld),
    Scenario(KIND.OBJECT, "made and upheld", served(), in_order(objects, upheld)),
    Scenario(KIND.OBJECT, "to direct marketing", served(direct_marketing=True), objects),
    Scenario(
        KIND.OBJECTION_OVERRIDDEN,
        "by a ground",
        in_order(served(), objects),
        settled(ObjectionOutcome.OVERRIDDEN, CompellingGround.LEGAL_CLAIMS),
    ),
    Scenario(KIND.RESTRICT, "of a person", nothing, restricts()),
    Scenario(KIND.RESTRICT, "of a purpose", nothing, restricts("assistance")),
    Scenario(KIND.RESTRICT, "while an erasure is planned", in_order(four_eyes, verified), restricts()),
    Scenario(KIND.RESTRICT, "by a request for erasure", four_eyes, verified),
    Scenario(KIND.LIFT, "of a person", restricts(), lifts()),
    Scenario(KIND.LIFT, "of a purpose", restricts("assistance"), lifts("assistance")),
    Scenario(KIND.LIFT, "while an erasure is planned", in_order(restricts(), four_eyes, verified), lifts()),
    Scenario(KIND.LIFT, "by the rejection of an erasure", in_order(four_eyes, verified), erasure_rejected),
    Scenario(KIND.HOLD, "asked for and placed", nothing, placed),
    Scenario(KIND.HOLD, "placed", asks_for_hold, approves_hold),
    Scenario(KIND.RELEASE, "asked for and released", placed, in_order(asks_for_release, approves_release)),
    Scenario(KIND.RELEASE, "released", in_order(placed, asks_for_release), approves_release),
    Scenario(KIND.ERASE, "by a key", nothing, erases),
]


def test_every_kind_of_protection_has_a_scenario() -> None:
    assert {scenario.kind for scenario in SCENARIOS} == set(ProtectionKind) == set(EFFECTS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.kind.value} {scenario.name}")
def test_rows_after_the_replay_are_those_after_the_live_verb(bank: Organisation, scenario: Scenario) -> None:
    say(bank, "alice", "I travel a lot")
    scenario.before(bank)
    with backup(bank) as restore:
        before, last = rows(bank), ledger().last()
        scenario.verb(bank)
        live = rows(bank)
        restore()
    clear_all()
    assert rows(bank) == before
    entries = [entry for entry in ledger().entries(last.number if last else 0) if entry.tenant_id == bank.tenant.id]
    assert scenario.kind in {entry.kind for entry in entries}
    with tenant_context(bank.tenant.id):
        for entry in entries:
            EFFECTS[entry.kind](entry)
    assert comparable(live, before) != comparable(before, before), "the verb changed nothing that is compared"
    assert comparable(rows(bank), before) == comparable(live, before)


@contextmanager
def backup(bank: Organisation) -> Iterator[Callable[[], None]]:
    """Keep the tenant's rows of the data database, but for evidence. Yield what puts them back."""
    of_tenants = (model for model in apps.get_models() if hasattr(model, "tenant_id"))
    other = ("keyring.", "governance.Audit")
    tables = [model._meta.db_table for model in of_tenants if not model._meta.label.startswith(other)]
    by_tenant = sql.SQL("WHERE tenant_id = {}").format(sql.Literal(bank.tenant.id))
    kept = {table: (sql.Identifier(table), sql.Identifier(f"kept_{table}")) for table in tables}

    with superuser() as database:
        for table, copy in kept.values():
            database.execute(sql.SQL("CREATE TEMP TABLE {} AS SELECT * FROM {} ").format(copy, table) + by_tenant)

        def restore() -> None:
            with database.transaction():
                for table, copy in kept.values():
                    database.execute(sql.SQL("DELETE FROM {} ").format(table) + by_tenant)
                    database.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(table, copy))

        yield restore


def rows(bank: Organisation) -> Rows:
    """Rows of the tenant by table and primary key."""
    with tenant_context(bank.tenant.id):
        return {
            model._meta.db_table: {row[model._meta.pk.attname]: row for row in model._default_manager.values()}
            for model in COMPARED
        }


def comparable(found: Rows, before: Rows) -> dict[str, list[dict[str, object]]]:
    """Rows without what no two calls have in common: ids of new rows, and moments, which only change or do not."""
    shown: dict[str, list[dict[str, object]]] = {}
    for table, some in found.items():
        shown[table] = []
        for pk in sorted(some, key=str):
            old = before[table].get(pk, {})
            row = {name: _shown(name, value, old.get(name)) for name, value in some[pk].items() if name not in EXCEPT}
            if table in WITH_NEW_IDS and not old:
                row["id"] = "new"
            shown[table].append(row)
    return shown


def _shown(name: str, value: object, before: object) -> object:
    if name == "standing_version" or isinstance(value, datetime):
        return "as before" if value == before else "changed"
    return bytes(value) if isinstance(value, memoryview) else value
