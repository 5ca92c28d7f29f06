"""Policy decides on every page of the portal: with `decide` refusing everything, none shows or does anything.

A new page that is not in the tables below fails here first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.urls import get_resolver

from governance.policy.decide import decide
from governance.rights.portal import sittings
from tests.api.portal.visiting import visitor
from tests.support.cast import DATABASES
from tests.support.sitting import link_text
from tests.support.world import Decisions, World, path_of, patterns, refusing, snapshot, unchanged_world

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from django.test import Client

__all__ = ["refusing", "unchanged_world"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

# A form and nothing else: what is sent with it is decided.
BARE = {"enter", "receipt", "copy", "new"}
FORMS: dict[str, dict[str, object]] = {
    "enter": {},
    "leave": {},
    "stay": {},
    "correct": {"correction": "changed"},
    "undo": {},
    "choose": {"purpose": "offers"},
    "new": {"words": "please"},
    "code": {"code": "ABCD-2345"},
    "cancel": {},
    "receipt": {"receipt": "receipt"},
    "receipt-file": {"receipt": "receipt"},
    "copy": {"token": "copy"},
}
PAGES = sorted(
    (str(pattern.name), template) for template, pattern in patterns(get_resolver()) if template.startswith("portal/")
)


def address(template: str, world: World) -> str:
    link = link_text(world.organisation) if "<str:text>" in template else ""
    return path_of(
        template.replace("<slug:kind>", "access").replace("<slug:choice>", "withdraw").replace("<str:text>", link),
        world,
    )


@pytest.fixture
def client(world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser with an open sitting; whose sitting it is does not matter here."""
    monkeypatch.setattr(sittings, "decide", decide)
    return visitor(world.organisation)


@pytest.mark.parametrize(("name", "template"), PAGES)
def test_no_page_shows_anything_when_policy_refuses(
    world: World, client: Client, request: pytest.FixtureRequest, name: str, template: str
) -> None:
    where = address(template, world)
    refusing_now: Decisions = request.getfixturevalue("refusing")
    before = snapshot(world.organisation)
    answer = client.get(where)
    assert refuses(answer) or name in BARE, answer.content
    assert refusing_now.asked or name in BARE or answer.status_code == 405
    assert b"tea" not in answer.getvalue()
    assert snapshot(world.organisation) == before


@pytest.mark.parametrize(("name", "template"), PAGES)
def test_no_form_does_anything_when_policy_refuses(
    world: World, client: Client, request: pytest.FixtureRequest, name: str, template: str
) -> None:
    if name not in FORMS:
        assert name in {"home", "readers", "choices", "requests", "request"}, "a page that is not in the table"
        return
    where = address(template, world)
    refusing_now: Decisions = request.getfixturevalue("refusing")
    before = snapshot(world.organisation)
    fields = {key: world.codes.get(str(value), value) for key, value in FORMS[name].items()}
    answer = client.post(where, {"once": str(uuid4()), **fields})
    assert refuses(answer), answer.content
    assert refusing_now.asked, f"{where} never asked policy"
    assert snapshot(world.organisation) == before


def refuses(answer: HttpResponseBase) -> bool:
    return answer.status_code in {400, 403, 404, 405} or "?problem=" in answer.get("Location", "")
