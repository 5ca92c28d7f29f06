"""The sample in `docs/certificates.md`: a bank, a receipt and keys that do not exist, equal at every run.

`write` writes it there anew (with DJANGO_SETTINGS_MODULE=api.settings, after django.setup()).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.evidence import verify_trail
from governance.evidence.certificates import verify_certificate as verifier
from governance.evidence.certificates.statement import (
    AuditRoot,
    CertificateFacts,
    DestroyedKey,
    Outcome,
    PurposeScope,
    Residue,
    ScanResult,
    StatedHorizon,
    document,
    handed_out,
    moment,
)
from governance.evidence.merkle_proofs import Inclusion

if TYPE_CHECKING:
    from governance.evidence.certificates.verify_certificate import Json

PAGE = Path(__file__).parents[4] / "docs" / "certificates.md"
BEGIN, END = "<!-- sample: {} -->\n", "<!-- end -->\n"
RECEIPT = "this-receipt-is-of-nobody"
DONE = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def fictional_id(name: str) -> UUID:
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4)


def fictional_key(name: str) -> Ed25519PrivateKey:
    """Return a key that must never be trusted: every reader of this line has it too."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"fictional {name}".encode()).digest())


def public_hex(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes_raw().hex()


def event(number: int) -> dict[str, Json]:
    """Return the job's event, number 5 of 8; the others are of other jobs."""
    return {
        "id": str(fictional_id(f"event {number}")),
        "tenant": str(fictional_id("tenant")),
        "at": moment(DONE - timedelta(minutes=10 - number)),
        "type": "erase",
        "reason": "allowed",
        "policy_version": 2,
        "principal": str(UUID(int=0)),
        "role": "system",
        "job": "erasure",
        "request": str(fictional_id(f"request {number}")),
        "object": str(fictional_id(f"erasure {number}")),
        "n_items": 0,
        "salt": str(fictional_id(f"salt {number}")),
    }


def audit_root(index: int = 5, size: int = 8) -> AuditRoot:
    leaves = [verify_trail.event_hash(event(number)) for number in range(size)]

    def root(low: int, high: int) -> bytes:
        tree = verify_trail.Frontier()
        for leaf in leaves[low:high]:
            tree.append(leaf)
        return tree.root()

    private, tenant = fictional_key("trail"), fictional_id("tenant")
    head = verify_trail.Head(
        tenant, size, root(0, size), moment(DONE - timedelta(minutes=1)), fictional_id("key of heads")
    )
    signed = {**head.to_json(), "signature": private.sign(head.signed_text()).hex()}
    path = tuple(root(*ends).hex() for ends in verify_trail.inclusion_ranges(index, size))
    grown = tuple(root(*ends).hex() for ends in verify_trail.consistency_ranges(3, size))
    found = Inclusion(fictional_id(f"event {index}"), index, leaves[index].hex(), path, signed)
    return AuditRoot(event(index), found, public_hex(private), 3, grown)


def sample() -> dict[str, Json]:
    shredded = DONE - timedelta(minutes=8)
    facts = CertificateFacts(
        certificate_id=fictional_id("certificate"),
        tenant_name="Bank of Nowhere",
        erasure_id=fictional_id("erasure 5"),
        round=1,
        receipt_sha256=hashlib.sha256(RECEIPT.encode()).digest(),
        policy_version=2,
        scope=(
            PurposeScope("assistance", Outcome.ERASED),
            PurposeScope("personalisation", Outcome.ERASED),
            PurposeScope("records", Outcome.RESTRICTED, "17(3)(b)"),
        ),
        deleted={"memstore_memory": 2_000, "memstore_card": 2_000, "memstore_source": 41},
        keys=tuple(DestroyedKey(fictional_id(f"key {n}"), shredded) for n in range(3)),
        refusals={"17(3)(b)": 7},
        recipients={"delivered": 1},
        residue=(Residue("Models of Nowhere Inc.", date(2026, 2, 14)),),
        scan=ScanResult(
            at=DONE - timedelta(minutes=4),
            stores=("keyring_datakey", "memstore_card", "memstore_memory", "memstore_source"),
            found=0,
            control_found=True,
            neighbour_unchanged=True,
        ),
        horizon=StatedHorizon(DONE + timedelta(days=35), 7),
    )
    private, key_id = fictional_key("certificates"), fictional_id("key of certificates")
    said = document(facts, tenant_id=fictional_id("tenant"), issued_at=DONE, key_id=key_id, audit=audit_root())
    return handed_out(said, private.sign(rfc8785.dumps(said)), key_id, public_hex(private))


def parts() -> dict[str, str]:
    """Return what the page shows, by the name of its place."""
    pretty = json.dumps(sample(), indent=1)
    key = public_hex(fictional_key("certificates"))
    given = verifier.Known(key=[bytes.fromhex(key)], receipt=RECEIPT)._asdict()
    text, _ = verifier.outcome(pretty.encode(), given, DONE + timedelta(days=1))
    command = f"$ python verify_certificate.py certificate.json \\\n    --key {key} \\\n    --receipt {RECEIPT}\n"
    return {"answer": f"```\n{command}{text}```\n", "certificate": f"```json\n{pretty}\n```\n"}


def page(text: str) -> str:
    for name, part in parts().items():
        before, _, rest = text.partition(BEGIN.format(name))
        _, _, after = rest.partition(END)
        text = f"{before}{BEGIN.format(name)}{part}{END}{after}"
    return text


def write() -> None:
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
