"""Access to the certificates of a request: the roles that handle requests, and the key that opened it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from governance.errors import AccessRefused, NoSuchObject
from governance.evidence.certificates.read import read_certificates
from governance.vocabulary import MACHINE_CAPABILITIES, Capability
from tests.governance.evidence.certificates.issuing import certified, outcome
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation
from tests.support.signed_in import signed_in

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_the_key_that_opened_it_and_the_officers_get_it_and_no_other_key_does(bank: Organisation) -> None:
    request_id = certified(bank)
    for caller in (bank.caller(), bank.staff("dora")):
        [file] = read_certificates(caller=caller, request_id=request_id)
        assert file.certificate["round"] == 1
    with pytest.raises(NoSuchObject):
        read_certificates(caller=bank.caller(key_text=bank.another_key()), request_id=request_id)
    assert bank.refusals()[-1] == ("read_certificate", "not_found")


@pytest.mark.parametrize("who", ["ada", "rita", "aud", "kay"])
def test_staff_who_handle_no_requests_are_refused(bank: Organisation, who: str) -> None:
    with pytest.raises(AccessRefused):
        read_certificates(caller=bank.staff(who), request_id=certified(bank))
    assert bank.refusals()[-1] == ("read_certificate", "capability_missing")


def test_a_key_without_the_capability_is_refused(bank: Organisation) -> None:
    request_id = certified(bank)
    without = sorted(set(MACHINE_CAPABILITIES) - {Capability.REQUEST_RIGHTS})
    with pytest.raises(AccessRefused):
        read_certificates(caller=bank.caller(key_text=bank.another_key(without)), request_id=request_id)


def test_another_tenant_finds_no_such_request(bank: Organisation, outsider: Organisation) -> None:
    request_id = certified(bank)
    for caller in (outsider.caller(), outsider.staff("dora")):
        with pytest.raises(NoSuchObject):
            read_certificates(caller=caller, request_id=request_id)


def test_an_unknown_request_and_one_of_another_key_answer_alike(bank: Organisation) -> None:
    other = bank.another_key()
    paths = [f"/governance/v1/requests/{request_id}/certificates/" for request_id in (certified(bank), uuid4())]
    first, second = (ask(other, "GET", path) for path in paths)
    assert first.status_code == second.status_code == 404
    assert {**first.json(), "request_id": ""} == {**second.json(), "request_id": ""}


def test_each_reading_is_on_the_record_with_its_request(bank: Organisation) -> None:
    request_id = certified(bank, rounds=(2, 1))
    found = read_certificates(caller=bank.staff("dora"), request_id=request_id)
    assert [file.certificate["round"] for file in found] == [1, 2]
    last = bank.events()[-1]
    assert (last.type, last.object_id, last.n_items) == ("read_certificate", request_id, 2)


def test_the_answer_kept_in_a_file_is_what_the_public_verifier_checks(bank: Organisation) -> None:
    request_id = certified(bank, rounds=(1, 2))
    answer = ask(signed_in(bank, "dora"), "GET", f"/governance/v1/requests/{request_id}/certificates/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    published = ask(signed_in(bank, "aud"), "GET", "/governance/v1/audit/keys/").json()["results"]
    keys = [bytes.fromhex(key["public"]) for key in published if key["use"] == "certificate"]
    text, code = outcome(answer.content, key=keys)
    assert (code, text.count("VERIFIED")) == (0, 2)
    verifier = ask(None, "GET", "/governance/v1/certificate.py")
    assert verifier.status_code == 200
    assert verifier.content.decode().startswith('"""Check a certificate of erasure without memstore')


def test_there_is_none_while_the_erasure_is_under_way(bank: Organisation) -> None:
    assert read_certificates(caller=bank.caller(), request_id=certified(bank, rounds=())) == []
