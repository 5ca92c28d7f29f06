"""Phone numbers: with a `+` or `00` anywhere; in national form only if written, or announced, as a phone number.

A row of digits is more often an order, an amount or a date, and in some countries nearly every one of them could be
dialled, so being a valid number is not enough.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from phonenumbers import Leniency, PhoneNumberMatcher

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_DIGITS = 6
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL")
_NOWHERE = "ZZ"  # no region: only numbers that name their country
_VALID_MIN_DIGITS = 7
_RUN = re.compile(r"(?<![\w+])[+(]{0,2}[0-9](?:[ ()./-]{0,3}[0-9]){5,18}(?![0-9])")
_FORM = re.compile(
    r"\([0-9]{3}\) ?[0-9]{3}[ -][0-9]{4}"  # North America
    r"|[0-9]{3}([-.])[0-9]{3}\1[0-9]{4}"
    r"|\(?0[0-9]{1,5}\)?(?:[ ./-]{1,3}[0-9]{2,8}){1,5}"  # trunk prefix, and at least one gap
    r"|[67][0-9]{2}(?: [0-9]{2}){3}|[67][0-9]{2} [0-9]{3} [0-9]{3}"  # Spanish mobiles
)
_FORM_MIN_DIGITS = 9
# At most so many rows of digits of one text are looked up, since each costs up to a millisecond. Further ones that
# could be dialled are taken for phone numbers without a look-up.
MAX_LOOKED_UP = 64
_REACH = 40  # characters before a number in which it is announced
_CUE = re.compile(
    r"\b(?:(?:tele|smart|cell|mobile)?phones?|tel|mobile|cell|cellular|fax|whatsapp|signal|sms|landline|hotline"
    r"|(?:call|ring|text|dial|phone|reach|contact|message)(?:ed|ing|s)?|voicemail"
    r"|handy|(?:handy|mobil|telefon|ruf|fax|festnetz)nummer|telefon(?:isch)?|mobil|anruf\w{0,4}|ruf\w{0,2}|erreichbar"
    r"|telephone|portable|mobile|appel\w{0,4}|joindre|joignable|fixe"
    r"|telefono|movil|celular|llam\w{0,6}|telefoon|telefoonnummer|mobiel|bel|bellen|telefone|telemovel|cellulare)\b"
)
_STATED = re.compile(
    r"(?:\b(?:phone|telephone|tel|mobile|cell|cellphone|landline|fax|whatsapp|handy|telefon|mobil|portable|telefono"
    r"|movil|celular|telefoon|telefone|cellulare|(?:handy|mobil|telefon|ruf|fax|festnetz|telefoon)nummer)"
    r"|\b(?:call|text|ring|reach|phone|message)\s(?:me|us|him|her|them)\s(?:on|at|under))"
    r"(?:[\s.:=#-]{1,3}(?:number|no|nr|nummer|numero|is|are|ist|lautet|est|es|e)){0,3}[\s.:=#-]{1,4}\Z"
)
_ANOTHER_NUMBER = re.compile(
    r"\b(?:orders?|invoices?|ref|reference|tickets?|case|booking|tracking|serial|parts?|sku|isbn|ean|policy|contract"
    r"|claim|customer|account|transaction|batch|article|item|bestell\w*|rechnung\w*|auftrag\w*|vertrag\w*|kunden\w*"
    r"|konto\w*|artikel\w*|commande|facture|contrat|client|compte|pedido|factura|contrato|cuenta|bestelling)"
    r"(?:[\s.:#-]{1,3}(?:number|no|nr|nummer|num|numero|id|is|ist|est|es)){0,3}[\s.:#-]{0,4}\Z"
)
_DATE = re.compile(
    r"(?<![0-9])(?<![0-9][./-])(?:[0-9]{4}([./-])[01]?[0-9]\1[0-3]?[0-9]"
    r"|[0-3]?[0-9]([./-])[0-3]?[0-9]\2(?:[0-9]{4}|[0-9]{2}))(?![./-]?[0-9])"
)
_MONEY_AFTER = re.compile(r"\s?(?:%|[$\u20ac\u00a3\u00a5]|(?:eur|usd|gbp|chf|euros?|dollars?|pounds?|points?|km|kg)\b)")
_MONEY_BEFORE = re.compile(r"(?:[$\u20ac\u00a3\u00a5]|\b(?:eur|usd|gbp|chf))\s?[+-]?\Z")


def phones(text: str, folded: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each phone number.

    `text` has line ends in the place of spans that are taken; `folded` is the same text in small letters.
    """
    text = _DATE.sub(lambda date: "\n" * len(date.group()), text)
    looked_up = 0
    for run in _RUN.finditer(text):
        if _is_money(folded, *run.span()):
            continue
        raw, start = run.group(), run.start()
        before = folded[max(0, start - _REACH) : start]
        if not (is_looked_up := _names_country(raw) or _could_be_dialled(raw, before)) and not _STATED.search(before):
            continue
        looked_up += is_looked_up
        if looked_up > MAX_LOOKED_UP:
            yield run.span()
        else:
            yield from _in_run(raw, before, start)


def _is_money(folded: str, start: int, end: int) -> bool:
    return bool(_MONEY_AFTER.match(folded, end) or _MONEY_BEFORE.search(folded, max(0, start - 6), start))


def _names_country(raw: str) -> bool:
    return "+" in raw or raw.startswith(("00", "(00"))


def _could_be_dialled(raw: str, before: str) -> bool:
    """Return whether the row is written, or announced, as a phone number of its own country."""
    form = _FORM.search(raw)
    formed = form is not None and sum(map(str.isdigit, form.group())) >= _FORM_MIN_DIGITS
    return (formed or _CUE.search(before) is not None) and not _ANOTHER_NUMBER.search(before)


def _in_run(raw: str, before: str, start: int) -> Iterator[tuple[int, int]]:
    if _names_country(raw):
        region = _NOWHERE if "+" in raw else "DE"
        leniency = Leniency.POSSIBLE if "+" in raw else Leniency.VALID
        if found := list(_matches(raw, start, region, leniency)):
            yield from found
            return
    if _STATED.search(before):
        # The writer calls it a phone number, be it short, local or mistyped.
        yield start, start + len(raw)
        return
    if _could_be_dialled(raw, before):
        for region in REGIONS:
            if found := list(_matches(raw, start, region, Leniency.VALID)):
                yield from found
                return


def _matches(raw: str, start: int, region: str, leniency: int) -> Iterator[tuple[int, int]]:
    for match in PhoneNumberMatcher(raw, region, leniency):
        if sum(map(str.isdigit, match.raw_string)) >= _VALID_MIN_DIGITS:
            yield start + match.start, start + match.end
