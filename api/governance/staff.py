"""Sessions, staff and API keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from api.governance import inputs
from api.governance.governed_view import GovernedView, listed_by
from api.governance.replies import answer, listed, listing, reply
from api.web.authentication import caller
from api.web.middleware import request_id
from api.web.request_body import read
from api.web.throttling import line_of, spend_unknown
from governance.access import api_keys, sessions, staff
from governance.access.api_keys import KeyView
from governance.access.connect import connect
from governance.access.sessions import SignedIn
from governance.access.staff import Enrolment, StaffView
from governance.access.tokens import read_claim
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from rest_framework.request import Request

SESSION, STAFF, KEYS = ["session"], ["staff"], ["api keys"]


@dataclass(frozen=True, slots=True)
class SteppedUp:
    stepped_up_until: datetime


@dataclass(frozen=True, slots=True)
class ClaimCode:
    """Shown once. Hand it to the person who claims with it, and to no one else."""

    claim_code: str


@dataclass(frozen=True, slots=True)
class ClaimedKey:
    """Shown once."""

    api_key: str


@dataclass(frozen=True, slots=True)
class WhoAmI:
    id: str
    role: str
    capabilities: tuple[str, ...]
    stepped_up_until: datetime | None
    expires_at: datetime | None


class SessionView(GovernedView):
    asks_only = True

    @extend_schema(tags=SESSION, request=None, responses=reply(WhoAmI), summary="The caller's role and capabilities")
    def get(self, request: Request) -> Response:
        who = connect(caller=caller(request))
        held = tuple(sorted(capability.value for capability in who.capabilities))
        return answer(WhoAmI(str(who.id), who.role.value, held, who.stepped_up_until, who.expires_at))

    @extend_schema(tags=SESSION, request=inputs.Nothing, responses={204: None}, summary="Sign out")
    def delete(self, request: Request) -> Response:
        sessions.sign_out(caller=caller(request))
        return Response(status=204)


class SignInView(GovernedView):
    asks_only = True

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(tags=SESSION, auth=[], request=inputs.SignInInput, responses=reply(SignedIn), summary="Sign in")
    def post(self, request: Request) -> Response:
        spend_unknown(request)
        body = read(inputs.SignInInput, request.data)
        here = request._request
        return answer(sessions.sign_in(**body, address=line_of(here), request_id=request_id(here)))


class StepUpView(GovernedView):
    asks_only = True

    @extend_schema(tags=SESSION, request=inputs.CodeInput, responses=reply(SteppedUp), summary="Give a second factor")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.CodeInput, Action.STEP_UP)
        return answer(SteppedUp(sessions.step_up(caller=asker, code=body["code"])))


class StaffListView(GovernedView):
    again = listed_by(staff.list_staff)

    @extend_schema(tags=STAFF, responses=listed(StaffView), summary="All members of staff")
    def get(self, request: Request) -> Response:
        return listing(staff.list_staff(caller=caller(request)))

    @extend_schema(tags=STAFF, request=inputs.MemberInput, responses=reply(StaffView), summary="Ask for an account")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.MemberInput, Action.REQUEST_MEMBER)
        return answer(staff.request_member(caller=asker, **body), 201)


class StaffApproveView(GovernedView):
    shows_once = True

    @extend_schema(
        tags=STAFF, request=inputs.Nothing, responses=reply(ClaimCode), summary="Approve it: a second person"
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        return answer(ClaimCode(staff.approve_member(caller=caller(request), user_id=user_id)))


class StaffSuspendView(GovernedView):
    @extend_schema(tags=STAFF, request=inputs.Nothing, responses={204: None}, summary="Suspend an account at once")
    def post(self, request: Request, user_id: UUID) -> Response:
        staff.suspend_member(caller=caller(request), user_id=user_id)
        return Response(status=204)


class EnrolView(GovernedView):
    asks_only = True

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        tags=STAFF,
        auth=[],
        request=inputs.EnrolInput,
        responses=reply(Enrolment),
        summary="Set password and second factor",
    )
    def post(self, request: Request) -> Response:
        spend_unknown(request)
        body = read(inputs.EnrolInput, request.data)
        tenant_id, user_id, code = read_claim(body["claim_code"])
        return answer(staff.enrol(tenant_id=tenant_id, user_id=user_id, code=code, password=body["password"]))


class KeyListView(GovernedView):
    again = listed_by(api_keys.list_keys)

    @extend_schema(tags=KEYS, responses=listed(KeyView), summary="All API keys")
    def get(self, request: Request) -> Response:
        return listing(api_keys.list_keys(caller=caller(request)))

    @extend_schema(tags=KEYS, request=inputs.KeyInput, responses=reply(KeyView), summary="Ask for a key")
    def post(self, request: Request) -> Response:
        asker, body = inputs.read_for(request, inputs.KeyInput, Action.REQUEST_KEY)
        return answer(api_keys.request_key(caller=asker, **body), 201)


class KeyApproveView(GovernedView):
    shows_once = True

    @extend_schema(tags=KEYS, request=inputs.Nothing, responses=reply(ClaimCode), summary="Approve it: a second person")
    def post(self, request: Request, key_id: UUID) -> Response:
        return answer(ClaimCode(api_keys.approve_key(caller=caller(request), key_id=key_id)))


class KeyRevokeView(GovernedView):
    @extend_schema(tags=KEYS, request=inputs.Nothing, responses={204: None}, summary="Revoke a key at once")
    def post(self, request: Request, key_id: UUID) -> Response:
        api_keys.revoke_key(caller=caller(request), key_id=key_id)
        return Response(status=204)


class KeyClaimView(GovernedView):
    asks_only = True

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        tags=KEYS, auth=[], request=inputs.ClaimInput, responses=reply(ClaimedKey), summary="Claim a key, once"
    )
    def post(self, request: Request) -> Response:
        spend_unknown(request)
        tenant_id, key_id, code = read_claim(read(inputs.ClaimInput, request.data)["claim_code"])
        return answer(ClaimedKey(api_keys.claim_key(tenant_id=tenant_id, key_id=key_id, code=code)))
