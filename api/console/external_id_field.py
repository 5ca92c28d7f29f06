"""The form field for an external id, which accepts what the API accepts for one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from governance.errors import InvalidChange
from governance.policy.external_ids import MAX_ID_CHARS, ExternalId, external_id


class IdFormField(forms.CharField):
    """A field that cleans to the id as it is kept, or to None when it may be left empty.

    Its error says what no id may hold.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_ID_CHARS, **options)

    def clean(self, value: object) -> ExternalId | None:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return external_id(typed)
        except InvalidChange as wrong:
            raise ValidationError(wrong.problem) from None
