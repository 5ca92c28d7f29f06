"""Keys are made once, wrapped, checked against the root key, and missing when they are gone."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections

from governance.errors import KeyUnavailable, WrongRootKey
from governance.expiring_cache import ExpiringCache, clear_all
from governance.keyring import keys
from governance.keyring.identities import enrol_identity, find_identity, reveal_identities
from governance.keyring.keys import check_root_key, purpose_sealer
from governance.keyring.models import DataKey, Identity, KeyUse
from governance.keyring.root import LocalRootKey
from governance.keyring.sealing import Field
from governance.tenancy.tenant_context import tenant_context
from governance.vocabulary import SubjectKind
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def test_a_key_made_by_one_process_opens_in_another(bank: Organisation) -> None:
    subject, memory = uuid4(), uuid4()
    where = partial(
        purpose_sealer,
        tenant_id=bank.tenant.id,
        subject_id=subject,
        purpose_id=bank.assistance.purpose_id,
        consent_version=0,
    )
    sealed = where(create=True).seal(Field.TEXT, memory, 1, b"word")
    clear_all()  # as a process that has just started
    assert where().unseal(Field.TEXT, memory, 1, sealed) == b"word"


def test_a_missing_key_is_unavailable_and_never_made_by_a_read(bank: Organisation) -> None:
    with pytest.raises(KeyUnavailable):
        purpose_sealer(
            tenant_id=bank.tenant.id, subject_id=uuid4(), purpose_id=bank.assistance.purpose_id, consent_version=0
        )


def test_a_deleted_key_is_gone_for_every_process_that_holds_it_no_longer(bank: Organisation) -> None:
    subject = uuid4()
    where = partial(
        purpose_sealer,
        tenant_id=bank.tenant.id,
        subject_id=subject,
        purpose_id=bank.assistance.purpose_id,
        consent_version=0,
    )
    where(create=True)
    with tenant_context(bank.tenant.id, using="keys"):
        DataKey.objects.filter(subject_id=subject).delete()
    clear_all()
    with pytest.raises(KeyUnavailable):
        where()


def test_many_makers_at_once_agree_on_one_key(bank: Organisation) -> None:
    subject, memory = uuid4(), uuid4()

    def make(_: int) -> bytes:
        try:
            sealer = keys._sealer(bank.tenant.id, subject, bank.assistance.purpose_id, KeyUse.PURPOSE, create=True)
            return sealer.mac(b"same", memory.bytes)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1
    with tenant_context(bank.tenant.id, using="keys"):
        assert DataKey.objects.filter(subject_id=subject).count() == 1


def test_many_first_meetings_at_once_give_one_identity(bank: Organisation) -> None:
    def meet(_: int) -> object:
        try:
            return enrol_identity(bank.tenant.id, SubjectKind.USER, "alice")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(meet, range(8)))) == 1


def test_an_identity_is_found_by_its_own_tenant_and_kind_only(bank: Organisation, outsider: Organisation) -> None:
    alice = enrol_identity(bank.tenant.id, SubjectKind.USER, "alice")
    clear_all()
    assert find_identity(bank.tenant.id, SubjectKind.USER, "alice") == alice
    assert find_identity(bank.tenant.id, SubjectKind.AGENT, "alice") is None
    assert find_identity(bank.tenant.id, SubjectKind.USER, "Alice") is None
    assert find_identity(outsider.tenant.id, SubjectKind.USER, "alice") is None
    assert reveal_identities(bank.tenant.id, [alice]) == {alice: "alice"}
    assert reveal_identities(outsider.tenant.id, [alice]) == {}


def test_the_identity_map_holds_no_readable_name(bank: Organisation) -> None:
    enrol_identity(bank.tenant.id, SubjectKind.USER, "canary-name")
    with tenant_context(bank.tenant.id, using="keys"):
        row = Identity.objects.get(kind="user")
    assert b"canary-name" not in bytes(row.sealed) + bytes(row.lookup)


def test_a_wrong_root_key_stops_before_anything_is_written(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check_root_key()
    monkeypatch.setattr(keys, "root_key", lambda: LocalRootKey(tmp_path / "another.key"))
    clear_all()
    with tenant_context(bank.tenant.id, using="keys"):
        before = DataKey.objects.count()
    with pytest.raises(WrongRootKey):
        purpose_sealer(
            tenant_id=bank.tenant.id,
            subject_id=uuid4(),
            purpose_id=bank.assistance.purpose_id,
            consent_version=0,
            create=True,
        )
    with tenant_context(bank.tenant.id, using="keys"):
        assert DataKey.objects.count() == before
    clear_all()


@pytest.mark.parametrize("content", ["", "{}", '{"versions": [{"epoch": 1}]}', "\x00\x01"])
def test_an_unreadable_root_key_file_is_unavailable_and_left_as_it_is(content: str, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.write_text(content)
    if content == "{}":
        with pytest.raises(KeyUnavailable):
            LocalRootKey(path).wrap(1, bytes(32), b"")
    else:
        with pytest.raises(KeyUnavailable):
            LocalRootKey(path)
    assert path.read_text() == content


def test_the_root_key_file_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "root.key"
    LocalRootKey(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    LocalRootKey(path)
    assert path.read_bytes() == before
    assert [version["epoch"] for version in json.loads(before)["versions"]] == [1]


def test_cached_keys_leave_by_size_and_by_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEMSTORE_KEY_CACHE_SECONDS", 60)
    cache: ExpiringCache[int, str] = ExpiringCache(2)
    for number in range(3):
        cache.put(number, "key")
    assert [cache.get(number) for number in range(3)] == [None, "key", "key"]
    monkeypatch.setattr(settings, "MEMSTORE_KEY_CACHE_SECONDS", 0)
    cache.put(2, "key")
    assert cache.get(2) is None
    cache.sweep()
    assert len(cache) == 1
