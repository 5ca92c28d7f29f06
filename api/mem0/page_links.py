"""Links to the previous and the next page: absolute, as Mem0's clients expect."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from rest_framework.request import Request


def links(request: Request, page: int, page_size: int, total: int) -> dict[str, str | None]:
    def to(number: int) -> str:
        return request.build_absolute_uri(f"{request.path}?{urlencode({'page': number, 'page_size': page_size})}")

    return {
        "next": to(page + 1) if page * page_size < total else None,
        "previous": to(page - 1) if page > 1 else None,
    }
