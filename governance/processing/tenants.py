"""Tenants: created by the operator, and configured by their own staff."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.db import IntegrityError

from governance.errors import AccessRefused, InvalidChange
from governance.guard.authorize import authorize, system_caller
from governance.ids import uuid7
from governance.models import ClockProfile, LooseningKind, Tenant
from governance.policy.consent_age import DIGITAL_CONSENT_AGE
from governance.policy.loosening import OF_SETTINGS, loosens
from governance.processing.loosening_proposal import loosening_view, propose
from governance.vocabulary import Action, ReasonCode, SystemJob

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from governance.context import Caller
    from governance.models import Loosening
    from governance.processing.loosening_proposal import LooseningView

MAX_REVEAL_MINUTES, MAX_REVIEW_HOURS, MAX_BREACH_HOURS = 240, 24 * 30, 24 * 30
MAX_CONTACT_CHARS = 200
MAX_FILE_DAYS = 3_653
MAX_DELETIONS = 10_000


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """The settings of a tenant.

    `jurisdiction`: ISO 3166 code that decides the age of digital consent; XX takes the strictest. `breach_hours`: from
    awareness of a breach to the authority's notice (Art. 33(1)). `contact`, `dpo_contact`: of the controller and its
    data protection officer, for the records of processing (Art. 30(1)(a)). `request_profile`: whose clocks run for
    requests, gdpr or ccpa. `request_file_days`: how long the file of a request outlives it.

    `auto_approve_erasure`: an erasure that nothing speaks against needs no second person when the person proved who
    they are. `auto_approve_staff_verified`: in addition, also when staff verified them, if the verifier is not the one
    who opened the request. `key_deletions_at_once`: a key that deletes all of a person destroys it before the answer;
    else a person approves. `key_deletions_per_hour`: the deletion limit of one key; what is above it waits.

    `time_zone`: IANA name of the zone whose days are meant where a date has no time.
    """

    name: str
    jurisdiction: str = "XX"
    reveal_minutes: int = 30
    review_hours: int = 72
    breach_hours: int = 72
    contact: str = ""
    dpo_contact: str = ""
    request_profile: str = "gdpr"
    request_file_days: int = 1095
    auto_approve_erasure: bool = False
    auto_approve_staff_verified: bool = False
    key_deletions_at_once: bool = False
    key_deletions_per_hour: int = 3
    time_zone: str = "UTC"


BOUNDS = {
    "reveal_minutes": (1, MAX_REVEAL_MINUTES),
    "review_hours": (1, MAX_REVIEW_HOURS),
    "breach_hours": (1, MAX_BREACH_HOURS),
    "request_file_days": (1, MAX_FILE_DAYS),
    "key_deletions_per_hour": (0, MAX_DELETIONS),
}
NAMES = [field.name for field in fields(TenantSettings)]


def create_tenant(*, slug: str, name: str) -> Tenant:
    """Create a tenant. Raises InvalidChange for a slug that is taken."""
    tenant = Tenant(id=uuid7(), slug=slug, name=name)
    caller = system_caller(tenant.id, SystemJob.FOUNDING)
    grant = authorize(caller=caller, action=Action.CREATE_TENANT, object_id=tenant.id)
    try:
        with grant.effect():
            tenant.save(force_insert=True)
            grant.record(object_id=tenant.id)
    except IntegrityError:
        raise InvalidChange("slug", "is taken", ReasonCode.DUPLICATE) from None
    return tenant


def read_settings(*, caller: Caller) -> TenantSettings:
    """Return the settings of the caller's tenant."""
    grant = authorize(caller=caller, action=Action.READ_CONFIGURATION)
    with grant.effect():
        found = _settings(Tenant.objects.get(id=caller.tenant_id))
        grant.record()
    return found


def configure_tenant(*, caller: Caller, changes: Mapping[str, str | int | bool]) -> TenantSettings | LooseningView:
    """Change the settings that `changes` names. If any of it loosens, all of it waits for a second person.

    Return the new settings, or the proposal that waits. Raises AccessRefused, InvalidChange.
    """
    grant = authorize(caller=caller, action=Action.CONFIGURE_TENANT)
    with grant.effect():
        row = Tenant.objects.select_for_update().get(id=caller.tenant_id)
        wanted = _checked(replace(_settings(row), **changes))  # type: ignore[arg-type]  # checked by the API
        before = {name: getattr(row, name) for name in changes}
        looser = loosens(before, changes, OF_SETTINGS)
        if looser:
            waiting = propose(caller, LooseningKind.SETTINGS, before, changes, looser)
            grant.record(object_id=waiting.id)
            return loosening_view(waiting)
        _write(row, wanted)
        grant.record(object_id=row.id)
    return wanted


def put_in_force(row: Loosening) -> UUID:
    """Write the settings that a second person has approved, inside their transaction. Return the tenant's id.

    Raises AccessRefused(PLAN_CHANGED) when one of them is not what it was when they were proposed; InvalidChange.
    """
    tenant = Tenant.objects.select_for_update().get(id=row.tenant_id)
    if {name: getattr(tenant, name) for name in row.before} != row.before:
        raise AccessRefused(ReasonCode.PLAN_CHANGED)
    _write(tenant, _checked(replace(_settings(tenant), **row.after)))
    return tenant.id


def _checked(wanted: TenantSettings) -> TenantSettings:
    """Return `wanted` unchanged. Raises InvalidChange for a value out of bounds."""
    for field, (least, most) in BOUNDS.items():
        if not least <= getattr(wanted, field) <= most:
            raise InvalidChange(field, f"expected {least} to {most}")
    if wanted.jurisdiction not in {*DIGITAL_CONSENT_AGE, "XX"}:
        raise InvalidChange("jurisdiction", "expected the code of a country under the GDPR, or XX")
    if wanted.request_profile not in ClockProfile.values:
        raise InvalidChange("request_profile", "expected gdpr or ccpa")
    if wanted.time_zone not in available_timezones():
        raise InvalidChange("time_zone", "expected an IANA name such as Europe/Berlin")
    for field, text in (("contact", wanted.contact), ("dpo_contact", wanted.dpo_contact)):
        if len(text) > MAX_CONTACT_CHARS or not text.isprintable():
            raise InvalidChange(field, f"expected at most {MAX_CONTACT_CHARS} printable characters")
    return wanted


def _write(row: Tenant, wanted: TenantSettings) -> None:
    for name in NAMES:
        setattr(row, name, getattr(wanted, name))
    row.save(update_fields=NAMES)


def _settings(row: Tenant) -> TenantSettings:
    return TenantSettings(**{name: getattr(row, name) for name in NAMES})
