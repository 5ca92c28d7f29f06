"""Cache headers of static files, which hold no personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.headers import Headers


def ask_each_time(headers: Headers, path: str, url: str) -> None:
    """Let browsers revalidate each file before they use a cached copy (304). A hook of WhiteNoise."""
    headers["Cache-Control"] = "no-cache"
