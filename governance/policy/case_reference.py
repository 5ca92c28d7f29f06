"""Case references: the file number under which a hold or a break-glass is explained, outside of this service."""

from __future__ import annotations

import re

from governance.errors import InvalidChange

_CASE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}")


def case_reference(text: str) -> str:
    """A file number. Raises InvalidChange: stories about people belong into the case, not here."""
    if not _CASE.fullmatch(text):
        raise InvalidChange(
            "case_reference", "expected a file number: letters, digits and . _ / # -, at least one digit"
        )
    return text
