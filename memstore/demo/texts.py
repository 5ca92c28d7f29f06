"""Texts of the demo's people for the assistant, by purpose. All are made up; numbers are those of examples and films.

`{name}`, `{town}`, `{work}`, `{likes}`, `{goal}` and `{n}` are replaced by the person's (`said`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memstore.demo.people import Person

INTRODUCTION = {
    "en": "My name is {name}, I live in {town} and I work as {work}",
    "de": "Ich heiße {name}, wohne in {town} und arbeite als {work}",
    "fr": "Je m'appelle {name}, j'habite à {town} et je suis {work}",
    "es": "Me llamo {name}, vivo en {town} y soy {work}",
}
GOAL = {
    "en": "I am saving {n} euros a month for {goal}",
    "de": "Ich spare jeden Monat {n} Euro für {goal}",
    "fr": "Je mets {n} euros de côté chaque mois pour {goal}",
    "es": "Ahorro {n} euros cada mes para {goal}",
}
ASSISTANCE = {
    "en": (
        "My salary arrives on the 25th, so please schedule the rent for the 27th",
        "I prefer letters in large print, small print tires my eyes",
        "Never call me before ten in the morning",
        "I share the household account with my sister, we both may see it",
        "My standing order to the sports club is {n} euros a quarter",
        "I lost my card in {town} last week and got a new one",
        "I want a text message for every card payment above {n} euros",
        "I pay my mortgage twice a year and want a reminder a week before",
        "My landlord changed, the rent goes to a new account since spring",
        "I travel to Lisbon in May and need the card to work there",
        "Please keep {n} euros on the current account at all times",
        "I closed my old savings book and moved the money to the fixed deposit",
        "I like short answers and no small talk in the chat",
        "My appointment at the branch in {town} is every first Thursday",
        "I want my statements as one PDF at the end of the quarter",
        "The cash machine at the station kept {n} euros of mine, the complaint is running",
        "I am moving next month and will send the new address myself",
        "I do not want an overdraft, please refuse payments that are not covered",
        "My accountant gets a copy of the yearly tax certificate",
        "I opened a children's account for my niece with {n} euros",
        "My phone has no app store, I use the website with a card reader",
        "I would like to speak with the same adviser each time",
        "My insurance for the household is paid in January",
        "I asked for a higher card limit for one week in August",
    ),
    "de": (
        "Bitte schreibt mir per E-Mail und ruft nicht während der Arbeit an",
        "Mein Gehalt kommt am 28., die Miete soll am 1. gehen",
        "Ich habe meine Karte im Zug verloren und eine neue bekommen",
        "Die Kontoauszüge möchte ich nur noch einmal im Quartal",
        "Ich ziehe im Mai um und schicke die neue Adresse selbst",
        "Bitte keine Überziehung, lieber die Zahlung ablehnen",
    ),
    "fr": (
        "Je préfère recevoir les courriers le matin, jamais par téléphone",
        "Mon loyer part le 5 de chaque mois, merci de garder assez sur le compte",
        "J'ai perdu ma carte à la gare et la nouvelle est arrivée hier",
        "Je voudrais un relevé par trimestre, pas plus souvent",
        "Je pars en vacances en août et la carte doit marcher là-bas",
    ),
    "es": (
        "Prefiero que me escriban por correo y que no llamen por la tarde",
        "Mi nómina llega el día 28 y el alquiler sale el día 1",
        "Perdí la tarjeta en el tren y ya tengo una nueva",
        "Quiero un extracto cada trimestre, no cada mes",
        "Viajo a Lisboa en mayo y necesito la tarjeta allí",
    ),
}
PERSONALISATION = {
    "en": (
        "I like {likes}, a card with that picture would please me",
        "I prefer green funds to anything with oil",
        "I enjoy reading about interest rates on Sunday mornings",
        "I like it when savings goals come with a little chart",
        "My favourite branch is the one by the market in {town}",
        "I would rather invest small sums often than a large one once",
        "I love discounts for museums more than for petrol",
        "I prefer video calls to visits at the branch",
        "My favourite season to plan money is autumn",
        "I collect bonus points for train tickets only",
        "I like being greeted by my first name",
        "I prefer savings plans of {n} euros, round numbers please me",
        "I enjoy quizzes about budgeting in the app",
        "I like the dark colours of the app in the evening",
    ),
    "de": (
        "Ich mag {likes} und hätte gern eine Karte mit diesem Bild",
        "Ich lege lieber in grüne Fonds an als in Öl",
        "Am liebsten plane ich mein Geld im Herbst",
        "Ich möchte in der App mit Vornamen begrüßt werden",
    ),
    "fr": (
        "J'aime {likes} et une carte avec cette image me plairait",
        "Je préfère les fonds verts à tout ce qui brûle du pétrole",
        "Je voudrais des réductions pour les musées, pas pour l'essence",
    ),
    "es": (
        "Me gusta {likes} y quiero una tarjeta con esa imagen",
        "Prefiero los fondos verdes a todo lo que quema petróleo",
        "Quiero descuentos para museos, no para gasolina",
    ),
}
FRAUD = (
    "I never buy gift cards, so a payment for some would not be mine",
    "I only ever pay from {town} and from the office",
    "My phone was stolen in March, payments from it are not mine",
    "Somebody called and claimed to be the bank, I hung up and told you",
    "I got a text about a parcel fee of 2 euros and did not pay it",
    "I pay abroad in July only, anything else should be checked",
    "I never transfer more than {n} euros without a call first",
    "I use one laptop for banking, it stands at home",
    "A seller from an online market asked me to pay outside of it, I refused",
    "I change my device only in the branch",
)
OFFERS = (
    "I asked about a car loan and want to hear of better rates",
    "I am interested in travel insurance for two weeks a year",
    "I would look at an offer for a mortgage over {n} thousand euros",
    "I want to know about student accounts for my nephew",
    "I looked at the gold card and found it too expensive",
    "I am curious about savings bonds with a fixed rate",
    "I want an offer for legal insurance in autumn",
    "I would switch my pension plan for a cheaper one",
)
HEALTH = (
    "I have type 1 diabetes and cannot wait long in a queue",
    "I am hard of hearing, please write instead of calling",
    "I use a wheelchair and need the branch with the ramp in {town}",
    "I had surgery on my hip and cannot come to the branch until spring",
    "I have been diagnosed with epilepsy, flashing screens are bad for me",
    "I suffer from migraines, please keep video calls short",
    "I am in treatment for depression and want no dunning letters by phone",
)
IDENTIFIERS = (
    "My new IBAN for refunds is GB82 WEST 1234 5698 7654 32",
    "Please use the address {id}@example.org for statements",
    "My mobile number is now +44 20 7946 0{three}",
    "The card that I lost had the number 4111 1111 1111 1111",
    "My IBAN at the other bank is DE89 3704 0044 0532 0130 00",
    "Write to {id}@example.net when the letter comes back",
)
SECRETS = (
    "My password is Sommer2026! in case I forget it",
    "The PIN of my card is 4821, please remember it for me",
)
CRIMINAL = (
    "My former flatmate was convicted of fraud with my card",
    "I was arrested by mistake in 2019 and the account was frozen",
    "My business partner was charged with money laundering last year",
    "My neighbour was sentenced to prison for stealing letters with cards",
)
# Languages that the detector does not read: memories in them wait for a reviewer.
UNREAD = (
    "Lubię jeździć rowerem nad morze i zbieram monety z dawnych lat z całego świata",
    "Pidän saunasta ja järvestä sekä pitkistä kävelyistä metsässä koiran kanssa",
    "Szeretek a folyó mellett sétálni és régi térképeket gyűjteni a padláson",
)
# Conversations of `infer=True` calls: the person and the assistant speak in turn.
CONVERSATIONS = (
    (
        "Hello, I moved to {town} in March. Could you tell me when the branch opens?",
        "The branch in {town} opens at nine.",
        "Thanks. I prefer letters to phone calls, and I have two daughters who will need accounts soon.",
    ),
    (
        "I work as {work} and my hours change every week.",
        "Then an appointment in the evening may suit you.",
        "Yes, I always prefer evenings. I am allergic to the flowers in your lobby, by the way.",
    ),
    (
        "My wife and I are saving for {goal}. What do you advise?",
        "A savings plan of {n} euros a month would reach it.",
        "We prefer a fixed rate, and we never invest in shares.",
    ),
)
# Knowledge of the assistant that is about no person. The last one names a person, and waits for a reviewer.
KNOWLEDGE = (
    "The branch by the market opens at nine and closes at half past four",
    "A lost card is blocked at once and replaced within five working days",
    "The fixed deposit pays interest once a year, on the last working day of December",
    "Cash machines give at most 1000 euros a day for each card",
    "The transfer limit of the app can be raised for one week at a time",
    "Standing orders that fall on a weekend are carried out on the next working day",
    "Statements are kept in the mailbox of the app for ten years",
    "The household insurance has a waiting period of three months",
    "A children's account has no fees until the eighteenth birthday",
    "Complaints are answered within fifteen working days",
    "The card works abroad without fees inside the euro area",
    "Appointments with an adviser can be made in the app until the evening before",
    "The mortgage team answers letters within a week",
    "Call the caretaker of the fictional branch at caretaker@example.org",
)
# New wordings for something said before.
CHANGED = (
    "My salary arrives on the 28th now, so please schedule the rent for the 30th",
    "I live near the market in {town} since last week, the rest stays as it is",
    "I save {n} euros a month from now on, still for {goal}",
)
AMOUNTS = (40, 75, 100, 120, 150, 180, 200, 240, 300, 350, 400, 500)


def said(person: Person, text: str) -> str:
    """Return a line of this module as this person says it."""
    n = AMOUNTS[person.number % len(AMOUNTS)]
    values = {"name": person.name, "town": person.town, "work": person.work, "likes": person.likes}
    more = {"goal": person.goal, "n": n, "id": person.id, "three": f"{person.number:03d}"}
    return text.format(**values, **more)


def some(person: Person, lines: Sequence[str], count: int, *, step: int = 0) -> tuple[str, ...]:
    """Return `count` lines, different ones for most people, the same ones at every start."""
    begin = person.number * 7 + step * 5
    chosen = dict.fromkeys(lines[(begin + 3 * place) % len(lines)] for place in range(count))
    return tuple(said(person, text) for text in chosen)
