"""Bodies of the calls on requests of the person."""

from __future__ import annotations

from rest_framework import serializers

from api.governance.day_fields import BeginField
from api.governance.inputs import SAID, PageInput, PersonInput
from api.web.fields import BoundedList, IdField
from governance.models import (
    ExtensionReason,
    Ground,
    NoticeState,
    PauseReason,
    RequestKind,
    Verification,
)
from governance.rights.portal.links import LINK_MINUTES, LONGEST_MINUTES
from governance.rights.requests import MAX_WORDS, MOST_IDS
from governance.vocabulary import Channel

BY_PEOPLE = [one for one in Verification.choices if one[0] not in (Verification.KEY, Verification.OPERATOR)]


class RequestInput(PersonInput):
    also = BoundedList(
        child=IdField(),
        max_length=MOST_IDS - 1,
        required=False,
        default=list,
        help_text="Other ids of the same person: a request for each, with one clock.",
    )
    kind = serializers.ChoiceField(choices=RequestKind.choices)
    channel = serializers.ChoiceField(choices=SAID, required=False, default=Channel.API.value)
    purpose = serializers.CharField(max_length=100, required=False, allow_null=True, default=None)
    memory_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    words = serializers.CharField(max_length=MAX_WORDS, required=False, allow_blank=True, default="")
    correction = serializers.CharField(max_length=MAX_WORDS, required=False, allow_blank=True, default="")
    received_at = BeginField(required=False, allow_null=True, default=None)


class RequestListInput(PageInput):
    open = serializers.BooleanField(required=False, default=False, help_text="Only those that have not ended.")
    kind = serializers.ChoiceField(choices=RequestKind.choices, required=False, allow_null=True, default=None)


class VerifyInput(serializers.Serializer[object]):
    method = serializers.ChoiceField(choices=BY_PEOPLE)


class ExtendInput(serializers.Serializer[object]):
    reason = serializers.ChoiceField(choices=ExtensionReason.choices)


class PauseInput(serializers.Serializer[object]):
    reason = serializers.ChoiceField(choices=PauseReason.choices)


class RefuseInput(serializers.Serializer[object]):
    """Without a memory or purpose, all of the request is refused."""

    ground = serializers.ChoiceField(choices=Ground.choices)
    memory_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    purpose = serializers.CharField(max_length=100, required=False, allow_null=True, default=None)


class ApproveInput(serializers.Serializer[object]):
    digest = serializers.RegexField(r"^[0-9a-fA-F]{64}$", help_text="The digest of the plan that you approve.")


class RejectInput(serializers.Serializer[object]):
    ground = serializers.ChoiceField(choices=Ground.choices)


class ReceiptInput(serializers.Serializer[object]):
    receipt = serializers.CharField(max_length=200)


class SettleNoticeInput(serializers.Serializer[object]):
    state = serializers.ChoiceField(choices=NoticeState.choices)
    channel = serializers.ChoiceField(choices=SAID)


class WithholdInput(serializers.Serializer[object]):
    memory_id = serializers.UUIDField()
    ground = serializers.ChoiceField(choices=Ground.choices, default=Ground.RIGHTS_OF_OTHERS.value)


class PortalLinkInput(PersonInput):
    minutes = serializers.IntegerField(
        required=False, default=LINK_MINUTES, help_text=f"How long it waits to be opened, at most {LONGEST_MINUTES}."
    )
    expected = serializers.BooleanField(
        required=False, default=False, help_text="Staff only: also for a person of whom nothing is known yet."
    )


class CopyTokenInput(serializers.Serializer[object]):
    token = serializers.CharField(max_length=200)
