"""ZIP of a copy, written as it is read: nothing is written to a disk, and no more than a batch is in memory."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import rfc8785

from governance.keyring.models import SigningUse
from governance.keyring.signing import signer
from memstore.records.payload import Json
from memstore.rights.copies import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from memstore.rights.copies.gather import KeptData

FORMAT = "memstore copy 1"
README = """This is a copy of what is kept about you.

index.html          open this first: everything, to read and to print
memories.jsonl      the same for machines, one memory a line
memories.csv        the same as a table
conversations.jsonl messages that are kept for a short while, until facts were found in them
processing.json     why, for how long, who was told, and who looked (Art. 15(1))
portable.json       what you provided, to take elsewhere (Art. 20)
manifest.json       the SHA-256 of each file, signed
"""


class _Outlet(io.RawIOBase):
    """Output buffer of the ZIP, emptied piece by piece."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # only ever bytes
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(kept: KeptData, about: dict[str, object], *, request_id: UUID) -> Iterator[bytes]:
    """Yield the ZIP in pieces.

    Raises FactsMoved, with the ZIP unfinished, when the person is erased or chooses meanwhile.
    """
    kept = replace(kept, person=kept.known_as())
    outlet, listed = _Outlet(), dict[str, Json]()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, chunks in _members(kept, about):
            digest, size = hashlib.sha256(), 0
            with bundle.open(name, "w", force_zip64=True) as member:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    member.write(chunk)
                    if piece := outlet.take():
                        yield piece
            listed[name] = {"sha256": digest.hexdigest(), "size": size}
            yield outlet.take()
        bundle.writestr("manifest.json", manifest(kept, about, listed, request_id))
        yield outlet.take()
    yield outlet.take()


def _members(kept: KeptData, about: dict[str, object]) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "README.txt", [README.encode()]
    yield "index.html", members.index_html(kept, about)
    yield "memories.jsonl", members.memories_jsonl(kept)
    yield "memories.csv", members.memories_csv(kept)
    yield "conversations.jsonl", members.conversations_jsonl(kept)
    yield "processing.json", [json.dumps(about, ensure_ascii=False, indent=1).encode()]
    yield "portable.json", members.portable_json(kept)


def manifest(kept: KeptData, about: dict[str, object], listed: dict[str, Json], request_id: UUID) -> bytes:
    """Return the manifest, signed by the tenant's manifest key.

    The signature is over its canonical JSON (RFC 8785) without the signature.
    """
    key = signer(kept.tenant_id, SigningUse.MANIFEST)
    said: dict[str, Json] = {
        "format": FORMAT,
        "request": str(request_id),
        "made_at": str(about["made_at"]),
        "memories": len(kept.memories),
        "conversations": len(kept.sources),
        "withheld": len(kept.decided.withheld),
        "files": listed,
        "key": str(key.key_id),
    }
    public = key.private.public_key().public_bytes_raw().hex()
    signature = key.sign(rfc8785.dumps(said)).hex()
    return json.dumps({**said, "public_key": public, "signature": signature}, indent=1).encode()
