"""Identity map: from the external id, as an assistant uses it, to a random id, and back.

Every function that looks an external id up raises InvalidChange for text that is no id, and KeyUnavailable or
WrongRootKey when the tenant's lookup key cannot be opened.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db.models.functions import Now

from governance.errors import KeyDamaged, Unopenable
from governance.expiring_cache import ExpiringCache
from governance.guard.alarms import report_damage
from governance.keyring.keys import drop_sealers, identity_sealer, lookup_sealer
from governance.keyring.models import DataKey, Identity, KeyUse
from governance.keyring.normalized_ids import skeleton
from governance.keyring.sealing import Field, pad, unpad
from governance.policy.external_ids import external_id as cleaned
from governance.policy.external_ids import field_of
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from governance.vocabulary import SubjectKind

ID_BUCKET = 64
ALL_AT_ONCE, PART_SECONDS = 2_000, 30

_found: ExpiringCache[tuple[UUID, bytes], UUID] = ExpiringCache(20_000)


def find_identity(tenant_id: UUID, kind: SubjectKind, external_id: str, *, evenly: bool = False) -> UUID | None:
    """Return the random id that stands for `external_id`, or None when it is not known.

    `evenly`: ask the database even for an id that this process has cached, so that a known id takes as long as an
    unknown one.
    """
    lookup = _lookup(tenant_id, kind, external_id)
    cached = None if evenly else _found.get((tenant_id, lookup))
    if cached is not None:
        return cached
    with tenant_context(tenant_id, using="keys"):
        found = Identity.objects.filter(kind=kind.value, lookup=lookup).values_list("id", flat=True).first()
    if found is not None:
        _found.put((tenant_id, lookup), found)
    return found


def enrol_identity(tenant_id: UUID, kind: SubjectKind, external_id: str) -> UUID:
    """Return the random id that stands for `external_id`, made (with its key) when it is not known yet.

    Safe against races.
    """
    external_id = cleaned(external_id, field_of(kind))
    found = find_identity(tenant_id, kind, external_id)
    if found is not None:
        return found
    lookup = _lookup(tenant_id, kind, external_id)
    new_id = uuid4()
    sealer = identity_sealer(tenant_id=tenant_id, subject_id=new_id, create=True)
    sealed = sealer.seal(Field.IDENTITY, new_id, 1, pad(external_id.encode(), ID_BUCKET))
    with tenant_context(tenant_id, using="keys"):
        Identity.objects.bulk_create(
            [_identity(new_id, tenant_id, kind, external_id, sealed)],
            ignore_conflicts=True,
        )
        # After a lost race this is the winner's id; the key made here is harmless and stays.
        kept = Identity.objects.filter(kind=kind.value, lookup=lookup).values_list("id", flat=True).get()
    _found.put((tenant_id, lookup), kept)
    return kept


def enrol_evenly(tenant_id: UUID, kind: SubjectKind, external_id: str) -> UUID:
    """Return what `enrol_identity` returns, by the same statements for a known and an unknown id.

    So the time of the answer does not tell the one from the other.
    """
    external_id = cleaned(external_id, field_of(kind))
    lookup = _lookup(tenant_id, kind, external_id)
    new_id = uuid4()
    sealer = identity_sealer(tenant_id=tenant_id, subject_id=new_id, create=True)
    sealed = sealer.seal(Field.IDENTITY, new_id, 1, pad(external_id.encode(), ID_BUCKET))
    with tenant_context(tenant_id, using="keys"):
        Identity.objects.bulk_create(
            [_identity(new_id, tenant_id, kind, external_id, sealed)],
            ignore_conflicts=True,
        )
        kept = Identity.objects.filter(kind=kind.value, lookup=lookup).values_list("id", flat=True).get()
        DataKey.objects.filter(subject_id=new_id).exclude(subject_id=kept).delete()
    return kept


def stands_for(tenant_id: UUID, identity: UUID, names: Mapping[SubjectKind, str]) -> bool:
    """Return whether one of `names` is the external id behind `identity`.

    Reads that row and no other.
    """
    with tenant_context(tenant_id, using="keys"):
        kept = Identity.objects.filter(id=identity).values_list("kind", "lookup").first()
    if kept is None:
        return False
    kind, lookup = kept
    given = [_lookup(tenant_id, named, external) for named, external in names.items() if named.value == kind]
    return any(compare_digest(one, bytes(lookup)) for one in given)


def close_identity(tenant_id: UUID, subject_id: UUID) -> bool:
    """Delete the identity: the last way from the external id to `subject_id`.

    False when it is closed already.
    """
    with tenant_context(tenant_id, using="keys"):
        deleted, _ = Identity.objects.filter(id=subject_id).delete()
    for key, found in _found.items():
        if found == subject_id:
            _found.drop(key)
    return bool(deleted)


def end_identity(tenant_id: UUID, identity_id: UUID) -> bool:
    """Destroy the external id and the key that it was sealed under. False when it has ended already.

    Keys of purposes stay: nothing is left that they open, and ciphertext in a backup of the data ends with that backup.
    """
    with tenant_context(tenant_id, using="keys"):
        DataKey.objects.filter(subject_id=identity_id, use=KeyUse.IDENTITY).delete()
    drop_sealers(tenant_id, identity_id)
    return close_identity(tenant_id, identity_id)


def identities_there(tenant_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
    """Return those of `ids` that have not ended, as the database has them.

    This process drops what it had cached of the others.
    """
    wanted = set(ids)
    with tenant_context(tenant_id, using="keys"):
        found = set(Identity.objects.filter(id__in=wanted).values_list("id", flat=True))
    ended = wanted - found
    for key, identity in _found.items() if ended else ():
        if identity in ended:
            _found.drop(key)
    return found


def some_identities(tenant_id: UUID, now: datetime) -> dict[UUID, datetime | None]:
    """Return identities, each with the moment since when it is noted as unneeded (None: needed).

    All of a tenant with at most ALL_AT_ONCE, else one part of 256, chosen by the clock. Ids are random, so the parts
    are alike; all of them take a little over two hours.
    """
    with tenant_context(tenant_id, using="keys"):
        rows = Identity.objects.order_by("id")
        found = dict(rows.values_list("id", "unneeded_since")[: ALL_AT_ONCE + 1])
        if len(found) <= ALL_AT_ONCE:
            return found
        part = int(now.timestamp() // PART_SECONDS) % 256
        low, high = UUID(int=part << 120), UUID(int=((part + 1) << 120) - 1)
        return dict(rows.filter(id__gte=low, id__lte=high).values_list("id", "unneeded_since"))


def note_unneeded(tenant_id: UUID, unneeded: Iterable[UUID], needed: Iterable[UUID]) -> None:
    """Note since when identities are unneeded.

    One that is needed again loses the note, so a later one begins anew.
    """
    with tenant_context(tenant_id, using="keys"):
        Identity.objects.filter(id__in=list(unneeded), unneeded_since=None).update(unneeded_since=Now())
        Identity.objects.filter(id__in=list(needed), unneeded_since__isnull=False).update(unneeded_since=None)


def reveal_identities(tenant_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the external ids behind random ids.

    Ids without an identity, or with a damaged one, are left out; damage raises the alarm.
    """
    with tenant_context(tenant_id, using="keys"):
        rows = list(Identity.objects.filter(id__in=list(ids)))
    found: dict[UUID, str] = {}
    for row in rows:
        try:
            sealer = identity_sealer(tenant_id=tenant_id, subject_id=row.id)
            found[row.id] = unpad(sealer.unseal(Field.IDENTITY, row.id, 1, bytes(row.sealed))).decode()
        except (Unopenable, KeyDamaged, UnicodeDecodeError):
            report_damage(tenant_id, [row.id], subject_id=row.id)
    return found


def identities_like(tenant_id: UUID, kind: SubjectKind, external_id: str, *, most: int) -> list[UUID]:
    """Return the random ids of near duplicates, `external_id` itself among them: at most `most` + 1.

    Near duplicates have the same normalised id. `external_id` is taken as it is given, and not checked.
    """
    with tenant_context(tenant_id, using="keys"):
        found = Identity.objects.filter(kind=kind.value, skeleton=_skeleton(tenant_id, kind, external_id))
        return list(found.order_by("id").values_list("id", flat=True)[: most + 1])


def forget_identity_cache(tenant_id: UUID, kind: SubjectKind, external_id: str) -> None:
    _found.drop((tenant_id, _lookup(tenant_id, kind, external_id)))


def _identity(new_id: UUID, tenant_id: UUID, kind: SubjectKind, external_id: str, sealed: bytes) -> Identity:
    return Identity(
        id=new_id,
        tenant_id=tenant_id,
        kind=kind.value,
        lookup=_lookup(tenant_id, kind, external_id),
        skeleton=_skeleton(tenant_id, kind, external_id),
        sealed=sealed,
    )


def _skeleton(tenant_id: UUID, kind: SubjectKind, external_id: str) -> bytes:
    said = skeleton(external_id).encode()
    return lookup_sealer(tenant_id).mac(b"skeleton " + kind.value.encode(), said)


def _lookup(tenant_id: UUID, kind: SubjectKind, external_id: str) -> bytes:
    """Return the HMAC by which the identity of an external id is found.

    The only way from the one to the other, so text that is no id finds and makes no identity. Raises InvalidChange.
    """
    known = cleaned(external_id, field_of(kind))
    return lookup_sealer(tenant_id).mac(b"identity " + kind.value.encode(), known.encode())
