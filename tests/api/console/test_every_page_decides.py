"""Policy decides on every page of the console: with `decide` refusing everything, none shows or does anything.

A new page that is not in the tables below fails here first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.urls import get_resolver

from tests.support.browsing import browser
from tests.support.cast import DATABASES
from tests.support.world import Decisions, World, path_of, patterns, refusing, snapshot, unchanged_world

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

__all__ = ["refusing", "unchanged_world"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

# Before a caller is known: governance/test_sessions.py, test_staff.py and test_api_keys.py say what these decide.
OUTSIDE = {
    "sign-in", "sign-out", "enrol", "claim-key", "single-sign-on", "single-sign-on-link", "single-sign-on-back",
    "single-sign-on-code",
}  # fmt: skip
# A form and nothing else: what is sent with it is decided.
BARE = {"step-up", "request-new", "purpose-new"}
# The fields that each page with a form is sent.
FORMS: dict[str, dict[str, object]] = {
    "step-up": {"code": "123456"},
    "person-find": {"user_id": "alice"},
    "reveal": {"reason": "complaint", "case_reference": "C-2", "minutes": 5},
    "person-restrict": {},
    "person-lift": {},
    "quarantine-release": {"data_class": "ordinary"},
    "quarantine-reject": {},
    "contradiction-settle": {"right": "both"},
    "person-undo": {},
    "request-new": {"user_id": "alice", "kind": "access", "channel": "letter"},
    "request-copy": {},
    "request-link": {},
    "request-code": {},
    "holds": {"user_id": "alice", "case_reference": "C-2"},
    "hold-approve": {},
    "hold-release": {},
    "hold-release-approve": {},
    "proposal-decline": {"reason": "not_needed"},
    "proposal-withdraw": {},
    "objection-settle": {"outcome": "upheld"},
    "statement-record": {},
    "statement-dismiss": {},
    "break-glass-review": {"outcome": "justified"},
    "purpose-new": {
        "name": "new",
        "lawful_basis": "contract",
        "ceiling_days": 30,
        "source_days": 30,
        "identifiers": "allow",
        "secrets": "mask",
        "special": "refuse",
        "criminal": "refuse",
        "unknown": "quarantine",
    },
    "rule-new": {"name": "rule", "kind": "ceiling", "days": 30, "anchor": "created", "authority": "default"},
    "rule-approve": {"digest": "00"},
    "rule-end": {},
    "rule-end-approve": {"digest": "00"},
    "purposes": {"source": "assistance", "target": "knowledge", "reason": "the same contract"},
    "compatibility-end": {},
    "loosening-approve": {"digest": "00"},
    "bundle": {"since": "2026-01-01T00:00", "until": "2099-01-01T00:00"},
    "staff": {"username": "otto", "role": "auditor", "personnel_number": "78"},
    "recipients": {"name": "Somebody", "kind": "person"},
    "recipient-end": {},
    "breaches": {
        "kind": "integrity",
        "case_reference": "C-2",
        "aware_at": "2026-01-02T00:00",
        "since": "2026-01-01T00:00",
        "until": "2026-01-02T00:00",
    },
    "breach-step": {"step": "closed"},
    "staff-approve": {},
    "staff-suspend": {},
    "api-keys": {"name": "k", "capabilities": ["recall"], "purposes": ["assistance"]},
    "api-key-approve": {},
    "api-key-revoke": {},
    "notices": {"purpose": "offers", "language": "en", "text": "We remember what you like."},
}
STEPS: dict[str, dict[str, object]] = {
    "verify": {"method": "document"},
    "extend": {"reason": "complexity"},
    "pause": {"reason": "identity"},
    "resume": {},
    "refuse": {"ground": "12(5)"},
    "cancel": {},
    "fulfil": {},
    "approve": {"digest": "0" * 64},
    "reject": {"ground": "12(5)"},
    "withdraw": {},
    "tell": {"notice": str(uuid4()), "state": "delivered", "channel": "letter"},
    "withhold": {"memory": str(uuid4()), "ground": "15(4)"},
}
PAGES = sorted(
    {
        (str(pattern.name), template)
        for template, pattern in patterns(get_resolver())
        if template.startswith("console/") and pattern.name not in OUTSIDE and "<slug:step>" not in template
    }
)


def number_of(template: str, world: World) -> str:
    path = path_of(template, world).replace("<uuid:number>", str(world.ids["request_id"]))
    return path.replace("<slug:kind>", "hold")


def refuses(answer: HttpResponseBase) -> bool:
    return answer.status_code in {400, 403, 404, 405} or "?problem=" in answer.get("Location", "")


@pytest.mark.parametrize(("name", "template"), PAGES)
def test_no_page_shows_anything_when_policy_refuses(
    world: World, refusing: Decisions, name: str, template: str
) -> None:
    before, asked = snapshot(world.organisation), refusing.asked
    answer = browser(world.organisation, "dora").get(number_of(template, world))
    assert refuses(answer) or name in BARE, answer.content
    assert refusing.asked > asked or name in BARE or answer.status_code == 405
    assert b"tea" not in answer.content
    assert snapshot(world.organisation) == before


@pytest.mark.parametrize("name", sorted(FORMS))
def test_no_form_does_anything_when_policy_refuses(world: World, refusing: Decisions, name: str) -> None:
    template = dict(PAGES)[name]
    sent(world, refusing, number_of(template, world), FORMS[name])


@pytest.mark.parametrize("step", sorted(STEPS))
def test_no_step_of_a_request_does_anything_when_policy_refuses(world: World, refusing: Decisions, step: str) -> None:
    sent(world, refusing, f"/console/requests/{world.ids['request_id']}/{step}/", STEPS[step])


def sent(world: World, refusing: Decisions, address: str, fields: dict[str, object]) -> None:
    before, asked = snapshot(world.organisation), refusing.asked
    answer = browser(world.organisation, "dora").post(address, {"once": str(uuid4()), **fields})
    assert refuses(answer) or answer.status_code == 200, answer.content  # a form that says why not
    assert refusing.asked > asked, f"{address} never asked policy"
    assert snapshot(world.organisation) == before


def test_every_page_that_takes_only_forms_is_in_the_table(world: World) -> None:
    """A page that answers a GET with 405 has to be sent something: it must be listed."""
    client = browser(world.organisation, "dora")
    takes_forms = {name for name, template in PAGES if client.get(number_of(template, world)).status_code == 405}
    assert takes_forms <= set(FORMS)
