"""Phrases of the local extractor: Italian. `_phrases` says what each table is for."""

from __future__ import annotations

from typing import Final

LEAD: Final = r"""
(?:ciao|salve|buongiorno|buonasera|gentil[ei]|car[oai])(?: [\w'.-]+){0,3}?\s*[,!:.\u2013\u2014-]+\s+
(?:ciao|salve|buongiorno|buonasera)\s+(?=(?:sono|ho|vivo|mi|il mio|la mia|io|abito|lavoro)\b)
(?:sì|no|ok|va bene|bene|beh|allora|ah|oh|perfetto|ottimo|comunque|a proposito|e|ma|certo
    |in realtà)\s*[,!;.:\u2013\u2014-]+\s*
(?:a proposito|allora|beh|e|ma|comunque)\s+(?=(?:io|mi|il mio|la mia|i miei|ho|vivo|sono|abito|lavoro)\b)
"""

ASKED_FOR: Final = r"""
(?:per favore,? )?(?:ricord[ai](?:ti)?|si ricordi|annot[ai]|ten(?:ga|i) (?:presente|conto)
    |non dimenticare)(?: che |: ?)
"""

INSTRUCTION: Final = ""

OBJECTION: Final = r"""
(?:mi oppongo|mi rifiuto|nego il consenso|non (?:acconsento|autorizzo|do il (?:mio )?consenso)|revoco
    |ritiro il (?:mio )?consenso)\b
(?:smett\w+|basta|finit\w+) (?:di |con (?:le|la|gli|i) )\w+
non (?:mi |ci )(?:chiam\w+|inviat\w*|inviare|mand\w+|contatt\w+|scriv\w+)\b
non (?:chiamat|inviat|mandat|contattat|scrivet|chiamar|inviar|mandar|contattar|scriver)\w*(?:mi|ci)\b
non voglio (?:più |ricevere |essere |che )\w+
"""

WISH: Final = r"""
(?:d'ora in (?:poi|avanti)|da (?:ora|adesso|oggi) in poi|in futuro)
(?:sempre|mai|solo|soltanto|unicamente) (?:mi )?(?:rispond\w*|scriv\w*|chiam\w*|parl\w*|us\w*|contatt\w*|spieg\w*)
(?:rispond|scriv|chiam|parl|contatt|spieg)\w*mi\b.{0,40}\b(?:sempre|mai|solo|piuttosto|in (?:italiano|inglese|tedesco)
    |per (?:mail|e-mail|posta|telefono|sms|lettera)|via (?:mail|e-mail|sms)|di (?:sera|mattina)|la (?:sera|mattina))
chiam(?:ami|atemi|i) [A-Z]\w+
"""

CHANGE: Final = r"""
non .{1,40} più|invece|anzi|alla fine|in realtà|volevo dire|trasferit\w+|cambiat\w+|smesso|correzione|bensì
"""

QUESTION: Final = r"""
(?:che|cosa|che cosa|quale|quali|dove|quando|chi|perché|quant[oaie]) (?:è|sono|ora|posso|devo|puoi|può|fai|hai|costa
    |c'è|significa)
come (?:posso|si|stai|va|mai|faccio|funziona)
(?:puoi|può|potresti|potrebbe|sai|sa) (?:dirmi|aiutarmi|mi|tu|lei|se)
"""

COURTESY: Final = r"""
(?:gentil[ei]|car[oaie]|ciao|salve|buongiorno|buonasera)(?: [\w.-]+){0,4},?(?=\W*$)
(?:no|sì),? grazie\b.{0,40}
(?:grazie|tante grazie|mille grazie|la ringrazio|ti ringrazio|vi ringrazio)\b.*
(?:cordiali saluti|distinti saluti|saluti|arrivederci|buona (?:giornata|serata)|a presto)\b.{0,60}
"""

STEP: Final = r"""
(?:clicco|ho cliccato|premo|seleziono|ho (?:premuto|selezionato|riavviato|digitato)|(?:tocco|apro|ho (?:aperto
    |toccato)) (?:il pulsante|lo schermo|l'app|la pagina|il link|il menu|la mail|qui|su))\b.*
sono (?:già |molto |un po' |ancora |ora |adesso |appena )*(?:(?:sul|in) (?:treno|autobus|macchina|riunione|ritardo
    |metro)|stanc[oa]|pront[oa]|tornat[oa]|per strada|in viaggio adesso|al telefono|alla stazione|all'aeroporto|qui
    |occupat[oa]|confus[oa])\b.{0,60}
ho (?:molta |tanta |un po' di |una |solo |un )*(?:fame|sete|sonno|fretta|freddo|caldo|domanda|dubbio
    |mal di testa)\b.{0,40}
(?:un (?:attimo|momento|secondo)|aspett[ai]|non (?:funziona|carica|succede (?:nulla|niente))
    |la pagina (?:non )?(?:carica|si)|torno subito|devo andare|provo|controllo subito)\b.{0,60}
"""

REQUEST: Final = r"""
(?:mand(?:ami|atemi|i)|invi(?:ami|atemi|i)|mostra(?:mi|temi)|mostri|di(?:mmi|temi|ca)|d(?:ammi|atemi|ia)|aiuta(?:mi
    |temi)|aiuti|spiega(?:mi|temi)|cerca(?:mi)?|trova(?:mi)?|prenota(?:mi)?|annulla|ricorda(?:mi) di|controlla
    |verifica|calcola)\b.*
(?:vorrei|volevo|desidero|ho bisogno di|mi serve) (?:sapere|chiedere|aiuto|annullare|prenotare|ordinare|informazioni
    |parlare|un'informazione)\b.*
(?:puoi|può|potete|potresti|potrebbe)\b.*
"""

REACTION: Final = r"""
(?:è|era|sembra|suona|sarebbe|che) (?:\w+ ){0,3}(?:bene|bello|bella|ottimo|perfetto|interessante|divertente|peccato
    |triste|incredibile|meraviglioso|carino|vero|fantastico|eccellente|stupendo)\b.{0,40}
(?:sono (?:content\w|felic\w|dispiaciut\w) (?:per|di|che)|spero|mi dispiace|mi fa piacere|capisco|congratulazioni
    |complimenti|auguri|buona fortuna|in bocca al lupo|nessun problema|non (?:ti preoccupare|si preoccupi
    |c'è problema)|che )\b.{0,100}
"""

JUDGED: Final = ""

GOES_ON: Final = r"""
(?:lui|lei|loro|essi|questo|quello|ciò|lì|là|poi|quindi|inoltre|perché|entrambi|tutti e due|si chiama|è (?:un|una
    |molto))
"""

SERVICE_QUESTION: Final = r"""
(?:posso|vuoi che|vuole che|devo)
"""
