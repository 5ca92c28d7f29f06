"""Topics: what a statement is about in a word that it does not say, and a question does.

"I play handball" answers "which sport does she do?", though the two share no word. A line of the table is a topic, the
words that tell it, and the words that ask for it, in English, German, French, Spanish and Italian.
"""

from __future__ import annotations

# ruff: noqa: E501 - a topic is one line of its table
from typing import Final

from memstore.records.terms import tokens

_TABLE: Final = """
sport | football soccer handball volleyball basketball tennis badminton squash golf rugby hockey cricket baseball swim swimming running jogging marathon cycling climbing bouldering yoga pilates gym judo karate boxing skiing snowboarding surfing sailing rowing fencing fußball schwimme schwimmen klettern turnen natation football escalade vélo judo fútbol baloncesto balonmano natación nado ciclismo calcio pallavolo pallacanestro nuoto ciclismo palestra | sport sports exercise sportart deporte deportes sporty athletic
pet | dog dogs cat cats kitten puppy rabbit rabbits parrot budgie budgies hamster hamsters tortoise goldfish horse pony hund hunde katze katzen kater wellensittich wellensittiche kaninchen pferd meerschweinchen schildkröte chien chiens chat chats chatte lapin perroquet cheval perro perra perros gato gata gatos conejo loro caballo tortuga cane cani gatto gatta gatti coniglio pappagallo cavallo | pet pets animal animals haustier haustiere tier tiere animaux mascota mascotas animale animali
vehicle | car cars van vans motorbike motorcycle scooter moped lorry truck camper campervan auto autos wagen motorrad roller moto voiture scooter camionnette coche coches furgoneta moto patinete macchina auto furgone motorino | vehicle vehicles fahrzeug fahrzeuge fährt véhicule conduit vehículo vehículos conduce veicolo veicoli guida
instrument | piano guitar cello violin flute drums trumpet saxophone clarinet ukulele accordion klavier gitarre geige flöte schlagzeug trompete klarinette guitare violon violoncelle trompette guitarra violín trompeta flauta chitarra violino pianoforte tromba contrabasso contrebasse | instrument instruments instrumento strumento
allergy | allergic allergy allergies intolerant intolerance coeliac celiac celíaca celíaco celiaca celiaco allergisch allergie unverträglichkeit laktose allergique intolérant intolérante allergies alérgico alérgica alergia intolerante allergico allergica allergia | allergy allergies allergic allergien allergie alergia alergias allergia allergie tolerate verträgt
diet | vegetarian vegan pescatarian coeliac celiac celíaca celíaco celiaca celiaco halal kosher gluten lactose fleisch vegetarisch vegetarier vegetarierin veganerin veganer végétarien végétarienne végane vegetariano vegetariana vegano vegana | diet eat eats food isst ernährung essen mange alimentation comer comida mangia mangiare dieta régime
marital | married single divorced widow widower widowed engaged separated husband wife spouse partner fiancé fiancée verheiratet ledig geschieden verwitwet witwe witwer verlobt getrennt ehemann ehefrau marié mariée célibataire divorcé divorcée veuf veuve fiancé mari femme époux épouse casado casada soltero soltera divorciado divorciada viudo viuda marido esposa esposo sposato sposata celibe nubile divorziato divorziata vedovo vedova marito moglie | married marital single verheiratet familienstand mariée marié célibataire casada casado soltera soltero sposata sposato
child | son sons daughter daughters child children kids twins baby toddler sohn söhne tochter töchter kind kinder zwillinge fils fille filles enfant enfants jumeaux hijo hija hijos hijas niños gemelos figlio figlia figli figlie bambini gemelli | kinder enfants hijos figli
operation | surgery operation operated replacement replaced removed transplant bypass caesarean operiert hüftoperation opéré opérée opération operado operada operación cirugía operato operata operazione intervento | surgery surgeries operation operations operated operiert operationen opération opérée operación operaciones operada operazione operazioni operata
medication | tablet tablets pill pills capsule capsules mg insulin inhaler antibiotics medication medicine tabletten tablette insulin medikament medikamente comprimé comprimés médicament médicaments insuline pastilla pastillas insulina medicina medicación compressa compresse pastiglie farmaco farmaci | medication medications medicine medicines drugs tablets pills medikament medikamente médicament médicaments traitement medicación medicamento medicamentos medicina farmaco farmaci medicine
saving | save saving savings deposit spare sparen ansparen épargne épargner économiser ahorrar ahorro ahorrando ahorros risparmiare risparmio | save saving savings spart sparen épargne épargner ahorrando ahorra ahorrar ahorro risparmia risparmiare
language | english german french spanish italian portuguese polish dutch turkish arabic russian chinese japanese deutsch englisch französisch spanisch italienisch polnisch türkisch russisch anglais allemand français espagnol italien portugais polonais inglés alemán francés español italiano portugués polaco inglese tedesco francese spagnolo portoghese polacco | language languages sprache sprachen langue langues idioma idiomas lingua lingue
job | nurse teacher cook chef engineer lawyer plumber carpenter electrician baker driver accountant architect waiter waitress receptionist student retired pensioner roofer lehrer lehrerin koch köchin krankenschwester pfleger ingenieur dachdecker bäcker fahrer buchhalter rentner infirmière infirmier professeur cuisinier avocat plombier boulanger comptable retraité retraitée enfermera enfermero profesor profesora cocinero abogado abogada fontanero camarero camarera jubilado jubilada infermiera insegnante cuoco avvocato idraulico panettiere cameriere impiegato impiegata pensionato pensionata | job jobs profession occupation beruf beruflich métier profession profesión oficio mestiere professione
reachable | reach reachable available mornings afternoons evenings weekdays erreichbar vormittags nachmittags abends werktags joignable disponible matin soir localizable mañanas tardes reperibile disponibile mattina pomeriggio | reach reachable erreichen erreichbar telefon anrufen joindre appeler localizar llamar llamarla chiamare contattare reperibile
"""


def _read() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    told: dict[str, set[str]] = {}
    asked: dict[str, set[str]] = {}
    for line in _TABLE.strip().splitlines():
        topic, tell, ask = (part.strip() for part in line.split("|"))
        for words, found in ((tell, told), (ask, asked)):
            for word in tokens(words):
                found.setdefault(word, set()).add(topic)
    return {word: frozenset(one) for word, one in told.items()}, {word: frozenset(one) for word, one in asked.items()}


_TOLD, _ASKED = _read()
_NONE: Final = frozenset[str]()


def told_topics(text: str) -> tuple[str, ...]:
    """Return the topics that a statement tells, sorted."""
    return tuple(sorted(_NONE.union(*(_TOLD[word] for word in tokens(text) if word in _TOLD))))


def asked_topics(question: str) -> tuple[str, ...]:
    """Return the topics that a question asks for, sorted."""
    return tuple(sorted(_NONE.union(*(_ASKED[word] for word in tokens(question) if word in _ASKED))))
