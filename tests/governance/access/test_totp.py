"""The second factor: RFC 6238, six digits, one step of tolerance, every code once."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from governance.access.totp import STEP_SECONDS, accepted_step, code_at, new_secret, provisioning_uri, secret_text

SECRET = b"12345678901234567890"
# RFC 6238, appendix B, SHA-1: seconds since 1970, the eight digits there. Of these we show the last six.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
NOW = 1111111111.0
STEP = int(NOW) // STEP_SECONDS


def accepted(code: str, *, after_step: int = 0, now: float = NOW) -> int | None:
    return accepted_step(SECRET, code, after_step=after_step, now=now)


@pytest.mark.parametrize(("moment", "digits"), VECTORS)
def test_the_codes_are_those_of_the_rfc(moment: int, digits: str) -> None:
    assert code_at(SECRET, moment // STEP_SECONDS).decode() == digits[-6:]
    assert accepted(digits[-6:], now=moment) == moment // STEP_SECONDS


@pytest.mark.parametrize(
    ("steps", "counts"),
    [(-2, False), (-1, True), (0, True), (1, True), (2, False)],  # a clock may be one step early or late
)
def test_a_clock_may_be_one_step_off(steps: int, counts: bool) -> None:
    code = code_at(SECRET, STEP + steps).decode()
    assert accepted(code) == (STEP + steps if counts else None)


@pytest.mark.parametrize(("second", "step"), [(0.0, 10), (29.999, 10), (30.0, 11)])
def test_a_step_begins_with_its_first_second(second: float, step: int) -> None:
    assert accepted(code_at(SECRET, step).decode(), now=10 * STEP_SECONDS + second) == step


def test_a_code_counts_once() -> None:
    code = code_at(SECRET, STEP).decode()
    used = accepted(code)
    assert used == STEP
    assert accepted(code, after_step=used) is None


def test_a_code_from_before_the_last_one_counts_no_more() -> None:
    assert accepted(code_at(SECRET, STEP - 1).decode(), after_step=STEP) is None
    assert accepted(code_at(SECRET, STEP + 1).decode(), after_step=STEP) == STEP + 1


@pytest.mark.parametrize(
    "code", ["", "0", "50471", "0050471", "050471 ", " 050471", "O50471", "٠٥٠٤٧١", "\udcff" * 6, "0" * 10_000]
)
def test_what_is_not_exactly_the_code_is_none(code: str) -> None:
    assert accepted("050471") == STEP
    assert accepted(code) is None


def test_another_secret_has_other_codes() -> None:
    mine, yours = new_secret(), new_secret()
    assert mine != yours
    assert [code_at(mine, step) for step in range(5)] != [code_at(yours, step) for step in range(5)]


def test_a_secret_is_as_long_as_recommended_and_reads_back() -> None:
    secret = new_secret()
    assert len(secret) == 20  # RFC 4226, section 4: 160 bits
    assert base64.b32decode(secret_text(secret)) == secret


def test_an_app_reads_the_same_secret_from_the_address() -> None:
    parts = urlsplit(provisioning_uri(SECRET, account="ni na"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/memstore:ni na"
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert asked["secret"] == secret_text(SECRET)
    assert (asked["digits"], asked["period"], asked["issuer"]) == ("6", "30", "memstore")
