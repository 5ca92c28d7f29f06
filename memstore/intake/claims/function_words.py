"""Function words of the five languages: they say nothing of the subject, and tell the language of a text.

All are folded (case, accents). A word that says how the statement is meant (now, not, maybe) is listed too: it
is read
elsewhere (`marks`) and is no content.
"""

from __future__ import annotations

from typing import Final

from memstore.intake.claims.concepts import words_of_language
from memstore.intake.claims.marks import first_words
from memstore.intake.claims.slots import LIKES_OF, VERBS

LANGUAGES: Final = ("en", "de", "fr", "es", "it")

_WORDS: Final = {
    "en": """
    i me my mine myself we us our ours you your yours he him his she her hers it its they them their theirs
    a an the this that these those some any each every other both one ones
    am is are was were be been being do does did done have has had having 's 'd can could will would shall should may
    might must ought let
    and or but nor so yet if because although though while than then as since until
    of in on at by to from for with about into onto over under through during before after between against up down out
    off again there here too very just also only not no yes who whom whose which what when where why how n't
    now nowadays currently anymore longer instead actually really still already ever never always usually often
    sorry oops wrong correction correct mean meant please note hi hello hey thanks thank well ok okay yes yeah
    maybe perhaps probably user user's customer client today yesterday ago last next week month year weeks
    months years
    recently lately since these days more most much many lot lots bit quite pretty such etc more any
    got get gets getting went go goes going gone come comes came make makes made take takes took say says said tell
    told know knows think thinks thought want wants wanted need needs needed feel feels keep keeps
    no_longer own instead different new old back away around all everything something anything nothing thing things
    dr mr mrs ms miss taking getting using having totally absolutely proper good great nice better best way am
    pm o'clock clock anyway finally forget stop
    stopped quit cancelled canceled
    changed switched moved switch change move uses used using use set turned turn
    """,
    "de": """
    ich mich mir mein meine meinen meinem meiner meines wir uns unser unsere unseren unserem unserer du dich dir dein
    deine er ihn ihm sein seine seinen seinem seiner sie ihr ihre ihren ihrem ihrer es ihnen euch euer eure man
    ein eine einen einem einer eines der die das den dem des dieser diese dieses diesen diesem jeder jede jedes
    kein keine keinen keinem keiner
    bin bist ist sind seid war waren warst gewesen werde wird werden wirst wurde wurden worden wuerde wurden
    habe hab hast hat haben habt hatte hatten gehabt kann kannst konnen konnte muss mussen musste soll sollen sollte
    will wollen wollte mochte mochten mag darf durfen wurde waere ware hatte
    und oder aber sondern denn doch weil wenn dass daß als wie ob damit
    in im an am auf aus bei beim von vom zu zum zur mit nach uber unter vor fur durch um bis seit ab gegen ohne
    zwischen
    nicht nein ja nie niemals auch nur noch schon sehr so hier da dort dann wo was wer wann warum welche
    jetzt nun inzwischen mittlerweile aktuell derzeit stattdessen neuerdings mehr immer meist meistens oft
    eigentlich leider ubrigens bitte danke hallo entschuldigung sorry falsch korrektur quatsch irrtum naturlich
    meinte gibt nehme meine vielleicht wahrscheinlich vermutlich moglicherweise nutzer nutzerin benutzer kunde kundin
    heute gestern morgen letzte letzten letzter letztes nachste nachsten nachster woche monat jahr wochen monate
    jahre tag tage vor kurzem eben gerade bald ganz alle alles etwas nichts viel viele euch mal halt
    neu neue neuer neues neuen gut gerne gern lieber dr herr frau echt richtig total wirklich würde würden wäre
    wären hätte
    hätten könnte könnten morgens abends am_liebsten liebsten uhr geworden gewechselt umgestellt geandert
    """,
    "fr": """
    je j moi me m mon ma mes nous notre nos tu te toi ton ta tes vous votre vos il elle on lui son sa ses ils elles
    leur leurs se s le la les l un une des du de d ce c cet cette ces ca cela chaque
    suis es est sommes etes sont etais etait etions etaient ete sera seront serait ai as a avons avez ont avais avait
    eu aura fais fait faisons font peux peut pouvons peuvent dois doit devons va vais allons vont
    et ou mais donc or ni car parce que qu qui quoi dont où si comme quand
    à au aux en dans par pour sur sous avec sans chez vers entre depuis pendant avant apres contre jusqu
    ne n pas plus jamais rien non oui aussi tres bien encore deja toujours souvent ici la-bas alors y
    maintenant desormais actuellement dorenavant aujourd'hui aujourd hui plutot place
    pardon erreur desole desolee trompe faux correction merci bonjour bonsoir salut
    peut-etre probablement utilisateur utilisatrice client cliente
    hier demain dernier derniere prochain prochaine semaine mois an ans annee annees jours jour
    recemment tout toute tous toutes autre autres meme chose nouveau nouvelle nouveaux heures heure trop peu beaucoup
    change passe passee ai dr avoir etre vient viens vraiment absolument m mme
    """,
    "es": """
    yo me mi mis mio mia conmigo nosotros nosotras nos nuestro nuestra nuestros nuestras tu tus te ti usted ustedes
    el él ella ello ellos ellas su sus se sé le les lo la los las un una unos unas este esta estos estas ese esa eso
    esto aquel aquella
    soy eres es somos son sois era eran eramos fue fueron sido ser sera seria estoy está esta estamos estan estaba
    estaban estado estar he has ha hemos han habia haber hay tengo tiene tenemos tienen tener tenia hago hace hacer
    puedo puede podemos pueden debo debe voy va vamos van ir
    y e o u pero sino porque pues que si como cuando donde aunque
    a al de del en con por para sin sobre entre desde hasta hacia segun tras
    no ni nunca jamas nada ya muy mas menos tambien tampoco solo bien asi aqui ahi alli todavia aun siempre
    ahora actualmente hoy ayer manana_ partir
    perdon perdona disculpa error equivoque equivocado correccion gracias hola buenas buenos por_favor favor
    quizas quiza tal_vez probablemente usuario usuaria cliente clienta
    semana mes ano anos meses semanas dia dias pasado pasada proximo proxima hace
    todo toda todos todas otro otra otros algo cosa mismo misma nuevo nueva nuevos nuevas mucho mucha muchos
    dr sr sra senor senora realmente verdad dado dimos di cambiado cambie cambiamos pasado tal
    """,
    "it": """
    io mi me mio mia miei mie noi ci nostro nostra nostri nostre tu ti tuo tua te voi vi vostro vostra lui lei egli
    essa loro suo sua suoi sue si se sé il lo la i gli le l un uno una del dello della dei degli delle dell al allo
    alla ai agli alle all dal dallo dalla dai dagli dalle dall nel nello nella nei negli nelle nell sul sullo sulla
    sui sugli sulle sull questo questa questi queste quello quella quelli quelle quel
    sono sei è siamo siete era erano ero eravamo stato stata stati state sara sarebbe essere ho hai ha abbiamo avete
    hanno avevo aveva avere faccio fa facciamo fanno fare posso puo possiamo possono devo deve vado va andiamo vanno
    sto sta stiamo stanno
    e ed o ma pero perche che chi cui quando dove come anche se
    a ad di d da in con su per tra fra senza sotto sopra verso fino dopo prima
    non no nemmeno mai niente nulla piu meno gia ancora molto poco bene cosi qui qua li ora adesso oggi ieri domani
    attualmente sempre invece piuttosto ormai
    scusa scusate scusi errore sbagliato sbagliata correzione grazie ciao buongiorno buonasera
    forse magari probabilmente utente cliente
    settimana mese anno anni mesi settimane giorno giorni scorso scorsa prossimo prossima fa
    tutto tutta tutti tutte altro altra altri qualcosa cosa stesso stessa nuovo nuova nuovi nuove
    dottor dott sig signor signora proprio davvero veramente cambiato cambiata passato passata
    """,
}
FUNCTION_WORDS: Final = {lang: frozenset(text.split()) for lang, text in _WORDS.items()}


def _votes() -> dict[str, tuple[tuple[str, float], ...]]:
    """Each word with the languages it speaks for; one that several share speaks softly for each."""
    owners: dict[str, dict[str, float]] = {}
    for lang, words in FUNCTION_WORDS.items():
        for word in words:
            owners.setdefault(word, {})[lang] = 1.0
    for lang in LANGUAGES:
        for word in (*words_of_language(lang), *VERBS[lang], *LIKES_OF[lang]):
            owners.setdefault(word, {}).setdefault(lang, 0.7)
        for word in ("odio", "detesto") if lang in ("es", "it") else ():
            owners.setdefault(word, {}).setdefault(lang, 0.7)
        for word in first_words(lang):
            owners.setdefault(word, {}).setdefault(lang, 0.5)
    del owners["le"]["es"]  # a pronoun there, and seldom; the article of French and Italian
    return {
        word: tuple((lang, weight / len(langs)) for lang, weight in langs.items()) for word, langs in owners.items()
    }


VOTES: Final = _votes()
# Letters that only some of the languages have.
LETTERS: Final = {
    "ß": "de",
    "ä": "de",
    "ö": "de",
    "ü": "de",
    "ñ": "es",
    "¿": "es",
    "¡": "es",
    "ç": "fr",
    "œ": "fr",
    "ê": "fr",
    "è": "",
    "ì": "it",
    "ò": "it",
    "ù": "",
}
