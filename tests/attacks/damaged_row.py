"""An intruder who can write to the database damages one row of a person: all else of that person is still found."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tests.attacks.target import Outcome

if TYPE_CHECKING:
    import psycopg

    from tests.attacks.target import Target

# The new value of one sealed column, in SQL; `other` is that of another memory.
CHANGES = {
    "cut off": "substr(sealed, 1, length(sealed) / 2)",
    "emptied": "''::bytea",
    "one bit flipped": "set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)",
    "another header": "set_byte(sealed, 2, 9)",
    "another memory's": "(SELECT o.sealed FROM {table} o WHERE o.memory_id = %(other)s LIMIT 1)",
    "noise": "sha256(sealed) || sha256(memory_id::text::bytea)",
}
TABLES = ("memstore_card", "memstore_memoryversion")


def attack(target: Target) -> Outcome:
    """Damage, for each kind of damage, one of the four memories of a person of their own."""
    hidden = []
    with target.connect() as database:
        for table in TABLES:
            for kind, change in CHANGES.items():
                user, texts = f"damaged-{secrets.token_hex(6)}", [f"tea of kind {n}" for n in range(4)]
                ids = _remember(target, user, texts)
                # Read once, so that whatever is cached is cached.
                _search(target, user)
                _damage(database, table, change.format(table=table), ids)
                missing = _missing(target, user, ids[1:])
                if missing:
                    hidden.append(f"{table.removeprefix('memstore_')} {kind}: {missing}")
    n = len(TABLES) * len(CHANGES)
    if hidden:
        return Outcome(held=False, seen=f"{len(hidden)} of {n} damages hide other memories, such as {hidden[0]}")
    return Outcome(held=True, seen=f"{n} damages, each hid one memory: search, list and history have all the others")


def _remember(target: Target, user: str, texts: list[str]) -> list[str]:
    said = [{"role": "user", "content": text} for text in texts]
    status, answer = target.call("POST", "/v3/memories/add/", {"user_id": user, "infer": False, "messages": said})
    if status != 200:
        raise RuntimeError(f"adding answered {status}: {answer}")
    _, listed = target.call("POST", "/v3/memories/", {"filters": {"user_id": user}})
    return [one["id"] for one in listed["results"]]


def _damage(database: psycopg.Connection, table: str, change: str, ids: list[str]) -> None:
    with database.transaction():
        for (one,) in database.execute("SELECT memstore_tenant_ids()").fetchall():
            database.execute("SELECT set_config('memstore.tenant', %s, true)", [str(one)])
            statement = f"UPDATE {table} SET sealed = {change} WHERE memory_id = %(id)s"
            if database.execute(statement, {"id": ids[0], "other": ids[1]}).rowcount:
                return
    raise RuntimeError(f"no row of {table} could be damaged")


def _search(target: Target, user: str) -> tuple[int, set[str]]:
    body = {"query": "which kind of tea", "filters": {"user_id": user}, "threshold": 0}
    status, answer = target.call("POST", "/v3/memories/search/", body)
    return status, {one["id"] for one in answer["results"]} if status == 200 else set()


def _missing(target: Target, user: str, others: list[str]) -> str:
    """Return the face on which other memories are not found; empty where they are on all."""
    status, found = _search(target, user)
    if found != set(others):
        return f"search {status}"
    for filters in ({"user_id": user}, {"user_id": user, "text": "tea"}):
        status, answer = target.call("POST", "/v3/memories/", {"filters": filters})
        if status != 200 or {one["id"] for one in answer["results"]} != set(others):
            return f"list {status}"
    for one in others:
        for path in (f"/v1/memories/{one}/", f"/v1/memories/{one}/history/"):
            status, _ = target.call("GET", path)
            if status != 200:
                return f"{path.split('/')[4] or 'get'} {status}"
    return ""
