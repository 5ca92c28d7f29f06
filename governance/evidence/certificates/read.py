"""Certificates of one request, for its requester and for those who handle requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from governance.errors import NoSuchObject
from governance.evidence.certificates.statement import handed_out
from governance.guard.authorize import authorize
from governance.keyring.signing import public_keys
from governance.models import Certificate, RightsRequest
from governance.vocabulary import Action, Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from governance.context import Caller


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A certificate as it is handed out and `verify_certificate.py` checks it; the fields are those of the file."""

    certificate: dict[str, Any]
    signature: str
    public_key: dict[str, str]


def read_certificates(*, caller: Caller, request_id: UUID) -> list[CertificateFile]:
    """Return the certificates of a request, one per round, the first one first; empty while the erasure is under way.

    A key sees those of requests that it opened. Raises NoSuchObject for any other request.
    """
    grant = authorize(caller=caller, action=Action.READ_CERTIFICATE, object_id=request_id)
    with grant.effect():
        request = RightsRequest.objects.filter(id=request_id).only("opened_by").first()
        is_machine = caller.principal.role is Role.API_KEY
        if request is None or (is_machine and request.opened_by != caller.principal.id):
            raise NoSuchObject("request")
        rows = certificates_of(request_id)
        grant.record(object_id=request_id, n_items=len(rows))
    return certificate_files(caller.tenant_id, rows)


def certificates_of(request_id: UUID) -> list[Certificate]:
    """Return the certificates of a request, one per round, the first one first.

    Call it inside the effect of a grant.
    """
    return list(Certificate.objects.filter(erasure__request_id=request_id).order_by("round"))


def certificate_files(tenant_id: UUID, rows: Iterable[Certificate]) -> list[CertificateFile]:
    """Return the files to hand out, with their public keys. Call it outside the transaction: the keys are in `keys`."""
    public = {key.id: key.public for key in public_keys(tenant_id)}
    return [_file(row, public[row.key_id]) for row in rows]


def _file(row: Certificate, public: str) -> CertificateFile:
    said: Any = handed_out(json.loads(bytes(row.document)), bytes(row.signature), row.key_id, public)
    return CertificateFile(**said)
