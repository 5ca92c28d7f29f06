"""The marks of every test in a browser: one worker of xdist has them all, since they share one browser."""

from __future__ import annotations

import pytest

from tests.support.cast import DATABASES

IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True, databases=DATABASES),
]
