"""Issue of certificates: seal the event, build and sign the statement, and verify it as an outsider would."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import rfc8785

from governance.errors import NoSuchObject
from governance.evidence.bundle import event_at
from governance.evidence.certificates import verify_certificate as verifier
from governance.evidence.certificates.statement import (
    AuditRoot,
    CannotCertify,
    CertificateFacts,
    document,
    handed_out,
    names_nobody,
)
from governance.evidence.merkle_proofs import inclusion
from governance.evidence.proof_files import grown_from_anchor
from governance.evidence.sealer import seal
from governance.keyring.models import SigningUse
from governance.keyring.signing import public_keys, signer
from governance.tenancy.tenant_context import tenant_context

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

SEALED_WITHIN_SECONDS = 10.0
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Issued:
    """A signed certificate.

    `document`: the canonical JSON that was signed; `handed_out`: the file for the person, as bytes.
    """

    document: bytes
    signature: bytes
    key_id: UUID
    issued_at: datetime
    handed_out: bytes


def issue(*, tenant_id: UUID, facts: CertificateFacts, event_id: UUID, forbidden: Iterable[str] = ()) -> Issued:
    """Sign what `facts` state, with the committed event `event_id` as its place in the trail.

    Call it outside any transaction. `forbidden`: strings that must not be in it, such as the subject's random id.
    Raises CannotCertify for a statement that does not verify, that contains such a string, or whose event is not sealed
    within SEALED_WITHIN_SECONDS; KeyUnavailable.
    """
    audit = _sealed(tenant_id, event_id)
    issued_at = datetime.now(UTC)  # before the key is read, so the key is retired later than this or not at all
    key = signer(tenant_id, SigningUse.CERTIFICATE, is_fresh=True)
    said = document(facts, tenant_id=tenant_id, issued_at=issued_at, key_id=key.key_id, audit=audit)
    names_nobody(said, forbidden)
    raw = rfc8785.dumps(said)
    signature = key.sign(raw)
    public = key.private.public_key().public_bytes_raw()
    file = rfc8785.dumps(handed_out(said, signature, key.key_id, public.hex()))
    known = verifier.Known(key=(public,), key_record=key_record(tenant_id))
    for [*checks] in verifier.check_all(file, known, issued_at):
        for one in checks:
            if one.ok is False:
                raise CannotCertify(f"refused_by_{one.name.replace(' ', '_')}")
    return Issued(raw, signature, key.key_id, issued_at, file)


def key_record(tenant_id: UUID) -> bytes:
    """Return the published history of the tenant's keys, in the form of the answer of `audit/keys/`."""
    keys = [
        {"use": key.use, "public": key.public, "retired_at": key.retired_at and key.retired_at.isoformat()}
        for key in public_keys(tenant_id)
    ]
    return json.dumps({"results": keys}).encode()


def _sealed(tenant_id: UUID, event_id: UUID) -> AuditRoot:
    """Seal until the event has a leaf. Another sealer may be working on the same tenant: then the leaf is there soon.

    Raises CannotCertify after SEALED_WITHIN_SECONDS.
    """
    until = time.monotonic() + SEALED_WITHIN_SECONDS
    while True:
        seal(tenant_id)
        try:
            return _audit_root(tenant_id, event_id)
        except NoSuchObject:
            if time.monotonic() > until:
                raise CannotCertify("event_is_not_sealed") from None
            time.sleep(_PAUSE_SECONDS)


def _audit_root(tenant_id: UUID, event_id: UUID) -> AuditRoot:
    keys = {str(key.id): key.public for key in public_keys(tenant_id)}
    with tenant_context(tenant_id):
        found = inclusion(tenant_id, event_id)
        size = int(found.head["size"])
        anchored, path = grown_from_anchor(tenant_id, size)
        event = event_at(tenant_id, found.index)
    head_public_key = keys[str(found.head["key"])]
    return AuditRoot(event, found, head_public_key, anchored, path)
