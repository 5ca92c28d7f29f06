"""An unwritable trail: nothing is done and nothing is shown, on every route, for every way to fail."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection

from governance.errors import AuditUnavailable
from governance.guard import unauthenticated
from governance.guard.authorize import system_caller
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SystemJob
from memstore.forget.sweep import sweep
from memstore.recall.recall import recall
from tests.governance.evidence.trail import happen
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say
from tests.support.signed_in import signed_in
from tests.support.superuser import superuser
from tests.support.world import World, path_of, snapshot, unchanged_world
from tests.walks.test_every_face_decides import BODIES, QUERIES, ROUTES, SIGN_IN, due_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

__all__ = ["unchanged_world"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
EVIDENCE = ("governance_auditevent", "governance_auditqueued", "governance_auditleaf", "governance_treehead")
SECRET = "I like tea"  # what `world` remembers of alice


@contextmanager
def without_the_privilege() -> Iterator[None]:
    with superuser() as owner:
        owner.execute("REVOKE INSERT ON governance_auditevent FROM memstore_app")
        try:
            yield
        finally:
            owner.execute("GRANT INSERT ON governance_auditevent TO memstore_app")


@contextmanager
def locked() -> Iterator[None]:
    """Lock the table of events, as for maintenance."""
    options = connection.settings_dict["OPTIONS"]
    usual = options["options"]
    connection.close()
    options["options"] = "-c lock_timeout=100ms"
    try:
        with superuser() as other, other.transaction():
            other.execute("LOCK TABLE governance_auditevent IN SHARE MODE")
            yield
    finally:
        connection.close()
        options["options"] = usual


def fill_up(owner: psycopg.Connection) -> None:
    for _ in range(10_000):
        owner.execute("INSERT INTO fill SELECT repeat(md5(random()::text), 20) FROM generate_series(1, 20)")


@contextmanager
def on_a_full_disk() -> Iterator[None]:
    """Move this month's partition to a file system of one megabyte that is full."""
    folder = Path(tempfile.mkdtemp(prefix="memstore-full-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("needs the right to mount a file system of one megabyte")
    partition = f"governance_auditevent_{datetime.now(UTC):%Y%m}"
    try:
        with superuser() as owner:
            [(data,)] = owner.execute("SHOW data_directory").fetchall()
            place = folder / "space"
            place.mkdir(mode=0o700)
            shutil.chown(place, user=Path(data).owner())
            folder.chmod(0o755)
            owner.execute(f"CREATE TABLESPACE tiny LOCATION '{place}'".encode())
            try:
                owner.execute(b"CREATE TABLE fill (text text) TABLESPACE tiny")
                owner.execute(f"TRUNCATE {', '.join(EVIDENCE)}".encode())  # else trails of other tests are cut
                owner.execute(f"ALTER TABLE {partition} SET TABLESPACE tiny".encode())
                with pytest.raises(psycopg.errors.DiskFull):
                    fill_up(owner)
                yield
            finally:
                owner.execute("DROP TABLE fill")
                owner.execute(f"ALTER TABLE {partition} SET TABLESPACE pg_default".encode())
                owner.execute("CHECKPOINT")
                owner.execute("DROP TABLESPACE tiny")
    finally:
        # Lazily: a connection may still have a file open that is gone from the tablespace.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


WAYS = {"no privilege": without_the_privilege, "locked": locked, "full disk": on_a_full_disk}


def asked(world: World, name: str, method: str, template: str) -> Answer:
    """Make one request with a valid key or as an officer."""
    special: dict[str, dict[str, Any]] = {
        "sign-in": SIGN_IN | {"tenant": world.organisation.tenant.slug},
        "staff-enrol": {"claim_code": world.codes["member"], "password": "a long enough password"},
        "key-claim": {"claim_code": world.codes["key"]},
        "request-follow": {"receipt": world.codes["receipt"]},
        "copy-hand-out": {"token": world.codes["copy"]},
        "memory-batch": {"memories": [{"memory_id": str(world.ids["memory_id"]), "text": "changed"}]},
    }
    path = path_of(template, world) + QUERIES.get(name, "")
    who = signed_in(world.organisation, "dora") if path.startswith("/governance/") else world.organisation.key_text
    body = None if method in {"GET", "DELETE"} and name != "memory-batch" else {**BODIES, **special}.get(name)
    return ask(who, method, path, body)


@pytest.mark.parametrize(("name", "method", "template"), ROUTES, ids=lambda value: str(value)[:40])
def test_every_route_fails_closed(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, method: str, template: str
) -> None:
    monkeypatch.setattr(unauthenticated, "_counter", unauthenticated._Counter())  # else a minute's first one is written
    signed_in(world.organisation, "dora")
    before = snapshot(world.organisation)
    n = len(world.organisation.events())
    with without_the_privilege():
        answer = asked(world, name, method, template)
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable"), answer.content
    assert SECRET.encode() not in answer.content
    assert snapshot(world.organisation) == before
    assert len(world.organisation.events()) == n


@pytest.mark.parametrize("way", WAYS)
def test_whatever_the_reason_nothing_is_done_and_readiness_is_red(bank: Organisation, way: str) -> None:
    stored = say(bank, "alice", SECRET).stored[0].id
    before = snapshot(bank)
    with WAYS[way]():
        for method, path, body in (
            ("POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "alice"}}),
            ("POST", "/v3/memories/", {"filters": {"user_id": "alice"}}),
            ("GET", f"/v1/memories/{stored}/", None),
            ("GET", f"/v1/memories/{stored}/history/", None),
            ("PUT", f"/v1/memories/{stored}/", {"text": "I like coffee"}),
            ("DELETE", f"/v1/memories/{stored}/", None),
            ("POST", "/v3/memories/add/", {"messages": "I live in Porto", "infer": False, "user_id": "alice"}),
            ("POST", "/v3/memories/add/", {"messages": "I live in Porto", "user_id": "alice"}),
            ("POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "*"}}),
        ):
            answer = ask(bank, method, path, body)
            assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable"), (path, answer.content)
            assert SECRET.encode() not in answer.content
        ready = ask(None, "GET", "/readyz")
        assert (ready.status_code, ready.json()["audit"]) == (503, "failed")
    assert snapshot(bank) == before
    assert ask(None, "GET", "/readyz").status_code == 200
    assert ask(bank, "GET", f"/v1/memories/{stored}/").json()["memory"] == SECRET


def test_a_job_and_a_sweep_do_nothing_either(bank: Organisation) -> None:
    due_memory(bank)
    before = snapshot(bank)
    with without_the_privilege(), pytest.raises(AuditUnavailable):
        sweep(bank.tenant.id)
    assert snapshot(bank) == before
    assert sweep(bank.tenant.id).destroyed == 1


def test_an_event_without_its_place_in_the_queue_is_not_written(bank: Organisation) -> None:
    """Otherwise there would be an event that no sealer ever sees."""
    with superuser() as owner:
        owner.execute("REVOKE INSERT ON governance_auditqueued FROM memstore_app")
        try:
            with pytest.raises(AuditUnavailable):
                happen(bank, 1)
        finally:
            owner.execute("GRANT INSERT ON governance_auditqueued TO memstore_app")
    assert bank.events() == []


def test_the_use_case_itself_refuses_not_only_its_route(bank: Organisation) -> None:
    say(bank, "alice", SECRET)
    with without_the_privilege(), pytest.raises(AuditUnavailable):
        recall(caller=bank.caller(), query="tea", filters={"user_id": "alice"})
    assert system_caller(bank.tenant.id, SystemJob.SWEEP).job is SystemJob.SWEEP
    with tenant_context(bank.tenant.id):
        assert {event.type for event in bank.events()} == {"remember"}
