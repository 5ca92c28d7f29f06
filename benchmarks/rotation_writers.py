"""Clients that add memories until standard input ends, and then read what they have added.

    python -m benchmarks.rotation_writers

One line in: {"key", "clients"}. Out: "writing", and at the end `rotation.Written` as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.rotation import Written
    from governance.context import Caller


def main() -> None:
    import django

    django.setup()
    from governance.access.authenticate import authenticate
    from governance.context import Caller
    from governance.ids import uuid7

    job = json.loads(sys.stdin.readline())
    principal = authenticate(job["key"])
    if principal is None:
        raise RuntimeError("the key is not known")
    ended = threading.Event()
    with ThreadPoolExecutor(job["clients"]) as pool:
        clients = [pool.submit(_write, Caller(principal, uuid7()), n, ended) for n in range(job["clients"])]
        print("writing", flush=True)
        sys.stdin.read()
        ended.set()
        found = [client.result() for client in clients]
    whole: Written = {
        "adds": sorted(add for one in found for add in one["adds"]),
        "people": sum(one["people"] for one in found),
        "failures": [failure for one in found for failure in one["failures"]],
        "unreadable": sum(one["unreadable"] for one in found),
    }
    print(json.dumps(whole))


def _write(caller: Caller, client: int, ended: threading.Event) -> Written:
    """Add memories, every second one about a new person; then list each person's with empty caches."""
    from django.db import connections

    from governance.expiring_cache import clear_all
    from governance.ids import uuid7
    from memstore.recall.browse import browse
    from memstore.records.scope_ids import ScopeIds
    from memstore.records.source import Message
    from memstore.remember.remember import remember

    said: dict[str, list[str]] = {}
    written: Written = {"adds": [], "people": 0, "failures": [], "unreadable": 0}
    n = 0
    while not ended.is_set():
        user, text = f"writer-{client}-{n // 2}", f"Fact {n} of client {client} about clocks."
        start, at = time.perf_counter(), time.time()
        try:
            remember(
                caller=replace(caller, request_id=uuid7()),
                scope=ScopeIds(user_id=user),
                messages=[Message(role="user", content=text)],
                infer=False,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure that the result shows
            written["failures"].append(f"{type(error).__name__}: {error}")
        else:
            written["adds"].append((at, time.perf_counter() - start))
            said.setdefault(user, []).append(text)
        n += 1
    clear_all()
    for user, texts in said.items():
        listed = browse(caller=replace(caller, request_id=uuid7()), filters={"user_id": user})
        written["unreadable"] += len(set(texts) - {view.text for view in listed.memories})
    written["people"] = len(said)
    connections.close_all()
    return written


if __name__ == "__main__":
    main()
