"""Root key in AWS KMS: one symmetric key per epoch, under an alias. No key material ever comes here.

Region, credentials and endpoint are boto3's own settings (AWS_...). The context of each wrapped key travels as KMS
encryption context, in hex: random ids, which CloudTrail then shows.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from governance.errors import KeyUnavailable, WrongRootKey
from governance.keyring.root_contract import CHECK_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_kms.client import KMSClient

CHECK_CONTEXT = b"check"
# Codes of KMS for a ciphertext that is not of this key, or not of this context.
WRONG = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
GONE = frozenset({"NotFoundException"})
SECONDS = 3


class AwsRootKey:
    """Keeper in AWS KMS.

    `prefix`: keys are found as `alias/<prefix>-epoch-<n>`. `days`: the waiting period of a deletion, 7 to 30.
    """

    is_external = True

    def __init__(self, prefix: str, days: int) -> None:
        self._prefix, self._days = prefix, days

    def create(self, epoch: int) -> None:
        with _kms_errors():
            if self._exists(epoch):
                return
            made = self._client.create_key(
                Description=f"memstore root key, epoch {epoch}",
                Tags=[{"TagKey": "memstore-epoch", "TagValue": str(epoch)}],
            )
            self._client.create_alias(AliasName=self._alias(epoch), TargetKeyId=made["KeyMetadata"]["KeyId"])

    def wrap(self, epoch: int, key: bytes, context: bytes) -> bytes:
        with _kms_errors():
            made = self._client.encrypt(KeyId=self._alias(epoch), Plaintext=key, EncryptionContext=_context(context))
            return made["CiphertextBlob"]

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        with _kms_errors():
            opened = self._client.decrypt(
                KeyId=self._alias(epoch), CiphertextBlob=wrapped, EncryptionContext=_context(context)
            )
            return opened["Plaintext"]

    def check_value(self, epoch: int) -> bytes:
        return self.wrap(epoch, CHECK_MESSAGE, CHECK_CONTEXT)

    def proves(self, epoch: int, check_value: bytes) -> bool:
        try:
            return self.unwrap(epoch, check_value, CHECK_CONTEXT) == CHECK_MESSAGE
        except WrongRootKey:
            return False

    def destroy(self, epoch: int) -> datetime:
        """Schedule the deletion of the key of `epoch`, and return the day that KMS confirms.

        Until then an administrator of the account can still cancel it.
        """
        with _kms_errors():
            described = self._client.describe_key(KeyId=self._alias(epoch))["KeyMetadata"]
            if described["KeyState"] != "PendingDeletion":
                self._client.schedule_key_deletion(KeyId=described["KeyId"], PendingWindowInDays=self._days)
                described = self._client.describe_key(KeyId=described["KeyId"])["KeyMetadata"]
            return described["DeletionDate"].astimezone(UTC)

    def _exists(self, epoch: int) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._client.describe_key(KeyId=self._alias(epoch))
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                return False
            raise
        return True

    def _alias(self, epoch: int) -> str:
        return f"alias/{self._prefix}-epoch-{epoch}"

    @cached_property
    def _client(self) -> KMSClient:
        import boto3
        from botocore.config import Config

        patience = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2})
        client: KMSClient = boto3.client("kms", config=patience)
        return client


def _context(context: bytes) -> dict[str, str]:
    return {"memstore": context.hex()}


@contextmanager
def _kms_errors() -> Iterator[None]:
    """Turn KMS errors into KeyUnavailable and WrongRootKey.

    They carry codes only: the messages of the service may repeat what was sent to it.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in WRONG:
            raise WrongRootKey("KMS does not open this under the root key of its epoch") from None
        raise KeyUnavailable(f"KMS refused: {code}") from None
    except BotoCoreError as error:
        raise KeyUnavailable(f"KMS did not answer: {type(error).__name__}") from None
