"""Terms of one version of a purpose, the conditions that they must meet together, and their form as JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from governance.errors import InvalidChange
from governance.vocabulary import Article9Condition, Handling, LawfulBasis

MAX_DAYS = 36_525  # a hundred years


@dataclass(frozen=True, slots=True)
class PurposeTerms:
    """Terms of one version of a purpose. The defaults are the strict ones (Art. 25(2))."""

    lawful_basis: LawfulBasis
    ceiling_days: int
    source_days: int = 30
    personal: bool = True
    article9_condition: Article9Condition | None = None
    identifiers: Handling = Handling.ALLOW
    secrets: Handling = Handling.MASK
    special: Handling = Handling.REFUSE
    criminal: Handling = Handling.REFUSE
    unknown: Handling = Handling.QUARANTINE
    criminal_authority: str = ""
    review_first: bool = False
    direct_marketing: bool = False
    usable_for_decision: bool = False
    dpia_reference: str = ""

    def check(self) -> None:
        """Check that the terms are possible together. Raises InvalidChange, which names the field."""
        for field, days in (("ceiling_days", self.ceiling_days), ("source_days", self.source_days)):
            if not 0 < days <= MAX_DAYS:
                raise InvalidChange(field, f"expected 1 to {MAX_DAYS} days")
        special = self.special is not Handling.REFUSE
        if special and self.article9_condition is None:
            raise InvalidChange("article9_condition", "special categories need a condition of Article 9(2)")
        explicit = self.article9_condition is Article9Condition.EXPLICIT_CONSENT
        if explicit and self.lawful_basis is not LawfulBasis.CONSENT:
            # Consent is checked at each read only where the purpose rests on it.
            raise InvalidChange("article9_condition", "explicit consent needs a purpose that rests on consent")
        if self.criminal is not Handling.REFUSE and not self.criminal_authority:
            raise InvalidChange("criminal_authority", "criminal matters need the law or authority of Article 10")
        if (special or self.usable_for_decision) and not self.dpia_reference:
            raise InvalidChange("dpia_reference", "special categories and decisions need an impact assessment")
        if not self.personal and self.lawful_basis is LawfulBasis.CONSENT:
            raise InvalidChange("lawful_basis", "nobody can consent where the purpose is about no person")


def terms_as_json(terms: PurposeTerms) -> dict[str, str | int | bool]:
    """Return the terms in the form of the database: no condition of Article 9 is an empty text."""
    plain = {name: getattr(value, "value", value) for name, value in asdict(terms).items()}
    return plain | {"article9_condition": plain["article9_condition"] or ""}


def terms_from_json(values: dict[str, Any]) -> PurposeTerms:
    """Return the terms that `values` holds: the inverse of `terms_as_json`."""
    condition = values["article9_condition"]
    return PurposeTerms(
        **values
        | {
            "lawful_basis": LawfulBasis(values["lawful_basis"]),
            "article9_condition": Article9Condition(condition) if condition else None,
            **{name: Handling(values[name]) for name in ("identifiers", "secrets", "special", "criminal", "unknown")},
        }
    )
