"""Identifiers: addresses, phone numbers, and numbers that carry a check, which name a person or an account.

Every pattern starts at the edge of a word and repeats a bounded or possessive group, so no text takes more than linear
time. A span taken by one kind is left alone by the next kinds; the order is that of `_candidates`.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from typing import TYPE_CHECKING

from stdnum import iban, luhn, numdb

from governance.detect._finding import Category
from governance.detect._national import national_ids
from governance.detect._phone import MIN_DIGITS, phones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from governance.detect._plain import Plain
    from governance.detect._spans import Spans

_DIGIT = re.compile(r"[0-9]")
_ADDRESS = re.compile(
    r"(?<![\w.+-])(?<!\w')[\w.+-]++(?:'[\w.+-]++)*+(?P<at>@|\s?[\[({]\s?(?:at|@)\s?[\])}]\s?)"
    r"[\w-]{1,63}(?:(?:\.|\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?)[\w-]{1,63}){1,8}",
    re.IGNORECASE,
)
# An address as it is spoken; only beside a word that announces it.
_SPOKEN_ADDRESS = re.compile(
    r"\be-?mail\b[^@\n]{0,30}?\b(?P<value>[\w.+-]{1,64} at [\w-]{1,63}(?: dot [\w-]{1,63}){1,4})\b", re.IGNORECASE
)
_TOP_LEVEL = re.compile(r"(?<!\w)(?:[^\W\d_]{2,}|xn--[\w-]+)\Z", re.IGNORECASE)
_DOT = re.compile(r"[.\[({]")
_LABEL = 64  # characters: the longest part between two dots, and the dot
_IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?!\w|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_BEFORE_VERSION = re.compile(
    r"(?:version|release|firmware|build|section|chapter|driver|update|software|v)\W{0,3}\Z", re.IGNORECASE
)
_VERSION_REACH = 12
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_IBAN_CHARACTER = re.compile(r"[ -]?([A-Za-z0-9])")
_BBAN_PART = re.compile(r"([0-9]+)!")
_CARD_RUN = re.compile(r"(?<![0-9])[0-9]++(?:[ -][0-9]++)*+")
_GROUP = re.compile(r"[0-9]+")
# Issuer ranges, with the lengths of the numbers in them: (low, high, digits that are compared, lengths)
_ISSUERS = (
    (4, 4, 1, frozenset({13, 16, 19})),  # Visa
    (51, 55, 2, frozenset({16})),  # Mastercard
    (2221, 2720, 4, frozenset({16})),
    (34, 34, 2, frozenset({15})),  # American Express
    (37, 37, 2, frozenset({15})),
    (6011, 6011, 4, frozenset({16, 19})),  # Discover
    (644, 659, 3, frozenset({16, 19})),
    (300, 305, 3, frozenset({14})),  # Diners
    (36, 36, 2, frozenset({14})),
    (38, 39, 2, frozenset({14})),
    (3528, 3589, 4, frozenset({16})),  # JCB
    (62, 62, 2, frozenset({16, 17, 18, 19})),  # UnionPay
    (50, 50, 2, frozenset({13, 16, 19})),  # Maestro
    (56, 58, 2, frozenset({13, 16, 19})),
    (60, 60, 2, frozenset({16})),  # RuPay
)
_CARD_STARTS = "23456"
_CARD_MIN, _CARD_MAX, _CARD_GROUP = 13, 19, 3


def identifiers(plain: Plain, taken: Spans) -> Iterator[tuple[Category, int, int]]:
    """Yield (category, start, end) in plain text, of spans that do not overlap `taken`.

    `taken` grows by each of them.
    """
    for category, start, end in _candidates(plain, taken):
        if taken.free(start, end):
            taken.add(start, end)
            yield category, start, end


def _candidates(plain: Plain, taken: Spans) -> Iterator[tuple[Category, int, int]]:
    text = plain.text
    if "@" in text or " at" in plain.folded or "(at" in plain.folded or "[at" in plain.folded:
        yield from ((Category.EMAIL, *span) for span in _emails(text))
    if text.count(":") > 1:
        yield from ((Category.IP_ADDRESS, *span) for span in _ipv6(text))
    digits = len(_DIGIT.findall(text))
    if digits < 4:  # noqa: PLR2004 - an IPv4 address has at least four
        return
    yield from ((Category.IP_ADDRESS, *span) for span in _ipv4(text))
    if digits < MIN_DIGITS:
        return
    yield from ((Category.IBAN, *span) for span in _ibans(text))
    yield from ((Category.CARD, *span) for span in _cards(text))
    yield from ((Category.NATIONAL_ID, *span) for span in national_ids(plain))
    yield from ((Category.PHONE, *span) for span in phones(taken.blanked(plain.text), plain.folded))


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for found in _ADDRESS.finditer(text):
        host, end = found.end("at"), found.end()
        # Text after a full stop without a space ("anna@example.com.2 of us") is no part of the address.
        while end > host and not _TOP_LEVEL.search(text, max(host, end - _LABEL), end):
            end = end - 1 if text[end - 1] in "-_" else text.rfind(".", host, end)
        if _DOT.search(text, host, max(host, end)):
            yield found.start(), end
    for found in _SPOKEN_ADDRESS.finditer(text):
        yield found.span("value")


def _ipv4(text: str) -> Iterator[tuple[int, int]]:
    for found in _IPV4.finditer(text):
        before = text[max(0, found.start() - _VERSION_REACH) : found.start()]
        if not _BEFORE_VERSION.search(before) and _is_somebodys(found.group()):
            yield found.span()


def _ipv6(text: str) -> Iterator[tuple[int, int]]:
    for found in _IPV6.finditer(text):
        # `a::b` is a name in a programming language, and 12:30:45 a time.
        groups = [group for group in found.group().split(":") if group]
        full = len(groups) == 8  # noqa: PLR2004 - RFC 4291, 2.2
        if groups and (full or len(groups[0]) > 2) and _DIGIT.search(found.group()) and _is_somebodys(found.group()):  # noqa: PLR2004
            yield found.span()


def _is_somebodys(address: str) -> bool:
    """Return whether the address may belong to one person or machine.

    It is well formed, and none that every machine has, like 127.0.0.1 and 255.255.255.255.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    everyones = parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast
    return not everyones and not address.startswith(("255.", "0."))


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for found in _IBAN_START.finditer(text):
        compact, end = found.group().upper(), found.end()
        length = _iban_length(compact[:2])
        while len(compact) < length and (step := _IBAN_CHARACTER.match(text, end)):
            compact, end = compact + step.group(1).upper(), step.end()
        whole = len(compact) == length and not text[end : end + 1].isalnum()
        if whole and length and iban.is_valid(compact, check_country=False):
            yield found.start(), end


@cache  # of two letters: at most 676 entries
def _iban_length(country: str) -> int:
    """Return the length of this country's IBAN; 0 for a country that is not in the registry."""
    [(_, about), *_] = numdb.get("iban").info(country)
    parts = _BBAN_PART.findall(about.get("bban", ""))
    return 4 + sum(map(int, parts)) if parts else 0


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for run in _CARD_RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        done = 0
        for first, (start, _) in enumerate(groups):
            possible = start >= done and text[start] in _CARD_STARTS
            end = _card_end(text, groups[first : first + _CARD_MAX]) if possible else None
            if end is not None:
                done = end
                yield start, end


def _card_end(text: str, groups: list[tuple[int, int]]) -> int | None:
    """Return the end of the card number that begins with the first group, or None.

    All its groups are equally apart. They have three digits or more, or all the same one or two: "2 3 4 ... 12 13" is a
    count.
    """
    digits, separators, sizes = "", set(), set()
    for place, (start, end) in enumerate(groups):
        digits += text[start : min(end, start + _CARD_MAX + 1)]
        sizes.add(end - start)
        if place:
            separators.add(text[start - 1])
        if len(digits) > _CARD_MAX or len(separators) > 1:
            return None
        even = min(sizes) >= _CARD_GROUP or len(sizes) == 1
        if even and len(digits) >= _CARD_MIN and _is_card(digits):
            return end
    return None


def _is_card(digits: str) -> bool:
    return any(
        len(digits) in lengths and low <= int(digits[:compared]) <= high for low, high, compared, lengths in _ISSUERS
    ) and bool(luhn.is_valid(digits))
