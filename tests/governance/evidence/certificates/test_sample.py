"""The page about certificates shows one that verifies as pasted, and what the verifier really says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from governance.evidence.certificates import verify_certificate as verifier
from tests.governance.evidence.certificates import sample
from tests.governance.evidence.certificates.issuing import outcome, run

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_is_what_is_made_today() -> None:
    text = sample.PAGE.read_text("utf-8")
    hint = "docs/certificates.md is out of date: call `write` of sample.py, and read the diff"
    assert sample.page(text) == text, hint


def test_the_certificate_on_the_page_verifies_as_pasted(tmp_path: Path) -> None:
    text = sample.PAGE.read_text("utf-8")
    pasted = re.findall(r"```json\n(.*?)```", text, re.DOTALL)[-1].encode()
    [key] = set(re.findall(r"--key ([0-9a-f]{64})", text))
    done = run(tmp_path / "outsider", pasted, "--key", key, "--receipt", sample.RECEIPT)
    assert (done.returncode, done.stderr) == (0, "")
    tampered = pasted.replace(b'"1,001-10,000"', b'"11-100"', 1)
    answer, code = outcome(tampered, key=[bytes.fromhex(key)])
    assert code == 1
    assert "deleted: changed after it was written" in answer


def test_the_page_says_what_certificates_claim_and_what_not() -> None:
    text = " ".join(sample.PAGE.read_text("utf-8").split())
    for sentence in (*verifier.CLAIMED, *verifier.CLAIMED_OF_BACKUPS.values(), *verifier.NOT_CLAIMED):
        assert sentence in text
