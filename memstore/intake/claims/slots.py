"""Verbs and words that name an attribute by themselves: "I live in", "vegan", "married", "call me".

Each line is attribute | words of the verb | prepositions before the value ("-": none). The value follows.
"""

from __future__ import annotations

# ruff: noqa: E501 - a concept is one line of its table
# ruff: noqa: SIM905 - lists of words read best as words
from typing import Final

_VERBS: Final = {
    "en": """
residence | live lives living based reside resides residing settled | in at near outside
residence | moved relocated relocating emigrated | to into
employer | work works working employed employs | at for with in
employer | joined | -
job | work works working qualified retrained | as
job | promoted | to
vehicle | drive drives driving | -
bank | bank banks banking | with at
+speaks | speak speaks | -
+plays | play plays playing | -
+studies | study studies studying | -
+reads | read reads | -
+learns | learn learns learning | -
+subscribes | subscribe subscribes subscribed | to
""",
    "de": """
residence | wohne wohn wohnt wohnen lebe lebt leben zuhause | in bei im
residence | gezogen umgezogen | nach in
employer | arbeite arbeitet arbeiten angestellt beschaftigt jobbe | bei fur beim in
job | arbeite arbeitet arbeiten jobbe | als
vehicle | fahre fahren fahrt | -
+speaks | spreche spricht sprechen | -
+plays | spiele spielt | -
+studies | studiere studiert | -
+reads | lese liest | -
+learns | lerne lernt | -
""",
    "fr": """
residence | habite habitons habitent vis vit vivons reside installe installee installes | à a en dans au
residence | demenage emmenage | à a en au
employer | travaille travaillons bosse embauche embauchee employe employee | chez pour à au dans
job | travaille travaillons bosse | comme
vehicle | roule conduis conduit | en -
+speaks | parle parlons parlent | -
+plays | joue joues | du de la au
+studies | etudie | -
+reads | lis lit | -
+learns | apprends apprend | - le
""",
    "es": """
residence | vivo vive vivimos viven resido reside residimos | en a
residence | mudado mude mudamos trasladado trasladada traslade | a
employer | trabajo trabaja trabajamos empleado empleada | en para con
job | trabajo trabaja trabajamos | de como
vehicle | conduzco conduce | -
+speaks | hablo habla hablamos | -
+plays | toco toca juego juega | - al a
+studies | estudio estudia | -
+reads | leo lee | -
+learns | aprendo aprende | -
""",
    "it": """
residence | abito abita abitiamo vivo vive viviamo risiedo risiede | a in ad al
residence | trasferito trasferita trasferiti traslocato | a in ad
employer | lavoro lavora lavoriamo assunto assunta impiegato impiegata dipendente | per presso alla da in al con
job | lavoro lavora | come
job | faccio fa | l il la lo
vehicle | guido guida | -
+speaks | parlo parla parliamo | -
+plays | suono suona gioco gioca | - a
+studies | studio studia | -
+reads | leggo legge | -
+learns | imparo impara | -
""",
}
# Words of state: the value of the attribute is the word itself. Attribute | value: words; value: words ...
_STATES: Final = """
marital | single: single celibataire soltero soltera nubile celibe ledig; married: case casamos married verheiratet geheiratet heirateten marie mariee maries casado casada casados sposato sposata sposati; divorced: divorced geschieden divorce divorcee divorciado divorciada divorziato divorziata; engaged: engaged verlobt fiance fiancee prometido prometida fidanzato fidanzata; widowed: widowed verwitwet veuf veuve viudo viuda vedovo vedova; separated: separated separe separee separado separada separato separata
diet | vegetarian: vegetarian vegetarisch vegetarier vegetarierin vegetarien vegetarienne vegetariano vegetariana; vegan: vegan veganer veganerin vegane vegano vegana; pescatarian: pescatarian pescetarier pescetarian pescetariano pescetariana; omnivore: omnivore omnivor omnivoro allesesser; keto: keto ketogenic; halal: halal; kosher: kosher koscher casher; gluten-free: gluten-free glutenfrei
"""
# Channels of contact.
_CHANNELS: Final = """
email: email e-mail mail mailen emails courriel mel correo maile
phone: phone telephone telefon call ring anrufen anruf ruft rufen appelez appeler telefonisch llamar llamen llamadas llameme llamadme telefono chiamare chiamatemi chiamata telefonata telefonicamente
text: text sms texts texto textos
whatsapp: whatsapp
signal: signal
telegram: telegram
letter: letter post brief postalisch courrier lettre carta lettera
slack: slack
teams: teams
fax: fax
portal: portal
"""
_SEATS: Final = """
aisle: aisle gang gangplatz couloir pasillo corridoio
window: window fenster fensterplatz hublot fenetre ventanilla ventana finestrino
"""
_WAYS: Final = """
bus: bus coach autobus pullman
train: train trains zug bahn s-bahn tren treno
bike: bike bicycle cycle cycles rad fahrrad velo bici bicicleta bicicletta
car: car drive drives auto wagen voiture coche macchina
metro: metro tube underground subway u-bahn
tram: tram strassenbahn tramway tranvia
foot: walk walks foot fuss pied pie piedi
scooter: scooter moped roller moto motorbike motorrad patinete motorino
ferry: ferry fahre_
"""
_REACH: Final = """
contact reach reached reaching preferred write email call text ring phone message
kontakt kontaktieren kontaktiert erreichen erreichbar erreicht schreiben schreibt anrufen ruft melden kontaktweg
contacter contactez joindre joignable ecrire ecrivez ecris appeler appelez prefere
contactar contacten contactad contacte escribir escriban escribeme escribidme escribanme llamen llamar prefiero avisen
contattare contattatemi contattarmi scrivere scrivetemi scrivermi chiamare chiamatemi preferisco raggiungere
"""
_LIKES: Final = """
like likes love loves enjoy enjoys adore adores fond fan lover into passion hobby crazy keen prefer favourite
mag mogen liebe liebt begeistert gern gerne leidenschaft liebhaber liebhaberin hobby schwarme
aime aimons adore adorons adorent passion raffole passionne passionnee fan kiffe
gusta gustan encanta encantan chifla chiflan apasiona apasionan adoro aficion pasion entusiasma fan mola
piace piacciono adoro amo appassionato appassionata passione fan amante
"""
_DISLIKES: Final = """
dislike dislikes hate hates detest loathe
hasse verabscheue
deteste detestons hais horreur
odio detesto
odio detesto
"""
JOB_WORDS: Final = frozenset(
    """
    nurse vet teacher analyst cook chef clerk doctor lawyer engineer developer designer manager head
    director driver pilot baker plumber carpenter builder writer translator accountant consultant student
    apprentice intern trainee paramedic midwife waiter waitress barista gardener farmer architect dentist
    therapist programmer lecturer professor supervisor foreman cashier secretary assistant receptionist
    technician surgeon electrician mechanic librarian koch kochin arzt arztin lehrer lehrerin pfleger
    krankenschwester ingenieur verkaufer verkauferin gartner gartnerin tischler schreiner maler fahrer
    leiter leiterin teamleiter teamleiterin azubi studentin hebamme rentner buchhalter buchhalterin
    mechaniker programmierer entwickler entwicklerin berater beraterin kellner kellnerin abteilungsleiter
    abteilungsleiterin erzieher erzieherin techniker infirmier infirmiere professeur prof medecin avocat
    cuisinier serveur serveuse facteur jardinier chauffeur boulanger comptable vendeur vendeuse apprenti
    instituteur institutrice cadre directeur directrice menuisier enfermero enfermera profesor profesora
    maestro maestra medico abogado abogada cocinero cocinera camarero camarera conductor jardinero contable
    ingeniero vendedor vendedora jefe jefa directora encargado encargada infermiere infermiera insegnante
    professore professoressa avvocato cuoco cuoca cameriere cameriera autista giardiniere contabile
    ingegnere commesso commessa operaio operaia impiegato impiegata capoturno responsabile direttore
    direttrice idraulico elettricista muratore capo
    """.split()
)
"""Words by which "I am a ..." tells a job."""


def _verbs() -> dict[str, dict[str, list[tuple[str, frozenset[str]]]]]:
    found: dict[str, dict[str, list[tuple[str, frozenset[str]]]]] = {}
    for lang, text in _VERBS.items():
        for line in text.strip().splitlines():
            attribute, words, prepositions = (part.strip() for part in line.split("|"))
            for word in words.split():
                rows = found.setdefault(lang, {}).setdefault(word, [])
                rows.append((attribute, frozenset(prepositions.split())))
    return found


def _values(text: str) -> dict[str, str]:
    found = {}
    for row in text.replace(";", "\n").strip().splitlines():
        value, _, words = row.partition(":")
        found.update(dict.fromkeys(words.split(), value.strip()))
    return found


def _states() -> dict[str, tuple[str, str]]:
    found = {}
    for line in _STATES.strip().splitlines():
        attribute, _, rest = line.partition("|")
        found.update({word: (attribute.strip(), value) for word, value in _values(rest).items()})
    return found


VERBS: Final = _verbs()
STATES: Final = _states()
CHANNELS: Final = _values(_CHANNELS)
SEATS: Final = _values(_SEATS)
WAYS: Final = _values(_WAYS)
REACH: Final = frozenset(_REACH.split())
LIKES_OF: Final = dict(
    zip(("en", "de", "fr", "es", "it"), (row.split() for row in _LIKES.strip().splitlines()), strict=True)
)
LIKES: Final = frozenset(_LIKES.split())
DISLIKES: Final = frozenset(_DISLIKES.split())
# Dislikes only where they are denied: "can't stand", "kann ich nicht leiden".
NEGATED_DISLIKES: Final = frozenset("stand bear leiden ausstehen supporte soporto sopporto".split())
