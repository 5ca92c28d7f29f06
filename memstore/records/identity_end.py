"""The end of identities: an identity ends with the last row that names its person, agent, app or run.

Three ways lead here. After a deletion, the identities that the rows named are checked right after the commit
(`note_loose`). The erasure of a person checks what the person's rows came through, before its scan. The sweep goes
through all identities: it finds those that were never needed, those that a crash left, and those that a link, a request
or a choice made known and no memory ever named. The sweep alone relies on what is missing in the data database, which
an attacker may have emptied: so it notes in the keys database since when nothing needs an identity, and ends it
MEMSTORE_IDENTITY_DAYS later.

A writer of rows that name an agent, app or run shares a lock on its identity meanwhile (`hold_refs`); the end of an
identity takes that lock alone. PostgreSQL decides which was first, and the second sees it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from governance.errors import FactsMoved
from governance.evidence.ledger.protections import protect
from governance.guard.authorize import authorize, system_caller
from governance.keyring.identities import end_identity, identities_there, note_unneeded, some_identities
from governance.models import Erasure, ProtectionKind, Subject
from governance.subjects.subject_lock import moved
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, SubjectKind, SubjectState, SystemJob
from memstore.erasure_rules import RULES, Fate
from memstore.models import ForgottenWording, Job
from memstore.records.identity_references import FOR_EVER, THROUGH, kept_until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from memstore.models import Memory, Sighting, Source

log = logging.getLogger(__name__)

_HOLD = "SELECT pg_advisory_xact_lock_shared(hashtextextended(named::text, 16)) FROM unnest(%s::uuid[]) AS named"
_HOLD_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s::uuid::text, 16))"


def hold_refs(tenant_id: UUID, ids: Iterable[UUID]) -> None:
    """Share the locks of these identities until the transaction ends.

    So none of them ends before the rows that name it exist.

    Raises FactsMoved when one has ended since it was looked up: the caller enrols it anew.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [wanted])
    if set(wanted) - identities_there(tenant_id, wanted):
        raise FactsMoved


def named_by(*rows: QuerySet[Memory] | QuerySet[Sighting] | QuerySet[Source]) -> set[UUID]:
    """Return the ids that these rows name: their subjects, and the agents, apps and runs that they came through."""
    found: set[UUID] = set()
    for some in rows:
        for named in some.order_by().values_list("subject_id", *THROUGH).distinct():
            found |= {one for one in named if one is not None}
    return found


def note_loose(tenant_id: UUID, ids: Iterable[UUID]) -> None:
    """End, once this transaction has committed, those of `ids` that no row needs any more."""
    wanted = frozenset(ids)
    if wanted:
        transaction.on_commit(partial(_end_what_is_loose, tenant_id, wanted), robust=True)


def _end_what_is_loose(tenant_id: UUID, ids: frozenset[UUID]) -> None:
    end_identities(tenant_id, ids)


def end_identities(tenant_id: UUID, ids: Iterable[UUID]) -> int:
    """End those of `ids` that no row needs. Return how many. Each ends in a transaction of its own; safe to repeat."""
    with tenant_context(tenant_id):
        loose = _unneeded(ids, now := datetime.now(UTC))
    return sum(_end(tenant_id, one, now) for one in sorted(loose))


def unneeded(tenant_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of `ids` that no row needs. The caller is in the tenant's context."""
    return _unneeded(ids, datetime.now(UTC))


def end_unneeded(tenant_id: UUID, now: datetime | None = None) -> int:
    """End identities that no row of either database has needed for MEMSTORE_IDENTITY_DAYS. Return how many.

    Called by the sweep. A large tenant is done a part at a time, all of it within some hours.
    """
    moment = now or datetime.now(UTC)
    since = some_identities(tenant_id, moment)
    with tenant_context(tenant_id):
        until = kept_until(since, moment)
    # What is kept for a time only is about to end already: the two periods run at the same time.
    on_the_way = {one for one in since if until.get(one, moment) < FOR_EVER}
    note_unneeded(tenant_id, on_the_way, set(since) - on_the_way)
    long_ago = moment - timedelta(days=settings.MEMSTORE_IDENTITY_DAYS)
    over = [one for one, at in since.items() if at is not None and at <= long_ago and until.get(one, moment) <= moment]
    return sum(_end(tenant_id, one, moment) for one in sorted(over))


def _unneeded(ids: Iterable[UUID], now: datetime) -> set[UUID]:
    wanted = set(ids)
    until = kept_until(wanted, now)
    return {one for one in wanted if until.get(one, now) <= now}


def _end(tenant_id: UUID, identity_id: UUID, now: datetime) -> bool:
    """End one identity, under the locks of all who write about it. Return False if it is needed again."""
    grant = authorize(caller=system_caller(tenant_id, SystemJob.SWEEP), action=Action.EXPIRE)
    with grant.effect():
        subject = Subject.objects.select_for_update(no_key=True).filter(id=identity_id).first()
        with connection.cursor() as cursor:
            cursor.execute(_HOLD_ALONE, [identity_id])
        if not _unneeded([identity_id], now) or not identities_there(tenant_id, [identity_id]):
            return False
        if subject is not None:
            _entomb(subject)
        protect(
            ProtectionKind.ERASE,
            tenant_id=tenant_id,
            subject_id=identity_id,
            subject_kind=SubjectKind(subject.kind) if subject is not None else None,
            effect={"generation": subject.generation} if subject is not None else None,
        )
        grant.record_under_lock(subject_id=identity_id, object_id=identity_id, n_items=1)
        end_identity(tenant_id, identity_id)  # while it is locked alone: no row names it in between
    return True


def _entomb(subject: Subject) -> None:
    """Mark the subject erased: a caller with its external id gets a new subject. The caller has locked the row."""
    for label, rule in RULES.items():
        if rule.fate is Fate.DELETE and rule.subject and not rule.purpose:
            model = apps.get_model(label)
            model._default_manager.filter(**{rule.subject: subject.id}).delete()  # noqa: SLF001 - documented by Django
    ForgottenWording.objects.filter(subject_id=subject.id).delete()
    Job.objects.filter(subject_id=subject.id).update(subject_id=None)  # the outcome of a call can still be asked for
    if subject.state != SubjectState.ERASED.value:
        subject.state, subject.minor_until = SubjectState.ERASED.value, None
        subject.generation += 1
        subject.save(update_fields=["state", "generation", "minor_until"])
        moved(subject)


def ended_without_erasure(subject_id: UUID) -> bool:
    """Return whether the subject ended with its last row, without an erasure. The caller is in the tenant's context.

    Its external id is then enrolled anew.
    """
    return not Erasure.objects.filter(subject_id=subject_id).exists()
