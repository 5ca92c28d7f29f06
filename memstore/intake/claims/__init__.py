"""Claims of a statement: who, which attribute, which value, and how it is meant. Pure: no database, no clock.

English, German, French, Spanish and Italian are read; a text of another language gives claims without an attribute.
"""

from memstore.intake.claims.claim import Claim, Modality, held_keys, slot_keys
from memstore.intake.claims.read import read_claims
from memstore.intake.claims.words import content_stems

__all__ = ["Claim", "Modality", "content_stems", "held_keys", "read_claims", "slot_keys"]
