"""Policy decides on every way in: with `decide` refusing everything, every route, task and command does nothing.

A new route that is not in the table below fails here first.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command, get_commands
from django.urls import get_resolver

from api.celery import app as celery_app
from governance.guard import authorize
from governance.keyring.models import KeyEpoch
from governance.models import Erasure
from governance.tenancy.tenant_context import tenant_context
from memstore.models import Job, Memory
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import approved
from tests.support.signed_in import signed_in
from tests.support.world import Decisions, World, path_of, patterns, refusing, snapshot, unchanged_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["refusing", "unchanged_world"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

# Routes that need no key, and say nothing about a person.
PUBLIC = {
    "home",
    "to-console",
    "to-portal",
    "healthz",
    "readyz",
    "metrics",
    "schema",
    "docs",
    "audit-verifier",
    "certificate-verifier",
}
PERSON = {"user_id": "alice"}
SIGN_IN = {"username": "ada", "password": "wrong password", "code": "000000"}


BODIES: dict[str, dict[str, Any]] = {
    "memory-add": {"messages": "said", "infer": False, **PERSON},
    "memory-search": {"query": "tea", "filters": PERSON},
    "memory-list": {"filters": PERSON},
    "memory": {"text": "changed"},
    "step-up": {"code": "123456"},
    "staff": {"username": "otto", "role": "auditor", "personnel_number": "78"},
    "keys": {"name": "k", "capabilities": ["recall"], "purposes": ["assistance"]},
    "purposes": {"name": "new", "lawful_basis": "contract", "ceiling_days": 30},
    "purpose-versions": {"lawful_basis": "contract", "ceiling_days": 30},
    "compatibilities": {"from_purpose": "knowledge", "for_purpose": "offers", "reason": "because"},
    "rules": {"name": "rule", "kind": "ceiling", "days": 30},
    "rule-approve": {"digest": "00"},
    "loosening-approve": {"digest": "00"},
    "rule-end-approve": {"digest": "00"},
    "notices": {"purpose": "offers", "language": "en", "text": "We remember what you like."},
    "consent-grant": {**PERSON, "purpose": "offers", "notice": "00"},
    "consent-withdraw": {**PERSON, "purpose": "offers"},
    "consent-history": PERSON,
    "objections": {**PERSON, "purpose": "knowledge"},
    "objection-settle": {"outcome": "upheld"},
    "subject-lookup": PERSON,
    "subject-twins": PERSON,
    "subject-age": {**PERSON, "birth_date": "2015-01-01"},
    "subject-restrict": {},
    "subject-lift": {},
    "subject-contract-end": {"purpose": "assistance", "ended_on": "2026-01-01"},
    "break-glass-open": {"reason_code": "complaint", "case_reference": "C-2", "minutes": 5},
    "break-glass-review": {"outcome": "justified"},
    "holds": {**PERSON, "case_reference": "C-2"},
    "quarantine-release": {},
    "tenant": {"name": "New name"},
    "report-person": PERSON,
    "report-disclosures": PERSON,
    "breaches": {"kind": "integrity", "case_reference": "C-2", "aware_at": 9, "since": 1, "until": 2},
    "breach": {"step": "closed"},
    "recipients": {"name": "Somebody", "kind": "person"},
    "disclosures": {
        **PERSON,
        "recipient_id": str(uuid4()),
        "at": 9,
        "description": "summary",
        "purpose": "assistance",
    },
    "requests": {**PERSON, "kind": "erasure"},
    "request-follow": {"receipt": "receipt"},
    "request-copy": {},
    "request-copy-link": {},
    "request-copy-withhold": {"memory_id": str(uuid4())},
    "copy-hand-out": {"token": "token"},
    "request-verify": {"method": "document"},
    "request-extend": {"reason": "complexity"},
    "request-pause": {"reason": "identity"},
    "request-refuse": {"ground": "12(5)"},
    "request-notice-settle": {"state": "delivered", "channel": "letter"},
    "erasure-approve": {"digest": "0" * 64},
    "erasure-reject": {"ground": "12(5)"},
    "portal-links": PERSON,
    "disclosure-suspend": {"recipient_id": str(uuid4()), "until": "2099-01-01", "case_reference": "C-2"},
}
QUERIES = {
    "memory-delete-scope": "?user_id=alice",
    "audit-consistency": "?first=1&second=1",
    "audit-bundle": "?since=2026-01-01&until=2099-01-01",
}
PROPOSED = ("loosening", "staff", "key", "rule", "rule-end", "hold", "hold-release")
BODIES |= {f"{name}-decline": {"reason": "not_needed"} for name in (*PROPOSED, "offboarding")}
# Empty bodies will do for these.
BODIES |= {
    name: {}
    for name in (
        "staff-approve",
        "staff-suspend",
        "key-approve",
        "key-revoke",
        "compatibility-end",
        "rule-end",
        "hold-approve",
        "hold-release",
        "hold-release-approve",
        "recipient-end",
        "quarantine-reject",
        "request-resume",
        "request-cancel",
        "request-fulfil",
        "request-code",
        "offboarding",
        "offboarding-approve",
        "offboarding-withdraw",
        "erasure-withdraw",
        *(f"{name}-withdraw" for name in PROPOSED),
    )
}


def routes() -> list[tuple[str, str, str]]:
    """Return (name, method, template) of everything that the service answers."""
    found = []
    for template, pattern in patterns(get_resolver()):
        name = str(pattern.name)
        view: Any = pattern.callback
        allowed = getattr(view, "view_initkwargs", {}).get("http_method_names")
        for method in ("get", "post", "put", "patch", "delete"):
            handles = hasattr(getattr(view, "cls", None), method) if hasattr(view, "cls") else method == "get"
            if handles and (allowed is None or method in allowed):
                found.append((name, method.upper(), template))
    return found


# Pages are walked by test_every_page_decides.py, of tests/api/console/ and of tests/api/portal/.
PAGES = ("console/", "portal/")
ROUTES = [route for route in routes() if route[0] not in PUBLIC and not route[2].startswith(PAGES)]


def test_the_public_routes_are_these_and_no_others() -> None:
    assert {name for name, _, _ in routes()} >= PUBLIC
    assert all(method == "GET" for name, method, _ in routes() if name in PUBLIC)


@pytest.mark.parametrize(("name", "method", "template"), ROUTES, ids=lambda value: str(value)[:40])
def test_every_route_asks_policy_and_does_nothing_when_refused(
    world: World, refusing: Decisions, name: str, method: str, template: str
) -> None:
    special = {
        "sign-in": SIGN_IN | {"tenant": world.organisation.tenant.slug},
        "staff-enrol": {"claim_code": world.codes["member"], "password": "a long enough password"},
        "key-claim": {"claim_code": world.codes["key"]},
        "request-follow": {"receipt": world.codes["receipt"]},
        "copy-hand-out": {"token": world.codes["copy"]},
        "memory-batch": {"memories": [{"memory_id": str(world.ids["memory_id"]), "text": "changed"}]},
        "memory-undo": {},
    }
    body = None if method == "GET" else {**BODIES, **special}.get(name)
    assert method in {"GET", "DELETE"} or body is not None, f"{name} is not in the table of this test"
    path = path_of(template, world) + QUERIES.get(name, "")
    is_memories = not path.startswith("/governance/")
    who = world.organisation.key_text if is_memories else signed_in(world.organisation, "dora")
    before = snapshot(world.organisation)
    asked = refusing.asked
    answer = ask(who, method, path, None if method == "DELETE" and name != "memory-batch" else body)
    assert answer.status_code in {403, 404}, answer.content
    assert refusing.asked > asked, f"{method} {path} never asked policy"
    assert snapshot(world.organisation) == before


def due_memory(bank: Organisation) -> UUID:
    done = say(bank, "alice", "I live in Porto")
    with tenant_context(bank.tenant.id):
        past = datetime.now(UTC) - timedelta(days=1)
        Memory.objects.filter(id=done.stored[0].id).update(expires_at=past, destroy_at=past)
    return done.stored[0].id


def pending_job(bank: Organisation) -> UUID:
    done = remember(
        caller=bank.caller(),
        scope=ScopeIds(user_id="alice"),
        messages=[Message(role="user", content="I live in Lisbon with my dog.")],
    )
    with tenant_context(bank.tenant.id):
        Job.objects.filter(id=done.event_id).update(created_at=datetime.now(UTC) - timedelta(minutes=1))
    return done.event_id


def approved_erasure(bank: Organisation, user_id: str) -> UUID:
    """Return an approved erasure, which no worker has claimed, of a person with a memory."""
    say(bank, user_id, "I live in Porto")
    request_id = approved(bank, user_id)
    with tenant_context(bank.tenant.id):
        return Erasure.objects.values_list("id", flat=True).get(request_id=request_id)


# They seal, anchor, watch the clock and make room for what happened anyway: nothing is decided, and an event of each
# would never end.
KEEPING_THE_RECORD = {
    "governance.tasks.seal",
    "governance.tasks.anchor",
    "governance.tasks.make_months",
    "governance.tasks.check_clock",
    "governance.tasks.ship",
}


def test_every_task_asks_policy_and_does_nothing_when_refused(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    celery_app.loader.import_default_modules()
    ours = {name for name in celery_app.tasks if name.startswith(("memstore.", "governance.", "api."))}
    work: dict[str, Callable[[], tuple[str, ...]]] = {
        "memstore.tasks.run_job": lambda: (str(pending_job(bank)), str(bank.tenant.id)),
        "memstore.tasks.resume_jobs": lambda: (pending_job(bank), ())[1],
        "memstore.tasks.sweep": lambda: (due_memory(bank), ())[1],
        "memstore.tasks.run_erasure": lambda: (str(approved_erasure(bank, "bob")), str(bank.tenant.id)),
        "memstore.tasks.resume_erasures": lambda: (approved_erasure(bank, "carol"), ())[1],
        "governance.tasks.check": lambda: (),
        "governance.tasks.escalate": lambda: (),
    }
    assert ours == set(work) | KEEPING_THE_RECORD, "a task that is not in the table of this test"
    for name, prepare in work.items():
        arguments = prepare()
        with tenant_context(bank.tenant.id):
            before = set(Memory.objects.values_list("id", "state"))
        decisions = Decisions()
        with monkeypatch.context() as patch:
            patch.setattr(authorize, "decide", decisions.decide)
            task = celery_app.tasks[name]
            task.run(*arguments)
        assert decisions.asked, name
        with tenant_context(bank.tenant.id):
            assert set(Memory.objects.values_list("id", "state")) == before, name


# They read a file of their holder, as can be done anywhere, and open no database.
NEEDS_NOTHING = {"demo_people", "learn", "verify_certificate"}


def test_every_command_asks_policy(
    bank: Organisation, refusing: Decisions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = {name for name, where in get_commands().items() if where in {"memstore", "governance", "api"}}
    arguments: dict[str, list[str]] = {
        "audit": ["verify", "--tenant", str(bank.tenant.id)],
        "create_demo": [],
        "erase": ["--tenant", bank.tenant.slug],
        "export": ["--out", str(tmp_path / "copy.zip")],
        "offboard": ["--tenant", bank.tenant.slug],
        "reconcile": [],
        "restore_check": [],
        "restore_drill": [],
        "keys": ["status"],
        "rotate_keys": [],
        "create_tenant": [f"t-{uuid4().hex[:8]}", "--name", "T", "--administrator", "a", "--dpo", "d"],
    }
    assert ours == set(arguments) | NEEDS_NOTHING, "a command that is not in the table of this test"
    for name, given in arguments.items():
        monkeypatch.setattr(
            "sys.stdin", io.StringIO(f"{bank.tenant.id}.{bank.tenant.id}.alice" if name == "export" else "alice")
        )
        asked = refusing.asked
        with pytest.raises(Exception, match="cannot_decide"):
            call_command(name, *given, stdout=io.StringIO())
        assert refusing.asked > asked, name


@pytest.mark.parametrize(
    "step", [["verify"], ["export", "--since", "2026-01-01", "--until", "2099-01-01", "--out", "x"], ["rotate-key"]]
)
def test_every_step_of_the_audit_command_that_shows_or_changes_something_asks_policy(
    bank: Organisation, refusing: Decisions, step: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = refusing.asked
    with pytest.raises(Exception, match="cannot_decide"):
        call_command("audit", *step, "--tenant", str(bank.tenant.id), stdout=io.StringIO())
    assert refusing.asked > asked
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "status"],
        ["keys", "record", "1"],
        ["rotate_keys"],
        ["rotate_keys", "--dry-run"],
        ["rotate_keys", "--confirm-backup", "keys-1"],
        ["rotate_keys", "--destroy", "1"],
    ],
)
def test_every_step_of_the_keys_asks_policy(bank: Organisation, refusing: Decisions, command: list[str]) -> None:
    before = list(KeyEpoch.objects.values_list())
    asked = refusing.asked
    with pytest.raises(Exception, match="cannot_decide"):
        call_command(*command, stdout=io.StringIO())
    assert refusing.asked > asked
    assert list(KeyEpoch.objects.values_list()) == before
