"""Words of one meaning in five languages: each line of a table is a concept and the words for it.

A concept stands for its words wherever two statements are compared: "Konto", "compte" and "account" are one thing, and
so are "phone" and "telephone". Words are folded; plural
and gendered forms are made by the endings below, for a stem would take "cameriere" (waiter) for "camera" (room).
"""

from __future__ import annotations

# ruff: noqa: E501, PLR2004 - a concept is one line of its table
# ruff: noqa: SIM905 - lists of words read best as words
from typing import Final

# Concept | English | German | French | Spanish | Italian.  An underscore is never part of a word here.
_NOUNS: Final = """
address | address postcode zip zipcode | adresse anschrift postleitzahl plz | adresse postal | direccion domicilio codigo | indirizzo cap
residence | residence home | wohnort wohnsitz | domicile residence | residencia domicilio | residenza domicilio
employer | employer company firm workplace | arbeitgeber firma unternehmen betrieb | employeur entreprise societe boite | empresa compania empleador | azienda ditta datore
job | job profession occupation role position work title promoted | beruf job stelle position arbeit befordert | metier profession poste travail emploi boulot promu promue | trabajo profesion puesto empleo oficio ascendido ascendida cargo | lavoro mestiere professione impiego posto promosso promossa ruolo
contact | contact channel | kontakt kontaktweg kontaktkanal | contact joindre contacter | contacto contactar | contatto contattare
email | email e-mail mail emails mails | email e-mail mail emails mails mailadresse | email e-mail mail courriel mel | email e-mail mail correo | email e-mail mail posta
phone | phone telephone landline tel | telefon tel telefonnummer rufnummer | telephone tel fixe | telefono tel fijo | telefono tel fisso
mobile | mobile cell cellphone smartphone | handy mobil handynummer mobilnummer | portable mobile | movil celular | cellulare
diet | diet eating | ernahrung kost | regime alimentation | dieta alimentacion | dieta alimentazione
bank | bank account banking | bank konto girokonto hausbank | banque compte | banco cuenta | banca conto
tariff | tariff plan subscription package contract | tarif vertrag abo abonnement paket | forfait abonnement formule contrat | tarifa plan suscripcion contrato abono | tariffa piano abbonamento contratto
provider | provider supplier carrier operator | anbieter versorger netzbetreiber | fournisseur operateur | proveedor operador compania suministrador | fornitore operatore gestore
energy | energy electricity power gas | strom energie gas stromanbieter | energie electricite gaz | energia luz electricidad gas | energia luce elettricita gas
internet | internet broadband fibre wifi | internet glasfaser wlan | internet fibre wifi | internet fibra wifi | internet fibra wifi
insurance | insurance insurer insured | versicherung versicherer versichert | assurance assureur assure assuree assures | seguro aseguradora asegurado asegurada | assicurazione assicurato assicurata
doctor | doctor gp physician | arzt arztin hausarzt hausarztin doktor | medecin docteur docteure generaliste | medico medica doctor doctora | medico dottore dottoressa
dentist | dentist | zahnarzt zahnarztin | dentiste | dentista | dentista
school | school college | schule gymnasium grundschule | ecole college lycee | colegio escuela instituto | scuola liceo
nursery | nursery kindergarten creche daycare | kita kindergarten krippe | creche maternelle | guarderia | asilo nido
university | university uni degree | universitat uni studium hochschule | universite fac | universidad carrera | universita
course | course class lesson lessons classes | kurs unterricht | cours | curso clase clases | corso lezione lezioni
car | car vehicle drive van_ | auto wagen fahrzeug pkw | voiture vehicule auto bagnole | coche carro vehiculo | macchina auto vettura
van | van vans | lieferwagen transporter | camionnette fourgon utilitaire | furgoneta | furgone furgoni
bike | bike bicycle | fahrrad rad | velo bicyclette | bici bicicleta | bici bicicletta
motorbike | motorbike motorcycle | motorrad | moto | moto | moto
scooter | scooter moped | roller mofa | scooter trottinette | patinete scooter | motorino scooter monopattino
train | train | zug bahn | train | tren | treno
bus | bus coach | bus | bus car autobus autocar | autobus bus autocar | autobus bus pullman
plane | flight plane | flug flugzeug | vol avion | vuelo avion | volo aereo
trip | trip journey travel holiday vacation travelling | reise urlaub trip fahrt | voyage vacances sejour | viaje vacaciones | viaggio vacanza vacanze
commute | commute commuting | arbeitsweg pendeln | trajet | trayecto | tragitto
platform | platform | gleis bahnsteig | quai voie | anden via | binario
gate | gate | gate flugsteig | porte | puerta | uscita gate
room | room | zimmer raum saal | chambre salle piece pieces bureau_ | habitacion sala aula | stanza camera sala aula
office | office | buro | bureau | oficina despacho | ufficio
floor | floor storey | stock etage stockwerk | etage | piso_ planta | piano_
flat | flat apartment | wohnung | appartement appart | piso apartamento | appartamento
house | house | haus | maison | casa | casa
garden | garden allotment | garten | jardin | jardin huerto | giardino orto
landlord | landlord landlady | vermieter vermieterin | proprietaire bailleur | casero casera arrendador | locatore
tenant | tenant lodger flatmate roommate | mieter untermieter mitbewohner mieterin untermieterin mitbewohnerin | locataire colocataire | inquilino inquilina | inquilino inquilina coinquilino
rent | rent | miete | loyer | alquiler | affitto
price | price cost costs costing | preis kostet kosten | prix coute cout coutent | precio cuesta cuestan coste | prezzo costa costano costo
rate | rate fee charge charges wage hour hourly | stundensatz satz honorar gebuhr stunde | tarif_ taux honoraires heure horaire facture_ | tarifa_ honorarios hora cobro | tariffa_ compenso orario
salary | salary income pay | gehalt einkommen lohn verdienst | salaire revenu | sueldo salario ingresos | stipendio reddito
budget | budget | budget etat | budget | presupuesto | budget
limit | limit cap_ maximum max | limit grenze obergrenze maximum | limite plafond maximum | limite tope maximo | limite massimo
goal | goal target aim | ziel | objectif but | objetivo meta | obiettivo traguardo
deadline | deadline due submission | frist abgabe abgabetermin stichtag deadline fallig | echeance delai deadline | plazo entrega_ vencimiento | scadenza termine consegna_
expiry | expiry expires expiration valid | ablauf gultig ablaufdatum | expiration expire validite | caducidad caduca vence | scade validita
appointment | appointment | termin | rendez-vous rdv | cita | appuntamento
standup | standup stand-up | standup daily | standup daily | standup daily | standup daily
meeting | meeting | treffen besprechung sitzung meeting | reunion | reunion reu junta | riunione incontro
training | training practice workout rehearsal rehearsals rehearse rehearses | training probe probt proben | entrainement repetition repete | entrenamiento ensayo ensaya | allenamento prova
delivery | delivery deliveries | lieferung zustellung | livraison | entrega envio reparto | consegna spedizione
slot | slot window_ | zeitfenster | creneau | franja | fascia
order | order | bestellung auftrag | commande | pedido | ordine
status | status state | status stand zustand | statut etat | estado | stato
invoice | invoice bill billing | rechnung | facture | factura | fattura
loan | loan mortgage credit | kredit darlehen hypothek | credit pret emprunt hypotheque | credito prestamo hipoteca | prestito mutuo
allergy | allergy allergic allergies intolerance intolerant | allergie allergisch allergiker unvertraglichkeit | allergie allergique | alergia alergico alergica | allergia allergico allergica
favourite | favourite favorite preferred preference | lieblings bevorzugt bevorzugte bevorzugter | favori favorite prefere preferee | favorito favorita preferido preferida | preferito preferita
colour | colour color | farbe | couleur | color | colore
size | size | grosse | taille pointure | talla numero_ | taglia misura
shoe | shoe shoes | schuh schuhe | chaussure chaussures | zapato zapatos | scarpa scarpe
height | height tall | korpergrosse | taille_ | estatura altura | altezza
weight | weight weigh weighs | gewicht wiege wiegt | poids pese | peso pesa | peso_ pesa
age | age aged | alter | age | edad | eta
name | name called named | name heisse heisst heissen namens genannt | nom appelle appellent prenom nomme | nombre llama llamo llaman | nome chiama chiamo chiamano
username | username login handle | benutzername | identifiant pseudo | usuario_ | username
maiden | maiden | madchenname geburtsname | fille_ | soltera | nubile
birth | birth born birthday birthdate | geburt geboren geburtsdatum geburtstag geburtsort geburtig geburtiger geburtige | naissance ne_ nee née né anniversaire | nacimiento naci nacio nacido nacida cumpleanos | nascita nato nata compleanno
founded | founded established | gegrundet | fondee fonde creee | fundada fundado | fondata fondato
blood | blood | blutgruppe | sanguin | sangre sanguineo | sangue sanguigno
language | language | sprache | langue | idioma lengua | lingua
timezone | timezone zone | zeitzone | fuseau | huso | fuso
version | version release | version | version | version | versione
port | port | port | port | puerto | porta
password | password code pin passcode | passwort code pin kennwort | mot_de_passe code | contrasena clave codigo | password codice
discount | discount voucher coupon promo | rabatt gutschein rabattcode | remise promo reduction | descuento cupon | sconto buono
licence | licence license licences licenses seats | lizenz lizenzen | licence licences | licencia licencias | licenza licenze
serial | serial | seriennummer | serie | serie | serie seriale matricola
reference | reference ref | aktenzeichen referenz | reference | referencia | riferimento
member | member members membership | mitglied mitglieder mitgliedschaft | membre membres adhesion | socio socios miembro membresia | membro socio iscrizione
gym | gym | fitnessstudio fitness studio | gym | gimnasio | palestra
hotel | hotel accommodation | hotel unterkunft | hotel hebergement | hotel alojamiento | albergo hotel alloggio
restaurant | restaurant | restaurant | restaurant resto | restaurante | ristorante
newspaper | newspaper paper | zeitung | journal_ quotidien | periodico diario | giornale quotidiano
magazine | magazine | zeitschrift magazin | magazine revue | revista | rivista
streaming | streaming | streaming streamingdienst | streaming | streaming | streaming
seat | seat aisle window_seat | sitz sitzplatz platz gangplatz fensterplatz | siege place_ | asiento plaza | posto_ sedile
instrument | instrument | instrument | instrument | instrumento | strumento
sport | sport | sport | sport | deporte | sport
hobby | hobby passion | hobby leidenschaft | passion passe-temps loisir | aficion pasion | passione hobby
photography | photography photo photos | fotografie fotografieren foto | photographie photo | fotografia foto | fotografia foto
owner | owner owns owned owning lead leads | eigentumer verantwortlich verantwortliche inhaber leiter leiterin leitet zustandig ansprechpartner ansprechpartnerin | responsable proprietaire_ chef_ | responsable duena dueno encargado encargada titular | responsabile titolare referente proprietario
manager | manager boss supervisor | chef chefin vorgesetzte vorgesetzter | chef patron patronne manager | jefe jefa | capo
opening | opening opens open | offnungszeiten offnet geoffnet | ouverture ouvre ouvrons | apertura abre abrimos horario | apertura apre apriamo orari
closing | closes close closing | schliesst schliessen | ferme fermons fermeture | cierra cerramos cierre | chiude chiudiamo chiusura
employee | employee employees staff | mitarbeiter angestellte beschaftigte | employe employes salarie salaries | empleado empleados trabajadores | dipendente dipendenti
child | child children kids kid | kind kinder | enfant enfants gosses | hijos ninos | figli bambini
son | son | sohn | fils | hijo | figlio
daughter | daughter | tochter | fille | hija | figlia
brother | brother | bruder | frere | hermano | fratello
sister | sister | schwester | soeur sœur | hermana | sorella
parent | parents parent | eltern | parents | padres | genitori
grandparent | grandmother grandfather grandma grandpa granny grandad | oma opa grossmutter grossvater | grand-mere grand-pere mamie papi | abuela abuelo | nonno nonna
uncle | uncle aunt auntie | onkel tante | oncle tante | tio tia | zio zia
cousin | cousin niece nephew | cousin cousine nichte neffe | cousin cousine niece neveu | primo prima_ sobrina sobrino | cugino cugina nipote
mother | mother mum mom | mutter mama | mere maman | madre mama | madre mamma
father | father dad | vater papa | pere papa | padre papa | padre papa
wife | wife | ehefrau frau_ | femme epouse | esposa mujer | moglie
husband | husband | ehemann | mari epoux | marido esposo | marito
partner | partner girlfriend boyfriend fiance fiancee | partner partnerin freundin freund verlobter | copain copine compagnon compagne | novio novia pareja | compagno compagna fidanzato fidanzata ragazzo ragazza
friend | friend mate | kumpel | ami amie pote | amigo amiga | amico amica
neighbour | neighbour neighbor | nachbar nachbarin | voisin voisine | vecino vecina | vicino_ vicina
colleague | colleague coworker | kollege kollegin | collegue | colega companero companera | collega
dog | dog puppy | hund hundin welpe | chien chienne chiot | perro perra | cane cagna
cat | cat cats kitten | katze kater | chat chatte | gato gata | gatto gatta
meat | meat | fleisch | viande | carne | carne
fish | fish | fisch | poisson | pescado | pesce
smoking | smoke smoking smoker cigarettes smokes | rauche rauchen raucher raucherin zigaretten | fume fumer fumeur fumeuse cigarettes | fumo fumar fuma fumador cigarrillos | fumo fumare fuma fumatore sigarette
coffee | coffee | kaffee | cafe | cafe | caffe
tea | tea | tee | the_ | te_ | te_
alarm | alarm | alarm alarmanlage | alarme | alarma | allarme
newsletter | newsletter | newsletter | newsletter infolettre | boletin newsletter | newsletter
server | server host database db | server datenbank | serveur base_ | servidor | server
project | project | projekt | projet | proyecto | progetto
seat_of | headquarters based hq | hauptsitz firmensitz | siege_ | sede | sede
week | weekly | wochentlich | hebdomadaire | semanal | settimanale
shift | shift | schicht | equipe_ | turno | turno
lawyer | lawyer solicitor attorney | anwalt anwaltin | avocat avocate | abogado abogada | avvocato avvocata
accountant | accountant | steuerberater steuerberaterin | comptable | asesor gestor contable | commercialista
browser | browser | browser | navigateur | navegador | browser
laptop | laptop computer | laptop rechner computer | ordinateur ordi | portatil ordenador | portatile computer
medication | medication medicine pill tablets dose | medikament tabletten dosis | medicament traitement dose | medicamento medicina pastilla dosis | farmaco medicina pillola dose
"""
# Words that name a thing too loosely to tell one from another: "number", "current", "main".
_VAGUE: Final = """
dr dra dott mr mrs ms miss herr frau m mme monsieur madame sr sra senor senora signor signora sig
number current main time actual usual favourite_x regular full official normal
date datum fecha data_ erst nummer zahl anzahl aktuelle aktueller aktuelles derzeitige
numero nombre_x actuel actuelle habituel habituelle principal principale
actual actuales habitual principal
attuale principale solito solita
"""
# Short words that are content in spite of lists of function words or of their length.
KEPT_WORDS: Final = frozenset(("gp", "tv", "db", "vw", "ssh", "http", "o2"))
VAGUE: Final = frozenset(_VAGUE.split())
_COLUMNS: Final = ("en", "de", "fr", "es", "it")

PERSONS: Final = frozenset(
    """
    son daughter brother sister mother father wife husband partner friend neighbour colleague manager child
    parent grandparent uncle cousin
    """.split()
)
IMMUTABLE: Final = frozenset(("birth", "blood", "serial", "maiden", "founded"))
"""Concepts whose value a life does not change: two values contradict unless one corrects the other."""
NAMING: Final = frozenset(
    """
    address residence employer job contact email phone mobile diet bank tariff provider energy internet
    insurance doctor dentist school nursery university car landlord tenant rent price rate salary budget
    limit goal deadline expiry status size height weight age name maiden username birth blood timezone version port
    password discount licence serial reference gym hotel newspaper streaming seat owner manager opening
    platform gate room floor office colour closing shift browser lawyer accountant commute slot instrument laptop
    medication
    """.split()
)
"""Concepts whose thing has one at a time: "my bank is V", "bank: V"."""
CONTAINERS: Final = frozenset(
    """
    room floor platform gate version port password price size weight height status opening closing deadline expiry
    office rate limit goal seat slot name colour reference phone email address rent contact name age job residence
    tariff member owner manager
    """.split()
)
"""Concepts that many things have: what matters is the word beside them ("the room of the exam")."""
EVENTS: Final = frozenset(
    """
    appointment standup meeting training delivery slot deadline expiry plane train trip course
    """.split()
)
"""Concepts that are at a time: the day they are on is their value, not a condition of another value."""


def words_of_language(lang: str) -> frozenset[str]:
    """Return the words of the tables in one language."""
    return frozenset(word for (one, word) in CONCEPTS if one == lang)


def _columns() -> list[tuple[str, tuple[list[str], ...]]]:
    rows = []
    for line in _NOUNS.strip().splitlines():
        concept, *columns = (part.strip() for part in line.split("|"))
        rows.append((concept, tuple(column.split() for column in columns)))
    return rows


def _inflected(word: str, lang: str) -> list[str]:
    if len(word) < 4:
        return []
    if lang == "en":
        return [f"{word}s", f"{word[:-1]}ies" if word[-1] == "y" else f"{word}es"]
    if lang == "de":
        return [word + ending for ending in ("e", "n", "en", "s", "es", "er", "ern", "nen")]
    if lang == "fr":
        return [word + ending for ending in ("s", "x", "e", "es")]
    if lang == "es":
        return [f"{word}s", f"{word}es"]
    return [word[:-1] + ending for ending in ("e", "i")] if word[-1] in "aoe" else []


def _concepts() -> dict[tuple[str, str], str]:  # noqa: C901 - loops over a table
    """Map (language, word), also its inflected forms, to the concept; ("", word) where every language agrees."""
    found: dict[tuple[str, str], str] = {}
    rows = _columns()
    for index, lang in enumerate(_COLUMNS):
        for concept, columns in rows:
            for word in columns[index]:
                if not word.endswith("_"):
                    found.setdefault((lang, word), concept)
        for concept, columns in rows:
            for word in columns[index]:
                if not word.endswith("_"):
                    for form in _inflected(word, lang):
                        found.setdefault((lang, form), concept)
    for (_, word), concept in list(found.items()):
        if found.setdefault(("", word), concept) != concept:
            found["", word] = word
    return found


CONCEPTS: Final = _concepts()
# German nouns by which a compound ends, longest first: "Zahnarzttermin" is a Termin.
TAILS: Final = tuple(
    sorted(
        ((word, concept) for (lang, word), concept in CONCEPTS.items() if lang == "de" and len(word) >= 4),
        key=lambda pair: (-len(pair[0]), pair[0]),
    )
)
