"""The statement of a certificate: what it says, and what it can never say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.evidence.certificates import verify_certificate as verifier
from governance.evidence.certificates.statement import (
    AuditRoot,
    CannotCertify,
    NoHorizon,
    Outcome,
    PurposeScope,
    bucket,
    document,
    names_nobody,
)
from governance.evidence.merkle_proofs import Inclusion
from tests.governance.evidence.certificates.issuing import facts

if TYPE_CHECKING:
    from governance.evidence.certificates.statement import CertificateFacts

AUDIT = AuditRoot({"id": "x"}, Inclusion(uuid4(), 0, "00" * 32, (), {}), "00" * 32, 0, ())


def said(known: CertificateFacts, audit: AuditRoot = AUDIT) -> dict[str, Any]:
    return document(known, tenant_id=uuid4(), issued_at=datetime.now(UTC), key_id=uuid4(), audit=audit)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (1, "1-10"),
        (10, "1-10"),
        (11, "11-100"),
        (100, "11-100"),
        (101, "101-1,000"),
        (1_000, "101-1,000"),
        (1_001, "1,001-10,000"),
        (10_001, "10,001-100,000"),
        (100_000, "10,001-100,000"),
        (100_001, "more than 100,000"),
        (10**12, "more than 100,000"),
    ],
)
def test_counts_are_told_in_buckets(count: int, words: str) -> None:
    assert bucket(count) == words


def test_a_negative_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        bucket(-1)


@given(st.integers(min_value=0, max_value=10**7))
def test_a_larger_count_is_never_in_a_smaller_bucket(count: int) -> None:
    order = verifier.BUCKETS.index
    assert order(bucket(count)) <= order(bucket(count + 1))


def test_no_exact_number_of_rows_is_in_it() -> None:
    text = json.dumps(said(facts(deleted={"memstore_memory": 4_711_004_711}, refusals={"17(3)(b)": 4_712_004_712})))
    assert "4711004711" not in text  # so long that no random id has it by chance
    assert "4712004712" not in text


def test_it_has_the_fields_of_the_shape_and_no_others() -> None:
    assert set(said(facts())) == {*verifier.SHAPE, "sections"}


def test_without_a_horizon_nothing_is_claimed_of_backups() -> None:
    found = said(facts(horizon=NoHorizon("data_and_keys_in_one_cluster")))
    assert found["horizon"] == {"none": "data_and_keys_in_one_cluster"}
    assert verifier.CLAIMED_OF_BACKUPS[False] in found["claims"]["claimed"]
    assert verifier.CLAIMED_OF_BACKUPS[True] not in found["claims"]["claimed"]


def test_neither_gone_bytes_nor_missing_copies_are_claimed() -> None:
    found = said(facts())["claims"]
    assert any("bytes are gone" in sentence for sentence in found["not_claimed"])
    assert any("no copy exists" in sentence for sentence in found["not_claimed"])
    assert not any("bytes" in sentence or "copy exists" in sentence for sentence in found["claimed"])


@pytest.mark.parametrize("name", verifier.SPEAKING)
def test_an_event_that_speaks_of_more_than_the_job_is_no_event_for_a_certificate(name: str) -> None:
    with pytest.raises(CannotCertify, match="event_names_more_than_the_job"):
        said(facts(), AuditRoot({"id": "x", name: "something"}, AUDIT.inclusion, "00" * 32, 0, ()))


def test_names_that_would_break_a_terminal_are_shown_on_one_line() -> None:
    found = said(facts(tenant_name="Bank\x1b[2J\nof nowhere", scope=(PurposeScope("a\tb", Outcome.ERASED),)))
    assert found["tenant"]["name"].isprintable()
    assert found["scope"][0]["purpose"].isprintable()


SUBJECT = "0b9c9c4e-7a51-4b0e-9d0a-6f0d5f6f2a11"


@pytest.mark.parametrize(
    ("hidden", "forbidden"),
    [
        ({"tenant_name": f"Bank {SUBJECT}"}, SUBJECT),
        ({"tenant_name": f"Bank {SUBJECT.replace('-', '')}"}, SUBJECT),
        ({"tenant_name": f"Bank {SUBJECT.upper()}"}, SUBJECT),
        ({"tenant_name": "Bank of bea"}, "bea"),
        ({"tenant_name": "Bank", "deleted": {"store.bea@example.test": 1}}, "Bea@Example.Test"),
        ({"scope": (PurposeScope("for bea-4711 only", Outcome.ERASED),)}, "bea-4711"),
    ],
)
def test_a_document_that_names_the_person_is_not_signed(hidden: dict[str, object], forbidden: str) -> None:
    with pytest.raises(CannotCertify, match="names_somebody"):
        names_nobody(said(facts(**hidden)), [forbidden])


def test_what_turns_up_by_chance_is_not_the_person() -> None:
    sound = said(facts())
    names_nobody(sound, [SUBJECT, "bea", "a", "ban", "erase", "e", "gone", "bytes"])
    with pytest.raises(ValueError, match="empty"):
        names_nobody(sound, ["  "])
