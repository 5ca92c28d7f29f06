"""Canonical JSON (RFC 8785) for the values that certificates are made of."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.evidence.certificates.verify_certificate import Unreadable, canonical, parse

INTEGERS = st.integers(min_value=-(2**53 - 1), max_value=2**53 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=30,
)


def test_the_strings_and_literals_of_the_rfcs_example() -> None:
    # RFC 8785, 3.2.2, without its floats.
    given_ = '{"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}'
    expected = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(parse(given_.encode())) == expected.encode()


def test_names_are_in_the_order_of_their_utf16_code_units() -> None:
    # RFC 8785, 3.2.3: the emoji's surrogates come before U+FB33, its code point after it.
    given_ = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    found = [line.split('":"')[1] for line in canonical(given_).decode().strip('{}"').split('","')]  # type: ignore[arg-type]
    assert found == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "{}"),
        ([], "[]"),
        ({"b": [], "a": {}}, '{"a":{},"b":[]}'),
        (-0, "0"),
        (9007199254740991, "9007199254740991"),
        ("\b\t\n\f\r\x1f\x7f", '"\\b\\t\\n\\f\\r\\u001f\x7f"'),
    ],
)
def test_small_things(value: object, expected: str) -> None:
    assert canonical(value) == expected.encode()  # type: ignore[arg-type]


@given(VALUES)
def test_it_is_what_the_package_makes_of_it(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(VALUES)
def test_reading_it_gives_the_value_back_however_it_was_spaced(value: object) -> None:
    assert parse(canonical(value)) == value  # type: ignore[arg-type]
    assert canonical(parse(json.dumps(value, indent=3).encode())) == canonical(value)


@pytest.mark.parametrize(
    "text",
    [
        b"1.0",
        b"1e3",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b"1" * 5_000,
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b"\xff",
        b'"\xc3"',
        '{"a":1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a":1}',
        b"",
        b"{",
        b'{"a":1}x',
        b"[" * 100_000,
    ],
)
def test_what_no_certificate_is_made_of_is_refused_and_nothing_else_happens(text: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(text)
