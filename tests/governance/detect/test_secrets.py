"""Passwords, PINs, keys and tokens. None of them opens anything."""

from __future__ import annotations

import pytest

from governance.detect import Category, detector

GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\n-----END RSA PRIVATE KEY-----"
WORDS = "apple river stone cloud tiger maple ocean candle forest piano window silver"


def shown(text: str) -> list[str]:
    findings = detector().detect(text)
    assert {finding.category for finding in findings} <= {Category.SECRET}
    return [text[finding.start : finding.end] for finding in findings]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        # passwords
        ("my password is hunter2", "hunter2"),
        ("My password is Tr0ub4dor&3.", "Tr0ub4dor&3"),
        ("the password for the wifi is Sunshine2024!", "Sunshine2024!"),
        ("password: rosebud", "rosebud"),
        ("password=abc123", "abc123"),
        ("pwd: S3cure", "S3cure"),
        ("my password is sunshine", "sunshine"),
        ("my password is sunshine and I like it", "sunshine"),
        ('the passphrase is "correct horse battery staple"', "correct horse battery staple"),
        ("I changed my password to N3wSecret", "N3wSecret"),
        ("hunter2 is my password", "hunter2"),
        ("Mein Passwort ist Geheim99", "Geheim99"),
        ("Passwort lautet: Sommer2024", "Sommer2024"),
        ("my wifi password's Sunshine1", "Sunshine1"),
        ("username anna password hunter2", "hunter2"),
        ("password - hunter2", "hunter2"),
        ("use hunter2 as password", "hunter2"),
        ("DB_PASSWORD=hunter2", "hunter2"),
        ("mon mot de passe est Soleil75", "Soleil75"),
        ("mi contrase\u00f1a es Verano2024", "Verano2024"),
        ("mijn wachtwoord is Fiets123", "Fiets123"),
        ("my pass\u200bword is hunter2", "hunter2"),
        ("my password is 4111 and that's it", "4111"),
        # PINs and codes
        ("my PIN is 4821", "4821"),
        ("PIN: 4821", "4821"),
        ("pin code 4821", "4821"),
        ("the PIN for my card is 4821", "4821"),
        ("meine PIN ist 4821", "4821"),
        ("my pin is \uff14\uff18\uff12\uff11", "\uff14\uff18\uff12\uff11"),
        ("CVV 123", "123"),
        ("the one-time code is 482113", "482113"),
        ("My locker code is 4312", "4312"),
        ("the alarm code: 9911", "9911"),
        ("T\u00fcrcode ist 4711", "4711"),
        ("le code secret est 4821", "4821"),
        ("my PIN: four eight two one", "four eight two one"),
        ("my pin is 48-21", "48-21"),
        ("security code 123", "123"),
        ("the gate code's 9921", "9921"),
        # keys by their form
        ("use sk-proj-abcdefghijklmnop1234567890", "sk-proj-abcdefghijklmnop1234567890"),
        (f"token {GITHUB} works", GITHUB),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("xoxb-123456789012-abcdefghijkl", "xoxb-123456789012-abcdefghijkl"),
        ("m0st_1a2b3c4d_0123456789abcdef0123456789abcdef", "m0st_1a2b3c4d_0123456789abcdef0123456789abcdef"),
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        (f"here: {PEM} done", PEM),
        ("-----BEGIN PRIVATE KEY-----\nMIIB and no end", "-----BEGIN PRIVATE KEY-----\nMIIB and no end"),
        ("postgres://app:s3cret@db.example.com/x", "s3cret"),
        # tokens that only look random, beside a word
        ("api key: 9f8e7d6c5b4a39281706f5e4d3c2b1a0", "9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
        ("the access token is Zx8kQ2mVb7Lp4Rt6", "Zx8kQ2mVb7Lp4Rt6"),
        (f"my seed phrase is {WORDS}", WORDS),
        # a secret stays one, though it be made like a card's number or an address
        ("my password is 4111111111111111", "4111111111111111"),
        ("my password is anna@example.com", "anna@example.com"),
    ],
)
def test_only_the_secret_itself_is_found(text: str, secret: str) -> None:
    assert shown(text) == [secret]


@pytest.mark.parametrize(
    "text",
    [
        "commit 9f8e7d6c5b4a39281706f5e4d3c2b1a0",  # random, and nothing says what it is
        "my password is [secret]",
        "PIN [secret]",
        "password: <your password>",
        "password = {password}",
        "Do you know my password?",
    ],
)
def test_what_holds_no_secret(text: str) -> None:
    assert shown(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "password " * 5_500,
        "password is " * 4_000,
        "password of a b c d " * 2_500,
        "my pin " * 7_000,
        "-----BEGIN PRIVATE KEY-----" * 1_800,
        "eyJ" + "a" * 50_000,
        "eyJaaaaaaaaa." * 3_800,
        "key " + "a1" * 25_000,
        "a://" * 12_500,
        "a" * 25_000 + "://",
        "x" * 25_000 + " is my password",
        "set my password " * 3_000,
        "seed phrase is " + "apple " * 8_000,
        '"' * 50_000,
    ],
)
def test_adversarial_text_is_read_to_its_end(text: str) -> None:
    detector().detect(text)
