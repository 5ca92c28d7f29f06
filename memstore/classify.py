"""classify: what is about to be stored is looked at first. A detection only ever tightens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from governance.detect import Category, Finding, detector, mask
from governance.vocabulary import DataClass, Handling
from memstore.models import QuarantineReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from governance.policy import Intake, PurposeRule
    from memstore.payload import Json, Payload

IDENTIFIERS = frozenset(
    {Category.EMAIL, Category.PHONE, Category.IBAN, Category.CARD, Category.NATIONAL_ID, Category.IP_ADDRESS}
)


@dataclass(frozen=True, slots=True)
class Classified:
    """`payload` as it may be stored. `refused`: the purpose takes nothing of this class."""

    payload: Payload
    data_class: DataClass
    refused: bool = False
    quarantine: QuarantineReason | None = None


def class_of(category: Category) -> DataClass:
    if category in IDENTIFIERS or category is Category.SECRET:
        return DataClass.CONFIDENTIAL
    # What we cannot read is treated as what it might be at worst.
    return DataClass.CRIMINAL if category is Category.CRIMINAL else DataClass.SPECIAL


def classify(payload: Payload, rule: PurposeRule) -> Classified:
    """The payload with what the purpose wants masked, its class, and whether it may be kept and recalled."""
    found = detector().detect(payload.text)
    beside = [finding for text in strings_in(payload.metadata) for finding in detector().detect(text)]
    # A language that we do not know is a matter of the words that were said, not of a tag beside them.
    beside = [finding for finding in beside if finding.category is not Category.UNKNOWN]
    categories = {finding.category for finding in (*found, *beside)}
    if not categories:
        return _reviewed(Classified(payload, DataClass.ORDINARY), rule)
    handlings = {category: _handling(rule.intake, category) for category in categories}
    strictest = max(handlings.values(), key=lambda handling: handling.rank)
    data_class = max((class_of(category) for category in categories), key=lambda one: one.rank)
    if Handling.MASK in handlings.values():
        to_mask = {category for category, handling in handlings.items() if handling is Handling.MASK}
        payload = replace(
            payload,
            text=_masked(payload.text, found, to_mask),
            metadata={key: _masked_json(value, to_mask) for key, value in payload.metadata.items()},
        )
        # Without its identifier a text is ordinary; without the name of the illness it still tells of one.
        left = categories - {one for one in to_mask if class_of(one) is DataClass.CONFIDENTIAL}
        data_class = max((class_of(one) for one in left), key=lambda one: one.rank, default=DataClass.ORDINARY)
    payload = replace(payload, found=tuple(sorted(category.value for category in categories)))
    refused = strictest is Handling.REFUSE or (not rule.holds(data_class) and strictest is not Handling.QUARANTINE)
    quarantine = QuarantineReason.DETECTED if strictest is Handling.QUARANTINE else None
    if not rule.personal and quarantine is None:
        quarantine = QuarantineReason.ABOUT_A_PERSON
    return _reviewed(Classified(payload, data_class, refused, quarantine), rule)


def strings_in(value: Json) -> Iterable[str]:
    """Every text inside a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings_in(item)


def _reviewed(classified: Classified, rule: PurposeRule) -> Classified:
    if rule.review_first and classified.quarantine is None:
        return replace(classified, quarantine=QuarantineReason.REVIEW_FIRST)
    return classified


def _handling(intake: Intake, category: Category) -> Handling:
    if category in IDENTIFIERS:
        return intake.identifier
    if category is Category.SECRET:
        return intake.secret
    if category is Category.UNKNOWN:
        return intake.unknown
    return intake.criminal if category is Category.CRIMINAL else intake.special


def _masked(text: str, found: Iterable[Finding], categories: set[Category]) -> str:
    return mask(text, [finding for finding in found if finding.category in categories])


def _masked_json(value: Json, categories: set[Category]) -> Json:
    if isinstance(value, str):
        return _masked(value, detector().detect(value), categories)
    if isinstance(value, list):
        return [_masked_json(item, categories) for item in value]
    if isinstance(value, dict):
        return {
            _masked(key, detector().detect(key), categories): _masked_json(item, categories)
            for key, item in value.items()
        }
    return value
