"""Phrases of the local extractor: English. `_phrases` says what each table is for."""

from __future__ import annotations

from typing import Final

LEAD: Final = r"""
(?:hi|hello|hey|hiya|dear|greetings|good (?:morning|afternoon|evening|day)
    |yo)(?: [\w'.-]+){0,3}?\s*[,!:.\u2013\u2014-]+\s+
(?:hi|hello|hey|hiya|yo|good (?:morning|afternoon|evening))(?: there| all| everyone| team)?\s+(?=(?:i|i'm|im|i've|ive
    |we|we're|my|this is)\b)
(?:thanks|thank you|thx|cheers)(?: (?:so much|very much|a lot|again|a bunch|for [^,.!]{1,60}
    |[A-Z]\w+))*\s*[,!.:\u2013\u2014-]+\s+
(?:yes|yeah|yep|yup|no|nope|nah|ok|okay|sure|right|great|cool|nice|wow|lol|haha+|hehe|true|exactly|absolutely
    |definitely|totally|awesome|perfect|aw+|oh|ooh|ah|u[mh]+|hm+|well|so|anyway|btw|hey|man|gosh|yes please|no worries
    |no problem|of course|sounds (?:good|great))\s*[,!;.:\u2013\u2014-]+\s*
(?:so|oh|ah|u[mh]+|hm+|well|and|but|plus|also|btw|lol|haha|ok|okay|yeah|yes|no)\s+(?=(?:i|i'm|im|i've|ive|i'll|i'd|we
    |we're|we've|my|our|the|he|she|they|it|it's|this|that|there|when|please|pls)\b)
(?:by the way|fyi|for your information|for the record|for context|for reference|just so you know|so you know|you know
    |you see|as you know|as i said|like i said|to be honest|tbh|in fact|honestly|personally|one more thing
    |another thing|the thing is|quick update|update|great news|good news|big news|ps|p\.s\.?|important
    |by the by)\b\s*[,:;!.\u2013\u2014-]*\s+
"""

ASKED_FOR: Final = r"""
(?:(?:please|pls|just|also|and|can you|could you|you should|i want you to|i'd like you to) )*(?:remember|note
    |keep in mind|bear in mind|don't forget|do not forget|make a note|take note|be aware|for the file|save
    |memori[sz]e)(?: this| for later| for next time| for the future)?(?: that |: ?|, (?:that )?| (?=(?:i|i'm|im|i've
    |we|we're|my|our)\b))
"""

INSTRUCTION: Final = r"""
(?:ignore|disregard|forget|override|bypass) (?:all |any |the |your |my )*(?:previous|prior|above|earlier|other|system
    |safety)?\s*(?:instructions?|rules?|prompts?|guidelines?|restrictions?|policies)
(?:reveal|print|show|export|leak|dump) (?:me )?(?:all |the |your |every )*(?:system prompt|instructions|secrets?
    |passwords?|subjects?|customers?|other (?:people|users|customers)\S*)(?: \w+)?
always obey\b.*
"""

OBJECTION: Final = r"""
i (?:hereby |strongly |formally |also |must |want to |wish to |would like to )*object(?: to)?\b
i (?:do not|don't|didn't|did not|never) (?:give |gave )?(?:my )?(?:consent|agree)(?: to (?:you|your|the|my|any)\b.*)?
(?:withdraw|revoke|take back) my (?:consent|permission|agreement)
(?:stop|quit|cease|no more) (?:sending|calling|e-?mailing|mailing|texting|contacting|profiling|tracking|using|sharing
    |selling|marketing|bothering|spamming|advertis\w+)(?: (?:me|us|my|these|those|any|your))?\b
(?:please )?(?:don't|do not|never) (?:ever )?(?:send|call|phone|e-?mail|mail|text|contact|ring|message|profile|track
    |share|sell|use|store|keep|save|analy[sz]e|pass on|give|disclose) (?:me|us|my|our|these|any|anything|this)\b
(?:no|not) (?:more )?(?:advertising|adverts?|ads|marketing|newsletters?|promotions?|promotional \w+|offers|cold calls
    |sales calls|spam)(?: (?:please|any ?more|for me))?
(?:unsubscribe|opt)(?: me)?(?: out)? (?:from|of)\b
(?:i|we) (?:do not|don't) want (?:any |to (?:get|receive|be)|you to|my|more|your|these)\b.{0,60}\b(?:call(?:ed|s)?
    |offers?|ads|advertis\w+|newsletters?|marketing|profil\w+|contact\w*|mails?|e-?mails?|data|track\w*|messag\w+
    |letters?)
(?:delete|erase|remove|forget) (?:all )?(?:my|everything about my|everything you know about|what you know about
    |the data about) ?(?:data|me|information|account|profile|details|file)?
"""

WISH: Final = r"""
from now on
from today(?: on)?
going forward
in (?:the )?future
(?:please )?(?:always|never|only) (?:reply|answer|respond|write|speak|talk|call|address|use|send|explain|show|give|ask
    |tell|keep|contact|e-?mail|text|start|remind|check|include|book|seat|quote|speak|be|make|put|add|mention|say
    |assume|suggest|recommend)\b
(?:i(?:'d| would) (?:rather|prefer|like) (?:you|to be|it if|that|my|your)|i (?:prefer|want|need
    |like) (?:you to (?:always|never|be|use|speak|write|call me|address)|to be (?:called|addressed|contacted|reminded
    |told)|my answers|answers|replies|short|long))\b
(?:just |you can |please |people |everyone )*call me (?!back|when|tomorrow|later|if|at|on|asap|a |an |maybe|now
    |tonight|today|again|about|for|after|before|by|right|soon|please|and|or|whenever|next|this|what)\w+
(?:please |pls |plz )(?:e-?mail|text|write to|message|phone|call) (?:me|us)(?=\W*$)
(?:please |only |best )*(?:call|e-?mail|text|write|contact|reach|message|phone) (?:to )?(?:me
    |us) (?:only |just |always |instead |rather |never |(?:in the |at |on |by |via |after |before |between |through )
    (?:mornings?|evenings?|afternoons?|e-?mail|phone|post|text|sms|whatsapp|letter|weekdays?|weekends?|work|home|\d))
"""

CHANGE: Final = r"""
no longer
any ?more
not any longer
used to
instead
actually
i (?:meant|mean)
correction
i was wrong|that(?:'s| is| was) (?:wrong|not (?:right|true|correct))
changed? my mind
scratch that
not [\w' ]{1,40}, ?but
\w+,? not \w+
rather than
switched|moved|quit|stopped|started|gave up|cancel(?:l?ed)?|divorced|separated|married|replaced|upgraded|sold|resigned
    |retired|promoted
after all
"""

QUESTION: Final = r"""
(?:what|where|when|who|whose|which|how|why) (?:is|are|was|were|do|does|did|can|could|should|will|would|has|have|had
    |much|many|long|often|far|old|about|kind|time|day|else|come|soon|big)
(?:what's|whats|where's|who's|how's|hows|when's|why's)
which \w+ (?:is|are|was|do|does|did|can|should|would)
(?:can|could|would|will|should|shall|may|might) (?:i|we|you|he|she|they|it|the|this|that|there|someone|somebody
    |anyone)
(?:do|does|did|don't|doesn't|didn't) (?:i|we|you|he|she|they|it|the|this|that|my|your|\w+ have)
(?:is|are|was|were|isn't|aren't|wasn't) (?:it|this|that|there|the|my|your|he|she|they|you|we|i)
(?:have|has|had|haven't|hasn't) (?:you|he|she|they|it|the|we|i|my)
any (?:idea|chance|tips|advice|plans|news|suggestions|recommendations|thoughts|way|luck)
"""

COURTESY: Final = r"""
(?:dear|hello|hi|hey|to)(?: [\w.-]+){1,4},?(?=\W*$)
(?:no|yes),? (?:thanks|thank you|thx)\b.{0,40}
(?:and |so |but |again,? |once more,? |many |so many )*thank(?:s| you| u)\b.*
wishing you\b.*
thx|ty|cheers
(?:good ?bye|bye|see (?:you|ya)|talk (?:to you )?(?:soon|later)|take care|have a (?:good|great|nice|lovely|wonderful
    |fantastic|safe|fun|blast|amazing|awesome)|ttyl|catch you later|cya)\b.*
(?:good (?:morning|afternoon|evening|night|day)|happy (?:new year|birthday|holidays|easter)|merry christmas
    |welcome(?: back)?)\b.{0,40}
(?:nice|great|good|lovely|pleased) to (?:meet|hear|see|talk|chat|catch)\b.*
(?:best|kind|warm)(?: wishes| regards)?,?
(?:regards|sincerely|yours|yours sincerely|yours faithfully|all the best)\b.{0,40}
"""

STEP: Final = r"""
i(?:'ve|'m| have| am)? ?(?:just |now |then |already |also |first |again )*(?:tap|click|press|scroll|swip|restart
    |reboot|reload|refresh|reinstall|uninstall)(?:e|s|es|ped|ked|sed|ted|ed|d|ing|ping)?\b.*
i(?:'ve|'m| have| am)? ?(?:just |now |then |already |also |first |again )*(?:open|clos|select|choos|chose|chosen|typ
    |enter|past|check|upload|download|fill|unplug|plug|follow|tri|try|us|turn|switch|chang|click|hit|go to|went
    |gone to|going to the settings|log|sign)(?:e|s|es|ped|ked|sed|ted|ed|d|ied|ing|en)? (?:(?:it|this|that|them|in|out
    |on|off)(?=[\s,.!]*$| (?:and|but|again|with|to (?:the|my) (?:app|account|website|portal|page)|now|twice|several
    |already|as|like)\b)|(?:on |in |out )?(?:the|your|my|that|this) (?:\w+ )?(?:button|link|app|page|settings|menu|tab
    |box|password|code|pin|browser|form|site|website|file|screen|mail|e-?mail|message|cable|router|option|icon|field
    |portal|instructions|steps|cache|update|wi-?fi|computer|phone off))\b.*
(?:it|this|that|nothing|everything|the (?:page|app|screen|site|link|button|website|code|form|video
    |file)) (?:still |now |just |also |always |again |even )*(?:work(?:s|ed)?|doesn't work|does not work|didn't work
    |isn't working|is not working|not working|happens?|happened|loads?|loading|won't load|doesn't load|is loading
    |keeps? (?:loading|crashing|spinning|freezing)|crash(?:es|ed)?|freezes?|froze|is stuck|is blank|is frozen|says
    |shows|showed|spins|disappears|disappeared|opens?|opened)\b.*
(?:i(?:'m| am)|im|we(?:'re| are)) (?:(?:so|too|a bit|a little|almost|all|kind of|kinda|just|still|now|currently
    |already|really|very|currently|right now|actually|both|also|pretty) )*(?:on (?:the|my|his|her|a) (?:train|bus|way
    |phone|plane|call|road|tram|metro|subway|ferry|run|line|go|page|screen|website|site)|on (?:hold|break|it|board)
    |in (?:a|the|another) (?:meeting|car|call|queue|bus|train|taxi|shower|hurry|rush|traffic)|at the (?:airport
    |station|shops?|supermarket|counter|checkout|door|bus stop|gym|beach)|back|here|ready|done|tired|exhausted|sleepy
    |hungry|starving|thirsty|busy|bored|sorry|late|early|sure|stuck|confused|lost|driving|waiting(?! for an? )
    |running (?:late|out)
    |leaving|heading|cold|hot|feeling (?:good|great|fine|better|ok|tired|sick|ill|cold|hot|down|bad)
    |sitting(?! (?:the|an?|my) )
    |walking
    |eating|cooking|about to|off to|going to (?:bed|sleep|lunch|work now)|kidding|joking|all set|all ears|good|fine|ok
    |okay|well|great|logged in|logged out|typing|calling|writing (?:to|because|about|in)|contacting
    |looking (?:at|for)(?! an? )
    |trying to (?:find|log|open|get|see|understand|figure|pay|reach|send|access|download|reset))(?= ?(?:right now|now
    |today|at the moment|tonight|again|here|there|too|so far|for now|with (?:it|this|that)|[,.!?;:\u2026)-]|$|\b(?:and
    |but|because|so|as|to|the|my|your|a|an|this|that|at|in|on|for|from|from work|home|what|where|how|why)\b)).*
(?:one|just a|a|wait a|hang on a|hold on a|give me a|just one) (?:moment|second|sec|minute|min)\b.{0,40}
(?:wait|hang on|hold on|brb|be right back|let me (?:see|check|look|think|try|get|find|grab)|gotta (?:go|run)
    |got to (?:go|run)|i(?:'ve| have)? (?:got to|gotta|have to|need to|should|must|better) (?:go|run|leave|head
    |get going|get back)|i(?:'ll| will) (?:try|check|see|look|wait|do (?:that|it|so)|be (?:right )?(?:back|there)
    |let you know|keep you|get back|send you|think about it|give it a (?:try|shot)|have a look|take a look|call you
    |talk to you))\b.*
i (?:have|'ve got|have got|got) (?:a |another |some |one more |a few |a quick |one |two |no )*(?:questions?|idea|clue
    |minute|moment|problem with (?:it|this|that)|look|headache|request|issue)\b.{0,60}
i (?:don't|do not|didn't) (?:know|understand|get it|see (?:it|the|any|a|that)|remember right now|have time
    |mind)\b.{0,40}
"""

REQUEST: Final = r"""
(?:please|pls|plz|kindly)(?:,| just| also| now| do)* (?!always|never|only|from now|in future|call me (?:by|[A-Z])
    |remember|note)\w.*
(?:let me know|let us know|tell me|show me|give me|send me|help me|find me|get me|book me|buy me|remind me|explain
    |describe|list|compare|recommend|suggest|check|look up|search|find|open|close|print|transfer|pay|cancel|order|book
    |schedule|set (?:a|an|up|the)|add|remove|update|upload|download|calculate|make me|write|draft|create|generate
    |count|repeat|continue|try again|go on|go ahead|stop|start|play|turn (?:on|off)|send (?:it|the|this|that|them|an?)
    |forward|connect me|put me through|transfer me|call me (?:back|when|tomorrow|later|if|at|on|asap|now|tonight|today
    |again|soon))\b(?! (?:my (?:own|studies|studying)|is|are|was|were)\b).*
(?:i|we) (?:just |really |also |only |still |now |urgently )*(?:need|want|wanted|would like|'d like|'d love|wish|have
    |am trying|would love|am hoping|was hoping) (?:you )?to (?:know|ask|see|check|report|return|cancel|order|book
    |reset|change (?:my|the) (?:password|pin|address|booking)|pay|transfer|talk to|speak (?:to|with)|find out
    |understand (?:why|how|what|this|that|the)|get (?:a|my|the) (?:refund|copy|quote|answer|receipt|replacement)
    |request|make a (?:claim|complaint|payment|booking|reservation|transfer|request|appointment)|open (?:a
    |an) (?:account|claim|ticket|case)|file|submit|send|confirm|complain|schedule|reschedule|update)\b.*
(?:i|we) (?:just |really |also |only |still |urgently )*(?:need|want|would like|'d like) (?:you to|your (?:help|advice
    |opinion)|help|some help|a hand|advice|more (?:info|information|time|details)|assistance)\b(?! to (?:learn|walk
    |see|hear|stop|quit)).*
(?:i(?:'m| am)|we(?:'re| are)) (?:just |only |also |currently )*(?:wondering|asking|calling (?:to|about|because)
    |writing (?:to|about|because)|interested in (?:knowing|hearing))\b.*
(?:can|could|would|will) (?:you|we|i|someone|anyone|u)\b.*
let(?:'s| us)(?: \w+){1,6}\W*$
"""

REACTION: Final = r"""
(?:i|we) (?:really |just |so |totally |also |do |truly |definitely |certainly |completely |can |could |bet |'m sure )*
    (?:hope (?:it|that|this|you|your|u|everything|so|all|the|to (?:see|hear|catch))|bet|wish you|agree|disagree
    |see (?:what|why|how|that you)|know (?:what you|how you|you|exactly|right|that feeling|how (?:hard|tough|that|it))
    |knew you|imagine|tell (?:you|that you|how)|(?:appreciate|admire|respect) (?:it|that|this|you|your|the|all
    |everything|how|u)\b|love (?:that (?:you|idea|for|about|quote|song|one)|this (?:idea|one)|hearing|seeing|your
    |the way you|how you|it|talking|chatting|that)|like (?:that (?:you|idea)|your|how you|the way you)
    |(?:totally |completely )?(?:get|understand) (?:it|that|this|what you|why|how you|your|you)\b
    |(?:totally |completely )?understand(?=\W*$)|feel (?:you|ya|your)|hear you|think (?:you|that's|it's|your|so
    |that (?:is|would be))|believe (?:in you|you|that you|it)|guess (?:so|you|that's|it's)|suppose so|couldn't agree
    |can't (?:imagine|believe)|cannot believe|could not agree|don't (?:blame|worry)|promise|swear
    |was(?:n't)? (?:just )?(?:kidding|joking|thinking about you|wondering))\b.*
(?:i'm|i am|im|we're|we are|i was|was|am) (?:really |so |just |very |also |super |always |absolutely |beyond |truly |s
    till |definitely |here |all |pretty |genuinely )*(?:glad|happy|sorry|proud|excited|thrilled|impressed|curious
    |jealous|rooting|grateful|thankful|honou?red|touched|amazed|inspired|stoked|pumped|delighted|relieved|sure|certain
    |here|looking forward|with you|on board|all for|blown away|moved|intrigued|interested|down) (?:for (?:you|that
    |your|it)|to (?:hear|see|know|have you|help|be here|support|check|read|try)|about (?:that|it|this|your)|of (?:you
    |your|u)|that (?:you|it|this)|you|it|with (?:you|that)|by (?:you|your|that|it|this)|your|if you|how|what|when you
    |always|on|in (?:your|hearing|what))\b.*
(?:can't|cannot|can not|couldn't) (?:believe|agree more|imagine)\b.*
(?:can't|cannot|can not) wait(?: to (?:hear|see|read|know|find out|chat|talk|catch|meet (?:you|up))\b.*)?(?=\W*$)
(?:looking forward|so (?:glad|happy|proud|excited|sorry|cool|great|sweet|nice|true|inspiring|awesome|much|good)
    |glad(?: (?:to (?:hear|see|help|know|have helped)|you|that|it|i could|u)\b|(?=\W*$))|happy to (?:help|hear|see
    |answer|assist)|sorry (?:to|about|that|for)|proud of|sounds?|looks?|love (?:it|that|this|the (?:idea|way|sound)
    |your|how)|no (?:worries|problem|doubt|way|kidding)|of course|for sure|same here|me too|you too|likewise
    |congrat\w*|good (?:luck|job|for you|call|point|idea|to (?:hear|know|see)|on you|stuff|one|vibes)|great (?:job
    |work|idea|point|to (?:hear|see)|choice|advice|question|stuff|way to)|nice (?:work|job|one|going|to (?:hear|see))
    |well done|way to go|keep (?:it|up|going|on|me|pushing|at|doing|shining|those|your|that|rocking|chasing|believing
    |being|working|in touch|us|smiling|spreading|fighting|following|sharing|dancing|writing|painting)|have (?:fun|a
    |an)|enjoy (?:your|the|it|every|each|yourself|that|this)|take (?:care|it easy|your time)|stay (?:strong|safe
    |positive|true|in touch|tuned|motivated|focused|passionate)|don't (?:worry|give up|forget to|be|stress|sweat
    |hesitate|let)|never (?:mind|give up|stop|lose)|go (?:for it|get)|hang in|rock on|best of|wishing
    |sending (?:you )?(?:love|hugs|good|positive|lots|all)|crossing|fingers crossed|hope (?:it|you|your|that|to|this
    |everything|so|all|the|they|we)|you've got this|you got this|you go|cheers to|here's to|hats off|kudos|believe in
    |trust (?:me|yourself|the)|remember to|be (?:sure|yourself|careful|proud|patient|kind)|let me know|just (?:let
    |keep|remember|kidding|wanted to (?:say|let|check)|curious)|wish (?:you|me)|bring it|what (?:a|an|about)
    |how (?:cool|great|nice|lovely|sweet|exciting|amazing|awesome|wonderful|fun|inspiring|about|exciting|interesting
    |beautiful|kind)|such (?:a|an)|it's (?:all )?(?:good|fine|ok|okay)|that(?:'s| is) (?:all|it|right|ok|okay|true
    |fine)|tell me|no need|not (?:at all|a problem)|wow|omg|aw+|yay|woo\w*|bravo|amen|whatever you)\b.*
"""

JUDGED: Final = r"""
(?:that|this|it|these|those|they|there|everything|everyone)(?:'s|'re|'d|'ll| is| are| was| were| must| will| would
    | can| could| sounds?| looks?| seems?| seemed| sounded| feels?| has| have| had| really| definitely| always| truly
    | just| totally| makes?| means| shows?| brings?| helps?| gives?)\b
(?:you|you're|you've|you'll|you'd|ur|your|y'all|u)
"""

GOES_ON: Final = r"""
(?:he|she|it|they|him|her|them|his|their|its|this|that|these|those|which|who|there|here|both|neither|the (?:first
    |second|other|latter|former) one)(?:'s|'re|'ve|'d|'ll)?
(?:because|so that|and then|then|after that|since then|afterwards|that's why|therefore|that way|also|too|as well
    |especially|particularly|for example|mostly because|not only|plus)
"""

SERVICE_QUESTION: Final = r"""
(?:can|could|may|shall|should|would you like me to|do you want me to) (?:i|me|we)
(?:anything|something) else
(?:does|did) (?:that|this|it) (?:help|make sense|work|answer)
how (?:can|may|could) i (?:help|assist)
(?:ready|shall we|would you like (?:me|to (?:see|know|hear|continue|proceed|try|go)))
"""
