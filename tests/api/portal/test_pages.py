"""The pages of the portal: the person sees, corrects, withdraws, objects, asks, proves their identity, follows."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.test import Client

from governance.models import ConsentEvent, Objection, PortalSitting, RequestKind, RightsRequest
from governance.policy.purpose_terms import PurposeTerms
from governance.processing.purposes import create_purpose
from governance.rights.portal.codes import issue_code
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import LawfulBasis
from memstore.records.scope_ids import ScopeIds
from memstore.records.source import Message
from memstore.remember.remember import remember
from memstore.rights.copies.hand_out import link_copy
from tests.api.portal.visiting import COOKIE, receipt_in, seen, send, text_of, visitor
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say, texts
from tests.support.consenting import consents
from tests.support.erasing import asks, four_eyes, look, work
from tests.support.in_parallel import at_once
from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
ILLNESS = "I was diagnosed with diabetes last year"


def asked_for(client: Client, kind: str = "access", **fields: str) -> tuple[UUID, str]:
    """Return (the request, its receipt)."""
    from uuid import UUID

    answer = send(client, f"/portal/requests/new/{kind}/", **fields)
    assert answer.status_code == 200, answer.content
    found = re.search(r"/portal/requests/([0-9a-f-]{36})/", text_of(answer))
    assert found is not None
    return UUID(found.group(1)), receipt_in(answer)


def code_for(bank: Organisation, request_id: UUID, who: str = "dora") -> str:
    answer = ask(signed_in(bank, who), "POST", f"/governance/v1/requests/{request_id}/code/", {})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["code"])


def shows_who(client: Client, request_id: UUID, code: str) -> HttpResponse:
    return send(client, f"/portal/requests/{request_id}/code/", code=code)


def rows(bank: Organisation) -> int:
    with tenant_context(bank.tenant.id):
        return RightsRequest.objects.count()


def test_special_matters_wait_for_the_code_and_then_show(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    say(bank, "alice", ILLNESS)
    client = visitor(bank)
    before = seen(client.get("/portal/"))
    assert "I like tea" in before
    assert ILLNESS not in before
    request_id, _ = asked_for(client)
    done = shows_who(client, request_id, code_for(bank, request_id))
    assert done["Location"] == f"/portal/requests/{request_id}/?done=proved"
    assert "being worked on" in seen(client.get(done["Location"]))
    assert ILLNESS in seen(client.get("/portal/"))
    assert ILLNESS not in seen(visitor(bank).get("/portal/"))  # another link is another sitting


def test_the_key_that_issued_the_link_gets_no_code(bank: Organisation) -> None:
    request_id, _ = asked_for(visitor(bank))
    answer = ask(bank, "POST", f"/governance/v1/requests/{request_id}/code/", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "capability_missing")
    verify = ask(bank, "POST", f"/governance/v1/requests/{request_id}/verify/", {"method": "code"})
    assert verify.status_code == 403


def test_a_wrong_code_is_said_beside_its_field(bank: Organisation) -> None:
    client = visitor(bank)
    request_id, _ = asked_for(client)
    answer = shows_who(client, request_id, "AAAA-BBBB")
    assert answer.status_code == 400
    body = text_of(answer)
    assert 'aria-invalid="true"' in body
    assert "id_code_error" in re.findall(r'aria-describedby="([^"]+)"', body)[0]
    assert "This code does not fit" in body
    empty = shows_who(client, request_id, "")
    assert empty.status_code == 400


def test_a_correction_is_asked_for_beside_what_is_wrong(bank: Organisation) -> None:
    memory_id = say(bank, "alice", "I like tea").stored[0].id
    client = visitor(bank)
    assert f"/portal/memories/{memory_id}/" in text_of(client.get("/portal/"))
    assert "I like tea" in seen(client.get(f"/portal/memories/{memory_id}/"))
    answer = send(client, f"/portal/memories/{memory_id}/", correction="I like coffee")
    assert "Your receipt" in seen(answer)
    with tenant_context(bank.tenant.id):
        [row] = RightsRequest.objects.all()
    assert (row.kind, row.memory_id, row.channel) == ("rectification", memory_id, "portal")
    assert row.opened_by == row.subject_id
    empty = send(client, f"/portal/memories/{memory_id}/", correction="")
    assert (empty.status_code, rows(bank)) == (400, 1)


def test_memories_and_requests_of_others_are_not_there(bank: Organisation, outsider: Organisation) -> None:
    memory_id = say(bank, "alice", "I like tea").stored[0].id
    mine, _ = asked_for(visitor(bank))
    for stranger in (visitor(bank, "bob"), visitor(outsider, "alice")):
        for page in (f"memories/{memory_id}/", f"requests/{mine}/"):
            answer = stranger.get(f"/portal/{page}")
            assert answer.status_code == 404
            assert "tea" not in text_of(answer)
        for form in (f"memories/{memory_id}/", f"requests/{mine}/code/", f"requests/{mine}/cancel/"):
            sent = send(stranger, f"/portal/{form}", correction="changed", code="ABCDEFGH")
            assert sent.status_code == 404 or "problem=not_found" in sent["Location"]
    with tenant_context(bank.tenant.id):
        assert [(row.state, row.kind) for row in RightsRequest.objects.all()] == [("received", "access")]


def test_a_consent_is_taken_back_at_once_and_only_once(bank: Organisation) -> None:
    consents(bank)
    said = [Message(role="user", content="I want a new car")]
    remember(caller=bank.caller(purpose="offers"), scope=ScopeIds(user_id="alice"), messages=said, infer=False)
    client, once = visitor(bank), str(uuid4())
    assert "You agreed." in seen(client.get("/portal/choices/"))
    first = send(client, "/portal/choices/withdraw/", once=once, purpose="offers")
    again = send(client, "/portal/choices/withdraw/", once=once, purpose="offers")
    anew = send(client, "/portal/choices/withdraw/", purpose="offers")
    assert [answer["Location"].split("?")[1] for answer in (first, again, anew)] == [
        "done=withdrawn",
        "done=already",
        "done=already",
    ]
    assert "Your consent has ended" in seen(client.get(first["Location"]))
    assert "new car" not in seen(client.get("/portal/"))
    with tenant_context(bank.tenant.id):
        events = list(ConsentEvent.objects.order_by("created_at").values_list("action", "channel", "given_by"))
    assert events == [("grant", "web", "subject"), ("withdraw", "portal", "subject")]


def test_an_objection_stops_use_at_once(bank: Organisation) -> None:
    terms = PurposeTerms(LawfulBasis.LEGITIMATE_INTERESTS, ceiling_days=30)
    create_purpose(caller=bank.staff("ada"), name="surveys", terms=terms)
    client = visitor(bank)
    assert "surveys" in seen(client.get("/portal/choices/"))
    done = send(client, "/portal/choices/object/", purpose="surveys")
    assert done["Location"] == "/portal/choices/?done=objected"
    with tenant_context(bank.tenant.id):
        assert Objection.objects.count() == 1
    refused = send(client, "/portal/choices/object/", purpose="assistance")
    assert "problem=not_objectionable" in refused["Location"]
    assert "One cannot object" in seen(client.get(refused["Location"]))
    assert "problem=not_found" in send(client, "/portal/choices/object/", purpose="nothing\0")["Location"]


@pytest.mark.parametrize("kind", ["access", "portability", "restriction", "erasure"])
def test_sent_twice_it_is_one_request(bank: Organisation, kind: str) -> None:
    client, once = visitor(bank), str(uuid4())
    first = send(client, f"/portal/requests/new/{kind}/", once=once, words="please")
    again = send(client, f"/portal/requests/new/{kind}/", once=once, words="please")
    assert (first.status_code, again.status_code, rows(bank)) == (200, 200, 1)
    assert receipt_in(first) == receipt_in(again)  # the browser shows the answer to the second press
    other = visitor(bank)
    assert receipt_in(send(other, f"/portal/requests/new/{kind}/", once=once, words="please")) != receipt_in(first)
    assert rows(bank) == 2
    without = client.post(f"/portal/requests/new/{kind}/", {"words": "please"})
    assert (without.status_code, rows(bank)) == (400, 2)


def test_pressed_twice_at_once_both_answers_have_the_receipt(bank: Organisation) -> None:
    client, once = visitor(bank), str(uuid4())

    def press() -> str:
        browser = Client()
        browser.cookies = client.cookies
        return receipt_in(send(browser, "/portal/requests/new/access/", once=once))

    answers = at_once(2, press)
    assert len(set(answers)) == 1
    assert rows(bank) == 1


def test_whoever_needs_longer_gets_it_in_a_tab_of_its_own(bank: Organisation) -> None:
    client = visitor(bank)
    assert 'target="_blank"' in text_of(client.get("/portal/requests/new/access/"))
    soon = datetime.now(UTC) + timedelta(minutes=2)
    with tenant_context(bank.tenant.id):
        PortalSitting.objects.update(expires_at=soon)
    stayed = send(client, "/portal/stay/")
    assert "Your page stays open" in text_of(stayed)
    assert f"{soon:%H:%M} UTC" not in text_of(stayed)  # of when it would have closed
    assert parsedate_to_datetime(stayed.cookies[COOKIE]["expires"]) > soon + timedelta(minutes=20)
    assert client.get("/portal/").status_code == 200


def test_what_nobody_foresaw_and_what_is_not_there_are_pages_for_people(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = visitor(bank)
    client.raise_request_exception = False
    for address in ("/portal/memories/x/", "/portal/nothing/", "/console/nothing/"):
        lost = client.get(address)
        assert (lost.status_code, lost["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "Content-Security-Policy" in lost
    assert client.get("/governance/v1/nothing/")["Content-Type"] == "application/json"
    assert client.get("/portal")["Location"] == "/portal/"

    def broken(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("api.portal.memories.overview", broken)
    failed = client.get("/portal/")
    assert (failed.status_code, failed["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert "Something failed on our side" in text_of(failed)


def test_what_is_not_offered_is_not_there(bank: Organisation) -> None:
    client = visitor(bank)
    assert client.get("/portal/requests/new/withdrawal/").status_code == 404
    assert send(client, "/portal/choices/agree/", purpose="offers").status_code == 404


def test_a_request_is_followed_and_taken_back(bank: Organisation) -> None:
    client = visitor(bank)
    request_id, _ = asked_for(client)
    assert "waits for you" in seen(client.get("/portal/requests/"))
    done = send(client, f"/portal/requests/{request_id}/cancel/")
    assert done["Location"].endswith("?done=cancelled")
    page = seen(client.get(f"/portal/requests/{request_id}/"))
    assert "taken back" in page
    assert "Show who you are" not in page


def test_the_receipt_is_shown_once_kept_as_a_file_and_enough_without_a_sitting(bank: Organisation) -> None:
    client = visitor(bank)
    request_id, receipt = asked_for(client)
    assert receipt not in text_of(client.get(f"/portal/requests/{request_id}/"))
    file = Client().post("/portal/receipt/file/", {"receipt": receipt})
    assert (file["Content-Type"], file["Content-Disposition"]) == (
        "text/plain; charset=utf-8",
        'attachment; filename="receipt.txt"',
    )
    assert receipt in text_of(file)
    followed = Client().post("/portal/receipt/", {"receipt": f" {receipt} ", "once": ""})
    assert "waits for you" in seen(followed)
    for wrong in ("nonsense", receipt[:-1], f"{uuid4()}.{uuid4()}.x"):
        assert Client().post("/portal/receipt/", {"receipt": wrong}).status_code == 400
        assert Client().post("/portal/receipt/file/", {"receipt": wrong}).status_code == 404


def test_a_copy_is_handed_out_once_by_the_code_of_the_officer(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    client = visitor(bank)
    request_id, _ = asked_for(client)
    shows_who(client, request_id, code_for(bank, request_id))
    token = link_copy(caller=bank.staff("dora"), request_id=request_id).token
    first = Client().post("/portal/copy/", {"token": token})
    assert first["Content-Type"] == "application/zip"
    assert "memories.jsonl" in zipfile.ZipFile(io.BytesIO(first.getvalue())).namelist()
    again = Client().post("/portal/copy/", {"token": token})
    assert (again.status_code, again["Content-Type"].split(";")[0]) == (400, "text/html")


def test_an_erasure_from_the_link_to_the_receipt(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    client = visitor(bank)
    request_id, receipt = asked_for(client, "erasure", words="I leave the bank")
    assert texts(bank, "alice") == ["I like tea"]
    shows_who(client, request_id, code_for(bank, request_id))
    work(bank, request_id)
    gone = client.get("/portal/")
    assert gone.status_code == 404
    assert gone.content == Client().post("/portal/enter/nonsense/").content
    assert "being worked on" in seen(Client().post("/portal/receipt/", {"receipt": receipt}))


def test_an_officer_who_vouched_sees_in_the_plan_that_somebody_else_approves(bank: Organisation) -> None:
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    client = visitor(bank)
    request_id, _ = asked_for(client, "erasure")
    shows_who(client, request_id, code_for(bank, request_id))
    digest = look(bank, request_id).digest
    path = f"/governance/v1/requests/{request_id}/erasure/approve/"
    assert ask(signed_in(bank, "dora"), "POST", path, {"digest": digest}).json()["code"] == "same_person"
    assert ask(signed_in(bank, "dov"), "POST", path, {"digest": digest}).status_code == 200
    assert client.get("/portal/").status_code in {200, 404}


def test_what_staff_opened_can_be_proved_in_the_portal_too(bank: Organisation) -> None:
    letter = asks(bank, "alice", RequestKind.RESTRICTION).request.id
    client = visitor(bank)
    assert str(letter) in text_of(client.get("/portal/requests/"))
    code = issue_code(caller=bank.staff("dora"), request_id=letter).code
    assert shows_who(client, letter, code).status_code == 302
    again = shows_who(client, letter, code)
    assert again["Location"].endswith("done=already")


def test_empty_pages_say_so(bank: Organisation) -> None:
    client = visitor(bank, "nobody")
    assert "Nothing that can be shown yet" in seen(client.get("/portal/"))
    assert "You have not asked for anything yet" in seen(client.get("/portal/requests/"))
    assert client.get("/portal/?page=99&done=<b>&problem=<b>").status_code == 200
    assert client.get("/portal/?page=x").status_code == 200


def test_who_read_it_names_nobody(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    ask(bank, "POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "alice"}})
    page = seen(visitor(bank).get("/portal/readers/"))
    assert "The assistant and other programs" in page
    assert not [name for name in ("ada", "dora", "rita") if f" {name} " in page]


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\x1b[31mred\x1b[0m and \u202etxt.exe\u2066",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "=HYPERLINK(1,2) @SUM(A1) +1 -1",
    "w" * 3_000,
    "javascript:alert(1) \"' onmouseover='alert(1)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_inert_wherever_it_is_shown(bank: Organisation, text: str) -> None:
    from django.utils.html import escape

    memory_id = say(bank, "alice", f"I like tea {text}").stored[0].id
    client = visitor(bank)
    for page in ("/portal/", f"/portal/memories/{memory_id}/"):
        body = text_of(client.get(page))
        assert f"<bdi>{escape(f'I like tea {text}'.strip())}</bdi>" in body
        assert "<script" not in body
        assert "<img" not in body
    typed = text_of(send(client, f"/portal/memories/{memory_id}/", correction="", words=text))
    assert "<script" not in typed
    assert "<img" not in typed
    answer = send(client, f"/portal/memories/{memory_id}/", correction=text, words=text)
    assert answer.status_code == 200
    assert text not in text_of(answer)


def test_words_that_are_too_long_are_refused_beside_the_field(bank: Organisation) -> None:
    answer = send(visitor(bank), "/portal/requests/new/access/", words="w" * 4_001)
    assert (answer.status_code, rows(bank)) == (400, 0)
    assert 'aria-invalid="true"' in text_of(answer)


def test_nothing_of_a_person_is_in_an_address(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    client = visitor(bank)
    for page in ("", "choices/", "readers/", "requests/"):
        for address in re.findall(r'(?:href|action)="([^"]+)"', text_of(client.get(f"/portal/{page}"))):
            assert not [word for word in ("alice", "tea", "assistance", "offers") if word in address], address
