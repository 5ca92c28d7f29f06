"""Classification of a memory before it is stored, by what the detector finds. A finding only ever tightens."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from governance.detect import Category, Finding, detector, mask
from governance.vocabulary import DataClass, Handling
from memstore.models import QuarantineReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from governance.policy.decide import Intake, PurposeRule
    from memstore.records.payload import Json, Payload

IDENTIFIERS = frozenset(
    {Category.EMAIL, Category.PHONE, Category.IBAN, Category.CARD, Category.NATIONAL_ID, Category.IP_ADDRESS}
)


# Separator of metadata texts: no number, word or quotation reaches across, but a key still announces its value.
_APART = "\n|\n"


@dataclass(frozen=True, slots=True)
class Beside:
    """Metadata beside the words, with what was found in each of its texts, keys too."""

    metadata: dict[str, Json]
    texts: tuple[str, ...]
    found: tuple[tuple[Finding, ...], ...]

    @property
    def categories(self) -> set[Category]:
        return {finding.category for of_one in self.found for finding in of_one}

    def masked(self, categories: set[Category]) -> dict[str, Json]:
        """Return the metadata with the findings of these categories masked."""
        texts = (_masked(text, found, categories) for text, found in zip(self.texts, self.found, strict=True))
        return {next(texts): _rebuilt(item, texts) for item in self.metadata.values()}


@dataclass(frozen=True, slots=True)
class Classified:
    """Result for one payload, as it may be stored. `refused`: the purpose takes nothing of this class."""

    payload: Payload
    data_class: DataClass
    refused: bool = False
    quarantine: QuarantineReason | None = None


def class_of(category: Category) -> DataClass:
    """Return the class of data that a finding of this category stands for."""
    if category in IDENTIFIERS or category is Category.SECRET:
        return DataClass.CONFIDENTIAL
    # A text in an unknown language is treated as what it might be at worst.
    return DataClass.CRIMINAL if category is Category.CRIMINAL else DataClass.SPECIAL


def look_beside(metadata: dict[str, Json]) -> Beside:
    """Detect in a call's metadata once, however many memories it is stored with: all of its texts in one pass."""
    texts = list(strings_in(metadata))
    starts = list(accumulate((len(text) + len(_APART) for text in texts), initial=0))
    found: list[list[Finding]] = [[] for _ in texts]
    for finding in detector().detect(_APART.join(texts)):
        # An unknown language matters in the words that were said, not in a tag beside them.
        if finding.category is Category.UNKNOWN:
            continue
        # A finding that reaches over several texts (a key that is cut off, say) counts in each of them.
        for place in range(bisect_right(starts, finding.start) - 1, len(texts)):
            if starts[place] >= finding.end:
                break
            start, end = max(0, finding.start - starts[place]), min(len(texts[place]), finding.end - starts[place])
            if start < end:
                found[place].append(Finding(finding.category, start, end))
    return Beside(metadata, tuple(texts), tuple(map(tuple, found)))


def classify(payload: Payload, rule: PurposeRule, beside: Beside | None = None) -> Classified:
    """Return the payload masked as the purpose wants, its class, and whether it is refused or quarantined.

    `beside` is the payload's metadata, if that was classified before.
    """
    beside = beside or look_beside(payload.metadata)
    found = detector().detect(payload.text)
    categories = {finding.category for finding in found} | beside.categories
    if not categories:
        return _reviewed(Classified(payload, DataClass.ORDINARY), rule)
    handlings = {category: _handling(rule.intake, category) for category in categories}
    strictest = max(handlings.values(), key=lambda handling: handling.rank)
    data_class = max((class_of(category) for category in categories), key=lambda one: one.rank)
    if Handling.MASK in handlings.values():
        to_mask = {category for category, handling in handlings.items() if handling is Handling.MASK}
        payload = replace(payload, text=_masked(payload.text, found, to_mask), metadata=beside.masked(to_mask))
        # Without its identifier a text is ordinary; without the name of the illness it still tells of one.
        left = categories - {one for one in to_mask if class_of(one) is DataClass.CONFIDENTIAL}
        data_class = max((class_of(one) for one in left), key=lambda one: one.rank, default=DataClass.ORDINARY)
    payload = replace(payload, found=tuple(sorted(category.value for category in categories)))
    refused = strictest is Handling.REFUSE or (not rule.holds(data_class) and strictest is not Handling.QUARANTINE)
    quarantine = QuarantineReason.DETECTED if strictest is Handling.QUARANTINE else None
    if not rule.personal and quarantine is None:
        quarantine = QuarantineReason.ABOUT_A_PERSON
    return _reviewed(Classified(payload, data_class, refused, quarantine), rule)


def lent(sentences: Iterable[str]) -> str:
    """Return the sentences in which nothing is detected, as one text: only their words may help to find a memory.

    Words of a class that a purpose refuses, identifiers and secrets must not reach a card by way of a neighbour.
    """
    return "\n".join(one for one in sentences if not detector().detect(one))


def strings_in(value: Json) -> Iterable[str]:
    """Yield every text inside a JSON value, keys too."""
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


def _rebuilt(value: Json, texts: Iterator[str]) -> Json:
    """Return `value` with each of its texts replaced by the next of `texts`, in the order of `strings_in`."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, list):
        return [_rebuilt(item, texts) for item in value]
    if isinstance(value, dict):
        return {next(texts): _rebuilt(item, texts) for item in value.values()}
    return value
