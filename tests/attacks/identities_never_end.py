"""Identities that nothing needs any more stay readable: after the last memory was deleted, or without any memory."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import psycopg

from tests.attacks.databases import identities, inside, within
from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

V1 = "/governance/v1"
SWEEP_SECONDS = 75.0


def attack(target: Target) -> Outcome:
    """Delete a person's only memory; then make new ids known, let their time go by, and wait for the sweep."""
    if kept := _after_the_last_memory(target):
        return Outcome(held=False, seen=f"the last memory was deleted, and readable are still: {kept}")
    before = identities(target, "user")
    name = f"stranger-{secrets.token_hex(6)}"
    asked = [
        target.call("POST", f"{V1}/portal/links/", {"user_id": f"{name}-1"}),
        target.call("POST", f"{V1}/consents/withdraw/", {"user_id": f"{name}-2", "purpose": "personalisation"}),
    ]
    met = identities(target, "user") - before
    if len(met) != len(asked):
        return Outcome(held=False, seen=f"answers {[status for status, _ in asked]}, {len(met)} identities")
    noted = within(SWEEP_SECONDS, lambda: _noted(target, met))
    _a_year_goes_by(target, met)
    # The withdrawal is in an append-only table, where no year can be made to go by; the link's row is not.
    ended = within(SWEEP_SECONDS, lambda: len(met & identities(target, "user")) == len(met) - 1)
    seen = f"2 strangers: {'all' if noted else 'not all'} noted as needed by nothing, the link's after a year"
    return Outcome(noted and ended, f"{seen} {'gone' if ended else 'still readable'}")


def _after_the_last_memory(target: Target) -> str:
    """Return the kinds of identities that outlive what was kept."""
    name = f"brief-{secrets.token_hex(6)}"
    before = {kind: identities(target, kind) for kind in ("user", "run")}
    body = {"messages": [{"role": "user", "content": "I like tea."}], "user_id": name, "infer": False}
    _, added = target.call("POST", "/v3/memories/add/", body | {"run_id": f"chat-of-{name}"})
    made = {kind: identities(target, kind) - ids for kind, ids in before.items()}
    for found in added["results"]:
        target.call("DELETE", f"/v1/memories/{found['id']}/")
    within(5, lambda: not any(made[kind] & identities(target, kind) for kind in made))
    return ", ".join(kind for kind in made if made[kind] & identities(target, kind))


def _noted(target: Target, ids: set[object]) -> bool:
    try:
        with inside(target, "keys") as keys:
            wanted = "SELECT count(*) FROM keyring_identity WHERE id = ANY (%s) AND unneeded_since IS NOT NULL"
            found = keys.execute(wanted, [list(ids)]).fetchone()
            return found is not None and found[0] == len(ids)
    except psycopg.errors.UndefinedColumn:
        return False


def _a_year_goes_by(target: Target, ids: set[object]) -> None:
    year = "interval '1 year'"
    with inside(target, "default") as data:
        data.execute(
            f"UPDATE governance_portallink SET issued_at = issued_at - {year}, expires_at = expires_at - {year}"
            " WHERE subject_id = ANY (%s)",
            [list(ids)],
        )
    try:
        with inside(target, "keys") as keys:
            noted = f"UPDATE keyring_identity SET unneeded_since = unneeded_since - {year} WHERE id = ANY (%s)"
            keys.execute(noted, [list(ids)])
    except psycopg.errors.UndefinedColumn:
        pass  # nothing counts the days there
