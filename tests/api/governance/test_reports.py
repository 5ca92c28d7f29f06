"""Reports over HTTP: JSON, CSV and the page; what is refused; what another tenant sees."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from api.governance.report_formats import cell, columns, element, inert
from api.governance.report_view import ReportView
from governance.accountability.records_of_processing import NOT_IN_DIGEST
from governance.models import ApiKey
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say
from tests.support.signed_in import signed_in

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
V1 = "/governance/v1"
EVIL = '=HYPERLINK("http://x")<script>alert(1)</script>'
Report = tuple[str, str, dict[str, object] | None]
# (method, path, body) of each report
REPORTS: list[Report] = [
    ("POST", "/reports/subject/", {"user_id": "alice"}),
    ("GET", "/reports/subjects/{subject}/", None),
    ("GET", "/reports/subjects/{subject}/disclosures/", None),
    ("GET", "/reports/principals/{key}/", None),
    ("GET", "/reports/anomalies/", None),
    ("POST", "/reports/disclosures/", {"user_id": "alice"}),
    ("GET", "/reports/processing/", None),
    ("GET", "/breaches/", None),
    ("GET", "/breaches/{breach}/", None),
]


@pytest.fixture
def busy(bank: Organisation) -> dict[str, str]:
    """Alice is remembered and read, by a key with an evil name; a breach is open. Returns ids for the paths."""
    with tenant_context(bank.tenant.id):
        ApiKey.objects.filter(id=bank.key.id).update(name=EVIL)
    say(bank, "alice", "I like tea")
    found = ask(bank, "POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "alice"}})
    assert found.status_code == 200
    alice = find_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert alice is not None
    now = datetime.now(UTC)
    body = {
        "kind": "confidentiality",
        "case_reference": "2026/204",
        "aware_at": now.isoformat(),
        "since": (now - timedelta(days=1)).isoformat(),
        "until": (now + timedelta(days=1)).isoformat(),
    }
    opened = ask(signed_in(bank, "dora"), "POST", f"{V1}/breaches/", body)
    assert opened.status_code == 201, opened.content
    return {"subject": str(alice.id), "key": str(bank.key.id), "breach": opened.json()["id"]}


def shown(
    who: str,
    report: Report,
    ids: dict[str, str],
    query: str = "",
    accept: str = "*/*",
) -> Answer:
    method, path, body = report
    return ask(who, method, V1 + path.format(**ids) + query, body, headers={"Accept": accept})


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report[1])
def test_each_report_comes_as_json_csv_and_page(bank: Organisation, busy: dict[str, str], report: Report) -> None:
    dora = signed_in(bank, "dora")
    for query, accept, kind in (
        ("", "*/*", "application/json"),
        ("", "application/json", "application/json"),
        ("?format=json", "text/html", "application/json"),
        ("", "text/csv", "text/csv; charset=utf-8"),
        ("?format=csv", "application/json", "text/csv; charset=utf-8"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("?format=html", "*/*", "text/html; charset=utf-8"),
    ):
        answer = shown(dora, report, busy, query, accept)
        assert (answer.status_code, answer["Content-Type"]) == (200, kind), answer.content
        assert answer["Cache-Control"] == "no-store"
        if kind == "application/json":
            assert "Content-Disposition" not in answer
        else:
            how = "attachment" if "csv" in kind else "inline"
            wanted = rf'{how}; filename="[a-z-]+-\d{{8}}\.(csv|html)"'
            assert re.fullmatch(wanted, answer["Content-Disposition"])


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report[1])
def test_every_table_of_a_report_can_be_had_as_csv(bank: Organisation, busy: dict[str, str], report: Report) -> None:
    dora = signed_in(bank, "dora")
    whole = shown(dora, report, busy).json()
    lists = [name for name, value in whole.items() if isinstance(value, list) and name != "actors"]
    assert lists
    for name in lists:
        listed = shown(dora, report, busy, f"?format=csv&table={name}")
        assert listed.status_code == 200, listed.content
        found = list(csv.reader(io.StringIO(listed.content.decode())))
        assert found[0], "a header, also without rows"
        # what is asked for is on record meanwhile, so lists may have grown
        assert len(found) - 1 >= len(whole[name])
    refused = shown(dora, report, busy, "?table=nothing")
    assert (refused.status_code, refused.json()["field"]) == (400, "table")


def test_the_csv_of_a_report_says_what_its_json_says(bank: Organisation, busy: dict[str, str]) -> None:
    dora = signed_in(bank, "dora")
    [line] = shown(dora, REPORTS[1], busy).json()["summary"]
    [row] = rows(shown(dora, REPORTS[1], busy, "?format=csv"))
    assert list(row) == list(line)
    assert (row["actor"], row["purpose"], row["action"], row["events"], row["memories"]) == (
        f"api_key:{bank.key.id}",
        "assistance",
        "recall",
        "1",
        "1",
    )
    assert row["first_at"] == line["first_at"]
    [event] = rows(shown(dora, REPORTS[1], busy, "?format=csv&table=events"))
    [memory] = shown(dora, REPORTS[1], busy).json()["memories"]
    assert event["memories"] == memory["memory_id"]


def test_nested_values_have_columns_of_their_own(bank: Organisation, busy: dict[str, str]) -> None:
    [row] = rows(ask(signed_in(bank, "dora"), "GET", f"{V1}/breaches/?format=csv"))
    assert (row["authority.hours_left"], row["authority.overdue"], row["subjects.done_at"]) == ("71", "no", "")
    purposes = rows(ask(signed_in(bank, "dora"), "GET", f"{V1}/reports/processing/?format=csv"))
    assert (
        purposes[1]["handling"]
        == "identifiers: allow; secrets: mask; special: refuse; criminal: refuse; unknown: quarantine"
    )


def test_no_cell_is_a_formula(bank: Organisation, busy: dict[str, str]) -> None:
    [row] = rows(shown(signed_in(bank, "dora"), REPORTS[1], busy, "?format=csv"))
    assert row["name"] == f"'{EVIL}"
    assert shown(signed_in(bank, "dora"), REPORTS[1], busy).json()["summary"][0]["name"] == EVIL


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", "\uff1d"])
def test_what_a_spreadsheet_would_run_is_a_text(start: str) -> None:
    assert inert(f"{start}1+1") == f"'{start}1+1"
    assert inert(["a", "b"]) == "a; b"


def test_numbers_stay_numbers() -> None:
    assert [inert(value) for value in (-5, 0, None, True, False, "1-1", "")] == ["-5", "0", "", "yes", "no", "1-1", ""]


def test_a_time_is_written_in_utc() -> None:
    assert cell(datetime.fromisoformat("2026-05-06T14:00:00+02:00")) == "2026-05-06T12:00:00Z"


class Tags(HTMLParser):
    """Elements, attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report[1])
def test_the_page_runs_nothing_and_loads_nothing(bank: Organisation, busy: dict[str, str], report: Report) -> None:
    answer = shown(signed_in(bank, "dora"), report, busy, "?format=html")
    page = answer.content.decode()
    tags = Tags(page)
    assert not tags.elements & {"script", "link", "img", "iframe", "object", "form", "a", "base"}
    assert not {name for name in tags.attributes if name.startswith("on")} | tags.attributes & {"src", "href", "style"}
    assert "url(" not in page
    assert "@import" not in page
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert {"h1", "main"} <= tags.elements


def test_what_others_named_is_text_on_the_page(bank: Organisation, busy: dict[str, str]) -> None:
    page = shown(signed_in(bank, "dora"), REPORTS[1], busy, "?format=html").content.decode()
    assert "<script>" not in page
    assert EVIL in Tags(page).text
    for word in ("Who read one person", "Who read, for which purpose", "Which memories", "assistance", "Made at"):
        assert word in page
    assert f"Subject id{busy['subject']}" in Tags(page).text.replace("\n", "")


def test_the_page_speaks_in_words_and_whole_seconds(bank: Organisation, busy: dict[str, str]) -> None:
    text = Tags(shown(signed_in(bank, "dora"), REPORTS[1], busy, "?format=html").content.decode()).text
    assert "First at" in text
    assert "_at" not in text
    assert re.search(r"Made at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\. All times are UTC\.", text)
    assert ("Number of memories" in text, "Memories" in text) == (True, True)  # of two that end alike


def test_an_empty_report_says_so(bank: Organisation) -> None:
    page = shown(signed_in(bank, "aud"), REPORTS[4], {}, "?format=html").content.decode()
    assert page.count("Nothing in this period.") == 1
    unknown = ask(signed_in(bank, "aud"), "POST", f"{V1}/reports/subject/?format=html", {"user_id": "nobody"})
    assert unknown.content.decode().count("Nothing in this period.") == 3


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/reports/anomalies/?since=yesterday", "since"),
        ("/reports/anomalies/?since=2026-02-30", "since"),
        ("/reports/anomalies/?until=2026-01-01T00:00:00%2B25:00", "until"),
        ("/reports/anomalies/?since=2026-01-02&until=2026-01-01", "since"),
        ("/reports/anomalies/?since=2026-01-01&since=2026-02-01", "since"),
        ("/reports/anomalies/?form=csv", "form"),
        ("/reports/anomalies/?%3Cscript%3E=1", "query"),
        ("/reports/anomalies/?format=xml", "format"),
        ("/reports/anomalies/?limit=10", "limit"),
        ("/reports/principals/{id}/?limit=0", "limit"),
        ("/reports/principals/{id}/?limit=ten", "limit"),
        ("/reports/principals/{id}/?cursor=x", "cursor"),
        ("/reports/subjects/{id}/?cursor=", "cursor"),
        ("/reports/subjects/{id}/disclosures/?cursor=1", "cursor"),
        ("/breaches/?since=2026-01-01", "since"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/csv"])
def test_a_query_that_cannot_be_read_is_refused_as_json_by_its_field(
    bank: Organisation, path: str, field: str, accept: str
) -> None:
    path = V1 + path.format(id=uuid4())
    answer = ask(signed_in(bank, "aud"), "GET", path, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert answer.json()["field"] == field
    assert "script" not in answer.content.decode()
    assert [reason for _, reason in bank.refusals()] == ["invalid"]


WINDOW = {"kind": "integrity", "case_reference": "1", "aware_at": 1, "since": 1, "until": 2}
ENTRY = {"user_id": "a", "recipient_id": str(uuid4()), "at": 1, "description": "copy", "purpose": "p"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/reports/subject/", {}, "user_id"),
        ("/reports/subject/", {"user_id": "alice", "run_id": "r"}, "user_id"),
        ("/reports/subject/", {"user_id": "alice", "subject_id": str(uuid4())}, "user_id"),
        ("/reports/subject/", {"subject_id": "alice"}, "subject_id"),
        ("/reports/subject/", {"user_id": "alice", "since": "soon"}, "since"),
        ("/reports/subject/", {"user_id": "alice", "sinse": "2026-01-01"}, "body"),
        ("/reports/subject/?since=2026-01-01", {"user_id": "alice"}, "since"),
        ("/reports/disclosures/", {"user_id": "alice", "limit": 5}, "body"),
        ("/breaches/", {"kind": "noise"}, "kind"),
        ("/breaches/", WINDOW | {"case_reference": "Oh no"}, "case_reference"),
        ("/disclosures/", ENTRY | {"description": "memories_read"}, "description"),
        ("/disclosures/", ENTRY | {"subject_id": str(uuid4())}, "user_id"),
        ("/disclosures/suspend/", {"recipient_id": "x", "until": 1, "case_reference": "1"}, "recipient_id"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_its_field(
    bank: Organisation, path: str, body: dict[str, object], field: str
) -> None:
    answer = ask(signed_in(bank, "dora"), "POST", V1 + path, body)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.content
    assert [reason for _, reason in bank.refusals()] == ["invalid"]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report[1])
def test_another_tenant_sees_nothing_of_it(
    bank: Organisation, outsider: Organisation, busy: dict[str, str], report: Report
) -> None:
    for query in ("", "?format=csv", "?format=html"):
        theirs = shown(signed_in(outsider, "dora"), report, busy, query)
        nobodys = shown(signed_in(outsider, "dora"), report, {name: str(uuid4()) for name in busy}, query)
        assert theirs.status_code == nobodys.status_code
        answered = theirs.content.decode()
        for secret in (str(bank.tenant.id), "HYPERLINK", "2026/204", "tea"):
            assert secret not in answered
    if report[1] == "/breaches/{breach}/":
        assert theirs.status_code == 404


def test_from_the_breach_to_its_end(bank: Organisation, busy: dict[str, str]) -> None:
    dora, path = signed_in(bank, "dora"), f"{V1}/breaches/{busy['breach']}/"
    report = ask(signed_in(bank, "aud"), "GET", path).json()
    assert (report["breach"]["state"], report["breach"]["authority"]["hours_left"]) == ("open", 71)
    assert report["memories_read"] == 1
    assert report["unwraps_without_event"] == 0
    done = ask(dora, "PATCH", path, {"step": "notified_authority"})
    assert (done.status_code, done.json()["authority"]["overdue"]) == (200, False)
    again = ask(dora, "PATCH", path, {"step": "notified_authority"})
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert ask(dora, "PATCH", path, {"step": "closed"}).json()["state"] == "closed"
    assert [one["state"] for one in ask(dora, "GET", f"{V1}/breaches/").json()["results"]] == ["closed"]


def test_from_a_recipient_to_the_accounting(bank: Organisation, busy: dict[str, str]) -> None:
    ada, dora = signed_in(bank, "ada"), signed_in(bank, "dora")
    body: dict[str, Any] = {"name": "Health Office", "kind": "authority", "address": "Harbour Road 1"}
    recipient = ask(ada, "POST", f"{V1}/recipients/", body)
    assert recipient.status_code == 201, recipient.content
    said = {
        "user_id": "alice",
        "recipient_id": recipient.json()["id"],
        "at": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
        "description": "summary",
        "purpose": "assistance",
    }
    entered = ask(dora, "POST", f"{V1}/disclosures/", said)
    assert (entered.status_code, entered.json()["subject_id"]) == (201, busy["subject"])
    for who in ({"user_id": "alice"}, {"subject_id": busy["subject"]}):
        [line] = ask(dora, "POST", f"{V1}/reports/disclosures/", who).json()["disclosures"]
        assert (line["recipient"], line["address"], line["purpose"], line["disclosures"]) == (
            "Health Office",
            "Harbour Road 1",
            "assistance",
            1,
        )
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    hidden = {"recipient_id": recipient.json()["id"], "until": until, "case_reference": "2026/1", "oral": True}
    assert ask(dora, "POST", f"{V1}/disclosures/suspend/", hidden).status_code == 201
    after = ask(dora, "GET", f"{V1}/reports/subjects/{busy['subject']}/disclosures/").json()
    assert after["disclosures"] == []
    assert [one["name"] for one in ask(dora, "GET", f"{V1}/recipients/").json()["results"]] == ["Health Office"]
    key = {"name": "k", "capabilities": ["recall"], "purposes": ["assistance"], "recipient_id": recipient.json()["id"]}
    assert ask(ada, "POST", f"{V1}/keys/", key).json()["recipient_id"] == recipient.json()["id"]
    ended = ask(ada, "POST", f"{V1}/recipients/{recipient.json()['id']}/end/", {})
    assert (ended.status_code, ended.json()["field"]) == (400, "recipient_id")  # the key was handed out


def test_pages_follow_their_cursor(bank: Organisation, busy: dict[str, str]) -> None:
    for _ in range(2):
        ask(bank, "POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "alice"}})
    aud, seen, cursor = signed_in(bank, "aud"), list[str](), ""
    until = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    while True:
        page = ask(aud, "GET", f"{V1}/reports/subjects/{busy['subject']}/?limit=2&until={until}{cursor}").json()
        seen += [event["id"] for event in page["events"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 3


def test_the_digest_of_the_record_can_be_made_from_its_json(bank: Organisation) -> None:
    record = ask(signed_in(bank, "aud"), "GET", f"{V1}/reports/processing/").json()
    said = {name: value for name, value in record.items() if name not in NOT_IN_DIGEST}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == record["sha256"]


def test_without_a_session_there_is_an_error_as_json(bank: Organisation) -> None:
    for accept in ("text/html", "text/csv"):
        answer = ask(None, "GET", f"{V1}/reports/anomalies/", headers={"Accept": accept})
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")


def test_a_case_is_opened_and_changed_in_json_alone(bank: Organisation, busy: dict[str, str]) -> None:
    body = {"step": "closed"}
    path = f"{V1}/breaches/{busy['breach']}/?format=csv"
    assert ask(signed_in(bank, "dora"), "PATCH", path, body)["Content-Type"] == "application/json"


def every_report() -> list[type[ReportView]]:
    from api.governance import breaches, reports

    found = [*vars(reports).values(), *vars(breaches).values()]
    return [one for one in found if isinstance(one, type) and issubclass(one, ReportView) and hasattr(one, "kind")]


@pytest.mark.parametrize("view", every_report(), ids=lambda view: view.__name__)
def test_the_tables_of_a_view_are_the_lists_of_its_report(view: type[ReportView]) -> None:
    lists = {path[0] for path in columns(view.kind) if len(path) == 1}
    assert set(view.tables) <= lists
    for table in view.tables:
        assert columns(element(view.kind, table))


def test_ids_of_nobody_are_no_error(bank: Organisation) -> None:
    aud = signed_in(bank, "aud")
    for path in ("subjects", "principals"):
        assert ask(aud, "GET", f"{V1}/reports/{path}/{UUID(int=0)}/").status_code == 200
