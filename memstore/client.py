"""A client for the service, in the standard library alone: no Django, no settings.

    from memstore.client import Memstore
    client = Memstore(api_key="m0st_...", url="http://127.0.0.1:8000")
    client.remember("I moved to Lisbon in May", user_id="alice")
    client.recall("where does she live?", user_id="alice")

Refusals are exceptions that callers decide by:

ClientError
├── Refused        policy said no (401, 403): `code` is its reason
├── Invalid        the request cannot be (400): `field` names what is wrong
├── Missing        there is no such thing, or none that this key may know of (404)
├── Conflicting    the state of things does not allow it (409), or the law keeps something; `already_done`: a retry
│                  of what was done and showed a secret once
└── Unavailable    nothing was done and it may work later (429, 5xx, no connection)
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Record = dict[str, Any]  # a reply of the governance API, as JSON; /docs/ describes each
DEFAULT_URL = "http://127.0.0.1:8000"
_GOVERNANCE = "/governance/v1/"
# They take no Idempotency-Key: a code counts once, whoever sends it again.
_ONCE_BY_NATURE = (f"{_GOVERNANCE}session/", f"{_GOVERNANCE}keys/claim/", f"{_GOVERNANCE}staff/enrol/")
_RETRIED = frozenset({429, 502, 503, 504})
_STILL_RUNNING = "still_running"  # the same request, sent before and not answered yet
_LONGEST_PAUSE = 10.0


class ClientError(Exception):
    """`code` is the service's word for it, `request_id` finds the call in its log and audit trail."""

    def __init__(
        self, status: int, code: str, detail: str, *, field: str | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(f"{detail} ({code})")
        self.status, self.code, self.detail, self.field, self.request_id = status, code, detail, field, request_id


class Refused(ClientError):
    """Policy said no."""


class Invalid(ClientError):
    """The request cannot be; `field` says where."""


class Missing(ClientError):
    """There is no such thing, or none that the caller may know of."""


class Conflicting(ClientError):
    """The state of things does not allow it."""


class Unavailable(ClientError):
    """Nothing was done; trying again later may help."""


@dataclass(frozen=True, slots=True)
class Memory:
    """`score` is in [0, 1], higher is nearer; None outside `recall`."""

    id: str
    text: str
    score: float | None = None
    user_id: str | None = None
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None
    categories: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """`status`: SUCCEEDED, or PENDING while the facts are extracted; `client.event(event_id)` tells when."""

    event_id: str
    status: str
    memories: tuple[Memory, ...] = ()
    quarantined: tuple[str, ...] = ()


class Memstore:
    """One key (or one person's session) at one service. `purpose` is named with every call; None: the key's default."""

    def __init__(
        self,
        api_key: str,
        url: str = DEFAULT_URL,
        *,
        purpose: str | None = None,
        timeout_seconds: float = 30.0,
        retries: int = 2,
    ) -> None:
        self._key, self._url, self._purpose = api_key, url.rstrip("/"), purpose
        self._timeout, self._retries = timeout_seconds, retries
        self.consents = Consents(self)
        self.objections = Objections(self)
        self.subjects = Subjects(self)
        self.purposes = Purposes(self)
        self.loosenings = Loosenings(self)
        self.retention = Retention(self)
        self.holds = Holds(self)
        self.keys = Keys(self)
        self.quarantine = Quarantine(self)

    @classmethod
    def sign_in(cls, *, tenant: str, username: str, password: str, code: str, url: str = DEFAULT_URL) -> Memstore:
        """A person at work, by password and one-time code. What is grave is open for ten minutes, then `step_up`."""
        body = {"tenant": tenant, "username": username, "password": password, "code": code}
        return cls(cls("", url).call("POST", f"{_GOVERNANCE}session/sign-in/", body)["token"], url)

    def for_purpose(self, purpose: str) -> Memstore:
        """The same key, acting for another of its purposes."""
        return Memstore(self._key, self._url, purpose=purpose, timeout_seconds=self._timeout, retries=self._retries)

    def remember(
        self,
        said: str | Sequence[Mapping[str, str]],
        *,
        user_id: str | None = None,
        agent_id: str | None = None,
        app_id: str | None = None,
        run_id: str | None = None,
        infer: bool = False,
        metadata: Mapping[str, Any] | None = None,
        expires_on: date | None = None,
    ) -> Remembered:
        """Keep a text, or messages of `role` and `content`: word for word, or (`infer`) the facts found in them."""
        body: Record = {"messages": said if isinstance(said, str) else list(said), "infer": infer}
        body |= _given(user_id=user_id, agent_id=agent_id, app_id=app_id, run_id=run_id)
        body |= _given(metadata=metadata, expiration_date=expires_on)
        done = self.call("POST", "/v3/memories/add/", body)
        facts = done.get("results", [])
        return Remembered(
            done["event_id"],
            done["status"],
            tuple(_memory(fact) for fact in facts if fact.get("state") != "quarantined"),
            tuple(fact["id"] for fact in facts if fact.get("state") == "quarantined"),
        )

    def recall(
        self,
        question: str,
        *,
        user_id: str | None = None,
        filters: Mapping[str, Any] | None = None,
        top_k: int = 10,
        threshold: float = 0.1,
    ) -> list[Memory]:
        """What answers the question, best first."""
        wanted = _scope(user_id, filters)
        body = {"query": question, "filters": wanted, "top_k": top_k, "threshold": threshold}
        return [_memory(found) for found in self.call("POST", "/v3/memories/search/", body)["results"]]

    def memories(
        self,
        *,
        user_id: str | None = None,
        filters: Mapping[str, Any] | None = None,
        page: int = 1,
        page_size: int = 100,
    ) -> list[Memory]:
        """What is remembered, newest first, one page."""
        path = f"/v3/memories/?page={page}&page_size={page_size}"
        return [_memory(found) for found in self.call("POST", path, {"filters": _scope(user_id, filters)})["results"]]

    def memory(self, memory_id: str) -> Memory:
        return _memory(self.call("GET", f"/v1/memories/{_part(memory_id)}/"))

    def correct(self, memory_id: str, text: str) -> Memory:
        """A new wording; the one before stays in the history and is not recalled."""
        return _memory(self.call("PUT", f"/v1/memories/{_part(memory_id)}/", {"text": text}))

    def forget(self, memory_id: str) -> None:
        """Raises Conflicting (`retained_by_law`) when it is out of use and must be kept for now."""
        self.call("DELETE", f"/v1/memories/{_part(memory_id)}/")

    def forget_all(self, *, user_id: str) -> str:
        """All memories of a person, for the key's purposes; the id of the event. Raises as `forget` does."""
        done = self.call("DELETE", f"/v1/memories/?{urllib.parse.urlencode({'user_id': user_id})}")
        return str(done["event_id"])

    def portal_link(self, *, user_id: str, minutes: int = 15) -> str:
        """An address that opens the person's own page, once, within so many minutes: hand it to nobody else."""
        return str(self.call("POST", f"{_GOVERNANCE}portal/links/", {"user_id": user_id, "minutes": minutes})["url"])

    def event(self, event_id: str) -> Record:
        return self.call("GET", f"/v1/event/{_part(event_id)}/")

    def wait(self, remembered: Remembered, *, seconds: float = 60.0) -> Record:
        """The event once its facts are extracted. Raises Unavailable when that takes longer."""
        until = time.monotonic() + seconds
        while (event := self.event(remembered.event_id))["status"] in {"PENDING", "RUNNING"}:
            if time.monotonic() > until:
                raise Unavailable(0, "still_pending", f"not done after {seconds:g} seconds")
            time.sleep(0.2)
        return event

    def step_up(self, code: str) -> None:
        """A fresh one-time code: what destroys, loosens or hands out is open for ten minutes."""
        self.call("POST", f"{_GOVERNANCE}session/step-up/", {"code": code})

    def inbox(self) -> Record:
        """What waits for somebody, as counts."""
        return self.call("GET", f"{_GOVERNANCE}inbox/")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Record:
        """One call, any route. Writes carry an Idempotency-Key, so that a retry is answered and not repeated."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Token {self._key}"
        if self._purpose is not None:
            headers["X-Purpose"] = self._purpose
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        data = None if body is None else json.dumps(body, default=_plain).encode()
        tries = 0 if path.startswith(_ONCE_BY_NATURE) else self._retries
        return self._send(urllib.request.Request(self._url + path, data, headers, method=method), tries)  # noqa: S310 - the caller's own URL

    def _send(self, request: urllib.request.Request, retries: int) -> Record:
        for attempt in range(retries + 1):
            pause = min(0.2 * 4**attempt, _LONGEST_PAUSE)
            try:
                with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                    content = answer.read()
                    return json.loads(content) if content else {}
            except urllib.error.HTTPError as error:
                problem = _problem(error)
                if attempt == retries or (error.code not in _RETRIED and problem.code != _STILL_RUNNING):
                    raise problem from None
                pause = min(float(error.headers.get("Retry-After") or pause), _LONGEST_PAUSE)
            except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
                if attempt == retries:
                    raise Unavailable(0, "no_connection", f"the service cannot be reached: {error}") from error
            time.sleep(pause)
        raise Unavailable(0, "no_connection", "the service cannot be reached")


class _Group:
    def __init__(self, client: Memstore) -> None:
        self._client = client

    def _post(self, path: str, **values: object) -> Record:
        return self._client.call("POST", _GOVERNANCE + path, _given(**values))

    def _get(self, path: str) -> Record:
        return self._client.call("GET", _GOVERNANCE + path)

    def _list(self, path: str) -> list[Record]:
        return list(self._get(path)["results"])


class Consents(_Group):
    def notices(self) -> list[Record]:
        return self._list("notices/")

    def register_notice(self, *, purpose: str, language: str, text: str) -> Record:
        """A wording that people will be shown; its `sha256` is what a grant names."""
        return self._post("notices/", purpose=purpose, language=language, text=text)

    def grant(
        self,
        *,
        user_id: str,
        purpose: str,
        notice: str,
        channel: str = "api",
        given_by: str = "subject",
        at: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> Record:
        """One call. `notice`: SHA-256 of the wording that was shown, or its id."""
        return self._post(
            "consents/grant/",
            user_id=user_id,
            purpose=purpose,
            notice=notice,
            channel=channel,
            given_by=given_by,
            at=at,
            expires_at=expires_at,
        )

    def withdraw(self, *, user_id: str, purpose: str, channel: str = "api", at: datetime | None = None) -> Record:
        """One call, any key. From its answer on, nothing kept for the purpose is readable."""
        return self._post("consents/withdraw/", user_id=user_id, purpose=purpose, channel=channel, at=at)

    def history(self, *, user_id: str) -> Record:
        """`current` by purpose, and every event, oldest first."""
        return self._post("consents/history/", user_id=user_id)


class Objections(_Group):
    def make(self, *, user_id: str, purpose: str) -> Record:
        """One call, any key: use for the purpose stops at once (Art. 21)."""
        return self._post("objections/", user_id=user_id, purpose=purpose)

    def list(self) -> list[Record]:
        return self._list("objections/")

    def settle(self, objection_id: str, *, outcome: str, ground: str = "") -> Record:
        return self._post(f"objections/{_part(objection_id)}/settle/", outcome=outcome, ground=ground)


class Subjects(_Group):
    def look_up(self, *, user_id: str) -> Record:
        return self._post("subjects/lookup/", user_id=user_id)

    def memories(self, subject_id: str, *, page: int = 1) -> Record:
        """As the signed-in role sees them: masked, or in clear while the glass is broken."""
        return self._get(f"subjects/{_part(subject_id)}/memories/?page={page}")

    def restrict(self, subject_id: str, *, purpose: str | None = None) -> None:
        self._post(f"subjects/{_part(subject_id)}/restrict/", purpose=purpose)

    def lift(self, subject_id: str, *, purpose: str | None = None) -> None:
        self._post(f"subjects/{_part(subject_id)}/lift/", purpose=purpose)

    def break_glass(self, subject_id: str, *, reason_code: str, case_reference: str, minutes: int) -> Record:
        path = f"subjects/{_part(subject_id)}/break-glass/"
        return self._post(path, reason_code=reason_code, case_reference=case_reference, minutes=minutes)


class Purposes(_Group):
    def list(self) -> list[Record]:
        return self._list("purposes/")

    def create(self, name: str, *, lawful_basis: str, ceiling_days: int, **terms: object) -> Record:
        return self._post("purposes/", name=name, lawful_basis=lawful_basis, ceiling_days=ceiling_days, **terms)

    def revise(self, name: str, *, lawful_basis: str, ceiling_days: int, **terms: object) -> Record:
        """A new version. What loosens waits: `pending` with a `proposal_id` and the `digest` to approve."""
        path = f"purposes/{_part(name)}/versions/"
        return self._post(path, lawful_basis=lawful_basis, ceiling_days=ceiling_days, **terms)

    def read_for(self, *, from_purpose: str, for_purpose: str, reason: str) -> Record:
        """Propose that reading for one also sees the other's memories (Art. 6(4)). It waits for a second person."""
        return self._post("compatibilities/", from_purpose=from_purpose, for_purpose=for_purpose, reason=reason)


class Loosenings(_Group):
    """What loosens a purpose or a setting, and waits for a second person."""

    def list(self) -> list[Record]:
        return self._list("loosenings/")

    def approve(self, proposal_id: str, *, digest: str) -> Record:
        return self._post(f"loosenings/{_part(proposal_id)}/approve/", digest=digest)

    def decline(self, proposal_id: str, *, reason: str) -> Record:
        return self._post(f"loosenings/{_part(proposal_id)}/decline/", reason=reason)

    def withdraw(self, proposal_id: str) -> Record:
        """Only by who proposed it."""
        return self._post(f"loosenings/{_part(proposal_id)}/withdraw/")


class Retention(_Group):
    def rules(self) -> list[Record]:
        return self._list("retention/rules/")

    def propose(self, name: str, *, kind: str, days: int, **terms: object) -> Record:
        return self._post("retention/rules/", name=name, kind=kind, days=days, **terms)

    def preview(self, rule_id: str) -> Record:
        """What it would do; its `digest` is what an approval names."""
        return self._get(f"retention/rules/{_part(rule_id)}/preview/")

    def approve(self, rule_id: str, *, digest: str) -> Record:
        return self._post(f"retention/rules/{_part(rule_id)}/approve/", digest=digest)

    def status(self) -> Record:
        return self._get("retention/status/")


class Holds(_Group):
    def list(self) -> list[Record]:
        return self._list("holds/")

    def request(
        self, *, user_id: str, case_reference: str, purpose: str | None = None, disclosable: bool = True
    ) -> Record:
        return self._post(
            "holds/", user_id=user_id, case_reference=case_reference, purpose=purpose, disclosable=disclosable
        )

    def approve(self, hold_id: str) -> Record:
        return self._post(f"holds/{_part(hold_id)}/approve/")

    def request_release(self, hold_id: str) -> Record:
        return self._post(f"holds/{_part(hold_id)}/release/")

    def approve_release(self, hold_id: str) -> Record:
        return self._post(f"holds/{_part(hold_id)}/release/approve/")


class Keys(_Group):
    def list(self) -> list[Record]:
        return self._list("keys/")

    def request(self, name: str, *, capabilities: Sequence[str], purposes: Sequence[str], **limits: object) -> Record:
        return self._post("keys/", name=name, capabilities=capabilities, purposes=purposes, **limits)

    def approve(self, key_id: str) -> str:
        """The claim code, shown once: for the developer who will use the key."""
        return str(self._post(f"keys/{_part(key_id)}/approve/")["claim_code"])

    def claim(self, claim_code: str) -> str:
        """The key itself, once."""
        return str(self._post("keys/claim/", claim_code=claim_code)["api_key"])

    def revoke(self, key_id: str) -> None:
        self._post(f"keys/{_part(key_id)}/revoke/")


class Quarantine(_Group):
    def list(self) -> list[Record]:
        return self._list("quarantine/")

    def release(self, memory_id: str, *, data_class: str | None = None) -> None:
        self._post(f"quarantine/{_part(memory_id)}/release/", data_class=data_class)

    def reject(self, memory_id: str) -> None:
        self._post(f"quarantine/{_part(memory_id)}/reject/")


def _memory(found: Record) -> Memory:
    return Memory(
        id=found["id"],
        text=found["memory"],
        score=found.get("score"),
        user_id=found.get("user_id"),
        agent_id=found.get("agent_id"),
        app_id=found.get("app_id"),
        run_id=found.get("run_id"),
        categories=tuple(found.get("categories") or ()),
        metadata=found.get("metadata") or {},
        created_at=found.get("created_at", ""),
    )


def _problem(error: urllib.error.HTTPError) -> ClientError:
    try:
        body = json.loads(error.read())
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    status = error.code
    detail, code = str(body.get("detail") or error.reason), str(body.get("code") or f"http_{status}")
    kinds: dict[int, type[ClientError]] = {400: Invalid, 401: Refused, 403: Refused, 404: Missing, 409: Conflicting}
    fallback = Unavailable if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _RETRIED else Invalid
    kind = kinds.get(status, fallback)
    return kind(status, code, detail, field=body.get("field"), request_id=body.get("request_id"))


def _scope(user_id: str | None, filters: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if user_id is None:
        return filters or {}
    return {"AND": [{"user_id": user_id}, filters]} if filters else {"user_id": user_id}


def _given(**values: object) -> Record:
    return {name: value for name, value in values.items() if value is not None}


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def _part(text: str) -> str:
    return urllib.parse.quote(text, safe="")
