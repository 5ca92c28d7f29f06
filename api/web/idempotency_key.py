"""The Idempotency-Key of a request, with all that makes the request what it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from memstore.errors import InvalidInput
from memstore.records.idempotency import Once

if TYPE_CHECKING:
    from rest_framework.request import Request

MAX_KEY_CHARS = 255


def once(request: Request) -> Once | None:
    """Return the key with the request it stands for, or None without one. Raises InvalidInput."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY_CHARS or not key.isprintable():
        raise InvalidInput("Idempotency-Key", f"expected 1 to {MAX_KEY_CHARS} printable characters")
    described = f"{request.method} {request.get_full_path()} {request.headers.get('X-Purpose', '')}\n"
    return Once(key=key, request=described.encode() + json.dumps(request.data, sort_keys=True, default=str).encode())
