"""A client tries an officer's name with wrong passwords from another address, to lock the officer out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.attacks.staff import SIGN_IN, ask, code, proofs, sign_in_from, token
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

OFFICER = "reviewer"
STRANGER = "127.0.0.66"
TRIES = 12


def attack(target: Target) -> Outcome:
    live = token(target, OFFICER)
    wrong = proofs(target, OFFICER, password="wrong password", code="000000")
    refused = sum(sign_in_from(target, STRANGER, wrong) == 401 for _ in range(TRIES))
    stepped, _ = ask(target, live, "POST", "session/step-up/", {"code": code(target, OFFICER)})
    entered, _ = target.call("POST", SIGN_IN, proofs(target, OFFICER, code=code(target, OFFICER)))
    return Outcome(
        held=refused == TRIES and stepped == 200 and entered == 200,
        seen=f"{refused} of {TRIES} wrong ones refused; then the officer's step-up {stepped}, their sign-in {entered}",
    )
