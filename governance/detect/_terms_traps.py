"""Phrases whose words belong to a special category and whose meaning does not. They quiet the words they cover.

A trap is exact: "stroke of luck" quiets nothing of another "stroke" two words later.
"""

from __future__ import annotations

from governance.detect._term import Term

TRAPS = (
    # health
    Term(
        None,
        """stroke|strokes of luck|genius|midnight|fortune|brilliance|a|the, brush|key|back|breast|two|four stroke|
        strokes, stroke|strokes per, positive|negative feedback|balance|number|attitude|impression|review|experience|
        response, cold coffee|beer|drink|drinks|shower|brew|day|night|snap|call|calls|water|front|wallet|war|meal|
        plate|room|start|weather|cut|turkey, sick of, sick and tired, ill advised|equipped|suited|prepared|fated|
        informed|timed|at|defined|conceived|be|have|will|get|see|go|take, pain au chocolat, blind date|spot|trust|
        test|tests|tasting|faith|eye|alley|to, love is blind, tone deaf, deaf ears|to, analysis paralysis, paralysed|
        paralyzed by indecision|choice|analysis, add|adding|added insult to injury, injury time, miscarriage of
        justice, suicide squad, pregnant pause, impostor|imposter|stockholm|china syndrome, non alcoholic, alcoholic
        drink|drinks|beverage|beverages|content, parkinson s law, retail therapy, surgery hours|opens|closes, tree
        surgery, roof shingles, immune to criticism, assurance maladie, gold|football|election|cup|spring|transfer
        fever, fever pitch, april, great|tropical depression, heart of the, depression of the key|keys|button|pedal,
        visual|teaching|study|training|memory aids, sick building, prescribed by law|form|statute, computer|email|
        macro virus, virus scan|scanner|protection|checker|definition|definitions, take|takes|took|taking the blue|
        red pill, bitter pill, addicted to this|that|coffee|chocolate|crosswords, doctor who|strange, spin doctor,
        health and safety""",
    ),
    # health, in other languages
    Term(
        None,
        """krankenkasse*, krankenversicherung*, krankenschwester*, krankenpfleger*, krankenwagen, flusskrebs*,
        taschenkrebs*, blind vertrauen, embarazoso, embarazosa, embarazosas, embarazosos, enceinte bluetooth|
        acoustique|connectée|portable, handicap de course, ingresado|ingresada en la|mi cuenta, baja de precio,
        militäroperation*""",
    ),
    # beliefs
    Term(
        None,
        """jewish|italian|muslim|arab|asian|kosher|halal|hispanic|kurdish|african|gypsy ? bread|recipe|recipes|
        cuisine|food|bakery|deli|salt|pickle|pickles|restaurant|dish|jazz, jewish|muslim|arab|asian|kosher|hispanic|
        kurdish|african|gypsy bread|recipe|recipes|cuisine|food|bakery|deli|salt|pickle|pickles|restaurant|dish|jazz,
        not|isn_t|isnt kosher, jewish museum|cemetery|quarter, platform|database|vendor|cloud|device|technology|
        language|hardware|gender agnostic, agnostic of|to, baptism of fire, hans|johann christian, christian dior|
        louboutin|bale|slater|andersen|bach|name|names|era, freedom of religion, church mouse|street|road|lane, pray
        for good|better weather|snow, lent it|me|him|her|us|them|out|money, buddha bowl*, zen garden, mecca of|for,
        catholic taste|tastes, quaker oats, protestant work ethic, islamic art|architecture, hindu kush""",
    ),
    # politics
    Term(
        None,
        """third party, party starts|begins|ends|time|food|dress|hat|size|pack|line|planner|music|favour|favours,
        birthday|christmas|dinner|stag|hen|tea|garden|office|farewell|launch party, labour|labor day|market|costs|
        cost|law|force|ward|shortage|pains, labour of love, left|right wing of the, left|right winger|back|
        midfielder, far left|right corner|side|end|lane|button|column|seat, grammar nazi*, nazi germany, liberal
        arts|amount|use|interpretation|translation|helping, conservative estimate|estimates|investment|investor|
        investments|portfolio|guess|approach|risk|strategy|treatment, banana republic, office politics, activist
        investor|investors|fund|shareholder""",
    ),
    # unions
    Term(
        None,
        """european|credit|western|soviet|african|student|students|customs|monetary|banking|rugby|civil|fiscal|
        energy|postal|savings union, union of|jack|square|station|pacific|select|all|type|types|bank|berlin|street|
        pay|find, student s union, state of the union, in unison, syndicat de copropriété|copropriétaires, syndicat d
        initiative""",
    ),
    # sexual life and ethnicity
    Term(
        None,
        """straight to|forward|up|about|ahead|away|line|lines|edge|shooter|answer|after|from|talking|with|on|into|
        through, enola gay, gay street|talese, marvin gaye, bi weekly|annual|monthly|lingual|directional, queer eye,
        gay lussac, come|came|coming out of, sexual harassment training|policy|awareness, non binary file|format|
        data|search|tree, caucasian shepherd, black|white friday|board|box|hat|hole|list|label|wine|noise|paper|tie|
        forest|sea|swan|mirror, roma tomato|tomatoes|termini, arab emirates|league|spring, united arab, gypsy moth|
        kings, indigenous plants|species, maori art, world|cultural|national|industrial heritage""",
    ),
    # biometrics and genetics
    Term(
        None,
        """browser|device|key|ssh|certificate|audio|file|digital|carbon|server|host|canvas|public|sha256
        fingerprint*, ssh key fingerprint*, fingerprint|fingerprints of the key|file|certificate|server|repo,
        fingerprinting, retina display*, in our|its|their|the dna, dna of the|our|a, genetic algorithm*|programming,
        company|brand|corporate dna""",
    ),
    # criminal matters
    Term(
        None,
        """criminally good|underrated|overpriced|expensive|delicious|bad, prison break|officer|guard|warden|service,
        criminal minds|lawyer|law|defence_lawyer|justice_system, arrested development, with conviction, my|his|her|
        their|the|firm|strong|deep|political|religious conviction that|is, guilty pleasure*, guilty conscience, feel|
        feels|feeling|felt guilty, probation period|time|months, on probation at work, parole d honneur, jailbreak*,
        jailhouse rock, charged with the|a|leading|finding|making|developing|running, stolen base|bases|kiss, crime
        fiction|novel|novels|series|scene|drama|podcast|thriller""",
    ),
)
