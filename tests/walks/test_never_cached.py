"""Words of people stay in no cache: whatever a route answers, it may not be kept. Hosts are checked on each, too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, organisation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
SOMETHING = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def bank(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Organisation:
    """One bank for the whole walk: it is about headers alone."""
    with django_db_blocker.unblock():
        return organisation("bank")


def paths(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Yield one address of each route that there is."""
    for entry in resolver.url_patterns:
        text = re.sub(r"<(?:int:)\w+>", "1", str(entry.pattern))
        text = re.sub(r"<(?:\w+:)?\w+>", SOMETHING, re.sub(r"\(\?P<\w+>(\w+)[^)]*\)|\(\?P<\w+>[^)]*\)", r"\1", text))
        whole = before + text.strip("^$").replace("//", f"/{SOMETHING}/")
        if isinstance(entry, URLResolver):
            yield from paths(entry, whole)
        elif isinstance(entry, URLPattern):
            yield whole


ALL = sorted(set(paths(get_resolver())))


def test_the_walk_finds_the_routes() -> None:
    assert len(ALL) > 100
    assert {"/", "/healthz", "/v1/ping/", f"/v1/memories/{SOMETHING}/", "/console/", "/docs/"} <= set(ALL)


@pytest.mark.parametrize("path", [*ALL, "/nowhere", "/console/nowhere", "/static/nowhere.js", "/console"])
def test_no_answer_of_any_route_may_be_kept(path: str, bank: Organisation) -> None:
    for method in ("GET", "POST", "HEAD", "DELETE", "OPTIONS"):
        for who in (None, bank):
            answer = ask(who, method, path)
            assert answer["Cache-Control"] == "no-store", (method, answer.status_code)


def test_a_file_of_ours_is_asked_for_each_time() -> None:
    page = Client().get("/docs/").content.decode()
    address = next(found for found in re.findall(r'(?:src|href)="([^"]+)"', page) if found.startswith("/static/"))
    answer = Client().get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-cache")
    same = Client().get(address, headers={"If-Modified-Since": answer["Last-Modified"]})
    assert (same.status_code, same["Cache-Control"]) == (304, "no-cache")
    answer.close()


@pytest.mark.parametrize("host", ["evil.example", "a b", "localhost:x"])
def test_no_route_answers_another_host(host: str, bank: Organisation) -> None:
    for path in [*ALL, "/nowhere", "/static/nowhere.js"]:
        for method in ("GET", "POST"):
            answer = ask(bank, method, path, environ={"HTTP_HOST": host})
            assert (answer.status_code, answer.json()["code"]) == (400, "host_not_allowed"), path
