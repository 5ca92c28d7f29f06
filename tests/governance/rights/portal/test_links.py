"""Portal links: the callers that may issue them, for whom, and that one opens one sitting, once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from governance.access.api_keys import revoke_key
from governance.access.tokens import digest
from governance.errors import AccessRefused, InvalidChange
from governance.ids import uuid7
from governance.models import ApiKey, AuditEvent, PortalLink, PortalSitting, SubmittedForm
from governance.rights.escalation import drop_leftovers
from governance.rights.portal.links import issue_link
from governance.rights.portal.sittings import IDLE, SITTING, extend_sitting, find_sitting, leave_portal, open_portal
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import MACHINE_CAPABILITIES, Capability, ReasonCode, SubjectKind
from tests.support.cast import DATABASES, Organisation, say
from tests.support.erasing import erased, four_eyes
from tests.support.in_parallel import at_once
from tests.support.sitting import link_text, opened, sits, sitting

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_a_link_lives_a_quarter_of_an_hour_and_only_its_digest_is_kept(bank: Organisation) -> None:
    issued = issue_link(caller=bank.caller(), subject_kind=SubjectKind.USER, external_id="alice")
    assert timedelta(minutes=14) < issued.expires_at - datetime.now(UTC) <= timedelta(minutes=15)
    secret = issued.text.rsplit(".", 1)[1]
    with tenant_context(bank.tenant.id):
        [row] = PortalLink.objects.all()
    assert bytes(row.secret_sha256) == digest(secret)
    assert "alice" not in issued.text


@pytest.mark.parametrize("minutes", [0, -1, 1441])
def test_no_link_lives_longer_than_a_day(bank: Organisation, minutes: int) -> None:
    with pytest.raises(InvalidChange) as refused:
        issue_link(caller=bank.caller(), subject_kind=SubjectKind.USER, external_id="alice", minutes=minutes)
    assert refused.value.field == "minutes"
    assert bank.refusals() == [("issue_portal_link", "invalid")]


def test_a_key_needs_the_capability_and_of_staff_only_the_dpo_has_it(bank: Organisation) -> None:
    without = sorted(set(MACHINE_CAPABILITIES) - {Capability.PORTAL_ISSUE})
    refused = [
        bank.caller(key_text=bank.another_key(without)),
        *(bank.staff(who) for who in ("rita", "ada", "aud", "kay")),
    ]
    for caller in refused:
        with pytest.raises(AccessRefused) as why:
            link_text(bank, by=caller)
        assert why.value.reason is ReasonCode.CAPABILITY_MISSING
    say(bank, "alice", "I like tea")
    assert link_text(bank, by=bank.staff("dora"))


def test_staff_are_told_that_nobody_has_the_id_and_a_key_is_not(bank: Organisation) -> None:
    alice = {"subject_kind": SubjectKind.USER, "external_id": "alice"}
    with pytest.raises(AccessRefused) as why:
        issue_link(caller=bank.staff("dora"), **alice)  # type: ignore[arg-type]  # as issue_link types them
    assert why.value.reason is ReasonCode.NOT_FOUND
    assert issue_link(caller=bank.staff("dora"), **alice, expected=True).text  # type: ignore[arg-type]
    assert issue_link(caller=bank.caller(), subject_kind=SubjectKind.USER, external_id="bob").text


def test_a_key_that_is_pinned_to_somebody_issues_links_for_them_alone(bank: Organisation) -> None:
    say(bank, "alice", "I like tea")
    say(bank, "bob", "I like coffee")
    alice = sits(bank, "alice").principal.id
    pinned = bank.caller(key_text=bank.another_key(pinned_subject=alice))
    assert sits(bank, "alice", by=pinned).principal.id == alice
    with pytest.raises(AccessRefused) as refused:
        link_text(bank, "bob", by=pinned)
    assert refused.value.reason is ReasonCode.PINNED_ELSEWHERE


def test_no_link_is_issued_for_an_agent(bank: Organisation) -> None:
    with pytest.raises(InvalidChange):
        issue_link(caller=bank.caller(), subject_kind=SubjectKind.AGENT, external_id="helper")


def test_somebody_whom_we_never_met_gets_a_link_as_well(bank: Organisation) -> None:
    assert sits(bank, "nobody").tenant_id == bank.tenant.id


def test_a_link_opens_once(bank: Organisation) -> None:
    text = link_text(bank)
    sitting(open_portal(text=text).token)
    with pytest.raises(AccessRefused) as refused:
        open_portal(text=text)
    assert refused.value.reason is ReasonCode.LINK_UNKNOWN
    assert bank.refusals() == [("open_portal", "link_unknown")]
    with tenant_context(bank.tenant.id):
        opening = AuditEvent.objects.filter(type="open_portal").values_list("object_id", flat=True)
        assert list(opening) == [PortalLink.objects.get().id] * 2  # the second use leads to the link as well


def test_of_many_who_open_a_link_at_once_one_gets_in(bank: Organisation) -> None:
    text = link_text(bank)

    def enter() -> ReasonCode | None:
        try:
            open_portal(text=text)
        except AccessRefused as refused:
            return refused.reason
        return None

    assert Counter(at_once(5, enter)) == {None: 1, ReasonCode.LINK_UNKNOWN: 4}
    with tenant_context(bank.tenant.id):
        assert PortalSitting.objects.count() == 1


def test_whoever_needs_longer_gets_half_an_hour_from_then_up_to_ten_times_as_long(bank: Organisation) -> None:
    token = opened(bank)
    caller, began = sitting(token).caller, datetime.now(UTC)
    assert timedelta(minutes=29) < extend_sitting(caller=caller) - began <= timedelta(minutes=30, seconds=5)
    with tenant_context(bank.tenant.id):
        [row] = PortalSitting.objects.all()
        assert row.idle_until == row.expires_at
        PortalSitting.objects.update(opened_at=began - timedelta(hours=5, minutes=25))
    assert extend_sitting(caller=caller) == row.expires_at  # never sooner than it was
    with tenant_context(bank.tenant.id):
        PortalSitting.objects.update(expires_at=began + timedelta(minutes=1))
    assert timedelta(minutes=4) < extend_sitting(caller=caller) - began <= timedelta(minutes=5)
    leave_portal(caller=caller)
    with pytest.raises(AccessRefused):
        extend_sitting(caller=caller)


def test_old_links_and_their_sittings_go_and_the_others_stay(bank: Organisation) -> None:
    old, late = link_text(bank), link_text(bank)
    for text in (old, late):
        open_portal(text=text)
    now = datetime.now(UTC)
    with tenant_context(bank.tenant.id):
        for text, days in ((old, 31), (late, 29)):
            ended = now - timedelta(days=days)
            ids = PortalLink.objects.filter(id=text.split(".")[1])
            assert ids.update(issued_at=ended - timedelta(minutes=1), expires_at=ended) == 1
        SubmittedForm.objects.create(tenant_id=bank.tenant.id, session_id=uuid4(), token=uuid4())
        kept = SubmittedForm.objects.create(tenant_id=bank.tenant.id, session_id=uuid4(), token=uuid4()).id
        SubmittedForm.objects.exclude(id=kept).update(created_at=now - timedelta(days=2))
    assert drop_leftovers(bank.tenant.id) == 2
    with tenant_context(bank.tenant.id):
        [link], [seat], [form] = PortalLink.objects.all(), PortalSitting.objects.all(), SubmittedForm.objects.all()
        assert (str(link.id), seat.link_id, form.id) == (late.split(".")[1], link.id, kept)
    before = len(bank.events())
    assert drop_leftovers(bank.tenant.id) == 0
    assert len(bank.events()) == before


def expired(bank: Organisation) -> str:
    text = link_text(bank)
    past = datetime.now(UTC) - timedelta(hours=1)
    with tenant_context(bank.tenant.id):
        PortalLink.objects.update(issued_at=past, expires_at=past + timedelta(minutes=1))
    return text


def used(bank: Organisation) -> str:
    text = link_text(bank)
    open_portal(text=text)
    return text


def of_a_revoked_key(bank: Organisation) -> str:
    text = bank.another_key()
    link = link_text(bank, by=bank.caller(key_text=text))
    with tenant_context(bank.tenant.id):
        key = ApiKey.objects.get(name="another")
    revoke_key(caller=bank.staff("ada"), key_id=key.id)
    return link


def under_another_tenant(bank: Organisation) -> str:
    _, link, code = link_text(bank).split(".")
    return f"{uuid4()}.{link}.{code}"


def with_another_secret(bank: Organisation) -> str:
    return link_text(bank)[:-4] + "AAAA"


def with_the_secret_of_somebody_else(bank: Organisation) -> str:
    mine, theirs = link_text(bank, "alice"), link_text(bank, "bob")
    return f"{mine.rsplit('.', 1)[0]}.{theirs.rsplit('.', 1)[1]}"


@pytest.mark.parametrize(
    "made",
    [
        expired,
        used,
        of_a_revoked_key,
        under_another_tenant,
        with_another_secret,
        with_the_secret_of_somebody_else,
        lambda _bank: "nonsense",
        lambda _bank: "",
        lambda _bank: "a.b.c",
        lambda _bank: f"{uuid4()}.{uuid4()}.\ud800",
    ],
)
def test_what_does_not_open_says_the_same(bank: Organisation, made: object) -> None:
    assert callable(made)
    text = made(bank)
    with tenant_context(bank.tenant.id):
        before = PortalSitting.objects.count()
    with pytest.raises(AccessRefused) as refused:
        open_portal(text=text)
    assert refused.value.reason is ReasonCode.LINK_UNKNOWN
    with tenant_context(bank.tenant.id):
        assert PortalSitting.objects.count() == before


def test_an_erased_person_finds_link_and_sitting_closed(bank: Organisation, settings: Settings) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0
    four_eyes(bank)
    say(bank, "alice", "I like tea")
    text, token = link_text(bank), opened(bank)
    erased(bank)
    assert find_sitting(presented=token, request_id=uuid7()) is None
    with pytest.raises(AccessRefused):
        open_portal(text=text)
    with tenant_context(bank.tenant.id):
        assert (PortalLink.objects.count(), PortalSitting.objects.count()) == (0, 0)


def test_a_sitting_ends_after_half_an_hour_and_sooner_when_nobody_uses_it(bank: Organisation) -> None:
    token = opened(bank)
    now = datetime.now(UTC)
    assert timedelta(minutes=29) < sitting(token).expires_at - now <= SITTING
    with tenant_context(bank.tenant.id):
        PortalSitting.objects.update(idle_until=now + timedelta(minutes=2))
    sitting(token)
    with tenant_context(bank.tenant.id):
        [row] = PortalSitting.objects.all()
    assert row.idle_until > now + IDLE - timedelta(minutes=1)  # it was used
    for column in ("idle_until", "expires_at"):
        with tenant_context(bank.tenant.id):
            PortalSitting.objects.update(**{column: now - timedelta(seconds=1)})
        assert find_sitting(presented=token, request_id=uuid7()) is None
        with tenant_context(bank.tenant.id):
            PortalSitting.objects.update(**{column: now + timedelta(minutes=5)})
    sitting(token)


def test_whoever_leaves_is_gone(bank: Organisation) -> None:
    token = opened(bank)
    leave_portal(caller=sitting(token).caller)
    assert find_sitting(presented=token, request_id=uuid7()) is None


def test_a_sitting_ends_with_the_key_that_issued_its_link(bank: Organisation) -> None:
    token = opened(bank, by=bank.caller(key_text=bank.another_key()))
    with tenant_context(bank.tenant.id):
        key = ApiKey.objects.get(name="another")
    sitting(token)
    revoke_key(caller=bank.staff("ada"), key_id=key.id)
    assert find_sitting(presented=token, request_id=uuid7()) is None


def test_nobody_else_sits_there(bank: Organisation, outsider: Organisation) -> None:
    tenant, number, code = opened(bank).split(".")
    theirs = opened(outsider).split(".")
    for forged in (
        f"{outsider.tenant.id}.{number}.{code}",
        f"{tenant}.{theirs[1]}.{code}",
        f"{tenant}.{number}.{theirs[2]}",
        f"{tenant}.{number}.",
        "",
    ):
        assert find_sitting(presented=forged, request_id=uuid7()) is None


def test_the_record_says_who_issued_it_and_that_the_person_did_the_rest(bank: Organisation) -> None:
    token = opened(bank)
    leave_portal(caller=sitting(token).caller)
    person = sits(bank).principal.id
    issued, entered, left = bank.events()[:3]
    assert (issued.type, issued.role, issued.principal_id, issued.subject_id) == (
        "issue_portal_link",
        "api_key",
        bank.key.id,
        person,
    )
    assert (entered.type, entered.role, entered.job, entered.subject_id) == ("open_portal", "system", "portal", person)
    assert (left.type, left.role, left.principal_id, left.subject_id) == ("sign_out", "subject", person, person)
