"""Sealed values open where they were sealed, and nowhere else."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import Unopenable
from governance.keyring.sealing import Field, Sealer, pad, unpad

KEY, KEY_ID, TENANT, SUBJECT, PURPOSE = bytes(range(32)), uuid4(), uuid4(), uuid4(), uuid4()
MEMORY = uuid4()


def sealer(**changed: UUID | bytes) -> Sealer:
    places = {"key_id": KEY_ID, "tenant_id": TENANT, "subject_id": SUBJECT, "purpose_id": PURPOSE}
    key = changed.pop("key", KEY)
    assert isinstance(key, bytes)
    return Sealer(key, **(places | changed))  # type: ignore[arg-type]  # the rest are UUIDs


@given(st.binary(max_size=2_000), st.sampled_from(Field), st.integers(1, 2**32 - 1))
def test_what_was_sealed_opens_unchanged(content: bytes, field: Field, version: int) -> None:
    sealed = sealer().seal(field, MEMORY, version, content)
    assert sealer().unseal(field, MEMORY, version, sealed) == content
    assert content not in sealed or len(content) < 8


@pytest.mark.parametrize(
    "place",
    [
        {"key": os.urandom(32)},
        {"key_id": uuid4()},
        {"tenant_id": uuid4()},
        {"subject_id": uuid4()},
        {"purpose_id": uuid4()},
    ],
)
def test_moved_to_another_key_tenant_subject_or_purpose_it_stays_shut(place: dict[str, UUID | bytes]) -> None:
    sealed = sealer().seal(Field.TEXT, MEMORY, 1, b"word")
    with pytest.raises(Unopenable):
        sealer(**place).unseal(Field.TEXT, MEMORY, 1, sealed)


@pytest.mark.parametrize(
    ("field", "memory", "version"),
    [(Field.CARD, MEMORY, 1), (Field.TEXT, uuid4(), 1), (Field.TEXT, MEMORY, 2)],
)
def test_moved_to_another_field_row_or_version_it_stays_shut(field: Field, memory: UUID, version: int) -> None:
    sealed = sealer().seal(Field.TEXT, MEMORY, 1, b"word")
    with pytest.raises(Unopenable):
        sealer().unseal(field, memory, version, sealed)


@given(st.data())
def test_any_changed_byte_keeps_it_shut(data: st.DataObject) -> None:
    sealed = bytearray(sealer().seal(Field.TEXT, MEMORY, 1, b"a few words"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unopenable):
        sealer().unseal(Field.TEXT, MEMORY, 1, bytes(sealed))


@given(st.integers(0, 40))
def test_a_truncated_value_stays_shut(length: int) -> None:
    sealed = sealer().seal(Field.TEXT, MEMORY, 1, b"a few words")
    with pytest.raises(Unopenable):
        sealer().unseal(Field.TEXT, MEMORY, 1, sealed[:length])


def test_one_damaged_row_does_not_hide_the_others() -> None:
    first, second = uuid4(), uuid4()
    rows = [(first.bytes, 1, b"ms damaged"), (second.bytes, 1, sealer().seal(Field.CARD, second, 1, b"card"))]
    assert sealer().unseal_many(Field.CARD, rows) == [None, b"card"]


def test_a_random_generator_that_repeats_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.keyring.sealing.os.urandom", bytes)
    sealer().seal(Field.TEXT, MEMORY, 1, b"once")
    with pytest.raises(Unopenable):
        sealer().seal(Field.TEXT, MEMORY, 1, b"twice")


def test_fingerprints_compare_within_one_subject_and_purpose_key_only() -> None:
    assert sealer().mac(b"fingerprint", b"x") == sealer().mac(b"fingerprint", b"x")
    assert sealer().mac(b"fingerprint", b"x") != sealer(key=os.urandom(32)).mac(b"fingerprint", b"x")
    assert sealer().mac(b"fingerprint", b"x") != sealer().mac(b"identity", b"x")


@given(st.binary(max_size=500), st.sampled_from([64, 128, 512]))
def test_padding_hides_the_length_and_gives_the_content_back(content: bytes, bucket: int) -> None:
    padded = pad(content, bucket)
    assert len(padded) % bucket == 0
    assert unpad(padded) == content


def test_no_secret_shows_in_the_representation_of_a_sealer() -> None:
    assert KEY.hex() not in repr(sealer())
    assert repr(KEY) not in repr(sealer())
