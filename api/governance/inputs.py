"""Request bodies of the governance API. One that cannot be read is refused with the field's name, and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from api.governance.day_fields import BeginField, EndField, SaidField
from api.web.authentication import caller
from api.web.fields import BoundedList, DayField, IdField
from api.web.request_body import ID_FIELDS, read
from governance.guard.authorize import refuse
from governance.models import (
    ClockProfile,
    CompellingGround,
    DeclineReason,
    GivenBy,
    ObjectionOutcome,
    RevealReason,
    ReviewOutcome,
)
from governance.policy.purpose_terms import PurposeTerms
from governance.policy.retention import Authority, PeriodStart, RuleKind
from governance.vocabulary import (
    CHANNELS,
    Action,
    Article9Condition,
    Channel,
    DataClass,
    Handling,
    LawfulBasis,
    ReasonCode,
)
from memstore.records.scope_ids import ScopeIds

if TYPE_CHECKING:
    from enum import StrEnum

    from rest_framework.request import Request

    from governance.context import Caller

MAX_PAGE_SIZE = 200
SAID = [channel.value for channel in CHANNELS]
WHOLE_DAY = "A date alone: until the end of that day in the tenant's time zone."


def read_for(
    request: Request, kind: type[serializers.Serializer[object]], action: Action
) -> tuple[Caller, dict[str, Any]]:
    """Return (caller, values) of a body. One that cannot be read is recorded as a refusal of `action`.

    Raises ValidationError, answered as a 400 that names the field.
    """
    asker = caller(request)
    try:
        return asker, _read_strictly(kind, request.data)
    except serializers.ValidationError:
        refuse(asker, action, ReasonCode.INVALID)
        raise


def _read_strictly(kind: type[serializers.Serializer[object]], body: object) -> dict[str, Any]:
    """Read a body and refuse a name that is not a field: a misspelt term would be a looser one."""
    if isinstance(body, dict) and set(body) - set(kind().fields):
        raise serializers.ValidationError({"body": f"known are {', '.join(kind().fields)}"})
    return read(kind, body)


def query_for(
    request: Request, kind: type[serializers.Serializer[object]], action: Action
) -> tuple[Caller, dict[str, Any]]:
    """Return (caller, values) of a query string, read as strictly as a body by `read_for`. Raises ValidationError."""
    asker = caller(request)
    try:
        return asker, _read_strictly(kind, request.query_params.dict())
    except serializers.ValidationError:
        refuse(asker, action, ReasonCode.INVALID)
        raise


def page_of(request: Request, action: Action) -> tuple[Caller, int, int]:
    asker = caller(request)
    try:
        found = read(PageInput, {name: value for name, value in request.query_params.items() if name in PAGING})
    except serializers.ValidationError:
        refuse(asker, action, ReasonCode.INVALID)
        raise
    return asker, found["page"], found["page_size"]


def one_of(vocabulary: type[StrEnum], **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[(member.value, member.value) for member in vocabulary], **options)


PAGING = ("page", "page_size")


class PageInput(serializers.Serializer[object]):
    page = serializers.IntegerField(default=1, min_value=1, max_value=1_000_000)
    page_size = serializers.IntegerField(default=50, min_value=1, max_value=MAX_PAGE_SIZE)


class Nothing(serializers.Serializer[object]):
    """An empty body."""


class PersonInput(serializers.Serializer[object]):
    user_id = IdField(required=False)
    run_id = IdField(required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        given = {field: str(attrs.pop(field)) for field in ID_FIELDS if attrs.get(field) is not None}
        if len(given) != 1:
            raise serializers.ValidationError({"user_id": "name the person: user_id, or run_id for a session"})
        attrs["scope"] = ScopeIds(**given)
        return attrs


class SignInInput(serializers.Serializer[object]):
    tenant = serializers.CharField(max_length=63, help_text="The tenant's short name.")
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False, style={"input_type": "password"})
    code = serializers.RegexField(r"^[0-9]{6}$", help_text="One-time code: a step-up for ten minutes.")


class CodeInput(serializers.Serializer[object]):
    code = serializers.RegexField(r"^[0-9]{6}$")


class ClaimInput(serializers.Serializer[object]):
    claim_code = serializers.CharField(max_length=200)


class EnrolInput(ClaimInput):
    password = serializers.CharField(max_length=256, trim_whitespace=False, style={"input_type": "password"})


class MemberInput(serializers.Serializer[object]):
    username = serializers.CharField(max_length=150)
    name = serializers.CharField(max_length=200, required=False, default="")
    role = serializers.CharField(max_length=40, help_text="reviewer, dpo, auditor, administrator or key_officer")
    personnel_number = serializers.CharField(max_length=100, help_text="Kept as an HMAC only: one person, one account.")


class KeyInput(serializers.Serializer[object]):
    name = serializers.CharField(max_length=200)
    capabilities = BoundedList(child=serializers.CharField(max_length=40), max_length=40, allow_empty=False)
    purposes = BoundedList(child=serializers.CharField(max_length=100), max_length=100, allow_empty=False)
    default_purpose = serializers.CharField(max_length=100, required=False, default="")
    pinned_subject = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Random id of the one person that it acts for."
    )
    agent_id = IdField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The one agent that it acts through: each call names this agent_id, and no other is reached.",
    )
    expires_at = EndField(required=False, allow_null=True, default=None, help_text=WHOLE_DAY)
    recipient_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The party outside that holds it: its reads are disclosures.",
    )


class PurposeTermsInput(serializers.Serializer[object]):
    lawful_basis = one_of(LawfulBasis, help_text="Article 6(1)(a) to (f)")
    ceiling_days = serializers.IntegerField(help_text="Memories are used and kept for so many days at most.")
    source_days = serializers.IntegerField(required=False, default=30)
    personal = serializers.BooleanField(required=False, default=True)
    article9_condition = one_of(Article9Condition, required=False, allow_null=True, default=None)
    identifiers = one_of(Handling, required=False, default=Handling.ALLOW.value)
    secrets = one_of(Handling, required=False, default=Handling.MASK.value)
    special = one_of(Handling, required=False, default=Handling.REFUSE.value)
    criminal = one_of(Handling, required=False, default=Handling.REFUSE.value)
    unknown = one_of(Handling, required=False, default=Handling.QUARANTINE.value)
    criminal_authority = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    review_first = serializers.BooleanField(required=False, default=False)
    direct_marketing = serializers.BooleanField(required=False, default=False)
    usable_for_decision = serializers.BooleanField(required=False, default=False)
    dpia_reference = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class PurposeInput(PurposeTermsInput):
    name = serializers.CharField(max_length=100)


def terms_of(values: dict[str, Any]) -> PurposeTerms:
    condition = values["article9_condition"]
    return PurposeTerms(
        **{key: value for key, value in values.items() if key != "name"}
        | {
            "lawful_basis": LawfulBasis(values["lawful_basis"]),
            "article9_condition": Article9Condition(condition) if condition else None,
            **{key: Handling(values[key]) for key in ("identifiers", "secrets", "special", "criminal", "unknown")},
        }
    )


class CompatibilityInput(serializers.Serializer[object]):
    from_purpose = serializers.CharField(max_length=100, help_text="The purpose whose memories are read.")
    for_purpose = serializers.CharField(max_length=100, help_text="The purpose that they are read for.")
    reason = serializers.CharField(max_length=500)


class NoticeInput(serializers.Serializer[object]):
    purpose = serializers.CharField(max_length=100)
    language = serializers.CharField(max_length=35)
    text = serializers.CharField(max_length=100_000, trim_whitespace=False)


class WithdrawInput(PersonInput):
    purpose = serializers.CharField(max_length=100)
    channel = serializers.ChoiceField(
        choices=[one.value for one in CHANNELS], required=False, default=Channel.API.value
    )
    given_by = serializers.ChoiceField(choices=GivenBy.choices, required=False, default=GivenBy.SUBJECT.value)
    at = SaidField(required=False, allow_null=True, default=None, help_text="When it happened. Default: now.")


class GrantInput(WithdrawInput):
    notice = serializers.CharField(max_length=64, help_text="SHA-256 (hex) of the wording that was shown, or its id.")
    expires_at = EndField(required=False, allow_null=True, default=None, help_text=WHOLE_DAY)


class ObjectionInput(PersonInput):
    purpose = serializers.CharField(max_length=100)


class SettleInput(serializers.Serializer[object]):
    outcome = serializers.ChoiceField(choices=ObjectionOutcome.choices)
    ground = serializers.ChoiceField(
        choices=CompellingGround.choices, required=False, allow_blank=True, default="", help_text="Needed to override."
    )


class RestrictInput(serializers.Serializer[object]):
    purpose = serializers.CharField(max_length=100, required=False, allow_null=True, default=None)


class AgeInput(PersonInput):
    birth_date = DayField(help_text="Not kept: only the day from which the person consents alone is.")
    jurisdiction = serializers.RegexField(r"^[A-Z]{2}$", required=False, allow_null=True, default=None)


class ContractEndInput(serializers.Serializer[object]):
    purpose = serializers.CharField(max_length=100)
    ended_on = DayField(allow_null=True)


class BreakGlassInput(serializers.Serializer[object]):
    reason_code = serializers.ChoiceField(choices=RevealReason.choices)
    case_reference = serializers.CharField(max_length=64)
    minutes = serializers.IntegerField()


class ReviewInput(serializers.Serializer[object]):
    outcome = serializers.ChoiceField(choices=ReviewOutcome.choices)


class RuleInput(serializers.Serializer[object]):
    name = serializers.CharField(max_length=100, help_text="The law or decision behind it.")
    kind = one_of(RuleKind)
    days = serializers.IntegerField()
    anchor = one_of(PeriodStart, required=False, default=PeriodStart.CREATED.value)
    authority = one_of(Authority, required=False, default=Authority.DEFAULT.value)
    purpose = serializers.CharField(max_length=100, required=False, allow_null=True, default=None)
    data_class = one_of(DataClass, required=False, allow_null=True, default=None)
    subject_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class PlanInput(serializers.Serializer[object]):
    digest = serializers.CharField(max_length=64, help_text="The digest of the preview that you approve.")


class DeclineInput(serializers.Serializer[object]):
    reason = serializers.ChoiceField(choices=DeclineReason.choices)


class HoldInput(PersonInput):
    case_reference = serializers.CharField(max_length=64)
    purpose = serializers.CharField(max_length=100, required=False, allow_null=True, default=None)
    disclosable = serializers.BooleanField(required=False, default=True)
    from_at = BeginField(required=False, allow_null=True, default=None)
    until_at = EndField(required=False, allow_null=True, default=None, help_text=WHOLE_DAY)
    expected = serializers.BooleanField(
        required=False, default=False, help_text="Also for a person of whom nothing is known yet."
    )


class ReleaseInput(serializers.Serializer[object]):
    data_class = one_of(DataClass, required=False, allow_null=True, default=None)


class TenantInput(serializers.Serializer[object]):
    name = serializers.CharField(max_length=200, required=False)
    jurisdiction = serializers.CharField(max_length=2, required=False)
    reveal_minutes = serializers.IntegerField(required=False)
    review_hours = serializers.IntegerField(required=False)
    breach_hours = serializers.IntegerField(required=False)
    request_profile = serializers.ChoiceField(choices=ClockProfile.choices, required=False)
    request_file_days = serializers.IntegerField(required=False)
    auto_approve_erasure = serializers.BooleanField(required=False)
    auto_approve_staff_verified = serializers.BooleanField(required=False)
    key_deletions_at_once = serializers.BooleanField(required=False)
    key_deletions_per_hour = serializers.IntegerField(required=False)
    time_zone = serializers.CharField(max_length=64, required=False, help_text="IANA name, such as Europe/Berlin.")
    contact = serializers.CharField(max_length=200, required=False, allow_blank=True)
    dpo_contact = serializers.CharField(max_length=200, required=False, allow_blank=True)
