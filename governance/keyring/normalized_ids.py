"""Normalised ids: an external id without what people write in different ways. Pure.

Ids with the same normalised form are near duplicates.
"""

from __future__ import annotations

import re
import unicodedata

_PHONE = re.compile(r"[+(]*[0-9][0-9 ()./\-]*")
PHONE_DIGITS, FEWEST_DIGITS = 9, 7


def skeleton(external_id: str) -> str:
    """Return the normalised id: letters and digits, in one case and without accents.

    An e-mail address loses its tag as well (RFC 5233). Of a telephone number (with +, a leading 0 or separators) the
    last nine digits are kept, since country and trunk prefixes may be left out.
    """
    text = unicodedata.normalize("NFKC", external_id).strip()
    local, at, domain = text.rpartition("@")
    if at and local and domain:
        return f"{_bare(local.split('+', 1)[0]) or _bare(local)}@{_bare(domain)}"
    digits = "".join(character for character in text if character.isdecimal())
    written_as_phone = text.startswith(("+", "0")) or not text.isdecimal()
    if _PHONE.fullmatch(text) and written_as_phone and len(digits) >= FEWEST_DIGITS:
        return f"tel:{digits[-PHONE_DIGITS:]}"
    return _bare(text) or text


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in apart if character.isalnum())
