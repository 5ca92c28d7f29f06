"""Working days of those who use the console, from signing in to done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from governance.evidence.certificates import verify_certificate
from governance.models import BreakGlass, RequestKind
from governance.tenancy.tenant_context import tenant_context
from memstore.models import Memory
from tests.browser.marks import IN_A_BROWSER
from tests.browser.staffed import asks_for, enrolled, reviewing_key, subject_of
from tests.browser.walk import every_address
from tests.support.asking import ask
from tests.support.cast import organisation, say
from tests.support.erasing import asks, four_eyes, work
from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.browser.conftest import Arrive
    from tests.browser.staffed import LivelyBank
    from tests.browser.visitor import Visitor
    from tests.support.cast import Organisation

REASON = {"reason": "complaint", "case_reference": "CASE-7", "minutes": "5"}
pytestmark = IN_A_BROWSER


@pytest.fixture
def bank() -> Organisation:
    made = organisation()
    four_eyes(made)
    return made


def recorded(bank: Organisation, *types: str) -> list[tuple[str, str]]:
    """Return (type, reason) of these events, oldest first, each once: a step has one at its begin and its end."""
    found = [(event.type, event.reason) for event in bank.events() if event.type in types]
    return list(dict.fromkeys(found))


def test_an_overdue_request_is_found_and_finished_without_a_manual(bank: Organisation, arrive: Arrive) -> None:
    say(bank, "carol", "I like tea")
    asks_for(bank, "carol", RequestKind.ACCESS, days_ago=45, words="What do you know about me?")
    officer = arrive(enrolled(bank, "dora"))
    assert officer.heading == "What needs you today"
    officer.follow("requests due or overdue")
    row = officer.page.get_by_role("row").filter(has_text="Overdue")
    assert row.count() == 1
    officer.page.goto(str(row.get_by_role("link").get_attribute("href")))
    assert officer.heading == "Access (Art. 15)"
    assert "Overdue" in officer.text
    assert "What do you know about me?" in officer.text
    verifies(officer)
    assert "Verified. The request is in handling." in officer.text
    officer.press("Make a one-time link")
    assert officer.heading == "A link to the copy"
    assert officer.page.locator(".secret").inner_text()
    officer.follow("Back to the request")
    officer.press("It was handed over: close")
    officer.press("Do it and close")
    assert "Done. The request is closed." in officer.text
    assert "the request has ended" in officer.text
    officer.page.goto("/console/requests/")
    assert "No request here." in officer.text
    done = recorded(bank, "sign_in", "verify_request", "link_copy", "fulfil_request")
    assert done == [(kind, "allowed") for kind in ("sign_in", "verify_request", "link_copy", "fulfil_request")]


def test_two_forms_of_one_page_are_two_things(bank: Organisation, arrive: Arrive) -> None:
    """A copy is downloaded, which leaves the page as it is, and then the request is closed on that page."""
    say(bank, "carol", "I like tea")
    number = asks_for(bank, "carol", RequestKind.ACCESS)
    officer = arrive(enrolled(bank, "dora"))
    officer.page.goto(f"/console/requests/{number}/")
    verifies(officer)
    with officer.page.expect_download() as download:
        officer.page.get_by_role("button", name="Download the copy").click()
    assert download.value.suggested_filename == f"copy-{number}.zip"
    officer.press("It was handed over: close")
    officer.press("Do it and close")
    assert "Done. The request is closed." in officer.text


def test_an_erasure_by_two_people_ends_in_a_certificate_that_anybody_can_verify(
    bank: Organisation, arrive: Arrive, settings: Settings, tmp_path: Path
) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    say(bank, "carol", "I like tea")
    say(bank, "dave", "I like jam")
    dora, dov = arrive(enrolled(bank, "dora")), arrive(enrolled(bank, "dov"))
    dora.page.goto("/console/requests/new/")
    dora.page.get_by_label("User id", exact=True).fill("carol")
    dora.page.get_by_label("What is asked for").select_option("erasure")
    dora.page.get_by_label("How it came").select_option("letter")
    dora.press("Open the request")
    assert dora.heading == "The request is open"
    receipt = dora.page.locator(".secret").inner_text()
    dora.follow("To the request")
    verifies(dora)
    assert "1 memory is destroyed." in dora.text
    dora.press("Plan it")
    assert "another person has to approve it" in dora.text
    assert dora.page.get_by_role("button", name="Approve this plan").count() == 0

    dov.page.goto("/console/")
    asks(bank, "dave")  # not verified, so it waits for no approval
    dov.follow("erasure that waits for your approval")
    assert dov.page.get_by_role("row").count() == 2
    assert "Waits for approval" in dov.text
    dov.follow("Erasure (Art. 17)")
    assert "assistance" in dov.text
    dov.press("Approve this plan")
    assert "1 memory is destroyed." in dov.text
    dov.press("Destroy the keys of 1 memory")
    assert "The erasure runs now" in dov.text

    work(bank, _number(dov.page.url))
    dov.page.goto(dov.page.url.partition("?")[0])
    with dov.page.expect_download() as download:
        dov.page.get_by_role("link", name="Download the certificate").click()
    download.value.save_as(tmp_path / "certificate.json")
    assert f"--key {_published(bank, tmp_path)}" in dov.text
    assert _verified(bank, tmp_path, receipt) == 0
    assert _verified(bank, tmp_path, receipt[:-1] + ("0" if receipt[-1] != "0" else "1")) == 1
    with tenant_context(bank.tenant.id):
        left = set(Memory.objects.exclude(state="erased").values_list("subject_id", flat=True))
    assert left == {subject_of(bank, "dave")}


def verifies(officer: Visitor) -> None:
    officer.page.get_by_label("How do you know?").select_option("in_person")
    officer.press("It is the person")


def _number(url: str) -> UUID:
    return UUID(url.partition("/requests/")[2][:36])


def _published(bank: Organisation, folder: Path) -> str:
    """Return the public key of the certificate in `folder`, as the organisation publishes it."""
    file = json.loads((folder / "certificate.json").read_text())
    keys = ask(signed_in(bank, "aud"), "GET", "/governance/v1/audit/keys/").json()["results"]
    [key] = [one["public"] for one in keys if one["id"] == file["public_key"]["id"]]
    return str(key)


def _verified(bank: Organisation, folder: Path, receipt: str) -> int:
    """Return the exit code of the program that outsiders have.

    The key comes from elsewhere, not from the certificate.
    """
    key = _published(bank, folder)
    (folder / "verify.py").write_bytes(Path(verify_certificate.__file__).read_bytes())
    command = [sys.executable, "-I", "verify.py", "certificate.json", "--key", key, "--receipt", receipt]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_a_reviewer_sees_a_person_masked_and_in_clear_only_for_a_reason(bank: Organisation, arrive: Arrive) -> None:
    say(bank, "carol@example.org", "My e-mail is carol.private@example.org")
    reviewer = arrive(enrolled(bank, "rita"))
    reviewer.page.get_by_label("Find a person by user id").fill("carol@example.org")
    reviewer.press("Find")
    assert reviewer.heading.startswith("Person")
    assert "carol" not in reviewer.page.url
    assert "My e-mail is" in reviewer.text
    assert "carol.private@" not in reviewer.page.content()
    with reviewer.page.expect_navigation():
        reviewer.page.get_by_role("main").get_by_role("link", name="Reveal").click()
    reviewer.press("Break the glass")
    reason = reviewer.page.get_by_label("Reason", exact=True)
    error = reviewer.page.locator(f"#{reason.get_attribute('id')}_error")
    assert reason.get_attribute("aria-invalid") == "true"
    assert "required" in error.inner_text()
    assert recorded(bank, "break_glass") == [("break_glass", "invalid")]
    reason.select_option("complaint")
    reviewer.page.get_by_label("Case reference").fill("CASE-7")
    reviewer.press("Break the glass")
    assert "carol.private@example.org" in reviewer.text
    with tenant_context(bank.tenant.id):
        row = BreakGlass.objects.get()
    assert (row.reason_code, row.case_reference) == ("complaint", "CASE-7")
    assert recorded(bank, "break_glass") == [("break_glass", "invalid"), ("break_glass", "allowed")]


def test_a_reviewer_releases_one_memory_and_rejects_the_other(bank: Organisation, arrive: Arrive) -> None:
    key = reviewing_key(bank)
    kept, gone = (say(bank, "carol", text, key_text=key).stored[0].id for text in ("I like tea", "I like jam"))
    reviewer = arrive(enrolled(bank, "rita"))
    reviewer.follow("memories in quarantine")
    article = reviewer.page.get_by_role("article").filter(has_text="I like tea")
    article.get_by_label("Class").select_option("confidential")
    article.get_by_role("button", name="Release").click()
    reviewer.press("Release 1 memory")
    reviewer.page.get_by_text("Released.").wait_for()
    reviewer.press("Reject")
    reviewer.press("Destroy 1 memory")
    assert "Rejected." in reviewer.text
    assert "Nothing waits." in reviewer.text
    with tenant_context(bank.tenant.id):
        assert set(Memory.objects.filter(state="active").values_list("id", "data_class")) == {(kept, "confidential")}
        assert not Memory.objects.filter(id=gone, state__in=["active", "quarantined"]).exists()


def test_an_auditor_who_tries_every_address_by_hand_sees_no_content(lively: LivelyBank, arrive: Arrive) -> None:
    auditor = arrive(lively.members["aud"])
    token = auditor.page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    reached = 0
    for path in every_address(lively.ids):
        answers = [auditor.page.request.get(path)]
        if "sign-" not in path:
            form = {
                "csrfmiddlewaretoken": token,
                "once": str(lively.ids[0]),
                "user_id": "nobody",
                "reason": "complaint",
            }
            answers.append(auditor.page.request.post(path, form={**form, "reference": "CASE-7", "minutes": "5"}))
        for answer in answers:
            reached += answer.status == 200
            seen = answer.text()
            assert [one for one in lively.secrets if one in seen] == [], path
    assert reached > 5
