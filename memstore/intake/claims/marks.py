"""How a clause is meant: a change, a correction, an end, a denial, or no fact at all (wish, plan, hearsay ...).

Tables hold phrases, one kind a line; "a ~ b" means b after a with at most six words between.
"""

from __future__ import annotations

# ruff: noqa: SIM905 - lists of words read best as words
from typing import TYPE_CHECKING, Final

from memstore.intake.claims.mark_verbs import verb_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memstore.intake.claims.tokens import Token

_GAP: Final = 7
_VERB_LENGTH: Final = 6

# Kinds: change, lasting (a wish for good), correct, end, not, past, wish, plan, hypothesis, hearsay, place (a stay, no
# residence).
_TABLES: Final = {
    "en": """
lasting: in future, in the future, from now on, going forward, from today on
change: now, nowadays, currently, as of, from now on, instead, these days, at present, going forward, switched
change: switch to
change: changed, changes to, moved, went up, gone up, went down, went from, gone over, goes up, rose, raised
change: increased
change: dropped to, cut to, reduced, lowered, lowers, grew to, grown to, down to, up to, upgraded, updated
change: downgraded, replaced
change: became, become, promoted, back to, back in, back at, back living, new, since this, since last, transferred
change: left ~ for, swapped, traded, took over, taken over, takes over, rescheduled, postponed, pushed to
change: pushed back, brought forward, renamed, relocated, started
change: got married, got engaged, got divorced, has gone, extended, renewed, no longer, not ~ any more
change: not ~ anymore, not ~ any longer, from today, joined, relaunched
change: exchanged, bumped, gone with, went with, signed up with, opted for, turned vegan, turned vegetarian
change: gone vegan, gone vegetarian, went vegan, went vegetarian, starting today, effective, latest
change: made it, turned, we are at, is up, are up, is down, are down, shifted, converted, migrated, adopted, put up
change: put it up, push ~ to, extend ~ to, agreed to move
correct: sorry ~ not, sorry it is, sorry it 's, sorry i meant, sorry that is, sorry wrong, i meant, i mean
correct: meant to say, correction, correcting, to correct, my mistake, my bad, typo, scratch that, strike that
correct: i misspoke, misread, mistyped, did i say, did i write, fat fingers, what am i saying
correct: that is wrong, that 's wrong, that was wrong, is wrong, was wrong, wrong number, got that wrong
correct: got it wrong, wrote it wrong, should be, should read, should have said, should say, actually it
correct: actually the, actually my, mixed up, mixed ~ up, clarified, corrected, rather not
correct: counted wrong, miscounted, forgot to include, forgot to count, got ~ wrong, not ~ as i said
correct: not ~ as i wrote, make that, wait no, no wait, sorry no, no sorry, i got ~ wrong, wrongly, mistaken
correct: i misremembered, error on my, let me correct, apologies ~ not, apologies it, in fact it, i said ~ but it
end: ditched, dumped, let ~ go, robbed of, no longer, not ~ any more, not ~ anymore, not ~ any longer, sold
end: cancelled, canceled, cancel, died, passed away, stopped, quit, gave up, given up, is over, are over
end: was over, 's over, is gone, are gone
end: was gone
end: got rid of, gave away, given away, ended, dropped out, withdrew, withdrawn, resigned, unsubscribed, terminated
end: paid off, called off, broke up, split up, moved out, shut down, closed down, scrapped, written off, is dead
end: is off, was off
end: without a, has no, have no, had to give up, let go of, expired, is finished, was finished, done with
end: is dropped, dropped the, ignore, forget, disregard, delete what, closed my, closed our, closed the, outgrew
end: outgrown, rehomed, put down, left the, left my, no ~ any more, no ~ anymore, handed back, returned the, retired
end: fell through, been lifted, cleared up, discontinued, broke off, broken off, let ~ lapse, wound down, taken off
end: scrapped, finished with, deactivated, dissolved, lapsed, never ~ again, folded, wound up, threw out, stolen
end: opted out, revoked, turned out not, does not apply, not needed
end: packed ~ in, packed in, jacked in, on the head, come to an end, came to an end, took me off, pulled out of
end: backed out, bailed on, parted ways, called it a day, had enough of, swore off, sworn off, weaned off, came off
end: come off, not going ahead, not happening, no need, never mind, nevermind, leave it, count me out, all done with
end: no more, hung up my, walked away from, through with, over and done, put ~ to bed, moved on from, took down
not: not, no, never, none, without, nor
past: used to, was, were, had, formerly, previously, back then, grew up, as a child, years ago, in the past, lived
past: worked, studied, i did, originally, at the time, when i was
wish: want, wants, wanted, would like, 'd like, 'd love, would love, would rather, 'd rather, wish, hope, hoping
wish: dream, dreaming, dreams, fancy, tempted, if only, long to, love to live, keen to
plan: will, gonna, plan to, plans to, planning, might, may, thinking of, thinking about, considering, consider
plan: considers, maybe, perhaps, one day, someday, next year, looking at, looking into, toying, about to, intend
plan: intends, aim to, wondering, might be, could, toying with, due to move, next spring, next summer, next autumn
plan: eventually, debating, half tempted, some day
hypothesis: if, would, 'd be, imagine, suppose, supposing, unless, had i, were i, whether, in case, what if, pretend
hearsay: says, said, reckons, apparently, rumour, rumours, rumor, heard, allegedly, supposedly, tells me, told me
hearsay: telling me, keeps telling, thinks i, thinks we, thinks the, wants the user, wants me, wants us, claims
hearsay: according to, suggested, suggests, recommends, recommended, offered, people say, they say, word is, gossip
hearsay: joked, jokes, jokingly, insists
place: spending, visiting, visit, staying, on holiday, on vacation, this week in, for the weekend, a few days
place: on a trip, business trip, passing through, stay in
""",
    "de": """
lasting: in zukunft, kunftig, zukunftig, ab jetzt, ab sofort, ab heute, von nun an
change: erweitert
change: jetzt, nun, inzwischen, mittlerweile, aktuell, ab sofort, ab heute, seit heute, seit gestern, seit letzter
change: seit diesem, seit dem, seit kurzem, seit dieser, neuerdings, stattdessen, statt, anstatt, neu, neue, neuer
change: neues, neuen, gewechselt, umgestiegen, umgezogen, gezogen
change: geandert, gestiegen, erhoht, gesenkt, gesunken, verlegt, verschoben, vorverlegt, befordert, ersetzt
change: umgestellt, geworden, ubernommen, ubernimmt, wieder in, nicht mehr, sondern, aufgestockt, aktualisiert
change: angehoben, zuruck in, von nun an, kunftig, ab jetzt, verlangert, umbenannt, gewachsen, geheiratet
change: verheiratet seit, kein ~ mehr, keine ~ mehr, keinen ~ mehr, wechselte, stieg, liegt jetzt, hochgesetzt
change: gegen ~ getauscht, geklettert, getauscht, eingetauscht, umgeschrieben, angefangen, umstieg
correct: entschuldigung ~ nicht, korrektur, korrigiere, quatsch, irrtum, vertan, verschrieben, vertippt, tippfehler
correct: zahlendreher, ich meinte, meinte, meine naturlich, stimmt nicht, das war falsch, falsch, pardon
correct: berichtigung, versehen, doch nicht, moment, vielmehr, verwechselt, verrechnet, verzahlt, verlesen, ach nein
correct: nein ~ nicht, nein ~ sondern, muss heissen, sollte heissen, richtig ist, geirrt, versprochen_, blodsinn
correct: verhort, was rede ich, was schreib ich, was schreibe ich, ach quatsch
end: nicht mehr, kein ~ mehr, keine ~ mehr, keinen ~ mehr, nie mehr, nie wieder, verkauft, gekundigt, abgesagt
end: gestorben, aufgehort, aufgegeben, beendet, vorbei, storniert, abgemeldet, abbestellt, weg, verloren_, getrennt
end: geschlossen, eingestellt, ausgezogen, abgeschafft, zuruckgegeben, zuruckgezahlt, abbezahlt, fallt aus
end: fallt weg, entfallt, ausgefallen, geplatzt, verschenkt, verschrottet, aufgelost, vergiss, vergesst
end: vergessen sie, ausgetreten, gestrichen, erledigt, abgelaufen, ist aus, hat sich erledigt, abgegeben, weggegeben
end: schluss, widerrufen, geschieden_, eingegangen, stillgelegt, kundigte, gestohlen, geklaut, ausgelaufen, ad acta
end: ausgeheilt, geloscht, ist tot, abgesetzt, abgebrochen
end: an den nagel, hingeworfen, sein lassen, bleiben lassen, lasse ~ bleiben, bin raus, flach, ins wasser gefallen
end: wird nichts, abgehakt, vom tisch, weggefallen, uberstanden, ausgeschieden, abgeschlossen, ziehe ~ zuruck
end: zuruckgezogen, nicht notig, schluss gemacht, wird doch nicht, kein thema mehr, doch nicht
not: nicht, kein, keine, keinen, keinem, nie, niemals, ohne, nein
past: fruher, war, waren, hatte, hatten, damals, ehemals, wohnte, lebte, arbeitete, aufgewachsen, vor jahren, einst
past: als kind, wuchs, ging, ehemalige, ehemaliger
wish: wurde ~ gern, würde ~ gern, würde gerne, würde ja, mochte, mochten, will, wollen, wunsche, wunsch, hoffe
wish: traume, traum, am liebsten würde, wollte, gern ~ hätte, hätte gern, liebaugle
plan: werde, werden, plane, planen, uberlege, uberlegen, vielleicht, nachstes jahr, irgendwann, eines tages
plan: denke daruber, denken daruber, habe vor, vorhaben, erwage, demnachst, konnte sein, könnte, könnten
plan: wahrscheinlich, eventuell, spiele mit, nachsten sommer, nachsten fruhling, ob ich, ob wir, kommendes jahr
hypothesis: wenn, falls, würde, würden, wäre, wären, hätte, hätten, angenommen, ob
hearsay: sagt, sagte, meint, angeblich, gerucht, gehort, soll ~ sein, behauptet, laut, findet dass, will dass
hearsay: mochte dass, erzahlt, schlagt vor, rat mir, empfiehlt, munkelt, scherzt, witzelt, redet mir, es heisst
hearsay: vorgeschlagen, offenbar, anscheinend, wollen dass
place: zu besuch, im urlaub, ein paar tage, ubers wochenende, auf reisen, besuche, auf dienstreise, diese woche in
""",
    "fr": """
lasting: à l avenir, desormais, dorenavant
change: elargi, etendu
change: maintenant, desormais, actuellement, dorenavant, a present, à present, à partir de, à compter de, plutot
change: au lieu, depuis hier, depuis ce, depuis cette, depuis lundi, depuis aujourd'hui, depuis le, depuis peu
change: nouveau, nouvelle, nouveaux, nouvelles, change, change de, passe à, passe au, passee à, passee au, passes à
change: passons à, passe de, passe chez, passee chez, passes chez, passe en, passe le, renouvele, renouvelee
change: demenage
change: emmenage, deplace, deplacee, repousse, repoussee, avance à, avancee, reporte, reportee, remplace, remplacee
change: augmente, baisse, monte à, promu, promue, devenu, devenue, est devenu, ca y est, de retour, ne ~ plus
change: n ~ plus, aujourd'hui, aujourd hui, rejoint, repris, migre, grimpe, echange, descend à, desormais, porte à
change: rebaptise, troque, depuis la, quitte ~ pour, mis à jour
correct: erreur, je me suis trompe, je me suis trompee, me suis trompe, trompe, trompee, je voulais dire, correction
correct: rectification, je corrige, rectifie, mal compte, oublie de compter, compte de travers, faute de frappe
correct: desole ~ pas, desolee ~ pas, desole c est, desolee c est, non c est, non pas, j ai confondu, confondu
correct: en fait c est, en fait, non ~ pas, oups, mal lu, mal ecrit, mea culpa, inverse, plutot ~ pas, faux, et non
correct: ah non, enfin non, euh non, bourde, embrouille, emmele, emmelee, pinceaux, qu est-ce que je raconte
end: ne ~ plus, n ~ plus, vendu, vendue, vendus, annule, annulee, annules, mort, morte, decede, decedee, arrete
end: arretee, arretes, fini, finie, finis, termine, terminee, resilie, resiliee, quitte, rembourse, remboursee
end: rendu, abandonne, rompu, separes, ferme_, supprime, supprimee, oubliez, oublie, laissez tomber, desinscrit
end: desinscrite, desabonne, desabonnee, demissionne, plus de, plus aucun, plus aucune, tombe à l eau, jete
end: donne ~ à, a expire, est expire, dissous, dissoute, liquide, gueri, guerie, vole_, ne tient plus
end: tombee à l eau, fait une croix, laisse tomber, jamais plus, raye, clos, close, cloture, parti à la casse
end: perime
end: mis fin, mettre fin, mis un terme, est leve, est levee, tire un trait, jette l eponge, plus besoin, raccroche
end: sans suite, repartie, reparti, s en est alle, s en est allee, c est fini, ne ~ finalement pas, desiste
not: ne, n, pas, jamais, sans, aucun, aucune, non
past: avant, autrefois, etais, etait, etions, avais, avait, habitais, habitait, habitions, travaillais, vivais
past: j ai ete, jadis, dans le temps, à l epoque, ancien, ancienne, j ai grandi, grandi, il y a longtemps, ex
past: vivions, travaillait
wish: voudrais, voudrait, voudrions, aimerais, aimerait, aimerions, souhaite, souhaiterais, espere, esperons, reve
wish: reves, revons, envie de, j adorerais, veux, veut, adorerait, revais
plan: peut-etre, pense ~ partir, pensons, pense à, pense ~ peut-etre, songe, songeons, envisage, envisageons
plan: prevois, prevoit, prevoyons, projette, l annee prochaine, l an prochain, un jour, bientot, compte ~ changer
plan: hesite, hesitons, reflechis, reflechissons, ira, iront, demenagera, demenagerons, peut etre, probablement
plan: au printemps prochain, l ete prochain
hypothesis: si, serait, serais, aurait, aurais, pourrait, pourrais, faudrait, imaginez, imagine, supposons, au cas
hearsay: dit, disent, dit que, parait, il parait, rumeur, on m a dit, entendu, selon, pretend, raconte, conseille
hearsay: propose, veut que, voudrait que, d apres, apparemment, suggere, insiste, plaisante, bruits de couloir
hearsay: repete que, trouve que
place: en visite, en vacances, quelques jours, pour le week-end, sejour, cette semaine à, en deplacement, de passage
""",
    "es": """
lasting: en adelante, a partir de ahora, en el futuro, en futuro
change: ampliado, ampliamos
change: ahora, ya no, a partir de, desde hoy, desde ayer, desde este, desde esta, desde el, desde la, actualmente
change: hoy en dia, en vez de, en lugar de, nuevo, nueva, nuevos, nuevas, he cambiado, hemos cambiado, cambie
change: cambiamos, cambio, se cambio, cambiado, ha cambiado, mudado, mude, mudamos, he pasado, hemos pasado, pase a
change: pasado a, pasamos a, paso a, ha pasado
change: ascendido, ascendida, subio, ha subido, subido, baja a, bajo a, bajado, aplazado, aplazada, adelantado
change: se adelanto, aplazo, retraso, sustituido, reemplazado, ha sustituido, movio, mueve, traslado, trasladado
change: trasladada, de vuelta, he vuelto a, hemos vuelto a, ahora mismo, desde que, no ~ sino, por fin, me hice
change: me he hecho, actualizado, actualizamos, actualice, de ahora en adelante, contratado con, cogido, renovado
change: se pospuso, pospuesta, pospuesto, en adelante, aumentado, he empezado, pasa a, pasa al, pasan a, pasa de
change: renovado, renovada, sube a, sustituye
correct: correccion, me equivoque, me he equivocado, equivocado, equivoque, quise decir, queria decir, quiero decir
correct: error, errata, mejor dicho, rectifico, corrijo, no perdon, en realidad, que tonta, que tonto, me confundi
correct: confundi, digo, miento, no ~ sino, lei mal, escribi mal, me lie, me he liado, he confundido, lapsus, ups
correct: al final no es, la mia, el mio, uy no, ay no, que digo, en que estaria pensando
end: ya no, no ~ mas, nunca mas, vendido, vendi, vendimos, cancelado, cancelada, cancele, cancelamos, canceló, murio
end: muerto, ha muerto, fallecido, fallecio, dejado de, deje de, he dejado, hemos dejado, dejamos, deje el, deje la
end: se acabo, acabado, terminado, termino, terminada, de baja, anulado, anulada, anule, anulamos, olvida, olvidad
end: olvidense, olvide lo, suspendido, suspendida, devuelto, abandonado, abandone, rompimos, roto con, separado_
end: se fue, regalado, cerrado, liquidado, pagado del todo, sin contrato, borrado, desapuntado, desapuntada
end: me desapunte, borrarme, caducado, jubilado, se suspende, ya esta pagado, rescindido, despedido, me quite
end: curado, robado, ya sin, renunciado, renuncie, tirado, robaron, robo
end: olvide lo, olvida lo, dejelo, dejalo, me he quitado, tirado la toalla, se ha ido, ultima cuota, el alta
end: sin efecto, echado atras, no siga, no hace falta, puesto fin, no tramite, no tramites, estamos en paz, al final no
not: no, nunca, jamas, sin, ningun, ninguna, tampoco
past: antes, antiguamente, era, eran, fui, fue, vivia, viviamos, trabajaba, tenia, solia, creci, de nino, de nina
past: en aquella epoca, hace anos, de joven, antiguo, antigua, de pequeno, de pequena, estudie, vivi, trabaje
past: teniamos, ex
wish: quiero, quisiera, quiere, queremos, me gustaria, nos gustaria, ojala, espero, sueno con, sueno, ganas de
wish: desearia, querria, me encantaria, le gustaria, desea
plan: quizas, quiza, tal vez, a lo mejor, pienso, pensamos, pensando, planeo, planeamos, algun dia, el ano que viene
plan: el proximo ano, puede que, igual me, igual nos, estoy mirando, me planteo, nos planteamos, planteando
plan: tengo pensado, dudo, valoro, valorando, estamos mirando, estudiamos la, es posible
hypothesis: si, seria, habria, tendria, viviria, podria, imagina, supongamos, en caso
hearsay: dice, dicen, dijo, segun, rumores, rumor, al parecer, he oido, comentan, cuentan, quiere que, aconseja
hearsay: recomienda, propone, se rumorea, parece ser, insiste, sugiere, bromea, me han dicho, anima a, por lo visto
place: de visita, de vacaciones, unos dias, el fin de semana en, esta semana en, de viaje, pasando unos
""",
    "it": """
lasting: in futuro, d ora in poi, d ora in avanti
change: ampliato, esteso
change: ora, adesso, ormai, non ~ piu, d ora in poi, d ora in avanti, da oggi, da ieri, da questa, da questo
change: da lunedi, da quest, invece, al posto, nuovo, nuova, nuovi, nuove, ho cambiato, abbiamo cambiato, cambiato
change: cambiata, e cambiato, è cambiato, è cambiata, passato a, passata a, passati a, passato al, passata al
change: passati al, passato alla, passata alla, passato con, passata con, passati con
change: trasferito, trasferita, trasferiti, spostato, spostata, rinviato, rinviata, anticipato, anticipata
change: posticipato, posticipata, promosso, promossa, aumentato, aumentata, salito, salita, sceso, scesa, sostituito
change: sostituita, diventato, diventata, tornato, tornata, tornati, attualmente, rinnovato, rinnovata, passa a
change: passa al, passano a, sono diventato, siamo passati, aggiornato, aggiornata, aggiornati, si è spostato
change: è slittata, slittato, slittata, preso il posto, rilevato, subentrato, subentrata, alzato, alzata, portato a
change: finalmente abitiamo, siamo saliti, da gennaio, da settembre
correct: anzi, no scusa, scusa volevo, errore, correzione, mi sono sbagliato, mi sono sbagliata, sbagliato
correct: sbagliata, mi correggo, volevo dire, intendevo, no scusa, refuso, in realta, ho confuso, confuso
correct: contato male, letto male, ho scritto male, mi sono confuso, mi sono confusa, non ~ ma, rettifico, cioe no
correct: ops, macche, svista, pardon, ho invertito, mi ero sbagliato, mi ero sbagliata, ma che scrivo, ma che dico
end: non ~ piu, venduto, venduta, venduti, annullato, annullata, disdetto, disdetta, morto, morta, mancato, mancata
end: smesso, finito, finita, finiti, terminato, terminata, chiuso, chiusa, ritirato, ritirata, lasciato, lasciata
end: restituito, restituita, abbandonato, estinto, rotto con, lasciati, dimentica, dimenticate, dimentichi
end: lascia stare, cancellato, cancellata, licenziato, licenziata, dimesso, dimessa, saltato, saltata, niente piu
end: mai piu, senza piu, scaduto, scaduta, separati_, disiscritto, disiscritta, dato via, regalato, sospeso, sospesa
end: rimborsato, rinunciato, revocato, rubato, rubata, rottamato, rottamata, soppresso, passata l, guarito, guarita
end: disattivato, disattivata, se n è andato, se n è andata, smetto, andato via, andata via, n è andato, n è andata
end: chiuso con, lasciato perdere, lasci stare, lasci perdere, detto basta, basta con, al chiodo, non se ne fa, niente
end: fatta finita, non serve, tolto, tolta, levato
not: non, no, mai, senza, nessun, nessuna, niente
past: prima, ero, era, eravamo, abitavo, abitavamo, vivevo, lavoravo, avevo, un tempo, una volta ~ ero, da bambino
past: da bambina, cresciuto, cresciuta, anni fa, da piccolo, da piccola, vivevamo, avevamo, ex, studiavo
wish: vorrei, vorrebbe, vorremmo, voglio, vuole, vogliamo, spero, speriamo, sogno, sogniamo, mi piacerebbe
wish: ci piacerebbe, magari, desidero, mi sarebbe, sogna
plan: forse, penso di, pensiamo di, pensando, sto pensando, ho intenzione, abbiamo intenzione, l anno prossimo
plan: un giorno, prossimamente, valuto, valutando, sto valutando, progetto di, può darsi, prima o poi, puo darsi
plan: stiamo valutando, medito, mediti, meditando, sto per, chissa
hypothesis: se, sarebbe, sarei, avrei, avrebbe, potrei, potrebbe, immagina, supponiamo, qualora
hearsay: dice, dicono, pare, sembra, secondo, ho sentito, si dice, voci, vuole che, vorrebbe che, consiglia, propone
hearsay: a quanto pare, raccontano, sostiene, insiste, suggerisce, scherza, mi hanno detto
place: in visita, in vacanza, qualche giorno, per il weekend, questa settimana a, in trasferta, di passaggio
""",
}
_GOING: Final = frozenset("going vais vas va allons allez vont voy vamos van".split())
_CLITICS: Final = frozenset("me te se nous vous y le la les m s l en".split())
_NO_INFINITIVE: Final = frozenset(
    "hier votre notre the a an my our his her school work church bed university college gym".split()
)
_NOES: Final = frozenset("no nope nee ne nein no non nan ach macche quatsch wait hang".split())
_HESITATIONS: Final = frozenset("oh ah uh uy ay ups oops euh hm um ach eh ehm mince zut ops och".split())
_APOLOGIES: Final = frozenset(
    "sorry oops pardon desole desolee perdon perdona perdone disculpa scusa scusate scusi entschuldigung verzeihung"
    " ups oups hoppla apologies".split()
)
# After an apology these tell what it is for.
_NO_CORRECTION: Final = frozenset(
    """
    for about if but that to i we my our again
    fur dass ich wir wegen falls meine
    pour de du des je j si d nous le
    por que si la mi no_
    per se ma che il mio ho
    """.split()
)
# Endings of a future or a conditional, of words long enough to be verbs.
_ENDINGS: Final = {
    "fr": (("hypothesis", ("rais", "rait", "rions", "raient")), ("plan", ("erons", "irons", "erai"))),
    "es": (("plan", ("aremos", "eremos", "iremos", "arán")), ("hypothesis", ("ieramos", "ieran", "aramos"))),
    "it": (("hypothesis", ("rebbe", "rebbero", "remmo", "erei", "irei")), ("plan", ("eremo", "iremo", "eranno"))),
}
_NO_VERBS: Final = frozenset(
    """
    portrait retrait extrait attrait environs frais vrais quadrerei estremo supremo extremos
    """.split()
)


def _table() -> dict[str, dict[str, tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]]]:
    """Map each language and first word to (kind, words that follow at once, words that follow after a gap)."""
    found: dict[str, dict[str, list[tuple[str, tuple[str, ...], tuple[str, ...]]]]] = {}
    for lang, text in _TABLES.items():
        for line in text.strip().splitlines():
            kind, _, phrases = line.partition(":")
            for phrase in phrases.split(","):
                head, _, tail = phrase.partition("~")
                first, *rest = head.split()
                entry = (kind, tuple(rest), tuple(tail.split()))
                found.setdefault(lang, {}).setdefault(first, []).append(entry)
    return {lang: {word: tuple(rows) for word, rows in words.items()} for lang, words in found.items()}


_BY_FIRST: Final = _table()


def first_words(lang: str) -> frozenset[str]:
    """Return the words that phrases of a language begin with."""
    return frozenset(_BY_FIRST[lang])


def marks_of(words: list[Token], lang: str) -> dict[str, list[tuple[int, int]]]:
    """Return each kind of mark in the clause with the (start, end) of its words; commas are passed over."""
    places = [index for index, word in enumerate(words) if word.low != ","]
    found = _marks([words[index] for index in places], lang)
    if len(places) < len(words):
        found = {kind: [(places[start], places[end - 1] + 1) for start, end in spans] for kind, spans in found.items()}
    if end := _opener(words):
        found.setdefault("correct", []).append((0, end))
    return found


def _opener(words: list[Token]) -> int:
    """Return where a "no, ..." ends that puts right what was just said, 0 if none begins the clause."""
    lows = [word.low for word in words[:4]]
    at = 1 if lows and lows[0] in _HESITATIONS else 0
    at += at < len(lows) and lows[at] == ","
    if at >= len(lows) - 1 or lows[at] not in _NOES:
        return 0
    return at + 1 if lows[at + 1] in (",", "wait", "hang", "scusa", "perdon", "pardon", "sorry", "moment") else 0


def _apologies(words: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield words of apology that put something right: not "sorry for ..." but "sorry, at 5", "it's Ann, sorry"."""
    last = len(words) - 1
    for index, word in enumerate(words):
        if word.low not in _APOLOGIES or 1 < index < last:
            continue
        following = words[index + 1].low if index < last else ""
        if last and following not in _NO_CORRECTION:
            yield index, index + 1


def _futures(words: list[Token], lang: str) -> Iterator[tuple[int, int]]:
    """Yield "is going to", "va", "voy a" before an infinitive: a plan; before a noun they tell where one goes."""
    for index, word in enumerate(words):
        if word.low not in _GOING:
            continue
        at = index + (2 if lang in ("en", "es") else 1)
        if at >= len(words):
            continue
        verb = words[at]
        if (lang == "en" and words[index + 1].low == "to" and not verb.capital and verb.low not in _NO_INFINITIVE) or (
            lang == "es" and words[index + 1].low == "a" and verb.low.endswith(("ar", "er", "ir", "rse", "rnos", "rme"))
        ):
            yield index, at + 1
        elif lang == "fr":
            at += verb.low in _CLITICS
            if at < len(words) and words[at].low.endswith(("er", "ir", "re")) and words[at].low not in _NO_INFINITIVE:
                yield index, at + 1


def _marks(words: list[Token], lang: str) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    if apologies := list(_apologies(words)):
        found["correct"] = apologies
    if futures := list(_futures(words, lang)):
        found["plan"] = futures
    for one in (lang,) if lang else _BY_FIRST:
        by_first = _BY_FIRST[one]
        for index, word in enumerate(words):
            for kind, rest, tail in by_first.get(word.low, ()):
                end = _match(words, index, rest, tail)
                if end and not _is_other_word(words, index, kind):
                    found.setdefault(kind, []).append((index, end))
        _add_verbs(found, words, one)
        for kind, endings in _ENDINGS.get(one, ()):
            for index, word in enumerate(words):
                if len(word.low) >= _VERB_LENGTH and word.low.endswith(endings) and word.low not in _NO_VERBS:
                    found.setdefault(kind, []).append((index, index + 1))
    return found


def _add_verbs(found: dict[str, list[tuple[int, int]]], words: list[Token], lang: str) -> None:
    """Add the verbs of change and end that no phrase has read."""
    for index, word in enumerate(words):
        kind = verb_mark(word.low, lang)
        if kind and not any(start <= index < end for start, end in found.get(kind, ())):
            found.setdefault(kind, []).append((index, index + 1))


def _match(words: list[Token], index: int, rest: tuple[str, ...], tail: tuple[str, ...]) -> int | None:
    """Return where a phrase that begins at `index` ends, or None if it is not there."""
    end = index + 1 + len(rest)
    if rest and not _follows(words, index + 1, rest):
        return None
    if not tail:
        return end
    at = next((at for at in range(end, min(end + _GAP, len(words))) if _follows(words, at, tail)), None)
    return None if at is None else at + len(tail)


def _is_other_word(words: list[Token], index: int, kind: str) -> bool:
    """Return whether a word only looks like a mark: the month of May, the Italian "se n'è andato"."""
    low = words[index].low
    if low == "may":
        return bool(index) and words[index].capital
    following = words[index + 1].low if index + 1 < len(words) else ""
    if low == "stopped":
        return following in ("at", "by", "in", "for", "to")
    return kind == "hypothesis" and low == "se" and following in ("n", "ne", "lo", "la")


def _follows(words: list[Token], start: int, phrase: tuple[str, ...]) -> bool:
    return all(start + k < len(words) and words[start + k].low == one for k, one in enumerate(phrase))
