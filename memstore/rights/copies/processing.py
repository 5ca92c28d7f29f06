"""Information of Article 15(1)(a) to (h) and 15(3): why, to whom, how long, from where, and who looked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Count
from django.db.models.functions import TruncDate

from governance.accountability.accounting_of_disclosures import SIX_YEARS, disclosure_lines
from governance.accountability.period import Period
from governance.accountability.purpose_names import purpose_names
from governance.accountability.read_events import READING_WORDS
from governance.models import AuditEvent, ConsentEvent, Objection, PurposeVersion, SubjectPurpose, Tenant
from governance.vocabulary import ReasonCode
from memstore.rights.copies.occurrences import forgotten_wordings

if TYPE_CHECKING:
    from memstore.rights.copies.gather import KeptData

BY = {"api_key": "the assistant", "subject": "you, in the portal", "system": "whoever held your link or receipt"}
RIGHTS = (
    "to have what is wrong corrected (Art. 16)",
    "to have it erased (Art. 17)",
    "to have its use restricted (Art. 18)",
    "to object where it rests on a public task or on legitimate interests, and always to direct marketing (Art. 21)",
    "to take consent back at any time, as easily as it was given (Art. 7(3))",
    "to receive what you provided in a form that machines read (Art. 20)",
    "to complain to a data protection authority (Art. 77)",
)


def processing(kept: KeptData) -> dict[str, object]:
    """Return the information for `processing.json` and the page, without names of staff (C-579/21).

    Inside the tenant's context.
    """
    now = datetime.now(UTC)
    tenant = Tenant.objects.get(id=kept.tenant_id)
    period = Period(now - SIX_YEARS, now)
    return {
        "controller": {
            "name": tenant.name,
            "contact": tenant.contact,
            "data_protection_officer": tenant.dpo_contact,
        },
        "made_at": now.isoformat(),
        "purposes": _purposes(kept),
        "recipients": [
            {
                "name": line.recipient,
                "address": line.address,
                "kind": line.kind,
                "purpose": line.purpose,
                "what": list(line.descriptions),
                "first": line.first_at.isoformat(),
                "last": line.last_at.isoformat(),
                "times": line.disclosures,
            }
            for line in disclosure_lines(kept.subject.id, period, now, with_exempt=True)
        ],
        "consultations": _consultations(kept, period),
        "consents": _consents(kept),
        "forgotten_wordings": forgotten_wordings(kept.subject.id, kept.purposes),
        "rights": list(RIGHTS),
        "how_facts_are_found": (
            "What you say to the assistant is kept word for word, or a program finds the facts in it and notes who"
            " said them, how sure it is, and whether they were stated, observed or inferred."
        ),
    }


def _purposes(kept: KeptData) -> list[dict[str, object]]:
    newest: dict[object, PurposeVersion] = {}
    for version in PurposeVersion.objects.order_by("version"):
        newest[version.purpose_id] = version
    standings = {row.purpose_id: row for row in SubjectPurpose.objects.filter(subject_id=kept.subject.id)}
    objected = set(Objection.objects.filter(subject_id=kept.subject.id).values_list("purpose_id", flat=True))
    now = datetime.now(UTC)
    shown: list[dict[str, object]] = []
    for purpose_id, name in sorted(kept.purposes.items(), key=lambda pair: pair[1]):
        terms, standing = newest.get(purpose_id), standings.get(purpose_id)
        if terms is None or not terms.personal:
            continue
        consented = standing is not None and standing.consent_until is not None and standing.consent_until > now
        shown.append(
            {
                "purpose": name,
                "lawful_basis": terms.lawful_basis,
                "article9_condition": terms.article9_condition or None,
                "kept_for_days": terms.ceiling_days,
                "messages_kept_for_days": terms.source_days,
                "automated_decisions": terms.usable_for_decision,
                "consent_given": consented if terms.lawful_basis == "consent" else None,
                "objected": purpose_id in objected,
                "restricted": standing is not None and standing.restricted_at is not None,
            }
        )
    return shown


def _consultations(kept: KeptData, period: Period) -> list[dict[str, object]]:
    """Return the consultations by day, purpose and kind of actor, without naming employees (C-579/21)."""
    rows = (
        AuditEvent.objects.filter(
            subject_id=kept.subject.id,
            at__gte=period.since,
            at__lt=period.until,
            type__in=READING_WORDS,
            reason=ReasonCode.ALLOWED.value,
        )
        .annotate(day=TruncDate("at"))
        .values("day", "purpose_version_id", "role")
        .annotate(times=Count("id"))
        .order_by("day", "role")
    )
    found = list(rows)
    names = purpose_names(row["purpose_version_id"] for row in found)
    shown: list[dict[str, object]] = [
        {
            "day": row["day"].isoformat(),
            "purpose": names.get(row["purpose_version_id"]),
            "by": BY.get(row["role"], "a member of staff"),
            "times": row["times"],
        }
        for row in found
    ]
    return shown


def _consents(kept: KeptData) -> list[dict[str, object]]:
    rows = ConsentEvent.objects.filter(subject_id=kept.subject.id).order_by("sequence")
    return [
        {
            "purpose": kept.purposes.get(row.purpose_id, ""),
            "action": row.action,
            "at": row.happened_at.isoformat(),
            "recorded_at": row.created_at.isoformat(),
            "channel": row.channel,
            "given_by": row.given_by,
        }
        for row in rows
    ]
