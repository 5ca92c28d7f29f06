"""A process that rotates or destroys, stops at a given place, and waits there to be killed.

python -m tests.governance.keyring.killed PLACE: with the databases and the root key that the environment names.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 4


def here() -> None:
    print("here", flush=True)  # noqa: T201 - what the test waits for
    time.sleep(60)


def before(original: Callable[..., Any], *, after_calls: int = 0) -> Callable[..., Any]:
    calls = 0

    def stopping(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after_calls:
            here()
        return original(*arguments, **named)

    return stopping


def after(original: Callable[..., Any]) -> Callable[..., Any]:
    def stopping(*arguments: Any, **named: Any) -> Any:
        found = original(*arguments, **named)
        here()
        return found

    return stopping


def main(place: str) -> None:
    import django
    from django.conf import settings

    for alias in ("default", "keys"):
        settings.DATABASES[alias]["NAME"] = os.environ[f"KILLED_{alias.upper()}"]
    django.setup()
    from governance.keyring import epoch_destruction, rotation
    from governance.keyring.root import LocalRootKey
    from governance.keyring.survey import open_every_key

    rotation.BATCH = BATCH
    places: dict[str, tuple[object, str, Callable[..., Any]]] = {
        "version made": (LocalRootKey, "create", after(LocalRootKey.create)),
        "epoch begun": (rotation, "_rewrap_all", before(rotation._rewrap_all)),
        "half of the batches": (rotation, "taken", before(rotation.taken, after_calls=2)),
        "in a batch": (rotation, "put", after(rotation.put)),
        "all wrapped": (rotation, "_record", before(rotation._record)),
        "event written": (rotation, "_record", after(rotation._record)),
        "tenant keys gone": (rotation, "open_every_key", before(open_every_key)),
        "event of the destruction": (LocalRootKey, "destroy", before(LocalRootKey.destroy)),
        "version destroyed": (LocalRootKey, "destroy", after(LocalRootKey.destroy)),
    }
    owner, name, stopping = places[place]
    setattr(owner, name, stopping)
    if "destr" in place:
        epoch_destruction.destroy_epoch(epoch=1)
    else:
        rotation.rotate()


if __name__ == "__main__":
    main(sys.argv[1])
