"""Client of a memstore service, in the standard library alone: no Django, no settings.

    from memstore.client import Memstore
    client = Memstore(api_key="m0st_...", url="http://127.0.0.1:8000")
    client.remember("I moved to Lisbon in May", user_id="alice")
    client.recall("where does she live?", user_id="alice")

Every call that fails raises one of these:

ClientError
├── Refused        policy refused the call (401, 403): `code` is the reason
├── Invalid        the request cannot be accepted (400, 413, other 4xx): `field` names the bad value
├── Missing        no such thing, or none that this key may know of (404)
├── Conflicting    the state of things does not allow it, or the law keeps something (409)
└── Unavailable    overloaded, failed or not reached (429, 5xx, no connection): it may work later
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
# These take no Idempotency-Key, so they are not retried: a one-time code counts once, also when it is sent again.
_ONCE_BY_NATURE = (f"{_GOVERNANCE}session/", f"{_GOVERNANCE}keys/claim/", f"{_GOVERNANCE}staff/enrol/")
_RETRIED = frozenset({429, 502, 503, 504})
_STILL_RUNNING = "still_running"  # the same request, sent before and not answered yet
_LONGEST_PAUSE = 10.0


class ClientError(Exception):
    """A failed call. `code` is the service's word for why, `request_id` finds the call in log and audit trail."""

    def __init__(
        self, status: int, code: str, detail: str, *, field: str | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(f"{detail} ({code})")
        self.status, self.code, self.detail, self.field, self.request_id = status, code, detail, field, request_id


class Refused(ClientError):
    """Policy refused the call."""


class Invalid(ClientError):
    """The request cannot be accepted; `field` names the bad value."""


class Missing(ClientError):
    """The service has no such thing, or none that the caller may know of."""


class Conflicting(ClientError):
    """The state of things does not allow it. `already_done`: done before, and its secret is shown only once."""


class Unavailable(ClientError):
    """It may work later. After `no_connection` a write may have been done: look before you repeat it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory as the service returns it. `score` is in [0, 1], higher is nearer; None outside `recall`."""

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
    """Result of `remember`: SUCCEEDED, or PENDING until facts are extracted (`wait`). `quarantined`: to be reviewed."""

    event_id: str
    status: str
    memories: tuple[Memory, ...] = ()
    quarantined: tuple[str, ...] = ()


class Memstore:
    """One API key (or staff session) at one service. `purpose` is sent with every call; None: the key's default."""

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
        """Sign in a member of staff. Grave actions are allowed for ten minutes, then again after `step_up`."""
        body = {"tenant": tenant, "username": username, "password": password, "code": code}
        return cls(cls("", url).call("POST", f"{_GOVERNANCE}session/sign-in/", body)["token"], url)

    def for_purpose(self, purpose: str) -> Memstore:
        """Return a client with the same key that acts for another of its purposes."""
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
        """Remember a text, or messages of `role` and `content`: word for word, or (`infer`) the facts in them."""
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
        """Return at most `top_k` memories that answer the question, best first, none scored below `threshold`."""
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
        """Return one page of the memories in scope, newest first. The first page is 1."""
        path = f"/v3/memories/?page={page}&page_size={page_size}"
        return [_memory(found) for found in self.call("POST", path, {"filters": _scope(user_id, filters)})["results"]]

    def memory(self, memory_id: str) -> Memory:
        """Return one memory. Raises Missing."""
        return _memory(self.call("GET", f"/v1/memories/{_part(memory_id)}/"))

    def correct(self, memory_id: str, text: str) -> Memory:
        """Give a memory a new wording. The one before stays in its history and is not recalled."""
        return _memory(self.call("PUT", f"/v1/memories/{_part(memory_id)}/", {"text": text}))

    def forget(self, memory_id: str) -> None:
        """Delete a memory. Raises Conflicting (`retained_by_law`) if it must be kept for now; it is out of use."""
        self.call("DELETE", f"/v1/memories/{_part(memory_id)}/")

    def forget_all(self, *, user_id: str) -> str:
        """Delete a person's memories, for the key's purposes. Return the event's id. Raises as `forget` does."""
        done = self.call("DELETE", f"/v1/memories/?{urllib.parse.urlencode({'user_id': user_id})}")
        return str(done["event_id"])

    def portal_link(self, *, user_id: str, minutes: int = 15) -> str:
        """Return an address that opens the person's own page once, within `minutes` (1 to 1440): for them alone."""
        return str(self.call("POST", f"{_GOVERNANCE}portal/links/", {"user_id": user_id, "minutes": minutes})["url"])

    def event(self, event_id: str) -> Record:
        """Return status and results of a call by its event's id. Raises Missing for another key's event."""
        return self.call("GET", f"/v1/event/{_part(event_id)}/")

    def wait(self, remembered: Remembered, *, seconds: float = 60.0) -> Record:
        """Return the event once its facts are extracted. Raises Unavailable after `seconds`."""
        until = time.monotonic() + seconds
        while (event := self.event(remembered.event_id))["status"] in {"PENDING", "RUNNING"}:
            if time.monotonic() > until:
                raise Unavailable(0, "still_pending", f"not done after {seconds:g} seconds")
            time.sleep(0.2)
        return event

    def step_up(self, code: str) -> None:
        """Send a fresh one-time code: for ten minutes, actions that destroy, loosen or hand out are allowed."""
        self.call("POST", f"{_GOVERNANCE}session/step-up/", {"code": code})

    def inbox(self) -> Record:
        """Return counts of what waits for the signed-in member of staff."""
        return self.call("GET", f"{_GOVERNANCE}inbox/")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Record:
        """Call any route and return its JSON. A write carries an Idempotency-Key, so retries do it only once."""
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
        """Register a wording that people are shown. `grant` names it by the `sha256` of the answer."""
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
        """Record a consent. `notice`: SHA-256 of the wording that was shown, or its id. `at` None: now."""
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
        """Withdraw a consent, with any key. From the answer on, nothing kept for the purpose is readable."""
        return self._post("consents/withdraw/", user_id=user_id, purpose=purpose, channel=channel, at=at)

    def history(self, *, user_id: str) -> Record:
        """Return `current`, the consents by purpose, and `events`, oldest first."""
        return self._post("consents/history/", user_id=user_id)


class Objections(_Group):
    def make(self, *, user_id: str, purpose: str) -> Record:
        """Object to a purpose (Art. 21), with any key: its use stops at once."""
        return self._post("objections/", user_id=user_id, purpose=purpose)

    def list(self) -> list[Record]:
        return self._list("objections/")

    def settle(self, objection_id: str, *, outcome: str, ground: str = "") -> Record:
        """Uphold or override an objection; `ground` is needed to override."""
        return self._post(f"objections/{_part(objection_id)}/settle/", outcome=outcome, ground=ground)


class Subjects(_Group):
    def look_up(self, *, user_id: str) -> Record:
        """Return the subject behind an external id, with the random id that the other methods take."""
        return self._post("subjects/lookup/", user_id=user_id)

    def memories(self, subject_id: str, *, page: int = 1) -> Record:
        """Return a page of memories as the signed-in role sees them: masked, or clear during a break-glass."""
        return self._get(f"subjects/{_part(subject_id)}/memories/?page={page}")

    def restrict(self, subject_id: str, *, purpose: str | None = None) -> None:
        """Restrict a person, or one purpose of theirs: the data is kept and not used (Art. 18)."""
        self._post(f"subjects/{_part(subject_id)}/restrict/", purpose=purpose)

    def lift(self, subject_id: str, *, purpose: str | None = None) -> None:
        self._post(f"subjects/{_part(subject_id)}/lift/", purpose=purpose)

    def break_glass(self, subject_id: str, *, reason_code: str, case_reference: str, minutes: int) -> Record:
        """Open a person's memories in clear for `minutes`, for a reason; another member of staff reviews it."""
        path = f"subjects/{_part(subject_id)}/break-glass/"
        return self._post(path, reason_code=reason_code, case_reference=case_reference, minutes=minutes)


class Purposes(_Group):
    def list(self) -> list[Record]:
        return self._list("purposes/")

    def create(self, name: str, *, lawful_basis: str, ceiling_days: int, **terms: object) -> Record:
        return self._post("purposes/", name=name, lawful_basis=lawful_basis, ceiling_days=ceiling_days, **terms)

    def revise(self, name: str, *, lawful_basis: str, ceiling_days: int, **terms: object) -> Record:
        """Add a version. One that loosens waits: `pending`, with a `proposal_id` and the `digest` to approve."""
        path = f"purposes/{_part(name)}/versions/"
        return self._post(path, lawful_basis=lawful_basis, ceiling_days=ceiling_days, **terms)

    def read_for(self, *, from_purpose: str, for_purpose: str, reason: str) -> Record:
        """Propose that reading for one also sees the other's memories (Art. 6(4)). A second person approves."""
        return self._post("compatibilities/", from_purpose=from_purpose, for_purpose=for_purpose, reason=reason)


class Loosenings(_Group):
    """Changes that loosen a purpose or a setting and wait for a second person."""

    def list(self) -> list[Record]:
        return self._list("loosenings/")

    def approve(self, proposal_id: str, *, digest: str) -> Record:
        return self._post(f"loosenings/{_part(proposal_id)}/approve/", digest=digest)

    def decline(self, proposal_id: str, *, reason: str) -> Record:
        return self._post(f"loosenings/{_part(proposal_id)}/decline/", reason=reason)

    def withdraw(self, proposal_id: str) -> Record:
        """Withdraw one's own proposal."""
        return self._post(f"loosenings/{_part(proposal_id)}/withdraw/")


class Retention(_Group):
    def rules(self) -> list[Record]:
        return self._list("retention/rules/")

    def propose(self, name: str, *, kind: str, days: int, **terms: object) -> Record:
        return self._post("retention/rules/", name=name, kind=kind, days=days, **terms)

    def preview(self, rule_id: str) -> Record:
        """Return what the rule would do. Its `digest` is what an approval names."""
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
        """Request a legal hold on a person, for one purpose or all. A second person approves it."""
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
        """Request an API key. A second person approves it. `limits` are the optional fields of this route."""
        return self._post("keys/", name=name, capabilities=capabilities, purposes=purposes, **limits)

    def approve(self, key_id: str) -> str:
        """Approve a key. Return the claim code, shown once: give it to the developer who will use the key."""
        return str(self._post(f"keys/{_part(key_id)}/approve/")["claim_code"])

    def claim(self, claim_code: str) -> str:
        """Return the API key for a claim code, once."""
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
