"""An erased person leaves a readable name: the id of a run, an agent or an app that only their rows named."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tests.attacks.databases import identities, keys_of, within
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

KINDS = ("run", "agent", "app")


def attack(target: Target) -> Outcome:
    """Add through each, erase the person, and look for the identities in the keys database."""
    name = f"ana-{secrets.token_hex(6)}"
    before = {kind: identities(target, kind) for kind in KINDS}
    body = {"messages": [{"role": "user", "content": "I like tea."}], "user_id": name, "infer": False}
    through = {f"{kind}_id": f"{kind}-of-{name}@mail.example" for kind in KINDS}
    status, _ = target.call("POST", "/v3/memories/add/", body | through)
    if status != 200:
        return Outcome(held=False, seen=f"the add answered {status}")
    made = {kind: identities(target, kind) - before[kind] for kind in KINDS}
    status, _ = target.call("DELETE", f"/v2/entities/user/{name}/")
    ids = [one for found in made.values() for one in found]

    def open_still() -> list[str]:
        return [kind for kind in KINDS if made[kind] & identities(target, kind)]

    gone = within(10, lambda: not open_still())
    n_keys = sum(keys_of(target, one) for one in ids)
    left = ", ".join(open_still()) or "none"
    held = status in {200, 202, 204} and len(ids) == len(KINDS) and gone and n_keys == 0
    return Outcome(held, f"erased with {status}; of {len(ids)} ids that the person came through readable: {left}")
