"""Statement of a certificate of erasure: from facts to a document for canonical JSON. Pure, and without any name.

The sentences, the buckets and the shape are those of `verify_certificate.py`: one definition for signing and checking.
Exact numbers can tell people apart (who else had 4,711 memories?), so counts are given in buckets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from governance.errors import GovernanceError
from governance.evidence.certificates import verify_certificate as verifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID

    from governance.evidence.certificates.verify_certificate import Json
    from governance.evidence.merkle_proofs import Inclusion

_BOUNDS = (0, 10, 100, 1_000, 10_000, 100_000)
_LONG = 8  # characters: from here on a string does not turn up by chance
_FIXED = frozenset({"claims", "format"})


class CannotCertify(GovernanceError):
    """The facts cannot be certified, or do not hold. `code` is for the erasure's row: no ids, no content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Outcome(StrEnum):
    """The outcome of an erasure for one purpose."""

    ERASED = "erased"
    RESTRICTED = "restricted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PurposeScope:
    """The outcome for one purpose. `ground`: why something was kept (`models.Ground`).

    It is the neutral ground where a hold must not be disclosed.
    """

    purpose: str
    outcome: Outcome
    ground: str | None = None


@dataclass(frozen=True, slots=True)
class DestroyedKey:
    """A data key that was destroyed."""

    id: UUID
    destroyed_at: datetime


@dataclass(frozen=True, slots=True)
class Residue:
    """A processor that was sent content, and the day until when it may still hold it by its contract."""

    processor: str
    until: date


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The search after the deletion.

    `stores`: all that were searched; `found`: rows of the person that were still there.
    """

    at: datetime
    stores: tuple[str, ...]
    found: int
    control_found: bool
    neighbour_unchanged: bool


@dataclass(frozen=True, slots=True)
class StatedHorizon:
    """The date by which backups are unreadable, when the root key of `epoch` is gone."""

    by: datetime
    epoch: int


@dataclass(frozen=True, slots=True)
class NoHorizon:
    """The reason why no date can be stated: a code of lower-case letters and underscores."""

    reason: str


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The exact facts, whose counts become buckets in the document.

    `receipt_sha256`: SHA-256 of the receipt's text, as the person holds it. `deleted`: rows by store; `refusals`: items
    by ground; `recipients`: notices by state.
    """

    certificate_id: UUID
    tenant_name: str
    erasure_id: UUID
    round: int
    receipt_sha256: bytes
    policy_version: int
    scope: tuple[PurposeScope, ...]
    deleted: Mapping[str, int]
    keys: tuple[DestroyedKey, ...]
    refusals: Mapping[str, int]
    recipients: Mapping[str, int]
    residue: tuple[Residue, ...]
    scan: ScanResult
    horizon: StatedHorizon | NoHorizon


@dataclass(frozen=True, slots=True)
class AuditRoot:
    """The evidence in the trail: the event, its path to the signed head, and the path there from an anchored head."""

    event: Mapping[str, Json]
    inclusion: Inclusion
    head_public_key: str
    consistent_from: int
    consistency: tuple[str, ...]


def bucket(count: int) -> str:
    """Return the bucket of a count: 0, 1-10, 11-100, and so on. Raises ValueError for a negative count."""
    if count < 0:
        raise ValueError("a count cannot be negative")
    place = next((n for n, bound in enumerate(_BOUNDS) if count <= bound), len(_BOUNDS))
    return verifier.BUCKETS[place]


def document(
    facts: CertificateFacts, *, tenant_id: UUID, issued_at: datetime, key_id: UUID, audit: AuditRoot
) -> dict[str, Json]:
    """Return the document that is signed. Raises CannotCertify when the event holds more than the erasure job."""
    if any(audit.event.get(name) for name in verifier.SPEAKING):
        raise CannotCertify("event_names_more_than_the_job")
    said: dict[str, Json] = {
        "format": verifier.FORMAT,
        "verifier": verifier.VERSION,
        "id": str(facts.certificate_id),
        "tenant": {"id": str(tenant_id), "name": _line(facts.tenant_name)},
        "erasure": str(facts.erasure_id),
        "round": facts.round,
        "receipt_sha256": facts.receipt_sha256.hex(),
        "issued_at": moment(issued_at),
        "policy_version": facts.policy_version,
        "scope": [
            {"purpose": _line(part.purpose), "outcome": part.outcome.value, "ground": part.ground}
            for part in sorted(facts.scope, key=lambda part: part.purpose)
        ],
        "deleted": [{"store": store, "rows": bucket(n)} for store, n in sorted(facts.deleted.items())],
        "keys": [
            {"id": str(key.id), "destroyed_at": moment(key.destroyed_at)}
            for key in sorted(facts.keys, key=lambda key: key.id)
        ],
        "refusals": [{"code": code, "items": bucket(n)} for code, n in sorted(facts.refusals.items())],
        "recipients": [{"state": state, "notices": bucket(n)} for state, n in sorted(facts.recipients.items())],
        "provider_residue": [
            {"processor": _line(one.processor), "until": one.until.isoformat()}
            for one in sorted(facts.residue, key=lambda one: (one.processor, one.until))
        ],
        "scan": {
            "at": moment(facts.scan.at),
            "stores": [*sorted(facts.scan.stores)],
            "found": facts.scan.found,
            "control_found": facts.scan.control_found,
            "neighbour_unchanged": facts.scan.neighbour_unchanged,
        },
        "horizon": _horizon(facts.horizon),
        "audit": _audit(audit),
        "key": str(key_id),
        "claims": verifier.claims(dated=isinstance(facts.horizon, StatedHorizon)),
    }
    return {**said, "sections": verifier.section_digests(said)}


def names_nobody(said: Mapping[str, Json], forbidden: Iterable[str]) -> None:
    """Raise CannotCertify when one of the strings is in the document: whole words, and long ones anywhere.

    Case and the hyphens of an id make no difference. The fixed sentences are not searched. Raises ValueError for an
    empty string.
    """
    texts = [text.casefold() for name, value in said.items() if name not in _FIXED for text in _texts(value)]
    for one in forbidden:
        wanted = one.casefold().strip()
        bare = wanted.replace("-", "")
        if not bare:
            raise ValueError("an empty string is in everything")
        word = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
        if any(word.search(text) or (len(bare) >= _LONG and bare in text.replace("-", "")) for text in texts):
            raise CannotCertify("certificate_names_somebody")


def handed_out(certificate: Json, signature: bytes, key_id: UUID, public: str) -> dict[str, Json]:
    """Return the file that the person gets. `public` is the key's 32 bytes in hex."""
    return {
        "certificate": certificate,
        "signature": signature.hex(),
        "public_key": {"id": str(key_id), "public": public},
    }


def moment(at: datetime) -> str:
    """Return a moment in UTC to the microsecond, the one form that certificates use."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _horizon(horizon: StatedHorizon | NoHorizon) -> dict[str, Json]:
    if isinstance(horizon, NoHorizon):
        return {"none": horizon.reason}
    return {"by": moment(horizon.by), "epoch": horizon.epoch}


def _audit(audit: AuditRoot) -> dict[str, Json]:
    found = audit.inclusion
    return {
        "event": dict(audit.event),
        "index": found.index,
        "leaf": found.leaf,
        "path": list(found.path),
        "head": dict(found.head),
        "head_public_key": audit.head_public_key,
        "consistent_from": audit.consistent_from,
        "consistency": list(audit.consistency),
    }


def _line(name: str) -> str:
    """Return a name with unprintable characters replaced, so that it stays on one line of a terminal; 500 at most."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)[:500] or "-"


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
