"""HTTP methods as logs and metrics may show them: one that a client makes up is not repeated."""

from __future__ import annotations

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def known(method: str | None) -> str:
    return method if method in METHODS else "other"
