"""Channels that a caller may name, in one place for consents, requests and notices."""

from __future__ import annotations

from governance.errors import InvalidChange
from governance.vocabulary import CHANNELS, Channel


def channel_said(text: str) -> Channel:
    """Return the channel that `text` names. Raises InvalidChange, which lists the known ones."""
    known = {channel.value: channel for channel in CHANNELS}
    if text not in known:
        raise InvalidChange("channel", f"expected one of {', '.join(known)}")
    return known[text]
