"""The error that ends a start: `StartError`."""

from __future__ import annotations


class StartError(Exception):
    """The start cannot continue; the message is for the person at the terminal."""
