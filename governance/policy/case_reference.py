"""Case references: file numbers under which a hold or a break-glass is explained, outside of this service."""

from __future__ import annotations

import re

from governance.errors import InvalidChange

_CASE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}")


def case_reference(text: str) -> str:
    """Return `text` when it is a file number of 1 to 64 characters. Raises InvalidChange.

    The story behind it belongs in the case file, not here.
    """
    if not _CASE.fullmatch(text):
        raise InvalidChange(
            "case_reference", "expected a file number: letters, digits and . _ / # -, at least one digit"
        )
    return text
