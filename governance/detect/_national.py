"""National ids: numbers by which a state knows a person.

Those with a weak check, or none, count only beside a word that names them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stdnum.at import vnr
from stdnum.au import tfn
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nif as spi
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import cc
from stdnum.pt import nif as contribuinte
from stdnum.se import personnummer
from stdnum.us import ssn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from governance.detect._plain import Plain

_REACH = 48  # characters on either side in which a cue counts


@dataclass(frozen=True, slots=True)
class _Kind:
    """Kind of national id.

    `valid`: the check of the number; None where the form is all there is. `cue`: needed beside it, if any.
    """

    form: re.Pattern[str]
    valid: Callable[[str], bool] | None
    cue: re.Pattern[str] | None = None


def _kind(form: str, valid: Callable[[str], bool] | None, cue: str | None = None) -> _Kind:
    edged = re.compile(rf"(?<![\w.-])(?:{form})(?![\w-]|\.[0-9])", re.IGNORECASE | re.ASCII)
    return _Kind(edged, valid, re.compile(rf"\b(?:{cue})\b") if cue else None)


_KINDS = (
    _kind(r"[0-9]{3}-[0-9]{2}-[0-9]{4}", ssn.is_valid),
    _kind(r"[0-9]{3} [0-9]{2} [0-9]{4}|[0-9]{9}", ssn.is_valid, r"ssn|social security"),
    # National insurance number (UK): no check digit, but few words look like it.
    _kind(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?[0-9]{2}){3} ?[A-D]", None),
    _kind(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", nhs.is_valid, r"nhs"),
    _kind(r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", idnr.is_valid, r"steuer\w*|identifikationsnummer|idnr|tin|tax"),
    _kind(r"[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}", nir.is_valid),
    _kind(r"[0-3](?: ?[0-9]){12}", spi.is_valid, r"fiscal|spi|impots?"),
    _kind(r"[A-Z]{6} ?[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2} ?[A-Z][0-9L-NP-V]{3}[A-Z]", codicefiscale.is_valid),
    _kind(r"[0-9]{8}[ -]?[A-HJ-NP-TV-Z]", dni.is_valid),
    _kind(r"[XYZ][ -]?[0-9]{7}[ -]?[A-HJ-NP-TV-Z]", nie.is_valid),
    _kind(r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}", bsn.is_valid, r"bsn|burgerservicenummer|sofi\w*"),
    _kind(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}[- ][0-9]{3}[. ][0-9]{2}", nn.is_valid),
    _kind(r"[0-9]{11}", nn.is_valid, r"rijksregister\w*|registre national|national register|insz|niss"),
    _kind(r"756(?:\.?[0-9]{4}){2}\.?[0-9]{2}", ahv.is_valid),
    _kind(r"[0-9]{4} ?[0-9]{6}", vnr.is_valid, r"sozialversicherung\w*|versicherungsnummer|svnr|sv nummer"),
    _kind(r"(?:[0-9]{2})?[0-9]{6}[-+][0-9]{4}", personnummer.is_valid),
    _kind(r"[0-9]{6}-?[0-9]{4}", cpr.is_valid, r"cpr\w*|personnummer"),
    _kind(r"[0-9]{6} ?[0-9]{5}", fodselsnummer.is_valid, r"fodsels\w*|personnummer|fnr"),
    _kind(r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]", hetu.is_valid),
    _kind(r"[0-9]{11}", pesel.is_valid, r"pesel"),
    _kind(r"[0-9]{8} ?[0-9] ?[A-Z0-9]{2}[0-9]", cc.is_valid, r"cartao|cidadao|citizen card|cc"),
    _kind(r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}", contribuinte.is_valid, r"nif|contribuinte"),
    _kind(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", cpf.is_valid),
    _kind(r"[0-9]{11}", cpf.is_valid, r"cpf"),
    _kind(r"[0-9]{7}[A-W][A-IW]?", pps.is_valid, r"ppsn?|personal public service"),
    _kind(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}", sin.is_valid, r"sin|social insurance"),
    _kind(r"[0-9]{3} ?[0-9]{3} ?[0-9]{2,3}", tfn.is_valid, r"tfn|tax file"),
    _kind(r"[2-9][0-9]{3} ?[0-9]{4} ?[0-9]{4}", aadhaar.is_valid, r"aadhaar|aadhar|uidai"),
    _kind(r"[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]", None, r"pan"),
)

# The writer calls it by its name: found also if it was mistyped, and where no check exists.
_STATED = re.compile(
    r"\b(?:ssn|social (?:security|insurance)|national (?:insurance|id|identity)|nino|nhs|tax(?:payer)? (?:id|file)"
    r"|passport|driving licen[cs]e|driver'?s licen[cs]e|identity card|id card|insurance (?:policy )?id|medicare"
    r"|health insurance|steuer-?id|steueridentifikationsnummer|steuerliche identifikationsnummer|reisepass(?:nummer)?"
    r"|personalausweis(?:nummer)?|ausweisnummer|fuhrerschein(?:nummer)?|sozialversicherungsnummer"
    r"|(?:kranken)?versichertennummer|rentenversicherungsnummer|passeport|securite sociale|carte d'identite"
    r"|permis de conduire|pasaporte|dni|nie|seguridad social|carnet de (?:conducir|identidad)|bsn|paspoort(?:nummer)?"
    r"|codice fiscale|passaporto|carta d'identita|passaporte|cartao de cidadao)"
    r"(?:[\s.:=#'-]{1,3}(?:number|no|nr|nummer|numero|card|is|was|ist|lautet|est|es|e)){0,4}[\s.:=#-]{1,4}"
    r"(?P<value>[a-z]{0,3} ?[0-9](?:[ .-]?[0-9a-z]){4,20}?)(?![\w]|[ .-][0-9])"
)
_STATED_MIN_DIGITS = 5


def national_ids(plain: Plain) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each national id in plain text."""
    for kind in _KINDS:
        for found in kind.form.finditer(plain.text):
            if kind.cue is not None and not kind.cue.search(_around(plain.folded, *found.span())):
                continue
            if kind.valid is None or kind.valid(found.group()):
                yield found.span()
    for found in _STATED.finditer(plain.folded):
        if sum(map(str.isdigit, found.group("value"))) >= _STATED_MIN_DIGITS:
            yield found.span("value")


def _around(folded: str, start: int, end: int) -> str:
    """Return the text before and behind, without the number itself."""
    return f"{folded[max(0, start - _REACH) : start]} | {folded[end : end + _REACH]}"
