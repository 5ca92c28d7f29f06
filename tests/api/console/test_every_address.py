"""Every address of the console, typed by hand by roles that may see no content, and by another organisation.

The lists of addresses and of what each form is sent are `test_every_page_decides`'s, so a new page is walked as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.urls import get_resolver, reverse

from governance.models import RequestKind
from governance.rights.requests import Asked, open_request
from governance.vocabulary import SubjectKind
from tests.api.console.test_every_page_decides import FORMS, STEPS
from tests.support.browsing import browser
from tests.support.cast import DATABASES, organisation
from tests.support.world import World, patterns, snapshot, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse
    from django.test import Client

__all__ = ["world"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

USER_ID = b"alice"
MEMORIES = (b"i like tea", b"i collect clocks")  # remembered, and in quarantine
WORDS = (b"it was never tea", b"i like cocoa")  # of the request: why, and what it should say
ARGUMENT = re.compile(r"<(?:uuid|slug):([a-z_]+)>")
# What differs between two answers that are alike: tokens of forms, and random ids (looked for by themselves below).
TOKENS = re.compile(rb'(csrfmiddlewaretoken|once)" value="[^"]*"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
CONSOLE = sorted(
    (str(pattern.name), template)
    for template, pattern in patterns(get_resolver())
    # Signing out ends the walk, so it is none of its stops: it answers everybody with the same redirect.
    if template.startswith("console/") and pattern.name != "sign-out"
)


@pytest.fixture
def asked(world: World) -> World:
    """The world, with a request in the person's own words."""
    words = Asked(
        RequestKind.RECTIFICATION,
        memory_id=world.ids["memory_id"],
        words="It was never tea",
        correction="I like cocoa",
    )
    dora = world.organisation.staff("dora")
    opened = open_request(caller=dora, subject_kind=SubjectKind.USER, external_id="alice", asked=words)
    world.ids["number"] = opened.request.id
    return world


def addresses(ids: dict[str, UUID], everywhere: tuple[UUID, ...]) -> Iterator[tuple[str, str]]:
    """Yield (name, path): each pattern with the ids that it is about, and with each of `everywhere` in their place."""
    for name, template in CONSOLE:
        arguments = ARGUMENT.findall(template)
        assert set(arguments) <= {*ids, "step", "kind"}, f"{template}: the world has nothing to put there"
        for step in [*STEPS, "look"] if "step" in arguments else [""]:
            path = "/" + template.replace("<slug:step>", step).replace("<slug:kind>", "hold")
            if "<" not in path:
                yield name, path
                continue
            yield name, ARGUMENT.sub(lambda found: str(ids[found.group(1)]), path)
            for one in everywhere:
                yield name, ARGUMENT.sub(str(one), path)


def fields(name: str, path: str) -> list[dict[str, object]]:
    """Return what is sent: junk, and the fields of that address's form, about a person who is not known here."""
    known = STEPS.get(path.rstrip("/").rsplit("/", 1)[-1], {}) if name == "request-step" else FORMS.get(name, {})
    taken = {field: "mallory" if value == "alice" else value for field, value in known.items()}
    junk: dict[str, object] = {"user_id": "\x00<script>", "digest": "0", "step": "\u202e", "code": "12", "once": "none"}
    return [junk, {"once": str(uuid4()), **taken}]


def walk(client: Client, ids: dict[str, UUID], everywhere: tuple[UUID, ...]) -> Iterator[tuple[str, HttpResponse]]:
    """Yield ("GET /console/...", answer) of every address, by GET and by POST."""
    for name, path in addresses(ids, everywhere):
        yield f"GET {path}", client.get(path)  # type: ignore[misc]  # Django's own answer, with more on it
        for sent in fields(name, path):
            yield f"POST {path}", client.post(path, sent)  # type: ignore[misc]
    assert client.get(reverse("console:home")).status_code == 200, "signed out on the way: the rest was no walk"


def shown(answer: HttpResponse) -> bytes:
    """Return all that reaches the browser, in small letters: headers as well, for what an address would give away."""
    body = b"".join(answer) if answer.streaming else answer.content
    return (str(dict(answer.headers)).encode() + body).lower()


def content_of(asked: World) -> tuple[UUID, ...]:
    """Return ids with content behind them (a person, a memory, one in quarantine), and one with none."""
    return asked.ids["subject_id"], asked.ids["memory_id"], UUID(asked.codes["waiting"]), uuid4()


def test_the_walk_comes_by_all_of_it_where_it_may_be_seen(asked: World) -> None:
    """This is the control: without it, the tests below could find nothing because there is nothing."""
    client = browser(asked.organisation, "dora")
    seen = b"".join(shown(client.get(path)) for _, path in addresses(asked.ids, ()))  # type: ignore[arg-type]
    for words in (USER_ID, *MEMORIES, *WORDS):
        assert words in seen, words


@pytest.mark.parametrize("who", ["aud", "ada", "kay"])
def test_no_address_shows_content_to_whom_it_is_hidden(asked: World, who: str) -> None:
    stops = 0
    for stop, answer in walk(browser(asked.organisation, who), asked.ids, content_of(asked)):
        stops += 1
        assert answer.status_code < 500, (stop, answer.status_code)
        found = shown(answer)
        for words in (USER_ID, *MEMORIES, *WORDS):
            assert words not in found, (stop, words)
    assert stops > 3 * len(CONSOLE)


@pytest.mark.parametrize("who", ["dora", "ada", "aud"])
def test_the_outsider_is_answered_as_if_there_were_no_bank(asked: World, who: str) -> None:
    bank, other = asked.organisation, organisation("other")
    before = snapshot(bank)
    client, nothing = browser(other, who), dict.fromkeys(asked.ids, uuid4())
    theirs = {*(str(one).encode() for one in asked.ids.values()), bank.tenant.slug.encode(), b"health office"}
    pairs = zip(walk(client, asked.ids, ()), walk(browser(other, who), nothing, ()), strict=True)
    for (stop, real), (typed, junk) in pairs:
        for words in (USER_ID, *MEMORIES, *WORDS, *theirs):
            assert words not in without(shown(real), str(real.get("Location", "")).encode()), (stop, words)
        assert real.status_code < 500, (stop, real.status_code)
        if stop != typed:  # of a thing, by its id: the others are about the outsider's own, and may do something
            assert real.status_code == junk.status_code, (stop, real.status_code, junk.status_code)
            assert TOKENS.sub(b"", shown(real)) == TOKENS.sub(b"", shown(junk)), stop
    assert snapshot(bank) == before


def without(found: bytes, address: bytes) -> bytes:
    """Remove the address that a redirect leads back to: it repeats what was typed, ids and all."""
    return found.replace(address.lower(), b"") if address else found
