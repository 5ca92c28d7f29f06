"""Records of processing: generated from what is configured, comparable by their digest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from governance.access.recipients import end_recipient, register_recipient
from governance.accountability.records_of_processing import (
    Controller,
    ProcessingNumber,
    ProcessingRecipient,
    Processor,
    RetentionEntry,
    digest,
    processing_record,
    processors,
)
from governance.models import RecipientKind, Retention
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import RuleKind
from governance.processing.purposes import create_purpose, revise_purpose
from governance.processing.retention_rules import RuleTerms, propose_rule
from governance.processing.tenants import configure_tenant
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, LawfulBasis, ReasonCode
from tests.support.cast import DATABASES, STAFF_NAMES, Organisation, say
from tests.support.refusing import refused
from tests.support.two_people import compatible

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def in_force(bank: Organisation, terms: RuleTerms) -> None:
    rule = propose_rule(caller=bank.staff("ada"), terms=terms)
    approver: UUID = bank.staff("dora").principal.id
    with tenant_context(bank.tenant.id):
        Retention.objects.filter(id=rule.id).update(approved_by=approver, approved_at=rule.requested_at)


def test_it_says_what_is_configured(bank: Organisation) -> None:
    ada = bank.staff("ada")
    configure_tenant(caller=ada, changes={"jurisdiction": "DE", "contact": "Main Street 1", "dpo_contact": "dpo@x"})
    strict = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30, source_days=7, direct_marketing=True)
    create_purpose(caller=ada, name="marketing", terms=strict)
    compatible(bank, "assistance", "marketing", "customers")
    register_recipient(caller=ada, name="Health Office", kind=RecipientKind.AUTHORITY, address="Harbour Road 1")
    gone = register_recipient(caller=ada, name="Former", kind=RecipientKind.PROCESSOR)
    end_recipient(caller=ada, recipient_id=gone.id)
    in_force(bank, RuleTerms("Test Act 5", RuleKind.FLOOR, 100, purpose="assistance"))
    propose_rule(caller=ada, terms=RuleTerms("only proposed", RuleKind.FLOOR, 100))
    record = processing_record(caller=bank.staff("aud"))
    assert record.controller == Controller("bank", "DE", "Main Street 1", "dpo@x")
    assert [purpose.name for purpose in record.purposes] == ["assistance", "knowledge", "marketing", "offers"]
    marketing = record.purposes[2]
    assert (marketing.version, marketing.lawful_basis, marketing.memories_days, marketing.sources_days) == (
        1,
        "legitimate_interests",
        30,
        7,
    )
    assert marketing.read_for_it == ("assistance",)
    assert marketing.data_categories == ("ordinary", "confidential", "identifiers", "secrets")
    assert marketing.handling == {
        "identifiers": "allow",
        "secrets": "mask",
        "special": "refuse",
        "criminal": "refuse",
        "unknown": "quarantine",
    }
    assert record.purposes[0].data_categories[-2:] == ("special", "criminal")
    assert record.purposes[0].article9_condition == "9(2)(h)"
    assert record.purposes[1].data_subjects == ()  # about no person
    assert record.recipients == (ProcessingRecipient("Health Office", "Harbour Road 1", "authority", exempt=False),)
    assert record.retention == (
        RetentionEntry("Test Act 5", "floor", 100, "created", "default", "assistance", "", one_person=False),
    )
    assert record.processors == ()
    assert bank.events()[-1].type == "read_configuration"


def test_numbers_are_of_people_and_keys(bank: Organisation, outsider: Organisation) -> None:
    say(bank, "alice", "I like tea")
    say(bank, "bob", "I like tea")
    say(outsider, "carol", "I like tea")
    assert set(processing_record(caller=bank.staff("aud")).numbers) == {
        ProcessingNumber("subjects: user", 2),
        ProcessingNumber("subjects: run", 0),
        ProcessingNumber("subjects: agent", 0),
        ProcessingNumber("subjects: app", 0),
        ProcessingNumber("api keys in use", 1),
    }


def test_a_rule_for_one_person_names_nobody(bank: Organisation) -> None:
    alice = say(bank, "alice", "I like tea")
    assert alice.stored
    from governance.subjects.subjects import admit_subject
    from governance.vocabulary import SubjectKind

    subject = admit_subject(bank.tenant.id, SubjectKind.USER, "alice").id
    in_force(bank, RuleTerms("Court order", RuleKind.FLOOR, 9, subject_id=subject))
    record = processing_record(caller=bank.staff("aud"))
    assert [entry.one_person for entry in record.retention] == [True]
    assert str(subject) not in str(asdict(record))


def test_two_exports_are_alike_until_something_is_changed(bank: Organisation) -> None:
    first = processing_record(caller=bank.staff("aud"))
    say(bank, "alice", "people come and go")
    second = processing_record(caller=bank.staff("ada"))
    assert first.sha256 == second.sha256 == digest(asdict(first))
    assert first.made_at < second.made_at
    revise_purpose(
        caller=bank.staff("ada"), name="assistance", terms=PurposeTerms(LawfulBasis.CONTRACT, ceiling_days=30)
    )
    assert processing_record(caller=bank.staff("aud")).sha256 != first.sha256


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"MEMSTORE_EXTRACTOR": "local", "MEMSTORE_EMBEDDER": "local"}, []),
        (
            {"MEMSTORE_EXTRACTOR": "openai", "MEMSTORE_EMBEDDER": "local", "OPENAI_BASE_URL": None},
            [("finds facts in conversations", "api.openai.com", "model-1")],
        ),
        (
            {
                "MEMSTORE_EXTRACTOR": "openai",
                "MEMSTORE_EMBEDDER": "openai",
                "OPENAI_BASE_URL": "https://name:secret@llm.example:8443/v1?key=secret",
            },
            [
                ("finds facts in conversations", "llm.example", "model-1"),
                ("makes embeddings of texts", "llm.example", "model-2"),
            ],
        ),
    ],
)
def test_a_provider_is_a_processor_by_its_host_and_no_credential(
    settings: dict[str, object], expected: list[tuple[str, str, str]]
) -> None:
    models = {"MEMSTORE_LLM_MODEL": "model-1", "MEMSTORE_EMBEDDING_MODEL": "model-2"}
    with override_settings(**models, **settings):
        found = processors()
    assert [(one.task, one.host, one.model) for one in found] == expected
    assert {type(one) for one in found} <= {Processor}


def test_everybody_at_work_reads_it_and_no_machine(bank: Organisation, outsider: Organisation) -> None:
    for who in STAFF_NAMES:
        assert processing_record(caller=bank.staff(who)).controller.name == "bank"
    with refused(bank, Action.READ_CONFIGURATION, ReasonCode.CAPABILITY_MISSING):
        processing_record(caller=bank.caller())
    assert processing_record(caller=outsider.staff("aud")).controller.name == "outsider"
