"""The base view of the governance API: its writes take an Idempotency-Key (IETF draft "Idempotency-Key").

Sent again under the same key, a request is not done again. Its answer is rendered anew from the object, as the caller
may see it; an answer that showed a secret once is not shown twice (409 `already_done`, with the object's id).
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from uuid import UUID

from rest_framework.response import Response
from rest_framework.views import APIView

from api.web.authentication import caller
from api.web.errors import error_response
from api.web.idempotency_key import once
from api.web.json_values import plain
from api.web.middleware import request_id
from governance.access import idempotency_keys
from governance.errors import AccessRefused
from governance.guard import idempotency_claim
from governance.guard.idempotency_claim import Claim, Found
from governance.policy.decide import Principal
from governance.tenancy.days import days_of
from memstore.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest, JsonResponse
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    from governance.context import Caller

READS = frozenset({"GET", "HEAD", "OPTIONS"})
REPLAYED = "Idempotent-Replayed"


class Again(Protocol):
    """A function that returns the object of an earlier answer, as the caller may see it; None when it is gone."""

    def __call__(self, *, caller: Caller, object_id: UUID) -> object | None: ...


def listed_by(listing: Callable[..., Iterable[Any]], field: str = "id") -> Again:
    """Return an `Again` that takes from `listing` the entry whose `field` is the object's id."""

    def again(*, caller: Caller, object_id: UUID) -> object | None:
        return next((view for view in listing(caller=caller) if getattr(view, field) == object_id), None)

    return again


class _Replay(Exception):
    """The request was answered before."""

    def __init__(self, earlier: Claim) -> None:
        super().__init__("replayed")
        self.earlier = earlier


class GovernedView(APIView):
    """Part of the governance API. A write that takes an Idempotency-Key is done once for each key."""

    # The docstring above is shown in the OpenAPI file for every view without one of its own.
    # `asks_only`: its POST changes nothing, or is once by nature (a sign-in, a one-time code), and takes no key.
    # `shows_once`: the answer of its POST holds a secret.
    asks_only: ClassVar[bool] = False
    shows_once: ClassVar[bool] = False
    again: ClassVar[Again | None] = None

    @classmethod
    def takes_key(cls, method: str) -> bool:
        return method.upper() not in READS and not cls.asks_only and bool(cls.authentication_classes)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self._claimed: list[Claim] = []  # one, once the key is this request's
        try:
            with idempotency_claim.held(), ExitStack() as self._shown_in:
                response = super().dispatch(request, *args, **kwargs)
        except BaseException:  # whatever it was: what was not done may be sent again
            for claim in self._claimed:
                idempotency_keys.close(claim, status=500, object_id=None)
            raise
        for claim in self._claimed:
            idempotency_keys.close(claim, status=response.status_code, object_id=_object_id(response))
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        principal = request.user
        if isinstance(principal, Principal):
            self._shown_in.enter_context(days_of(principal.tenant_id))
        if not isinstance(principal, Principal) or not self.takes_key(request.method or "GET"):
            return
        sent = once(request)
        if sent is None:
            return
        taken = idempotency_keys.claim(principal=principal, key=sent.key, request=sent.request)
        if taken.found is Found.OTHER_REQUEST:
            raise Conflict("this Idempotency-Key was used before with a different request")
        if taken.found is not Found.NEW:
            raise _Replay(taken)
        self._claimed = [taken]
        idempotency_claim.hold(taken)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            return self._replay(exc.earlier)  # type: ignore[return-value]  # DRF passes on what renders itself
        return super().handle_exception(exc)

    def _replay(self, earlier: Claim) -> Response | JsonResponse:
        request: Request = self.request
        number = request_id(request._request)
        named = {"id": str(earlier.object_id) if earlier.object_id else None}
        headers = {REPLAYED: "true"}
        if earlier.found is Found.RUNNING:
            words = "The same request is being done. Send it again in a moment."
            return error_response(409, "still_running", words, number, headers={"Retry-After": "1"})
        if self.shows_once:
            words = "This was done before. What was shown with it is not shown twice."
            return error_response(409, "already_done", words, number, headers=headers, beside=named)
        if earlier.status == 204:  # noqa: PLR2004
            return Response(status=204, headers=headers)
        found = self._found(request, earlier)
        return Response(plain(found) if found is not None else named, status=earlier.status or 200, headers=headers)

    def _found(self, request: Request, earlier: Claim) -> object | None:
        again = type(self).again
        if again is None or earlier.object_id is None:
            return None
        try:
            return again(caller=caller(request), object_id=earlier.object_id)
        except AccessRefused:  # recorded; a caller that may do it may still not be allowed to read it
            return None


def _object_id(response: HttpResponseBase) -> UUID | None:
    data = getattr(response, "data", None)
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, UUID) else None
