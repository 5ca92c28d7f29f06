"""Language check: is a text in a language that the rules read?

In any other language, the absence of findings of the lexicon proves nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from governance.detect._plain import Plain

_ENGLISH = re.compile(r"\w'(?:m|re|ve|ll)\b|n't\b")
MIN_LETTERS = 25  # below that, a name or a greeting in another script
MIN_WORDS = 8
_IDEOGRAPH_LETTERS = 3  # an ideograph or a syllable says about as much as three letters do
_LATIN_END = "\u0250"
_PART = re.compile(r"[^\W\d_]+")
_WORD = re.compile(
    r"(?<![^\s\"'(])[^\W\d_]+(?:['-][^\W\d_]+)*+(?![^\s\"').,;:!?])(?![.,:][^\s\"')])"
)  # no addresses, no tokens
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a]")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")

# ruff: noqa: SIM905 - lists of words read best as words

# Frequent words of English, German, French, Spanish, Italian, Dutch and Portuguese, without accents. One of them is
# enough to call the language known, so those are left out that are frequent elsewhere too: English `my` and `go` and
# German `ich` are Polish words, `her` and `he` are Turkish and Finnish, `der` and `over` are Danish.
KNOWN = frozenset(
    """
    the and with your his their our this that these those which what who where when why how because were been
    being have has does did would could should will shall might cannot not don didn doesn won isn wasn you she
    they him them it its there here about after before between from into then very much many some any each every
    only also but never always often like likes liked love loves hate hates prefer prefers preferred want wants
    need needs live lives lived work works worked buy buys bought uses used know knows think thinks feel feels
    says said ask asks asked call calls called goes went get gets got make makes made take takes took give gives
    gave comes came sees saw customer client please year years month months week weeks day days morning evening
    people house home wife husband daughter mother father sister brother friend friends family children child
    address account payment insurance phone number new old good bad big small first last next other same another
    password phrase favourite favorite colour color green blue red black white brown yellow dog cat car food music
    book books game games travel trip summer winter three four five six seven eight nine hundred thousand english
    french german spanish meeting office company school street town city country since until today tomorrow
    yesterday together again later soon down out off away back long short young health doctor hospital lot around
    put keep keeps kept tell told money time thing things way while still thanks thank great really everything
    something anything nothing having making doing sounds finished able wait tablets help helps helped

    wir ihr ihm ihn mich dich euch und oder aber nicht kein keine keinen die eine einen einem einer eines ist
    sind war waren bist wird werden wurde habe haben hatte hatten kann konnte soll nach aus bei von vom zum zur
    auf uber unter vor zwischen durch ohne fur gegen wenn weil dass als noch schon sehr auch immer nur mein
    meine meinen meiner sein seine seinen seiner ihre ihren ihrer kundin bitte jahr jahre monat woche abend frau
    sohn tochter mutter vater wohnt wohne arbeitet arbeite mochte lebt lebe nimmt nehme geht gehe macht mache
    zwei drei seit heute gestern

    une aux ou mais donc est sont etait etaient suis avoir avait avez avons etre sur sous avec sans pour par
    chez vers entre depuis pendant quand parce que qui quoi dont cette ces cet ses notre votre vos leur leurs
    nous vous ils elles elle plus tres toujours jamais aussi comme bien fait faire cliente annee mois semaine
    jour jours matin soir femme mari fils fille pere habite travaille aime prefere veut prend

    las unos unas porque cuando donde como quien cual esta estos estas ese esa eso mis sus nuestro nuestra
    eran soy somos estoy estan estar tengo tiene tienen tenia hay por desde hasta sobre muy mucho mucha
    tambien siempre nunca yo ella ellos ellas nosotros usted semana dias manana noche mujer marido hijo hija
    madre padre trabaja quiere prefiere gusta gustan

    gli uno della dello delle degli nel nella nelle sono siamo siete erano abbiamo hanno avere essere che cui
    perche quando non anche sempre molto piu suo sua suoi mio mia miei nostro nostra loro questo questa quello
    quella anno anni mese settimana giorno giorni moglie marito figlio figlia lavora preferisce vuole prende

    het een niet geen maar omdat wanneer waar hoe deze zijn haar onze mijn jouw uw ik jij hij zij wij jullie
    heeft hebben hadden bent wordt worden kunnen moet moeten zal zou met voor naar uit bij tussen zonder tegen
    ook altijd nooit zeer veel meer klant jaar maand dagen vrouw zoon dochter moeder vader woont werkt houdt wil

    umas pelo ao onde quem qual isso meu minha meus minhas seu seus suas nosso nossa sao estava estou tenho tem
    tinha nao tambem muito muita com ele eles elas voce mulher filho filha mae trabalha quer gosta
    """.split()
)


def is_unread(original: str, plain: Plain) -> bool:
    """Return True if the text is long enough to tell, and is in none of the languages of `KNOWN`."""
    if not original.isascii() and (outside := _letters_outside_latin(original)):
        latin = len(_LATIN.findall(original))
        if outside + latin >= MIN_LETTERS and outside > latin:
            # A brand or a loan word ("Bank of America") does not make a text English.
            known = sum(len(word) for word in _PART.findall(plain.folded) if word in KNOWN)
            return known * 4 < outside
    words = _WORD.findall(plain.text)
    if len(words) < MIN_WORDS or not KNOWN.isdisjoint(_PART.findall(plain.folded)) or _ENGLISH.search(plain.folded):
        return False
    # Names and places are of no language. They are written with capitals, and a sentence mostly without.
    return sum(word[0].isupper() for word in words) * 2 <= len(words) or plain.text.isupper()


def _letters_outside_latin(original: str) -> int:
    outside = "".join(_LATIN.sub("", "".join(c for c in original if c >= _LATIN_END and c.isalpha())))
    return len(outside) + (_IDEOGRAPH_LETTERS - 1) * len(_IDEOGRAPH.findall(outside))
