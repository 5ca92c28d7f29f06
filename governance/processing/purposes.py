"""Purposes: created, revised as a new version, and recorded as compatible with one another (Art. 6(4))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from governance.errors import AccessRefused, InvalidChange, NoSuchObject
from governance.guard.authorize import authorize
from governance.guard.facts import latest_versions, purpose_rules, terms_of
from governance.ids import NIL
from governance.models import Compatibility, LooseningKind, Purpose, PurposeVersion
from governance.policy.loosening import OF_TERMS, loosens
from governance.policy.purpose_terms import PurposeTerms, terms_as_json, terms_from_json
from governance.processing.loosening_proposal import loosening_view, propose
from governance.vocabulary import Action, LawfulBasis, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from governance.context import Caller
    from governance.models import Loosening
    from governance.policy.decide import PurposeRule
    from governance.processing.loosening_proposal import LooseningView


@dataclass(frozen=True, slots=True)
class PurposeView:
    """One version of a purpose."""

    id: UUID
    name: str
    version_id: UUID
    version: int
    terms: PurposeTerms
    created_at: datetime
    compatible: tuple[str, ...]  # names of the purposes that are read for this one


@dataclass(frozen=True, slots=True)
class CompatibilityView:
    """A compatibility in force: reading for `target` also sees memories of `source`, for the reason given (Art.

    6(4)).
    """

    id: UUID
    source: str
    target: str
    reason: str
    created_by: UUID
    created_at: datetime


def create_purpose(*, caller: Caller, name: str, terms: PurposeTerms) -> PurposeView:
    """Create a purpose with its first version.

    Raises AccessRefused, InvalidChange (a name that exists, terms that contradict themselves).
    """
    grant = authorize(caller=caller, action=Action.CREATE_PURPOSE)
    with grant.effect():
        terms.check()
        if not name.isprintable() or not 0 < len(name) <= 100 or name != name.strip() or "," in name:  # noqa: PLR2004
            raise InvalidChange("name", "expected 1 to 100 printable characters without a comma")
        try:
            with transaction.atomic():
                purpose = Purpose.objects.create(tenant_id=caller.tenant_id, name=name)
        except IntegrityError:
            raise InvalidChange("name", "there is a purpose of that name", ReasonCode.DUPLICATE) from None
        version = _insert(caller.tenant_id, caller.principal.id, purpose, 1, terms)
        grant.record(object_id=version.id)
    return _view(version, ())


def revise_purpose(*, caller: Caller, name: str, terms: PurposeTerms) -> PurposeView | LooseningView:
    """Add a version, for what is stored from now on. Stored memories keep the version that they came under.

    Terms that loosen anything wait for a second person (`governance.dual_control.approve_loosening`), all of them
    together; then the proposal is returned. Raises AccessRefused, InvalidChange, NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.REVISE_PURPOSE)
    with grant.effect():
        purpose, latest = _revised(name, terms)
        before, after = terms_as_json(terms_of(latest)), terms_as_json(terms)
        looser = loosens(before, after, OF_TERMS)
        if looser:
            waiting = propose(caller, LooseningKind.PURPOSE, before, after, looser, purpose_id=purpose.id)
            grant.record(object_id=waiting.id)
            return loosening_view(waiting)
        version = _insert(caller.tenant_id, caller.principal.id, purpose, latest.version + 1, terms)
        grant.record(object_id=version.id)
    return _view(version, ())


def _revised(name: str, terms: PurposeTerms) -> tuple[Purpose, PurposeVersion]:
    """Return the purpose, locked, and its latest version, after checking that these terms may follow it.

    Raises InvalidChange, NoSuchObject.
    """
    terms.check()
    purpose = Purpose.objects.select_for_update().filter(name=name).first()
    if purpose is None:
        raise NoSuchObject("purpose")
    latest = latest_versions([purpose.id])[purpose.id]
    before = terms_of(latest)
    if before == terms:
        raise InvalidChange("terms", "this is what the purpose says already", ReasonCode.DUPLICATE)
    if before.personal != terms.personal or before.lawful_basis != terms.lawful_basis:
        # Another basis is another purpose: memories and consents of the first do not carry over (Art. 5(1)(b)).
        raise InvalidChange("lawful_basis", "make a new purpose for another basis")
    return purpose, latest


def put_in_force(row: Loosening) -> UUID:
    """Insert the version that a second person has approved, inside their transaction. Return its id.

    Raises AccessRefused(PLAN_CHANGED) when the purpose is not what it was when the version was proposed; InvalidChange,
    NoSuchObject.
    """
    known = Purpose.objects.filter(id=row.purpose_id or NIL).first()
    if known is None:
        raise NoSuchObject("purpose")
    purpose, latest = _revised(known.name, terms_from_json(row.after))
    if terms_as_json(terms_of(latest)) != row.before:
        raise AccessRefused(ReasonCode.PLAN_CHANGED)
    terms = terms_from_json(row.after)
    return _insert(row.tenant_id, row.requested_by, purpose, latest.version + 1, terms).id


def record_compatibility(*, caller: Caller, source: str, target: str, reason: str) -> LooseningView:
    """Propose that memories of `source` may be read for `target` (Art. 6(4)). It waits for a second person.

    Raises AccessRefused, InvalidChange, NoSuchObject.
    """
    grant = authorize(caller=caller, action=Action.RECORD_COMPATIBILITY)
    with grant.effect():
        found = _both(source, target)
        if not reason.strip():
            raise InvalidChange("reason", "say why the two are compatible (Art. 6(4))")
        after = {"source": source, "target": target, "reason": reason.strip()}
        row = propose(caller, LooseningKind.COMPATIBILITY, {}, after, ["compatible"], purpose_id=found[target].id)
        grant.record(object_id=row.id)
    return loosening_view(row)


def _both(source: str, target: str) -> dict[str, Purpose]:
    """Return both purposes by name.

    Raises NoSuchObject, and InvalidChange for a pair that cannot be compatible or is.
    """
    found = {purpose.name: purpose for purpose in Purpose.objects.filter(name__in=[source, target])}
    if source not in found or target not in found:
        raise NoSuchObject("purpose")
    if source == target:
        raise InvalidChange("from_purpose", "a purpose is always compatible with itself")
    if latest_versions([found[source].id])[found[source].id].lawful_basis == LawfulBasis.CONSENT.value:
        raise InvalidChange("from_purpose", "what rests on consent serves no other purpose (Art. 6(4))")
    if Compatibility.objects.filter(source=found[source], target=found[target], ended_at__isnull=True).exists():
        raise InvalidChange("from_purpose", "recorded already", ReasonCode.DUPLICATE)
    return found


def link(row: Loosening) -> UUID:
    """Insert the compatibility that a second person has approved, inside their transaction. Return its id.

    Raises NoSuchObject, InvalidChange.
    """
    found = _both(row.after["source"], row.after["target"])
    try:
        with transaction.atomic():
            made = Compatibility.objects.create(
                tenant_id=row.tenant_id,
                source=found[row.after["source"]],
                target=found[row.after["target"]],
                reason=row.after["reason"],
                created_by=row.requested_by,
            )
    except IntegrityError:
        raise InvalidChange("from_purpose", "recorded already", ReasonCode.DUPLICATE) from None
    return made.id


def end_compatibility(*, caller: Caller, compatibility_id: UUID) -> None:
    """End a compatibility. Raises NoSuchObject."""
    grant = authorize(caller=caller, action=Action.END_COMPATIBILITY, object_id=compatibility_id)
    with grant.effect():
        row = Compatibility.objects.select_for_update().filter(id=compatibility_id, ended_at__isnull=True).first()
        if row is None:
            raise NoSuchObject("compatibility")
        row.ended_at, row.ended_by = datetime.now(UTC), caller.principal.id
        row.save(update_fields=["ended_at", "ended_by"])
        grant.record(object_id=compatibility_id)


def list_purposes(*, caller: Caller) -> list[PurposeView]:
    """Return the latest version of each purpose, by name."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        versions = latest_versions(Purpose.objects.values_list("id", flat=True))
        names = {version.purpose_id: version.purpose.name for version in versions.values()}
        reads: dict[UUID, list[str]] = {}
        for link in Compatibility.objects.filter(ended_at__isnull=True):
            reads.setdefault(link.target_id, []).append(names[link.source_id])
        grant.record(n_items=len(versions))
    found = [_view(version, tuple(sorted(reads.get(purpose, [])))) for purpose, version in versions.items()]
    return sorted(found, key=lambda view: view.name)


def purpose_versions(*, caller: Caller, purpose_id: UUID) -> list[PurposeView]:
    """Return every version of a purpose, newest first, each with what is read for the purpose today.

    Raises NoSuchObject, AccessRefused.
    """
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION, object_id=purpose_id)
    with grant.effect():
        rows = list(PurposeVersion.objects.filter(purpose_id=purpose_id).select_related("purpose").order_by("-version"))
        if not rows:
            raise NoSuchObject("purpose")
        links = Compatibility.objects.filter(target_id=purpose_id, ended_at__isnull=True)
        read = tuple(links.order_by("source__name").values_list("source__name", flat=True))
        grant.record(object_id=purpose_id, n_items=len(rows))
    return [_view(row, read) for row in rows]


def list_compatibilities(*, caller: Caller) -> list[CompatibilityView]:
    """Return the compatibilities in force, newest first."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        links = Compatibility.objects.filter(ended_at__isnull=True).select_related("source", "target")
        rows = list(links.order_by("-created_at"))
        grant.record(n_items=len(rows))
    return [
        CompatibilityView(row.id, row.source.name, row.target.name, row.reason, row.created_by, row.created_at)
        for row in rows
    ]


def purpose_named(tenant_id: UUID, name: str) -> PurposeRule:
    """Return the rule of the purpose of this name. Raises NoSuchObject. Call it inside the tenant's context."""
    purpose_id = Purpose.objects.filter(name=name).values_list("id", flat=True).first()
    if purpose_id is None:
        raise NoSuchObject("purpose")
    return purpose_rules(tenant_id, [purpose_id])[0]


def _insert(tenant_id: UUID, author: UUID, purpose: Purpose, number: int, terms: PurposeTerms) -> PurposeVersion:
    values = terms_as_json(terms)
    return PurposeVersion.objects.create(
        tenant_id=tenant_id, purpose=purpose, version=number, created_by=author, **values
    )


def _view(version: PurposeVersion, compatible: tuple[str, ...]) -> PurposeView:
    return PurposeView(
        id=version.purpose_id,
        name=version.purpose.name,
        version_id=version.id,
        version=version.version,
        terms=terms_of(version),
        created_at=version.created_at,
        compatible=compatible,
    )
