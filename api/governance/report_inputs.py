"""Queries and bodies of the reports. An unknown name is refused, and so is one that is given twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from api.governance.day_fields import BeginField, EndField
from api.governance.inputs import one_of, read_for
from api.web.authentication import caller
from api.web.fields import IdField
from api.web.request_body import read
from governance.accountability.breaches import BreachStep
from governance.accountability.events import DEFAULT_LIMIT
from governance.guard.authorize import refuse
from governance.models import BreachKind, Disclosed, RecipientKind
from governance.vocabulary import Action, ReasonCode
from memstore.records.scope_ids import ScopeIds

if TYPE_CHECKING:
    from collections.abc import Collection

    from rest_framework.request import Request

    from governance.context import Caller

FORMATS = ("json", "csv", "html")
_PLAIN = re.compile(r"[a-z_]{1,40}")
_BY_HAND = [choice for choice in Disclosed.choices if choice[0] != Disclosed.MEMORIES_READ.value]


class ShownQuery(serializers.Serializer[object]):
    format = serializers.ChoiceField(choices=FORMATS, required=False, help_text="Instead of the Accept header.")
    table = serializers.CharField(max_length=40, required=False, help_text="The list of the report that a CSV holds.")


class PeriodQuery(ShownQuery):
    since = BeginField(required=False, default=None, help_text="A date: from its start, in the tenant's time zone.")
    until = EndField(
        required=False, default=None, help_text="A date: until its end, in the tenant's time zone. Default: now."
    )


class EventsQuery(PeriodQuery):
    cursor = serializers.CharField(max_length=80, required=False, default=None)
    limit = serializers.IntegerField(required=False, default=DEFAULT_LIMIT, help_text="Events of a page: 1 to 1000.")


class SubjectInput(serializers.Serializer[object]):
    """A person as the assistant calls them, or by the surrogate id, which outlives an erasure."""

    user_id = IdField(required=False)
    run_id = IdField(required=False)
    subject_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        given = {field: attrs.pop(field) for field in ("user_id", "run_id", "subject_id") if field in attrs}
        if len(given) != 1:
            raise serializers.ValidationError({"user_id": "name the person: user_id, run_id or subject_id"})
        subject_id = given.get("subject_id")
        outside = {field: str(value) for field, value in given.items()}
        attrs["subject"] = subject_id or ScopeIds(**outside).subject()
        return attrs


class SubjectPeriodInput(SubjectInput):
    since = BeginField(required=False, allow_null=True, default=None)
    until = EndField(required=False, allow_null=True, default=None)


class SubjectReportInput(SubjectPeriodInput):
    cursor = serializers.CharField(max_length=80, required=False, allow_null=True, default=None)
    limit = serializers.IntegerField(required=False, default=DEFAULT_LIMIT)


class BreachInput(serializers.Serializer[object]):
    kind = serializers.ChoiceField(choices=BreachKind.choices)
    case_reference = serializers.CharField(max_length=64)
    aware_at = BeginField(help_text="When you became aware of it: the clocks count from then.")
    since = BeginField(help_text="Begin of the time in which it may have happened.")
    until = EndField(help_text="End of it.")
    principal_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class BreachStepInput(serializers.Serializer[object]):
    step = one_of(BreachStep)
    at = BeginField(required=False, allow_null=True, default=None, help_text="When it was done. Default: now.")


class RecipientInput(serializers.Serializer[object]):
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=RecipientKind.choices)
    address = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    exempt = serializers.BooleanField(
        required=False, default=False, help_text="For treatment, payment or operations: not accounted for."
    )


class DisclosureInput(SubjectInput):
    recipient_id = serializers.UUIDField()
    at = BeginField()
    description = serializers.ChoiceField(choices=_BY_HAND)
    purpose = serializers.CharField(max_length=100)


class SuspensionInput(serializers.Serializer[object]):
    recipient_id = serializers.UUIDField()
    until = EndField()
    case_reference = serializers.CharField(max_length=64)
    oral = serializers.BooleanField(required=False, default=False, help_text="By word of mouth: 30 days at most.")
    subject_id = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="For one person only.")


def query_for(
    request: Request, kind: type[ShownQuery], action: Action, tables: Collection[str]
) -> tuple[Caller, dict[str, Any]]:
    """Return (caller, values without `format` and `table`) of a query. One that cannot be read is a recorded refusal.

    Raises ValidationError (400).
    """
    asker = caller(request)
    try:
        values = read(kind, _strictly(request, kind, tables))
    except serializers.ValidationError:
        refuse(asker, action, ReasonCode.INVALID)
        raise
    return asker, {name: value for name, value in values.items() if name not in {"format", "table"}}


def body_for(
    request: Request, kind: type[serializers.Serializer[object]], action: Action, tables: Collection[str]
) -> tuple[Caller, dict[str, Any]]:
    """Return what `read_for` does, for a request whose query may say how the answer is shown.

    Raises ValidationError.
    """
    query_for(request, ShownQuery, action, tables)
    return read_for(request, kind, action)


def _strictly(request: Request, kind: type[ShownQuery], tables: Collection[str]) -> dict[str, str]:
    """Return the query with each name once.

    Raises ValidationError for an unknown name: a misspelt date would be a longer period.
    """
    known = kind().fields
    given = request.query_params
    for name in given:
        if name not in known:
            shown = name if _PLAIN.fullmatch(name) else "query"
            raise serializers.ValidationError({shown: f"is not known here: known are {', '.join(known)}"})
        if len(given.getlist(name)) > 1:
            raise serializers.ValidationError({name: "is given twice"})
    if given.get("table") not in {None, *tables}:
        raise serializers.ValidationError({"table": f"expected one of {', '.join(tables)}"})
    return {name: value for name, value in given.items() if isinstance(value, str)}
