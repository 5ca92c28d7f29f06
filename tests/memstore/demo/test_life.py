"""The life of a new demo tenant, told once by `make run`: through the use cases, with exactly one overdue request."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from governance.access.sessions import session_principal, sign_in
from governance.errors import NoSuchObject
from governance.evidence.scheduled_checks import check
from governance.expiring_cache import clear_all
from governance.models import (
    ApiKey,
    AuditEvent,
    Breach,
    BreakGlass,
    ClockProfile,
    ConsentEvent,
    CopyLink,
    Erasure,
    LegalHold,
    Objection,
    RecipientNotice,
    Retention,
    RightsRequest,
    StaffUser,
    Subject,
    SubjectPurpose,
    Tenant,
)
from governance.rights.clocks import due_at
from governance.rights.requests import RequestList, list_requests
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_by_slug
from governance.vocabulary import SubjectKind, SystemJob
from memstore.demo import own_decisions, scenario
from memstore.demo.actors import ASSISTANT, Cast, standing_here
from memstore.demo.conversations import visits
from memstore.demo.hostile_texts import HOSTILE, TEXTS
from memstore.demo.people import PEOPLE, id_of
from memstore.demo.progress import NAME
from memstore.demo.rights_requests import received_for
from memstore.forget.erasure.saga import run_erasure
from memstore.management.commands import create_demo
from memstore.models import Job, Memory, MemoryVersion, Quarantine, Source
from memstore.oversight.inbox import inbox
from memstore.recall.browse import browse
from tests.support.cast import DATABASES

if TYPE_CHECKING:
    from pathlib import Path

    from django.db.models import Model

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

EVERYTHING: tuple[type[Model], ...] = (
    ApiKey,
    BreakGlass,
    ConsentEvent,
    Erasure,
    Job,
    LegalHold,
    Memory,
    Objection,
    RightsRequest,
    StaffUser,
    Subject,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tenant of its own, with a home of its own."""
    monkeypatch.setattr(settings, "MEMSTORE_HOME", tmp_path)
    monkeypatch.setattr(settings, "MEMSTORE_DEMO_LIFE", True)
    monkeypatch.setattr(create_demo, "SLUG", f"demo-{uuid4().hex[:8]}")
    return tmp_path


def start() -> str:
    out = io.StringIO()
    call_command("create_demo", stdout=out)
    return out.getvalue()


def tenant() -> Tenant:
    found = tenant_by_slug(create_demo.SLUG)
    assert found is not None
    return found


def counts(tenant_id: UUID) -> dict[str, int]:
    with tenant_context(tenant_id):
        return {model.__name__: model._default_manager.count() for model in EVERYTHING}


def requests(tenant_id: UUID) -> RequestList:
    return list_requests(caller=standing_here(tenant_id, "demo-dpo"), page_size=200)


def test_a_new_tenant_has_three_months_of_life_and_a_second_start_adds_nothing(home: Path) -> None:
    said = start()
    tenant_id = tenant().id
    assert "60 people" in said
    assert "left out" not in said
    _looks_lived_in(tenant_id)
    _waits_for_people(tenant_id)
    _stands_in_every_state(tenant_id)
    assert check(tenant_id, job=SystemJob.AUDIT_CHECK).problem is None
    before = counts(tenant_id)
    again = start()
    assert "60 people" not in again
    assert counts(tenant_id) == before


def test_each_of_the_fictional_staff_signs_in_with_what_the_command_prints(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="make run"):
        call_command("demo_people")
    monkeypatch.setattr(settings, "MEMSTORE_DEMO_LIFE", False)
    start()
    out = io.StringIO()
    call_command("demo_people", stdout=out)
    printed = [line.split() for line in out.getvalue().splitlines()[3:]]
    assert [name for name, *_ in printed] == list(create_demo.PEOPLE)
    for name, role, password, code in printed:
        token = sign_in(tenant=create_demo.SLUG, username=name, password=password, code=code).token
        found = session_principal(token)
        assert found is not None
        assert found.role == role


def _looks_lived_in(tenant_id: UUID) -> None:
    now = datetime.now(UTC)
    with tenant_context(tenant_id):
        memories = list(Memory.objects.all())
        assert len(memories) > 500
        assert {one.purpose_version.purpose.name for one in memories} == {
            "assistance",
            "personalisation",
            "fraud_prevention",
            "offers",
            "knowledge",
        }
        assert {one.data_class for one in memories} == {"ordinary", "confidential", "special", "criminal"}
        ages = sorted((now - one.created_at).days for one in memories)
        assert ages[0] < 7
        assert ages[-1] > 80
        assert sum(now < one.destroy_at < now + timedelta(days=30) for one in memories) > 20
        assert sum(one.version > 1 for one in memories) > 5
        assert MemoryVersion.objects.filter(extractor="local").exists() or Source.objects.exists()
        assert Quarantine.objects.count() > 5
        assert ConsentEvent.objects.filter(action="withdraw").count() > 5
        assert SubjectPurpose.objects.filter(consent_until__lt=now).exists()
        assert SubjectPurpose.objects.filter(consent_until__range=(now, now + timedelta(days=20))).exists()
        assert AuditEvent.objects.filter(type="recall", reason="allowed").count() > 50
        assert Job.objects.filter(status="FAILED", error_code="consent_ended").exists()
    cast = Cast(tenant_id, now)
    listed = browse(caller=cast.assistant(), filters={"user_id": id_of(HOSTILE)}).memories
    assert set(TEXTS[:-1]) < {view.text for view in listed}
    assert all(view.created_at < now - timedelta(days=20) for view in listed)  # the sealed day is the plain one


def _waits_for_people(tenant_id: UUID) -> None:
    waiting = inbox(caller=standing_here(tenant_id, "demo-dpo"))
    second = inbox(caller=standing_here(tenant_id, "demo-dpo-2"))
    assert (waiting.erasures_to_approve, second.erasures_to_approve) == (0, 2)  # one's own wait for the other
    assert waiting.rules_to_approve == 1
    assert waiting.keys_to_approve == 1
    assert waiting.staff_to_approve == 1
    assert (waiting.holds_to_approve, second.holds_to_approve) == (1, 2)
    assert (waiting.break_glass_to_review, second.break_glass_to_review) == (1, 2)
    assert waiting.open_objections == 3
    assert waiting.requests_due >= 2
    assert waiting.overdue_memories == 0
    with tenant_context(tenant_id):
        assert set(RecipientNotice.objects.values_list("state", flat=True)) == {"delivered", "failed", "pending"}
        assert CopyLink.objects.filter(used_at=None).exists()
        assert CopyLink.objects.filter(used_at__isnull=False).exists()
        assert Breach.objects.filter(closed_at=None).count() == 1
        assert Retention.objects.filter(approved_at__isnull=False).count() == 1
        assert Tenant.objects.get(id=tenant_id).auto_approve_erasure


def _stands_in_every_state(tenant_id: UUID) -> None:
    """Check every state once the worker has made the certificates: the states of the erasures are final then."""
    with tenant_context(tenant_id):
        running = list(Erasure.objects.filter(state="running").values_list("id", flat=True))
        Erasure.objects.filter(state="running").update(lease_until=None)
    clear_all()
    with override_settings(MEMSTORE_KEY_CACHE_SECONDS=0):  # the minute in which a process may hold a key is over
        for erasure_id in running:
            run_erasure(erasure_id=erasure_id, tenant_id=tenant_id)
    found = requests(tenant_id).requests
    assert {one.kind for one in found} == {
        "access",
        "portability",
        "rectification",
        "erasure",
        "restriction",
        "objection",
        "withdrawal",
    }
    states = Counter(one.state for one in found)
    assert set(states) == {"received", "verified", "partly_done", "done", "refused", "cancelled", "duplicate"}
    assert any(one.extended for one in found)
    assert any(one.paused for one in found)
    [overdue] = [one for one in found if one.overdue]
    assert (overdue.kind, overdue.state) == ("access", "verified")
    assert -6 <= overdue.days_left < 0
    assert found[0].id == overdue.id
    assert found[1].days_left in {1, 2}
    with tenant_context(tenant_id):
        assert set(Erasure.objects.values_list("state", flat=True)) == {"planned", "waiting", "done", "rejected"}


def test_a_start_that_was_cut_goes_on_and_tells_nothing_twice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start has the same people, with what was not yet begun."""
    monkeypatch.setattr(scenario, "PEOPLE", PEOPLE[:6])
    told: list[str] = []

    def cut(cast: Cast) -> None:
        told.append("cut")
        raise KeyboardInterrupt

    chapters = (("first", lambda _: told.append("first")), ("cut", cut), ("last", lambda _: told.append("last")))
    monkeypatch.setattr(scenario, "CHAPTERS", chapters)
    with pytest.raises(KeyboardInterrupt):
        start()
    before = counts(tenant().id)
    assert told == ["first", "cut"]
    start()
    assert told == ["first", "cut", "last"]
    assert counts(tenant().id) == before
    assert json.loads((home / NAME).read_text())["finished"]


def test_what_builds_on_a_part_that_was_cut_is_left_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario, "PEOPLE", PEOPLE[:1])

    def cut(cast: Cast) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scenario, "CHAPTERS", (("cut", cut), ("contracts", own_decisions.move_on)))
    with pytest.raises(KeyboardInterrupt):
        start()
    assert "left out: contracts (NoSuchObject)" in start()


def test_a_fault_of_ours_stops_the_first_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario, "PEOPLE", PEOPLE[:1])
    monkeypatch.setattr(scenario, "CHAPTERS", (("contracts", own_decisions.move_on),))
    with pytest.raises(NoSuchObject):
        start()


def test_a_tenant_in_which_somebody_is_remembered_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEMSTORE_DEMO_LIFE", False)
    start()
    tenant_id = tenant().id
    with tenant_context(tenant_id):
        Subject.objects.create(tenant_id=tenant_id, kind=SubjectKind.USER.value)
    monkeypatch.setattr(settings, "MEMSTORE_DEMO_LIFE", True)
    start()
    assert counts(tenant_id)["Memory"] == 0
    with tenant_context(tenant_id):
        assert not ApiKey.objects.filter(name=ASSISTANT).exists()


def test_nothing_is_told_when_it_is_switched_off(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEMSTORE_DEMO_LIFE", False)
    start()
    assert counts(tenant().id)["Subject"] == 0
    assert not (home / NAME).exists()


def test_everybody_is_clearly_fictional_and_has_something_to_say() -> None:
    assert [person.id for person in PEOPLE] == [f"demo-{number:04d}" for number in range(1, 61)]
    assert {person.language for person in PEOPLE} == {"en", "de", "fr", "es"}
    for person in PEOPLE:
        told = visits(person)
        assert told == sorted(told, key=lambda visit: -visit.days)
        assert all(0 < visit.days <= 88 for visit in told)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_request_can_be_found_that_is_due_on_any_day(month: int) -> None:
    """The request may be due up to three days before: no month has a 31st for every other one."""
    for day in (1, 15, 28, 30, 31):
        try:
            due = datetime(2027, month, day, 9, tzinfo=UTC)
        except ValueError:
            continue
        assert timedelta(0) <= due - due_at(ClockProfile.GDPR, received_for(due)) <= timedelta(days=3)
