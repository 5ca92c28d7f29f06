"""The whole lexicon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.detect._terms_belief import BELIEF
from governance.detect._terms_criminal import CRIMINAL
from governance.detect._terms_health import HEALTH
from governance.detect._terms_health_abroad import HEALTH_ABROAD
from governance.detect._terms_person import PERSON
from governance.detect._terms_traps import TRAPS

if TYPE_CHECKING:
    from governance.detect._term import Term

ALL: tuple[Term, ...] = (*HEALTH, *HEALTH_ABROAD, *BELIEF, *PERSON, *CRIMINAL, *TRAPS)
