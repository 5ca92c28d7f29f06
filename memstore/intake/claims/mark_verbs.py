"""Verbs that say of something that it is over, or that it is another now, in all their forms.

A word is one of them if it is listed, or is a form of the past or an infinitive with the stem of a listed one: "I sold
bags" ends something, "I sell bags" does not. Words that mean something else as often (to leave, to take) stand in the
phrases of `marks` instead.
"""

from __future__ import annotations

# ruff: noqa: SIM905 - lists of words read best as words
from functools import lru_cache
from typing import Final

from memstore.intake.claims.stemming import plain_stem

_TABLES: Final = {
    "en": """
end: abandon abandoned abolish annul axe axed binned cancel cancelled cease ceased deactivate decommission delete
end: deleted discard discarded discontinue dissolve ditch donated drop dump dumped evict expel expire forfeit
end: liquidate lapse junked overturned pawned quit rehome renounce repeal rescind resign retire revoke scrap scrapped
end: sold shelve shelved shut terminate totalled trashed uninstall unsubscribe unenrol unfollow vacated void waive
end: withdrew withdraw withdrawn wreck wrecked healed cured resolved
change: alter amend convert decrease double doubled halve halved increase lengthen migrate postpone promote raise
change: reassign rebook rebrand reduce refinance relocate rename renegotiate replace reschedule shorten shrink shrunk
change: substitute swap swapped switch transfer triple tripled update upgrade downgrade adopted widened
""",
    "de": """
end: abbestellen abbestellt abgebrochen abgelaufen abgemeldet abgesagt absagen abgeschafft aufgegeben aufgehort
end: aufgelost aufgeloest ausgetreten ausgezogen beendet beenden eingestellt entsorgt erledigt gefeuert gekundigt
end: kundigen gestorben verstorben gestohlen gestrichen streichen streicht storniert stornieren verkauft verkaufen
end: verschenkt verschrottet weggeworfen weggegeben weggefallen widerrufen widerrufe zerbrochen zuruckgegeben
end: zuruckgezogen entlassen hingeschmissen geschmissen losgeworden aufgehoben vergesst geklaut geheilt ausgeheilt
end: abgewahlt abgestossen abgegeben rauchfrei schuldenfrei eingeschlafert geplatzt
change: abgelost angehoben aufgestockt aktualisiert befordert ersetzt erweitert erhoht gesenkt gestiegen gesunken
change: gewechselt gewachsen getauscht halbiert reduziert umbenannt umgebucht umgestellt umgestiegen umgezogen
change: verdoppelt verlangert verkurzt verlegt verschoben vorgezogen ubernommen wechselte abgeandert geandert
change: herabgesetzt
""",
    "fr": """
end: abandonner abandonne annuler annule arreter arrete cesser cesse cloturer cloture demissionner demissionne
end: desabonner desactiver desinscrire dissoudre expirer expire interrompre jeter liquider mourir decede renoncer
end: renonce resilier resilie restituer retracter revendre revendu rompre rompu supprimer supprime terminer termine
end: vendre vendu vendus gueri guerie retire desister debarrasse licencie perime caduc rembourse
change: augmenter augmente baisser baisse changer change decaler decale demenager demenage deplacer deplace doubler
change: double echanger echange elargir modifier modifie promouvoir promu raccourcir rallonger rallonge reduire reduit
change: remplacer remplace renouveler reporter reporte repousser repousse troquer troque evoluer migrer prolonger
""",
    "es": """
end: abandonar abandone anular anule acabar acabe cancelar cancele cerrar cerre clausurar desapuntar desactivar
end: desistir desistido despedir despedido devolver devolvi devuelto eliminar elimine extinguir fallecer fallecio
end: finalizar finalizado jubilar jubile liquidar liquide morir murio regalar regale rescindir renunciar renuncie
end: revender robar robaron romper rompi roto saldar suprimir suspender suspendio terminar termine vender vendi
end: vendido caducar caduco borrar borre deshacer deshice curado
change: actualizar actualice ampliar amplie aplazar aplazo adelantar adelanto ascender ascendido aumentar aumento bajar
change: bajado cambiar cambie doblar duplicar intercambiar modificar modifique mudar mude mover movido posponer
change: pospuesto prorrogar reducir redujo reemplazar renovar retrasar retraso subir subio sustituir sustituyo trasladar
change: traslado ascendieron
""",
    "it": """
end: abbandonare abbandonato annullare annullato buttare buttato cancellare cancellato cessare cessato chiudere
end: chiuso chiusa dimettere dimesso disattivare disdire disdetto disiscrivere eliminare eliminato estinguere estinto
end: interrompere interrotto licenziare licenziato liquidare morire morto regalare regalato restituire restituito
end: revocare revocato rinunciare rinunciato rivendere rivenduto rompere rotto rottamare rubare rubato saldare
end: scadere scaduto sciogliere smettere smesso sospendere sospeso terminare terminato vendere venduto guarire
end: guarito
change: abbassare abbassato aggiornare aggiornato allargare allungare alzare alzato anticipare anticipato ampliare
change: aumentare aumentato cambiare cambiato diminuire dimezzare modificare modificato posticipare posticipato
change: promuovere promosso prorogare raddoppiare ridurre ridotto rinnovare rinviare rinviato sostituire sostituito
change: spostare spostato subentrare traslocare traslocato trasferire trasferito scambiare salito crescere
""",
}
# Other words with the stem of one of these.
_OTHERS: Final = {
    "en": frozenset("shuttle dropbox voidance resolution sale retirement".split()),
    "de": frozenset("ende".split()),
    "fr": frozenset("arret change_ vente fin".split()),
    "es": frozenset("robot roto_ moral cierre".split()),
    "it": frozenset("cambio fine".split()),
}


_PAST: Final = {
    "en": ("ed",),
    "de": ("t", "en"),
    "fr": ("e", "ee", "es", "ees", "u", "ue", "us", "ues", "is", "it", "er", "ir"),
    "es": ("ado", "ada", "ados", "adas", "ido", "ida", "idos", "idas", "io", "aron", "ieron", "amos", "ar", "er", "ir"),
    "it": ("ato", "ata", "ati", "ate", "uto", "uta", "uti", "ito", "ita", "iti", "are", "ere", "ire"),
}


def _words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for lang, text in _TABLES.items():
        for line in text.strip().splitlines():
            kind, _, words = line.partition(":")
            found.setdefault(lang, {}).update(dict.fromkeys(words.split(), kind))
    return found


_LISTED: Final = _words()
_STEMS: Final = {
    lang: {plain_stem(word, lang): kind for word, kind in words.items()} for lang, words in _LISTED.items()
}


@lru_cache(maxsize=16_384)
def verb_mark(word: str, lang: str) -> str | None:
    """Return what a folded word says of something: "end", "change" or None."""
    listed = _LISTED.get(lang)
    if listed is None or word in _OTHERS[lang]:
        return None
    if word in listed:
        return listed[word]
    return _STEMS[lang].get(plain_stem(word, lang)) if word.endswith(_PAST[lang]) else None
