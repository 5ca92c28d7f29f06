"""How near a question is to texts that do not answer it: what its cosines are measured from.

Two texts on different subjects are not at right angles: they share a language, a length, a tone. How far from it
depends on the embedding model and, with one trained on English, on the language: an unrelated pair of German
sentences is as near as a related pair of English ones. So a question is compared with a fixed set of sentences that no
memory says, and its nearest of them give the zero (as cohorts do in the score normalisation of speaker verification:
Auckenthaler et al. 2000, Digital Signal Processing 10, "Z-norm").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


NEAREST: Final = 3
"""Sentences that give the zero: fewer than there are of a language."""

# Four of each language: a heron, a roof, a comet and a loom.
COHORT: Final = (
    "A heron stood motionless in the reeds.",
    "The roof of the barn was covered with slate.",
    "The comet will not return for seventy thousand years.",
    "Looms once filled the upper floors of these mills.",
    "Ein Reiher stand regungslos im Schilf.",
    "Das Dach der Scheune war mit Schiefer gedeckt.",
    "Der Komet kehrt erst in siebzigtausend Jahren zurück.",
    "Früher standen in diesen Fabriken überall Webstühle.",
    "Un héron se tenait immobile dans les roseaux.",
    "Le toit de la grange était couvert d'ardoise.",
    "La comète ne reviendra pas avant soixante-dix mille ans.",
    "Autrefois, des métiers à tisser remplissaient ces usines.",
    "Una garza estaba inmóvil entre los juncos.",
    "El tejado del granero era de pizarra.",
    "El cometa no volverá hasta dentro de setenta mil años.",
    "Antes, estas fábricas estaban llenas de telares.",
    "Un airone stava immobile tra le canne.",
    "Il tetto del fienile era coperto di ardesia.",
    "La cometa non tornerà prima di settantamila anni.",
    "Un tempo queste fabbriche erano piene di telai.",
    "Uma garça estava imóvel entre os juncos.",
    "O telhado do celeiro era de ardósia.",
    "O cometa só voltará daqui a setenta mil anos.",
    "Antigamente estas fábricas estavam cheias de teares.",
    "Een reiger stond roerloos in het riet.",
    "Het dak van de schuur was met leisteen bedekt.",
    "De komeet keert pas over zeventigduizend jaar terug.",
    "Vroeger stonden deze fabrieken vol weefgetouwen.",
    "Czapla stała nieruchomo w trzcinach.",
    "Dach stodoły był pokryty łupkiem.",
    "Kometa wróci dopiero za siedemdziesiąt tysięcy lat.",
    "Dawniej w tych fabrykach wszędzie stały krosna.",
    "Цапля неподвижно стояла в камышах.",
    "Крыша амбара была покрыта сланцем.",
    "Комета вернётся лишь через семьдесят тысяч лет.",
    "Раньше на этих фабриках повсюду стояли ткацкие станки.",
    "サギが葦の中でじっと立っていた。",
    "納屋の屋根はスレートで葺かれていた。",
    "その彗星は七万年後まで戻ってこない。",
    "昔、この工場には織機が並んでいた。",
    "一只苍鹭一动不动地站在芦苇丛中。",
    "谷仓的屋顶是用石板盖的。",
    "这颗彗星七万年后才会回来。",
    "从前这些工厂里摆满了织布机。",
    "وقف مالك الحزين ساكنا بين القصب.",
    "كان سقف الحظيرة مغطى بالأردواز.",
    "لن يعود المذنب قبل سبعين ألف عام.",
    "كانت الأنوال تملأ هذه المصانع قديما.",
)


def zero(vector: NDArray[np.float32], cohort: NDArray[np.float32]) -> float:
    """Return the cosine at which nothing is known yet: the mean of the question's NEAREST in the cohort, (n, d)."""
    return float(np.mean(np.sort(cohort @ vector)[-NEAREST:]))
