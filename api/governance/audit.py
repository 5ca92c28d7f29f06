"""The audit trail for auditors: status, public keys, proofs, bundles, and a verifier that works without memstore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from api.governance import inputs
from api.governance.day_fields import BeginField, EndField
from api.governance.governed_view import GovernedView
from api.governance.replies import answer, listed, listing, reply
from api.web.authentication import caller
from api.web.downloads import bundle_file
from governance.accountability import configuration_changes
from governance.accountability.configuration_changes import ChangeView
from governance.evidence import auditor, verify_trail
from governance.evidence.auditor import AuditStatus
from governance.evidence.proof_files import EventProof, GrowthProof
from governance.keyring.signing import PublicKey
from governance.vocabulary import Action

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import FileResponse
    from rest_framework.request import Request
    from rest_framework.response import Response

TAGS = ["audit"]
ZIP = OpenApiResponse(OpenApiTypes.BINARY, description="A ZIP that `proof.py` checks.")


class BundlePeriodQuery(serializers.Serializer[object]):
    since = BeginField()
    until = EndField()
    consistent_from = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


class SizesQuery(serializers.Serializer[object]):
    first = serializers.IntegerField(min_value=1, max_value=2**62)
    second = serializers.IntegerField(min_value=1, max_value=2**62)


class AuditStatusView(GovernedView):
    @extend_schema(tags=TAGS, responses=reply(AuditStatus), summary="How far the trail is sealed, anchored, checked")
    def get(self, request: Request) -> Response:
        return answer(auditor.audit_status(caller=caller(request)))


class AuditKeysView(GovernedView):
    @extend_schema(
        tags=TAGS, responses=listed(PublicKey), summary="The public keys that signed the trail, certificates and copies"
    )
    def get(self, request: Request) -> Response:
        return listing(auditor.published_keys(caller=caller(request)))


class InclusionView(GovernedView):
    @extend_schema(tags=TAGS, responses=reply(EventProof), summary="Proof that an event is in the trail")
    def get(self, request: Request, event_id: UUID) -> Response:
        return answer(auditor.prove_inclusion(caller=caller(request), event_id=event_id))


class ConsistencyView(GovernedView):
    @extend_schema(
        tags=TAGS,
        parameters=[OpenApiParameter("first", int, required=True), OpenApiParameter("second", int, required=True)],
        responses=reply(GrowthProof),
        summary="Proof that the trail only grew between two heads",
    )
    def get(self, request: Request) -> Response:
        asker, sizes = inputs.query_for(request, SizesQuery, Action.READ_AUDIT)
        return answer(auditor.prove_consistency(caller=asker, **sizes))


class BundleView(GovernedView):
    @extend_schema(
        tags=TAGS,
        parameters=[
            OpenApiParameter("since", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("until", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("consistent_from", int, description="The size of an earlier head that you hold."),
        ],
        responses={(200, "application/zip"): ZIP},
        summary="The events of a period, with their proof",
    )
    def get(self, request: Request) -> FileResponse:
        asker, wanted = inputs.query_for(request, BundlePeriodQuery, Action.EXPORT_AUDIT)
        return bundle_file(asker, **wanted)


class ChangesQuery(serializers.Serializer[object]):
    object_type = serializers.CharField(required=False, max_length=40)
    object_id = serializers.UUIDField(required=False)
    principal_id = serializers.UUIDField(required=False)
    since = BeginField(required=False)
    until = EndField(required=False)
    before = serializers.UUIDField(required=False, help_text="The id of the last one seen: the page after it.")
    limit = serializers.IntegerField(default=100, min_value=1, max_value=configuration_changes.MAX_LIMIT)


class ChangesView(GovernedView):
    @extend_schema(
        tags=TAGS,
        parameters=[ChangesQuery],
        responses=listed(ChangeView),
        summary="Who changed which configuration, from what to what",
    )
    def get(self, request: Request) -> Response:
        asker, wanted = inputs.query_for(request, ChangesQuery, Action.READ_CHANGES)
        return listing(configuration_changes.list_changes(caller=asker, **wanted))


class TrailVerifierView(GovernedView):
    """The verifier of bundles and proofs.

    It needs no key: an outsider who checks the trail is not known to the service.
    """

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(tags=TAGS, responses={(200, "text/x-python"): OpenApiTypes.STR}, summary="proof.py, the verifier")
    def get(self, request: Request) -> HttpResponse:
        text = Path(verify_trail.__file__).read_text(encoding="utf-8")
        headers = {"Content-Disposition": 'attachment; filename="proof.py"'}
        return HttpResponse(text, content_type="text/x-python; charset=utf-8", headers=headers)
