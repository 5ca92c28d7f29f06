"""One person alone loosens a purpose, a setting, or what is read for another purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.attacks.staff import ask, token
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

STRICT: dict[str, Any] = {"lawful_basis": "contract", "ceiling_days": 30, "source_days": 7, "review_first": True}
LOOSER: dict[str, dict[str, Any]] = {
    "longer": {"ceiling_days": 3_000},
    "longer conversations": {"source_days": 30},
    "special categories": {"special": "allow", "article9_condition": "9(2)(h)", "dpia_reference": "none"},
    "secrets in clear": {"secrets": "allow"},
    "unread languages": {"unknown": "allow"},
    "no review": {"review_first": False},
    "decisions": {"usable_for_decision": True, "dpia_reference": "none"},
    "marketing": {"direct_marketing": True},
}


def attack(target: Target) -> Outcome:
    admin, dpo = token(target, "admin"), token(target, "dpo-2")
    loosened: list[str] = []
    names = [f"attacked-{uuid4().hex[:10]}" for _ in range(2)]
    for name in names:
        ask(target, admin, "POST", "purposes/", STRICT | {"name": name})
    for what, change in LOOSER.items():
        body = STRICT | change
        status, _ = ask(target, admin, "POST", f"purposes/{names[0]}/versions/", body)
        terms = next(
            one["terms"] for one in ask(target, admin, "GET", "purposes/")[1]["results"] if one["name"] == names[0]
        )
        if any(terms[field] == value for field, value in change.items() if field != "dpia_reference"):
            loosened.append(f"{what} ({status})")
            ask(target, admin, "POST", f"purposes/{names[0]}/versions/", STRICT)
    loosened += [f"setting {name}" for name in settings(target, admin)]
    link = {"from_purpose": names[0], "for_purpose": names[1], "reason": "attack"}
    ask(target, dpo, "POST", "compatibilities/", link)
    found = {one["name"]: one["compatible"] for one in ask(target, dpo, "GET", "purposes/")[1]["results"]}
    loosened += ["read for another purpose"] if found[names[1]] else []
    approved = by_themselves(target, {"admin": admin, "dpo-2": dpo})
    return Outcome(
        held=not loosened and not approved,
        seen=f"alone: {', '.join(loosened) or 'nothing'}; proposals approved by their author: {approved}",
    )


def settings(target: Target, admin: str) -> list[str]:
    """Return what was changed, and is changed back."""
    before = ask(target, admin, "GET", "tenant/")[1]
    turned = {"auto_approve_erasure": True, "auto_approve_staff_verified": True}
    wanted = {name: value for name, value in turned.items() if before.get(name) is False}
    wanted |= {name: before[name] + 1 for name in ("reveal_minutes", "review_hours", "breach_hours")}
    found = []
    for name, value in wanted.items():
        ask(target, admin, "PATCH", "tenant/", {name: value})
        if ask(target, admin, "GET", "tenant/")[1][name] == value:
            found.append(name)
            ask(target, admin, "PATCH", "tenant/", {name: before[name]})
    return found


def by_themselves(target: Target, people: dict[str, str]) -> int:
    """Return how many of their own proposals the members get approved. Withdraws what is left of them."""
    approved = 0
    for session in people.values():
        waiting = ask(target, session, "GET", "loosenings/")[1].get("results", [])
        me = ask(target, session, "GET", "session/")[1]["id"]
        for one in waiting:
            if one["requested_by"] == me:
                path = f"loosenings/{one['id']}"
                approved += ask(target, session, "POST", f"{path}/approve/", {"digest": one["digest"]})[0] == 200
                ask(target, session, "POST", f"{path}/withdraw/", {})
    return approved
