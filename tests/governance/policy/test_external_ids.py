"""External ids: composed, visible, and equal on every face."""

from __future__ import annotations

import sys
import unicodedata
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import InvalidChange
from governance.keyring.identities import enrol_evenly, enrol_identity, find_identity, reveal_identities
from governance.policy.external_ids import DEFAULT_IGNORABLE, MAX_ID_CHARS, external_id
from governance.vocabulary import SubjectKind
from tests.support.cast import DATABASES, Organisation

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("alice", "alice"),
        (" alice\t", "alice"),
        (4711, "4711"),
        ("Alice", "Alice"),
        ("jose\u0301", "jos\u00e9"),
        ("A\u030angstro\u0308m", "\u00c5ngstr\u00f6m"),
        ("\u212bngstrom", "\u00c5ngstrom"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("a+b@mail.example", "a+b@mail.example"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("\U0001f984", "\U0001f984"),
        ("x" * MAX_ID_CHARS, "x" * MAX_ID_CHARS),
        ("e\u0301" * MAX_ID_CHARS, "\u00e9" * MAX_ID_CHARS),
    ],
)
def test_an_id_is_kept_in_its_composed_form(given_: object, kept: str) -> None:
    assert external_id(given_) == kept


@pytest.mark.parametrize(
    "given_",
    ["", "  ", None, True, 1.5, ["alice"], "x" * (MAX_ID_CHARS + 1), "x" * 10**6, 10**400]
    + [f"al{char}ice" for char in "/\\%*?# \u00a0\u3000\u2028\u2800\ud800\ue000\u0378\x00\u0085"]
    + [f"alice{chr(code)}" for first, last in DEFAULT_IGNORABLE for code in (first, last)],
)
def test_what_cannot_be_seen_or_is_read_differently_elsewhere_is_no_id(given_: object) -> None:
    with pytest.raises(InvalidChange) as refused:
        external_id(given_, "user_id")
    assert refused.value.field == "user_id"
    assert len(str(given_)) > 1000 or str(given_) not in refused.value.problem or not str(given_).strip()


def test_every_code_point_is_decided_by_its_properties() -> None:
    """All of Unicode: accepted is what is assigned, visible and no space."""
    ignorable = {code for first, last in DEFAULT_IGNORABLE for code in range(first, last + 1)}
    planes = chain(range(0x32400), range(0xE0000, 0xE1100), (0xF0000, 0x10FFFD, sys.maxunicode))  # between: unassigned
    for code in planes:
        char = unicodedata.normalize("NFC", f"a{chr(code)}b")
        unseen = code in ignorable or any(unicodedata.category(one) in UNSEEN for one in char)
        try:
            external_id(f"a{chr(code)}b")
        except InvalidChange:
            assert unseen or set(char) & set("/\\%*?#\u2800"), hex(code)
        else:
            assert not unseen, hex(code)


@given(st.text(min_size=1, max_size=40))
def test_both_forms_of_an_id_are_one_and_cleaning_it_again_changes_nothing(text: str) -> None:
    try:
        kept = external_id(text)
    except InvalidChange:
        return
    assert external_id(kept) == kept == external_id(unicodedata.normalize("NFD", text))


@pytest.mark.django_db(transaction=True, databases=DATABASES)
@pytest.mark.parametrize("enrol", [enrol_identity, enrol_evenly])
def test_whoever_asks_the_identity_map_asks_for_the_composed_form(bank: Organisation, enrol: object) -> None:
    tenant_id = bank.tenant.id
    made = enrol(tenant_id, SubjectKind.USER, "jose\u0301")  # type: ignore[operator]  # either of the two
    assert find_identity(tenant_id, SubjectKind.USER, "jos\u00e9") == made
    assert find_identity(tenant_id, SubjectKind.USER, "jose\u0301", evenly=True) == made
    assert reveal_identities(tenant_id, [made]) == {made: "jos\u00e9"}
    with pytest.raises(InvalidChange):
        find_identity(tenant_id, SubjectKind.USER, "alice\u200b")
    with pytest.raises(InvalidChange):
        enrol(tenant_id, SubjectKind.USER, "alice\u200b")  # type: ignore[operator]
