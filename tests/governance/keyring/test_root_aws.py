"""The root key in AWS KMS, over real HTTP: moto where it answers as KMS does, a server of our own where it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring import keys, root
from governance.keyring.keys import check_root_key
from governance.keyring.models import DataKey
from governance.keyring.root_aws import AwsRootKey
from governance.tenancy.tenant_context import tenant_context
from tests.support.asking import ask
from tests.support.cast import DATABASES, Organisation, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings
    from pytest_httpserver import HTTPServer

KEY, CONTEXT = bytes(range(32)), b"tenant and epoch"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def kms(environment: pytest.MonkeyPatch) -> Iterator[AwsRootKey]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    made = AwsRootKey("memstore-test", 7)
    made.create(1)
    yield made
    server.stop()


def test_what_it_wraps_it_opens_and_the_key_itself_is_never_here(kms: AwsRootKey) -> None:
    wrapped = kms.wrap(1, KEY, CONTEXT)
    assert KEY not in wrapped
    assert kms.unwrap(1, wrapped, CONTEXT) == KEY
    assert kms.is_external


def test_another_context_does_not_open_it(kms: AwsRootKey) -> None:
    with pytest.raises(WrongRootKey):
        kms.unwrap(1, kms.wrap(1, KEY, CONTEXT), b"another tenant")


def test_a_version_proves_what_it_made_and_nothing_else(kms: AwsRootKey) -> None:
    assert kms.proves(1, kms.check_value(1))
    assert not kms.proves(1, kms.wrap(1, KEY, b"check"))
    assert not kms.proves(1, kms.wrap(1, b"memstore key-check value", CONTEXT))


def test_made_twice_it_is_the_same_key(kms: AwsRootKey) -> None:
    wrapped, before = kms.wrap(1, KEY, CONTEXT), boto3.client("kms").list_keys()["Keys"]
    kms.create(1)
    assert kms.unwrap(1, wrapped, CONTEXT) == KEY
    assert boto3.client("kms").list_keys()["Keys"] == before


def test_destroyed_it_waits_for_the_day_that_the_provider_confirms(kms: AwsRootKey) -> None:
    day = kms.destroy(1)
    assert timedelta(days=6) < day - datetime.now(UTC) < timedelta(days=8)
    assert kms.destroy(1) == day
    described = boto3.client("kms").describe_key(KeyId="alias/memstore-test-epoch-1")["KeyMetadata"]
    assert described["KeyState"] == "PendingDeletion"


def test_a_version_that_was_never_made_is_unavailable(kms: AwsRootKey) -> None:
    with pytest.raises(KeyUnavailable):
        kms.wrap(7, KEY, CONTEXT)


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("KMSInvalidStateException", KeyUnavailable),  # what KMS answers for a key that waits for its deletion
        ("DisabledException", KeyUnavailable),
        ("AccessDeniedException", KeyUnavailable),
        ("ThrottlingException", KeyUnavailable),
        ("KMSInternalException", KeyUnavailable),
        ("InvalidCiphertextException", WrongRootKey),
        ("IncorrectKeyException", WrongRootKey),
    ],
)
def test_each_refusal_of_kms_is_told_without_its_words(
    environment: pytest.MonkeyPatch, httpserver: HTTPServer, code: str, raised: type[Exception]
) -> None:
    environment.setenv("AWS_ENDPOINT_URL", httpserver.url_for(""))
    body = json.dumps({"__type": code, "message": "secret words of the service"})
    httpserver.expect_request("/", method="POST").respond_with_data(
        body, 400, content_type="application/x-amz-json-1.1"
    )
    with pytest.raises(raised) as caught:
        AwsRootKey("memstore-test", 7).unwrap(1, b"wrapped", CONTEXT)
    assert "secret words" not in str(caught.value)


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_while_kms_is_down_nothing_is_read_or_written_and_nothing_falls_back(
    bank: Organisation, environment: pytest.MonkeyPatch
) -> None:
    say(bank, "alice", "I like tea")
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    environment.setattr(keys, "root_key", lambda: AwsRootKey("memstore-test", 7))
    from governance.expiring_cache import clear_all

    clear_all()
    with tenant_context(bank.tenant.id, using="keys"):
        before = DataKey.objects.count()
    for method, path, body in (
        ("POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "alice"}}),
        ("POST", "/v3/memories/add/", {"messages": "I like coffee", "infer": False, "user_id": "bob"}),
    ):
        answer = ask(bank, method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (503, "key_unavailable"), answer.content
        assert b"tea" not in answer.content
    with tenant_context(bank.tenant.id, using="keys"):
        assert DataKey.objects.count() == before


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_root_key_that_did_not_make_the_stored_keys_stops_the_start(
    kms: AwsRootKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_root_key()  # the epochs of these databases are of the local file
    monkeypatch.setattr(keys, "root_key", lambda: kms)
    with pytest.raises((WrongRootKey, KeyUnavailable)):
        check_root_key()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.MEMSTORE_ROOT_KEY = "aws"
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    root.root_key.cache_clear()
    try:
        with pytest.raises(KeyUnavailable, match=r"pip install memstore\[aws\]"):
            root.root_key()
    finally:
        root.root_key.cache_clear()
