"""The command `memstore verify-certificate`: the same checks from where the service is installed."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from api.cli import with_module_name
from tests.governance.evidence.certificates.issuing import RECEIPT, issued
from tests.support.cast import DATABASES, Organisation

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


def call(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_certificate", *arguments, stdout=out)
    return int(str(ended.value.code)), out.getvalue()


def test_it_says_the_same_as_the_file_that_outsiders_have(bank: Organisation, tmp_path: Path) -> None:
    done = issued(bank)
    file = tmp_path / "certificate.json"
    file.write_bytes(done.handed_out)
    key = json.loads(done.handed_out)["public_key"]["public"]
    code, text = call(str(file), "--key", key, "--receipt", RECEIPT)
    assert code == 0
    assert "VERIFIED" in text
    assert call(str(file))[0] == 2
    assert call(str(file), "--key", "00" * 32)[0] == 1


def test_a_certificate_is_read_from_the_standard_input(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(issued(bank).handed_out.replace(b"erased", b"kept"))))
    code, text = call("-")
    assert code == 1
    assert "REFUSED" in text


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_certificate", str(tmp_path / "missing.json"))


def test_commands_are_named_with_hyphens_too() -> None:
    assert with_module_name(["memstore", "verify-certificate", "a-b.json"]) == [
        "memstore",
        "verify_certificate",
        "a-b.json",
    ]
    assert with_module_name(["memstore", "--a-b"]) == ["memstore", "--a-b"]
    assert with_module_name(["memstore"]) == ["memstore"]
