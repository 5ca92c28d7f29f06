"""The client address of a request: the peer, or the client that a trusted proxy names. No header makes it fail."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

    Address = IPv4Address | IPv6Address

MAX_ENTRIES = 32  # of X-Forwarded-For, from the right: more proxies than any chain has
MAX_ENTRY_CHARS = 64
MAX_PORT = 65_535


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address in canonical form; None for a peer that has none (a unix socket).

    X-Forwarded-For counts only if the peer is a trusted proxy: its right-most entry that is not one. An entry that
    cannot be read shows that the header was made up, so then the address is the peer's.
    """
    return address_of(str(request.META.get("REMOTE_ADDR", "")), request.headers.get("X-Forwarded-For", ""))


def address_of(peer: str, forwarded: str) -> str | None:
    """Return `client_address` of a request that Django does not know yet."""
    found = _address(peer)
    if found is None:
        return None
    return str(_forwarded(forwarded) or found if _is_trusted(found) else found)


def one_line(address: str | None) -> str:
    """Return the address, or its /64 in IPv6: one line of a provider gets a /64 (RFC 6177) and can use all of it."""
    if address is None or ":" not in address:
        return str(address)
    return str(IPv6Network((address, 64), strict=False))


def _forwarded(header: str) -> Address | None:
    for entry in reversed(header.rsplit(",", MAX_ENTRIES)[-MAX_ENTRIES:]):
        found = _without_port(entry.strip())
        if found is None or not _is_trusted(found):
            return found
    return None


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in settings.MEMSTORE_TRUSTED_PROXIES)


def _without_port(entry: str) -> Address | None:
    """Return the address of `1.2.3.4`, `1.2.3.4:567`, `::1`, `[::1]` or `[::1]:99`; None for anything else."""
    if len(entry) > MAX_ENTRY_CHARS:
        return None
    if entry.startswith("["):
        host, bracket, rest = entry[1:].partition("]")
        sound = bool(bracket) and ":" in host and (not rest or (rest[0] == ":" and _is_port(rest[1:])))
        return _address(host) if sound else None
    host, colon, port = entry.partition(":")
    if colon and "." in host:
        return _address(host) if _is_port(port) else None
    return _address(entry)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= MAX_PORT


def _address(text: str) -> Address | None:
    """Return the address without the zone of IPv6, and an IPv4-mapped one as IPv4; None for what is none."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def public_address(request: HttpRequest, path: str) -> str:
    """Return the address of one of our pages: under MEMSTORE_PUBLIC_URL, or else as this request came."""
    known = settings.MEMSTORE_PUBLIC_URL.rstrip("/")
    return f"{known}{path}" if known else request.build_absolute_uri(path)
