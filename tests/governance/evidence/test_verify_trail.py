"""The arithmetic of evidence, against RFC 6962's definitions written down word for word."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from governance.evidence import verify_trail

SIZES = st.integers(1, 130)


def leaves(n: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + bytes([i])).digest() for i in range(n)]


def tree_hash(hashes: list[bytes]) -> bytes:
    """Return MTH of RFC 6962, 2.1, over leaf hashes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(hashes[:k]) + tree_hash(hashes[k:])).digest()


def under(hashes: list[bytes], ranges: list[tuple[int, int]]) -> list[bytes]:
    return [tree_hash(hashes[low:high]) for low, high in ranges]


def grown(n: int) -> verify_trail.Frontier:
    tree = verify_trail.Frontier()
    for leaf in leaves(n):
        tree.append(leaf)
    return tree


def test_the_known_vectors_of_certificate_transparency() -> None:
    """The tree of the eight inputs of the reference tests of RFC 6962's implementation."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    tree = verify_trail.Frontier()
    assert tree.root().hex() == hashlib.sha256(b"").hexdigest()
    for given_bytes, root in zip(inputs, roots, strict=True):
        tree.append(hashlib.sha256(b"\x00" + bytes.fromhex(given_bytes)).digest())
        assert tree.root().hex() == root


@given(SIZES)
def test_a_tree_that_grows_has_the_root_of_the_definition(n: int) -> None:
    tree = grown(n)
    assert tree.root() == tree_hash(leaves(n))
    again = verify_trail.Frontier.from_bytes(n, tree.to_bytes())
    again.append(b"x" * 32)
    assert again.root() == tree_hash([*leaves(n), b"x" * 32])


@given(SIZES, st.data())
def test_an_inclusion_proof_leads_to_the_root_and_to_no_other(n: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, n - 1))
    hashes = leaves(n)
    path = under(hashes, verify_trail.inclusion_ranges(index, n))
    assert verify_trail.root_by_inclusion(hashes[index], index, n, path) == tree_hash(hashes)
    assert verify_trail.root_by_inclusion(b"y" * 32, index, n, path) != tree_hash(hashes)
    if n > 1:
        with pytest.raises(verify_trail.Broken):
            verify_trail.root_by_inclusion(hashes[index], index, n, path[:-1])


@given(SIZES, SIZES)
def test_a_consistency_proof_holds_between_a_tree_and_what_grew_out_of_it(first: int, second: int) -> None:
    first, second = sorted((first, second))
    hashes = leaves(second)
    path = under(hashes, verify_trail.consistency_ranges(first, second))
    one, two = tree_hash(hashes[:first]), tree_hash(hashes)
    assert verify_trail.is_consistent(first, one, second, two, path)
    rewritten = [b"z" * 32, *hashes[1:]]
    forged = under(rewritten, verify_trail.consistency_ranges(first, second))
    assert not verify_trail.is_consistent(first, one, second, tree_hash(rewritten), forged)
    assert not verify_trail.is_consistent(first, one, second, two, [*path, one])


@given(SIZES, st.data())
def test_the_nodes_of_a_bundle_stand_for_everything_beside_the_events(n: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, n - 1))
    end = data.draw(st.integers(first + 1, n))
    hashes = leaves(n)
    nodes = iter(under(hashes, verify_trail.shown_ranges(n, (first, end))))
    assert verify_trail._root(0, n, (first, end), iter(hashes[first:end]), nodes) == tree_hash(hashes)
    assert next(nodes, None) is None


FIELD_VALUES = st.lists(st.none() | st.binary(max_size=255), min_size=3, max_size=3)


@given(FIELD_VALUES, FIELD_VALUES, st.binary(min_size=16, max_size=16))
def test_two_different_events_never_have_the_same_leaf(
    one: list[bytes | None], other: list[bytes | None], salt: bytes
) -> None:
    """The framing is unambiguous: what moves from one field to the next, or from empty to absent, is another leaf."""
    assert (verify_trail.leaf_hash(salt, one) == verify_trail.leaf_hash(salt, other)) == (one == other)


def head(size: int = 3, **changed: object) -> verify_trail.Head:
    said = {"tenant": UUID(int=7), "size": size, "root": b"r" * 32, "at": "2026-01-01T00:00:00.000000+00:00"}
    return verify_trail.Head(**{**said, "key_id": UUID(int=9), **changed})  # type: ignore[arg-type]


def test_a_head_is_good_with_the_key_that_signed_it_only() -> None:
    private = Ed25519PrivateKey.generate()
    signed = head(signature=private.sign(head().signed_text()))
    keys = {UUID(int=9): private.public_key().public_bytes_raw()}
    signed.check(keys)
    assert verify_trail.Head.from_json(json.loads(json.dumps(signed.to_json()))) == signed
    with pytest.raises(verify_trail.Broken, match="unknown key"):
        signed.check({uuid4(): keys[UUID(int=9)]})
    with pytest.raises(verify_trail.Broken, match="signature"):
        head(size=4, signature=signed.signature).check(keys)
    with pytest.raises(verify_trail.Broken, match="signature"):
        signed.check({UUID(int=9): Ed25519PrivateKey.generate().public_key().public_bytes_raw()})


@pytest.mark.parametrize("line", ["", "no json", "[]", "{}", '{"tenant": "x"}', '{"tenant": 7, "size": {}}'])
def test_a_line_that_is_no_head_is_no_anchor(line: str) -> None:
    assert list(verify_trail.anchored_heads([line], UUID(int=7))) == []


def test_the_canonical_text_of_a_head_is_that_of_rfc_8785() -> None:
    """Names in order, no spaces, ASCII: written out, so that another implementation can be held against it."""
    assert head().signed_text() == (
        b'{"at":"2026-01-01T00:00:00.000000+00:00","format":"memstore tree head 1",'
        b'"key":"00000000-0000-0000-0000-000000000009","root":"' + b"72" * 32 + b'","size":3,'
        b'"tenant":"00000000-0000-0000-0000-000000000007"}'
    )
