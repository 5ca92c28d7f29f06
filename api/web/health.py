"""Liveness and readiness: whether the process answers, and each part that it needs to work, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse

from memstore.oversight.readiness import FAILED, parts

if TYPE_CHECKING:
    from django.http import HttpRequest


def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part works, else 503. Names the parts but not the causes: this page needs no key.

    A second witness that is behind is shown, and does not make the service unready.
    """
    shown = parts()
    ready = FAILED not in shown.values()
    return JsonResponse({"status": "ready" if ready else "not ready", **shown}, status=200 if ready else 503)
