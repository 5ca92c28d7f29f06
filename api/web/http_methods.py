"""HTTP methods as logs and metrics may show them: what a client makes up as one is not repeated."""

from __future__ import annotations

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def known(method: str | None) -> str:
    return method if method in METHODS else "other"
