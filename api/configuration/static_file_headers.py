"""How long a browser may keep our own files, which hold nobody's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.headers import Headers


def ask_each_time(headers: Headers, path: str, url: str) -> None:
    """WhiteNoise's hook: a kept copy is used only after this service said that it is still the same (304)."""
    headers["Cache-Control"] = "no-cache"
