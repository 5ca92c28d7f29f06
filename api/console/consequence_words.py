"""Sentences with numbers about the consequence of a confirmed action: singular and plural each have their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from memstore.oversight.action_preview import Outlook


def counted(one: str, many: str, number: int, **beside: object) -> str:
    """Return `one` or `many`, with `%(n)s` replaced by the number."""
    return ngettext(one, many, number) % {"n": number, **beside}


def loss(seen: Outlook) -> tuple[str, ...]:
    """Return sentences on what is destroyed, with its keys, and what stays."""
    lines = [
        counted("%(n)s memory is destroyed.", "%(n)s memories are destroyed.", seen.memories),
        counted("%(n)s conversation is destroyed.", "%(n)s conversations are destroyed.", seen.conversations),
    ]
    if seen.parts:
        lines.append(
            counted("%(n)s purpose is concerned.", "%(n)s purposes are concerned.", len(seen.parts)),
        )
    if seen.keys:
        lines.append(counted("%(n)s key is destroyed.", "%(n)s keys are destroyed.", seen.keys))
    if seen.links:
        lines.append(
            counted(
                "%(n)s link to a copy or to the person's page, or an open page, stops working.",
                "%(n)s links to copies or to the person's page, and open pages, stop working.",
                seen.links,
            )
        )
    lines.append(kept(seen.kept))
    if seen.untouched:
        lines.append(untouched(seen.untouched))
    return tuple(lines)


def kept(number: int) -> str:
    if not number:
        return _("The law keeps none of it.")
    return counted(
        "The law or a hold keeps %(n)s memory: it is out of use, and goes when that ends.",
        "The law or a hold keeps %(n)s memories: they are out of use, and go when that ends.",
        number,
    )


def untouched(number: int) -> str:
    return counted(
        "%(n)s memory of the person stays as it is.", "%(n)s memories of the person stay as they are.", number
    )


def destroy_button(seen: Outlook) -> str:
    """Return the button's words, which name what goes: keys before memories, since without a key nothing opens them."""
    if seen.keys:
        return ngettext("Destroy the keys of %(n)s memory", "Destroy the keys of %(n)s memories", seen.memories) % {
            "n": seen.memories
        }
    return counted("Destroy %(n)s memory", "Destroy %(n)s memories", seen.memories)
