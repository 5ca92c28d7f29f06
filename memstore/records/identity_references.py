"""Columns that hold the random id of an identity, and until when a row of each keeps that identity known.

An identity joins the external id of a person, agent, app or run to a random id. It is needed while a row says more than
that it once existed; which rows those are is written here and nowhere else (`test_references`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db.models import Q

from governance.models import ENDED, UNFINISHED, Tenant
from governance.rights.link_issuers import REMEMBERED
from governance.vocabulary import SubjectState
from memstore.models import UNFINISHED_JOBS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from django.db.models import Model, QuerySet

THROUGH = ("agent_ref", "app_ref", "run_ref")
FOR_EVER = datetime.max.replace(tzinfo=UTC)
# Disclosures of so long ago are accounted for to the person who asks (45 CFR 164.528(a)(1)).
ACCOUNTED = timedelta(days=6 * 366)


class Keeps(StrEnum):
    """Effect of a row on the identity that it names."""

    KEEPS = "keeps"  # while it is there
    FOR_A_TIME = "for_a_time"  # as `_for_a_time` says
    EVIDENCE = "evidence"  # nothing: it stays under the random id, which then leads nowhere
    ITSELF = "itself"  # it is the identity


# Model and column. Keys of one person go with the person, or with the purpose; they keep no identity known.
REFERENCES: dict[tuple[str, str], Keeps] = {
    **{("memstore.Memory", ref): Keeps.KEEPS for ref in (*THROUGH, "subject_id")},
    **{("memstore.Source", ref): Keeps.KEEPS for ref in (*THROUGH, "subject_id")},
    **{("memstore.Sighting", ref): Keeps.KEEPS for ref in (*THROUGH, "subject_id")},
    ("memstore.Card", "subject_id"): Keeps.EVIDENCE,  # it goes with its memory
    ("memstore.Slot", "subject_id"): Keeps.EVIDENCE,  # it goes with its memory
    ("memstore.Replacement", "subject_id"): Keeps.EVIDENCE,  # it goes with its memories
    ("memstore.RaisedStatement", "subject_id"): Keeps.EVIDENCE,  # it goes with its memory
    ("memstore.ForgottenWording", "subject_id"): Keeps.EVIDENCE,  # it goes with the identity, before its own end
    ("memstore.Job", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.ApiKey", "pinned_subject"): Keeps.FOR_A_TIME,
    ("governance.ApiKey", "pinned_agent"): Keeps.FOR_A_TIME,
    ("governance.LegalHold", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.Retention", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.RightsRequest", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.Erasure", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.SubjectPurpose", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.ConsentEvent", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.Objection", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.PortalLink", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.PortalSitting", "subject_id"): Keeps.EVIDENCE,  # it goes with its link
    ("governance.Disclosure", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.AccountingSuspension", "subject_id"): Keeps.FOR_A_TIME,
    ("governance.Subject", "id"): Keeps.FOR_A_TIME,
    ("governance.BreakGlass", "subject_id"): Keeps.EVIDENCE,
    ("governance.AuditEvent", "subject_id"): Keeps.EVIDENCE,
    ("governance.Protection", "subject_id"): Keeps.EVIDENCE,
    ("keyring.UnwrapCount", "subject_id"): Keeps.EVIDENCE,
    ("keyring.DataKey", "subject_id"): Keeps.EVIDENCE,
    ("keyring.Identity", "id"): Keeps.ITSELF,
}


@dataclass(frozen=True, slots=True)
class _Timed:
    """Rows of `label` that keep the identity in `column`: until the column `until`, or (None) while they exist."""

    label: str
    column: str
    rows: Q
    until: str | None = None
    more: timedelta = timedelta(0)


def kept_by_rows(ids: Iterable[UUID]) -> set[UUID]:
    """Return those of `ids` that a memory or source names, as its subject or as what it came through."""
    left = set(ids)
    kept: set[UUID] = set()
    for (label, column), keeps in REFERENCES.items():
        if keeps is Keeps.KEEPS and left:
            kept |= set(_named(label, column, left).values_list(column, flat=True).distinct())
            left -= kept
    return kept


def kept_until(ids: Iterable[UUID], now: datetime) -> dict[UUID, datetime]:
    """Return until when each of `ids` must be known, without those that no row keeps. Inside the tenant's context.

    FOR_EVER: while a row exists that has no end of its own. A row that only records a choice or a request keeps an
    identity for MEMSTORE_IDENTITY_DAYS after its own end.
    """
    wanted = set(ids)
    found = dict.fromkeys(kept_by_rows(wanted), FOR_EVER)
    left = wanted - set(found)
    if not left:
        return found
    for one in _for_a_time(now):
        rows = _named(one.label, one.column, left).filter(one.rows)
        for identity, until in rows.values_list(one.column, one.until or one.column):
            end = _end(until) + one.more if one.until else FOR_EVER
            found[identity] = max(found.get(identity, end), end)
    return found


def _named(label: str, column: str, ids: Iterable[UUID]) -> QuerySet[Model]:
    rows: QuerySet[Model] = apps.get_model(label)._default_manager.all()  # noqa: SLF001 - documented by Django
    return rows.filter(**{f"{column}__in": list(ids)})


def _end(until: object) -> datetime:
    """Return a date's last moment (UTC), or the moment itself, kept clear of the end of the calendar."""
    if isinstance(until, datetime):
        return min(until, FOR_EVER - timedelta(days=40_000))
    assert until is not None  # noqa: S101 - the rows are those that have it
    return datetime.combine(until, time.max, UTC)  # type: ignore[arg-type]  # a date


def _for_a_time(now: datetime) -> Iterator[_Timed]:
    """Yield the rows that keep an identity: first those open or in force, then those that keep it for a time."""
    after = timedelta(days=settings.MEMSTORE_IDENTITY_DAYS)
    yield _Timed("memstore.Job", "subject_id", Q(status__in=UNFINISHED_JOBS))
    for pin in ("pinned_subject", "pinned_agent"):
        yield _Timed("governance.ApiKey", pin, Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now)))
    yield _Timed(
        "governance.LegalHold", "subject_id", Q(release_approved_at=None) & (Q(until_at=None) | Q(until_at__gt=now))
    )
    yield _Timed("governance.Retention", "subject_id", Q(end_approved_at=None))
    yield _Timed("governance.RightsRequest", "subject_id", ~Q(state__in=ENDED))
    yield _Timed("governance.Erasure", "subject_id", Q(state__in=UNFINISHED))
    yield _Timed("governance.Subject", "id", Q(state=SubjectState.RESTRICTED.value))
    yield _Timed("governance.Subject", "id", Q(minor_until__gt=now.date()), "minor_until")
    yield _Timed("governance.SubjectPurpose", "subject_id", Q(restricted_at__isnull=False))
    yield _Timed("governance.SubjectPurpose", "subject_id", Q(consent_until__gt=now), "consent_until", after)
    yield _Timed(
        "governance.SubjectPurpose", "subject_id", Q(contract_ended_on__isnull=False), "contract_ended_on", after
    )
    yield _Timed("governance.ConsentEvent", "subject_id", Q(), "created_at", after)
    yield _Timed("governance.Objection", "subject_id", Q(), "made_at", after)
    yield _Timed("governance.Objection", "subject_id", Q(settled_at__isnull=False), "settled_at", after)
    yield _Timed("governance.PortalLink", "subject_id", Q(), "expires_at", REMEMBERED + after)
    # The file of a request says who asked for as long as it is there: until then they are found under their id.
    file_days = Tenant.objects.values_list("request_file_days", flat=True).first() or 0
    files = timedelta(days=file_days)
    yield _Timed(
        "governance.RightsRequest", "subject_id", ~Q(sealed=b"") & Q(closed_at__isnull=False), "closed_at", files
    )
    yield _Timed("governance.RightsRequest", "subject_id", Q(closed_at__isnull=False), "closed_at", after)
    yield _Timed("governance.Disclosure", "subject_id", Q(), "at", ACCOUNTED)
    yield _Timed("governance.AccountingSuspension", "subject_id", Q(), "until", after)
