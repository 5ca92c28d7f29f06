"""Addresses, phone numbers, accounts, cards and the numbers that states give. All of them are made up."""

from __future__ import annotations

import pytest

from governance.detect import Category, detector

EMAIL, PHONE, IBAN, CARD = Category.EMAIL, Category.PHONE, Category.IBAN, Category.CARD
NATIONAL_ID, IP_ADDRESS = Category.NATIONAL_ID, Category.IP_ADDRESS


def shown(text: str) -> list[tuple[Category, str]]:
    return [(finding.category, text[finding.start : finding.end]) for finding in detector().detect(text)]


@pytest.mark.parametrize(
    ("text", "category", "expected"),
    [
        # e-mail
        ("write to anna@example.com", EMAIL, "anna@example.com"),
        ("Write to a.b+c@mail.example.co.uk.", EMAIL, "a.b+c@mail.example.co.uk"),
        ("anna@example.com.2 of us agree", EMAIL, "anna@example.com"),
        ("<anna@example.com>", EMAIL, "anna@example.com"),
        ("mailto:anna@example.com?x", EMAIL, "anna@example.com"),
        ("o'brien@example.com", EMAIL, "o'brien@example.com"),
        ("j\u00fcrgen@m\u00fcller.example", EMAIL, "j\u00fcrgen@m\u00fcller.example"),
        ("anna [at] example [dot] com", EMAIL, "anna [at] example [dot] com"),
        ("anna(at)example.com", EMAIL, "anna(at)example.com"),
        ("my e-mail is anna at example dot com", EMAIL, "anna at example dot com"),
        ("anna\u200b@exam\u200bple.com", EMAIL, "anna\u200b@exam\u200bple.com"),
        ("anna\uff20example\uff0ecom", EMAIL, "anna\uff20example\uff0ecom"),
        # phone, international
        ("+1 202 555 0143", PHONE, "+1 202 555 0143"),
        ("call +12025550143 now", PHONE, "+12025550143"),
        ("+44 20 7946 0018", PHONE, "+44 20 7946 0018"),
        ("+44 7700 900123", PHONE, "+44 7700 900123"),
        ("+49 (0)30 23125012", PHONE, "+49 (0)30 23125012"),
        ("0049 30 23125012", PHONE, "0049 30 23125012"),
        ("+33 1 99 00 12 34", PHONE, "+33 1 99 00 12 34"),
        ("\uff0b1 202 555 01\uff14\uff13", PHONE, "\uff0b1 202 555 01\uff14\uff13"),
        ("+1 202\u2011555\u20110143", PHONE, "+1 202\u2011555\u20110143"),
        # phone, national
        ("call me at 202-555-0143", PHONE, "202-555-0143"),
        ("(202) 555-0143", PHONE, "(202) 555-0143"),
        ("202.555.0143", PHONE, "202.555.0143"),
        ("my phone is 2025550143", PHONE, "2025550143"),
        ("in 2024 I had 202-555-0143", PHONE, "202-555-0143"),
        ("020 7946 0018", PHONE, "020 7946 0018"),
        ("Telefon: 030 23125012", PHONE, "030 23125012"),
        ("030/23125-012", PHONE, "030/23125-012"),
        ("06 39 98 12 34", PHONE, "06 39 98 12 34"),
        ("06.39.98.12.34", PHONE, "06.39.98.12.34"),
        ("ruf mich an unter 030 23125012", PHONE, "030 23125012"),
        ("my phone number is 555 0100", PHONE, "555 0100"),  # local, and called one
        ("tel. 07700 900123", PHONE, "07700 900123"),
        # IBAN
        ("GB82 WEST 1234 5698 7654 32", IBAN, "GB82 WEST 1234 5698 7654 32"),
        ("my IBAN is GB82WEST12345698765432 thanks", IBAN, "GB82WEST12345698765432"),
        ("gb82 west 1234 5698 7654 32 please", IBAN, "gb82 west 1234 5698 7654 32"),
        ("IBAN: DE89 3704 0044 0532 0130 00.", IBAN, "DE89 3704 0044 0532 0130 00"),
        ("GB82-WEST-1234-5698-7654-32", IBAN, "GB82-WEST-1234-5698-7654-32"),
        ("GB82 WEST 1234 5698 7654 3\u200b2", IBAN, "GB82 WEST 1234 5698 7654 3\u200b2"),
        ("\uff27B82 WEST 1234 5698 7654 32", IBAN, "\uff27B82 WEST 1234 5698 7654 32"),
        # cards
        ("4111 1111 1111 1111", CARD, "4111 1111 1111 1111"),
        ("4111111111111111", CARD, "4111111111111111"),
        ("card 4111-1111-1111-1111, exp 12/27", CARD, "4111-1111-1111-1111"),
        ("4111 1111 1111 1111 12 27", CARD, "4111 1111 1111 1111"),
        ("ref 2024 4111 1111 1111 1111", CARD, "4111 1111 1111 1111"),
        ("5555 5555 5555 4444", CARD, "5555 5555 5555 4444"),
        ("3782 822463 10005", CARD, "3782 822463 10005"),
        ("4111 1111 1111 \u200b1111", CARD, "4111 1111 1111 \u200b1111"),
        ("\uff14111 1111 1111 1111", CARD, "\uff14111 1111 1111 1111"),
        ("\u0664\u0661\u0661\u0661 1111 1111 1111", CARD, "\u0664\u0661\u0661\u0661 1111 1111 1111"),
        # numbers of states: by their form and check
        ("SSN 123-45-6789", NATIONAL_ID, "123-45-6789"),
        ("AB 12 34 56 C", NATIONAL_ID, "AB 12 34 56 C"),
        ("2 95 10 99 126 111 93", NATIONAL_ID, "2 95 10 99 126 111 93"),
        ("RCCMNL83S18D969H", NATIONAL_ID, "RCCMNL83S18D969H"),
        ("54362315K", NATIONAL_ID, "54362315K"),
        ("X-2482300W", NATIONAL_ID, "X-2482300W"),
        ("756.9217.0769.85", NATIONAL_ID, "756.9217.0769.85"),
        ("85.07.30-033 28", NATIONAL_ID, "85.07.30-033 28"),
        ("880320-0016", NATIONAL_ID, "880320-0016"),
        ("131052-308T", NATIONAL_ID, "131052-308T"),
        ("390.533.447-05", NATIONAL_ID, "390.533.447-05"),
        # and with a weak check, beside a word that names them
        ("my social security number: 123456789", NATIONAL_ID, "123456789"),
        ("NHS number 943 476 5870", NATIONAL_ID, "943 476 5870"),
        ("Steuer-ID 36 574 261 809", NATIONAL_ID, "36 574 261 809"),
        ("Mijn BSN is 111222333", NATIONAL_ID, "111222333"),
        ("111222333 (BSN)", NATIONAL_ID, "111222333"),
        ("PESEL 44051401359", NATIONAL_ID, "44051401359"),
        ("CPR-nummer 211062-5629", NATIONAL_ID, "211062-5629"),
        ("Aadhaar 2341 2341 2346", NATIONAL_ID, "2341 2341 2346"),
        ("PPS 6433435F", NATIONAL_ID, "6433435F"),
        # and with none
        ("my passport number is C01X00T47", NATIONAL_ID, "C01X00T47"),
        ("Reisepass Nr. C01X00T47", NATIONAL_ID, "C01X00T47"),
        ("driver's license no. D1234567", NATIONAL_ID, "D1234567"),
        ("ssn is 900-12-3456", NATIONAL_ID, "900-12-3456"),  # mistyped, and still told
        # IP addresses
        ("from 192.0.2.17 last night", IP_ADDRESS, "192.0.2.17"),
        ("logged in from 203.0.113.5.", IP_ADDRESS, "203.0.113.5"),
        ("2001:db8::8a2e:370:7334", IP_ADDRESS, "2001:db8::8a2e:370:7334"),
        ("host fe80::1", IP_ADDRESS, "fe80::1"),
    ],
)
def test_it_is_found_where_it_stands(text: str, category: Category, expected: str) -> None:
    assert shown(text) == [(category, expected)]


def test_several_in_one_text_keep_their_order() -> None:
    text = "anna@example.com, 4111 1111 1111 1111, SSN 123-45-6789 202-555-0143 GB82 WEST 1234 5698 7654 32 192.0.2.17"
    categories = [category for category, _ in shown(text)]
    assert categories == [EMAIL, CARD, NATIONAL_ID, PHONE, IBAN, IP_ADDRESS]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 50_000,
        "a@" * 25_000,
        "a." * 25_000,
        "a'" * 25_000,
        "'" * 50_000,
        "a@b." * 12_500,
        "a@" + "b." * 25_000,
        "a@" + "b" * 50_000,
        "1" * 50_000,
        "1 " * 25_000,
        "4111 " * 10_000,
        "4 " * 25_000,
        "1." * 25_000,
        "1-" * 25_000,
        "+1 " * 16_000,
        "(1 " * 16_000,
        "00" * 25_000,
        "::" * 25_000,
        "ab:" * 16_000,
        "GB82" * 12_500,
        "GB82 " * 10_000,
        "passport " * 5_500,
        "passport is is is is " * 2_500,
        "e-mail " * 7_000,
        "\u200b" * 50_000,
        "\uff11" * 50_000,
    ],
)
def test_adversarial_text_is_read_to_its_end(text: str) -> None:
    detector().detect(text)
