"""Check of the root key before a command does anything: under another one, nothing could be opened afterwards."""

from __future__ import annotations

from django.core.management.base import CommandError

from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring.keys import check_root_key


def require_root_key() -> None:
    """Raise CommandError if the root key is another one or cannot be had, in words for the operator."""
    try:
        check_root_key()
    except WrongRootKey as error:
        raise CommandError(
            f"{error}: it is another one. Put the right one back (MEMSTORE_ROOT_KEY_FILE, root.key in MEMSTORE_HOME,"
            " or the settings of the keeper); nothing was changed"
        ) from None
    except KeyUnavailable as error:
        raise CommandError(f"the root key cannot be had: {error}") from None
