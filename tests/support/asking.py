"""Requests to the service without a network, and every route that the URLconf of Mem0's wire has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.test import Client
from django.urls import URLPattern

from api.mem0.urls import urlpatterns
from tests.support.cast import Organisation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

JSON = "application/json"
VOLATILE = {"request_id", "event_id"}


def ask(
    who: Organisation | str | None,
    method: str,
    path: str,
    body: object = None,
    *,
    raw: bytes | None = None,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
    environ: Mapping[str, Any] | None = None,
) -> Answer:
    """Make one request with the key of `who` (or that key text), and return the answer, whatever went wrong."""
    key = who.key_text if isinstance(who, Organisation) else who
    sent = ({"Authorization": f"Token {key}"} if key else {}) | dict(headers or {})
    data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    client = Client(raise_request_exception=False)
    return client.generic(method, path, data, content_type, headers=sent, **(environ or {}))


def add(who: Organisation | str, text: str, **ids: str) -> str:
    """Remember a text word for word. Returns the memory's id."""
    answer = ask(who, "POST", "/v3/memories/add/", {"messages": text, "infer": False, **ids})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["results"][0]["id"])


def listed(who: Organisation | str, **filters: object) -> list[str]:
    """Return the texts that a filter reaches, oldest first."""
    answer = ask(who, "POST", "/v3/memories/", {"filters": filters})
    assert answer.status_code == 200, answer.content
    return [found["memory"] for found in reversed(answer.json()["results"])]


def steady(answer: Answer) -> object:
    """Return status and body without what differs between any two requests."""
    body = answer.json()
    if isinstance(body, dict):
        body = {key: value for key, value in body.items() if key not in VOLATILE}
    return answer.status_code, body


def routes() -> Iterator[tuple[str, str]]:
    """Yield (name of the route, method) of everything that Mem0's wire serves."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view: Any = pattern.callback  # DRF's mark on its views is not in Django's types
        allowed = view.view_initkwargs.get("http_method_names", view.cls.http_method_names)
        for method in ("get", "post", "put", "patch", "delete"):
            if method in allowed and hasattr(view.cls, method):
                yield str(pattern.name), method.upper()


def request_for(route: tuple[str, str], *, user: str, memory: str, event: str) -> tuple[str, object]:
    """Return (path, body) of a sound request to `route` about these ids. Raises KeyError for an unknown route."""
    memory, event, name = quote(memory, safe=""), quote(event, safe=""), quote(user, safe="")
    known: dict[tuple[str, str], tuple[str, object]] = {
        ("ping", "GET"): ("/v1/ping/", None),
        ("memory-add", "POST"): ("/v3/memories/add/", {"messages": "said", "infer": False, "user_id": user}),
        ("memory-search", "POST"): ("/v3/memories/search/", {"query": "tea", "filters": {"user_id": user}}),
        ("memory-list", "POST"): ("/v3/memories/", {"filters": {"user_id": user}}),
        ("memory-delete-scope", "DELETE"): (f"/v1/memories/?user_id={name}", None),
        ("memory-history", "GET"): (f"/v1/memories/{memory}/history/", None),
        ("memory-undo", "POST"): (f"/v1/memories/{memory}/undo/", None),
        ("memory", "GET"): (f"/v1/memories/{memory}/", None),
        ("memory", "PUT"): (f"/v1/memories/{memory}/", {"text": "changed"}),
        ("memory", "DELETE"): (f"/v1/memories/{memory}/", None),
        ("memory-batch", "PUT"): ("/v1/batch/", {"memories": [{"memory_id": memory, "text": "changed"}]}),
        ("memory-batch", "DELETE"): ("/v1/batch/", {"memories": [{"memory_id": memory}]}),
        ("entities", "GET"): ("/v1/entities/", None),
        ("entity", "DELETE"): (f"/v2/entities/user/{name}/", None),
        ("events", "GET"): ("/v1/events/", None),
        ("event", "GET"): (f"/v1/event/{event}/", None),
    }
    return known[route]
