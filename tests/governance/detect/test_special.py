"""Special categories (GDPR Article 9(1)) and criminal matters (Article 10): stated, or told by what one does."""

from __future__ import annotations

import pytest

from governance.detect import Category, detector
from governance.detect._lexicon import Lexicon
from governance.detect._term import Term

HEALTH, RELIGION, POLITICS, UNION = Category.HEALTH, Category.RELIGION, Category.POLITICS, Category.UNION
SEXUAL_LIFE, ETHNICITY = Category.SEXUAL_LIFE, Category.ETHNICITY
BIOMETRIC, GENETIC, CRIMINAL = Category.BIOMETRIC, Category.GENETIC, Category.CRIMINAL


def found(text: str) -> set[Category]:
    return {finding.category for finding in detector().detect(text)}


@pytest.mark.parametrize(
    "text",
    [
        # diseases and diagnoses
        "I have type 2 diabetes",
        "She is diabetic",
        "He was diagnosed with asthma as a child",
        "My mother died of cancer",
        "I am HIV-positive",
        "hiv positive since 2011",
        "My father has Alzheimer's",
        "has Parkinson's disease",
        "I've had a stroke",
        "He recovered from a minor stroke",
        "She had a heart attack last year",
        "cardiac arrest in 2019",
        "I suffer from migraines",
        "my arthritis is getting worse",
        "lives with multiple sclerosis",
        "high blood pressure runs in the family",
        "I have a rare disease",
        "My symptoms are severe",
        "I caught a stomach virus",
        "I have a cold",
        "She has the flu",
        "tested positive for covid",
        "I got covid in March",
        "I have a terrible headache",
        "chest pains at night",
        "is terminally ill",
        "I'm sick, I can't come",
        # allergies
        "My daughter is allergic to peanuts",
        "He has a penicillin allergy",
        "I'm lactose intolerant",
        "I can't eat gluten",
        "I have coeliac disease",
        # medicines and treatments
        "takes metformin",
        "She's on sertraline",
        "500 mg amoxicillin twice a day",
        "prescribed painkillers after the operation",
        "goes to dialysis on Tuesdays",
        "started chemotherapy in May",
        "had knee surgery",
        "has a pacemaker",
        "sees a therapist every Monday",
        "my cardiologist says I should rest",
        "I was hospitalised for two weeks",
        "on sick leave until June",
        "is vaccinated against measles",
        "my doctor wants me to lose weight",
        "I hurt my ankle last week",
        "He was rushed to hospital",
        # pregnancy, disability, mental health, addiction
        "She is pregnant",
        "expecting a baby in October",
        "had a miscarriage",
        "uses a wheelchair",
        "I'm disabled",
        "My son is deaf",
        "has a hearing aid",
        "He is legally blind",
        "diagnosed with depression",
        "I have panic attacks",
        "she has bipolar disorder",
        "my kid has ADHD",
        "attempted suicide",
        "is a recovering alcoholic",
        "addicted to painkillers",
        "I broke my leg last winter",
        # German
        "Ich bin zuckerkrank",
        "Meine Frau hat Brustkrebs",
        "Er hatte einen Herzinfarkt",
        "Sie ist schwanger",
        "Ich bin seit Montag krankgeschrieben",
        "Er leidet unter R\u00fcckenschmerzen",
        "Sie nimmt Blutdruckmedikamente",
        "Ich habe eine Erdnussallergie",
        "Mein Sohn sitzt im Rollstuhl",
        "muss zur Dialyse",
        # French
        "Je suis diab\u00e9tique",
        "Elle est enceinte",
        "Il est en arr\u00eat maladie",
        "Je prends des m\u00e9dicaments",
        "Mon p\u00e8re a eu un AVC",
        "Elle est allergique aux arachides",
        "Il est hospitalis\u00e9",
        # Spanish
        "Tengo diabetes",
        "Mi hija es al\u00e9rgica a los cacahuetes",
        "Est\u00e1 embarazada",
        "Sufre depresi\u00f3n",
        "Tiene c\u00e1ncer de mama",
        "Toma medicaci\u00f3n",
        "tuvo un infarto",
        # Italian, Dutch, Portuguese
        "Mia moglie \u00e8 incinta",
        "Hij heeft kanker",
        "Ela est\u00e1 gr\u00e1vida",
        # accents left out, other spelling of umlauts, capitals, hidden characters
        "elle est diabetique",
        "RUECKENSCHMERZEN",
        "DIABETES",
        "dia\u200bbetes",
        "\uff44\uff49\uff41\uff42\uff45\uff54\uff45\uff53",
    ],
)
def test_health(text: str) -> None:
    assert found(text) == {HEALTH}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am a Muslim", {RELIGION}),
        ("My wife is Catholic", {RELIGION}),
        ("I'm Jewish and love rye bread", {RELIGION}),
        ("prays five times a day", {RELIGION}),
        ("goes to church every Sunday", {RELIGION}),
        ("he attends the mosque", {RELIGION}),
        ("She wears a hijab", {RELIGION}),
        ("keeps kosher", {RELIGION}),
        ("eats only halal", {RELIGION}),
        ("I'm fasting for Ramadan", {RELIGION}),
        ("converted to Islam in 2010", {RELIGION}),
        ("is a devout Christian", {RELIGION}),
        ("I'm an atheist", {RELIGION}),
        ("our rabbi recommended it", {RELIGION}),
        ("We celebrate Hanukkah", {RELIGION}),
        ("Er ist evangelisch", {RELIGION}),
        ("zahlt Kirchensteuer", {RELIGION}),
        ("Elle est musulmane", {RELIGION}),
        ("Soy cat\u00f3lico", {RELIGION}),
        ("I voted for the Greens", {POLITICS}),
        ("He is a lifelong Republican", {POLITICS}),
        ("member of the Labour Party", {POLITICS}),
        ("supports Trump", {POLITICS}),
        ("is politically active", {POLITICS}),
        ("went to a climate protest", {POLITICS}),
        ("has far-right views", {POLITICS}),
        ("W\u00e4hlt die Gr\u00fcnen", {POLITICS}),
        ("ist Mitglied der CSU", {POLITICS}),
        ("Il a vot\u00e9 pour Macron", {POLITICS}),
        ("vot\u00f3 por el PSOE", {POLITICS}),
        ("I am a trade union member", {UNION}),
        ("She joined the union last year", {UNION}),
        ("pays her union dues", {UNION}),
        ("He is a shop steward", {UNION}),
        ("in der Gewerkschaft aktiv", {UNION}),
        ("Mitglied der IG Metall", {UNION}),
        ("Mitglied bei ver.di", {UNION}),
        ("d\u00e9l\u00e9gu\u00e9 syndical", {UNION}),
        ("afiliado a un sindicato", {UNION}),
        ("I am gay", {SEXUAL_LIFE}),
        ("She is a lesbian", {SEXUAL_LIFE}),
        ("he came out as bisexual", {SEXUAL_LIFE}),
        ("I'm straight", {SEXUAL_LIFE}),
        ("my brother is transgender", {SEXUAL_LIFE}),
        ("They are non-binary", {SEXUAL_LIFE}),
        ("has an open marriage", {SEXUAL_LIFE}),
        ("is having an affair", {SEXUAL_LIFE}),
        ("Er ist schwul", {SEXUAL_LIFE}),
        ("Il est homosexuel", {SEXUAL_LIFE}),
        ("Es lesbiana", {SEXUAL_LIFE}),
        ("of Turkish descent", {ETHNICITY}),
        ("He is African American", {ETHNICITY}),
        ("I'm mixed race", {ETHNICITY}),
        ("her parents are Kurdish", {ETHNICITY}),
        ("belongs to an ethnic minority", {ETHNICITY}),
        ("a black woman", {ETHNICITY}),
        ("Er hat einen Migrationshintergrund", {ETHNICITY}),
        ("Sie ist t\u00fcrkischer Herkunft", {ETHNICITY}),
        ("signs in with his fingerprint", {BIOMETRIC}),
        ("we stored her voiceprint", {BIOMETRIC}),
        ("uses facial recognition at the door", {BIOMETRIC}),
        ("hat seinen Fingerabdruck hinterlegt", {BIOMETRIC}),
        ("huella dactilar registrada", {BIOMETRIC}),
        ("her DNA test came back", {GENETIC}),
        ("carries a BRCA1 mutation", {GENETIC}),
        ("a genetic predisposition", {GENETIC}),
        ("macht einen Gentest", {GENETIC}),
        ("He was convicted of theft", {CRIMINAL}),
        ("has a criminal record", {CRIMINAL}),
        ("was arrested in 2015", {CRIMINAL}),
        ("spent two years in prison", {CRIMINAL}),
        ("is on probation, says his probation officer", {CRIMINAL}),
        ("charged with drug possession", {CRIMINAL}),
        ("pleaded guilty", {CRIMINAL}),
        ("has a DUI", {CRIMINAL}),
        ("She is out on bail", {CRIMINAL}),
        ("Er ist vorbestraft", {CRIMINAL}),
        ("sitzt im Gef\u00e4ngnis", {CRIMINAL}),
        ("casier judiciaire", {CRIMINAL}),
        ("tiene antecedentes penales", {CRIMINAL}),
        # more than one
        ("A gay Muslim with diabetes", {SEXUAL_LIFE, RELIGION, HEALTH}),
        ("convicted while in rehab", {CRIMINAL, HEALTH}),
        ("hereditary cancer", {GENETIC}),
    ],
)
def test_the_other_categories(text: str, expected: set[Category]) -> None:
    assert found(text) == expected


def test_findings_point_at_the_words() -> None:
    text = "My daughter is allergic to peanuts; her father was arrested."
    shown = [(finding.category, text[finding.start : finding.end]) for finding in detector().detect(text)]
    assert shown == [(HEALTH, "allergic"), (CRIMINAL, "arrested")]


def lexicon(*terms: Term) -> Lexicon:
    return Lexicon(terms)


@pytest.mark.parametrize(
    ("phrases", "text", "spans"),
    [
        ("flu", "the flu, influx", [(4, 7)]),  # whole words only
        ("diabet*", "diabetes diabete dia", [(0, 8), (9, 16)]),
        ("*itis", "arthritis itis", [(0, 9)]),
        ("goes|went to", "went to goes", [(0, 7)]),
        ("sees a ? doctor", "sees a good doctor, sees a doctor", [(0, 18)]),
        ("broke ... leg", "broke my very own leg, broke leg", [(0, 21), (23, 32)]),
        ("broke ... leg", "broke it. leg", []),  # a gap stays within its sentence
        ("broke ... leg", "broke one two three four leg", []),
        ("r\u00fccken", "rucken ruecken", [(0, 6), (7, 14)]),
        ("goes|\n   went away", "went away", [(0, 9)]),
    ],
)
def test_how_phrases_match(phrases: str, text: str, spans: list[tuple[int, int]]) -> None:
    assert [(start, end) for _, start, end in lexicon(Term(HEALTH, phrases)).find(text)] == spans


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("virus", []),
        ("caught a virus", [(9, 14)]),
        ("caught a virus on my pc", []),
        ("caught a virus. my pc", [(9, 14)]),  # another sentence
        ("virus one two three caught", []),  # out of reach
    ],
)
def test_company_decides(text: str, spans: list[tuple[int, int]]) -> None:
    found_ = lexicon(Term(HEALTH, "virus", needs="caught", unless="pc", reach=3)).find(text)
    assert [(start, end) for _, start, end in found_] == spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("heart", {HEALTH}),
        ("heart of gold", set()),
        ("my heart of gold heart", {HEALTH}),
        ("weak heart of gold", set()),  # a trap quiets what reaches into it
        ("big heart of gold disease", {GENETIC}),  # and not the longer phrase around it
        ("arrest", {CRIMINAL}),
        ("heart arrest", {HEALTH}),
    ],
)
def test_longer_phrases_stand_for_shorter_ones(text: str, expected: set[Category]) -> None:
    rules = lexicon(
        Term(HEALTH, "heart, weak heart, heart arrest"),
        Term(CRIMINAL, "arrest"),
        Term(GENETIC, "heart of gold disease"),
        Term(None, "heart of gold"),
    )
    assert {category for category, _, _ in rules.find(text)} == expected


@pytest.mark.parametrize("phrases", ["*middle*", "? comes first", "first, ? second"])
def test_a_phrase_that_could_not_be_looked_up_is_an_error(phrases: str) -> None:
    with pytest.raises(ValueError, match=r"a word is known by|a phrase starts with"):
        lexicon(Term(HEALTH, phrases))


@pytest.mark.parametrize("text", ["hiv " * 12_500, "broke my " * 5_500, "heart of the " * 4_000, "a b " * 12_500])
def test_long_text_is_read_to_its_end(text: str) -> None:
    detector().detect(text)
