"""Records of processing activities (Art. 30(1)(a) to (g)), made from the configuration as it is now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count

from governance.guard.authorize import authorize
from governance.models import ApiKey, Compatibility, Purpose, PurposeVersion, Recipient, Subject, Tenant
from governance.processing.retention_rules import rules_in_force
from governance.vocabulary import Action, DataClass, Handling, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from governance.context import Caller

OPENAI = "api.openai.com"
# Art. 30(1)(g): facts true of this code; each has its tests.
SECURITY = (
    "Texts, embeddings, search terms and metadata are AES-256-GCM ciphertext under a key per person and purpose.",
    "Who a person is in other systems is sealed under a key of that person; the data names random ids only.",
    "Wrapped keys and identities are in another database than the data; the root key is in neither.",
    "Row-level security is forced on every table of a tenant; the serving role owns no table and bypasses nothing.",
    "Every read and refusal is an event of an append-only trail before its answer leaves; events hold no content.",
    "Events are leaves of a Merkle tree per tenant (RFC 6962), whose heads are signed (Ed25519).",
    "Policy denies by default; one table says what each role does and sees.",
    "API keys, accounts, legal holds and retention rules take two people; approvals and reveals take a second factor.",
    "Staff see memories masked; clear sight of a person takes a reason, ends by itself and is reviewed by another.",
    "What a purpose may not hold is detected and refused, masked or put into quarantine before it is stored.",
)


@dataclass(frozen=True, slots=True)
class Controller:
    """The controller and its data protection officer (Art. 30(1)(a))."""

    name: str
    jurisdiction: str
    contact: str
    dpo_contact: str


@dataclass(frozen=True, slots=True)
class ProcessingPurpose:
    """One purpose (Art. 30(1)(b), (c) and (f)).

    `handling`: what is done with each detected class before anything is stored.
    """

    name: str
    version: int
    lawful_basis: str
    article9_condition: str
    criminal_authority: str
    dpia_reference: str
    data_subjects: tuple[str, ...]
    data_categories: tuple[str, ...]
    handling: dict[str, str]
    read_for_it: tuple[str, ...]
    direct_marketing: bool
    usable_for_decision: bool
    review_first: bool
    memories_days: int
    sources_days: int


@dataclass(frozen=True, slots=True)
class ProcessingRecipient:
    """One recipient (Art. 30(1)(d))."""

    name: str
    address: str
    kind: str
    exempt: bool


@dataclass(frozen=True, slots=True)
class Processor:
    """One processor (Art. 30(1)(d) and (e)).

    `third_country`: for the controller to state; the service does not know where a host is.
    """

    task: str
    host: str
    model: str
    third_country: str


@dataclass(frozen=True, slots=True)
class RetentionEntry:
    """One retention rule (Art. 30(1)(f)). Empty `purpose` or `data_class`: every one.

    `one_person`: the rule is for one person, who is not named here.
    """

    name: str
    kind: str
    days: int
    anchor: str
    authority: str
    purpose: str
    data_class: str
    one_person: bool


@dataclass(frozen=True, slots=True)
class ProcessingNumber:
    """One count beside the record, of subjects or keys."""

    what: str
    number: int


@dataclass(frozen=True, slots=True)
class ProcessingRecord:
    """The records of one tenant.

    `sha256`: of the canonical JSON of all but `made_at`, `sha256` and `numbers`. Two records with the same one have the
    same content.
    """

    made_at: datetime
    sha256: str
    controller: Controller
    purposes: tuple[ProcessingPurpose, ...]
    recipients: tuple[ProcessingRecipient, ...]
    processors: tuple[Processor, ...]
    retention: tuple[RetentionEntry, ...]
    security: tuple[str, ...]
    numbers: tuple[ProcessingNumber, ...]


NOT_IN_DIGEST = ("made_at", "sha256", "numbers")


def processing_record(*, caller: Caller) -> ProcessingRecord:
    """Return the records of processing of the caller's tenant. Raises AccessRefused."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        tenant = Tenant.objects.get(id=caller.tenant_id)
        purposes = _purposes()
        record = ProcessingRecord(
            made_at=datetime.now(UTC),
            sha256="",
            controller=Controller(tenant.name, tenant.jurisdiction, tenant.contact, tenant.dpo_contact),
            purposes=purposes,
            recipients=_recipients(),
            processors=processors(),
            retention=_retention(),
            security=SECURITY,
            numbers=_numbers(),
        )
        grant.record(n_items=len(purposes))
    return replace(record, sha256=digest(asdict(record)))


def digest(record: Mapping[str, object]) -> str:
    """Return the SHA-256 (hex) of the canonical JSON: sorted keys, no spaces, UTF-8.

    It takes the record as JSON has it, too.
    """
    said = {name: value for name, value in record.items() if name not in NOT_IN_DIGEST}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def processors() -> tuple[Processor, ...]:
    """Return the processors that this installation sends text to: none, unless a provider is configured."""
    host = urlsplit(settings.OPENAI_BASE_URL).hostname or "" if settings.OPENAI_BASE_URL else OPENAI
    tasks = (
        ("finds facts in conversations", settings.MEMSTORE_EXTRACTOR, settings.MEMSTORE_LLM_MODEL),
        ("makes embeddings of texts", settings.MEMSTORE_EMBEDDER, settings.MEMSTORE_EMBEDDING_MODEL),
    )
    third_country = "to be stated by the controller"
    return tuple(Processor(task, host, model, third_country) for task, kind, model in tasks if kind == "openai")


def _purposes() -> tuple[ProcessingPurpose, ...]:
    """Return the latest version of each purpose, by name."""
    versions = PurposeVersion.objects.select_related("purpose").order_by("purpose__name", "version")
    latest = {version.purpose_id: version for version in versions}
    names = {purpose_id: version.purpose.name for purpose_id, version in latest.items()}
    read_for: dict[UUID, list[str]] = {}
    for source, target in Compatibility.objects.filter(ended_at=None).values_list("source_id", "target_id"):
        read_for.setdefault(target, []).append(names[source])
    return tuple(_purpose(version, sorted(read_for.get(purpose_id, ()))) for purpose_id, version in latest.items())


def _purpose(version: PurposeVersion, read_for_it: list[str]) -> ProcessingPurpose:
    handling = {
        "identifiers": version.identifiers,
        "secrets": version.secrets,
        "special": version.special,
        "criminal": version.criminal,
        "unknown": version.unknown,
    }
    refused = {what for what, how in handling.items() if how == Handling.REFUSE.value}
    plain = [DataClass.ORDINARY.value, DataClass.CONFIDENTIAL.value]
    return ProcessingPurpose(
        name=version.purpose.name,
        version=version.version,
        lawful_basis=version.lawful_basis,
        article9_condition=version.article9_condition,
        criminal_authority=version.criminal_authority,
        dpia_reference=version.dpia_reference,
        data_subjects=("users of the assistant", "people in conversations not yet known") if version.personal else (),
        data_categories=(*plain, *(what for what in handling if what not in {*refused, "unknown"})),
        handling=handling,
        read_for_it=tuple(read_for_it),
        direct_marketing=version.direct_marketing,
        usable_for_decision=version.usable_for_decision,
        review_first=version.review_first,
        memories_days=version.ceiling_days,
        sources_days=version.source_days,
    )


def _recipients() -> tuple[ProcessingRecipient, ...]:
    rows = Recipient.objects.filter(ended_at=None).order_by("name")
    return tuple(ProcessingRecipient(row.name, row.address, row.kind, row.exempt) for row in rows)


def _retention() -> tuple[RetentionEntry, ...]:
    names = dict(Purpose.objects.values_list("id", "name"))
    entries = [
        RetentionEntry(
            name=row.name,
            kind=row.kind,
            days=row.days,
            anchor=row.anchor,
            authority=row.authority,
            purpose=names.get(row.purpose_id, "") if row.purpose_id else "",
            data_class=row.data_class,
            one_person=row.subject_id is not None,
        )
        for row in rules_in_force()
    ]
    return tuple(sorted(entries, key=astuple))


def _numbers() -> tuple[ProcessingNumber, ...]:
    """Return the number of subjects by kind, without erased ones, and of claimed keys that are not revoked."""
    kinds = Subject.objects.known().values_list("kind").annotate(n=Count("id"))
    keys = ApiKey.objects.filter(secret_sha256__isnull=False, revoked_at=None).count()
    subjects = dict(kinds)
    return (
        *(ProcessingNumber(f"subjects: {kind}", subjects.get(kind.value, 0)) for kind in SubjectKind),
        ProcessingNumber("api keys in use", keys),
    )
