"""Every column that may hold the id of an identity is known, and so is what a row there does for it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from memstore.records.identity_references import REFERENCES, Keeps

OURS = {"governance", "keyring", "memstore"}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]
# Columns whose ids are those of people at work, of keys, purposes, requests, events and rows: never an identity's.
# Whoever adds a column of another name finds here that it has to be decided about.
NOT_IDENTITIES = frozenset(
    {
        "allowed_purposes",
        "approved_by",
        "canary_id",
        "case_id",
        "closed_by",
        "created_by",
        "decided_by",
        "duplicate_of",
        "end_approved_by",
        "end_requested_by",
        "ended_by",
        "new_id",
        "old_id",
        "replaced_by",
        "erasure_id",
        "event_id",
        "extended_by",
        "handled_by",
        "informed_subjects_by",
        "issued_by",
        "job_id",
        "key_id",
        "link_id",
        "memory_id",
        "memory_ids",
        "notice_id",
        "notified_authority_by",
        "object_id",
        "opened_by",
        "opened_in",
        "principal_id",
        "purpose_id",
        "purpose_version_id",
        "recipient_id",
        "recorded_by",
        "registered_by",
        "release_approved_by",
        "release_requested_by",
        "request_id",
        "requested_by",
        "retention_cursor",
        "retention_rules",
        "reviewed_by",
        "salt",
        "session_id",
        "settled_by",
        "source_id",
        "suspended_by",
        "target_id",
        "tenant_id",
        "token",
        "told_by",
        "user_id",
        "verified_by",
    }
)
ITS_OWN_ID = {"governance.Subject", "keyring.Identity"}


def uuid_columns() -> list[tuple[str, str]]:
    """Return (model, column) of every column that holds ids, lists of them included."""
    found = []
    for model in MODELS:
        for field in model._meta.concrete_fields:
            kept = field.base_field if isinstance(field, ArrayField) else field
            while isinstance(kept, models.ForeignKey):
                kept = kept.target_field
            if isinstance(kept, models.UUIDField):
                found.append((model._meta.label, field.attname))
    return found


@pytest.mark.parametrize(("label", "column"), uuid_columns())
def test_a_column_of_ids_is_a_reference_or_never_holds_an_identity(label: str, column: str) -> None:
    known = (label, column) in REFERENCES
    if column == "id":
        assert known == (label in ITS_OWN_ID)
    else:
        assert known != (column in NOT_IDENTITIES), (label, column)


def test_every_reference_is_a_column() -> None:
    assert set(REFERENCES) <= set(uuid_columns())


def test_whatever_came_through_something_keeps_it() -> None:
    through = {reference for reference in uuid_columns() if reference[1].endswith("_ref")}
    assert through
    assert {REFERENCES[reference] for reference in through} == {Keeps.KEEPS}
