"""Members of a copy's ZIP, each as chunks of bytes: lines for machines, a table, and a page for people."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from dataclasses import asdict
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from memstore.rights.copies.gather import Item, KeptData

PORTABLE = "memstore-portable/1"
# Article 20(1): data that the person provided, or that was observed of them; not what was inferred.
PROVIDED = frozenset({"stated", "observed"})
ON_CONSENT_OR_CONTRACT = frozenset({"consent", "contract"})
COLUMNS = ("id", "text", "purpose", "lawful_basis", "said_by", "created_at", "kept_until")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b.")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
BASES = {
    "consent": "you agreed to it",
    "contract": "it is needed for your contract",
    "legal_obligation": "the law demands it",
    "vital_interests": "it protects somebody's life",
    "public_task": "it is part of a public task",
    "legitimate_interests": "the organisation has a legitimate interest in it",
}
MARKS = {
    "restricted": "not used at present: it is kept only because it must be",
    "quarantined": "not used: it waits for a person to review it",
    "superseded": "not used: something newer stands in its place",
    "restriction": "not used: its use is restricted (Art. 18)",
    "objection": "not used: you objected (Art. 21)",
    "expired": "not used any more: its time is over, and it is about to go",
}
HELD_BACK = {
    "15(4)": "it would touch the rights of somebody else (Art. 15(4))",
    "unreadable": "it is damaged and cannot be opened by anybody",
}


def memories_jsonl(kept: KeptData) -> Iterator[bytes]:
    """Yield all of each memory, as it is kept: a faithful reproduction (C-487/21)."""
    for item in kept.items():
        yield json.dumps(asdict(item), default=str, ensure_ascii=False).encode() + b"\n"


def conversations_jsonl(kept: KeptData) -> Iterator[bytes]:
    for conversation in kept.conversations():
        yield json.dumps(conversation, ensure_ascii=False).encode() + b"\n"


def memories_csv(kept: KeptData) -> Iterator[bytes]:
    """Yield the table, in which no cell is taken for a formula by a spreadsheet."""
    yield _row(COLUMNS)
    for item in kept.items():
        said = asdict(item)
        yield _row([_inert(_text_of(item) if name == "text" else _cell(said[name])) for name in COLUMNS])


def portable_json(kept: KeptData) -> Iterator[bytes]:
    """Yield the memories of Article 20. `kind` of each is stated or observed; those on other bases are left out."""
    yield f'{{"format": "{PORTABLE}", "memories": ['.encode()
    first = True
    for item in kept.items():
        if item.text is None or not _provided(kept, item):
            continue
        said = {
            "id": str(item.id),
            "text": item.text,
            "kind": item.stated,
            "said_by": item.said_by,
            "categories": item.categories,
            "metadata": item.metadata,
            "created_at": item.created_at.isoformat(),
            "updated_at": item.updated_at.isoformat(),
        }
        yield (b"\n" if first else b",\n") + json.dumps(said, ensure_ascii=False).encode()
        first = False
    yield b"\n]}\n"


def _provided(kept: KeptData, item: Item) -> bool:
    """Return whether the person provided it, or it was observed of them, on consent or contract.

    What the assistant or others said is not theirs.
    """
    own = item.said_by == "user" and (item.speaker or kept.person).casefold() == kept.person.casefold()
    return own and item.stated in PROVIDED and item.lawful_basis in ON_CONSENT_OR_CONTRACT


def index_html(kept: KeptData, about: dict[str, object]) -> Iterator[bytes]:
    """Yield a page that opens from the ZIP without a server: no scripts, nothing from outside, prints well."""
    purposes = about["purposes"]
    bases = (
        {one["purpose"]: BASES.get(one["lawful_basis"], "") for one in purposes} if isinstance(purposes, list) else {}
    )
    yield render_to_string(
        "copy/head.html", {"about": about, "n_memories": len(kept.memories), "n_conversations": len(kept.sources)}
    ).encode()
    for item in kept.items():
        yield render_to_string("copy/item.html", _seen(item, bases)).encode()
    yield render_to_string("copy/foot.html", {"about": about, "bases": BASES}).encode()


def _seen(item: Item, bases: dict[str, str]) -> dict[str, object]:
    return {
        "item": item,
        "text": None if item.text is None else plain(item.text),
        "withheld": HELD_BACK.get(item.withheld, f"it was held back ({item.withheld})") if item.withheld else "",
        "why": bases.get(item.purpose) or BASES.get(item.lawful_basis, item.lawful_basis),
        "who": _who(item),
        "marks": [MARKS.get(mark, mark) for mark in item.marks],
        "earlier": [(wording.since, plain(wording.text)) for wording in item.earlier],
    }


def _who(item: Item) -> str:
    if item.speaker:
        return plain(item.speaker)
    return {"user": "you", "assistant": "the assistant"}.get(item.said_by, plain(item.said_by))


def plain(text: str) -> str:
    """Return the text readable and inert: no control characters, no escape sequences, no reversed direction."""
    kept = _ANSI.sub("", text)
    return "".join(
        char
        for char in kept
        if char in "\n\t" or (unicodedata.category(char) not in {"Cc", "Cs"} and char not in _BIDI)
    )


def _text_of(item: Item) -> str:
    return f"[withheld: {item.withheld}]" if item.text is None else plain(item.text)


def _cell(value: str | datetime | object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(cells: tuple[str, ...] | list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
