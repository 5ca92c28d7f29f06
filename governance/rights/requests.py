"""Requests of the person: opened by a key or by staff, listed, read, and followed with the receipt.

An unknown person is admitted like a known one: the answer, and the work that leads to it, are the same, so that no
request tells whose data is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import F

from governance.access.tokens import claim_text, digest, matches, new_claim_code, read_claim
from governance.accountability.actors import names_of
from governance.errors import AccessRefused, InvalidChange, NoSuchObject, Unopenable
from governance.guard.alarms import report_damage
from governance.guard.authorize import attempt, authorize, effect_of, on_current_facts, system_caller
from governance.guard.unauthenticated import note_refusal
from governance.ids import NIL, uuid7
from governance.models import UNDECIDED, ClockProfile, RequestKind, RightsRequest, Tenant
from governance.policy.channels import channel_said
from governance.processing.purposes import purpose_named
from governance.rights.clocks import due_at
from governance.rights.request_file import RequestFile, open_file, seal_file
from governance.rights.request_view import RequestView, view, views
from governance.subjects.look_up import clear, subject_named
from governance.subjects.subjects import admit_evenly
from governance.tenancy.database_clock import CLOCK_TOLERANCE
from governance.vocabulary import Action, Capability, ReasonCode, Role, SubjectState, SystemJob

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from governance.context import Caller
    from governance.guard.authorize import Grant
    from governance.models.requests import RequestQuerySet
    from governance.subjects.look_up import Cleared
    from governance.vocabulary import SubjectKind

MAX_WORDS = 4_000
MOST_IDS = 20
FOR_ONE_PURPOSE = frozenset({RequestKind.OBJECTION, RequestKind.WITHDRAWAL})
FOR_ONE_OR_ALL = frozenset({RequestKind.RESTRICTION})


@dataclass(frozen=True, slots=True)
class Asked:
    """The content of a request. `received_at`: when it reached the organisation, if that was not now."""

    kind: RequestKind
    channel: str = "api"
    purpose: str | None = None
    memory_id: UUID | None = None
    words: str = ""
    correction: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """A request that was just opened. `receipt` is shown once.

    With it the person follows the request, also after an erasure.
    """

    request: RequestView
    receipt: str


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A request with the person's external id and words, for those who handle requests.

    They are empty for other callers, once the file's retention is over, and when the file is damaged.
    """

    request: RequestView
    user_id: str
    words: str
    correction: str


@dataclass(frozen=True, slots=True)
class RequestList:
    """One page of requests. `openers`: names of the keys and staff that opened them, for those who handle requests."""

    requests: tuple[RequestView, ...]
    total: int
    openers: dict[UUID, str]


def open_request(
    *, caller: Caller, subject_kind: SubjectKind, external_id: str, asked: Asked, receipt_code: str | None = None
) -> OpenedRequest:
    """Open a request. Its clock starts; nothing is done to the data until the person is verified.

    `receipt_code`: the code of the receipt, for a caller that can repeat it (`portal.receipts`); random by default.
    Raises AccessRefused, InvalidChange (a field of `asked`).
    """
    code = receipt_code or new_claim_code()[0]
    return _open(caller, subject_kind, {external_id: code}, asked)[0]


def open_case(
    *, caller: Caller, subject_kind: SubjectKind, external_ids: Sequence[str], asked: Asked
) -> tuple[OpenedRequest, ...]:
    """Open one request about several ids of a person: one clock, and a request, a plan and a certificate for each id.

    All are opened or none. Raises as `open_request`, and InvalidChange for more than 20 ids.
    """
    return _open(caller, subject_kind, {one: new_claim_code()[0] for one in external_ids}, asked)


@on_current_facts
def _open(caller: Caller, kind: SubjectKind, codes: Mapping[str, str], asked: Asked) -> tuple[OpenedRequest, ...]:
    """Open the requests. `codes`: of the receipts, by external id."""
    action = Action.OPEN_REQUEST
    cleared = [clear(caller=caller, action=action, names={kind: external_id}, kind=kind) for external_id in codes]
    with attempt(caller, action):
        if not 0 < len(codes) <= MOST_IDS:
            raise InvalidChange("also", f"expected at most {MOST_IDS} ids of one person")
    codes = {one.names[kind]: code for one, code in zip(cleared, codes.values(), strict=True)}
    grants = [_allowed(one, kind) for one in {one.names[kind]: one for one in cleared}.values()]
    with attempt(caller, action):
        now = datetime.now(UTC)
        check(asked, now)
        if len(codes) > 1 and asked.memory_id is not None:
            raise InvalidChange("also", "a rectification is about one memory of one id")
        rule = purpose_named(caller.tenant_id, asked.purpose) if asked.purpose is not None else None
    ids, rows, opened = [uuid7() for _ in codes], [], []
    for request_id, (external_id, code) in zip(ids, codes.items(), strict=True):
        receipt = claim_text(caller.tenant_id, request_id, code)
        subject = admit_evenly(caller.tenant_id, kind, external_id)
        content = RequestFile(kind, external_id, asked.words.strip(), asked.correction.strip())
        sealed = seal_file(caller.tenant_id, request_id, content)  # in another database, so before the effect
        rows.append((request_id, subject, receipt, sealed))
    with effect_of(grants):
        profile = ClockProfile(Tenant.objects.get(id=caller.tenant_id).request_profile)
        received_at = asked.received_at or now
        for grant, (request_id, subject, receipt, sealed) in zip(grants, rows, strict=True):
            row = RightsRequest.objects.create(
                id=request_id,
                tenant_id=caller.tenant_id,
                kind=asked.kind.value,
                profile=profile.value,
                subject_id=subject.id,
                purpose_id=rule.purpose_id if rule else None,
                memory_id=asked.memory_id,
                channel=asked.channel,
                case_id=ids[0] if len(ids) > 1 else None,
                opened_by=caller.principal.id,
                opened_in=caller.principal.session_id if caller.principal.role is Role.SUBJECT else None,
                received_at=received_at,
                due_at=due_at(profile, received_at),
                receipt_sha256=digest(receipt),
                sealed=sealed,
            )
            grant.about(subject).record_under_lock(object_id=row.id, purpose=rule, n_items=1)
            opened.append(OpenedRequest(view(row), receipt))
    return tuple(opened)


def _allowed(cleared: Cleared, kind: SubjectKind) -> Grant:
    known = subject_named(cleared, kind)
    known = None if known is not None and known.state is SubjectState.ERASED else known
    return authorize(caller=cleared.caller, action=cleared.action, subject=known, new_subject_kind=kind)


def check(asked: Asked, now: datetime) -> None:
    """Raise InvalidChange unless the fields of a request fit its kind."""
    channel_said(asked.channel)
    if asked.kind in FOR_ONE_PURPOSE and asked.purpose is None:
        raise InvalidChange("purpose", f"name the purpose of the {asked.kind.value}")
    if asked.kind not in FOR_ONE_PURPOSE | FOR_ONE_OR_ALL and asked.purpose is not None:
        raise InvalidChange("purpose", f"a request of {asked.kind.value} is about all purposes")
    if asked.kind is RequestKind.RECTIFICATION and (asked.memory_id is None or not asked.correction.strip()):
        raise InvalidChange("memory_id", "name the memory, and in `correction` what it should say")
    if asked.kind is not RequestKind.RECTIFICATION and (asked.memory_id is not None or asked.correction):
        raise InvalidChange("memory_id", "only a rectification is about one memory")
    for field, text in (("words", asked.words), ("correction", asked.correction)):
        if len(text) > MAX_WORDS:
            raise InvalidChange(field, f"at most {MAX_WORDS} characters")
    if asked.received_at is not None and asked.received_at > now + CLOCK_TOLERANCE:
        raise InvalidChange("received_at", "must not lie in the future")


def list_requests(
    *,
    caller: Caller,
    open_only: bool = False,
    awaiting_approval: bool = False,
    kind: RequestKind | None = None,
    page: int = 1,
    page_size: int = 50,
) -> RequestList:
    """Return one page: open requests by due date, then ended ones, the latest end first.

    A key sees the requests that it opened. `awaiting_approval`: only erasures that a second person has to approve.
    """
    grant = authorize(caller=caller, action=Action.READ_REQUESTS)
    with grant.effect():
        found = visible(caller)
        if kind is not None:
            found = found.filter(kind=kind.value)
        if awaiting_approval:
            found = found.filter(erasure__state__in=UNDECIDED)
        if open_only:
            found = found.open()
        total = found.count()
        ordered = found.order_by(F("closed_at").desc(nulls_first=True), "due_at", "id")
        shown = views(ordered[(page - 1) * page_size : page * page_size])
        handles = Capability.HANDLE_RIGHTS in caller.principal.capabilities
        openers = names_of(one.opened_by for one in shown) if handles else {}
        grant.record(n_items=len(shown))
    return RequestList(shown, total, openers)


def due_requests(*, caller: Caller, limit: int = 10) -> tuple[RequestView, ...]:
    """Return the first open requests, the most urgent one first."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS)
    with grant.effect():
        shown = views(visible(caller).open().order_by("due_at", "id")[:limit])
        grant.record(n_items=len(shown))
    return shown


def requests_of(*, caller: Caller, subject_id: UUID) -> tuple[RequestView, ...]:
    """Return all requests of one person that the caller may see, the newest first."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS)
    with grant.effect():
        shown = views(visible(caller).filter(subject_id=subject_id).order_by("-received_at", "id"))
        grant.record_under_lock(subject_id=subject_id, n_items=len(shown))
    return shown


def read_request(*, caller: Caller, request_id: UUID) -> RequestDetail:
    """Return one request. Raises NoSuchObject, also for a request that another key opened."""
    grant = authorize(caller=caller, action=Action.READ_REQUESTS, object_id=request_id)
    with grant.effect():
        shown = detail(caller, request_id)
        grant.record_under_lock(subject_id=shown.request.subject_id, object_id=request_id, n_items=1)
    return shown


def detail(caller: Caller, request_id: UUID) -> RequestDetail:
    """Return one request; the words of its sealed file only for a caller that handles requests.

    Call it inside the effect of a grant. Raises NoSuchObject, also for a request that another key opened.
    """
    row = visible(caller).filter(id=request_id).first()
    if row is None:
        raise NoSuchObject("request")
    content = _file(row) if Capability.HANDLE_RIGHTS in caller.principal.capabilities else None
    if content is None:
        return RequestDetail(view(row), "", "", "")
    return RequestDetail(view(row), content.external_id, content.words, content.correction)


def _file(row: RightsRequest) -> RequestFile | None:
    """Return the content of the request's file, or None.

    A damaged file is reported and gives None as well: the request is handled all the same.
    """
    try:
        return open_file(row.tenant_id, row.id, bytes(row.sealed))
    except Unopenable:
        report_damage(row.tenant_id, [row.id], subject_id=row.subject_id)
        return None


def follow_request(*, receipt: str) -> RequestView:
    """Return the progress of a request for the holder of its receipt.

    Raises AccessRefused(LINK_UNKNOWN), the same for every cause.
    """
    try:
        tenant_id, request_id, _ = read_claim(receipt)
    except AccessRefused:
        raise AccessRefused(ReasonCode.LINK_UNKNOWN) from None
    caller = system_caller(tenant_id, SystemJob.RECEIPT)
    grant = authorize(caller=caller, action=Action.FOLLOW_REQUEST, object_id=request_id)
    with grant.effect():
        row = RightsRequest.objects.filter(id=request_id).first()
        if matches(receipt.strip(), row.receipt_sha256 if row else None) and row is not None:
            grant.record_under_lock(subject_id=row.subject_id, object_id=row.id, n_items=1)
            # Surrogate ids stay inside.
            return replace(view(row), subject_id=NIL, opened_by=NIL, case_id=None)
    note_refusal()  # no principal is known: counted, not written one by one
    raise AccessRefused(ReasonCode.LINK_UNKNOWN)


def visible(caller: Caller) -> RequestQuerySet:
    """Return the requests that the caller may see: all for those who handle them, a key's own, or the person's own.

    Call it inside the tenant's context.
    """
    rows = RightsRequest.objects.all()
    if caller.principal.role is Role.SUBJECT:
        return rows.filter(subject_id=caller.principal.id)
    if Capability.HANDLE_RIGHTS in caller.principal.capabilities:
        return rows
    return rows.filter(opened_by=caller.principal.id)
