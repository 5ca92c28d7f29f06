"""Every change of configuration is noted with its actor, time, and old and new values; nothing else is."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from auditlog.registry import auditlog
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError

from governance.access import api_keys, staff
from governance.access.tokens import read_claim
from governance.accountability.configuration_changes import (
    RECORDED,
    changed_fields,
    check_registered,
    list_changes,
    redact,
)
from governance.dual_control import approve_loosening
from governance.errors import AccessRefused
from governance.models import AdminChange, BreakGlass, PurposeVersion, StaffUser, Subject
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import RuleKind
from governance.processing import purposes, retention_rules, tenants
from governance.processing.consents import register_notice
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, LawfulBasis, ReasonCode
from memstore.models import Memory
from memstore.oversight import retention_preview
from tests.support.cast import DATABASES, Organisation, say
from tests.support.consenting import consents
from tests.support.refusing import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model
    from pytest_django.fixtures import Settings

    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ROOT = Path(__file__).parents[3]
NAMES = {name.lower(): name for name in RECORDED}
TERMS = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30)


def changes(bank: Organisation) -> list[AdminChange]:
    """Return the changes, oldest first."""
    with tenant_context(bank.tenant.id):
        return list(AdminChange.objects.select_related("content_type").order_by("id"))


def claim_of(text: str, name: str) -> dict[str, Any]:
    tenant_id, object_id, code = read_claim(text)
    return {"tenant_id": tenant_id, name: object_id, "code": code}


@contextmanager
def noted(bank: Organisation, caller: Caller, *expected: tuple[str, set[str]]) -> Iterator[None]:
    """Check that the block is noted as these (model, fields), by this caller, in this request, and nothing else is."""
    before = len(changes(bank))
    yield
    new = changes(bank)[before:]
    found = [(NAMES[change.content_type.model], set(changed_fields(change))) for change in new]
    assert found == list(expected)
    for change in new:
        assert (change.principal_id, change.job) == (caller.principal.id, caller.job)
        assert change.cid == str(caller.request_id)
        assert (change.tenant_id, change.serialized_data) == (bank.tenant.id, None)


def test_purposes(bank: Organisation) -> None:
    ada, dora, dov = bank.staff("ada"), bank.staff("dora"), bank.staff("dov")
    version = {*RECORDED["PurposeVersion"]} - {"article9_condition", "criminal_authority", "dpia_reference"}
    with noted(bank, ada, ("Purpose", {"name"}), ("PurposeVersion", version)):
        purposes.create_purpose(caller=ada, name="research", terms=TERMS)
    with noted(bank, ada, ("PurposeVersion", version)):
        purposes.revise_purpose(caller=ada, name="research", terms=replace(TERMS, ceiling_days=29))
    with noted(bank, dora, ("Loosening", {"kind", "purpose_id", "loosens", "requested_by"})):
        asked = purposes.record_compatibility(caller=dora, source="assistance", target="research", reason="same")
    decided = {"object_id", "approved_by", "approved_at"}
    with noted(bank, dov, ("Compatibility", {"source", "target", "created_by"}), ("Loosening", decided)):
        done = approve_loosening.approve_loosening(caller=dov, loosening_id=asked.id, digest=asked.digest)
    assert done.object_id is not None
    with noted(bank, dora, ("Compatibility", {"ended_at", "ended_by"})):
        purposes.end_compatibility(caller=dora, compatibility_id=done.object_id)
    with noted(bank, dora, ("ConsentNotice", {"purpose_id", "version", "language"})):
        register_notice(caller=dora, purpose="offers", language="en", text="We remember what you like.")


def test_retention_rules(bank: Organisation) -> None:
    ada, dora, adam = bank.staff("ada"), bank.staff("dora"), bank.staff("adam")
    asked = {"name", "kind", "days", "anchor", "authority", "requested_by"}
    with noted(bank, ada, ("Retention", asked)):
        rule = retention_rules.propose_rule(caller=ada, terms=retention_rules.RuleTerms("Act", RuleKind.FLOOR, 10))
    plan = retention_preview.preview(caller=dora, rule_id=rule.id)
    with noted(bank, dora, ("Retention", {"approved_by", "approved_at"})):
        retention_preview.approve_rule(caller=dora, rule_id=rule.id, digest=plan.digest)
    with noted(bank, adam, ("Retention", {"end_requested_by", "end_requested_at"})):
        retention_rules.propose_end(caller=adam, rule_id=rule.id)


def test_keys_without_their_secrets(bank: Organisation) -> None:
    ada, dora = bank.staff("ada"), bank.staff("dora")
    asked = {"name", "capabilities", "allowed_purposes", "requested_by"}
    with noted(bank, ada, ("ApiKey", asked)):
        key = api_keys.request_key(caller=ada, name="new", capabilities=["recall"], purposes=["assistance"])
    with noted(bank, dora, ("ApiKey", {"approved_by", "approved_at"})):
        code = api_keys.approve_key(caller=dora, key_id=key.id)
    before = len(changes(bank))
    claimed = api_keys.claim_key(**claim_of(code, "key_id"))
    [claim] = changes(bank)[before:]
    assert (claim.job, set(changed_fields(claim))) == ("claim", {"claimed_at"})
    with noted(bank, ada, ("ApiKey", {"revoked_at"})):
        api_keys.revoke_key(caller=ada, key_id=key.id)
    everything = json.dumps([change.changes for change in changes(bank)])
    for secret in (code.rpartition(".")[2], claimed, claimed.rpartition("_")[2]):
        assert secret not in everything


def test_staff_without_passwords_and_personnel_numbers(bank: Organisation) -> None:
    ada, dora = bank.staff("ada"), bank.staff("dora")
    with noted(bank, ada, ("StaffUser", {"username", "role", "requested_by"})):
        new = staff.request_member(caller=ada, username="otto", role="auditor", personnel_number="canary-78")
    with noted(bank, dora, ("StaffUser", {"approved_by", "approved_at"})):
        code = staff.approve_member(caller=dora, user_id=new.id)
    before = len(changes(bank))
    staff.enrol(**claim_of(code, "user_id"), password="canary of a password")
    [enrolled] = changes(bank)[before:]
    assert (enrolled.job, set(changed_fields(enrolled))) == ("claim", {"enrolled_at"})
    with noted(bank, ada, ("StaffUser", {"suspended_at", "suspended_by"})):
        staff.suspend_member(caller=ada, user_id=new.id)
    everything = json.dumps([change.changes for change in changes(bank)])
    assert "canary" not in everything
    assert code.rpartition(".")[2] not in everything


def test_settings_of_the_tenant_with_both_values(bank: Organisation) -> None:
    ada = bank.staff("ada")
    with noted(bank, ada, ("Tenant", {"reveal_minutes"})):
        tenants.configure_tenant(caller=ada, changes={"reveal_minutes": 5})
    [change] = changes(bank)[-1:]
    assert change.changes == {"reveal_minutes": ["30", "5"]}


def test_a_change_that_is_refused_or_rolled_back_is_not_noted(bank: Organisation) -> None:
    with noted(bank, bank.staff("ada")), refused(bank, Action.CREATE_PURPOSE, ReasonCode.DUPLICATE):
        purposes.create_purpose(caller=bank.staff("ada"), name="assistance", terms=TERMS)
    with noted(bank, bank.staff("ada")), pytest.raises(AccessRefused):
        tenants.configure_tenant(caller=bank.staff("aud"), changes={"reveal_minutes": 5})


def test_memories_and_choices_of_people_are_never_noted(bank: Organisation) -> None:
    with noted(bank, bank.staff("ada")):
        say(bank, "alice", "I like tea")
    consents(bank)
    assert {change.content_type.model for change in changes(bank)} <= {name.lower() for name in RECORDED}


def test_a_tenant_made_by_the_service_names_the_job(bank: Organisation) -> None:
    made = tenants.create_tenant(slug=f"new-{bank.tenant.slug}"[:60], name="New")
    with tenant_context(made.id):
        [change] = AdminChange.objects.all()
    assert (change.job, set(changed_fields(change))) == (
        "founding",
        {
            "slug",
            "name",
            "jurisdiction",
            "reveal_minutes",
            "review_hours",
            "breach_hours",
            "request_profile",
            "request_file_days",
            "auto_approve_erasure",
            "auto_approve_staff_verified",
            "key_deletions_at_once",
            "key_deletions_per_hour",
            "time_zone",
        },
    )


# Reading


def test_the_list_shows_who_changed_what_newest_first(bank: Organisation) -> None:
    ada = bank.staff("ada")
    tenants.configure_tenant(caller=ada, changes={"reveal_minutes": 5})
    tenants.configure_tenant(caller=ada, changes={"reveal_minutes": 4})
    found = list_changes(caller=bank.staff("aud"), object_type="Tenant", principal_id=ada.principal.id)
    assert [view.fields for view in found] == [{"reveal_minutes": ("5", "4")}, {"reveal_minutes": ("30", "5")}]
    assert {view.actor for view in found} == {f"staff:{ada.principal.id}"}
    assert list_changes(caller=bank.staff("aud"), before=found[0].id, limit=1)[0].id == found[1].id
    assert list_changes(caller=bank.staff("dora"), object_id=bank.tenant.id)[0].object_type == "tenant"


def test_the_list_is_of_a_period_and_page_by_page(bank: Organisation) -> None:
    ada, aud = bank.staff("ada"), bank.staff("aud")
    for minutes in (7, 6, 5):
        tenants.configure_tenant(caller=ada, changes={"reveal_minutes": minutes})
    every = list_changes(caller=aud)
    newest, middle, *_ = every
    assert list_changes(caller=aud, since=middle.at) == [newest, middle]
    assert list_changes(caller=aud, since=middle.at, until=newest.at) == [middle]
    assert list_changes(caller=aud, until=middle.at) == every[2:]
    assert list_changes(caller=aud, since=newest.at + timedelta(seconds=1)) == []
    pages, last = [], None
    while page := list_changes(caller=aud, before=last, limit=2):
        pages += page
        last = page[-1].id
    assert pages == every


def test_what_is_shown_is_empty_where_nothing_was_and_lists_are_of_ids(bank: Organisation) -> None:
    ada, key = bank.staff("ada"), ["assistance", "offers"]
    made = api_keys.request_key(caller=ada, name="new", capabilities=["recall", "forget"], purposes=key)
    [shown] = list_changes(caller=bank.staff("aud"), object_id=made.id)
    assert (shown.change, shown.object_type, shown.request_id) == ("created", "apikey", str(ada.request_id))
    assert shown.fields == {
        "name": (None, "new"),
        "capabilities": (None, "['forget', 'recall']"),
        "allowed_purposes": (None, f"[{bank.assistance.purpose_id}, {bank.offers.purpose_id}]"),
        "requested_by": (None, str(ada.principal.id)),
    }


def test_reading_the_list_is_on_the_record(bank: Organisation) -> None:
    found = list_changes(caller=bank.staff("aud"))
    event = bank.events()[-1]
    assert (event.type, event.reason, event.n_items) == (Action.READ_CHANGES, ReasonCode.ALLOWED, len(found))


def test_nobody_else_reads_it_and_nobody_reads_anothers(bank: Organisation, outsider: Organisation) -> None:
    tenants.configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 5})
    for who in ("ada", "rita", "kay"):
        with refused(bank, Action.READ_CHANGES, ReasonCode.CAPABILITY_MISSING):
            list_changes(caller=bank.staff(who))
    ours = {view.id for view in list_changes(caller=bank.staff("aud"))}
    assert ours
    assert ours.isdisjoint({view.id for view in list_changes(caller=outsider.staff("aud"))})


# What auditlog must not do


def test_the_flush_of_auditlog_flushes_nothing(bank: Organisation) -> None:
    tenants.configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 5})
    before = len(changes(bank))
    for options in ({}, {"truncate": True}):
        with pytest.raises(DatabaseError), tenant_context(bank.tenant.id):
            call_command("auditlogflush", yes=True, **options)
    assert len(changes(bank)) == before


@contextmanager
def registered(model: type[Model], **options: object) -> Iterator[None]:
    known = auditlog.contains(model)
    kept = auditlog._registry.get(model)
    if known:
        auditlog.unregister(model)
    auditlog.register(model, **options)
    try:
        yield
    finally:
        auditlog.unregister(model)
        if known:
            auditlog.register(model, include_fields=kept["include_fields"])


@pytest.mark.parametrize(
    ("model", "options", "problem"),
    [
        (Memory, {"include_fields": ["state"]}, "E003"),
        (Subject, {"include_fields": ["state"]}, "E003"),
        (BreakGlass, {"include_fields": ["case_reference"]}, "E003"),
        (StaffUser, {"include_fields": ["username", "password"]}, "E004"),
        (PurposeVersion, {}, "E004"),
        (StaffUser, {"exclude_fields": ["password"]}, "E004"),
        (StaffUser, {"include_fields": ["username"], "mask_fields": ["username"]}, "E005"),
        (StaffUser, {"include_fields": ["username"], "serialize_data": True}, "E006"),
    ],
)
def test_what_would_keep_more_than_configuration_does_not_start(
    model: type[Model], options: dict[str, object], problem: str
) -> None:
    assert check_registered() == []
    with registered(model, **options):
        assert f"memstore.{problem}" in {found.id for found in check_registered()}
    assert check_registered() == []


def test_a_configuration_model_that_is_not_noted_does_not_start() -> None:
    auditlog.unregister(PurposeVersion)
    try:
        assert [found.id for found in check_registered()] == ["memstore.E007"]
    finally:
        auditlog.register(PurposeVersion, include_fields=list(RECORDED["PurposeVersion"]))
    assert check_registered() == []


def test_a_migration_does_not_begin_when_memories_are_registered() -> None:
    """`api.serve` migrates first, and stops at this."""
    with registered(Memory, include_fields=["state"]), pytest.raises(SystemCheckError, match="Memory is registered"):
        call_command("migrate", plan=True, skip_checks=False)


def test_the_web_process_does_not_start_when_memories_are_registered() -> None:
    widened = (
        "import api.settings; api.settings.AUDITLOG_INCLUDE_TRACKING_MODELS = ['memstore.Memory']; import api.wsgi"
    )
    done = subprocess.run([sys.executable, "-c", widened], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode != 0
    assert "Memory is registered with auditlog and holds no configuration" in done.stderr.splitlines()[-1]
    assert "memstore.E003" in done.stderr.splitlines()[-1]


def test_settings_that_would_keep_what_clients_send_do_not_start(settings: Settings) -> None:
    settings.AUDITLOG_INCLUDE_ALL_MODELS = True
    settings.AUDITLOG_CID_HEADER = "x-correlation-id"
    assert {found.id for found in check_registered()} == {"memstore.E001", "memstore.E002"}
    assert redact("4111111111111111") == "[redacted]"
