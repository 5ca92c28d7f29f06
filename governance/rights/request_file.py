"""File of a request: the id under which the person is known, and their words, sealed under a key of its own.

It outlives the keys of the person, so that the handling can be proved (Art. 5(2)); its own retention ends it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from governance.errors import Unopenable
from governance.keyring.keys import request_sealer
from governance.keyring.sealing import Field, pad, unpad
from governance.vocabulary import SubjectKind

if TYPE_CHECKING:
    from uuid import UUID

BUCKET = 256  # bytes; files of one bucket are of one size at rest


@dataclass(frozen=True, slots=True)
class RequestFile:
    """The content of the file. `correction` is the wording that a rectification asks for."""

    kind: SubjectKind
    external_id: str
    words: str = ""
    correction: str = ""


def seal_file(tenant_id: UUID, request_id: UUID, content: RequestFile) -> bytes:
    """Make the key of the request and return the sealed file. Raises KeyUnavailable."""
    text = json.dumps([content.kind.value, content.external_id, content.words, content.correction])
    sealer = request_sealer(tenant_id, request_id, create=True)
    return sealer.seal(Field.REQUEST, request_id, 1, pad(text.encode(), BUCKET))


def open_file(tenant_id: UUID, request_id: UUID, sealed: bytes) -> RequestFile | None:
    """Return the content, or None once the file's retention is over. Raises KeyUnavailable, Unopenable."""
    if not sealed:
        return None
    opened = request_sealer(tenant_id, request_id).unseal(Field.REQUEST, request_id, 1, sealed)
    try:
        kind, external_id, words, correction = json.loads(unpad(opened))
        return RequestFile(SubjectKind(kind), str(external_id), str(words), str(correction))
    except (ValueError, TypeError):
        raise Unopenable(f"the file of request {request_id} holds what nothing here would write", request_id) from None
