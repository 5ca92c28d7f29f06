"""Small and large bodies that cost a service seconds of work, alone and many at once by one key."""

from __future__ import annotations

import random
import secrets
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

MOST_SECONDS = 2.0  # of CPU, of all web processes together: another call may come in between
AT_ONCE = 12
TICKS = 100
ADD, SEARCH = "/v3/memories/add/", "/v3/memories/search/"


def attack(target: Target) -> Outcome:
    """Make heavy calls: each is refused or cheap, and while a dozen of one key come at once, /healthz answers."""
    user = f"heavy-{secrets.token_hex(6)}"
    for _ in range(4):  # each process loads its model once
        target.call("POST", ADD, _verbatim(user, ["I like tea"]))
    seen, held = [], True
    for name, path, body in _calls(user):
        before, started = _cpu(target), time.monotonic()
        try:
            status: object = target.call("POST", path, body)[0]
        except OSError as error:
            status = type(error).__name__
        cost, waited = _cpu(target) - before, time.monotonic() - started
        seen.append(f"{name} {status} {cost:.1f} s CPU ({waited:.1f} s)")
        if not isinstance(status, int) or cost > MOST_SECONDS:
            return Outcome(held=False, seen="; ".join(seen))
    statuses, slowest = _at_once(target, user)
    seen.append(f"{AT_ONCE} at once: {statuses}, health within {slowest:.1f} s meanwhile")
    held = slowest < 2 and set(statuses) <= {200, 429} and statuses.get(429, 0) > 0
    return Outcome(held=held, seen="; ".join(seen))


def _calls(user: str) -> list[tuple[str, str, dict[str, object]]]:
    numbers = {f"k{n}": f"00 30 12 34 56 7{n % 10}" for n in range(1_000)}
    wide = [{"metadata": {f"k{n}": n}} for n in range(10_000)]
    return [
        (
            "34 KB of digits beside 60 words",
            ADD,
            _verbatim(user, [f"note {n}" for n in range(60)]) | {"metadata": numbers},
        ),
        ("50 KB of digits", ADD, _verbatim(user, ["00 " * 16_000])),
        ("10,000 conditions", SEARCH, {"query": "tea", "filters": {"AND": [{"user_id": user}, {"OR": wide}]}}),
        ("20 KB of facts at once", ADD, {"user_id": user, "messages": _facts(20_000), "async_mode": False}),
        ("100 texts of 500", ADD, _verbatim(user, [_words(500) for _ in range(100)])),
        ("4 MB", ADD, _verbatim(user, ["1 2 3 4 " * 6_000 for _ in range(80)])),
    ]


def _verbatim(user: str, texts: list[str]) -> dict[str, object]:
    return {"user_id": user, "infer": False, "messages": [{"role": "user", "content": text} for text in texts]}


def _facts(size: int) -> str:
    return " ".join(f"I like {_words(30)}." for _ in range(size // 39))


def _words(size: int) -> str:
    letters = random.choices("abcdefghijklmnop", k=size)  # noqa: S311 - words, no secrets
    return "".join(" " if place % 7 == 6 else letter for place, letter in enumerate(letters))


def _at_once(target: Target, user: str) -> tuple[dict[int, int], float]:
    """Return how often each status came, and the slowest answer of /healthz meanwhile, in seconds."""
    bodies = [_verbatim(f"{user}-{n}", [_words(1_000) for _ in range(10)]) for n in range(AT_ONCE)]
    statuses: dict[int, int] = {}
    slowest = 0.0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(target.call, "POST", ADD, body) for body in bodies]
        while not all(one.done() for one in running):
            started = time.monotonic()
            with urllib.request.urlopen(f"{target.url}/healthz", timeout=60) as answer:
                answer.read()
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.05)
    for one in running:
        status = one.result()[0]
        statuses[status] = statuses.get(status, 0) + 1
    return statuses, slowest


def _cpu(target: Target) -> float:
    """Return the seconds of CPU that the web processes of this service have used."""
    mark, total = f"MEMSTORE_HOME={target.home}\0".encode(), 0
    for process in Path("/proc").iterdir():
        try:
            mine = mark in (process / "environ").read_bytes() + b"\0"
            if mine and b"celery" not in (process / "cmdline").read_bytes():
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        except OSError:  # no process, or one that has ended
            continue
    return total / TICKS
