"""Secrets: passwords, PINs, keys and tokens, found by their form or by the words that announce them.

A word after "my password is" is told from a remark about the password ("is wrong") by its form; in doubt it is a
secret.
"""

from __future__ import annotations

import re
from collections import Counter
from math import log2
from typing import TYPE_CHECKING

from governance.detect._finding import Category
from governance.detect._secret_words import CODE, DIGIT, LINK, NO_VALUES, OWNER, PASSWORD, PIN, QUALIFIER, RESET, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from governance.detect._plain import Plain

_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"m0st_[A-Za-z0-9]+_[A-Za-z0-9]{8,}"  # of this product
    r"|[sr]k-[A-Za-z0-9_-]{16,}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}"
    r"|gh[opusr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{20,}"
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,}|dop_v1_[a-f0-9]{20,}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{40,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"  # JSON Web Token, RFC 7519
    r")"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_IN_URL = re.compile(r"(?<![a-z0-9])[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,64}:(?P<value>[^\s/@]{1,128})@")
_OF = rf"(?:\s(?:{QUALIFIER})\s(?:[\w'.-]{{1,40}}\s){{0,3}}?[\w'.-]{{1,40}})?"
_LINKED = rf"{_OF}(?:\s?(?P<sign>[:=]{{1,2}}|->|\s-\s)\s?|(?:'s|\s(?:{LINK})(?:\s(?:now|still|jetzt))?):?\s)"
_STATED_PASSWORD = re.compile(rf"(?<![a-z])(?:{PASSWORD})s?{_LINKED}")
_STATED_TOKEN = re.compile(rf"(?<![a-z])(?:{TOKEN})s?{_LINKED}")
_STATED_CODE = re.compile(rf"(?<![a-z])(?:{CODE}){_LINKED}")
_PIN = re.compile(
    rf"(?<![a-z])(?:{PIN}|{CODE}){_OF}(?:\s?[:=#]\s?|(?:'s|\s(?:{LINK})):?\s|\s)"
    rf"(?P<value>[0-9](?:[\s-]?[0-9]){{2,7}}(?![\w]|[.,][0-9])|(?:{DIGIT})(?:[\s,-]{{1,2}}(?:{DIGIT})){{2,7}}\b)"
)
_BARE_PASSWORD = re.compile(rf"(?<![a-z])(?:{PASSWORD})\s(?P<value>(?=[^\s0-9]*[0-9])(?=[^\sa-z]*[a-z])\S{{4,64}})")
_RESET = re.compile(rf"\b(?:{RESET})\s(?:\w+\s){{0,2}}(?:{PASSWORD}|{PIN}){_OF}\s(?:to|as|auf|en|a|in)\s")
_NAMED_AFTER = re.compile(
    rf"(?<!\S)(?P<value>\S{{3,64}})\s(?:is|was|as|ist|war|als|es|est|comme|como)\s"
    rf"(?:(?:{OWNER})\s(?:\w+\s)?)?(?:{PASSWORD}|{PIN})\b"
)
_VALUE = re.compile(r"\"(?P<double>[^\"\n]{1,200})\"|'(?P<single>[^'\n]{1,200})'|(?P<bare>\S{1,512})")
_END_OF_SENTENCE = ".,;:)\"'"
_HIDDEN = re.compile(r"[*\u2022\u25cf.xX_-]+\Z")
_PLACEHOLDER = re.compile(r"\[[a-z_ ]{1,40}\]|<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}")
_LINK_TO = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)
_STRONG = re.compile(r"[0-9]|[a-z][A-Z]|[^\w\s.'/()-]")
_PLAIN_WORD = re.compile(r"[^\W\d_]{4,}(?:-[^\W\d_]+)*")
_COUNTED = re.compile(
    r"[0-9]+\s?(?:\+\s?)?(?:characters?|chars?|letters?|digits?|days?|weeks?|months?|years?|times?|%|zeichen|tage"
    r"|stellen|caracteres?|jours?|dias?)"
)
_SAID_OF_IT = re.compile(r"(?:ed|ing|ly|able|ible)\Z")
_GOES_ON = re.compile(r"\s*(?:\Z|[.,;!?)\n]|(?:and|but|for|so|und|aber|et|mais|y|pero|e|en)\b)")
_PHRASE = re.compile(
    r"\b(?:seed|recovery|mnemonic|backup|wallet)[ -](?:phrase|words)(?:\s?[:=]\s?|\s(?:is|are)\s)"
    r"(?P<value>[a-z]{3,8}(?:[ ,]{1,2}[a-z]{3,8}){11,23})\b"
)
_TOKEN_CUE = re.compile(
    r"(?<!primary )(?<!foreign )(?<!sort )(?:\b|_)"
    r"(?:(?:api|access|secret|private|auth|client|encryption|signing|session|refresh|license)?[ _-]?"
    r"(?:key|token|secret)|credentials?|bearer|authorization|apikey|schlussel|zugangsdaten|cle|clave|llave)\b"
)
_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_=.~-])[A-Za-z0-9+/_=.~-]{16,512}+(?![A-Za-z0-9+/_=~-])")
_TOKEN_REACH = 32
_READABLE = re.compile(r"[a-z]{7}|[A-Z]{10}|^https?:|\.[a-z]{2,4}$")
_MIN_BITS = 3.0  # Shannon entropy per character: above that of identifiers made of words
_MIN_PASSWORD = 3


def secrets(plain: Plain) -> Iterator[tuple[Category, int, int]]:
    """Return (SECRET, start, end) of each secret in plain text; spans may overlap."""
    spans = (*_shaped(plain.text, plain.folded), *_stated(plain), *_random_tokens(plain))
    return ((Category.SECRET, *span) for span in spans)


def _shaped(text: str, folded: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in _SHAPES.finditer(text))
    yield from (found.span("value") for found in _IN_URL.finditer(folded))
    done = 0
    while found := _PRIVATE_KEY.search(text, done):
        end = _KEY_END.search(text, found.end())
        done = end.end() if end else len(text)  # cut off: all that follows may be the key
        yield found.start(), done


def _stated(plain: Plain) -> Iterator[tuple[int, int]]:
    text, folded = plain.text, plain.folded
    yield from (found.span("value") for found in _PIN.finditer(folded))
    yield from (found.span("value") for found in _PHRASE.finditer(folded))
    for found in _STATED_PASSWORD.finditer(folded):
        start, end, quoted = _value(text, found.end())
        by_sign = found.group("sign") is not None
        if quoted or _is_strong(text, start, end) or _is_word(plain, start, end, by_sign=by_sign):
            yield start, end
    places = [found.end() for stated in (_STATED_TOKEN, _STATED_CODE, _RESET) for found in stated.finditer(folded)]
    places += [found.start("value") for named in (_NAMED_AFTER, _BARE_PASSWORD) for found in named.finditer(folded)]
    for place in places:
        start, end, quoted = _value(text, place)
        if quoted or _is_strong(text, start, end):
            yield start, end


def _value(text: str, start: int) -> tuple[int, int, bool]:
    """Return start and end of the value that begins here, and whether it is in quotes; empty where there is none."""
    found = _VALUE.match(text, start)
    if found is None or _PLACEHOLDER.match(text, start):
        return start, start, False
    name = found.lastgroup or "bare"
    start, end = found.span(name)
    if name != "bare":
        return start, end, not _HIDDEN.match(text, start, end)
    while end > start and text[end - 1] in _END_OF_SENTENCE:
        end -= 1
    return start, end, False


def _is_strong(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] has the form of a secret: a digit, a sign, or a capital inside."""
    if end - start < _MIN_PASSWORD or _HIDDEN.match(text, start, end) or _LINK_TO.match(text, start, end):
        return False
    return _STRONG.search(text, start, end) is not None and not _COUNTED.match(text, start)


def _is_word(plain: Plain, start: int, end: int, *, by_sign: bool) -> bool:
    if not _PLAIN_WORD.fullmatch(plain.text, start, end):
        return False
    word = plain.folded[start:end]
    if word in NO_VALUES or _HIDDEN.match(word):
        return False
    return by_sign or (not _SAID_OF_IT.search(word) and _GOES_ON.match(plain.folded, end) is not None)


def _random_tokens(plain: Plain) -> Iterator[tuple[int, int]]:
    for found in _TOKEN.finditer(plain.text):
        token, start = found.group(), found.start()
        if _is_random(token) and _TOKEN_CUE.search(plain.folded, max(0, start - _TOKEN_REACH), start):
            yield found.span()


def _is_random(token: str) -> bool:
    if _READABLE.search(token) or token.isalpha() or not any(map(str.isalpha, token)):
        return False
    if not any(map(str.isdigit, token)):
        return False
    size = len(token)
    return -sum(count / size * log2(count / size) for count in Counter(token).values()) >= _MIN_BITS
