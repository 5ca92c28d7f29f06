"""Erasures of the demo (Art. 17): planned, by two people or by rule, partly done, rejected, cancelled, repeated.

The certificates of those that are done follow a minute later, from the worker: no process may hold a key by then.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from governance.errors import NoSuchObject
from governance.ids import uuid7
from governance.models import Erasure, Ground, RequestKind, Verification
from governance.rights.handling import refuse_item
from governance.rights.portal.codes import issue_code
from governance.rights.portal.links import issue_link
from governance.rights.portal.sittings import find_sitting, open_portal
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.demo.backdate import setting_back
from memstore.demo.people import id_of
from memstore.demo.rights_requests import DemoRequest, ask, verified, was
from memstore.forget.erasure.decision import approve_erasure, read_erasure, reject_erasure
from memstore.forget.erasure.erase_person import erase_person
from memstore.forget.erasure.saga import run_erasure
from memstore.rights.fulfil import cancel_request
from memstore.rights.portal.prove_identity import prove_identity
from memstore.rights.verify_request import verify_request

if TYPE_CHECKING:
    from uuid import UUID

    from memstore.demo.actors import Cast

FORGET_ME = "Please forget me: I have closed my accounts."
WAITING, WAITING_IN_PART = 20, 47  # for a second person
HELD, REFUSED, TAKEN_BACK, UNVERIFIED = 33, 25, 9, 49
ERASED_BY_TWO, ERASED_BY_RULE, ERASED_BY_KEY = (53, 54), 55, 56


def erase(cast: Cast) -> None:
    """Make all erasures that are decided."""
    for place, number in enumerate(ERASED_BY_TWO):
        _by_two(cast, DemoRequest(number, RequestKind.ERASURE, 24 - 9 * place, "portal", FORGET_ME))
    _by_two(cast, DemoRequest(HELD, RequestKind.ERASURE, 12, "letter", "Delete all of it, the trial as well."))
    kept = verified(cast, _wish(REFUSED, 38), Verification.DOCUMENT)
    reject_erasure(caller=cast.second_dpo(), request_id=kept.id, ground=Ground.LEGAL_CLAIMS)
    was(cast, kept.id, closed_at=cast.ago(35))
    regretted = verified(cast, _wish(TAKEN_BACK, 17), Verification.CODE)
    cancel_request(caller=cast.dpo(), request_id=regretted.id)
    was(cast, regretted.id, closed_at=cast.ago(15))
    _by_rule(cast, _wish(ERASED_BY_RULE, 3))
    erase_person(caller=cast.assistant(), user_id=id_of(ERASED_BY_KEY))


def plan(cast: Cast) -> None:
    """Make those that wait for a second person or for verification, and one that was requested twice."""
    first = verified(cast, DemoRequest(WAITING, RequestKind.ERASURE, 6, "portal", FORGET_ME), Verification.SIGNED_IN)
    _planned(cast, first.id, 5.5)
    again = ask(cast, DemoRequest(WAITING, RequestKind.ERASURE, 1.6, "email", "Did you get my letter? Forget me."))
    verify_request(caller=cast.dpo(), request_id=again.id, method=Verification.CODE)
    was(cast, again.id, verified_at=cast.ago(1.2), closed_at=cast.ago(1.2))
    part = ask(cast, _wish(WAITING_IN_PART, 10))
    refuse_item(caller=cast.dpo(), request_id=part.id, ground=Ground.LEGAL_CLAIMS, purpose="fraud_prevention")
    verify_request(caller=cast.dpo(), request_id=part.id, method=Verification.DOCUMENT)
    was(cast, part.id, verified_at=cast.ago(9))
    _planned(cast, part.id, 9)
    ask(
        cast,
        DemoRequest(UNVERIFIED, RequestKind.ERASURE, 0.7, "email", "Somebody told me that you keep what I say. Stop."),
    )


def _wish(number: int, days: float) -> DemoRequest:
    return DemoRequest(number, RequestKind.ERASURE, days, "letter", FORGET_ME)


def _by_rule(cast: Cast, wish: DemoRequest) -> None:
    """Make an erasure that the person verified in the portal with a one-time code: it needs no second person."""
    asked = ask(cast, wish)
    code = issue_code(caller=cast.second_dpo(), request_id=asked.id).code
    issued = issue_link(caller=cast.dpo(), subject_kind=SubjectKind.USER, external_id=id_of(wish.number))
    sitting = find_sitting(presented=open_portal(text=issued.text).token, request_id=uuid7())
    if sitting is None:
        raise NoSuchObject("sitting")
    prove_identity(caller=sitting.caller, request_id=asked.id, code=code)
    _run(cast, asked.id)


def _by_two(cast: Cast, wish: DemoRequest) -> None:
    """Make an erasure that one officer verified and another approved on the plan that they saw, and run it."""
    view = verified(cast, wish, Verification.CODE)
    _planned(cast, view.id, wish.days - 1)
    seen = read_erasure(caller=cast.second_dpo(), request_id=view.id)
    approve_erasure(caller=cast.second_dpo(), request_id=view.id, digest=seen.digest)
    _run(cast, view.id)


def _planned(cast: Cast, request_id: UUID, days: float) -> None:
    with setting_back(cast.tenant_id):
        Erasure.objects.filter(request_id=request_id).update(requested_at=cast.ago(days) + timedelta(minutes=1))


def _run(cast: Cast, request_id: UUID) -> None:
    with tenant_context(cast.tenant_id):
        erasure_id = Erasure.objects.values_list("id", flat=True).get(request_id=request_id)
    run_erasure(erasure_id=erasure_id, tenant_id=cast.tenant_id)
