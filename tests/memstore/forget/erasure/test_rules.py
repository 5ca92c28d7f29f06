"""Every model says what an erasure does with it, and what it says is true of its table."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from memstore.erasure_rules import RULES, Fate

OURS = {"governance", "keyring", "memstore"}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]


def label(model: type[models.Model]) -> str:
    return model._meta.label


def test_every_model_has_a_rule_and_every_rule_a_model() -> None:
    assert {label(model) for model in MODELS} == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_names_columns_that_are_there_and_says_why_something_stays(name: str) -> None:
    rule, model = RULES[name], apps.get_model(name)
    assert bool(rule.why) == (rule.fate is Fate.KEEP)
    for lookup in (rule.subject, rule.purpose):
        if lookup:
            model._default_manager.filter(**{f"{lookup}__isnull": True})  # raises FieldError for what is not there


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_a_table_that_names_a_subject_is_deleted_or_says_why_it_is_kept(model: type[models.Model]) -> None:
    names = {field.attname for field in model._meta.concrete_fields}
    if "subject_id" in names or "pinned_subject" in names:
        rule = RULES[label(model)]
        assert rule.fate is not Fate.KEEP or rule.why


def test_rows_that_refer_go_before_what_they_refer_to() -> None:
    order = list(RULES)
    for name in order:
        for field in apps.get_model(name)._meta.concrete_fields:
            target = field.related_model
            if isinstance(target, type) and issubclass(target, models.Model) and label(target) in RULES:
                both_go = RULES[name].fate is RULES[label(target)].fate is Fate.DELETE
                assert not both_go or order.index(name) < order.index(label(target)), (name, label(target))
