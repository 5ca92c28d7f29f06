"""Local extractor: facts by rules, offline: what people say of their lives, sentence by sentence.

A sentence is kept, in the person's own words, unless it is clearly noise or not theirs: a missed change of mind is
a wrong answer, not a missing one. Frames are cut out first (`_frames`), then each sentence is judged (`_judge`); one
that needs the sentence before it joins it, and a short answer takes its question along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memstore.intake.extract._frames import stretches
from memstore.intake.extract._judge import answers, judge, needs_the_one_before, trimmed
from memstore.intake.extract._kinds import PARTS, categories_of, kind_of
from memstore.intake.extract._phrases import SELF
from memstore.intake.extract._sentences import sentences
from memstore.intake.extract._tables import words
from memstore.intake.extract.contract import Extraction, Fact, Outcome
from memstore.intake.extract.reasons import Reason
from memstore.records.terms import speaker_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from memstore.records.source import Message

MAX_JOINED: Final = 3
"""Sentences that one fact may have."""
MAX_JOINED_CHARS: Final = 400
MAX_CONTEXT_CHARS: Final = 600
"""Characters of the sentences around a fact that help to find it."""
ASKED, SURE, LIKELY = 0.95, 0.9, 0.6
"""Confidence: how often such a sentence is worth keeping, by our own sentences; not a measured probability."""

_TIME_STAMP = re.compile(
    r"^[ \t]*(?:[\[(]?(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},? )?\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[ap]m)?[\])]?"
    r"(?:\s*[-\u2013|:])?|\[[^\]\n]{3,40}\])[ \t]+",
    re.IGNORECASE | re.MULTILINE,
)
# Chat without full stops, in small letters: "i live in porto and i got 2 kids pls email me".
_SUBJECT = re.compile(r"\s+(?:and\s+|but\s+)?(?=(?:i|i'm|ive|i've|pls|plz|please)\s)")
_BINDS = words(
    """
    that if when because cause cuz what where how as than so think know hope guess said say says told tell which
    who whom whose to for with of in on at by from the is are was were since while until before after whether why
    and or wherever whenever though although unless like things thing one time way reason wish bet believe sure
    glad dass wenn weil ob wo wie als da que qu' si quand comme parce où porque cuando como donde che se quando
    perché come dove am have do did can could should would will may might must shall
    """
)
_RUN_ON_WORDS: Final = 7
FEWEST_WORDS: Final = 3
_CLOSES = re.compile(r"[.!?,;:\u2026]")
_ABROAD_JOINT = re.compile(
    r"(?:\s*[,;]\s*(?:(?:und|aber|et|mais|y|pero|e|ma|ed)\s+)?|\s+(?:und|aber|et|mais|y|pero|e|ma|ed)\s+)"
    r"(?=(?:ich|wir|mein|meine|meinen|unser|unsere|je|nous|mon|ma|mes|notre|yo|mi|mis|tengo|soy|vivo|trabajo|estoy|prefiero|me|io|ho|sono"
    r"|lavoro|abito|preferisco|mio|mia|il mio|la mia)\s|j')",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Judged:
    """A sentence with its outcome; `question` is what it answers."""

    message_index: int
    text: str
    reason: Reason
    speaker: str | None
    question: str | None = None


class LocalExtractor:
    """Extractor by rules. It ignores `instructions`."""

    name = "local"
    model = ""
    prompt_version = "rules-2"

    def extract(
        self,
        messages: Sequence[Message],
        *,
        instructions: str | None,
        said_at: datetime,
    ) -> Extraction:
        """Return the facts of user messages; the same wording of one speaker counts once. Raises nothing."""
        judged = [list(_judged(messages, index)) for index in range(len(messages))]
        known: set[tuple[str | None, str]] = set()
        groups: list[list[_Judged]] = []
        for of_message in judged:
            groups += _groups(of_message, known)
        facts = [_fact(group, _around(group, judged)) for group in groups]
        outcomes = [
            Outcome(one.message_index, one.text, one.reason) for of_message in judged for one in of_message if one.text
        ]
        return Extraction(tuple(facts), tuple(outcomes))


def _judged(messages: Sequence[Message], index: int) -> Iterator[_Judged]:
    """Yield the sentences of one message, each with its outcome."""
    message = messages[index]
    if message.role != "user":
        yield _Judged(index, message.content.strip()[:MAX_CONTEXT_CHARS], Reason.NOT_SAID_BY_A_USER, None)
        return
    names = frozenset(
        word for one in messages[max(0, index - 2) : index + 2] if one.name for word in one.name.casefold().split()
    )
    question = _question_before(messages, index)
    for stretch in stretches(_TIME_STAMP.sub("", message.content)):
        if stretch.reason is not None:
            yield _Judged(index, " ".join(stretch.text.split()), stretch.reason, message.name)
            continue
        for sentence in sentences(stretch.text):
            speaker, said = _labelled(sentence, message.name)
            if question and answers(said, question, names):
                yield _Judged(index, trimmed(said), Reason.ANSWER, speaker, question)
                question = None
                continue
            for clause in _clauses(said):
                verdict = judge(clause, names)
                yield _Judged(index, verdict.text, verdict.reason, speaker)
                if verdict.reason not in (Reason.COURTESY, Reason.REACTION, Reason.EMPTY):
                    question = None


def _question_before(messages: Sequence[Message], index: int) -> str | None:
    """Return the question at the end of the message before, if another speaker asked it."""
    if index == 0:
        return None
    before, own = messages[index - 1], messages[index]
    if before.role not in ("user", "assistant") or (before.role == own.role and before.name == own.name):
        return None
    asked = [
        one
        for one in sentences(before.content[-MAX_CONTEXT_CHARS:])
        if one.rstrip(" \"')").endswith(("?", "\uff1f", "\u061f"))
    ]
    return asked[-1] if asked else None


def _labelled(sentence: str, speaker: str | None) -> tuple[str | None, str]:
    """Return speaker and words of "Ana: I live in Porto"; a label such as "Budget:" stays part of the words."""
    name = speaker_in(sentence) if ":" in sentence[:80] else None
    if name is None:
        return speaker, sentence
    said = sentence[sentence.index(":") + 1 :].strip()
    return (speaker or name, said) if SELF.match(said) or name == speaker else (speaker, sentence)


def _clauses(sentence: str) -> Iterator[str]:
    """Yield the statements of a sentence, each with a subject of its own: one fact each."""
    if not _CLOSES.search(sentence.rstrip(".!?\u2026 ")) and len(sentence.split()) >= _RUN_ON_WORDS:
        run_on = [match for match in _SUBJECT.finditer(sentence) if _is_joint(sentence, match)]
        if run_on:
            yield from _split(sentence, run_on)
            return
    yield from _split(sentence, [*PARTS["joint"].finditer(sentence), *_ABROAD_JOINT.finditer(sentence)])


def _is_joint(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[: match.start()].rsplit(maxsplit=1)
    return bool(before) and before[-1].casefold() not in _BINDS


def _split(sentence: str, joints: list[re.Match[str]]) -> Iterator[str]:
    start = 0
    for joint in sorted(joints, key=lambda one: one.start()):
        left = sentence[start : joint.start()]
        if joint.start() < start or not _stands_alone(left) or not _has_a_verb(sentence[joint.end() :]):
            continue
        yield left
        start = joint.end()
    yield sentence[start:]


def _stands_alone(left: str) -> bool:
    """Return whether the words before a joint are a statement, not a setting ("When I was young,") or a subject."""
    if (
        len(left.split()) < FEWEST_WORDS
        or PARTS["subject"].fullmatch(left.strip())
        or PARTS["setting"].match(left + ", i ")
    ):
        return False
    return left.split(maxsplit=1)[0].casefold() not in _OPENS_A_SETTING


def _has_a_verb(right: str) -> bool:
    """Return whether the words after a joint may be a statement; "my husband and our daughter" are none."""
    return _POSSESSIVE.match(right) is None or _VERB.search(right[:120].split(",", maxsplit=1)[0]) is not None


_POSSESSIVE = re.compile(
    r"(?:my|our|mein\w*|unser\w*|mon|ma|mes|notre|nos|mi|mis|nuestr\w+|il mio|la mia|mio|mia)\s", re.IGNORECASE
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|can't|will|won't|does|doesn't|do|don't|did|wants?|needs?|likes?|loves?|lives?|works?"
    r"|goes|plays?|costs?|starts?|ends?|moved|got|prefers?|hates?|speaks?|started|died|turns?|ist|sind|war|hat|haben|kann|wird"
    r"|mag|wohnt|lebt|arbeitet|heißt|est|sont|ont|peut|aime|habite|travaille|s'appelle|es|está|tiene|tienen|puede"
    r"|vive|trabaja|è|sono|ha|hanno|può|ama|lavora|abita|si chiama)\b|'s\b",
    re.IGNORECASE,
)
_OPENS_A_SETTING = words(
    """
    when if since because as while although though unless before after until whenever once even whether not wenn
    weil da als obwohl falls bevor nachdem seit während ob si quand comme parce puisque lorsque depuis avant après
    même cuando porque aunque mientras desde antes después quando perché siccome se anche mentre prima dopo
    """
)


def _groups(of_message: list[_Judged], known: set[tuple[str | None, str]]) -> Iterator[list[_Judged]]:
    """Yield the kept sentences of a message in groups of those that need each other."""
    group: list[_Judged] = []
    for place, one in enumerate(of_message):
        if not one.reason.keeps:
            continue
        key = (one.speaker, " ".join(one.text.casefold().rstrip(".!").split()))
        if key in known:
            one.reason = Reason.REPEATED
            continue
        known.add(key)
        before = of_message[place - 1] if place else None
        joined = sum(len(member.text) for member in group) + len(one.text)
        if (
            before is not None
            and group
            and group[-1] is before
            and before.speaker == one.speaker
            and one.reason is Reason.STATEMENT
            and len(group) < MAX_JOINED
            and joined <= MAX_JOINED_CHARS
            and needs_the_one_before(one.text)
        ):
            one.reason = Reason.GOES_ON
            group.append(one)
            continue
        if group:
            yield group
        group = [one]
    if group:
        yield group


def _around(group: list[_Judged], judged: list[list[_Judged]]) -> tuple[str, ...]:
    """Return the dropped sentences near a group: of its message, and of those beside it of which none is kept."""
    index = group[0].message_index
    near = [one for one in judged[index] if not one.reason.keeps]
    for beside in (index - 1, index + 1):
        if 0 <= beside < len(judged) and not any(one.reason.keeps for one in judged[beside]):
            near += judged[beside]
    found: list[str] = []
    left = MAX_CONTEXT_CHARS
    for one in near:
        if one.reason in _LENDS and len(one.text) <= left:
            found.append(one.text)
            left -= len(one.text)
    return tuple(found)


_LENDS = frozenset({Reason.QUESTION, Reason.REACTION, Reason.STEP, Reason.REQUEST, Reason.COURTESY})
"""Whose words may help to find a fact: the speakers' own, never those of others or of frames."""


def _fact(group: list[_Judged], context: tuple[str, ...]) -> Fact:
    first = group[0]
    text = " ".join(one.text for one in group) if len(group) > 1 else _finished(first.text)
    if first.question:
        text = f'Asked "{trimmed(first.question)}": {text}'
    kind, sure = kind_of(first.text, first.reason)
    return Fact(
        text=text[:1].upper() + text[1:],
        kind=kind,
        message_index=first.message_index,
        speaker=first.speaker,
        categories=categories_of(text),
        confidence=ASKED if first.reason is Reason.ASKED_FOR else SURE if sure else LIKELY,
        reason=first.reason,
        context=context,
    )


def _finished(text: str) -> str:
    """Return a sentence without its full stop, which the last letter of an abbreviation keeps ("in the U.S.")."""
    bare = text.strip().rstrip(".!\u2026 ")
    return bare + "." if re.search(r"\b(?:[A-Za-z]\.)+[A-Za-z]\Z", bare) and text.rstrip().endswith(".") else bare
