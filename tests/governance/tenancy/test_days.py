"""A bare date as a beginning or an end is the whole day, in the tenant's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import gettext_lazy

from api.console.form_actions import last_day_field
from governance.errors import InvalidChange
from governance.models import ApiKey, ConsentEvent, LegalHold, Tenant
from governance.processing.tenants import configure_tenant
from governance.tenancy.days import beginning_of, days_of, end_of, moment_of, zone
from governance.tenancy.tenant_context import tenant_context
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation
from tests.support.consenting import notice
from tests.support.signed_in import signed_in

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
V1 = "/governance/v1"
BERLIN, LORD_HOWE, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "where", "begins", "hours"),
    [
        (date(2026, 12, 31), ZoneInfo("UTC"), datetime(2026, 12, 31, tzinfo=UTC), 24),
        (date(2026, 12, 31), BERLIN, datetime(2026, 12, 30, 23, tzinfo=UTC), 24),
        (date(2026, 3, 29), BERLIN, datetime(2026, 3, 28, 23, tzinfo=UTC), 23),  # clocks go forward
        (date(2026, 10, 25), BERLIN, datetime(2026, 10, 24, 22, tzinfo=UTC), 25),  # and back
        (date(2026, 4, 5), LORD_HOWE, datetime(2026, 4, 4, 13, tzinfo=UTC), 24.5),  # by half an hour
        (date(2026, 12, 31), APIA, datetime(2026, 12, 30, 11, tzinfo=UTC), 24),
    ],
)
def test_a_day_begins_and_ends_where_the_tenant_is(day: date, where: ZoneInfo, begins: datetime, hours: float) -> None:
    assert beginning_of(day, where) == begins
    assert end_of(day, where) == begins + timedelta(hours=hours)


@pytest.mark.parametrize("text", ["2026-02-30", "9999-12-31", "yesterday", "2026-1-1", ""])
def test_what_is_no_day_is_none(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        moment_of(text, BERLIN, is_end=True)


def test_a_moment_stays_what_it_is() -> None:
    for is_end in (True, False):
        found = moment_of("2026-12-31T00:00:00+01:00", LORD_HOWE, is_end=is_end)
        assert found == datetime(2026, 12, 30, 23, tzinfo=UTC)


def test_without_a_tenant_days_are_those_of_utc() -> None:
    assert zone() == ZoneInfo("UTC")


@pytest.fixture
def berlin(bank: Organisation) -> Organisation:
    configure_tenant(caller=bank.staff("ada"), changes={"time_zone": "Europe/Berlin"})
    return bank


@pytest.mark.parametrize("name", ["", "CET+1", "../etc/passwd", "europe/berlin", "Mars/Olympus"])
def test_a_time_zone_is_one_that_there_is(bank: Organisation, name: str) -> None:
    with pytest.raises(InvalidChange, match=r"invalid"):
        configure_tenant(caller=bank.staff("ada"), changes={"time_zone": name})


def test_a_hold_until_a_day_ends_after_it_and_the_answer_says_in_which_zone(berlin: Organisation) -> None:
    body = {
        "user_id": "alice",
        "case_reference": "C-1",
        "expected": True,
        "from_at": "2026-07-01",
        "until_at": "2027-12-31",
    }
    made = ask(signed_in(berlin, "dora"), "POST", f"{V1}/holds/", body).json()
    assert (made["from_at"], made["until_at"]) == ("2026-07-01T00:00:00+02:00", "2028-01-01T00:00:00+01:00")
    with tenant_context(berlin.tenant.id):
        assert LegalHold.objects.get().until_at == datetime(2027, 12, 31, 23, tzinfo=UTC)


def test_a_consent_until_today_holds_today(berlin: Organisation) -> None:
    today = datetime.now(BERLIN).date()
    body = {"user_id": "alice", "purpose": "offers", "channel": "web", "notice": notice(berlin)}
    state = ask(berlin, "POST", f"{V1}/consents/grant/", body | {"expires_at": today.isoformat()}).json()
    assert state["granted"]
    with tenant_context(berlin.tenant.id):
        assert ConsentEvent.objects.get().until == end_of(today, BERLIN)


def test_a_key_that_ends_on_a_day_can_be_used_on_it(berlin: Organisation) -> None:
    body = {"name": "k", "capabilities": ["recall"], "purposes": ["assistance"], "expires_at": "2099-12-30"}
    made = ask(signed_in(berlin, "ada"), "POST", f"{V1}/keys/", body).json()
    with tenant_context(berlin.tenant.id):
        assert ApiKey.objects.get(id=made["id"]).expires_at == datetime(2099, 12, 30, 23, tzinfo=UTC)


def test_a_report_until_today_has_what_happened_today(berlin: Organisation) -> None:
    today = datetime.now(BERLIN).date()
    query = f"since={(today - DAY).isoformat()}&until={today.isoformat()}"
    found = ask(signed_in(berlin, "dora"), "GET", f"{V1}/reports/anomalies/?{query}").json()
    assert datetime.fromisoformat(found["since"]) == beginning_of(today - DAY, BERLIN)
    assert datetime.fromisoformat(found["until"]) == end_of(today, BERLIN)


def test_a_day_in_a_form_of_the_console_is_the_whole_day(berlin: Organisation) -> None:
    field = last_day_field(gettext_lazy("Last day"), required=False)
    with days_of(berlin.tenant.id):
        assert field.clean("2026-12-31") == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert field.clean("") is None


def test_a_tenant_is_in_utc_until_it_says_otherwise(bank: Organisation) -> None:
    with tenant_context(bank.tenant.id):
        assert Tenant.objects.get().time_zone == "UTC"
