"""Phrases of the local extractor: Portuguese, Dutch, and what several share. `_phrases` says what for."""

from __future__ import annotations

from typing import Final

LEAD: Final = r"""
(?:olá|oi|bom dia|boa (?:tarde|noite)|hoi|goedemorgen|goedemiddag|goedenavond
    |beste)(?: [\w'.-]+){0,2}?\s*[,!:.\u2013\u2014-]+\s+
(?:danke|vielen dank|merci|merci beaucoup|gracias|muchas gracias|grazie|grazie mille|obrigad[oa]|bedankt
    |dank je)(?: [^,.!]{1,40})?\s*[,!.:\u2013\u2014-]+\s+
(?:sim|não|bem|pois|então|aliás|ja|nee|nou|trouwens|overigens)\s*[,!;.:\u2013\u2014-]+\s*
"""

ASKED_FOR: Final = r"""
(?:lembra-te|lembre-se|anote|onthoud|noteer)(?: (?:de )?que | dat |: ?)
"""

INSTRUCTION: Final = ""

OBJECTION: Final = r"""
(?:oponho-me|não autorizo|retiro o (?:meu )?consentimento|não (?:me )?(?:liguem?|enviem?|contactem?)|ik maak bezwaar
    |ik trek mijn toestemming in|(?:bel|mail|stuur) (?:me|mij) (?:niet|geen))\b
"""

WISH: Final = r"""
(?:a partir de agora|daqui em diante|no futuro|voortaan|vanaf nu|in het vervolg)
"""

CHANGE: Final = r"""
já não|em vez|afinal|na verdade|niet meer|geen \w+ meer|in plaats van|toch niet|eigenlijk
"""

QUESTION: Final = r"""
(?:kun|kunt|heb|hebt|ben|is|zijn|wat|wie|hoe|waarom|waar|wanneer) (?:je|u|er|het|ik|is|zijn|kan)
(?:¿|est-ce que\b|qu'est-ce que\b)
"""

COURTESY: Final = r"""
(?:muito )?obrigad[oa]\b.*
(?:hartelijk )?(?:bedankt|dank)\b.*
(?:met vriendelijke groet(?:en)?|groet(?:en|jes)?)\b.{0,60}
"""

STEP: Final = r"""
(?:(?:right now|just now|at the moment|currently|gerade|jetzt|im moment|momentan|en ce moment|là|ahora(?: mismo)?
    |en este momento|adesso|in questo momento|ora),? )?(?:estoy en (?:el (?:tren|autobús|metro)|una reunión)|i(?:'m
    | am) (?:on the (?:train|bus|phone|way)|in a meeting)|(?:bin|sitze) ich (?:im (?:zug|bus|auto)|unterwegs)
    |je suis (?:dans le (?:train|bus|métro)|en réunion)|sono (?:in (?:treno|autobus|riunione)|sul (?:treno
    |bus)))\b.{0,40}
(?:estou (?:no (?:comboio|autocarro|metro)|cansad[oa]|a caminho|numa reunião|com (?:fome|sede|sono))|um momento
    |não funciona|cliquei|clico|ik ben (?:moe|onderweg|in de trein|in een vergadering)|ik heb (?:honger|dorst
    |een vraag)|momentje|een moment|het werkt niet|ik (?:klik|heb geklikt))\b.{0,60}
"""

REQUEST: Final = r"""
(?:pode[ms]?|poderia|podia)s? (?:me |-me )?\w+.*
(?:envie|mostre|diga|ajude|gostaria de saber|queria saber|kun je|kunt u|kan je|ik wil(?: graag)? weten|help me
    |stuur me|laat me weten)\b.*
"""

REACTION: Final = ""

JUDGED: Final = ""

GOES_ON: Final = r"""
(?:ele|ela|eles|elas|isso|isto|hij|zij|ze|het|dat|dit|die|daar|daarna|omdat)
"""

SERVICE_QUESTION: Final = ""
