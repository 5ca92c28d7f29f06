"""External ids: what an assistant calls a person, agent, app or run. The only place that defines what is an id.

Two ids that look the same must not be two people: an id is kept in Unicode's composed form (NFC), and a character that
is invisible, or may be read differently in an address, is refused.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING, NewType

from governance.errors import InvalidChange

if TYPE_CHECKING:
    from governance.vocabulary import SubjectKind

ExternalId = NewType("ExternalId", str)

MAX_ID_CHARS = 255
MAX_WRITTEN = 4 * MAX_ID_CHARS  # characters that are read at all: composing leaves at least a third of them
PROBLEM = "must not hold spaces, invisible characters or any of / \\ % * ? #"
# Ids travel in paths, query strings and filters; a character with a meaning in one of them is not part of an id.
_FORBIDDEN = frozenset("/\\%*?#\u2800")  # U+2800 is the empty Braille pattern: a symbol, and blank
# Control, format, surrogate, private use, unassigned (its form under NFC is not settled), and every kind of space.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
# Default_Ignorable_Code_Point: shown as nothing. Python's unicodedata does not have the property.
# Source: Unicode 16.0.0, DerivedCoreProperties.txt.
DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
_STARTS = [first for first, _ in DEFAULT_IGNORABLE]


def external_id(value: object, field: str = "user_id") -> ExternalId:
    """Return `value` as an id in NFC.

    An id has 1 to 255 characters, none of them space, invisible or with a meaning in addresses. White space around it
    is stripped, and a whole number is taken as its decimal text. Raises InvalidChange for `field`; the value is never
    repeated. Source: UAX #15 (NFC), UAX #44 (Default_Ignorable_Code_Point).
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InvalidChange(field, "expected a text or a whole number")
    if isinstance(value, int) and value.bit_length() > 4 * MAX_ID_CHARS:  # str() refuses enormous numbers
        raise InvalidChange(field, f"at most {MAX_ID_CHARS} characters")
    text = str(value)
    if len(text) <= MAX_WRITTEN:
        text = unicodedata.normalize("NFC", text.strip())
    if not text:
        raise InvalidChange(field, "must not be empty")
    if len(text) > MAX_ID_CHARS:
        raise InvalidChange(field, f"at most {MAX_ID_CHARS} characters")
    if any(_forbidden(char) for char in text):
        raise InvalidChange(field, PROBLEM)
    return ExternalId(text)


def field_of(kind: SubjectKind) -> str:
    """Return the field of a request that holds an id of this kind."""
    return f"{kind.value}_id"


def _forbidden(char: str) -> bool:
    if char.isascii() and char.isalnum():
        return False
    return char in _FORBIDDEN or unicodedata.category(char) in _FORBIDDEN_CATEGORIES or _is_ignorable(ord(char))


def _is_ignorable(code: int) -> bool:
    place = bisect_right(_STARTS, code) - 1
    return place >= 0 and code <= DEFAULT_IGNORABLE[place][1]
