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
class MenuEntry:
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
class MenuLink:
    label: Words
    name: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Section:
    label: Words
    links: tuple[MenuLink, ...]


def _any(*capabilities: Capability) -> frozenset[Capability]:
    return frozenset(capabilities)


SECTIONS: tuple[tuple[Words, tuple[MenuEntry, ...]], ...] = (
    (_("Today"), (MenuEntry(_("Home"), "home", "home"),)),
    (
        _("People"),
        (
            MenuEntry(_("People"), "people", "group", _any(Capability.REVIEW_MEMORIES), ("person", "reveal")),
            MenuEntry(_("Quarantine"), "quarantine", "inventory_2", _any(Capability.REVIEW_MEMORIES)),
            MenuEntry(_("Contradictions"), "contradictions", "compare_arrows", _any(Capability.REVIEW_MEMORIES)),
            MenuEntry(
                _("Requests"), "requests", "assignment", _any(Capability.HANDLE_RIGHTS), ("request", "request-new")
            ),
            MenuEntry(_("Legal holds"), "holds", "gavel", _any(Capability.REQUEST_HOLD, Capability.APPROVE_HOLD)),
            MenuEntry(_("Objections"), "objections", "front_hand", _any(Capability.HANDLE_RIGHTS)),
            MenuEntry(
                _("Reveals"),
                "break-glass",
                "lock_open",
                _any(Capability.REVEAL, Capability.REVIEW_REVEAL, Capability.READ_AUDIT),
            ),
            MenuEntry(_("Copies"), "copies", "download", _any(Capability.HANDLE_RIGHTS)),
        ),
    ),
    (
        _("Rules"),
        (
            MenuEntry(_("Purposes"), "purposes", "flag", covers=("purpose", "purpose-new")),
            MenuEntry(_("Second person"), "loosenings", "assignment"),
            MenuEntry(_("Retention"), "retention", "schedule", covers=("rule", "rule-new")),
            MenuEntry(_("Consent notices"), "notices", "description"),
            MenuEntry(_("Roles"), "roles", "badge"),
            MenuEntry(_("Staff"), "staff", "person"),
            MenuEntry(_("API keys"), "api-keys", "key"),
            MenuEntry(_("Recipients"), "recipients", "forward_to_inbox"),
        ),
    ),
    (
        _("Evidence"),
        (
            MenuEntry(_("Audit trail"), "audit", "history", _any(Capability.READ_AUDIT), ("event", "trail", "bundle")),
            MenuEntry(_("Certificates"), "certificates", "verified", _any(Capability.READ_AUDIT)),
            MenuEntry(
                _("Breaches"),
                "breaches",
                "warning",
                _any(Capability.READ_AUDIT, Capability.HANDLE_BREACHES),
                ("breach",),
            ),
            MenuEntry(_("Changes"), "changes", "manage_history", _any(Capability.READ_AUDIT)),
        ),
    ),
    (
        _("System"),
        (
            MenuEntry(_("Keys and epochs"), "epochs", "encrypted"),
            MenuEntry(_("Jobs"), "jobs", "bolt"),
            MenuEntry(_("Health"), "health", "monitor_heart"),
        ),
    ),
)


def sections(principal: Principal, here: str) -> list[Section]:
    """Return the sidebar of this principal without empty sections. `here` is the name of the current address."""
    found = []
    for label, entries in SECTIONS:
        links = tuple(
            MenuLink(entry.label, f"console:{entry.name}", entry.icon, here == entry.name or here in entry.covers)
            for entry in entries
            if entry.is_for(principal)
        )
        if links:
            found.append(Section(label, links))
    return found
