"""Changes of configuration: the fields that are recorded, the check that no others are, and the list of changes.

They never hold memories or people: django-auditlog keeps values, misses what does not go through `save()`, and its rows
were made to be edited. Those are the audit trail's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditlog.models import AbstractLogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.conf import settings
from django.core.checks import Error

from governance.accountability.actors import names_of
from governance.guard.authorize import authorize
from governance.ids import NIL
from governance.models import AdminChange
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model

    from governance.context import Caller

# The end of a proposal that was not approved.
ENDS = ("ended_as", "ended_reason", "ended_by", "ended_at")
# All fields that may be recorded. Fields about a person, secrets and counters are left out.
RECORDED: dict[str, tuple[str, ...]] = {
    "Tenant": (
        "slug",
        "name",
        "jurisdiction",
        "reveal_minutes",
        "review_hours",
        "breach_hours",
        "contact",
        "dpo_contact",
        "request_profile",
        "request_file_days",
        "auto_approve_erasure",
        "auto_approve_staff_verified",
        "key_deletions_at_once",
        "key_deletions_per_hour",
        "time_zone",
    ),
    # Without name and address: a recipient may be a person, and this table keeps everything. Its own row has them.
    "Recipient": ("kind", "exempt", "registered_by", "ended_by", "ended_at"),
    "Purpose": ("name",),
    "PurposeVersion": (
        "purpose",
        "version",
        "lawful_basis",
        "ceiling_days",
        "source_days",
        "personal",
        "article9_condition",
        "identifiers",
        "secrets",
        "special",
        "criminal",
        "unknown",
        "criminal_authority",
        "review_first",
        "direct_marketing",
        "usable_for_decision",
        "dpia_reference",
    ),
    "Compatibility": ("source", "target", "created_by", "ended_by", "ended_at"),
    # Without the change itself: it is in the proposal's row, and after the approval in the row that was changed.
    "Loosening": (
        "kind",
        "purpose_id",
        "loosens",
        "object_id",
        "requested_by",
        "approved_by",
        "approved_at",
        "ended_as",
        "ended_reason",
        "ended_by",
        "ended_at",
    ),
    "ConsentNotice": ("purpose_id", "version", "language"),
    "Retention": (
        "name",
        "kind",
        "days",
        "anchor",
        "authority",
        "purpose_id",
        "data_class",
        "requested_by",
        "approved_by",
        "approved_at",
        *ENDS,
        "end_requested_by",
        "end_requested_at",
        "end_approved_by",
        "end_approved_at",
    ),
    "ApiKey": (
        "name",
        "capabilities",
        "allowed_purposes",
        "default_purpose",
        "recipient_id",
        "requested_by",
        "approved_by",
        "approved_at",
        *ENDS,
        "claimed_at",
        "expires_at",
        "revoked_at",
    ),
    "StaffUser": (
        "username",
        "role",
        "requested_by",
        "approved_by",
        "approved_at",
        *ENDS,
        "enrolled_at",
        "suspended_at",
        "suspended_by",
    ),
}
_EMPTY = {"None", "", "[]"}
REDACTED = "[redacted]"
MAX_LIMIT = 200
_UUID_IN_LIST = re.compile(r"UUID\('([0-9a-f-]{36})'\)")  # how auditlog writes the elements of a list


def redact(_value: str) -> str:
    """Return a placeholder (AUDITLOG_MASK_CALLABLE): if a value were ever masked, none of it would be shown."""
    return REDACTED


def register() -> None:
    """Register the recorded fields with django-auditlog. Called at the start of every process."""
    for name, fields in RECORDED.items():
        auditlog.register(apps.get_model("governance", name), include_fields=list(fields), serialize_data=False)


def check_registered(**_: object) -> list[Error]:
    """Return the errors of the start-up check: a process that records more than RECORDED, or less, does not start."""
    found = []
    if settings.AUDITLOG_INCLUDE_ALL_MODELS:
        found.append(Error("AUDITLOG_INCLUDE_ALL_MODELS is on", id="memstore.E001"))
    if not settings.AUDITLOG_DISABLE_REMOTE_ADDR or settings.AUDITLOG_CID_HEADER is not None:
        found.append(Error("auditlog would keep what clients send", id="memstore.E002"))
    for model in auditlog.get_models():
        found += _problems(model)
    unnoted = {name for name in RECORDED if not auditlog.contains(apps.get_model("governance", name))}
    found += [Error(f"changes of {name} would not be noted", id="memstore.E007") for name in sorted(unnoted)]
    return found


def _problems(model: type[Model]) -> list[Error]:
    name = model.__name__
    options = auditlog.get_model_fields(model)
    allowed = RECORDED.get(name, ()) if _is_configuration(model) else ()
    extra = sorted(set(options["include_fields"]) - set(allowed))
    found = []
    if not allowed:
        found.append(Error(f"{name} is registered with auditlog and holds no configuration", id="memstore.E003"))
    elif extra or not options["include_fields"]:
        what = ", ".join(extra) or "every field"
        found.append(Error(f"auditlog would keep {what} of {name}", id="memstore.E004"))
    if options["exclude_fields"] or options["mask_fields"] or model._meta.many_to_many:
        found.append(Error(f"{name}: only include_fields may choose what auditlog keeps", id="memstore.E005"))
    if auditlog.get_serialize_options(model)["serialize_data"]:
        found.append(Error(f"auditlog would keep whole objects of {name}", id="memstore.E006"))
    return found


def _is_configuration(model: type[Model]) -> bool:
    registered: type[Model] | None = apps.all_models["governance"].get(model.__name__.lower())
    return registered is model


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change. `fields`: (from, to) by name; null means empty.

    `actor`: `staff:<id>` or `system:<job>`, with its `name`. No key can change configuration: it takes a capability
    that no machine may hold.
    """

    id: UUID
    at: datetime
    actor: str
    name: str | None
    request_id: str
    object_type: str
    object_id: str
    change: str
    fields: dict[str, tuple[str | None, str | None]]


def list_changes(
    *,
    caller: Caller,
    object_type: str | None = None,
    object_id: UUID | None = None,
    principal_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: int = MAX_LIMIT,
) -> list[ChangeView]:
    """Return the changes from `since` to before `until`, newest first.

    `before` is the id of the last one seen: ids rise with time.
    """
    grant = authorize(caller=caller, action=Action.READ_CHANGES)
    with grant.effect():
        rows = AdminChange.objects.select_related("content_type").order_by("-id")
        if object_type is not None:
            rows = rows.filter(content_type__app_label="governance", content_type__model=object_type.lower())
        if object_id is not None:
            rows = rows.filter(object_pk=str(object_id))
        if principal_id is not None:
            rows = rows.filter(principal_id=principal_id)
        if since is not None:
            rows = rows.filter(timestamp__gte=since)
        if until is not None:
            rows = rows.filter(timestamp__lt=until)
        if before is not None:
            rows = rows.filter(id__lt=before)
        shown = list(rows[:limit])
        names = names_of(row.principal_id for row in shown)
        found = [_view(row, names.get(row.principal_id)) for row in shown]
        grant.record(n_items=len(found))
    return found


def changed_fields(row: AdminChange) -> dict[str, tuple[str | None, str | None]]:
    """Return (from, to) of each changed field. The empty fields that auditlog lists for a new object are left out."""
    shown = {name: (_shown(old), _shown(new)) for name, (old, new) in (row.changes or {}).items()}
    return {name: (old, new) for name, (old, new) in shown.items() if (old, new) != (None, None)}


def _shown(value: object) -> str | None:
    """Return a value of auditlog, which keeps texts; None for the texts of an empty value."""
    text = str(value)
    return None if text in _EMPTY else _UUID_IN_LIST.sub(r"\1", text)


def _view(row: AdminChange, name: str | None) -> ChangeView:
    words = {
        AbstractLogEntry.Action.CREATE: "created",
        AbstractLogEntry.Action.UPDATE: "changed",
        AbstractLogEntry.Action.DELETE: "deleted",
    }
    return ChangeView(
        id=row.id,
        at=row.timestamp,
        actor=f"system:{row.job}" if row.principal_id == NIL else f"staff:{row.principal_id}",
        name=name,
        request_id=row.cid,
        object_type=row.content_type.model,
        object_id=row.object_pk,
        change=words.get(row.action, "seen"),
        fields=changed_fields(row),
    )
