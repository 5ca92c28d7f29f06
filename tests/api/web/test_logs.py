"""Log lines hold route templates and ids of ours; what a caller wrote is in none of them."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from api.mem0.urls import urlpatterns
from api.web.logs import JsonFormatter
from governance.guard import audit_event
from tests.support.asking import add, ask, request_for, routes
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

CANARY = "qz7canary@example.org"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Yield a function that returns the service's own log lines since the test began."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_request_is_one_line_with_the_template_of_its_route(
    bank: Organisation, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    answer = ask(bank, "DELETE", "/v2/entities/user/alice/")
    [line] = [line for line in lines() if line["event"] == "request"]
    assert set(line) == {"at", "level", "logger", "event", "method", "route", "status", "ms", "request_id"}
    assert line["route"] == "^v2/entities/(?P<kind>user|agent|app|run)/(?P<name>.+)/$"
    assert (line["method"], line["status"], line["request_id"]) == ("DELETE", 200, answer["X-Request-ID"])


def test_an_address_that_is_no_route_has_none_in_the_log(lines: Callable[[], list[dict[str, Any]]]) -> None:
    ask(None, "GET", f"/{CANARY}/")
    assert [line["route"] for line in lines() if line["event"] == "request"] == [None]


def canary_everywhere(organisation: Organisation) -> None:
    """Send the canary in path, query, body and headers of every route, with and without a valid key."""
    headers = {"X-Purpose": CANARY, "Idempotency-Key": CANARY, "X-Request-ID": CANARY, "User-Agent": CANARY}
    for route in routes():
        path, body = request_for(route, user=CANARY, memory=CANARY, event=CANARY)
        joined = path + ("&" if "?" in path else "?") + f"{quote(CANARY)}={quote(CANARY)}"
        for key in (organisation.key_text, CANARY, None):
            ask(key, route[1], path, body)
            ask(key, route[1], path, body, headers=headers)
            ask(key, route[1], joined, body)
            ask(key, route[1], path, {CANARY: CANARY, "filters": {CANARY: CANARY}, "messages": [{CANARY: 1}]})
            ask(key, route[1], path, raw=f'{{"{CANARY}": '.encode())
            ask(key, route[1], path, body, content_type=f"text/{CANARY}")
            ask(key, route[1], path.rstrip("/"), body)
    ask(organisation, CANARY, "/v1/ping/")
    ask(organisation, "GET", "/v1/events/", environ={"HTTP_HOST": CANARY})


def test_what_a_caller_writes_is_in_no_log_line(bank: Organisation, lines: Callable[[], list[dict[str, Any]]]) -> None:
    canary_everywhere(bank)
    written = json.dumps(lines())
    assert written.count('"event": "request"') > 100
    assert "qz7canary" not in written
    known = {str(pattern.pattern) for pattern in urlpatterns}
    assert {line["route"] for line in lines() if line["event"] == "request"} - {None} <= known


def test_what_a_caller_writes_is_in_no_error_answer(bank: Organisation) -> None:
    for route in routes():
        path, body = request_for(route, user=f"{CANARY} x", memory=CANARY, event=CANARY)
        for answer in (
            ask(bank, route[1], path, body, headers={"X-Purpose": CANARY}),
            ask(bank, route[1], path, body, content_type=f"text/{CANARY}"),
            ask(bank, route[1], path, {CANARY: CANARY, "filters": {CANARY: CANARY}, "metadata": [CANARY]}),
            ask(CANARY, route[1], path, body, headers={"X-Request-ID": CANARY}),
            ask(bank, CANARY, path),
            ask(bank, route[1], f"/{CANARY}{path}", body),
        ):
            if answer.status_code >= 400:
                assert "qz7canary" not in answer.content.decode() + str(answer.headers)


@pytest.mark.parametrize("raised", [RuntimeError(CANARY), KeyError(CANARY)])
def test_an_unforeseen_failure_is_logged_by_type_and_place_without_its_text(
    bank: Organisation, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, raised: Exception
) -> None:
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr("api.mem0.memories.browse", fail)
    answer = ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": CANARY}})
    [line] = [line for line in lines() if line["event"] == "unforeseen"]
    assert (line["exception"], line["request_id"]) == (type(raised).__name__, answer["X-Request-ID"])
    assert any(place.startswith("memories.py:") for place in line["where"])
    assert "qz7canary" not in json.dumps(lines()) + answer.content.decode()


def test_a_failing_database_shows_no_row_in_the_log(
    bank: Organisation, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_event, "_INSERT", f'INSERT INTO "{CANARY}" SELECT %s')
    assert ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": "alice"}}).status_code == 503
    assert [line["code"] for line in lines() if line["event"] == "request_failed"] == ["audit_unavailable"]
    assert "qz7canary" not in json.dumps(lines())


def test_a_line_is_json_whatever_it_holds() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "two\nlines %s", ("\x1b[31m",), None)
    record.fields = {"object": object(), "text": "\n"}
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["event"] == "two\nlines \x1b[31m"


def test_a_stored_text_is_in_no_log_line(bank: Organisation, lines: Callable[[], list[dict[str, Any]]]) -> None:
    memory_id = add(bank, f"my address is {CANARY}", user_id="alice")
    ask(bank, "GET", f"/v1/memories/{memory_id}/")
    ask(bank, "POST", "/v3/memories/search/", {"query": CANARY, "user_id": "alice"})
    ask(bank, "PUT", f"/v1/memories/{memory_id}/", {"text": f"{CANARY} no more"})
    ask(bank, "DELETE", f"/v1/memories/{memory_id}/")
    assert "qz7canary" not in json.dumps(lines())


def test_a_worker_logs_like_everybody_else_also_when_a_task_fails() -> None:
    script = (
        "import django; django.setup()\n"
        "import logging; from api.celery import app\n"
        "app.log.setup(loglevel='WARNING')\n"
        f"def failing(): int({CANARY!r})\n"
        "app.task(failing, name='failing').apply()\n"
        "logging.getLogger('memstore.forget.sweep').info('swept', extra={'fields': {'destroyed': 1}})\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "api.settings"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    written = [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]
    assert [(line["level"], line.get("exception"), line.get("destroyed")) for line in written] == [
        ("error", "ValueError", None),
        ("info", None, 1),
    ]
    assert CANARY not in done.stdout + done.stderr
