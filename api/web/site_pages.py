"""The common half of console and portal: answers to requests that fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.http import Http404, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from api.web.errors import STATUS_OF_REASON
from api.web.pages import METHODS, failure, hardened
from api.web.throttling import KeyThrottled
from governance.errors import AccessRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Site:
    """Words and the problem page of one site.

    `words_of` says a refusal, `throttled` the limit on attempts, `failed` a failure by the words of the table of
    errors. `problem` renders the page that shows such words with a status.
    """

    words_of: Callable[[AccessRefused], str]
    throttled: Callable[[], str]
    failed: Callable[[str], str]
    problem: Callable[[HttpRequest, str, int], HttpResponse]

    def public(
        self, view: Callable[Concatenate[HttpRequest, P], HttpResponse]
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        """Make a page that needs no session: hardened, and a refusal is a page as well, never a stack trace."""

        @wraps(view)
        def visited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in METHODS:
                return hardened(HttpResponseNotAllowed(METHODS))
            try:
                return hardened(view(request, *args, **kwargs))
            except Exception as error:  # each kind has its words; an error that was not foreseen goes on
                status, words = self.problem_of(error)
                if status is None:
                    raise
                return hardened(self.problem(request, words, status))

        return visited

    def problem_of(self, error: Exception) -> tuple[int | None, str]:
        """Return (status, words) that may be shown of `error`; (None, "") for one that was not foreseen."""
        if isinstance(error, AccessRefused):
            return STATUS_OF_REASON.get(error.reason, 403), self.words_of(error)
        if isinstance(error, KeyThrottled):
            return 429, self.throttled()
        if isinstance(error, Http404):
            return 404, _("There is nothing at this address.")
        found = failure(error)
        if found is None:
            return None, ""
        return found[0], self.failed(found[1]) if found[1] else _("This is more than one form may hold.")
