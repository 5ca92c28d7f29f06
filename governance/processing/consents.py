"""Consent (Art. 7, 8): notices with their exact wording, and append-only events of giving and withdrawing.

The consent in force is the fold of the events, kept in one row per person and purpose. `consent_version` counts the
ends of consent: work that began before an end carries an older version and has no effect.

Events count in the order in which the database recorded them (`sequence`), under the lock of the person's row. The
times beside it are what the caller stated (`happened_at`) and what the database's clock said (`created_at`): neither
can keep a withdrawal from taking effect. A consent that states a time before the last withdrawal was recorded is
refused: it may be a late copy of the one that was withdrawn.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from governance.errors import AccessRefused, InvalidChange
from governance.guard.authorize import Grant, attempt, authorize
from governance.models import ConsentAction, ConsentEvent, ConsentNotice, GivenBy, Objection, Subject, SubjectPurpose
from governance.policy.channels import channel_said
from governance.policy.decide import NO_END, SubjectFacts
from governance.processing.purposes import purpose_named
from governance.processing.shred_orders import order_shred, seal_consent
from governance.subjects.subject_lock import lock_living, moved, standing_of
from governance.tenancy.database_clock import CLOCK_TOLERANCE, database_now
from governance.vocabulary import Action, LawfulBasis, ReasonCode

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from governance.context import Caller
    from governance.policy.decide import PurposeRule

MAX_NOTICE_CHARS = 100_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One wording in one language that people were shown."""

    id: UUID
    purpose: str
    version: int
    language: str
    sha256: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """One act of a person: when (None: now), through which channel, and given by whom."""

    channel: str
    given_by: GivenBy = GivenBy.SUBJECT
    happened_at: datetime | None = None
    until: datetime | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """The state in force for one person and purpose. `until` None: no expiry."""

    purpose: str
    granted: bool
    until: datetime | None
    consent_version: int
    objected: bool
    restricted: bool


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One consent event. `happened_at`: as the caller stated; `recorded_at`: by the database's clock."""

    id: UUID
    purpose: str
    action: str
    notice_sha256: str | None
    language: str
    channel: str
    given_by: str
    happened_at: datetime
    recorded_at: datetime
    until: datetime | None


def register_notice(*, caller: Caller, purpose: str, language: str, text: str) -> NoticeView:
    """Register a wording that people will be shown. It can never be changed: consents name its SHA-256.

    Raises NoSuchObject, InvalidChange: NOT_CONSENT_BASED, DUPLICATE, or a malformed language or text.
    """
    grant = authorize(caller=caller, action=Action.REGISTER_NOTICE)
    with grant.effect():
        rule = purpose_named(caller.tenant_id, purpose)
        if rule.lawful_basis is not LawfulBasis.CONSENT:
            raise InvalidChange("purpose", "it does not rest on consent", ReasonCode.NOT_CONSENT_BASED)
        if not _LANGUAGE.fullmatch(language):
            raise InvalidChange("language", "expected a language tag such as en or de-AT (BCP 47)")
        if not text.strip() or len(text) > MAX_NOTICE_CHARS:
            raise InvalidChange("text", f"expected 1 to {MAX_NOTICE_CHARS} characters")
        same = ConsentNotice.objects.filter(purpose_id=rule.purpose_id, language=language)
        number = same.count() + 1
        try:
            with transaction.atomic():
                row = ConsentNotice.objects.create(
                    tenant_id=caller.tenant_id,
                    purpose_id=rule.purpose_id,
                    version=number,
                    language=language,
                    text=text,
                    text_sha256=hashlib.sha256(text.encode()).digest(),
                    created_by=caller.principal.id,
                )
        except IntegrityError:
            raise InvalidChange("text", "this wording is registered already", ReasonCode.DUPLICATE) from None
        grant.record(object_id=row.id, purpose=rule)
    return _notice(row, purpose)


def list_notices(*, caller: Caller) -> list[NoticeView]:
    """Return the notices of the purposes that the caller acts for, oldest first."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        names = {rule.purpose_id: rule.name for rule in caller.principal.purposes}
        rows = list(ConsentNotice.objects.filter(purpose_id__in=names).order_by("created_at"))
        grant.record(n_items=len(rows))
    return [_notice(row, names[row.purpose_id]) for row in rows]


def grant_consent(*, caller: Caller, subject: SubjectFacts, purpose: str, notice: str, choice: Choice) -> ConsentState:
    """Record that this person consented to the notice whose SHA-256 (hex) or id is `notice`.

    Raises AccessRefused: NOTICE_UNKNOWN, GUARDIAN_NEEDED for a child, OUT_OF_ORDER for a consent that states an earlier
    time than what it would replace, DUPLICATE when it is recorded already, OBJECTED while an objection is being
    assessed. Raises InvalidChange for a time in the future, an end before the consent, or a purpose that does not rest
    on consent. Raises FactsMoved once the person is erased.
    """
    grant = authorize(caller=caller, action=Action.GRANT_CONSENT, subject=subject, purpose=purpose)
    with grant.effect():
        rule = grant.purpose
        check_choice(choice, rule)
        row = lock_living(subject.id)
        at = _given_at(choice)
        now = datetime.now(UTC)
        found = _find_notice(rule, notice)
        standing = standing_of(row, rule.purpose_id)
        if choice.happened_at is not None:
            _not_older(row, rule, at)
        if Objection.objects.filter(subject_id=row.id, purpose_id=rule.purpose_id, settled_at=None).exists():
            raise AccessRefused(ReasonCode.OBJECTED)  # it is being assessed
        standing.consent_until = _until(row, choice, at, now)
        standing.objected_at = standing.shred_due_at = standing.shred_mac = None  # a later yes overrides a no
        seal_consent(standing)
        standing.save(update_fields=["consent_until", "consent_mac", "objected_at", "shred_due_at", "shred_mac"])
        event = _event(grant, row, rule, standing, ConsentAction.GRANT, choice, at, found)
        event.save(force_insert=True)
        moved(row)
        grant.record_under_lock(object_id=event.id, purpose=rule, n_items=1)
    return _state(standing, rule.name, now)


def check_grant(*, caller: Caller, purpose: str, notice: str, choice: Choice) -> None:
    """Refuse on the record a consent that no person could give: an unknown notice, a wrong purpose, channel or time.

    Raises AccessRefused(NOTICE_UNKNOWN), InvalidChange, NoSuchObject.
    """
    with attempt(caller, Action.GRANT_CONSENT):
        rule = purpose_named(caller.tenant_id, purpose)
        check_choice(choice, rule)
        _given_at(choice)
        _find_notice(rule, notice)


def end_consent(*, grant: Grant, subject: Subject, rule: PurposeRule, choice: Choice) -> SubjectPurpose:
    """Withdraw the consent. Call it inside the transaction of `memstore.rights.choices.withdraw`.

    That transaction also deletes the memories. The subject is locked by the caller. The withdrawal takes effect
    whatever time it states; that time is only recorded. Raises AccessRefused(DUPLICATE) when the last event is a
    withdrawal and no consent is in force; InvalidChange.
    """
    check_choice(choice, rule)
    standing = standing_of(subject, rule.purpose_id)
    last = _events(subject, rule).first()
    if standing.consent_until is None and last is not None and last.action == ConsentAction.WITHDRAW:
        raise AccessRefused(ReasonCode.DUPLICATE)
    recorded_at = database_now()
    at = choice.happened_at or recorded_at
    event = _event(grant, subject, rule, standing, ConsentAction.WITHDRAW, choice, at, None)
    apply_withdrawal(subject, standing, event, at=recorded_at)
    grant.record_under_lock(subject_id=subject.id, object_id=event.id, purpose=rule, n_items=1)
    return standing


def apply_withdrawal(
    subject: Subject, standing: SubjectPurpose, event: ConsentEvent | None, *, at: datetime, known_version: int = 0
) -> None:
    """End the consent, order its key destroyed, and append the unsaved event (None: the consent was never valid).

    Shared by the live calls and by the replay after a restore, so it may be repeated: an event that is there is not
    appended again, and `consent_version` becomes at least `known_version`. The subject is locked by the caller.
    """
    standing.consent_until = None
    standing.consent_version = max(standing.consent_version + 1, known_version)
    order_shred(standing, at)
    standing.save(update_fields=["consent_until", "consent_version", "shred_due_at", "shred_mac"])
    if event is not None:
        event.until, event.consent_version = None, standing.consent_version
        ConsentEvent.objects.bulk_create([event], ignore_conflicts=True)
    moved(subject)


def consent_history(*, caller: Caller, subject: SubjectFacts | None) -> tuple[list[ConsentState], list[ConsentRecord]]:
    """Return the consents in force for a person, by purpose, and every event, oldest first.

    An unknown person and one without any consent give the same result.
    """
    grant = authorize(caller=caller, action=Action.READ_CONSENT, subject=subject)
    rules = {rule.purpose_id: rule for rule in caller.principal.purposes}
    with grant.effect():
        standings = SubjectPurpose.objects.filter(subject_id=grant.subject_id, purpose_id__in=rules)
        states = [_state(row, rules[row.purpose_id].name, datetime.now(UTC)) for row in standings]
        events = ConsentEvent.objects.filter(subject_id=grant.subject_id, purpose_id__in=rules)
        rows = list(events.order_by("sequence"))
        grant.record(n_items=len(rows))
    records = [
        ConsentRecord(
            id=row.id,
            purpose=rules[row.purpose_id].name,
            action=row.action,
            notice_sha256=bytes(row.notice_sha256).hex() if row.notice_sha256 else None,
            language=row.language,
            channel=row.channel,
            given_by=row.given_by,
            happened_at=row.happened_at,
            recorded_at=row.created_at,
            until=row.until,
        )
        for row in rows
    ]
    return sorted(states, key=lambda state: state.purpose), records


def check_choice(choice: Choice, rule: PurposeRule) -> None:
    """Check what giving and withdrawing have in common: the purpose rests on consent, the channel is known.

    Raises InvalidChange.
    """
    if rule.lawful_basis is not LawfulBasis.CONSENT:
        raise InvalidChange("purpose", "it does not rest on consent", ReasonCode.NOT_CONSENT_BASED)
    channel_said(choice.channel)


def _given_at(choice: Choice) -> datetime:
    """Return the time at which a consent was given, never after the database's clock. Raises InvalidChange.

    The caller's clock may be a little fast; a time further ahead has not happened.
    """
    recorded_at = database_now()
    said = choice.happened_at or recorded_at
    if said > recorded_at + CLOCK_TOLERANCE:
        raise InvalidChange("at", "must not lie in the future")
    at = min(said, recorded_at)
    if choice.until is not None and choice.until <= at:
        raise InvalidChange("expires_at", "must be after the consent itself")
    return at


def _find_notice(rule: PurposeRule, notice: str) -> ConsentNotice:
    """Return the notice by the hash of its text or by its id. Raises AccessRefused(NOTICE_UNKNOWN)."""
    known = ConsentNotice.objects.filter(purpose_id=rule.purpose_id)
    for row in known:
        if notice.lower() in (bytes(row.text_sha256).hex(), str(row.id)):
            if hashlib.sha256(row.text.encode()).digest() != bytes(row.text_sha256):
                break  # the stored text was altered: no person ever agreed to this wording
            return row
    raise AccessRefused(ReasonCode.NOTICE_UNKNOWN)


def _events(subject: Subject, rule: PurposeRule) -> QuerySet[ConsentEvent]:
    """Return the consent events, the last one first. The subject is locked, so no other is recorded meanwhile."""
    return ConsentEvent.objects.filter(subject_id=subject.id, purpose_id=rule.purpose_id).order_by("-sequence")


def _not_older(subject: Subject, rule: PurposeRule, at: datetime) -> None:
    """Refuse a consent that is recorded already, or that states an earlier time than what it would replace.

    A withdrawal counts with the time at which it was recorded: one dated far back must not let old consents in. Raises
    AccessRefused: DUPLICATE, OUT_OF_ORDER.
    """
    events = _events(subject, rule)
    if events.filter(action=ConsentAction.GRANT, happened_at=at).exists():
        raise AccessRefused(ReasonCode.DUPLICATE)
    last = events.first()
    if last is None:
        return
    known = last.happened_at if last.action == ConsentAction.GRANT else last.created_at
    if at < known:
        raise AccessRefused(ReasonCode.OUT_OF_ORDER)


def _until(subject: Subject, choice: Choice, at: datetime, now: datetime) -> datetime:
    """Return the moment at which the consent expires. A guardian's expires when the child may decide alone (Art. 8).

    Raises AccessRefused(GUARDIAN_NEEDED).
    """
    until = choice.until or NO_END
    child = subject.minor_until is not None and subject.minor_until > now.date()
    if child and choice.given_by is not GivenBy.GUARDIAN:
        raise AccessRefused(ReasonCode.GUARDIAN_NEEDED)
    if child and subject.minor_until is not None:
        return min(until, datetime.combine(subject.minor_until, time.min, UTC))
    return until


def _event(
    grant: Grant,
    subject: Subject,
    rule: PurposeRule,
    standing: SubjectPurpose,
    action: ConsentAction,
    choice: Choice,
    at: datetime,
    notice: ConsentNotice | None,
) -> ConsentEvent:
    return ConsentEvent(
        tenant_id=subject.tenant_id,
        subject_id=subject.id,
        purpose_id=rule.purpose_id,
        action=action,
        notice_id=notice.id if notice else None,
        notice_sha256=notice.text_sha256 if notice else None,
        language=notice.language if notice else choice.language,
        channel=choice.channel,
        given_by=choice.given_by,
        happened_at=at,
        until=standing.consent_until,
        consent_version=standing.consent_version,
        recorded_by=grant.caller.principal.id,
    )


def _notice(row: ConsentNotice, purpose: str) -> NoticeView:
    return NoticeView(
        id=row.id,
        purpose=purpose,
        version=row.version,
        language=row.language,
        sha256=bytes(row.text_sha256).hex(),
        text=row.text,
        created_at=row.created_at,
    )


def _state(row: SubjectPurpose, purpose: str, now: datetime) -> ConsentState:
    granted = row.consent_until is not None and row.consent_until > now
    return ConsentState(
        purpose=purpose,
        granted=granted,
        until=row.consent_until if granted and row.consent_until != NO_END else None,
        consent_version=row.consent_version,
        objected=row.objected_at is not None,
        restricted=row.restricted_at is not None,
    )
