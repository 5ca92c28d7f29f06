"""Pages to sign in and out, to step up, to enrol and to claim a key.

No caller is known before signing in, so a failure says the same whatever its cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from api.console import cookie
from api.console.form_actions import ConsoleForm
from api.console.page import alone, page, public, show
from api.console.refusals import words_of_refusal
from api.web.middleware import request_id
from api.web.throttling import line_of, spend_address
from governance.access import api_keys, sessions, staff
from governance.access.oidc_provider import is_configured
from governance.access.tokens import read_claim
from governance.errors import AccessRefused, InvalidChange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from governance.context import Caller

CODE = gettext_lazy("One-time code")
CODE_HELP = gettext_lazy("Six digits, from your authenticator app.")


class OneTimeCodeField(forms.RegexField):
    """A field for six digits, in two groups or not."""

    def __init__(self) -> None:
        given = {"inputmode": "numeric", "autocomplete": "one-time-code"}
        super().__init__(r"^[0-9]{6}$", label=CODE, help_text=CODE_HELP, widget=forms.TextInput(attrs=given))

    def to_python(self, value: object) -> str:
        return (super().to_python(value) or "").replace(" ", "")


class SignInForm(ConsoleForm):
    tenant = forms.CharField(label=gettext_lazy("Organisation"), max_length=100)
    username = forms.CharField(
        label=gettext_lazy("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = OneTimeCodeField()


class CodeForm(ConsoleForm):
    code = OneTimeCodeField()


class EnrolForm(ConsoleForm):
    claim = forms.CharField(label=gettext_lazy("Claim code"), max_length=300)
    password = forms.CharField(
        label=gettext_lazy("New password"),
        min_length=staff.MIN_PASSWORD_CHARS,
        max_length=staff.MAX_PASSWORD_CHARS,
        strip=False,
        help_text=gettext_lazy("At least 12 characters. Length is what counts: a few words will do."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        max_length=staff.MAX_PASSWORD_CHARS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise forms.ValidationError(_("The two passwords differ."))
        return again


class ClaimForm(ConsoleForm):
    claim = forms.CharField(label=gettext_lazy("Claim code"), max_length=300)


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    onward = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None) or not onward.startswith("/console/"):
        onward = reverse("console:home")
    if request.method == "POST" and form.is_valid():
        said: dict[str, str] = form.cleaned_data
        try:
            spend_address(request)
            session = sessions.sign_in(
                tenant=said["tenant"].strip(),
                username=said["username"].strip(),
                password=said["password"],
                code=said["code"],
                address=line_of(request),
                request_id=request_id(request),
                idle=cookie.idle(),
            )
        except AccessRefused:
            form.add_error(
                None, _("This did not work: something is wrong, or there were too many failures. Wait some minutes.")
            )
        else:
            response = HttpResponseRedirect(onward)
            cookie.SESSION.keep(response, session.token, session.expires_at)
            return response
    return _form_page(request, "console/sign_in.html", form, {"next": onward, "sign_on": is_configured()})


@require_POST
@public
def sign_out(request: HttpRequest) -> HttpResponse:
    caller = cookie.session_caller(request)
    if caller is not None:
        sessions.sign_out(caller=caller)
    response = HttpResponseRedirect(reverse("console:sign-in"))
    cookie.SESSION.drop(response)
    return response


@page
def step_up(request: HttpRequest, caller: Caller) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sessions.step_up(caller=caller, code=form.cleaned_data["code"])
        except AccessRefused as refused:
            form.add_error("code", words_of_refusal(refused))
        else:
            return HttpResponseRedirect(f"{reverse('console:home')}?done=stepped-up")
    return show(request, caller, "console/step_up.html", {"form": form, "sign_on": is_configured()})


@public
def enrol(request: HttpRequest) -> HttpResponse:
    """Set the password of a new member of staff and issue the second factor. The claim code works once."""
    form = EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            spend_address(request)
            tenant_id, user_id, code = read_claim(str(form.cleaned_data["claim"]))
            done = staff.enrol(
                tenant_id=tenant_id, user_id=user_id, code=code, password=str(form.cleaned_data["password"])
            )
        except InvalidChange as wrong:
            form.add_error("password", wrong.problem)
        except AccessRefused:
            form.add_error("claim", _("This code is not known, or was used before."))
        else:
            picture = segno.make(done.totp_uri, error="m").svg_inline(border=3, omitsize=True)
            # Drawn by segno from our own words: the only markup that is not escaped.
            shown = {"enrolment": done, "picture": SafeString(picture)}
            return alone(request, "console/enrolled.html", shown)
    return _form_page(request, "console/enrol.html", form)


@public
def claim_key(request: HttpRequest) -> HttpResponse:
    """Show the secret of an approved API key to its developer, once."""
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            spend_address(request)
            tenant_id, key_id, code = read_claim(str(form.cleaned_data["claim"]))
            key = api_keys.claim_key(tenant_id=tenant_id, key_id=key_id, code=code)
        except AccessRefused:
            form.add_error("claim", _("This code is not known, or was used before."))
        else:
            return alone(request, "console/claimed.html", {"api_key": key})
    return _form_page(request, "console/claim.html", form)


def _form_page(
    request: HttpRequest, template: str, form: forms.Form, context: Mapping[str, object] | None = None
) -> HttpResponse:
    return alone(request, template, {"form": form, **(context or {})}, status=400 if form.errors else 200)
