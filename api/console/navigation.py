"""The sidebar: the pages that each role has. What a role may do there is decided by policy, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from governance.vocabulary import Capability

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Words

    from governance.policy.decide import Principal


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the sidebar. Any of `capabilities` opens it, none is needed when empty.

    `covers` names other pages for which the entry is marked as current.
    """

    label: Words
    name: str
    icon: str
    capabilities: frozenset[Capability] = frozenset()
    covers: tuple[str, ...] = ()

    def is_for(self, principal: Principal) -> bool:
        return not self.capabilities or bool(self.capabilities & principal.capabilities)


@dataclass(frozen=True, slots=True)
class Link:
    label: Words
    name: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Section:
    label: Words
    links: tuple[Link, ...]


def _any(*capabilities: Capability) -> frozenset[Capability]:
    return frozenset(capabilities)


SECTIONS: tuple[tuple[Words, tuple[Entry, ...]], ...] = (
    (_("Today"), (Entry(_("Home"), "home", "home"),)),
    (
        _("People"),
        (
            Entry(_("People"), "people", "group", _any(Capability.REVIEW_MEMORIES), ("person", "reveal")),
            Entry(_("Quarantine"), "quarantine", "inventory_2", _any(Capability.REVIEW_MEMORIES)),
            Entry(_("Requests"), "requests", "assignment", _any(Capability.HANDLE_RIGHTS), ("request", "request-new")),
            Entry(_("Legal holds"), "holds", "gavel", _any(Capability.REQUEST_HOLD, Capability.APPROVE_HOLD)),
            Entry(_("Objections"), "objections", "front_hand", _any(Capability.HANDLE_RIGHTS)),
            Entry(
                _("Reveals"),
                "break-glass",
                "lock_open",
                _any(Capability.REVEAL, Capability.REVIEW_REVEAL, Capability.READ_AUDIT),
            ),
            Entry(_("Copies"), "copies", "download", _any(Capability.HANDLE_RIGHTS)),
        ),
    ),
    (
        _("Rules"),
        (
            Entry(_("Purposes"), "purposes", "flag", covers=("purpose", "purpose-new")),
            Entry(_("Second person"), "loosenings", "assignment"),
            Entry(_("Retention"), "retention", "schedule", covers=("rule", "rule-new")),
            Entry(_("Consent notices"), "notices", "description"),
            Entry(_("Roles"), "roles", "badge"),
            Entry(_("Staff"), "staff", "person"),
            Entry(_("API keys"), "api-keys", "key"),
            Entry(_("Recipients"), "recipients", "forward_to_inbox"),
        ),
    ),
    (
        _("Evidence"),
        (
            Entry(_("Audit trail"), "audit", "history", _any(Capability.READ_AUDIT), ("event", "trail", "bundle")),
            Entry(_("Certificates"), "certificates", "verified", _any(Capability.READ_AUDIT)),
            Entry(
                _("Breaches"),
                "breaches",
                "warning",
                _any(Capability.READ_AUDIT, Capability.HANDLE_BREACHES),
                ("breach",),
            ),
            Entry(_("Changes"), "changes", "manage_history", _any(Capability.READ_AUDIT)),
        ),
    ),
    (
        _("System"),
        (
            Entry(_("Keys and epochs"), "epochs", "encrypted"),
            Entry(_("Jobs"), "jobs", "bolt"),
            Entry(_("Health"), "health", "monitor_heart"),
        ),
    ),
)


def sections(principal: Principal, here: str) -> list[Section]:
    """Return the sidebar of this principal without empty sections. `here` is the name of the current address."""
    found = []
    for label, entries in SECTIONS:
        links = tuple(
            Link(entry.label, f"console:{entry.name}", entry.icon, here == entry.name or here in entry.covers)
            for entry in entries
            if entry.is_for(principal)
        )
        if links:
            found.append(Section(label, links))
    return found
