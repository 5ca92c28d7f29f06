"""Certificates of erasure, read by those who handle or opened the request and checked with the public verifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from api.governance.governed_view import GovernedView
from api.governance.replies import listing
from api.web.authentication import caller
from governance.evidence.certificates import verify_certificate
from governance.evidence.certificates.read import read_certificates

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

TAGS = ["requests"]


class CertificateKeyReply(serializers.Serializer[object]):
    id = serializers.UUIDField()
    public = serializers.CharField(help_text="32 bytes in hex.")


class CertificateFileReply(serializers.Serializer[object]):
    certificate = serializers.DictField(help_text="What is signed, as canonical JSON (RFC 8785).")
    signature = serializers.CharField(help_text="Ed25519, 64 bytes in hex.")
    public_key = CertificateKeyReply()


class CertificateListReply(serializers.Serializer[object]):
    results = CertificateFileReply(many=True)


class CertificateListView(GovernedView):
    """The answer, saved as a file, is what `verify_certificate.py` checks."""

    @extend_schema(tags=TAGS, responses=CertificateListReply, summary="The certificates of an erasure, one per round")
    def get(self, request: Request, request_id: UUID) -> Response:
        answer = listing(read_certificates(caller=caller(request), request_id=request_id))
        answer["Cache-Control"] = "no-store"
        return answer


class CertificateVerifierView(GovernedView):
    """The verifier of certificates. It needs no key: the holder of a certificate is not known to the service."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        tags=TAGS, responses={(200, "text/x-python"): OpenApiTypes.STR}, summary="verify_certificate.py, the verifier"
    )
    def get(self, request: Request) -> HttpResponse:
        text = Path(verify_certificate.__file__).read_text(encoding="utf-8")
        headers = {"Content-Disposition": 'attachment; filename="verify_certificate.py"'}
        return HttpResponse(text, content_type="text/x-python; charset=utf-8", headers=headers)
