"""Arguments of a template's pager for one page of a long list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from governance.paging import Page

PAGE_SIZE = 50


def pager_of(found: Page[object], number: int) -> dict[str, int]:
    """Return the arguments of `{% pager page page_size total %}`."""
    return {"page": number, "page_size": PAGE_SIZE, "total": found.total}
