"""Phrases of the local extractor: German. `_phrases` says what each table is for."""

from __future__ import annotations

from typing import Final

LEAD: Final = r"""
(?:hallo|hi|hey|guten (?:tag|morgen|abend)|moin|servus|liebe[rs]?
    |sehr geehrte[rs]?)(?: [\w'.-]+){0,3}?\s*[,!:.\u2013\u2014-]+\s+
(?:hallo|hi|hey|guten (?:tag|morgen|abend)|moin|servus)\s+(?=(?:ich|wir|mein|meine|unser)\b)
(?:ja|nein|doch|ok|okay|klar|genau|also|nun|naja|ach|oh|super|toll|gut|schade|übrigens|zur info|nebenbei
    |ehrlich gesagt)\s*[,!;.:\u2013\u2014-]+\s*
(?:übrigens|und|aber|also|ja|nein|ach)\s+(?=(?:ich|wir|mein|meine|meinen|unser|unsere)\b)
"""

ASKED_FOR: Final = r"""
(?:bitte )?(?:merk(?:e|en sie)? (?:dir|sich)|denk(?:e|en sie)? (?:bitte )?daran|vergiss nicht|notier(?:e|en sie)?
    |beachte(?:n sie)?)(?: bitte)?(?:, dass |: ?|,? )
"""

INSTRUCTION: Final = r"""
(?:ignorier\w*|vergiss) (?:alle )?(?:vorherigen|bisherigen|früheren) (?:anweisungen|regeln)
"""

OBJECTION: Final = r"""
ich (?:widerspreche|lege widerspruch|möchte widersprechen|erhebe widerspruch|widerrufe|verweigere)\b
(?:rufen|ruf|schicken|schick|senden|sende|kontaktieren|schreiben|schreib|nutzen|verwenden|speichern|geben|teilen
    |verkaufen) (?:sie )?(?:mich|mir|uns|meine daten|meine?n? \w+)\b.{0,50}\b(?:nicht|keine?n?)\b
(?:bitte )?keine? (?:werbung|angebote|newsletter|anrufe|werbeanrufe|werbemails?|profilbildung)(?: mehr)?
ich (?:möchte|will) (?:keine?|nicht)\b.{0,50}\b(?:werbung|angebote|newsletter|anrufe|angerufen|kontaktiert|mails?
    |daten|profil\w*|post)
hören sie (?:bitte )?auf\b
"""

WISH: Final = r"""
(?:ab (?:jetzt|sofort|heute)|von (?:jetzt|nun) an|künftig|in zukunft|zukünftig)
(?:bitte )?(?:immer|nie|niemals|nur|stets)(?: \w+){0,3} (?:schreiben|antworten|anrufen|verwenden|nutzen|sprechen|duzen
    |siezen|schicken|melden|erklären)
(?:schreib|antwort|sprich|sprechen|erklär|nenn|nennen|ruf|rufen|melde?n?|schick|duz
    |siez)\w*(?: sie)?(?: bitte)?(?: mir| mich| mit mir| sich)?(?: bitte)?(?: \w+){0,2} (?:immer|nur|stets|lieber|nie
    |niemals|auf (?:deutsch|englisch|französisch)|per (?:mail|e-mail|post|sms|telefon|brief)|abends|morgens
    |nachmittags|vormittags)
(?:nennen sie|nenn|nennt) mich \w+
"""

CHANGE: Final = r"""
nicht mehr|kein(?:e|en|er)? \w* ?mehr|statt(?:dessen)?|sondern|doch nicht|korrektur|ich meinte|eigentlich|umgezogen
    |gewechselt|gekündigt|aufgehört|inzwischen|mittlerweile
"""

QUESTION: Final = r"""
(?:was|wer|wo|wann|wie|warum|wieso|weshalb|welche[rsnm]?|wohin|woher|wieviel) (?:ist|sind|heißt|heißen|kann|können
    |muss|soll|hast|haben|machst|macht|war|geht|viele?|lange|oft|kostet|wird|bedeutet|gibt|komm\w*|funktioniert)
(?:kannst|können|könntest|könnten|hast|haben|habt|bist|sind|gibt|soll|darf|weißt|wissen|würdest|würden) (?:du|sie|ihr
    |ich|wir|es|man)
"""

COURTESY: Final = r"""
(?:liebe[rs]?|sehr geehrte[rs]?|hallo|guten (?:tag|morgen|abend))(?: [\w.-]+){1,5},?(?=\W*$)
(?:nein|ja),? danke\b.{0,40}
(?:vielen |herzlichen |besten |lieben |schönen )?dank\b.*
danke(?:schön)?\b.*
(?:mit freundlichen grüßen|(?:viele|liebe|beste|herzliche) grüße|gruß|mfg|lg)\b.{0,60}
(?:auf wiedersehen|bis (?:bald|dann|später|morgen)|tschüss|schöne?n? (?:tag|abend|wochenende|gruß))\b.{0,40}
"""

STEP: Final = r"""
ich (?:habe |hab )?(?:gerade |jetzt |eben |schon |dann |nun )*(?:auf |den |die |das |mich )*(?:\w+ )?(?:tippe|klicke
    |drücke|öffne|wähle|gebe ein|getippt|geklickt|gedrückt|geöffnet|ausgewählt|eingegeben|neu gestartet|eingeloggt
    |angemeldet|starte neu|lade)\b.*
ich (?:bin|sitze|stehe|stecke) (?:gerade |jetzt |noch |schon |so |sehr |etwas |ein bisschen )*(?:im (?:zug|bus|auto
    |stau|meeting|termin)|in (?:der bahn|einem meeting|einer besprechung|eile)|unterwegs|am (?:bahnhof|flughafen
    |telefon)|müde|hungrig|durstig|zurück|da|fertig|bereit|spät dran|auf dem weg|verwirrt|gestresst|drin)\b.{0,60}
ich (?:habe|hab) (?:gerade |jetzt |so |nur )*(?:hunger|durst|eine frage|keine ahnung|keine zeit|kopfschmerzen
    |kurz zeit|noch eine frage|eine kurze frage)\b.{0,40}
(?:(?:einen? )?(?:moment|augenblick|sekunde)|warte|warten sie|bin gleich (?:zurück|wieder da)|ich (?:warte|schaue
    |probiere|versuche) (?:mal|es|kurz|gerade|gleich)|es (?:funktioniert|geht|lädt|klappt)|nichts passiert
    |die (?:seite|app) (?:lädt|hängt|stürzt)|(?:dann |und )?(?:passiert|es passiert) nichts)\b.{0,80}
"""

REQUEST: Final = r"""
(?:bitte )?(?:schick|zeig|sag|gib|hilf|such|nenn|erklär|erzähl|buch|bestell|storn|überweis|prüf|schau|mach|erinner
    |find|vergleich|empfehl|berechn|öffn|schließ|lösch|änder)(?:e|en|ier|iere|ieren|st)?(?: sie)?(?: bitte)? (?:mir
    |mich|uns|bitte|mal|den|die|das|eine?n?|es|nach|alle|meine?n?)\b.*
bitte (?:schicken|zeigen|sagen|geben|helfen|suchen|nennen|erklären|buchen|bestellen|stornieren|überweisen|prüfen
    |senden|ändern|löschen|korrigieren|bestätigen)\b.*
(?:ich|wir) (?:möchte|will|würde gern\w*|hätte gern\w*|brauche|benötige) (?:\w+ ){0,4}(?:wissen|fragen|erfahren|hilfe
    |auskunft|informationen|stornieren|kündigen|bestellen|buchen|reklamieren|überweisen|zurückgeben)\b.{0,80}
(?:kannst|könntest|können|könnten|würdest|würden) (?:du|sie|wir|ich)\b.*
"""

REACTION: Final = r"""
(?:das|es|dies) (?:ist|war|klingt|hört sich|sieht|wäre) (?:\w+ ){0,3}(?:gut|schön|toll|super|klasse|prima|interessant
    |spannend|lustig|nett|lieb|wunderbar|großartig|perfekt|schade|traurig|cool|krass|wahnsinn|richtig|okay|ok
    |hilfreich|verständlich|beeindruckend|an)\b.{0,40}
(?:ich (?:freue mich|hoffe|finde das|weiß nicht|verstehe|denke auch|gratuliere|wünsche)|freut mich|tut mir leid
    |herzlichen glückwunsch|glückwunsch|viel (?:glück|erfolg|spaß)|gute besserung|alles (?:gute|klar|gut)|kein problem
    |keine sorge|mach weiter|weiter so|gut gemacht|was für)\b.{0,100}
"""

JUDGED: Final = ""

GOES_ON: Final = r"""
(?:er|sie|es|ihn|ihm|ihr|ihnen|sein\w*|ihre?\w*|das|dies\w*|der|die|dort|dabei|dafür|damit|danach|deshalb|deswegen
    |dann|beide|außerdem|weil) (?=(?:ist|war|hat|hatte|sind|wird|kann|heißt|kommt|wohnt|lebt|arbeitet|geht|macht|war
    |waren|haben|mag|kostet|liegt|steht|spielt|lernt|will|soll|muss|\w+t)\b)
"""

SERVICE_QUESTION: Final = r"""
(?:kann|soll|darf) ich
"""
