"""Breaches in the console: the list with its clocks, and one case with what the trail counts in its window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.urls import reverse

from governance.accountability.breaches import open_breach
from governance.models import Breach, BreachKind
from governance.tenancy.tenant_context import tenant_context
from tests.support.browsing import browser, heading, press_twice, send
from tests.support.cast import DATABASES, organisation, say, texts

if TYPE_CHECKING:
    from governance.accountability.breaches import BreachView
    from tests.support.cast import Organisation

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)


def opened(bank: Organisation, *, aware: timedelta = timedelta(0)) -> BreachView:
    now = datetime.now(UTC)
    return open_breach(
        caller=bank.staff("dora"),
        kind=BreachKind.CONFIDENTIALITY,
        reference="2026/204",
        aware_at=now - aware,
        since=now - timedelta(hours=1),
        until=now + timedelta(seconds=1),
    )


def test_a_case_shows_its_clocks_and_whom_it_concerns_and_no_content() -> None:
    bank = organisation()
    say(bank, "carol-17", "I like tea")
    texts(bank, "carol-17")
    page = reverse("console:breach", args=[opened(bank).id])
    answer = browser(bank, "aud").get(page)
    assert heading(answer) == "2026/204: Confidentiality"
    assert b"<strong>1</strong>person concerned" in answer.content
    assert b"<strong>1</strong>memory read" in answer.content
    assert b"71 hours left" in answer.content
    assert b"Note it" not in answer.content  # an auditor only looks
    for words in (b"carol-17", b"I like tea"):
        assert words not in answer.content


def test_a_step_is_noted_once_and_said_on_the_page_of_the_case() -> None:
    bank = organisation()
    case = opened(bank, aware=timedelta(hours=80))
    officer, page = browser(bank, "dora"), reverse("console:breach", args=[case.id])
    assert b"Overdue" in officer.get(reverse("console:breaches")).content
    step, once = reverse("console:breach-step", args=[case.id]), str(uuid4())
    mark = send(officer, step, step="notified_authority").content.decode().split('name="confirmed" value="')[1][:64]
    sent = {"once": once, "step": "notified_authority", "confirmed": mark}
    assert send(officer, step, **sent)["Location"] == f"{page}?done=saved"
    assert send(officer, step, **sent)["Location"] == f"{page}?done=already"
    assert press_twice(officer, step, step="notified_authority")["Location"] == f"{page}?problem=already_decided"
    assert send(officer, step, step="danced")["Location"] == f"{page}?problem=invalid"
    assert b"too late" in officer.get(page).content
    with tenant_context(bank.tenant.id):
        row = Breach.objects.get()
    assert (row.notified_authority_by, row.closed_at) == (bank.staff("dora").principal.id, None)


def test_a_case_is_for_who_handles_breaches_or_audits_and_of_no_other_tenant() -> None:
    bank, other = organisation(), organisation("other")
    page = reverse("console:breach", args=[opened(bank).id])
    assert browser(bank, "rita").get(page).status_code == 403
    outsider = browser(other, "dora").get(page)
    assert outsider.status_code == 404
    assert b"2026/204" not in outsider.content
