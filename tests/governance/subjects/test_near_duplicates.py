"""Near duplicates: subjects whose ids are written nearly alike are shown, and one request may name several ids."""

from __future__ import annotations

import pytest

from governance.errors import InvalidChange
from governance.keyring.models import Identity
from governance.keyring.normalized_ids import skeleton
from governance.models import RequestKind, RightsRequest
from governance.rights.requests import MOST_IDS, Asked, open_case
from governance.subjects.near_duplicates import near_twins
from governance.subjects.subjects import admit_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import Action, Capability, ReasonCode, SubjectKind
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation
from tests.support.erasing import erased, four_eyes
from tests.support.refusing import refused
from tests.support.signed_in import signed_in

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
V1 = "/governance/v1"
ANA = ("ana@example.com", "Ana@Example.com", "a.n.a@example.com", "ana+news@example.com", " ana@example.com ")


@pytest.mark.parametrize(
    "alike",
    [
        ANA,
        ("+49 151 2345678", "0151/2345678", "0049-151-2345678", "+491512345678", "(0151) 234 56 78"),
        ("José Müller", "jose muller", "JOSE_MÜLLER", "jose-muller"),
        ("customer-0017", "CUSTOMER 0017", "customer_0017", "customer\u20110017", "customer\u00a00017"),
        ("\uff21\uff4e\uff41", "ana", "ANA"),  # full width
        ("stra\u00dfe", "STRASSE", "strasse"),
    ],
)
def test_what_is_one_person_in_another_spelling_has_one_skeleton(alike: tuple[str, ...]) -> None:
    assert len({skeleton(one) for one in alike}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@example.com", "ana@example.org"),
        ("ana@example.com", "anna@example.com"),
        ("customer-17", "customer-18"),
        ("123456789012", "923456789012"),  # numbers of customers, not of telephones
        ("+49 151 2345678", "+49 151 2345679"),
        ("...", "---"),
        ("+", "-"),
    ],
)
def test_other_people_have_other_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def shown(bank: Organisation, *ids: str) -> list[str]:
    found = near_twins(caller=bank.staff("dora"), kind=SubjectKind.USER, external_ids=ids)
    return [twin.user_id for twin in found]


def test_twins_are_shown_and_the_id_itself_is_none_of_them(bank: Organisation, outsider: Organisation) -> None:
    for one in (*ANA[:3], "bob"):
        admit_subject(bank.tenant.id, SubjectKind.USER, one)
    admit_subject(outsider.tenant.id, SubjectKind.USER, ANA[3])
    assert shown(bank, ANA[0]) == sorted(ANA[1:3])
    assert shown(bank, *ANA[:3]) == []
    assert shown(bank, ANA[3]) == sorted(ANA[:3])  # also for a person who was never known
    assert shown(bank, "bob") == []


def test_a_session_is_no_twin_of_a_person(bank: Organisation) -> None:
    admit_subject(bank.tenant.id, SubjectKind.RUN, "Ana")
    assert shown(bank, "ana") == []


def test_the_fingerprint_goes_with_the_person(bank: Organisation, settings: object) -> None:
    settings.MEMSTORE_KEY_CACHE_SECONDS = 0  # type: ignore[attr-defined]
    four_eyes(bank)
    admit_subject(bank.tenant.id, SubjectKind.USER, "alice")
    assert shown(bank, "Alice") == ["alice"]
    erased(bank)
    assert shown(bank, "Alice") == []
    with tenant_context(bank.tenant.id, using="keys"):
        assert not Identity.objects.filter(kind="user").exists()


def test_each_twin_that_was_shown_is_on_the_record(bank: Organisation) -> None:
    twin = admit_subject(bank.tenant.id, SubjectKind.USER, "Ana")
    shown(bank, "ana")
    looked = [event.subject_id for event in bank.events() if event.type == Action.LOOK_UP_SUBJECT.value]
    assert looked == [twin.id]


def test_a_key_is_shown_no_twins(bank: Organisation) -> None:
    with refused(bank, Action.LOOK_UP_SUBJECT, ReasonCode.CAPABILITY_MISSING):
        near_twins(caller=bank.caller(), kind=SubjectKind.USER, external_ids=["ana"])
    assert ask(bank, "POST", f"{V1}/subjects/twins/", {"user_id": "ana"}).status_code == 403


def test_the_api_names_them(bank: Organisation) -> None:
    twin = admit_subject(bank.tenant.id, SubjectKind.USER, "Ana")
    found = ask(signed_in(bank, "dora"), "POST", f"{V1}/subjects/twins/", {"user_id": "ana"}).json()
    assert found == {"results": [{"subject_id": str(twin.id), "user_id": "Ana"}]}


def test_one_request_about_several_ids_has_one_clock_and_a_request_for_each(bank: Organisation) -> None:
    body = {"user_id": ANA[0], "also": [ANA[1], ANA[0], ANA[2]], "kind": "erasure", "channel": "web"}
    answer = ask(bank.another_key([Capability.REQUEST_RIGHTS]), "POST", f"{V1}/requests/", body).json()
    every = [answer, *answer["also"]]
    assert len({one["receipt"] for one in every}) == len(every) == 3
    assert {one["request"]["case_id"] for one in every} == {answer["request"]["id"]}
    with tenant_context(bank.tenant.id):
        rows = list(RightsRequest.objects.all())
    assert len({row.subject_id for row in rows}) == len(rows) == 3
    assert len({(row.received_at, row.due_at) for row in rows}) == 1


def test_a_request_about_one_id_is_no_case(bank: Organisation) -> None:
    body = {"user_id": ANA[0], "kind": "access", "channel": "web"}
    answer = ask(bank.another_key([Capability.REQUEST_RIGHTS]), "POST", f"{V1}/requests/", body).json()
    assert (answer["request"]["case_id"], answer["also"]) == (None, [])


def test_of_several_ids_all_are_opened_or_none(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    made, create = [], RightsRequest.objects.create

    def fail_at_the_second(**fields: object) -> RightsRequest:
        made.append(fields)
        if len(made) > 1:
            raise InvalidChange("also", "test")
        return create(**fields)

    monkeypatch.setattr(RightsRequest.objects, "create", fail_at_the_second)
    with pytest.raises(InvalidChange):
        opened(bank, *ANA[:2])
    with tenant_context(bank.tenant.id):
        assert not RightsRequest.objects.exists()


def test_there_is_an_end_to_the_ids_of_one_person(bank: Organisation) -> None:
    with refused(bank, Action.OPEN_REQUEST, ReasonCode.INVALID):
        opened(bank, *(f"ana-{number}" for number in range(MOST_IDS + 1)))


def opened(bank: Organisation, *ids: str) -> None:
    asked = Asked(kind=RequestKind.ACCESS, channel="letter")
    open_case(caller=bank.staff("dora"), subject_kind=SubjectKind.USER, external_ids=ids, asked=asked)
