"""Every change of configuration is noted, none is noted that did not happen, and each has its actor and request."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, connections, models, transaction

from governance.access import api_keys, recipients, staff
from governance.access.authenticate import authenticate
from governance.access.sessions import sign_in
from governance.access.tokens import read_claim
from governance.accountability.configuration_changes import RECORDED, changed_fields, list_changes
from governance.dual_control.proposals import ProposalKind, decline_proposal, withdraw_proposal
from governance.guard.authorize import attempt
from governance.ids import NIL
from governance.models import AdminChange, ApiKey, DeclineReason, Purpose, RecipientKind, Tenant
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import RuleKind
from governance.processing import purposes, retention_rules, tenants
from governance.processing.consents import register_notice
from governance.tenancy.tenant_context import tenant_context
from governance.tenancy.tenant_lookup import tenant_by_slug
from governance.vocabulary import Action, LawfulBasis, Role, SystemJob
from memstore.oversight import retention_preview
from tests.support.cast import DATABASES, Organisation, say
from tests.support.refusing import as_owner
from tests.support.signed_in import code_of
from tests.support.two_people import compatible

if TYPE_CHECKING:
    from governance.context import Caller

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ROOT = Path(__file__).parents[3]
TERMS = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30)

# Actions that change configuration. A new action of that kind belongs here, and its use case into `at_work`.
CONFIGURING = {
    Action.CREATE_TENANT,
    Action.CONFIGURE_TENANT,
    Action.APPROVE_LOOSENING,
    Action.DECLINE_LOOSENING,
    Action.WITHDRAW_LOOSENING,
    Action.CREATE_PURPOSE,
    Action.REVISE_PURPOSE,
    Action.RECORD_COMPATIBILITY,
    Action.END_COMPATIBILITY,
    Action.REGISTER_NOTICE,
    Action.PROPOSE_RULE,
    Action.APPROVE_RULE,
    Action.PROPOSE_RULE_END,
    Action.APPROVE_RULE_END,
    Action.REQUEST_KEY,
    Action.APPROVE_KEY,
    Action.CLAIM_KEY,
    Action.REVOKE_KEY,
    Action.REQUEST_MEMBER,
    Action.APPROVE_MEMBER,
    Action.ENROL_MEMBER,
    Action.SUSPEND_MEMBER,
    Action.REGISTER_RECIPIENT,
    Action.DECLINE_RULE,
    Action.WITHDRAW_RULE,
    Action.DECLINE_RULE_END,
    Action.WITHDRAW_RULE_END,
    Action.DECLINE_KEY,
    Action.WITHDRAW_KEY,
    Action.DECLINE_MEMBER,
    Action.WITHDRAW_MEMBER,
}


def changes(tenant_id: UUID) -> list[AdminChange]:
    """Return the changes, oldest first."""
    with tenant_context(tenant_id):
        return list(AdminChange.objects.order_by("id"))


def founded(bank: Organisation) -> None:
    """Found the first people, as if there were none yet."""
    made = tenants.create_tenant(slug=f"f-{bank.tenant.slug}"[:60], name="New")
    staff.found_organisation(made.id, [("first", Role.ADMINISTRATOR, "1"), ("second", Role.DPO, "2")])


def at_work(bank: Organisation) -> None:
    """Make every change of configuration by its use case, each in a request of its own, among some that change none."""
    tenants.configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 5})
    purposes.create_purpose(caller=bank.staff("ada"), name="research", terms=TERMS)
    terms = PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=29)
    purposes.revise_purpose(caller=bank.staff("ada"), name="research", terms=terms)
    link = compatible(bank, "assistance", "research")
    asked = purposes.record_compatibility(
        caller=bank.staff("dora"), source="knowledge", target="research", reason="same"
    )
    withdraw_proposal(caller=bank.staff("dora"), kind=ProposalKind.LOOSENING, object_id=asked.id)
    asked = purposes.record_compatibility(
        caller=bank.staff("dora"), source="knowledge", target="research", reason="same"
    )
    decline_proposal(
        caller=bank.staff("dov"),
        kind=ProposalKind.LOOSENING,
        object_id=asked.id,
        reason=DeclineReason.TOO_BROAD,
    )
    purposes.end_compatibility(caller=bank.staff("dora"), compatibility_id=link)
    register_notice(caller=bank.staff("dora"), purpose="offers", language="en", text="We remember what you like.")
    rule = retention_rules.propose_rule(
        caller=bank.staff("ada"), terms=retention_rules.RuleTerms("Act", RuleKind.FLOOR, 10)
    )
    plan = retention_preview.preview(caller=bank.staff("dora"), rule_id=rule.id)
    retention_preview.approve_rule(caller=bank.staff("dora"), rule_id=rule.id, digest=plan.digest)
    retention_rules.propose_end(caller=bank.staff("ada"), rule_id=rule.id)
    plan = retention_preview.preview(caller=bank.staff("dov"), rule_id=rule.id)
    retention_preview.approve_rule_end(caller=bank.staff("dov"), rule_id=rule.id, digest=plan.digest)
    key = api_keys.request_key(caller=bank.staff("ada"), name="k", capabilities=["recall"], purposes=["assistance"])
    tenant_id, key_id, code = read_claim(api_keys.approve_key(caller=bank.staff("dora"), key_id=key.id))
    api_keys.claim_key(tenant_id=tenant_id, key_id=key_id, code=code)
    api_keys.list_keys(caller=bank.staff("aud"))
    api_keys.revoke_key(caller=bank.staff("ada"), key_id=key.id)
    new = staff.request_member(caller=bank.staff("ada"), username="otto", role="auditor", personnel_number="78")
    tenant_id, user_id, code = read_claim(staff.approve_member(caller=bank.staff("dora"), user_id=new.id))
    enrolment = staff.enrol(tenant_id=tenant_id, user_id=user_id, code=code, password="a long enough password")
    shown = code_of(enrolment.totp_secret)
    sign_in(tenant=bank.tenant.slug, username="otto", password="a long enough password", code=shown)
    staff.suspend_member(caller=bank.staff("ada"), user_id=user_id)
    not_approved(bank)
    outside = recipients.register_recipient(caller=bank.staff("ada"), name="Lab", kind=RecipientKind.PROCESSOR)
    recipients.end_recipient(caller=bank.staff("ada"), recipient_id=outside.id)
    say(bank, "alice", "I like tea")


def not_approved(bank: Organisation) -> None:
    """Make proposals of each kind: one is declined, one withdrawn."""

    def proposals() -> list[tuple[ProposalKind, UUID]]:
        rule = retention_rules.propose_rule(
            caller=bank.staff("ada"), terms=retention_rules.RuleTerms("Code", RuleKind.FLOOR, 10)
        )
        key = api_keys.request_key(
            caller=bank.staff("ada"), name="k2", capabilities=["recall"], purposes=["assistance"]
        )
        new = staff.request_member(caller=bank.staff("ada"), username="olga", role="auditor", personnel_number="79")
        return [(ProposalKind.RULE, rule.id), (ProposalKind.KEY, key.id), (ProposalKind.MEMBER, new.id)]

    for kind, found in proposals():
        decline_proposal(caller=bank.staff("dora"), kind=kind, object_id=found, reason=DeclineReason.NOT_NEEDED)
    for kind, found in proposals():
        withdraw_proposal(caller=bank.staff("ada"), kind=kind, object_id=found)
    rule = retention_rules.propose_rule(
        caller=bank.staff("ada"), terms=retention_rules.RuleTerms("Law", RuleKind.FLOOR, 10)
    )
    plan = retention_preview.preview(caller=bank.staff("dora"), rule_id=rule.id)
    retention_preview.approve_rule(caller=bank.staff("dora"), rule_id=rule.id, digest=plan.digest)
    end = ProposalKind.RULE_END
    retention_rules.propose_end(caller=bank.staff("ada"), rule_id=rule.id)
    decline_proposal(caller=bank.staff("dora"), kind=end, object_id=rule.id, reason=DeclineReason.NOT_NEEDED)
    retention_rules.propose_end(caller=bank.staff("ada"), rule_id=rule.id)
    withdraw_proposal(caller=bank.staff("ada"), kind=end, object_id=rule.id)


def test_every_use_case_that_changes_configuration_is_noted_with_its_actor_and_request_and_no_other_is(
    bank: Organisation,
) -> None:
    before = {change.id for change in changes(bank.tenant.id)}
    at_work(bank)
    made = [change for change in changes(bank.tenant.id) if change.id not in before]
    assert all(changed_fields(change) for change in made)
    events = {str(event.request_id): event for event in bank.events()}
    assert {change.cid for change in made} <= set(events)
    # Who, in which request: the two records tell the same, and each change is beside the event of its own use case.
    for change in made:
        event = events[change.cid]
        assert (change.principal_id, change.job) == (event.principal_id, event.job)
    noted = {Action(events[change.cid].type) for change in made}
    assert noted == CONFIGURING - {Action.CREATE_TENANT}  # which is of another tenant, below


def test_founding_a_tenant_notes_its_first_people_too(bank: Organisation) -> None:
    founded(bank)
    found = tenant_by_slug(f"f-{bank.tenant.slug}"[:60])
    assert found is not None
    made = changes(found.id)
    assert [change.object_repr.partition(":")[0] for change in made] == ["tenant", "staffuser", "staffuser"]
    assert {change.job for change in made} == {SystemJob.FOUNDING.value}
    assert {change.tenant_id for change in made} == {found.id}


# Who


def rename(bank: Organisation, name: str) -> AdminChange:
    row = Tenant.objects.get(id=bank.tenant.id)
    row.name = name
    row.save(update_fields=["name"])
    [change] = AdminChange.objects.order_by("-id")[:1]
    assert isinstance(change, AdminChange)
    return change


def test_the_outer_actor_acts_again_after_an_inner_one(bank: Organisation) -> None:
    ada, dora = bank.staff("ada"), bank.staff("dora")
    found = []
    with attempt(ada, Action.CONFIGURE_TENANT):
        found.append(rename(bank, "one"))
        with attempt(dora, Action.CONFIGURE_TENANT):
            found.append(rename(bank, "two"))
        found.append(rename(bank, "three"))
    assert [change.principal_id for change in found] == [caller.principal.id for caller in (ada, dora, ada)]
    assert [change.cid for change in found] == [str(caller.request_id) for caller in (ada, dora, ada)]


def test_an_actor_that_fails_acts_no_longer(bank: Organisation) -> None:
    with pytest.raises(LookupError), attempt(bank.staff("ada"), Action.CONFIGURE_TENANT):
        raise LookupError
    with tenant_context(bank.tenant.id):
        change = rename(bank, "after it")
    assert (change.principal_id, change.job) == (NIL, SystemJob.OPERATOR.value)


def test_outside_of_every_use_case_it_is_an_operator(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        change = rename(bank, "by hand")
    assert (change.principal_id, change.job) == (NIL, SystemJob.OPERATOR.value)
    assert UUID(change.cid).version == 7
    shown = list_changes(caller=bank.staff("aud"), object_id=bank.tenant.id)[0]
    assert (shown.actor, shown.fields) == ("system:operator", {"name": ("bank", "by hand")})


def test_actors_of_two_threads_are_not_mixed_up(bank: Organisation, outsider: Organisation) -> None:
    """auditlog's own context connects a signal per actor, under a time that two threads may share."""
    both = threading.Barrier(2)

    def work(organisation: Organisation, caller: Caller) -> None:
        try:
            both.wait()
            for number in range(20):
                with attempt(caller, Action.CONFIGURE_TENANT):
                    rename(organisation, f"name {number}")
        finally:
            connections.close_all()

    callers = [(bank, bank.staff("ada")), (outsider, outsider.staff("ada"))]
    threads = [threading.Thread(target=work, args=pair) for pair in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for organisation, caller in callers:
        mine = [change for change in changes(organisation.tenant.id) if change.principal_id == caller.principal.id]
        assert len(mine) == 20
        assert {change.cid for change in mine} == {str(caller.request_id)}


@pytest.mark.parametrize(
    "values",
    [
        {"principal_id": NIL, "job": None},  # no actor
        {"cid": "alice@example.com has HIV"},
        {"object_pk": "alice"},
        {"object_repr": "I like tea"},
        {"action": AdminChange.Action.ACCESS},
        {"serialized_data": {"fields": {}}},
        {"tenant_id": UUID(int=77)},
    ],
    ids=str,
)
def test_the_database_takes_no_row_without_an_actor_or_with_words_for_ids(
    bank: Organisation, values: dict[str, object]
) -> None:
    with tenant_context(bank.tenant.id):
        sound = {
            "content_type": ContentType.objects.get_for_model(Tenant),
            "object_pk": str(bank.tenant.id),
            "object_repr": str(bank.tenant),
            "cid": str(bank.tenant.id),
            "action": AdminChange.Action.UPDATE,
            "changes": {"name": ["a", "b"]},
        }
        AdminChange.objects.create(**sound)
    with pytest.raises(DatabaseError), tenant_context(bank.tenant.id):
        AdminChange.objects.create(**(sound | values))


# What did not happen


def saved_twice(bank: Organisation) -> None:
    rename(bank, "never")
    for _ in range(2):  # the second time, its name is taken
        Purpose.objects.create(tenant_id=bank.tenant.id, name="never")


def test_a_change_that_is_rolled_back_after_it_was_saved_is_not_noted(bank: Organisation) -> None:
    """auditlog writes before an update and after an insert: only the transaction knows whether it happened."""
    before = changes(bank.tenant.id)
    with pytest.raises(DatabaseError), attempt(bank.staff("ada"), Action.CONFIGURE_TENANT):
        saved_twice(bank)
    assert changes(bank.tenant.id) == before


def test_a_change_that_cannot_be_noted_does_not_happen(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object, **_values: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(type(AdminChange.objects), "log_create", fails)
        for change in (
            lambda: tenants.configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 5}),
            lambda: purposes.create_purpose(caller=bank.staff("ada"), name="research", terms=TERMS),
        ):
            with pytest.raises(DatabaseError):
                change()
    assert tenants.read_settings(caller=bank.staff("aud")).reveal_minutes == 30
    assert "research" not in {view.name for view in purposes.list_purposes(caller=bank.staff("aud"))}


def test_the_use_of_a_key_and_a_failed_sign_in_are_no_changes(bank: Organisation) -> None:
    before = changes(bank.tenant.id)
    assert authenticate(bank.key_text) is not None
    with tenant_context(bank.tenant.id):
        assert ApiKey.objects.get(id=bank.key.id).last_used_at is not None
    with pytest.raises(Exception, match="sign_in_failed"):
        sign_in(tenant=bank.tenant.slug, username="ada", password="wrong", code="000000")
    assert changes(bank.tenant.id) == before


# What could get past it


def code_of_ours() -> list[tuple[Path, str]]:
    found = [path for package in ("api", "memstore", "governance") for path in (ROOT / package).rglob("*.py")]
    return [(path, path.read_text()) for path in found]


def test_nobody_switches_it_off() -> None:
    """Any code could call what auditlog offers for that, so none of ours may."""
    for path, text in code_of_ours():
        assert not re.search(r"\b(disable_auditlog|auditlog_disabled|pre_log|set_actor|set_extra_data)\b", text), path
        assert not re.search(r"\bauditlog\.unregister\b", text), path


# Where a query, which auditlog does not see, changes rows of these models: not what is recorded of them.
BY_QUERY = {"last_used_at", "failures", "locked_until", "retention_cursor"}


def test_recorded_models_are_changed_row_by_row() -> None:
    names = "|".join(RECORDED)
    for path, text in code_of_ours():
        if "migrations" in path.parts:
            continue
        assert not re.search(rf"\b({names})\.objects\.bulk_", text), path
        for found in re.finditer(rf"\b({names})\.objects\.filter\([^\n]*\)\.update\(([^)]*)\)", text):
            changed = set(re.findall(r"(\w+)=", found.group(2)))
            assert changed <= BY_QUERY, (path, found.group(0))
            assert not changed & set(RECORDED[found.group(1)])


NEVER = {
    "prefix",
    "password",
    "display_name",
    "pinned_subject",
    "pinned_agent",
    "subject_id",
    "text",
    "reason",
    *BY_QUERY,
}


def test_nothing_secret_sealed_or_about_a_person_is_listed() -> None:
    assert set(RECORDED) == {
        "Tenant",
        "Recipient",
        "Purpose",
        "PurposeVersion",
        "Compatibility",
        "Loosening",
        "ConsentNotice",
        "Retention",
        "ApiKey",
        "StaffUser",
    }
    for name, fields in RECORDED.items():
        model = apps.get_model("governance", name)
        assert not set(fields) & NEVER
        assert name != "Recipient" or not set(fields) & {"name", "address"}  # who may be a person
        for field in fields:
            kind = model._meta.get_field(field)
            assert not isinstance(kind, models.BinaryField | models.TextField | models.JSONField), (name, field)
            if isinstance(kind, models.ForeignKey):
                assert kind.related_model is Purpose
            if isinstance(kind, ArrayField):
                assert isinstance(kind.base_field, models.CharField | models.UUIDField)


def test_no_row_of_ours_tells_more_than_its_kind_and_number() -> None:
    for model in apps.get_models():
        if model._meta.app_label not in {"governance", "keyring", "memstore"}:
            continue
        words = {
            field.attname: "canary"
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not field.primary_key
        }
        text = str(model(**words))
        assert "canary" not in text, model
        assert re.fullmatch(r"[a-z]+:([0-9a-f-]{36}|[0-9]+|None)", text), text


# What could take it away


def forget_types() -> None:
    ContentType.objects.clear_cache()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM django_content_type",
        "UPDATE django_content_type SET model = 'other'",
        "INSERT INTO django_content_type (app_label, model) VALUES ('governance', 'other')",
        "TRUNCATE django_content_type CASCADE",
    ],
)
def test_who_serves_cannot_touch_what_the_changes_refer_to(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_owner_cannot_delete_a_content_type_from_under_a_change_of_any_tenant(bank: Organisation) -> None:
    """The owner has no tenant's context, as in a command: the constraint sees past row security."""
    tenants.configure_tenant(caller=bank.staff("ada"), changes={"reveal_minutes": 5})
    before = [view.id for view in list_changes(caller=bank.staff("aud"))]
    delete = "DELETE FROM django_content_type WHERE app_label = 'governance' AND model = 'tenant'"
    with pytest.raises(Exception, match="governance_adminchan"), as_owner(NIL) as owner:
        owner.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {delete}")
    forget_types()
    assert [view.id for view in list_changes(caller=bank.staff("aud"))] == before


def test_the_table_of_auditlog_itself_does_not_exist() -> None:
    for alias in DATABASES:
        assert "auditlog_logentry" not in tables(alias)
    assert "auth_user" not in tables("default")


def tables(alias: str) -> list[str]:
    return connections[alias].introspection.table_names()
