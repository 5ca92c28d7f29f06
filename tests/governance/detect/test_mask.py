"""Masks: what they take away, what they leave, and what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.detect import Category, Finding, detector, mask, mask_shape
from governance.detect._plain import plain

IDENTIFIERS = (
    "anna@example.com",
    "+1 202 555 0143",
    "GB82 WEST 1234 5698 7654 32",
    "4111 1111 1111 1111",
    "123-45-6789",
    "192.0.2.17",
    "4111\u200b 1111 1111 1111",
    "\uff14111 1111 1111 1111",
)
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)  # half surrogate pairs too
WORDS = (
    *("my", "password is", "hunter2", "PIN", "diabetes", "union", "union member", "heart of the", "[email]", "cold"),
    *("have a", "coffee", ".", "\n", "\u200b", "\u00df", "+", "@", ":", "12", "2024", "\u6f22\u5b57", "is"),
)
WORDY = st.lists(st.sampled_from((*IDENTIFIERS, *WORDS)), max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "masked", "shape"),
    [
        ("", "", ""),
        ("nothing here", "nothing here", "nothing here"),
        ("write to anna@example.com!", "write to [email]!", "write to [email]!"),
        ("my PIN is 4821", "my PIN is [secret]", "my PIN is [secret]"),
        ("a@example.com b@example.com", "[email] [email]", "[email] [email]"),
        ("order 123456 of 12 May", "order 123456 of 12 May", "order [number] of 12 May"),
        ("room 12, floor 345", "room 12, floor 345", "room 12, floor [number]"),
        ("order 1\u200b2\u200b3", "order 1\u200b2\u200b3", "order [number]"),
        ("order \uff11\uff12\uff13", "order \uff11\uff12\uff13", "order [number]"),
        ("I have diabetes", "I have [health]", "I have [health]"),
        ("card 4111 1111 1111 \u200b1111 ok", "card [card] ok", "card [card] ok"),
    ],
)
def test_what_was_found_is_replaced(text: str, masked: str, shape: str) -> None:
    findings = detector().detect(text)
    assert mask(text, findings) == masked
    assert mask_shape(text, findings) == shape


@pytest.mark.parametrize(
    ("findings", "masked"),
    [
        ([], "0123456789"),
        ([Finding(Category.EMAIL, 2, 4)], "01[email]456789"),
        ([Finding(Category.PHONE, 6, 8), Finding(Category.EMAIL, 2, 4)], "01[email]45[phone]89"),  # in any order
        ([Finding(Category.EMAIL, 2, 5), Finding(Category.PHONE, 4, 8)], "01[email]89"),  # overlapping
        ([Finding(Category.EMAIL, 2, 8), Finding(Category.PHONE, 3, 4)], "01[email]89"),  # inside
        ([Finding(Category.EMAIL, 2, 3), Finding(Category.PHONE, 2, 4)], "01[phone]456789"),  # the longer one stands
        ([Finding(Category.EMAIL, 2, 4), Finding(Category.PHONE, 4, 6)], "01[email][phone]6789"),  # side by side
        ([Finding(Category.UNKNOWN, 0, 10)], "0123456789"),
        ([Finding(Category.UNKNOWN, 0, 10), Finding(Category.EMAIL, 0, 10)], "[email]"),
        ([Finding(Category.EMAIL, 3, 3)], "0123456789"),
    ],
)
def test_spans_become_one_where_they_overlap(findings: list[Finding], masked: str) -> None:
    assert mask("0123456789", findings) == masked


@pytest.mark.parametrize("category", sorted(set(Category) - {Category.UNKNOWN}))
def test_a_placeholder_is_not_found_again(category: Category) -> None:
    for text in (f"trade [{category}] member", f"my password is [{category}]", f"I have [{category}]."):
        assert detector().detect(text) == ()


@given(ANYTHING | WORDY)
def test_any_text_is_read(text: str) -> None:
    findings = detector().detect(text)
    assert all(0 <= finding.start < finding.end <= len(text) for finding in findings)
    assert [finding.start for finding in findings] == sorted(finding.start for finding in findings)
    assert len(set(findings)) == len(findings)
    assert detector().detect(text) == findings


@given(ANYTHING | WORDY)
def test_the_plain_text_keeps_its_places(text: str) -> None:
    read = plain(text)
    assert len(read.text) == len(read.folded)
    places = [read.span(start, start + 1) for start in range(len(read.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)


@given(
    st.lists(st.sampled_from(IDENTIFIERS), min_size=1, max_size=5), st.sampled_from(["; ", ", then ", "\n", " and "])
)
def test_no_identifier_is_left(parts: list[str], between: str) -> None:
    text = between.join(parts)
    masked = mask(text, detector().detect(text))
    assert not [part for part in parts if part in masked]
    assert detector().detect(masked) == ()


@given(WORDY)
def test_nothing_of_a_span_is_left_in_its_place(text: str) -> None:
    findings = [finding for finding in detector().detect(text) if finding.category is not Category.UNKNOWN]
    kept = len(text) - len({place for finding in findings for place in range(finding.start, finding.end)})
    masked = mask(text, findings)
    assert mask(masked, []) == masked
    placeholders = sum(len(f"[{category}]") * masked.count(f"[{category}]") for category in Category)
    placeholders -= sum(len(f"[{category}]") * text.count(f"[{category}]") for category in Category)
    assert len(masked) - placeholders == kept


def test_the_version_is_stored_with_what_it_found() -> None:
    assert detector().version == "rules-1"
    assert detector() is detector()


def test_every_category_has_a_plain_word() -> None:
    assert [category.value for category in Category] == [
        "email",
        "phone",
        "iban",
        "card",
        "national_id",
        "ip_address",
        "secret",
        "health",
        "religion",
        "politics",
        "union",
        "sexual_life",
        "ethnicity",
        "biometric",
        "genetic",
        "criminal",
        "unknown",
    ]
