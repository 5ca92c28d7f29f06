"""Tables of the local extractor for English: which kind of fact a clause is, and what names a category.

A pattern matches from the beginning of a clause, without its greetings and fillers, in any letter case (but for
`(?-i:..)`) and with straight apostrophes. `{I}` and the like are the pieces. A table has one pattern a line, after its
label; indented lines continue it.

Order: STRONG, WEAK; the first that matches decides. What none matches is a "fact".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from memstore.intake.extract.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Rule:
    label: str
    pattern: re.Pattern[str]


def _rows(table: str) -> Iterator[tuple[str, str]]:
    """Yield (label, pattern) of each entry."""
    for entry in re.split(r"\n(?=\S)", table.strip("\n")):
        label, _, pattern = entry.partition(": ")
        yield label, re.sub(r"\n +", "", pattern)


def compiled(pattern: str) -> re.Pattern[str]:
    for _ in range(2):  # pieces may hold pieces
        for name, piece in PIECES.items():
            pattern = pattern.replace(f"{{{name}}}", piece)
    return re.compile(pattern, re.IGNORECASE)


def _rules(table: str) -> tuple[Rule, ...]:
    return tuple(Rule(label, compiled(pattern)) for label, pattern in _rows(table))


# IT points back into the conversation and tells nothing once that is over. TALK are verbs of talking,
# thinking, asking and dealing with the matter at hand, and past tenses: no habit is told by them.
PIECES = dict(
    _rows(r"""
I: (?:i|we|my [\w'-]+(?: [\w'-]+)? and i|me and my [\w'-]+)
AM: (?:i am|i'm|im|we are|we're|my [\w'-]+ and i are)
HAVE: (?:i have|i've|we have|we've)(?: got)?
BEEN: (?:i have|i've|we have|we've) {ADV}been {ADV}
MY: (?:my|our)
ADV: (?:(?:also|always|really|still|just|only|usually|often|never|mostly|mainly|currently|now|both|all
    |absolutely|generally|normally|sometimes|actually|recently|already|strictly|happily|not|very|quite
    |pretty|originally|finally|once|twice|typically|regularly|rarely|officially|severely|mildly|slightly
    |extremely|newly|legally|deathly|no longer) )*
DONT: (?:don't|dont|do not|never|no longer|can't|cannot|won't|refuse to|try not to)
SOME: (?:an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+|several|some|no|many|both)
KIN: (?:wife|husband|partner|spouse|girlfriend|boyfriend|fianc[e\u00e9]e?|mother|father|mum|mom|dad
    |parents?|daughters?|sons?|kids?|child|children|baby|twins?|triplets|sisters?|brothers?|siblings?
    |grand\w+|aunts?|uncles?|cousins?|nieces?|nephews?|in-laws?|(?:step|god)\w+|famil(?:y|ies)|friends?
    |roommates?|flatmates?|neighbou?rs?)\b
PET: (?:dogs?|cats?|pets?|pupp(?:y|ies)|kittens?|parrots?|horses?|rabbits?|hamsters?|goldfish)\b
IT: (?:it|this|that|these|those|yours?|what|how|when|your|you|him|her|them|the (?:idea|way|look|sound|app
    |answer|suggestion|\w+ one))\b
TALK: (?:need|want|wanna|think|guess|hope|mean|know|knew|understand|see|agree|suppose|believe|wonder|doubt
    |appreciate|forget|apologi[sz]e|say|ask|tell|wish|feel|notice|remember|promise|bet|swear|assume
    |imagine|recall|expect|await|look|seem|get|do|can|could|would|should|might|may|must|shall|will|was
    |were|try|click|receive|check|require|request|order|suggest|recommend|thank|keep|find|hear|miss|owe
    |decide|confirm|accept|object|consent|withdraw|insist|demand|give|send|attach|forward|refer|call|have
    |had|has|don't|dont|didn't|can't|cannot|won't|wouldn't|couldn't|haven't|wasn't|isn't|went|saw|ran|got
    |took|made|gave|told|said|found|left|put|set|cut|came|ate|drank|drove|wrote|spoke|thought|bought
    |brought|felt|heard|kept|lost|met|paid|sent|slept|sat|stood|spent|understood|won|began|broke|chose|did
    |fell|forgot|grew|held|wore|meant|hit|let|read|and|or|but|who|too|also|again|am|are|be|been|just|only
    |also|always|really|still|usually|often|never|care|love|like|hate|enjoy|prefer|used|come|leave|start
    |stop)
""")
)

# The parts of a sentence around its clauses:
#   setting           stands before the subject and stays part of the fact
#   joint             between two clauses of which the second has a subject of its own
#   asking            between a statement and a question
#   reason            "since I'm vegan, what .."
#   subject           cut off its verb by a joint: "My wife and | I live in Rome"
PARTS = {
    rule.label: rule.pattern
    for rule in _rules(r"""
setting: (?:when (?:i|we) (?:was|were) [^,]{1,60}
    |(?:since|for|in|on|at|every|during|after|before|until) [^,]{1,40}|last [\w ]{3,20}
    |\w+ (?:years?|months?|weeks?|days?) ago|as an? [\w ]{3,30}|growing up|usually|normally|generally
    |these days|nowadays|currently|yesterday|today|recently|most (?:days|mornings|evenings|weekends)
    |this (?:year|month|summer|spring|autumn|fall|winter)|sometimes|unfortunately|sadly|luckily
    |fortunately|finally),? (?=(?:i|i'm|i've|we|we're|we've|my|our)\b)
joint: (?:\s*[,;]\s*|\s+[\u2013\u2014-]+\s+|\s*\.\.\.\s*|\s+(?=(?:and|but|so)\b))
    (?:(?:and|but|so|plus|also|then)\s+)*
    (?=(?:i|i'm|im|i've|i'd|i'll|we|we're|we've|we'd|we'll|my|our|please|can you|could you|call me)\b)
asking: (?:\s*[,;]\s*|\s+[\u2013\u2014-]+\s+|\s+(?=(?:so|and|but)\b))(?:(?:so|and|but|then)\s+)*
    (?=(?:what|where|when|which|who|how|why|can|could|would|will|should|shall|do|does|did|is|are|any|may
    |might)\b)
reason: (?:since|because|as|given that|now that) (?=(?:i|i'm|i've|we|we're|my|our)\b)
subject: (?:me|(?:my|our) [\w'-]+(?: [\w'-]+)?|(?-i:[A-Z])\w+)(?:, [\w' -]+)*
""")
}

STRONG = _rules(r"""
identity: {MY} (?:\w+ )?(?:name|nickname|surname|pronouns|birthday|date of birth|age)s? (?:is|are|was)\b
identity: {MY} (?:native|first|mother) (?:language|tongue)s? (?:is|are)\b
identity: (?:(?:you can|please|just|everyone|people|(?:all )?my friends|but|my \w+) )*calls? me (?!back
    |when|tomorrow|later|if|at|on|asap|a |an |maybe|crazy|in|now|tonight|today|again|as|about|for|after
    |before|by|right|soon|please|and|or|whenever|next|this|what|anything|every|to)[\w'\"-]+
identity: {I} (?:go by|was born|were born|identify as)\b
identity: i turn(?:ed)? \d{1,3}\b
identity: i(?:'m| am) {ADV}\d{1,3}(?: years? old| yrs? old| y/?o)?(?=[.,;!]|$| and )
identity: {AM} {ADV}from (?!work|home|the (?:office|shop|store|gym))\w
identity: {AM} {ADV}(?:called|named|known as|left-handed|right-handed|bilingual|muslims?|christians?
    |catholics?|jewish|hindus?|buddhists?|atheists?|gay|lesbian|bisexual|trans(?:gender)?|non-binary)\b
identity: i(?:'m| am) (?-i:[A-Z][a-z]+)(?: (?-i:[A-Z][\w-]+))*(?=[.,;!]|$| (?:and|from|by)\b)
location: {I} {ADV}(?:lived?|reside[sd]?|grew up|settled|relocated?|commute)\b
location: {I} {ADV}(?:moved|move) (?!on\b|forward|{IT})
location: {AM} {ADV}(?:living|based|located|moving|relocating)\b(?! on\b| forward)
location: (?:{BEEN}living|{HAVE} {ADV}(?:lived|moved))\b
location: {MY} (?:home |postal |work )?(?:address|hometown|home town) (?:is|was)\b
relationship: {AM} {ADV}(?:married|engaged|divorced|single|widowed|separated|dating|in a relationship
    |expecting|getting (?:married|divorced|engaged))\b
relationship: {BEEN}(?:married|engaged|divorced|together|dating)\b
relationship: {I} {ADV}(?:got|had) (?:married|engaged|divorced|a baby|twins|a (?:son|daughter))\b
relationship: {HAVE} (?:{SOME} )?(?:[\w'-]+ ){0,3}{KIN}
relationship: (?-i:[A-Z])\w+(?: and (?-i:[A-Z])\w+)? (?:is|are|was|were) {MY} (?:[\w'-]+ )?(?:{KIN}|{PET}
    |(?:boss|manager|colleague|doctor|therapist|teacher)\b)
health: {AM} {ADV}(?:allergic|intolerant|(?:lactose|gluten)[ -]intolerant|diabetic|asthmatic|pregnant
    |co?eliac|an(?:a)?emic|deaf|blind|hard of hearing|colou?r-?blind|short-sighted|autistic|dyslexic
    |disabled|epileptic|bipolar|sober|recovering from|in recovery|an? (?:diabetic|co?eliac)
    |on (?:medication|insulin|antidepressants|blood thinners|dialysis))\b
health: {HAVE} (?:[\w'-]+ ){0,3}(?:allerg(?:y|ies)|asthma|diabetes|adhd|autism|arthritis|epilepsy
    |migraines|cancer|hypertension|blood pressure|co?eliac|insomnia|anxiety|depression|dyslexia
    |intolerance|eczema|psoriasis|pacemaker|condition|disabilit(?:y|ies)|disease|syndrome|bad (?:back
    |knees?|hip))\b
health: (?:{I} (?:was|were) |{BEEN}){ADV}diagnosed\b
health: {I} {ADV}(?:suffer|suffered) from\b
health: {I} {ADV}(?:can't|cannot|can not|mustn't|must not|may not|am not allowed to|shouldn't) (?:eat
    |drink|have|tolerate|digest|lift)\b(?! {IT})
health: {I} {ADV}(?:broke|injured|tore|sprained|fractured) {MY}\b
health: {I} had {ADV}(?:[\w'-]+ ){0,2}(?:surgery|operation|heart attack|stroke|miscarriage|transplant)\b
health: {I} {ADV}take (?:[\w'-]+ ){0,3}(?:medication|medicine|insulin|pills?|antidepressants|statins?
    |tablets?)\b
preference: {MY} (?:[\w'-]+ ){0,2}favou?rites?\b
preference: {I} {ADV}(?:like|love|adore|enjoy|prefer|hate|dislike|detest|loathe|avoid)\b(?! {IT}
    | to (?:know|see))
preference: {I} {ADV}{DONT} (?:really )?(?:like|love|enjoy|eat|drink|smoke|wear|stand
    |celebrate)\b(?! {IT})
preference: {I}(?:'d| would) (?:much |really |always )?(?:rather|prefer)\b(?! not to (?:say|answer)| {IT})
preference: {AM} {ADV}(?:vegetarians?|vegans?|pescatarians?|teetotal|into|fond of|keen on|obsessed with
    |crazy about|an? (?:[\w'-]+ )?(?:fan|lover) of|more of an?|(?:afraid|scared|terrified) of
    |passionate about|(?:an? )?(?:vegetarian|vegan|foodie|morning person|night owl))\b(?! {IT})
preference: (?:please )?(?:always|from now on,?|in (?:the )?future,?|going forward,?)(?: please)? (?:reply
    |answer|respond|write|speak|talk)(?: to me)? (?:in|with|using|briefly|formally|informally)\b
work: {I} {ADV}(?:work|worked) (?:as|at|for|in|with|from|part|full|night|remotely|on (?!{IT}))
work: {AM} {ADV}(?:working (?:as|at|for|from|in|with)|employed|self-employed|unemployed|retired
    |freelancing|between jobs|in (?:sales|marketing|finance|tech|hr|insurance|banking|logistics
    |the (?:army|navy)))\b
work: {BEEN}(?:working (?:as|at|for|in)|teaching|promoted|hired|laid off|made redundant)\b
work: {I} {ADV}(?:got|was|were) (?:promoted|hired|fired|laid off|made redundant|accepted)\b
work: {I} {ADV}(?:quit|joined|co-?founded|founded|retired|freelance|volunteer|taught|teach)\b(?! {IT})
work: {I} {ADV}(?:run|own|manage|lead|started|opened|got) (?:an?|{MY}) (?:[\w'-]+ ){0,2}(?:business
    |company|shop|store|restaurant|bakery|caf[e\u00e9]|farm|team|startup|studio|clinic|practice|blog
    |job)\b
education: {I} {ADV}(?:study|studied|graduated|majored|attended|dropped out)\b(?! {IT})
education: {AM} {ADV}(?:learning|studying|enrolled|an? (?:\w+ ){0,2}student)\b(?! how| {IT})
education: {BEEN}(?:learning|studying)\b
skill: {I} {ADV}(?:can|know how to) {ADV}(?:speak|play|swim|drive|cook|sing|code|program|ski|ride|draw
    |paint)\b(?! {IT})
skill: {I} {ADV}speak\b(?! to| with| soon)
skill: {AM} {ADV}(?:fluent in|good at|great at|bad at|terrible at)\b(?! {IT})
plan: {AM} {ADV}(?:flying|travel+ing|visiting|starting|retiring|graduating|planning|training for
    |saving)\b(?! (?:to|on) (?:ask|call|contact|order)| {IT})
plan: {AM} {ADV}going (?:to (?-i:[A-Z]\w+)|on (?:holiday|vacation|a (?:trip|cruise|safari))|to (?:move
    |marry|study|retire|become|learn|graduate|visit|travel|have a baby))\b
plan: (?:{I} (?:will|plan to|hope to|intend to)|i'll|we'll) (?:be )?(?:mov(?:e|ing)|graduat(?:e|ing)|marry
    |retir(?:e|ing)|visit(?:ing)?|travel(?:l?ing)?|fly(?:ing)?|study(?:ing)?|buy an?|turn(?:ing)? \d
    |start(?:ing)? (?:an?|{MY}|at|as|work|school|university))\b(?! {IT})
plan: {MY} (?:goal|dream|plan|new year's resolution) (?:is|for)\b
event: {I} {ADV}used to\b(?! it)
event: {I} {ADV}(?:switched (?:from|to)|(?:stopped|started|gave up) (?:smoking|drinking|eating|learning
    |working|playing|running|dating))\b(?! {IT})
event: {I} {ADV}(?:bought|sold|adopted|rescued|inherited|built|renovated|rented) (?:an?|{MY}|two
    |three) (?!wrong|item|thing|ticket)
event: {I} {ADV}got (?:an? )?(?:[\w'-]+ )?(?:degree|promotion|scholarship|tattoo|{PET})
event: {I} {ADV}lost {MY} (?:[\w'-]+ )?(?:job|sight|hearing|house|home|{KIN}|{PET})
event: {I} {ADV}(?:visited|travel+ed to|toured|(?:went|flew|drove|sailed) to) (?-i:[A-Z])\w+
event: {I} {ADV}went (?:hiking|camping|skiing|surfing|fishing|diving|climbing|backpacking|on (?:holiday
    |vacation))\b
event: {I} {ADV}(?:won|ran|completed|finished) (?:an?|the|{MY}) (?:[\w'-]+ ){0,3}(?:marathon|race|prize
    |award|medal|degree|phd|thesis|tournament|lottery|competition|novel)\b
event: {I} {ADV}met {MY} {KIN}
possession: {I} {ADV}(?:own|collect|drive|breed)\b(?! {IT})
possession: {HAVE} (?:{SOME} )?(?:[\w'-]+ ){0,3}(?:{PET}|(?:chickens|cars?|motorbikes?|boats?|house|garden
    |piano)\b)
possession: {AM} the owner of\b
contact: {MY} (?:[\w'-]+ )?(?:e-?mail|phone|mobile|telephone)(?: address| number)? is (?!broken|dead|down
    |slow|not)
contact: (?:you can )?(?:reach|contact) me (?:at|on|by)\b
""")

WEAK = _rules(r"""
identity: {AM} {ADV}(?:an?|the (?:mother|father|parent|author|founder|oldest|youngest|eldest)) (?!bit
    |little|lot|tad|few|while|mess|moment|minute|one\b|new (?:user|customer))\w
relationship: {MY} (?:[\w'-]+ ){0,2}?{KIN}(?! (?:said|says|told|asked|thinks|wants|needs|just|called
    |texted|gave|sent)\b).*?\b(?:is|are|was|were|has|have|had|lives?|works?|likes?|loves?|hates?|prefers?
    |go|goes|plays?|speaks?|died|passed|moved|turned|turns|got|started|studies|study|can't|cannot|doesn't
    |don't|attends?|born|graduated|teaches|collects?|owns?|suffers?|eats?|drinks?|sings?|runs?)\b
fact: {MY} (?!(?:[\w'-]+ )?(?:question|problem|issue|point|bad|apolog\w+|mistake|idea|guess|screen
    |internet|connection|wi-?fi|app|code|browser|package|parcel|order|delivery|battery|pleasure|turn
    |request|message|concern|feedback|thought|opinion|answer|laptop|computer|train|bus|taxi|flight|day
    |weekend|morning|head|god|account|payment|invoice|mood|phone|food|coffee)s?\b)(?:[\w'-]+ ){1,4}?(?:is
    |are|was|were|has|have|had|lives?|works?|likes?|loves?|hates?|prefers?|speaks?|died|costs?|starts?
    |ends?|closes?|opens?)\b(?! (?:here|coming|working|not working|going)\b)
possession: {HAVE} {SOME} \w+
possession: {I} (?:don't|do not) have an? (?!idea|clue|question|problem|issue|time|preference)\w
habit: {I} {ADV}(?:don't|dont|do not|never|no longer) (?:use|fly|drive|watch|take|work|own|travel|cook
    |speak|go|play|read)\b(?! {IT})
habit: {I} {ADV}(?!{TALK}\b)(?!\w+(?:ed|ing)\b)(?-i:[a-z]{2,}) (?!{IT}|me\b|on (?:it|this|that)\b)\w
""")

# Words of each category, in the order in which categories are given; a word that ends with * stands for all that begin
# so.
_CATEGORY_WORDS = r"""
food: eat drink food cook* vegan* vegetarian* coffee tea wine beer meat fish peanuts peanut nuts nut gluten dairy
    lactose cheese restaurants restaurant breakfast lunch dinner spicy chocolate bake baking recipes recipe sushi
    pizza
health: allerg* diabet* asthma* pregnan* diagnosed medication medicine insulin surgery doctor therap* migraines
    migraine cancer blood epilep* intoleran* disabled disease depress* anxiety injur* gym diet sober
family: wife husband partner mother father mum mom dad parents parent daughters daughter sons son kids kid children
    child baby twins twin sisters sister brothers brother siblings sibling grand* aunts aunt uncles uncle cousins
    cousin nieces niece nephews nephew married engaged divorced family
friends: friends friend roommates roommate flatmates flatmate neighbours neighbour neighbors neighbor
work: works worked working work jobs job boss company employer office career colleagues colleague promoted hired
    retired manager nurse engineer teacher lawyer developer business startup freelanc* salary clients client shifts
    shift
education: study studies studied studying students student school university college degree graduat* phd exams exam
    courses course learn*
home: lives lived live living moved move moving house flat apartment home garden address born grew_up hometown
    rented rent
travel: travel* trips trip flying fly flew flights flight holidays holiday vacations vacation visited visiting visit
    abroad hotels hotel airport
pets: dogs dog cats cat pets pet puppy puppies kittens kitten parrots parrot horses horse rabbits rabbit hamsters
    hamster goldfish
hobbies: hobb* collect* paint* knit* chess garden* photograph* hike hiking camping camp danc* games game books book
    novels novel reading films film movies movie fishing drawing
sports: sports sport football soccer tennis basketball cricket swim* marathons marathon running cycl* yoga skiing
    ski surf* climb* golf rugby
music: music piano guitar violin cello drums drum sings singing sing jazz rock opera concerts concert bands band
    choir
finance: mortgage loans loan savings saving bank* invest* pension insurance taxes tax budget debts debt
communication: e-?mails e-?mail phone call_me letters letter sms whatsapp newsletters newsletter contact speak
    languages language
"""
_CATEGORY_OF: dict[str, list[int]] = {}
_CATEGORY_BEGINNINGS: list[tuple[str, int]] = []
CATEGORIES: list[str] = []
for _label, _words in _rows(_CATEGORY_WORDS.replace("\n   ", " ")):
    for _word in _words.split():
        if _word.endswith("*"):
            _CATEGORY_BEGINNINGS.append((_word[:-1], len(CATEGORIES)))
        else:
            _CATEGORY_OF.setdefault(_word, []).append(len(CATEGORIES))
    CATEGORIES.append(_label)
MAX_CATEGORIES = 3

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
READ_CHARS = 600
"""Characters of a text that are read for its kind and its categories."""


def kind_of(sentence: str, reason: Reason) -> tuple[str, bool]:
    """Return the kind of a sentence that is kept, and whether a rule for lasting facts knew it."""
    if reason in (Reason.WISH, Reason.OBJECTION):
        return "preference", True
    head = sentence[:READ_CHARS]
    setting = PARTS["setting"].match(head)
    core = head[setting.end() :] if setting else head
    for rule in STRONG:
        if rule.pattern.match(core):
            return rule.label, True
    for rule in WEAK:
        if rule.pattern.match(core):
            return rule.label, False
    return "fact", False


@lru_cache(maxsize=16_384)
def _categories_of_word(word: str) -> tuple[int, ...]:
    begun = [place for beginning, place in _CATEGORY_BEGINNINGS if word.startswith(beginning)]
    return tuple(_CATEGORY_OF.get(word, []) + begun)


def categories_of(text: str) -> tuple[str, ...]:
    """Return at most MAX_CATEGORIES categories of a text, by its words."""
    found = {place for word in _WORD.findall(text[:READ_CHARS].casefold()) for place in _categories_of_word(word)}
    return tuple(CATEGORIES[place] for place in sorted(found)[:MAX_CATEGORIES])
