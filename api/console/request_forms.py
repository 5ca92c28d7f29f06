"""Forms of a request: what a person asks for, and each step of the handling with what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from api.console import confirmed_request_actions as presses
from api.console.external_id_field import IdFormField
from api.console.form_actions import ConsoleForm, chosen, moment_field
from api.console.similar_ids import ids_of
from api.console.words import words_of
from governance.models import (
    ClockProfile,
    ExtensionReason,
    Ground,
    NoticeState,
    PauseReason,
    RequestKind,
    RequestState,
    Verification,
)
from governance.rights import handling
from governance.rights.requests import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from django.http import QueryDict

    from api.console.confirmation import Press
    from governance.context import Caller
    from governance.rights.request_view import RequestView

KINDS = [(one.value, words_of(one.value)) for one in RequestKind]
CHANNELS = [(one, words_of(one)) for one in ("branch", "letter", "phone", "email", "portal")]
GROUNDS: dict[Ground, object] = {
    Ground.NOT_IDENTIFIED: _("The person cannot be identified (Art. 12(2))"),
    Ground.UNFOUNDED_OR_EXCESSIVE: _("Manifestly unfounded or excessive (Art. 12(5))"),
    Ground.LEGAL_OBLIGATION: _("A law demands that it is kept (Art. 17(3)(b))"),
    Ground.LEGAL_CLAIMS: _("Legal claims (Art. 17(3)(e))"),
    Ground.FREE_EXPRESSION: _("Freedom of expression (Art. 17(3)(a))"),
    Ground.PUBLIC_HEALTH: _("Public health (Art. 17(3)(c))"),
    Ground.ARCHIVING: _("Archiving, research, statistics (Art. 17(3)(d))"),
    Ground.RIGHTS_OF_OTHERS: _("Rights of others (Art. 15(4))"),
    Ground.ACCURATE: _("It is accurate as it is (Art. 16)"),
    Ground.COMPELLING_GROUNDS: _("Compelling legitimate grounds (Art. 21(1))"),
}
REFUSABLE = [(ground.value, words) for ground, words in GROUNDS.items()]


class NewRequestForm(ConsoleForm):
    user_id = IdFormField(label=_("User id"), help_text=_("As the assistant knows the person. It is sealed."))
    also = forms.CharField(
        label=_("Other ids of the same person"),
        required=False,
        max_length=20 * 512,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One on each line. Each becomes a request of its own, with the same clock."),
    )
    kind = forms.ChoiceField(label=_("What is asked for"), choices=KINDS)
    channel = forms.ChoiceField(label=_("How it came"), choices=CHANNELS)
    received_at = moment_field(
        _("When it came"), required=False, help_text=_("UTC. Empty: now. The clock runs from here.")
    )
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        required=False,
        help_text=_("For an objection or a withdrawal; a restriction without one is about all."),
    )
    memory_id = forms.UUIDField(label=_("Memory"), required=False, help_text=_("For a rectification: its id."))
    correction = forms.CharField(
        label=_("What it should say"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    words = forms.CharField(
        label=_("In their words"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def ids(self) -> list[str]:
        """Return all ids of the person: the first one, those beside it, and the near duplicates that were ticked."""
        return ids_of(self, self.cleaned_data["also"].splitlines())

    def asked(self) -> Asked:
        said = self.cleaned_data
        return Asked(
            kind=RequestKind(said["kind"]),
            channel=said["channel"],
            purpose=said["purpose"].strip() or None,
            memory_id=said["memory_id"],
            words=said["words"],
            correction=said["correction"],
            received_at=said["received_at"],
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the handling: `do(caller, request, fields)`, or `press`, which is confirmed first.

    `done` says so afterwards.
    """

    done: str
    do: Callable[[Caller, UUID, QueryDict], object] | None = None
    press: Callable[[UUID, QueryDict], Press] | None = None


STEPS: dict[str, Step] = {
    "verify": Step("verified", press=presses.verify),
    "extend": Step(
        "extended",
        lambda caller, number, fields: handling.extend_request(
            caller=caller, request_id=number, reason=chosen(ExtensionReason, fields, "reason")
        ),
    ),
    "pause": Step(
        "paused",
        lambda caller, number, fields: handling.pause_request(
            caller=caller, request_id=number, reason=chosen(PauseReason, fields, "reason")
        ),
    ),
    "resume": Step(
        "resumed", lambda caller, number, _fields: handling.resume_request(caller=caller, request_id=number)
    ),
    "refuse": Step("refused", press=presses.refuse),
    "cancel": Step("cancelled", press=presses.cancel),
    "fulfil": Step("fulfilled", press=presses.fulfil),
    "approve": Step("approved-erasure", press=presses.approve),
    "reject": Step("rejected", press=presses.reject),
    "withdraw": Step("withdrawn-erasure", press=presses.withdraw),
    "tell": Step("told", press=presses.tell),
    "withhold": Step("withheld", press=presses.leave_out),
}


@dataclass(frozen=True, slots=True)
class StepForms:
    """The choices that the open steps of this request offer; None where a step is not open."""

    methods: list[tuple[str, str]] | None
    extensions: list[tuple[str, str]] | None
    pauses: list[tuple[str, str]] | None
    resume: bool
    cancel: bool
    notice_states: list[tuple[str, str]]
    channels: list[tuple[str, str]]

    @classmethod
    def for_request(cls, asked: RequestView) -> StepForms:
        is_open = asked.closed_at is None and asked.state != RequestState.PARTLY_DONE.value
        waits = is_open and not asked.overdue
        return cls(
            methods=_named(presses.METHODS) if is_open and not asked.verified_at else None,
            extensions=_choices(ExtensionReason) if waits and not asked.extended else None,
            pauses=_choices(PauseReason)
            if waits and not asked.paused and asked.profile == ClockProfile.GDPR.value
            else None,
            resume=is_open and asked.paused,
            cancel=is_open,
            notice_states=_named(one for one in NoticeState if one is not NoticeState.PENDING),
            channels=CHANNELS,
        )


def _named(members: Iterable[Verification | NoticeState]) -> list[tuple[str, str]]:
    return [(one.value, words_of(one.value)) for one in members]


def _choices(kind: type[ExtensionReason | PauseReason]) -> list[tuple[str, str]]:
    return [(str(value), words_of(value)) for value in kind.values]
