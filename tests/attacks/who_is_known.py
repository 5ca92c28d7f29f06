"""Keys without the capability ask about people and look at the clock: is a person known, erased, or another tenant's?

`python -m tests.attacks.who_is_known --home .memstore --probes 2000` measures in full: each question about each kind of
id, against an unknown id, with the area under the curve and its 95 % interval.
"""

from __future__ import annotations

import argparse
import http.client
import json
import secrets
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.attacks.second_tenant import ROOT, second_tenant_key
from tests.attacks.staff import claimed_key
from tests.attacks.target import Outcome, Target
from tests.attacks.timing import Auc, auc, interleaved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Probes of each kind and question. The mean of six areas of 40 against 40 has a standard error of 0.027: what tells
# nothing is taken for a difference once in some thousand runs, and a mean of 0.7 is seen as surely.
QUICK = 40
TELLS_NOTHING = (0.40, 0.60)
MISSING = "missing"  # what every other kind of id is compared with
# None of these is for the key to ask.
QUESTIONS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "search": ("POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "?"}}),
    "list": ("POST", "/v3/memories/", {"filters": {"user_id": "?"}}),
    "delete": ("DELETE", "/v1/memories/?user_id=?", None),
    "request": ("POST", "/governance/v1/requests/", {"user_id": "?", "kind": "access"}),
    "consent": (
        "POST",
        "/governance/v1/consents/grant/",
        {"user_id": "?", "purpose": "assistance", "notice": "0" * 64, "channel": "web"},
    ),
    "link": ("POST", "/governance/v1/portal/links/", {"user_id": "?"}),
}


@dataclass(frozen=True)
class Measured:
    """Measurement of one question: the AUC of each kind of id against a missing one, and the answered statuses."""

    question: str
    areas: dict[str, Auc]
    statuses: frozenset[int]


def attack(target: Target) -> Outcome:
    """Measure quickly, by the mean over the questions: what is far from even is seen, and a busy machine is not."""
    found = list(measure(target, QUICK))
    means = {kind: fmean(one.areas[kind].value for one in found) for kind in found[0].areas}
    low, high = TELLS_NOTHING
    allowed = [one.question for one in found if one.statuses != {403}]
    seen = "AUC against a missing id: " + ", ".join(f"{kind} {mean:.2f}" for kind, mean in means.items())
    if allowed:
        seen += f"; answered otherwise than 403: {', '.join(allowed)}"
    return Outcome(held=all(low <= mean <= high for mean in means.values()) and not allowed, seen=seen)


def measure(target: Target, probes: int, code: Path = ROOT) -> Iterator[Measured]:
    """Interleave probes of every question with a key that may do none of it. `code`: the version that serves."""
    key = claimed_key(target, name=f"nothing {secrets.token_hex(4)}", capabilities=["list_subjects"])
    if key is None:
        raise RuntimeError("no key")
    ids = _ids(target, code)
    for question in QUESTIONS:
        yield _one(target, key, question, ids, probes)


def _one(target: Target, key: str, question: str, ids: dict[str, Callable[[], str]], probes: int) -> Measured:
    method, path, body = QUESTIONS[question]
    wire, statuses = Wire(target.url, key), set[int]()

    def probe(name: Callable[[], str]) -> None:
        user_id = name()
        sent = None if body is None else json.dumps(body).replace('"?"', json.dumps(user_id))
        statuses.add(wire.ask(method, path.replace("=?", f"={user_id}"), sent))

    with closing(wire):
        seconds = interleaved({kind: partial(probe, name) for kind, name in ids.items()}, rounds=probes)
    areas = {kind: auc(seconds[kind], seconds[MISSING]) for kind in ids if kind != MISSING}
    return Measured(question, areas, frozenset(statuses))


class Wire:
    """A connection that stays open, so that nothing but the answer is timed."""

    def __init__(self, url: str, key: str) -> None:
        self._connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=60)
        self._headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: str | None) -> int:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def _ids(target: Target, code: Path) -> dict[str, Callable[[], str]]:
    """Return ids of equal length by kind: existing, erased, missing (a new one each time), and another tenant's."""
    known, gone, elsewhere = (f"{kind}-{secrets.token_hex(8)}" for kind in ("p", "p", "p"))
    for user_id in (known, gone):
        target.call("POST", "/v3/memories/add/", {"messages": "I like tea", "infer": False, "user_id": user_id})
    target.call("DELETE", f"/v1/memories/?user_id={gone}")
    ids = {"existing": lambda: known, "erased": lambda: gone, MISSING: lambda: f"p-{secrets.token_hex(8)}"}
    body = {"messages": "I like tea", "infer": False, "user_id": elsewhere}
    try:
        target.call("POST", "/v3/memories/add/", body, key=second_tenant_key(target, code))
    except subprocess.CalledProcessError:  # another version serves: `--code` says where it is
        return ids
    return ids | {"of another tenant": lambda: elsewhere}


def main() -> int:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks.who_is_known")
    parser.add_argument("--home", type=Path, default=Path(".memstore"))
    parser.add_argument("--probes", type=int, default=2000)
    parser.add_argument("--code", type=Path, default=ROOT, help="the folder of the version that serves, if another")
    chosen = parser.parse_args()
    print("| question | existing | erased | of another tenant | answered |\n|---|---|---|---|---|", flush=True)  # noqa: T201
    for one in measure(Target.at(chosen.home.absolute()), chosen.probes, chosen.code):
        statuses = ", ".join(str(status) for status in sorted(one.statuses))
        print(f"| {one.question} | {' | '.join(str(area) for area in one.areas.values())} | {statuses} |", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
