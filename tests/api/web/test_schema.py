"""The OpenAPI file is made once in a process, however many callers ask for it."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from api.web import openapi_document
from tests.support.asking import ask
from tests.support.cast import DATABASES

if TYPE_CHECKING:
    from api.web.openapi_document import Document

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """The list of files made during the test; none is made before it."""
    really, found = openapi_document._make, list[openapi_document.Document]()

    def make() -> Document:
        found.append(really())
        return found[-1]

    monkeypatch.setattr(openapi_document, "_made", [])
    monkeypatch.setattr(openapi_document, "_make", make)
    return found


def get(address: str = "/openapi.json", **headers: str) -> Any:
    return ask(None, "GET", address, headers=headers)


def test_it_is_made_once_whatever_is_asked_beside_it(made: list[Document]) -> None:
    first = get()
    for query in ("?lang=de", "?lang=fr&version=9", "?format=json", "?x=1"):
        assert get(f"/openapi.json{query}").content == first.content
    assert get(**{"Accept-Language": "de"}).content == first.content
    assert len(made) == 1
    assert json.loads(first.content)["openapi"].startswith("3.1")


def test_who_has_it_is_told_that_it_has_not_changed(made: list[Document]) -> None:
    first = get()
    again = get(**{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (HTTPStatus.NOT_MODIFIED, b"", first["ETag"])
    assert get(**{"If-None-Match": '"another"'}).status_code == HTTPStatus.OK


def test_many_at_once_wait_for_the_one_who_makes_it(made: list[Document]) -> None:
    found: list[Document | None] = []
    many = [threading.Thread(target=lambda: found.append(openapi_document.document())) for _ in range(16)]
    for one in many:
        one.start()
    for one in many:
        one.join(60)
    assert len(made) == 1
    assert found == made * 16


def test_who_waited_too_long_is_told_to_come_again(made: list[Document], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi_document, "PATIENCE_SECONDS", 0.01)
    with openapi_document._making:
        answer = get()
    assert (answer.status_code, answer["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "1")
    assert get().status_code == HTTPStatus.OK


def test_one_that_could_not_be_made_is_tried_again(made: list[Document], monkeypatch: pytest.MonkeyPatch) -> None:
    really = openapi_document._make
    monkeypatch.setattr(openapi_document, "_make", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        openapi_document.document()
    monkeypatch.setattr(openapi_document, "_make", really)
    assert get().status_code == HTTPStatus.OK


def test_the_page_of_the_documentation_makes_none(made: list[Document]) -> None:
    assert ask(None, "GET", "/docs/", headers={"Accept": "text/html"}).status_code == HTTPStatus.OK
    assert made == []
