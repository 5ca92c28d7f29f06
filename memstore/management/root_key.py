"""The root key is looked at before a command does anything: with another one, nothing could be opened afterwards."""

from __future__ import annotations

from django.core.management.base import CommandError

from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring.keys import check_root_key


def require_root_key() -> None:
    """Raises CommandError, in words for whoever has to put it right."""
    try:
        check_root_key()
    except WrongRootKey as error:
        raise CommandError(
            f"{error}: it is another one. Put the right one back (MEMSTORE_ROOT_KEY_FILE, root.key in MEMSTORE_HOME,"
            " or the settings of the keeper); nothing was changed"
        ) from None
    except KeyUnavailable as error:
        raise CommandError(f"the root key cannot be had: {error}") from None
