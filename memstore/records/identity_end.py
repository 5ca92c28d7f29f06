"""The end of identities: with the last thing that is kept about somebody, or that came through an agent, app or run.

Three ways lead here. What the application itself took away is looked at right after the commit (`note_loose`). The
erasure of a person looks at what their rows came through before its scan. And the sweep goes through all identities
there are: it finds what was never needed, what a crash left, and whom a link, a request or a choice made known who was
never met. The sweep alone goes by what is missing in the data database, which somebody may have emptied: so it
notes in the keys database since when nothing needs an identity, and ends it MEMSTORE_IDENTITY_DAYS later.

Whoever writes a row that names an agent, app or run holds its identity meanwhile (`hold_refs`), and whoever ends one
holds it alone: PostgreSQL decides who was first, and the second sees it.
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
from memstore.models import Job, Memory, Source
from memstore.records.identity_references import FOR_EVER, THROUGH, kept_until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

log = logging.getLogger(__name__)

_HOLD = "SELECT pg_advisory_xact_lock_shared(hashtextextended(named::text, 16)) FROM unnest(%s::uuid[]) AS named"
_HOLD_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s::uuid::text, 16))"


def hold_refs(tenant_id: UUID, ids: Iterable[UUID]) -> None:
    """Hold these identities until the transaction ends: none of them ends before what names it is there.

    Raises FactsMoved when one has ended since it was looked up: it is to be met anew.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [wanted])
    if set(wanted) - identities_there(tenant_id, wanted):
        raise FactsMoved


def named_by(*rows: QuerySet[Memory] | QuerySet[Source]) -> set[UUID]:
    """Whom and what these rows name: whose they are, and what they came through."""
    found: set[UUID] = set()
    for some in rows:
        for named in some.order_by().values_list("subject_id", *THROUGH).distinct():
            found |= {one for one in named if one is not None}
    return found


def note_loose(tenant_id: UUID, ids: Iterable[UUID]) -> None:
    """What rows named that go in this transaction: looked at once it has committed."""
    wanted = frozenset(ids)
    if wanted:
        transaction.on_commit(partial(_end_what_is_loose, tenant_id, wanted), robust=True)


def _end_what_is_loose(tenant_id: UUID, ids: frozenset[UUID]) -> None:
    end_identities(tenant_id, ids)


def end_identities(tenant_id: UUID, ids: Iterable[UUID]) -> int:
    """End those that nothing needs any more; how many. Each in a transaction of its own. Safe to repeat."""
    with tenant_context(tenant_id):
        loose = _unneeded(ids, now := datetime.now(UTC))
    return sum(_end(tenant_id, one, now) for one in sorted(loose))


def unneeded(tenant_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
    """Those of `ids` that nothing needs. Inside the tenant's context."""
    return _unneeded(ids, datetime.now(UTC))


def end_unneeded(tenant_id: UUID, now: datetime | None = None) -> int:
    """The sweep's part: identities that nothing has needed for MEMSTORE_IDENTITY_DAYS, by both databases.

    Of a large tenant a part at a time, all of them within some hours.
    """
    moment = now or datetime.now(UTC)
    since = some_identities(tenant_id, moment)
    with tenant_context(tenant_id):
        until = kept_until(since, moment)
    # What is kept for a time only is on its way out already: the two periods run side by side.
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
    """Under the lock of everybody who would write about it, and after another look. False when it is needed again."""
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
        end_identity(tenant_id, identity_id)  # while it is held alone: nobody names it in between
    return True


def _entomb(subject: Subject) -> None:
    """Whoever comes with the external id from here on is somebody new. The row is locked."""
    for label, rule in RULES.items():
        if rule.fate is Fate.DELETE and rule.subject and not rule.purpose:
            model = apps.get_model(label)
            model._default_manager.filter(**{rule.subject: subject.id}).delete()  # noqa: SLF001 - documented by Django
    Job.objects.filter(subject_id=subject.id).update(subject_id=None)  # what came of a call is still to be asked for
    if subject.state != SubjectState.ERASED.value:
        subject.state, subject.minor_until = SubjectState.ERASED.value, None
        subject.generation += 1
        subject.save(update_fields=["state", "generation", "minor_until"])
        moved(subject)


def ended_without_erasure(subject_id: UUID) -> bool:
    """Whether nobody asked for it: the last thing about them went, and they are met anew. In the tenant's context."""
    return not Erasure.objects.filter(subject_id=subject_id).exists()
