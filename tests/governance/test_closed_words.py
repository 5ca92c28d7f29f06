"""Append-only tables hold no free text: each text column is a word of a list, a reference or a form."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, connection

from governance.errors import InvalidChange
from governance.models import ConsentEvent
from governance.policy.channels import channel_said
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import CHANNELS, Channel
from tests.support.cast import DATABASES, Organisation
from tests.support.consenting import consents

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

# Texts that no CHECK limits, each with the reason.
EXCEPTIONS = {
    ("governance_consentnotice", "text"): "the wording that people were shown: the very thing that is kept",
    ("governance_purposeversion", "criminal_authority"): "the name of a law; configuration by an administrator",
    ("governance_purposeversion", "dpia_reference"): "the reference of a document; configuration by an administrator",
    ("governance_adminchange", "changes"): "old and new values of configuration; fields with words are left out",
    ("governance_erasurestepdone", "counts"): "numbers by table, written by the service",
    ("governance_auditevent", "role"): "a word of the service's own vocabulary, written by no caller",
    ("governance_auditevent", "type"): "as above",
    ("governance_auditevent", "reason"): "as above",
    ("governance_auditevent", "job"): "as above",
    ("governance_auditevent", "lawful_basis"): "as above",
    ("governance_adminchange", "job"): "as above",
}
# Every column of characters or JSON of a table with the append-only trigger, and what the CHECKs on it say.
COLUMNS = """
    SELECT c.relname, a.attname, coalesce(string_agg(pg_get_constraintdef(k.oid), ' '), '')
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY(k.conkey)
    WHERE t.tgname = 'append_only_rows' AND a.attnum > 0 AND NOT a.attisdropped AND NOT c.relispartition
      AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'json'::regtype, 'jsonb'::regtype)
    GROUP BY 1, 2
"""


def closed(column: str, checks: str) -> bool:
    """Return whether the checks give a list of words or a form for the column, or say that it is empty."""
    return bool(re.search(rf"(\({column}\)::text|\b{column}) (= ANY \(|~ |IS NULL)", checks))


def test_each_text_of_an_append_only_table_is_limited_by_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        found = cursor.fetchall()
    assert len({table for table, _, _ in found}) > 8  # the question is asked of the real tables
    free = {(table, column) for table, column, checks in found if not closed(column, checks)}
    assert free <= set(EXCEPTIONS)


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_may_be_said(channel: Channel) -> None:
    assert channel_said(channel.value) is channel


OUR_OWN = [word for word in Channel if word not in CHANNELS]


@pytest.mark.parametrize("text", ["", "A letter", "WEB", "web ", "fax", *OUR_OWN])
def test_what_is_no_channel_or_the_services_own_is_refused(text: str) -> None:
    with pytest.raises(InvalidChange, match="invalid"):
        channel_said(text)


@pytest.mark.parametrize(
    ("field", "value"), [("channel", "Tuesday"), ("given_by", "aunt"), ("language", "en my story"), ("action", "maybe")]
)
def test_the_database_takes_no_story(bank: Organisation, field: str, value: str) -> None:
    consents(bank)
    with tenant_context(bank.tenant.id):
        event = ConsentEvent.objects.get()
    event.pk = None
    setattr(event, field, value)
    with pytest.raises(IntegrityError), tenant_context(bank.tenant.id):
        event.save(force_insert=True)


@pytest.mark.parametrize(
    "name", ["consent_by_a_known_channel", "request_by_a_known_channel", "notice_by_a_known_channel"]
)
def test_the_database_knows_the_same_channels(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
        [definition] = cursor.fetchone()
    assert set(re.findall("'([a-z]+)'", definition)) == {channel.value for channel in Channel}
