"""The organisation's own identity provider (OpenID Connect Core 1.0, authorization code with PKCE, RFC 7636).

It is used only when MEMSTORE_OIDC_ISSUER names it. An ID token is accepted when the provider's keys signed it, it is
for this client, it has not expired, and it answers the request that was sent (`nonce`).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from governance.errors import IdentityUnproved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from authlib.integrations.requests_client import OAuth2Session

TIMEOUT_SECONDS = 10
METADATA_SECONDS = 3_600
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LEEWAY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Question:
    """The authorization request that the browser takes to the provider.

    `state`, `nonce` and `verifier` are kept by the service until the answer arrives.
    """

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """An account at the provider. `sub` never changes and is never given to another person (Core 1.0, 5.7).

    `second_factor`: the provider states one in a value that the organisation configured as sufficient.
    """

    issuer: str
    sub: str
    second_factor: bool = False


def is_configured() -> bool:
    """Return whether an identity provider is configured."""
    return bool(settings.MEMSTORE_OIDC_ISSUER)


def ask(redirect_uri: str) -> Question:
    """Return a new authorization request. Raises IdentityUnproved when the provider cannot be reached."""
    session, state, nonce = _session(redirect_uri), secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    verifier = secrets.token_urlsafe(48)
    address = _metadata()["authorization_endpoint"]
    levels = {"acr_values": " ".join(settings.MEMSTORE_OIDC_ACR)} if settings.MEMSTORE_OIDC_ACR else {}
    url, _ = session.create_authorization_url(address, state=state, nonce=nonce, code_verifier=verifier, **levels)
    return Question(str(url), state, nonce, verifier)


def answered(*, code: str, question: Question, redirect_uri: str) -> ProviderIdentity:
    """Exchange the authorization code for the identity that the provider vouches for.

    Raises IdentityUnproved for any token that is not valid for `question`, and when the provider cannot be reached.
    """
    import requests
    from authlib.integrations.base_client import OAuthError
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    metadata = _metadata()
    try:
        token = _session(redirect_uri).fetch_token(
            metadata["token_endpoint"], code=code, code_verifier=question.verifier, timeout=TIMEOUT_SECONDS
        )
        keys = KeySet.import_key_set({"keys": list(_get(metadata["jwks_uri"])["keys"])})
        claims = jwt.decode(str(token.get("id_token", "")), keys, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": settings.MEMSTORE_OIDC_ISSUER},
            aud={"essential": True, "value": settings.MEMSTORE_OIDC_CLIENT_ID},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": question.nonce},
        ).validate(claims)
    except (requests.RequestException, OAuthError, JoseError, ValueError, KeyError) as error:
        raise IdentityUnproved(type(error).__name__) from None  # its words may hold parts of the token
    for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if for_several and claims.get("azp") != settings.MEMSTORE_OIDC_CLIENT_ID:
        raise IdentityUnproved("azp")
    return ProviderIdentity(str(claims["iss"]), str(claims["sub"]), second_factor=proves_second_factor(claims))


def proves_second_factor(claims: Mapping[str, object]) -> bool:
    """Return whether the claims state a configured second factor.

    It is one when `amr` (RFC 8176) or `acr` has a value of MEMSTORE_OIDC_AMR or MEMSTORE_OIDC_ACR. Without these
    settings it is False.
    """
    methods = claims.get("amr")
    named = {str(one) for one in methods} if isinstance(methods, list) else set()
    level = claims.get("acr")
    return bool(named & set(settings.MEMSTORE_OIDC_AMR)) or (
        isinstance(level, str) and level in settings.MEMSTORE_OIDC_ACR
    )


def _session(redirect_uri: str) -> OAuth2Session:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        settings.MEMSTORE_OIDC_CLIENT_ID,
        settings.MEMSTORE_OIDC_CLIENT_SECRET or None,
        scope="openid",
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )


_known: dict[str, tuple[float, dict[str, str]]] = {}


def _metadata() -> dict[str, str]:
    """Return the provider's metadata (OpenID Connect Discovery 1.0), cached for an hour.

    Raises IdentityUnproved when the issuer in it is not the configured one, or an endpoint is missing.
    """
    issuer = settings.MEMSTORE_OIDC_ISSUER
    kept = _known.get(issuer)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    found = _get(issuer.rstrip("/") + "/.well-known/openid-configuration")
    needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    said = {name: str(found.get(name, "")) for name in needed}
    if said["issuer"] != issuer or not all(said.values()):
        raise IdentityUnproved("metadata")
    _known[issuer] = (time.monotonic() + METADATA_SECONDS, said)
    return said


def _get(address: str) -> dict[str, Any]:
    import requests

    try:
        answer = requests.get(address, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise IdentityUnproved(type(error).__name__) from None
    if not isinstance(found, dict):
        raise IdentityUnproved("shape")
    return found
