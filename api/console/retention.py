"""Pages of retention rules: how long memories are kept, and a dry run of each rule before it is decided."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from api.console import confirmed_actions
from api.console.charts import Chart
from api.console.confirmation import confirm
from api.console.form_actions import ConsoleForm, act, submit
from api.console.page import page, show
from api.console.refusals import words_of_refusal
from api.console.words import REASONS, words_of
from governance.access.staff import names_of_staff
from governance.dual_control.proposals import ProposalKind
from governance.errors import AccessRefused, NoSuchObject
from governance.policy.retention import Authority, PeriodStart, RuleKind
from governance.processing.purposes import list_purposes
from governance.processing.retention_rules import RuleTerms, list_rules, propose_end, propose_rule
from governance.vocabulary import Action, Capability, DataClass
from memstore.oversight import retention_preview

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller
    from memstore.oversight.retention_preview import RetentionPreview


def _of(kind: type[RuleKind | PeriodStart | Authority]) -> list[tuple[str, str]]:
    return [(one.value, words_of(one.value)) for one in kind]


class RuleForm(ConsoleForm):
    name = forms.CharField(
        label=gettext_lazy("Law or decision"), max_length=100, help_text=gettext_lazy("As 17 CFR 240.17a-4.")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=_of(RuleKind),
        help_text=gettext_lazy("A floor keeps at least so long, a ceiling at most."),
    )
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1)
    anchor = forms.ChoiceField(label=gettext_lazy("Counted from"), choices=_of(PeriodStart))
    authority = forms.ChoiceField(label=gettext_lazy("Whose rule"), choices=_of(Authority))
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), required=False)
    data_class = forms.ChoiceField(
        label=gettext_lazy("Class"),
        required=False,
        choices=[("", gettext_lazy("every class")), *((one.value, words_of(one.value)) for one in DataClass)],
    )

    def terms(self) -> RuleTerms:
        said = self.cleaned_data
        return RuleTerms(
            name=said["name"],
            kind=RuleKind(said["kind"]),
            days=said["days"],
            anchor=PeriodStart(said["anchor"]),
            authority=Authority(said["authority"]),
            purpose=said["purpose"] or None,
            data_class=DataClass(said["data_class"]) if said["data_class"] else None,
        )

    @property
    def mark(self) -> str:
        """Return a digest of these terms: sent along with the proposal, it shows that their dry run was shown."""
        return hashlib.sha256(repr(self.terms()).encode()).hexdigest()

    @property
    def was_shown(self) -> bool:
        return self.is_valid() and self.data.get("shown") == self.mark


@page
def retention(request: HttpRequest, caller: Caller) -> HttpResponse:
    context = {
        "rules": list_rules(caller=caller),
        "status": retention_preview.status(caller=caller),
        "may_propose": Capability.PROPOSE_RETENTION in caller.principal.capabilities,
    }
    return show(request, caller, "console/retention.html", context)


@page
def new(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the dry run of a new rule; propose it when the same terms are sent again.

    Other terms are shown a dry run of their own first.
    """
    form = RuleForm(request.POST or None)
    names = [one.name for one in list_purposes(caller=caller)]
    form.offer("purpose", [("", _("every purpose")), *((name, name) for name in names)])
    plan: RetentionPreview | None = None
    if "propose" in request.POST and (form.was_shown or not form.is_valid()):
        sent = submit(
            form,
            request,
            caller,
            Action.PROPOSE_RULE,
            lambda who: propose_rule(caller=who, terms=form.terms()),
            back=reverse("console:retention"),
            done="asked",
        )
        if sent is not None:
            return sent
    elif request.method == "POST" and form.is_valid():
        try:
            plan = retention_preview.preview_terms(caller=caller, terms=form.terms())
        except AccessRefused as refused:
            form.add_error(None, words_of_refusal(refused))
    context = {
        "form": form,
        "plan": plan,
        "charts": _drawn(plan) if plan else (),
        "changed": plan is not None and "propose" in request.POST,
    }
    return show(request, caller, "console/rule_new.html", context, status=400 if form.errors else 200)


@page
def rule(request: HttpRequest, caller: Caller, rule_id: UUID) -> HttpResponse:
    """Show one rule, with the dry run of what waits for a second person."""
    found = next((one for one in list_rules(caller=caller) if one.id == rule_id), None)
    if found is None:
        raise NoSuchObject("rule")
    waits = found.state in {"proposed", "end_proposed"}
    plan = retention_preview.preview(caller=caller, rule_id=rule_id) if waits else None
    held = caller.principal.capabilities
    context = {
        "rule": found,
        "plan": plan,
        "charts": _drawn(plan) if plan else (),
        "may_approve": Capability.APPROVE_RETENTION in held and found.proposed_by != caller.principal.id,
        "own": found.proposed_by == caller.principal.id,
        "kind": (ProposalKind.RULE_END if found.state == "end_proposed" else ProposalKind.RULE).value,
        "reasons": REASONS,
        "staff": names_of_staff(caller=caller),
        "may_end": Capability.PROPOSE_RETENTION in held and found.state == "in_force",
    }
    return show(request, caller, "console/rule.html", context)


@require_POST
@page
def approve(request: HttpRequest, caller: Caller, rule_id: UUID) -> HttpResponse:
    press = confirmed_actions.approve_rule(rule_id, ends=False)
    return confirm(request, caller, press, back=reverse("console:rule", args=[rule_id]), done="approved")


@require_POST
@page
def approve_end(request: HttpRequest, caller: Caller, rule_id: UUID) -> HttpResponse:
    press = confirmed_actions.approve_rule(rule_id, ends=True)
    return confirm(request, caller, press, back=reverse("console:rule", args=[rule_id]), done="approved")


@require_POST
@page
def end(request: HttpRequest, caller: Caller, rule_id: UUID) -> HttpResponse:
    back = reverse("console:rule", args=[rule_id])
    return act(request, caller, lambda who: propose_end(caller=who, rule_id=rule_id), back=back, done="asked")


def _drawn(plan: RetentionPreview) -> tuple[Chart, ...]:
    """Return three charts: destruction by month beside today's plan, all effects, and what purposes lose at once."""
    effects = (
        (_("Destroyed at once"), plan.destroyed),
        (_("Out of use at once"), plan.out_of_use),
        (_("Used for shorter"), plan.shortened),
        (_("Used for longer"), plan.lengthened),
        (_("Kept for longer"), plan.kept_longer),
    )
    then = _("Without this rule") if plan.ends_rule else _("With this rule")
    title = ngettext("What it would do to %(total)s memory", "What it would do to %(total)s memories", plan.total)
    nothing = _("It would change nothing.")
    return (
        Chart(
            id="chart-endings",
            title=_("Memories destroyed, by month"),
            labels=tuple(_month(one.month) for one in plan.endings),
            series=(
                (_("Today's plan"), tuple(one.now for one in plan.endings)),
                (then, tuple(one.then for one in plan.endings)),
            ),
            stacked=False,
            empty=_("Nothing is remembered yet."),
        ),
        Chart(
            id="chart-plan",
            title=title % {"total": plan.total},
            labels=tuple(words for words, _number in effects),
            series=((_("Memories"), tuple(number for _words, number in effects)),),
            empty=nothing,
        ),
        Chart(
            id="chart-purposes",
            title=_("Out of use at once, by purpose"),
            labels=tuple(plan.out_of_use_by_purpose),
            series=((_("Memories"), tuple(plan.out_of_use_by_purpose.values())),),
            empty=_("No purpose loses any at once."),
        ),
    )


def _month(code: str) -> str:
    """Return a month for people to read, like Nov 2026."""
    if code in {retention_preview.AT_ONCE, retention_preview.LATER}:
        return words_of(code)
    year, month = code.split("-")
    return date_format(date(int(year), int(month), 1), "M Y")
