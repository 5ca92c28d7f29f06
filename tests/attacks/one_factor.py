"""A stolen password signs in, opens the console and has a person erased; or one officer with both factors does."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.attacks.staff import SIGN_IN, ask, proofs
from tests.attacks.staff import token as token_of
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

OFFICER = "dpo"
PATIENCE_SECONDS = 10


def attack(target: Target) -> Outcome:
    seen, broken = [], False
    for what, more in (("no code", {}), ("an empty code", {"code": ""}), ("a wrong code", {"code": "000000"})):
        status, answer = target.call("POST", SIGN_IN, proofs(target, OFFICER, **more))
        if status != 200:
            continue
        token = str(answer["token"])
        gone = destroyed_by(target, token)
        seen.append(f"{what} gives a session, console {console(target, token)}, destroys {gone}")
        broken = True
    alone = destroyed_by(target, token_of(target, OFFICER))
    seen.append(f"one officer with both factors destroys alone: {alone}")
    return Outcome(held=not broken and not alone, seen="; ".join(seen))


def destroyed_by(target: Target, token: str) -> bool:
    """Return whether this session alone has a person erased: it opens the request, and verifies the person."""
    who = f"person-{uuid4().hex[:12]}"
    said = {"messages": [{"role": "user", "content": "I keep bees"}], "user_id": who, "infer": False}
    target.call("POST", "/v3/memories/add/", said)
    status, opened = ask(target, token, "POST", "requests/", {"user_id": who, "kind": "erasure"})
    if status != 201:
        return False
    request = f"requests/{opened['request']['id']}/"
    status, _ = ask(target, token, "POST", f"{request}verify/", {"method": "in_person"})
    until = time.monotonic() + PATIENCE_SECONDS
    while status == 200 and time.monotonic() < until:
        state = ask(target, token, "GET", f"{request}erasure/")[1].get("state")
        if state == "planned":  # it waits for a second person
            break
        if state in {"done", "waiting"} or ask(target, token, "GET", request)[1].get("state") == "done":
            return True
        time.sleep(0.5)
    else:
        return status == 200  # it runs, and no second person was asked
    ask(target, token, "POST", f"{request}cancel/", {})
    return False


def console(target: Target, token: str) -> str:
    """Return whether the home page opens with this session."""
    request = urllib.request.Request(f"{target.url}/console/", headers={"Cookie": f"memstore={token}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return "opens" if answer.url.endswith("/console/") else "does not open"
    except urllib.error.HTTPError as error:
        return str(error.code)
