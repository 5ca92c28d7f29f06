"""A language that no rule reads is told from a short text, from names, and from the languages that are read."""

from __future__ import annotations

import pytest

from governance.detect import Category, Finding, detector


def is_unknown(text: str) -> bool:
    found = [finding for finding in detector().detect(text) if finding.category is Category.UNKNOWN]
    assert found in ([], [Finding(Category.UNKNOWN, 0, len(text))])
    return bool(found)


@pytest.mark.parametrize(
    "text",
    [
        (
            "\u0423 \u043c\u0435\u043d\u044f \u0441\u0430\u0445\u0430\u0440\u043d\u044b\u0439 "
            "\u0434\u0438\u0430\u0431\u0435\u0442 \u0438 \u044f \u043f\u0440\u0438\u043d\u0438\u043c\u0430\u044e "
            "\u043b\u0435\u043a\u0430\u0440\u0441\u0442\u0432\u0430"
        ),
        (
            "\u0644\u062f\u064a \u0645\u0631\u0636 \u0627\u0644\u0633\u0643\u0631\u064a "
            "\u0648\u0623\u062a\u0646\u0627\u0648\u0644 \u0627\u0644\u062f\u0648\u0627\u0621 \u0643\u0644 "
            "\u064a\u0648\u0645"
        ),
        (
            "\u0388\u03c7\u03c9 \u03b4\u03b9\u03b1\u03b2\u03ae\u03c4\u03b7 \u03ba\u03b1\u03b9 "
            "\u03c0\u03b1\u03af\u03c1\u03bd\u03c9 \u03c6\u03ac\u03c1\u03bc\u03b1\u03ba\u03b1"
        ),
        # an ideograph says as much as a few letters
        "\u6211\u6709\u7cd6\u5c3f\u75c5\u6bcf\u5929\u6253\u80f0\u5c9b\u7d20",
        "\u79c1\u306f\u7cd6\u5c3f\u75c5\u3067\u6bcf\u65e5\u85ac\u3092\u98f2\u3093\u3067\u3044\u307e\u3059",
        # a foreign name inside makes it no English
        (
            "\u0423 \u043c\u0435\u043d\u044f \u0441\u0447\u0435\u0442 \u0432 \u0431\u0430\u043d\u043a\u0435 the "
            "Bank \u0438 \u044f \u043f\u0440\u0438\u043d\u0438\u043c\u0430\u044e "
            "\u043b\u0435\u043a\u0430\u0440\u0441\u0442\u0432\u0430 \u043a\u0430\u0436\u0434\u044b\u0439 "
            "\u0434\u0435\u043d\u044c"
        ),
        # Latin script
        "Jestem chory na cukrzyc\u0119 i codziennie rano bior\u0119 leki",
        "Jag har ont i ryggen och tar medicin varje dag",
        "Jeg tager medicin hver dag og bor hos min mor",
        "Minulla on sokeritauti ja otan l\u00e4\u00e4kett\u00e4 joka p\u00e4iv\u00e4 kotona",
        "\u015eeker hastas\u0131y\u0131m ve her g\u00fcn ila\u00e7 al\u0131yorum evde tek ba\u015f\u0131ma",
        "Cukorbeteg vagyok \u00e9s minden nap gy\u00f3gyszert szedek otthon reggel",
        "Saya sakit gula dan minum obat setiap hari di rumah",
        "Sunt bolnav \u0219i iau pastile \u00een fiecare zi de mult timp",
        "Imam \u0161e\u0107ernu bolest i svaki dan uzimam lijekove kod ku\u0107e",
        "M\u00e1m cukrovku a ka\u017ed\u00fd den beru l\u00e9ky doma r\u00e1no",
        "T\u00f4i b\u1ecb ti\u1ec3u \u0111\u01b0\u1eddng v\u00e0 u\u1ed1ng thu\u1ed1c m\u1ed7i ng\u00e0y",
    ],
)
def test_language_that_no_rule_reads(text: str) -> None:
    assert is_unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\u041f\u0440\u0438\u0432\u0435\u0442",  # short
        "\u674e\u5c0f\u9f99",
        "My colleague's name is \u0410\u043b\u0435\u043a\u0441\u0430\u043d\u0434\u0440 and she lives in Vienna",
        "I live in Rome and collect old clocks",
        "Ich wohne in Berlin und sammle alte Uhren",
        "J'habite \u00e0 Paris et je collectionne des montres anciennes",
        "Vivo en Madrid y colecciono relojes antiguos desde hace mucho",
        "Abito a Roma e colleziono orologi antichi da molto tempo",
        "Ik woon in Utrecht en verzamel oude klokken",
        "Moro em Lisboa e coleciono rel\u00f3gios antigos h\u00e1 muito tempo",
        "Customer prefers morning calls regarding mortgage renewal, contact spouse first",
        "Customer is diabetic, insulin twice daily",  # a note without small words
        "zadzwo\u0144 jutro",  # too few words to tell
        "Anna Schmidt, Hauptstra\u00dfe, Berlin, Deutschland, Erdgeschoss, Klingel Links, Meier, Schulz",  # names
        "\uff28\uff45\uff4c\uff4c\uff4f the full width world of letters and more",
        "1234567890 " * 5,
        "qwertz",
    ],
)
def test_language_that_is_read_or_too_short_to_tell(text: str) -> None:
    assert not is_unknown(text)


def test_what_is_of_no_language_is_found_all_the_same() -> None:
    text = (
        "\u041f\u0438\u0448\u0438\u0442\u0435 \u043c\u043d\u0435 \u043d\u0430 \u0430\u0434\u0440\u0435\u0441 "
        "anna@example.com \u0432 \u043b\u044e\u0431\u043e\u0435 \u0432\u0440\u0435\u043c\u044f"
    )
    assert {finding.category for finding in detector().detect(text)} == {Category.EMAIL, Category.UNKNOWN}
