"""A second tenant on the same service, with a key of its own. No attack itself."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from governance.access.totp import STEP_SECONDS, code_at

if TYPE_CHECKING:
    from tests.attacks.target import Target

ROOT = Path(__file__).parents[2]
V1 = "/governance/v1"
PASSWORD = "a long enough password"


def second_tenant_key(target: Target, code: Path = ROOT) -> str:
    """Found the tenant as an operator does, and have its two people make a purpose and a key that remembers.

    Returns the text of the key. `code`: the version that serves.
    """
    slug = f"t-{secrets.token_hex(6)}"
    command = [sys.executable, "manage.py", "create_tenant", slug, "--name", "T", "--administrator", "1", "--dpo", "2"]
    environment = os.environ | {"MEMSTORE_HOME": str(target.home)}
    made = subprocess.run(command, cwd=code, env=environment, capture_output=True, text=True, check=True)
    codes = dict(line.strip().split(": ") for line in made.stdout.splitlines() if line.startswith("  "))
    admin, dpo = (_session(target, slug, codes[name]) for name in ("administrator", "dpo"))
    terms = {"name": "assistance", "lawful_basis": "contract", "ceiling_days": 30}
    _done(target.call("POST", f"{V1}/purposes/", terms, key=admin))
    asked = {"name": "k", "capabilities": ["remember"], "purposes": ["assistance"], "default_purpose": "assistance"}
    made_key = _done(target.call("POST", f"{V1}/keys/", asked, key=admin))
    claim = _done(target.call("POST", f"{V1}/keys/{made_key['id']}/approve/", {}, key=dpo))
    return str(_done(target.call("POST", f"{V1}/keys/claim/", claim))["api_key"])


def _session(target: Target, slug: str, claim_code: str) -> str:
    enrolled = _done(target.call("POST", f"{V1}/staff/enrol/", {"claim_code": claim_code, "password": PASSWORD}))
    who = {"tenant": slug, "username": enrolled["username"], "password": PASSWORD}
    one_time = code_at(base64.b32decode(enrolled["totp_secret"]), int(time.time()) // STEP_SECONDS).decode()
    return str(_done(target.call("POST", f"{V1}/session/sign-in/", who | {"code": one_time}))["token"])


def _done(answered: tuple[int, dict[str, str]]) -> dict[str, str]:
    status, answer = answered
    if status not in {200, 201}:
        raise RuntimeError(f"{status}: {answer}")
    return answer
