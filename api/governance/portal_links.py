"""Links to the portal, and one-time codes with which a person proves there who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from drf_spectacular.utils import extend_schema

from api.governance import request_inputs as bodies
from api.governance.governed_view import GovernedView
from api.governance.inputs import Nothing, read_for
from api.governance.replies import answer, reply
from api.web.authentication import caller
from api.web.client_address import public_address
from governance.rights.portal.codes import IssuedCode, issue_code
from governance.rights.portal.links import issue_link
from governance.vocabulary import Action

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

TAGS = ["portal"]


@dataclass(frozen=True, slots=True)
class PortalLinkReply:
    """`url` opens the portal once. Hand it to the person, by a way that reaches no one else."""

    url: str
    expires_at: datetime


class PortalLinksView(GovernedView):
    shows_once = True

    @extend_schema(
        tags=TAGS,
        request=bodies.PortalLinkInput,
        responses={201: reply(PortalLinkReply)},
        summary="A link to a person's own page, shown once",
    )
    def post(self, request: Request) -> Response:
        asker, body = read_for(request, bodies.PortalLinkInput, Action.ISSUE_PORTAL_LINK)
        kind, external_id = body["scope"].subject()
        issued = issue_link(
            caller=asker,
            subject_kind=kind,
            external_id=external_id,
            minutes=body["minutes"],
            expected=body["expected"],
        )
        path = reverse("portal:enter", args=[issued.text])
        return answer(PortalLinkReply(public_address(request._request, path), issued.expires_at), 201)


class CodeView(GovernedView):
    shows_once = True

    @extend_schema(
        tags=TAGS,
        request=Nothing,
        responses={201: reply(IssuedCode)},
        summary="A one-time code for the person, shown once",
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        return answer(issue_code(caller=caller(request), request_id=request_id), 201)
