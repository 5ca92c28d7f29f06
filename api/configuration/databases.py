"""Addresses and roles of the two databases (DESIGN section 4).

`default` holds data under random ids; `keys` holds wrapped keys and the identity map. The server process connects as
`memstore_app`; migrations run with `MEMSTORE_DB_ROLE=owner` as `memstore_owner`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.configuration import env
from api.configuration.socket_folders import reachable_folder

if TYPE_CHECKING:
    from pathlib import Path

ROLES = {"app": "memstore_app", "owner": "memstore_owner"}

# Values travel apart from the statement, so that they reach neither pg_stat_activity nor the server's log.
# A statement is prepared when it comes the third time: planning under row security costs more than running it.
OPTIONS: dict[str, object] = {"server_side_binding": True, "prepare_threshold": 2}
# The serving role waits no longer than this for a lock: a request fails closed instead of hanging.
LOCK_TIMEOUT = "-c lock_timeout=5s"


def databases(*, home: Path, role: str, pool_size: int) -> dict[str, dict[str, object]]:
    """Return Django's DATABASES for `role` ("app" or "owner"). `pool_size` 0 means plain connections.

    Raises BadSetting when only one of the two addresses is given.
    """
    default, keys = env.postgres_url("DATABASE_URL"), env.postgres_url("KEYS_DATABASE_URL")
    if bool(default) != bool(keys):
        missing = "KEYS_DATABASE_URL" if default else "DATABASE_URL"
        raise env.BadSetting(missing, "an address as well, since the other database's is set")
    if role == "owner":
        default = env.postgres_url("DATABASE_OWNER_URL") or default
        keys = env.postgres_url("KEYS_DATABASE_OWNER_URL") or keys
    if default:
        found = {"default": _external(default, role), "keys": _external(keys, role)}
    else:
        found = {"default": _embedded(home, "memstore", role), "keys": _embedded(home, "memstore_keys", role)}
    for entry in found.values():
        options = entry["OPTIONS"]
        if pool_size and isinstance(options, dict):
            options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
            entry["CONN_HEALTH_CHECKS"] = True  # a connection that died with its server is not handed out
    return found


def _external(parts: dict[str, str], role: str) -> dict[str, object]:
    options = dict(OPTIONS)
    options |= {key.removeprefix("OPTION_"): value for key, value in parts.items() if key.startswith("OPTION_")}
    if parts["USER"] != ROLES[role]:
        # Not Django's assume_role: with a pool it asks for a second connection while it makes the first.
        options["options"] = f"{options.get('options', '')} -c role={ROLES[role]}".strip()
    if role == "app":
        options["options"] = f"{options.get('options', '')} {LOCK_TIMEOUT}".strip()
    fixed = {key: value for key, value in parts.items() if not key.startswith("OPTION_")}
    return {"ENGINE": "django.db.backends.postgresql", **fixed, "OPTIONS": options}


def _embedded(home: Path, name: str, role: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": ROLES[role],
        "HOST": str(reachable_folder(home)),
        "OPTIONS": OPTIONS | ({"options": LOCK_TIMEOUT} if role == "app" else {}),
    }
