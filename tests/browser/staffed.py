"""The cast's staff with passwords and second factors, and a bank in which everything is going on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import ScryptPasswordHasher

from governance.access.totp import new_secret
from governance.keyring.keys import staff_sealer
from governance.keyring.sealing import Field
from governance.models import RequestKind, StaffUser, Verification
from governance.processing.purposes import create_purpose
from governance.rights.requests import Asked, open_request
from governance.subjects.subjects import find_subject
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from memstore.rights.verify_request import verify_request
from tests.browser.visitor import Member
from tests.support.cast import ASSISTANCE, STAFF_NAMES, organisation, say
from tests.support.erasing import four_eyes

if TYPE_CHECKING:
    from uuid import UUID

    from tests.support.cast import Organisation

PASSWORD = "correct horse battery"
MARKUP = (
    '<b class="injected">bold</b><script>document.title="taken"; alert(1)</script><img src="x" onerror="alert(2)">'
    '<style>body{display:none}</style>"><svg onload=alert(3)>{{ 7|add:7 }}'
)
HOSTILE = {
    "markup": MARKUP,
    "ansi": "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "bidi": "pay \u202egro.elpmaxe\u2066 and stay",
    "word": "W" * 400,
    "formula": '=HYPERLINK("http://evil.example","open")',
}


@cache
def _hash() -> str:
    """A hash of the service's own kind that costs nothing to check."""
    return ScryptPasswordHasher().encode(PASSWORD, "browser", n=2, r=8, p=1)


def enrolled(bank: Organisation, username: str) -> Member:
    """Return a member of the cast, as `governance.access.staff.enrol` leaves them."""
    secret = new_secret()
    with tenant_context(bank.tenant.id):
        row = StaffUser.objects.get(username=username)
        row.password = _hash()
        row.totp_sealed = staff_sealer(bank.tenant.id, row.id).seal(Field.TOTP, row.id, 1, secret)
        row.enrolled_at = datetime.now(UTC)
        row.save(update_fields=["password", "totp_sealed", "enrolled_at"])
    return Member(bank.tenant.slug, username, PASSWORD, secret)


def subject_of(bank: Organisation, user_id: str) -> UUID:
    found = find_subject(bank.tenant.id, SubjectKind.USER, user_id)
    assert found is not None
    return found.id


def asks_for(bank: Organisation, user_id: str, kind: RequestKind, *, days_ago: int = 0, words: str = "") -> UUID:
    """Open, by dora, a request that reached the bank so long ago. Returns its id."""
    came = datetime.now(UTC) - timedelta(days=days_ago)
    asked = Asked(kind=kind, channel="letter", words=words, received_at=came)
    opened = open_request(caller=bank.staff("dora"), subject_kind=SubjectKind.USER, external_id=user_id, asked=asked)
    return opened.request.id


def reviewing_key(bank: Organisation) -> str:
    """Return a key whose memories wait for a reviewer."""
    create_purpose(caller=bank.staff("ada"), name="reviewed", terms=replace(ASSISTANCE, review_first=True))
    return bank.another_key(purposes=["reviewed"], default_purpose="reviewed")


@dataclass(frozen=True, slots=True)
class LivelyBank:
    """A busy bank. `secrets`: what roles without content may not read. `ids`: of a person, a memory and a request."""

    bank: Organisation
    members: dict[str, Member]
    secrets: tuple[str, ...]
    ids: tuple[UUID, ...]


def lively_bank() -> LivelyBank:
    """Return a bank with requests in several states, things to review, and hostile words wherever words can be."""
    bank = organisation("lively")
    four_eyes(bank)
    say(bank, "alice", "I collect old clocks from Glashuette")
    for who in ("mallory", "oscar"):  # of whom the one asks for erasure, and the other looks at it all
        for text in HOSTILE.values():
            say(bank, who, text)
    key = reviewing_key(bank)
    waiting = ["my secret garden is in Potsdam", *HOSTILE.values()]
    memories = [say(bank, "alice", text, key_text=key).stored[0].id for text in waiting]
    requests = [
        asks_for(bank, "alice", RequestKind.ACCESS, days_ago=45, words=MARKUP),
        asks_for(bank, "mallory", RequestKind.ERASURE, days_ago=3, words=HOSTILE["word"]),
        asks_for(bank, "alice", RequestKind.ACCESS, days_ago=2, words=HOSTILE["bidi"]),
        asks_for(bank, "<b>mallory<b>", RequestKind.RESTRICTION, words=HOSTILE["formula"]),
    ]
    for number in requests[1:3]:
        verify_request(caller=bank.staff("dov"), request_id=number, method=Verification.IN_PERSON)
    return LivelyBank(
        bank,
        {who: enrolled(bank, who) for who in STAFF_NAMES},
        ("old clocks", "secret garden", "Glashuette", "alice", "mallory", "WWWWWWWWWW", "HYPERLINK"),
        (subject_of(bank, "alice"), memories[-1], requests[1]),
    )
