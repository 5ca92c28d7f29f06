"""Age at which a child may consent alone to an online service (GDPR Article 8(1)): 16, or less by national law."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from governance.errors import InvalidChange
from governance.models import ConsentAction, ConsentEvent, GivenBy, Subject, SubjectPurpose, Tenant
from governance.policy.consent_age import DEFAULT_AGE, DIGITAL_CONSENT_AGE
from governance.processing.consents import apply_withdrawal
from governance.processing.shred_orders import consent_is_sealed, seal_consent
from governance.subjects.subject_lock import moved

if TYPE_CHECKING:
    from uuid import UUID

    from governance.guard.authorize import Grant

OLDEST_AGE_YEARS = 130


def consents_alone_from(birth_date: date, jurisdiction: str) -> date:
    """Return the day on which a person may consent alone. An unknown jurisdiction gets the strictest age, 16.

    A person born on 29 February reaches it on 1 March of other years.
    """
    year = birth_date.year + DIGITAL_CONSENT_AGE.get(jurisdiction, DEFAULT_AGE)
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def check_birth_date(birth_date: date) -> None:
    """Raise InvalidChange for a date in the future, or more than 130 years back.

    Call it before the person is admitted.
    """
    today = datetime.now(UTC).date()
    if birth_date > today or birth_date.year < today.year - OLDEST_AGE_YEARS:
        raise InvalidChange("birth_date", "expected the date of birth of a living person")


def note_age(*, grant: Grant, subject: Subject, birth_date: date, jurisdiction: str | None) -> tuple[date, list[UUID]]:
    """Record from which day a person consents alone, and end the consents that the child could not give.

    Return that day, and the purposes whose consent has ended. The day is kept, the birthday is not. Call it inside the
    transaction of `memstore.rights.choices.declare_age`, which locks the subject and deletes what was kept under such a
    consent.
    """
    today = datetime.now(UTC).date()
    country = jurisdiction or Tenant.objects.values_list("jurisdiction", flat=True).get(id=subject.tenant_id)
    alone_from = consents_alone_from(birth_date, country)
    subject.minor_until = alone_from
    subject.save(update_fields=["minor_until"])
    ended = _look_again(subject, alone_from) if alone_from > today else []
    moved(subject)
    grant.record_under_lock(subject_id=subject.id, n_items=len(ended))
    return alone_from, ended


def _look_again(subject: Subject, alone_from: date) -> list[UUID]:
    """Judge the recorded consents anew: a child's own never held, a guardian's end when the child may decide alone.

    Return the purposes whose consent has ended.
    """
    limit, ended = datetime.combine(alone_from, time.min, UTC), []
    for standing in SubjectPurpose.objects.filter(subject_id=subject.id, consent_until__isnull=False):
        given = ConsentEvent.objects.filter(
            subject_id=subject.id, purpose_id=standing.purpose_id, action=ConsentAction.GRANT
        ).order_by("-sequence")
        if given.values_list("given_by", flat=True).first() == GivenBy.GUARDIAN:
            if not standing.consent_mac or consent_is_sealed(standing):  # what was altered is not sealed anew
                standing.consent_until = min(standing.consent_until or limit, limit)
                seal_consent(standing)
                standing.save(update_fields=["consent_until", "consent_mac"])
        else:
            apply_withdrawal(subject, standing, None, at=datetime.now(UTC))
            ended.append(standing.purpose_id)
    return ended
