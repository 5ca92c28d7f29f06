"""Small stores in five languages with the questions that they answer, and questions that no store answers.

A search that finds something for every question is of no use to an assistant: it cannot say that it does not know.
`ASKED` is asked of the store it names and one memory must come; `OFF_TOPIC` is asked of every store, these and those of
the other data, and nothing may come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Store:
    name: str
    language: str
    memories: tuple[str, ...]
    asked: tuple[tuple[str, int], ...]
    """(question, place of the memory that answers it)."""
    is_one_message: bool = False
    """All memories are facts of one message; else each came in a call of its own."""


STORES: Final = (
    Store("one", "en", ("I live in Porto",), (("where does she live?", 0), ("Which city do they live in?", 0))),
    Store(
        "three",
        "en",
        ("I live in Porto", "I prefer tea", "My son is called Rui"),
        (("where does she live?", 0), ("Tea or coffee?", 1), ("what is her son's name?", 2)),
    ),
    Store(
        "fleet",
        "en",
        ("Our limit is 1,000 euros per van.", "Our IT is outsourced.", "We drive 14 vans from two depots."),
        (("what is the limit per van?", 0), ("who runs the IT?", 1), ("how many vans do they have?", 2)),
        is_one_message=True,
    ),
    Store(
        "person",
        "en",
        (
            "I'm allergic to peanuts.",
            "I work as a nurse at the children's hospital.",
            "My sister Ana moved to Berlin last year.",
            "I run 10 km every Sunday morning.",
            "I don't eat meat.",
            "My cat is called Biscuit.",
            "I drive an old Volvo.",
            "I'm learning the cello.",
            "Please answer in short sentences.",
            "My birthday is on 4 March.",
            "I'm saving for a flat in the old town.",
            "I studied chemistry in Leeds.",
        ),
        (
            ("Any allergies?", 0),
            ("What is her job?", 1),
            ("Where does Ana live now?", 2),
            ("What sport do they do?", 3),
            ("Is she a vegetarian?", 4),
            ("What is the cat's name?", 5),
            ("Which car do they drive?", 6),
            ("Which instrument does she play?", 7),
            ("When is the birthday?", 9),
            ("What did she study?", 11),
        ),
    ),
    Store(
        "support",
        "en",
        (
            "The customer's router is a Fritzbox 7590.",
            "She pays by direct debit on the first of the month.",
            "The invoice of June was paid twice and 49 euros were sent back.",
            "He prefers to be called in the evening after six.",
            "The contract ends on 30 September 2025.",
            "The line is 250 Mbit/s and drops when it rains.",
        ),
        (
            ("Which router does she have?", 0),
            ("How is the bill paid?", 1),
            ("When can I call him?", 3),
            ("When does the contract end?", 4),
            ("Why does the line drop?", 5),
        ),
    ),
    Store(
        "Familie",
        "de",
        (
            "Ich wohne in Freiburg.",
            "Meine Tochter heißt Lena und geht in die dritte Klasse.",
            "Ich esse kein Fleisch.",
            "Ich arbeite als Lehrerin an einer Grundschule.",
            "Im Sommer fahren wir an die Ostsee.",
        ),
        (
            ("Wo wohnt sie?", 0),
            ("Wie heißt die Tochter?", 1),
            ("Isst sie Fleisch?", 2),
            ("Wo arbeitet die Lehrerin?", 3),
            ("Wohin fahren sie im Sommer?", 4),
        ),
    ),
    Store(
        "foyer",
        "fr",
        (
            "J'habite à Lyon depuis dix ans.",
            "Mon chien s'appelle Filou.",
            "Je suis allergique aux noix.",
            "Je travaille comme infirmière de nuit.",
        ),
        (
            ("Où habite-t-elle ?", 0),
            ("Comment s'appelle le chien ?", 1),
            ("A-t-elle une allergie ?", 2),
            ("Elle travaille la nuit ?", 3),
        ),
    ),
    Store(
        "casa",
        "es",
        (
            "Vivo en Sevilla con mi madre.",
            "Mi hijo se llama Mateo.",
            "Prefiero el café sin azúcar.",
            "Trabajo en un banco.",
        ),
        (
            ("¿Con quién vivo en Sevilla?", 0),
            ("¿Cómo se llama el hijo?", 1),
            ("¿Cómo toma el café?", 2),
            ("¿En qué banco trabajo?", 3),
        ),
    ),
    Store(
        "famiglia",
        "it",
        (
            "Abito a Torino vicino al fiume.",
            "Mia figlia si chiama Giulia.",
            "Sono allergico al glutine.",
            "Vado al lavoro in bicicletta.",
        ),
        (
            ("Come si chiama la figlia?", 1),
            ("È allergico al glutine?", 2),
            ("Come va al lavoro?", 3),
        ),
    ),
)

OFF_TOPIC: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "banana",
        "what is the capital of Mongolia?",
        "How do I change a flat tyre on a tractor?",
        "Who won the chess world championship in 1972?",
        "What is the boiling point of mercury?",
        "Explain how a transistor amplifies a signal.",
        "How deep is the Mariana Trench?",
        "When did the Ottoman empire fall?",
        "What is the gravity on Jupiter?",
        "Translate 'good evening' into Finnish.",
        "How many bones does a shark have?",
        "Which pope built the Sistine Chapel?",
        "xylophone",
        "How does photosynthesis work?",
        "What is the tax rate on diesel in Norway?",
        "Define entropy.",
        "Who invented the steam locomotive?",
        "How is steel made from iron ore?",
        "What are tectonic plates?",
        "Name the moons of Neptune.",
        "Give me the lyrics of the national anthem of Peru.",
        "What is the half-life of caesium?",
        "How tall is the Eiffel tower?",
        "What does the Latin word 'ubi' mean?",
        "volcano eruptions in Iceland",
        "How do submarines dive?",
        "What is the population of Nigeria?",
        "When was the treaty of Westphalia signed?",
        "How do bees make honey?",
        "What is the melting point of tungsten?",
        "How many players are in a cricket team?",
        "Who wrote the Iliad?",
        "asteroid belt",
        "What causes the tides?",
        "Which enzyme copies DNA?",
        "What is a black hole?",
        "How was the Great Wall of China built?",
        "When did dinosaurs become extinct?",
        "What is the chemical formula of rust?",
        "Describe the rules of curling.",
    ),
    "de": (
        "Was ist die Hauptstadt der Mongolei?",
        "Wie tief ist der Marianengraben?",
        "Wer erfand die Dampfmaschine?",
        "Wie funktioniert ein Transistor?",
        "Wann endete der Dreißigjährige Krieg?",
        "Wie viele Monde hat der Jupiter?",
        "Was ist ein schwarzes Loch?",
        "Wie entsteht ein Vulkan?",
        "Welches Enzym kopiert die DNA?",
        "Wie hoch ist der Schmelzpunkt von Wolfram?",
        "Wer schrieb die Ilias?",
        "Schraubenschlüssel",
        "Warum gibt es Ebbe und Flut?",
        "Wie wird Stahl hergestellt?",
        "Wer gewann 1972 die Schachweltmeisterschaft?",
    ),
    "fr": (
        "Quelle est la capitale de la Mongolie ?",
        "Qui a inventé la machine à vapeur ?",
        "Comment fonctionne un transistor ?",
        "Combien de lunes possède Jupiter ?",
        "Qu'est-ce qu'un trou noir ?",
        "Quand les dinosaures ont-ils disparu ?",
        "Quel est le point de fusion du tungstène ?",
        "Qui a écrit l'Iliade ?",
        "Pourquoi y a-t-il des marées ?",
        "Comment fabrique-t-on l'acier ?",
        "tremblement de terre",
        "Quelle est la population du Nigeria ?",
        "Quand le traité de Westphalie a-t-il été signé ?",
        "Combien de joueurs compte une équipe de cricket ?",
        "Quelle est la profondeur de l'océan Pacifique ?",
    ),
    "es": (
        "¿Cuál es la capital de Mongolia?",
        "¿Quién inventó la máquina de vapor?",
        "¿Cómo funciona un transistor?",
        "¿Cuántas lunas tiene Júpiter?",
        "¿Qué es un agujero negro?",
        "¿Cuándo se extinguieron los dinosaurios?",
        "¿Cuál es el punto de fusión del tungsteno?",
        "¿Quién escribió la Ilíada?",
        "¿Por qué hay mareas?",
        "¿Cómo se fabrica el acero?",
        "terremoto",
        "¿Cuál es la población de Nigeria?",
        "¿Cuándo cayó el imperio otomano?",
        "¿Qué enzima copia el ADN?",
        "¿Qué profundidad tiene la fosa de las Marianas?",
    ),
    "it": (
        "Qual è la capitale della Mongolia?",
        "Chi ha inventato la macchina a vapore?",
        "Come funziona un transistor?",
        "Quante lune ha Giove?",
        "Che cos'è un buco nero?",
        "Quando si sono estinti i dinosauri?",
        "Qual è il punto di fusione del tungsteno?",
        "Chi ha scritto l'Iliade?",
        "Perché ci sono le maree?",
        "Come si produce l'acciaio?",
        "terremoto in Islanda",
        "Qual è la popolazione della Nigeria?",
        "Quando cadde l'impero ottomano?",
        "Quale enzima copia il DNA?",
        "Quanto è profonda la fossa delle Marianne?",
    ),
}
"""Questions of general knowledge, 100 in all."""
