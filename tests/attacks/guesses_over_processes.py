"""Guesses of a client that is not authenticated, over many connections so that every web process gets some."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.attacks.target import Outcome

if TYPE_CHECKING:
    from tests.attacks.target import Target

GUESSES, LIMIT, TOO_MANY = 150, 60, 429
# (what is guessed, method, path, body, headers); `?` is a new guess each time
WAYS: tuple[tuple[str, str, str, dict[str, str] | None, dict[str, str]], ...] = (
    ("API keys", "GET", "/v1/ping/", None, {"Authorization": "Token m0st_?_?"}),
    ("claim codes", "POST", "/governance/v1/keys/claim/", {"claim_code": "?"}, {}),
)


def attack(target: Target) -> Outcome:
    """Guess within one window each, from an address of its own, so that no other caller is kept out."""
    told, held = [], True
    for what, method, path, body, headers in WAYS:
        source = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}.{secrets.randbelow(250) + 2}"
        with ThreadPoolExecutor(12) as pool:
            sent = [pool.submit(_guess, target, source, method, path, body, headers) for _ in range(GUESSES)]
            statuses = Counter(one.result() for one in sent)
        answered = GUESSES - statuses[TOO_MANY]
        told.append(f"{answered} of {GUESSES} guesses at {what} answered")
        held = held and answered <= LIMIT
    return Outcome(held=held, seen="; ".join(told))


def _guess(
    target: Target, source: str, method: str, path: str, body: dict[str, str] | None, headers: dict[str, str]
) -> int:
    """Return the status that one guess gets, over a connection of its own."""
    where, guess = urlsplit(target.url), secrets.token_hex(12)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=60, source_address=(source, 0))
    try:
        sent = {name: value.replace("?", guess) for name, value in headers.items()}
        said = None if body is None else json.dumps(body).replace("?", guess)
        connection.request(method, path, said, sent | {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
