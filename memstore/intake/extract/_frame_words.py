"""Words that open a frame: what follows them is not the person's own statement.

English, German, French, Spanish, Italian, and the commonest of Portuguese and Dutch.
"""

from __future__ import annotations

from typing import Final

# May stand between the beginning of a clause and an opener.
POLITE: Final = r"""
please,?
pls
kindly
and
then
now
ok,?
okay,?
hi,?
hello,?
hey,?
can you
could you
would you
will you
can we
let's
help me(?: to)?
i (?:want|need|would like|'d like) you to
i'd like you to
i (?:want|need|have|would like) to
i'm trying to
me
you
bitte
und
kannst du
können sie
könntest du
könnten sie
hilf mir(?:,|, zu)?
peux-tu
pouvez-vous
pourrais-tu
pourriez-vous
tu peux
vous pouvez
aide-moi à
s'il te plaît,?
s'il vous plaît,?
puedes
puede
podrías
podría
por favor,?
ayúdame a
puoi
può
potresti
potrebbe
per favore,?
aiutami a
podes
pode
poderia
kun je
kunt u
"""
TRANSFORM: Final = r"""
translat\w+
proofread
paraphrase
rephrase
rewrite
reword
summari[sz]e
spell ?check
shorten
correct (?:this|these|the|my|his|her|following|me)\b(?: \w+){0,3}(?=\s*[:?.!"'\u201c\n]|$)
correct ?:
correct ["'\u201c]
check (?:my|this|the|if this) (?:\w+ )?(?:grammar|spelling|sentence|text|english|german|french|spanish|italian|mail
    |e-?mail)
(?:fix|improve|edit|polish|review) (?:my|this|the)(?: following)? (?:\w+ )?(?:grammar|spelling|sentence|text|wording
    |mail|e-?mail|letter|paragraph|essay|draft|english)
make (?:this|the following|my \w+) (?:sound|more|less|shorter|longer|formal|polite)
how (?:do|would|can|could|should) (?:you|i|we|one) (?:say|write|translate|spell|pronounce)
what does .{1,120} mean
what(?:'s| is) .{1,100} in (?:english|german|french|spanish|italian|portuguese|dutch|japanese|chinese|latin)
(?:read|analy[sz]e|classify|parse|annotate|explain|interpret|continue|complete) (?:this|these|the following)
(?:say|repeat|spell)(?: after me)?:
conjugate
fill in
put (?:this|the following|these)
translation:
übersetz\w*
(?:was|wie) (?:sagt|schreibt|heißt|übersetzt|bedeutet|heißen) \w+
korrigier\w*
verbesser\w* (?:den|diesen|meinen|folgenden|bitte)
fass\w* .{0,60}zusammen
formulier\w*
umformulier\w*
(?:prüf|lies|analysier|erklär)\w* (?:bitte )?(?:diesen|den|folgenden|das|diese) (?:\w+ )?(?:satz|text|brief|absatz
    |mail|gedicht)
tradui\w*
traduction
corrige\w*
comment (?:dit|dire|écrit|écrire|traduit|traduire|on dit|on écrit)(?:-on)?
résum\w*
reformul\w*
que (?:veut dire|signifie)
(?:lis|lisez|analyse|analysez|vérifie|vérifiez) (?:cette|ce|le|la) (?:\w+ )?(?:phrase|texte|lettre|paragraphe)
traduc\w*
tradúc\w*
traduzca
corr[ií][gj]\w*
corregir
cómo se (?:dice|escribe|traduce)
resum[ei]\w*
qué significa
reescrib\w*
(?:lee|analiza|revisa) (?:esta|este|el|la) (?:\w+ )?(?:frase|texto|carta|párrafo)
tradu[cr]\w*
corregg\w*
come si (?:dice|scrive|traduce)
riassum\w*
riscriv\w*
(?:cosa|che cosa) (?:significa|vuol dire)
(?:leggi|analizza|controlla|rivedi) (?:questa|questo|il|la) (?:\w+ )?(?:frase|testo|lettera|paragrafo)
traduz\w*
como se (?:diz|escreve|traduz)
vertaal\w*
hoe (?:zeg je|schrijf je)
verbeter\w*
"""
# The content is named, and follows the colon.
NAMED: Final = r"""
(?:here(?:'s| is| are)|this is|below is|the following is) (?:the|an?|my|our|his|her|their|what)\b[^.!?:\n]{0,60}:
(?:the |this |my |our |his |her )?(?:sentence|text|phrase|line|lyrics?|song|poem|quote|proverb|motto|essay|draft
    |paragraph|homework|speech|dialogue|transcript|caption|headline)s?(?: is| reads| goes| says)?(?: like this)?\s*:
(?:for example|e\.g\.|example(?: sentence)?|for instance|sample(?: text)?|template|subject(?: line)?|translation)\s*:
(?:is|are|would|was) (?:this|that|it|the following|my)\b[^.!?:\n]{0,40}(?:correct|right|ok|okay|grammatical|natural
    |wrong|good english)\s*:
which (?:is|one is|sentence is) (?:correct|right|better)\s*:
(?:das|hier|dies) ist (?:der|die|das|ein\w*|mein\w*)\b[^.!?:\n]{0,60}:
(?:der |dieser |mein |das )?(?:satz|text|lied|gedicht|sprichwort|zitat|aufsatz|liedtext|beispiel|beispielsatz
    |entwurf)(?: lautet| geht(?: so)?| ist)?\s*:
zum beispiel\s*:
(?:ist|wäre) (?:das|dieser|der|mein)\b[^.!?:\n]{0,40}(?:richtig|korrekt|falsch)\s*:
(?:voici|c'est) (?:le|la|l'|un|une|mon|ma)\b[^.!?:\n]{0,60}:
(?:la |le |cette |ce |ma |mon )?(?:phrase|texte|chanson|poème|citation|proverbe|exemple|brouillon|rédaction)(?: est
    | dit)?\s*:
par exemple\s*:
(?:est-ce|cette phrase|c'est)\b[^.!?:\n]{0,40}(?:correcte?|juste|fausse?)\s*:
(?:aquí está|este es|esta es|aquí va)\b[^.!?:\n]{0,60}:
(?:la |el |esta |este |mi )?(?:frase|texto|canción|poema|cita|refrán|ejemplo|borrador|redacción)(?: es| dice)?\s*:
por ejemplo\s*:
(?:es|está)\b[^.!?:\n]{0,40}(?:correcta?|bien|mal)\s*:
(?:ecco|questo è|questa è)\b[^.!?:\n]{0,60}:
(?:la |il |questa |questo |mia |mio )?(?:frase|testo|canzone|poesia|citazione|proverbio|esempio|bozza|tema)(?: è| dice
    | recita)?\s*:
per esempio\s*:
(?:è)\b[^.!?:\n]{0,40}(?:corrett[ao]|giust[ao]|sbagliat[ao])\s*:
"""
PART: Final = r"""
pretend
imagine (?:that )?(?:you|i|we)(?:'re|'m|'d| are| am| were| have| live| work)\b
act (?:as|like) (?:an?|if|the|my)
role[- ]?play\w*
play (?:the|an?) (?:role|part)\b
play (?:an?|the) (?:\w+ )?(?:pirate|king|queen|customer|teacher|doctor|detective|wizard|knight|interviewer|robot
    |villain|waiter)
you(?:'re| are) (?:now )?(?:an?|the) (?:\w+ ){0,2}(?:pirate|character|king|queen|wizard|detective|teacher|interviewer
    |customer|doctor|robot|knight|narrator|waiter|captain|villain|ghost|vampire|therapist|patient|salesman
    |shopkeeper)\b
(?:write|make up|invent|compose|create|draft|tell|generate|continue) (?:me |us |up )?(?:an?|the|some|my
    |this) (?:[\w-]+ ){0,3}(?:story|poem|song|novel|scene|dialogue|dialog|monologue|letter|e-?mail|mail|speech|tale
    |limerick|haiku|script|joke|essay|diary(?: entry)?|review|bio|cover letter|post|ad|advert|tweet|caption)\b
in (?:the|this|my|our) (?:story|novel|game|role ?play|scene|play|film|movie|fantasy)\b
(?:in|for) the role of
my character
once upon a time
let me be the
i(?:'m| am|'ll be| will be) the (?:\w+ )?(?:customer|patient|king|queen|pirate|student|waiter|villain|hero|knight
    |detective) (?:and|,) you
stell(?:en sie)? (?:dir|sich|euch) vor
tu(?:n wir| mal)? so,? als
spiel\w* (?:wir )?(?:den|die|das|eine?n?|mal|jetzt)
rollenspiel
du bist (?:jetzt )?eine? (?:\w+ )?(?:pirat|könig|figur|ritter|zauberer|detektiv|verkäufer|lehrer|interviewer|kellner
    |arzt|kapitän)\w*
schreib\w* (?:mir |uns )?(?:bitte )?(?:eine?n?|die|den|das|mein\w*) (?:\w+ )?(?:geschichte|gedicht|brief|lied|dialog
    |e-?mail|mail|rede|märchen|beitrag)
es war einmal
imagin(?:e|ez|ons) que (?:tu|je|vous|nous|j')
(?:fais|faites|faisons) (?:comme si|semblant)
jou(?:e|ez|ons) (?:le rôle|un|une|à|aux?)\b
jeu de rôle
tu es (?:maintenant )?une? (?:\w+ )?(?:pirate|roi|personnage|chevalier|magicien|client|professeur|détective|serveur)
écri(?:s|vez|re)(?:-moi)? (?:une?|le|la|mon|ma) (?:\w+ )?(?:histoire|poème|lettre|chanson|dialogue|mail|e-mail|conte
    |discours)
il était une fois
imag[ií]n\w* que (?:eres|soy|somos|estás|estoy|vivo|tengo)
(?:finge|fingir|finjamos|fingamos|fíngete) que
(?:haz|hag\w+|hacemos) como (?:si|que)
juego de rol
actúa como
eres (?:ahora )?una? (?:\w+ )?(?:pirata|rey|personaje|caballero|mago|cliente|profesor|detective|camarero)
escr[ií]b\w* (?:una?|el|la|mi) (?:\w+ )?(?:historia|poema|carta|canción|diálogo|correo|cuento|discurso)
érase una vez
immagin\w* (?:di|che)
(?:fai|fate|facciamo) finta
fingi\w* (?:di|che)
gioco di ruolo
interpreta (?:il|un|la)
sei (?:adesso |ora )?una? (?:\w+ )?(?:pirata|re|personaggio|cavaliere|mago|cliente|professore|detective|cameriere)
scriv\w* (?:una?|il|la|mia) (?:\w+ )?(?:storia|poesia|lettera|canzone|dialogo|mail|e-mail|racconto|discorso)
c'era una volta
faz(?:er)? de conta
doe alsof
stel je voor dat
"""
PROBLEM: Final = r"""
solve
calculate
compute
simplify
work out
factori[sz]e
differentiate
integrate
prove that
find (?:x|y|n)
(?:exercise|problem|word problem|math problem|task|puzzle|riddle|question)(?: \d+)?:
(?:löse?|berechne\w*|rechne|vereinfache)
(?:aufgabe|textaufgabe|übung|rätsel)(?: \d+)?:
(?:résou\w+|calcule\w*|simplifie\w*)
(?:exercice|problème|devinette)(?: \d+)? ?:
(?:resuelv\w+|resolver|calcul[ae]\w*|simplifica)
(?:ejercicio|problema|acertijo)(?: \d+)?:
(?:risolv\w+|calcol\w+|semplifica)
(?:esercizio|problema|indovinello)(?: \d+)?:
"""
POINTS_BACK: Final = r"""
translate (?:that|it|this|the above)
(?:is|was|does) (?:that|this|it|my|the|the above)(?: \w+){0,2} (?:correct|right|grammatical|make sense in \w+)
what(?:'s| is) wrong with (?:that|this|my) (?:sentence|text)
correct (?:that|this|it|the above)
(?:ist|war) (?:das|dieser|der|mein) (?:satz|text) (?:so )?(?:richtig|korrekt)
(?:übersetz\w*|korrigier\w*) (?:das|es|dies|ihn|mir das)
(?:cette|ma) phrase est[- ]elle (?:correcte|juste)
(?:traduis|corrige)[- ](?:le|la|ça|cela)
(?:es|está) (?:correcta|bien) (?:esta|la|mi) frase
(?:tradúcelo|corrígelo|tradúcelo)
è (?:corretta|giusta) (?:questa|la|la mia) frase
(?:traducilo|correggilo|traducila|correggila)
"""
TURN: Final = r"""
by the way
btw
apart from that
besides
on another note
as for me
back to (?:me|reality|real life)
in real life
(?:ok|okay),? (?:stop|enough)
end of (?:story|role ?play|game)
now (?:for|about) (?:me|real)
übrigens
abgesehen davon
zurück zu
au fait
à propos
sinon
por cierto
aparte de eso
a propósito
a proposito
tra l'altro
per inciso
overigens
trouwens
"""
SAYING: Final = r"""
(?:might|may|could|would|will|can|should|to) (?:say|write|ask|reply|answer|post|shout)
sa(?:id|ys|ying)
wr(?:ote|ites|iting)
t(?:old|ells) (?:me|us|him|her|them)
ask(?:ed|s)
repl(?:ied|ies)
answered
text(?:ed|s)
reads
quot(?:e|ed|es)
goes
posted
commented
shouted
according to \w+
sag(?:t|te|ten)
meinte
schr(?:ieb|eibt)
geschrieben
gesagt
antwortete
lautet
fragte
(?:a |m'a |nous a )?(?:dit|écrit|répondu|demandé)
(?:me |nos |ha |ha me )?(?:dijo|dice|escribió|escribe|respondió|dicho|escrito|preguntó)
(?:mi |ci |ha |mi ha )?(?:disse|dice|scrive|scritto|detto|rispose|risposto|chiesto)
(?:dizia|disse|escreveu)
(?:schreef|zei|zegt)
"""
NUMBER: Final = r"""
\d+(?:[.,/]\d+)?
two|three|four|five|six|seven|eight|nine|ten|twelve|half
zwei|drei|vier|fünf|sechs
deux|trois|quatre|cinq
dos|tres|cuatro|cinco
due|tre|quattro|cinque
"""
# A problem in words asks what results.
RESULT: Final = r"""
how (?:many|much)\b[^.!?\n]{0,80}\b(?:left|remain\w*|altogether|in total|in all|now|does \w+ have|do (?:i|we
    |they) (?:still )?have)
how (?:long|far|fast) (?:will|does|do|would)\b[^.!?\n]{0,60}\b(?:take|travel)
what (?:fraction|percentage|share)
what is (?:the|their) (?:total|sum|difference|area|perimeter|average|probability)
when (?:does|will|do) (?:it|he|she|they|the \w+) (?:arrive|meet|catch|overtake)
wie ?viele?\b[^.!?\n]{0,80}\b(?:übrig|insgesamt|noch|zusammen|bleiben|bleibt)
wann (?:kommt|treffen|überholt)
combien\b[^.!?\n]{0,80}\b(?:reste\w*|en tout|au total)
quand (?:arrive|se croisent|rattrape)
cuánt[oa]s?\b[^.!?\n]{0,80}\b(?:quedan?|en total)
cuándo (?:llega|se encuentran)
quant[ioae]\b[^.!?\n]{0,80}\b(?:restano|rimangono|rimane|in tutto|restam|sobram)
quando (?:arriva|si incontrano)
"""
