"""The trail, its proofs, and the pages of the system: the roles that they are for, and that no content is on any."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.authenticate import authenticate
from governance.access.recipients import end_recipient, register_recipient
from governance.accountability.trail_explorer import Wanted, event_detail, explore
from governance.errors import AccessRefused, NoSuchObject
from governance.evidence import verify_trail
from governance.evidence.sealer import seal
from governance.models import ApiKey, AuditEvent, RecipientKind, StaffUser
from governance.tenancy.tenant_context import tenant_context
from tests.api.console.test_every_page_decides import PAGES
from tests.api.console.test_pages import subject_of
from tests.support.browsing import browser, heading, press_twice, send
from tests.support.cast import DATABASES, organisation, say, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cast import Organisation

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)


def event_of(bank: Organisation, kind: str) -> UUID:
    with tenant_context(bank.tenant.id):
        return AuditEvent.objects.filter(type=kind).order_by("at").values_list("id", flat=True)[0]


def test_every_page_of_the_trail_leads_to_the_next_and_no_event_is_missed() -> None:
    bank, other = organisation(), organisation("other")
    for number in range(7):
        say(bank, "carol", f"I like tea number {number}")
    say(other, "carol", "I like coffee")
    with tenant_context(bank.tenant.id):
        there = list(AuditEvent.objects.order_by("-at", "-id").values_list("id", flat=True))
    auditor, seen, before = bank.staff("aud"), [], ""
    while True:
        found = explore(caller=auditor, wanted=Wanted(type="remember"), before=before, page_size=3)
        seen += [one.id for one in found.events]
        before = found.before
        if not before:
            break
    with tenant_context(bank.tenant.id):
        remembered = set(AuditEvent.objects.filter(type="remember").values_list("id", flat=True))
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == remembered <= set(there)


def test_filters_name_who_about_whom_and_what_came_of_it() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    say(bank, "dave", "I like coffee")
    with pytest.raises(AccessRefused):
        explore(caller=bank.staff("rita"), wanted=Wanted())
    auditor, carol = bank.staff("aud"), subject_of(bank, "carol")
    about = explore(caller=auditor, wanted=Wanted(subject_id=carol)).events
    assert {one.subject_id for one in about} == {carol}
    assert {one.name for one in about} == {"assistant"}
    refused = explore(caller=auditor, wanted=Wanted(reason="refused")).events
    assert [(one.type, one.reason, one.name) for one in refused] == [("read_audit", "capability_missing", "rita")]


def test_a_filter_that_cannot_be_read_shows_no_event_and_says_why() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    answer = browser(bank, "aud").get(reverse("console:audit"), {"principal_id": "nobody"})
    assert answer.status_code == 400
    assert b"Enter a valid UUID" in answer.content
    assert b"console/audit/0" not in answer.content
    assert b"<tbody>" not in answer.content
    assert ("read_audit", "invalid") in bank.refusals()


def test_an_event_of_another_tenant_is_not_there() -> None:
    bank, other = organisation(), organisation("other")
    say(bank, "carol", "I like tea")
    with pytest.raises(NoSuchObject):
        event_detail(caller=other.staff("aud"), event_id=event_of(bank, "remember"))


# Each with what the verifier calls it.
TAMPERED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "the event": (lambda said: said["event"].update(type="forget"), "was changed: it does not have the hash"),
    "its salt": (lambda said: said["event"].update(salt=str(UUID(int=1))), "was changed: it does not have the hash"),
    "its name": (lambda said: said.update(event_id=str(UUID(int=1))), "shows another event"),
    "its leaf": (lambda said: said.update(event=None, leaf="00" * 32), "do not lead to the root"),
    "its number": (lambda said: said.update(index=said["index"] ^ 1), "do not lead to the root"),
    "the path": (lambda said: said["path"].reverse(), "do not lead to the root"),
    "a shorter path": (lambda said: said["path"].pop(), "nodes instead of"),
    "the root": (lambda said: said["head"].update(root="00" * 32), "signature of the head"),
    "the signature": (lambda said: said["head"].update(signature="00" * 64), "signature of the head"),
    "the key": (lambda said: said["keys"][0].update(public="00" * 32), "unknown key"),
    "the tenant": (lambda said: said["event"].update(tenant=str(UUID(int=1))), "two tenants"),
    "the format": (lambda said: said.update(format="another"), "no proof of an event"),
    "everything": (dict.clear, "no proof of an event"),
}


def test_the_proof_of_an_event_verifies_as_its_page_says_and_what_is_changed_in_it_is_named(tmp_path: Path) -> None:
    bank = organisation()
    for number in range(6):
        say(bank, "carol", f"I like tea number {number}")
    seal(bank.tenant.id)
    auditor, event = browser(bank, "aud"), event_of(bank, "remember")
    page = auditor.get(reverse("console:event", args=[event])).content.decode()
    assert "Download the proof" in page
    file = auditor.get(reverse("console:proof", args=[event]))
    (tmp_path / file["Content-Disposition"].split('"')[1]).write_bytes(file.content)
    (tmp_path / "proof.py").write_bytes(auditor.get("/governance/v1/audit/proof.py").content)

    _, *told = unescape(page.partition("<pre>")[2].partition("</pre>")[0]).split()

    def run() -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-I", *told], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    code, words = run()
    assert (code, words.partition(" is number")[0]) == (0, f"INTACT: event {event}")
    assert "give --key" not in words
    for what, (change, named) in TAMPERED.items():
        said = json.loads(file.content)
        change(said)
        (tmp_path / f"inclusion-{event}.json").write_text(json.dumps(said))
        code, words = run()
        assert (code, words.startswith("BROKEN: "), named in words) == (1, True, True), (what, words)
    (tmp_path / f"inclusion-{event}.json").write_text("no json")
    assert run()[0] == 1


def test_a_part_of_the_trail_is_downloaded_that_the_verifier_accepts() -> None:
    bank = organisation()
    say(bank, "carol", "I like tea")
    auditor, address = browser(bank, "aud"), reverse("console:bundle")
    long_ago = send(auditor, address, since="2020-01-01T00:00", until="2020-01-02T00:00")
    assert long_ago.status_code == 400
    assert b"Nothing of this time is sealed." in long_ago.content
    seal(bank.tenant.id)
    answer = send(auditor, address, since="2020-01-01T00:00", until="2099-01-01T00:00")
    file = io.BytesIO(b"".join(answer))
    with zipfile.ZipFile(file) as made:
        assert verify_trail.check_bundle(made).n_events > 0
    assert b"tea" not in file.getvalue()
    with tenant_context(bank.tenant.id):
        assert AuditEvent.objects.filter(type="export_audit", reason="allowed").count() == 2


def test_a_bundle_without_a_period_or_for_another_role_is_a_refusal_on_the_record() -> None:
    bank = organisation()
    address = reverse("console:bundle")
    assert send(browser(bank, "aud"), address, since="\x00", until="").status_code == 400
    whole = {"since": "2020-01-01T00:00", "until": "2099-01-01T00:00"}
    assert send(browser(bank, "rita"), address, **whole).status_code == 403
    refused = [
        ("export_audit", "invalid"),
        ("export_audit", "capability_missing"),
        ("read_audit", "capability_missing"),
    ]
    assert bank.refusals() == refused  # nor does the page that says so show anything of the trail


def test_an_account_takes_two_people_and_its_claim_code_is_shown_once() -> None:
    bank = organisation()
    address = reverse("console:staff")
    done = send(browser(bank, "ada"), address, username="otto", role="auditor", personnel_number="78", name="Otto")
    assert done["Location"] == f"{address}?done=asked"
    with tenant_context(bank.tenant.id):
        row = StaffUser.objects.get(username="otto")
    approve = reverse("console:staff-approve", args=[row.id])
    assert send(browser(bank, "ada"), approve)["Location"] == f"{address}?problem=same_person"
    shown = send(browser(bank, "dora"), approve)
    code = shown.content.decode().split('class="secret code">')[1].split("<")[0]
    enrolled = Client().post(
        reverse("console:enrol"), {"claim": code, "password": "a long enough one", "again": "a long enough one"}
    )
    assert heading(enrolled) == "Your second factor"
    assert b"<svg" in enrolled.content
    again = Client().post(
        reverse("console:enrol"), {"claim": code, "password": "a long enough one", "again": "a long enough one"}
    )
    assert again.status_code == 400


def test_a_key_takes_two_people_and_its_secret_is_shown_to_the_developer_alone() -> None:
    bank = organisation()
    address = reverse("console:api-keys")
    done = send(browser(bank, "ada"), address, name="robot", capabilities=["recall"], purposes=["assistance"])
    assert done["Location"] == f"{address}?done=asked"
    with tenant_context(bank.tenant.id):
        key = ApiKey.objects.get(name="robot")
    shown = send(browser(bank, "dora"), reverse("console:api-key-approve", args=[key.id]))
    code = shown.content.decode().split('class="secret code">')[1].split("<")[0]
    claimed = Client().post(reverse("console:claim-key"), {"claim": code})
    secret = claimed.content.decode().split('class="secret code">')[1].split("<")[0]
    principal = authenticate(secret)
    assert principal is not None
    assert principal.id == key.id
    assert press_twice(browser(bank, "ada"), reverse("console:api-key-revoke", args=[key.id]))["Location"].endswith(
        "revoked"
    )


def test_a_key_that_is_held_outside_names_who_holds_it_and_may_be_for_one_person_only() -> None:
    bank = organisation()
    say(bank, "carol-18", "I like tea")
    held = register_recipient(caller=bank.staff("ada"), name="Bureau", kind=RecipientKind.PROCESSOR).id
    gone = register_recipient(caller=bank.staff("ada"), name="Gone", kind=RecipientKind.PROCESSOR).id
    end_recipient(caller=bank.staff("ada"), recipient_id=gone)
    address, person = reverse("console:api-keys"), subject_of(bank, "carol-18")

    def asks_for(name: str, recipient: UUID) -> int:
        for_one = {"recipient_id": str(recipient), "pinned_subject": str(person)}
        fields = {"capabilities": "recall", "purposes": "assistance", **for_one}
        return send(browser(bank, "ada"), address, once=None, name=name, **fields).status_code

    assert (asks_for("over", gone), asks_for("bureau", held)) == (400, 302)
    with tenant_context(bank.tenant.id):
        [key] = ApiKey.objects.filter(name__in=["over", "bureau"])
        assert (key.name, key.recipient_id, key.pinned_subject) == ("bureau", held, person)


WITHOUT_ARGUMENTS = [(name, template) for name, template in PAGES if "<" not in template]


@pytest.mark.parametrize("who", ["aud", "ada", "kay"])
def test_who_sees_no_content_is_shown_none_on_any_page(who: str) -> None:
    """Every address of the console is typed by hand, with the ids of what there is."""
    bank = organisation()
    say(bank, "carol-17", "I like tea and my IBAN is DE89370400440532013000")
    texts(bank, "carol-17")
    ids = {"subject_id": subject_of(bank, "carol-17"), "event_id": event_of(bank, "remember"), "name": "assistance"}
    client, opened = browser(bank, who), 0
    for _, template in PAGES:
        path = "/" + template
        for name, value in ids.items():
            path = path.replace(f"<uuid:{name}>", str(value)).replace(f"<str:{name}>", str(value))
        if "<" in path:
            continue
        answer = client.get(path)
        opened += answer.status_code == 200
        assert answer.status_code in {200, 302, 400, 403, 404, 405}, (path, answer.status_code)
        assert b"I like tea" not in answer.content, path
        assert b"carol-17" not in answer.content, path
    assert opened > 8


@pytest.mark.parametrize("who", ["dora", "rita", "aud", "ada", "kay"])
def test_each_link_in_the_sidebar_opens(who: str) -> None:
    client = browser(organisation(), who)
    home = client.get(reverse("console:home")).content.decode()
    links = {part.split('"')[0] for part in home.split("<nav")[1].split("</nav>")[0].split('href="')[1:]}
    assert len(links) > 5
    for link in links:
        assert client.get(link).status_code == 200, link
