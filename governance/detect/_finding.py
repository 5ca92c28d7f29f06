"""Findings: the categories that can be found in a text, and their place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """Exact kind of a finding: a closed vocabulary, stored sealed beside each memory."""

    EMAIL = "email"
    PHONE = "phone"
    IBAN = "iban"
    CARD = "card"
    NATIONAL_ID = "national_id"  # tax, social security, identity card, passport and licence numbers
    IP_ADDRESS = "ip_address"
    SECRET = "secret"  # noqa: S105 - passwords, PINs, API keys, private keys, tokens
    # GDPR Article 9(1)
    HEALTH = "health"
    RELIGION = "religion"
    POLITICS = "politics"
    UNION = "union"
    SEXUAL_LIFE = "sexual_life"
    ETHNICITY = "ethnicity"
    BIOMETRIC = "biometric"
    GENETIC = "genetic"
    # GDPR Article 10
    CRIMINAL = "criminal"
    UNKNOWN = "unknown"  # a language that no rule here reads: the purpose says how it is handled


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: `text[start:end]` of the original text; the whole text for UNKNOWN."""

    category: Category
    start: int
    end: int
