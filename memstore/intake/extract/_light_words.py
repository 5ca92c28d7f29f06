"""Words that tell nothing of a person's life, by language: a sentence of such words alone is a courtesy or a reaction.

Pronouns, auxiliaries, articles, prepositions, interjections, praise and other judgements, and verbs of perceiving and
thinking. Negations are left out on purpose, and so are numbers: what denies or counts is never mere reaction.
"""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl")


_WORDS: Final = {
    "en": """
        i me my mine myself we us our ours you your yours yourself u ur he him his she her hers it its they them their
        this that these those there here who what which how when where why whatever
        i'm im i've ive i'd i'll we're we've we'd we'll you're youre you've you'd you'll he's she's it's its it'd it'll
        they're they've that's thats that'd there's here's what's who's how's let's lets y'all
        am is are was were be been being do does did done doing have has had having can could will would shall should
        may might must gonna gotta wanna
        a an the and or but nor so yet if because cause cuz though although while than then as of in on at by to from
        for with about into onto over up down out off again too very just also only even still already yes yeah yep yup
        ya yea sure ok okay k kk alright right exactly indeed absolutely definitely totally certainly course agreed
        really truly actually honestly literally simply quite pretty super rather kind sort bit lot lots much many more
        most less some any all both each every other another such same like well such way always ever
        oh ooh ah aw aww awww wow whoa woah woo yay hey hi hello hiya howdy yo hm hmm hmmm uh um er eh ha haha hahaha
        hehe lol lmao omg gosh geez man dude guys girl buddy mate friend friends folks pal
        thanks thank thx ty cheers please pls plz welcome sorry pardon excuse bye goodbye cya later soon ciao
        good great nice cool awesome amazing fantastic wonderful brilliant excellent lovely sweet perfect fine neat rad
        incredible impressive inspiring inspirational beautiful gorgeous stunning cute adorable fun funny hilarious
        interesting exciting exhilarating thrilling fascinating intriguing crazy wild insane epic solid legit dope sick
        super terrific marvelous marvellous splendid fabulous phenomenal outstanding remarkable extraordinary special
        better best bad worse worst sad terrible awful horrible tough hard difficult rough frustrating annoying scary
        important helpful useful valuable meaningful powerful rewarding fulfilling refreshing relaxing peaceful calming
        soothing comforting heartwarming touching moving motivating encouraging uplifting enriching satisfying
        delicious tasty yummy mouthwatering creative unique talented strong brave proud happy glad excited thrilled
        delighted pleased stoked pumped psyched ready jealous curious grateful thankful blessed lucky honored honoured
        amazed impressed inspired touched surprised true correct possible worth clear sounds sound sounding
        look looks looking looked seem seems seemed feel feels feeling felt see sees seeing saw seen hear hears hearing
        heard know knows knew known think thinks thinking thought guess guessing bet hope hoping hopes hopefully
        imagine believe mean means meant understand understood get gets got getting gotten go goes going gone went come
        comes coming came make makes making made keep keeps keeping kept let take takes taking took taken give gives
        giving gave try trying tried want wanted need love loved loves loving like liked likes enjoy appreciate agree
        admire respect say says saying said tell told telling talk talking talked chat chatting wait waiting
        works happen happens happening share shared sharing help helps helping helped support supporting show
        bring brings bringing add adds put puts find found check miss missed congrats congratulations kudos props bravo
        luck job thing things stuff idea ideas point matter deal time times moment moments way ways one ones something
        anything everything someone anyone everyone somebody people life world day today now part kind question
        questions answer answers info information explanation tip tips advice suggestion suggestions news story stories
        sense reason change changes difference joy pleasure happiness smile vibes vibe energy passion dedication
        determination courage strength effort efforts progress
        success experience experiences journey memories memory inspiration
        motivation encouragement support kindness words word pic pics picture photo photos
        whole total big huge little small new different certain definitely probably maybe perhaps together forward
        around back away through during after before since until between without within along across
        care careful enough else instead anyway anyways though btw fyi tbh imo asap np yw
        """,
    "de": """
        ich mich mir mein meine meinen meiner meinem wir uns unser unsere du dich dir dein deine deinen sie ihnen ihr
        ihre ihren er ihn ihm es das dies diese dieser dieses der die den dem des ein eine einen einer eines was wer wie
        wo wann warum welche da hier dort bin bist ist sind seid war waren wäre sein hab habe hast hat haben hatte
        hätte wird werden wurde würde kann kannst können könnte mag möchte will wollen soll sollte muss darf lass lassen
        und oder aber so wenn weil dass als ob denn doch noch schon sehr ganz auch nur mal eben halt wohl ja jo jep okay
        ok klar genau richtig stimmt natürlich sicher bestimmt gern gerne bitte danke dankeschön vielen dank lieben
        herzlichen schön schöne schönen guten gute gut super toll prima klasse spitze wunderbar großartig perfekt
        hervorragend ausgezeichnet interessant spannend lustig cool nett lieb krass wahnsinn hallo hi hey moin servus
        tag morgen abend nacht tschüss bis bald später dann auf wiedersehen wiederhören grüße gruß mit freundlichen
        viele liebe oh ach ah aha hm hmm na nun also naja schade leider tut leid entschuldigung sorry mache macht
        machen gemacht geht gehen gehts ging hört klingt finde findet denke glaube weiß verstehe verstanden sehe sieht
        meine freue freut hoffe hoffentlich für von zu zum zur in im an am bei nach aus um über vor hilfe antwort
        info information frage fragen idee sache alles etwas viel mehr sehr echt wirklich wieder alle erst jetzt heute
        wunderschön erledigt passt gelesen hilft geholfen hilfreich
        """,
    "fr": """
        je j'ai j me m moi mon ma mes nous notre nos tu te toi ton ta tes vous votre vos il elle on ils elles lui leur
        ce c c'est cela ça ca cet cette ces ceci le la les l un une des du de d et ou mais donc or car que qu qui quoi
        dont où quand comment pourquoi suis es est sommes êtes sont était c'était serait ai as a avons avez ont avait
        vais va allons allez peux peut pouvez veux voudrais dois doit fait faire faites dit oui ouais si ok d'accord
        bien sûr exactement vrai voilà parfait parfaite super génial génial top merci beaucoup infiniment mille s'il
        plaît svp stp bonjour bonsoir salut coucou bonne bon journée soirée nuit revoir bientôt plus tard à demain
        cordialement très trop tout toute tous vraiment aussi encore déjà juste peu avec pour par en dans sur au aux
        chez magnifique excellent excellente formidable incroyable intéressant intéressante sympa cool joli beau belle
        drôle dommage désolé désolée pardon excusez excuse oh ah euh hein hum bah ben alors bref pense crois sais
        comprends compris vois semble trouve espère entends aime adore content contente ravi ravie heureux heureuse
        aide réponse info informations question idée chose choses temps merci rien souci noté clair marche
        """,
    "es": """
        yo me mí mi mis nosotros nos nuestro nuestra tú tu te ti tus usted ustedes él ella ellos ellas le les lo la los
        las el un una unos unas esto eso esta este estos estas ese esa y o pero pues que qué quien cual cómo como
        cuándo dónde por para con de del al a en si sí es son soy eres era fue está están estoy estás ser estar hay ha
        he has han había puede puedo puedes quiero hago hace hacer haz va voy vamos ok vale claro exacto exactamente
        correcto cierto verdad seguro perfecto perfecta genial estupendo excelente fantástico increíble maravilloso
        maravillosa bueno buena buenos buenas bien muy mucho mucha muchas muchos muchísimas gracias favor hola adiós
        hasta luego pronto mañana días tardes noches saludos cordial cordiales un una todo toda todos más también ya
        aún tan así bonito bonita lindo linda guay interesante divertido gracioso lástima siento perdón disculpe
        disculpa oh ah eh hmm pues entonces bueno creo pienso sé entiendo entendido veo parece espero oigo gusta
        encanta contento contenta feliz ayuda respuesta información pregunta idea cosa cosas tiempo recibido
        """,
    "it": """
        io mi me mio mia miei mie noi ci nostro nostra tu ti te tuo tua tuoi lei lui loro voi vi vostro le lo la li gli
        il i un uno una questo questa questi quello quella ciò che chi cosa come quando dove perché e ed o ma però
        quindi se di a da in con su per tra fra del della dei delle al alla nel nella sono sei è siamo siete era ho hai
        ha abbiamo avete hanno posso può puoi voglio vorrei faccio fa fare fai va vado bene ok sì si certo esatto
        esattamente giusto vero perfetto perfetta ottimo ottima fantastico fantastica stupendo bellissimo bellissima
        bello bella meraviglioso eccellente incredibile interessante divertente carino grazie mille tante tanto molte
        molto prego favore piacere ciao salve buongiorno buonasera buonanotte buona buon giornata serata arrivederci
        presto dopo domani saluti cordiali tutto tutta tutti più anche già ancora così davvero veramente proprio oh ah
        eh beh mah allora dunque scusa scusi mi dispiace peccato penso credo so capisco capito vedo sembra spero sento
        piace contento contenta felice aiuto risposta informazione domanda idea cosa cose tempo ricevuto chiaro
        """,
    "pt": """
        eu me mim meu minha meus minhas nós nos nosso você vocês tu te ti seu sua ele ela eles elas lhe o a os as um uma
        isto isso este esta esse essa aquilo e ou mas que quem qual como quando onde porque por para com de do da dos
        das no na nos nas em ao à se é são sou era foi está estão estou ser estar há tem tenho ter posso pode quero
        vou vai fazer faz faço ok sim claro exato exatamente certo verdade perfeito ótimo ótima excelente fantástico
        incrível maravilhoso bom boa bem muito muita muitos obrigado obrigada favor olá oi adeus tchau até logo
        breve amanhã dia tarde noite dias saudações tudo toda todos mais também já ainda tão assim bonito lindo legal
        fixe interessante divertido pena desculpa desculpe oh ah eh pois então acho penso sei entendo entendi vejo
        parece espero gosto adoro contente feliz ajuda resposta informação pergunta ideia coisa tempo
        """,
    "nl": """
        ik me mij mijn we wij ons onze je jij jou jouw u uw hij hem zijn zij ze haar hun het dit dat deze die de een wat
        wie welke hoe wanneer waar waarom daar hier er ben bent is was waren heb hebt heeft hebben had kan kun kunt
        kunnen wil wilt zal zou moet mag doe doet doen gedaan en of maar dus als omdat want toch nog al heel erg ook
        alleen even maar wel ja jawel oké ok okay prima zeker precies klopt natuurlijk graag alsjeblieft alstublieft
        dank dankjewel dankuwel bedankt hartelijk veel goed goede mooi mooie leuk leuke geweldig fantastisch super top
        perfect prachtig interessant grappig cool lief hallo hoi hey dag morgen goedemorgen middag avond doei tot
        ziens straks later groet groeten met vriendelijke oh ach ah hm nou dan jammer sorry vind denk geloof weet
        begrijp begrepen zie ziet klinkt lijkt hoop voel blij van voor naar in op aan bij uit over hulp antwoord
        info informatie vraag idee ding dingen alles iets meer echt weer nu vandaag
        """,
}
LIGHT: Final[dict[str, int]] = {}
"""Word -> the languages in which it tells nothing, one bit each."""
for _bit, _language in enumerate(LANGUAGES):
    for _word in _WORDS[_language].split():
        LIGHT[_word] = LIGHT.get(_word, 0) | 1 << _bit

EVERY_LANGUAGE: Final = (1 << len(LANGUAGES)) - 1


def tells_nothing(words: list[str], names: frozenset[str]) -> bool:
    """Return whether all of the words, in small letters, are light in one and the same language, or names."""
    common = EVERY_LANGUAGE
    for word in words:
        common &= EVERY_LANGUAGE if word in names else LIGHT.get(word, 0)
        if not common:
            return False
    return True


def n_telling(words: list[str], names: frozenset[str]) -> int:
    """Return how many of the words, in small letters, tell something in every language known here."""
    return sum(1 for word in words if word not in LIGHT and word not in names)
