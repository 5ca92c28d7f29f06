"""What a new statement does to the current ones: replaces, ends, repeats or contradicts them. Pure functions."""

from memstore.reconcile.decide import decide, is_marked
from memstore.reconcile.statement import Candidate, Kind, Relation, Statement

__all__ = ["Candidate", "Kind", "Relation", "Statement", "decide", "is_marked"]
