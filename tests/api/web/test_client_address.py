"""Client addresses: whatever a client sends, it is served and recorded, with a sound address or none."""

from __future__ import annotations

import time
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.test import RequestFactory
from django.test.utils import override_settings

from api.configuration import env
from api.web.client_address import client_address
from api.web.throttling import UNKNOWN_PER_MINUTE, WRONG_KEYS_PER_MINUTE, _limiter
from governance.ids import uuid7
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1"))
trusting = override_settings(MEMSTORE_TRUSTED_PROXIES=PROXIES)


def address(peer: str, forwarded: str | None = None) -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


@pytest.mark.parametrize(
    ("peer", "found"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", None),
        ("unix:", None),
        ("not an address", None),
        ("1.2.3.4.5", None),
        ("1" * 10_000, None),
    ],
)
def test_the_address_is_the_peers(peer: str, found: str | None) -> None:
    assert address(peer) == found
    assert address(peer, "198.51.100.1") == found  # a peer that is not trusted is not believed
    with trusting:
        assert address(peer, "198.51.100.1") == found


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("198.51.100.1:567", "198.51.100.1"),
        (" 198.51.100.1 ", "198.51.100.1"),
        ("[2001:db8::1]:99", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        # the right-most that is no proxy of ours: what is left of it, the client may have written itself
        ("203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1, 10.1.1.1", "198.51.100.1"),
        ("nope, 198.51.100.1", "198.51.100.1"),
        # worthless, so it is the peer
        ("nope", "10.0.0.5"),
        ("", "10.0.0.5"),
        (",", "10.0.0.5"),
        ("198.51.100.1, nope", "10.0.0.5"),
        ("198.51.100.1,", "10.0.0.5"),
        ("198.51.100.1:-1", "10.0.0.5"),
        ("198.51.100.1:65536", "10.0.0.5"),
        ("198.51.100.1:", "10.0.0.5"),
        ("198.51.100.1:٣", "10.0.0.5"),
        ("[2001:db8::1]:-1", "10.0.0.5"),
        ("[2001:db8::1", "10.0.0.5"),
        ("[2001:db8::1]99", "10.0.0.5"),
        ("[198.51.100.1]:99", "10.0.0.5"),
        ("0x7f000001", "10.0.0.5"),
        ("010.1.1.1", "10.0.0.5"),
        ("198.51.100.1" + "0" * 300, "10.0.0.5"),
        ("10.1.1.1, 10.2.2.2", "10.0.0.5"),  # proxies only
        (", ".join(["10.1.1.1"] * 10_000), "10.0.0.5"),
        (", ".join(["203.0.113.9"] * 10_000), "203.0.113.9"),
        ("198.51.100.1" + ", 10.1.1.1" * 100, "10.0.0.5"),  # behind more proxies than any chain has
    ],
    ids=lambda value: value[:30],
)
def test_behind_a_trusted_proxy_it_is_what_the_proxy_says(forwarded: str, found: str) -> None:
    with trusting:
        assert address("10.0.0.5", forwarded) == found
        assert address("192.0.2.7", forwarded) == "192.0.2.7"
    assert address("10.0.0.5", forwarded) == "10.0.0.5"


def test_a_huge_header_costs_no_time() -> None:
    header = ", ".join(["10.1.1.1"] * 100_000)
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.5", headers={"X-Forwarded-For": header})
    with trusting:
        started = time.perf_counter()
        client_address(request)
        assert time.perf_counter() - started < 0.05


def look(bank: Organisation, **sent: Any) -> Answer:
    return ask(bank, "POST", "/v3/memories/", {"filters": {"user_id": "alice"}}, **sent)


BAD_HEADERS = [
    {"X-Forwarded-For": "nope"},
    {"X-Forwarded-For": "198.51.100.1:-1"},
    {"X-Forwarded-For": ", ".join(["198.51.100.1"] * 10_000)},
    {"X-Forwarded-For": "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")},
    {"X-Correlation-ID": "x" * 300},
    {"X-Request-ID": "x" * 300},
    {"X-Request-ID": "-1"},
    {"X-Forwarded-For": "nope", "X-Request-ID": "", "X-Correlation-ID": "'; DROP TABLE", "X-Forwarded-Port": "-1"},
]


@pytest.mark.parametrize("proxies", [(), (ip_network("127.0.0.0/8"),)], ids=["no proxy", "a proxy"])
@pytest.mark.parametrize("headers", BAD_HEADERS, ids=range(len(BAD_HEADERS)))
def test_whatever_is_sent_the_request_is_served_and_on_the_record(
    bank: Organisation, headers: dict[str, str], proxies: tuple[object, ...]
) -> None:
    with override_settings(MEMSTORE_TRUSTED_PROXIES=proxies):
        served = look(bank, headers=headers)
        refused = ask(bank, "GET", f"/v1/memories/{uuid7()}/", headers=headers)
    assert (served.status_code, refused.status_code) == (200, 404)
    ids = [UUID(answer["X-Request-ID"]) for answer in (served, refused)]
    on_record = {event.request_id: event.address for event in bank.events()}
    assert set(ids) <= set(on_record)
    assert {on_record[number] for number in ids} <= {"127.0.0.1", "198.51.100.1"}


def test_a_peer_without_an_address_is_on_the_record_without_one(bank: Organisation) -> None:
    answer = look(bank, environ={"REMOTE_ADDR": ""})
    assert answer.status_code == 200
    assert bank.events()[-1].address is None
    assert bank.events()[-1].request_id == UUID(answer["X-Request-ID"])


def test_the_address_of_one_request_is_not_that_of_the_next_event(bank: Organisation) -> None:
    look(bank, environ={"REMOTE_ADDR": "192.0.2.7"})
    say(bank, "alice", "I like tea")  # no request
    assert [event.address for event in bank.events()][-2:] == ["192.0.2.7", None]


@pytest.mark.parametrize(
    ("headers", "used"),
    [
        ({"X-Correlation-ID": "018f0000-0000-7000-8000-000000000001"}, "018f0000-0000-7000-8000-000000000001"),
        (
            {
                "X-Request-ID": "018f0000-0000-7000-8000-000000000002",
                "X-Correlation-ID": "018f0000-0000-7000-8000-000000000001",
            },
            "018f0000-0000-7000-8000-000000000002",
        ),
        ({"X-Request-ID": "nope", "X-Correlation-ID": "018f0000-0000-7000-8000-000000000001"}, None),
    ],
)
def test_a_correlation_id_stands_in_for_a_request_id(
    bank: Organisation, headers: dict[str, str], used: str | None
) -> None:
    answer = look(bank, headers=headers)
    assert used in {None, answer["X-Request-ID"]}
    assert str(bank.events()[-1].request_id) == answer["X-Request-ID"]
    assert answer["X-Request-ID"] not in set(headers.values()) - {used}


def test_attempts_are_counted_by_the_clients_address_and_not_by_the_proxys(bank: Organisation) -> None:
    def attempt(client: str) -> int:
        body = {"tenant": bank.tenant.slug, "username": "nobody", "password": "wrong password", "code": "000000"}
        headers, environ = {"X-Forwarded-For": client}, {"REMOTE_ADDR": "10.0.0.5"}
        path = "/governance/v1/session/sign-in/"
        return ask(None, "POST", path, body, headers=headers, environ=environ).status_code

    with trusting:
        statuses = [attempt("198.51.100.77") for _ in range(UNKNOWN_PER_MINUTE + 1)]
        assert (statuses[0], statuses[-1]) == (401, 429)
        assert attempt("198.51.100.78") == 401


def test_keys_that_nobody_has_are_counted_for_all_processes_and_a_right_one_is_not_kept_out(bank: Organisation) -> None:
    def look_with(key: str, address: str = "198.51.100.77") -> int:
        headers, environ = {"Authorization": f"Token {key}"}, {"REMOTE_ADDR": address}
        return ask(None, "GET", "/v1/ping/", headers=headers, environ=environ).status_code

    statuses = []
    for place in range(WRONG_KEYS_PER_MINUTE + 1):
        if place == WRONG_KEYS_PER_MINUTE // 2:
            _limiter.cache_clear()  # as another process, or the same one after a restart
        statuses.append(look_with(f"m0st_wrong_{place}"))
    assert (statuses[-2], statuses[-1]) == (401, 429)
    assert look_with("m0st_wrong_again", "198.51.100.78") == 401
    assert look_with(bank.key_text) == 200


@pytest.mark.parametrize("given", ["nope", "10.0.0.1/8", "10.0.0.0/33", "300.1.1.1", "10.0.0.0/8;::1"])
def test_networks_that_cannot_be_stop_the_start(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("MEMSTORE_TRIED", given)
    with pytest.raises(env.BadSetting, match="MEMSTORE_TRIED: expected networks such as"):
        env.networks("MEMSTORE_TRIED")


def test_networks_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEMSTORE_TRIED", raising=False)
    assert env.networks("MEMSTORE_TRIED") == ()
    monkeypatch.setenv("MEMSTORE_TRIED", "10.0.0.0/8, ::1")
    assert env.networks("MEMSTORE_TRIED") == PROXIES
