"""Phrases of the local extractor: French. `_phrases` says what each table is for."""

from __future__ import annotations

from typing import Final

LEAD: Final = r"""
(?:bonjour|bonsoir|salut|coucou|ch(?:er|ère)s?)(?: [\w'.-]+){0,3}?\s*[,!:.\u2013\u2014-]+\s+
(?:bonjour|bonsoir|salut|coucou)\s+(?=(?:je|j'|mon|ma|mes|nous|on)(?:\b|(?<=')))
(?:oui|non|si|ok|d'accord|bon|ben|bah|ah|oh|super|génial|au fait|alors|et|mais|donc|pour info|en fait
    |franchement)\s*[,!;.:\u2013\u2014-]+\s*
(?:au fait|alors|et|mais|ah|oh|oui|non)\s+(?=(?:je|j'|mon|ma|mes|nous|notre)(?:\b|(?<=')))
"""

ASKED_FOR: Final = r"""
(?:s'il (?:te|vous) plaît,? )?(?:souviens-toi|retiens|retenez|note[z]?|rappelle-toi
    |n'oublie[z]? pas)(?: bien)?(?: que | qu'| : ?|: ?)
"""

INSTRUCTION: Final = r"""
ignore[sz]? (?:toutes )?(?:les|tes|vos) (?:instructions|règles)(?: précédentes)?
"""

OBJECTION: Final = r"""
je (?:m'oppose|refuse|retire mon consentement|ne (?:veux|souhaite|désire) (?:plus|pas))\b
(?:arrête[zr]?|cesse[zr]?) (?:de |d')(?:m'|me |nous )?\w+
ne (?:m'|me |nous )?(?:appele[zr]?|appelle|contacte[zr]?|envoye[zr]?|envoie|écrive[zr]?|écri[st]|utilise[zr]?
    |partage[zr]?|vende[zr]?)\b.{0,40}\b(?:pas|plus|jamais)
plus de (?:publicité|pub|newsletters?|offres|démarchage|appels)
"""

WISH: Final = r"""
(?:désormais|à partir de maintenant|dorénavant|à l'avenir|dans le futur)
(?:toujours|jamais|uniquement|seulement) (?:me |m')?(?:répond\w*|écri\w*|appel\w*|parl\w*|utilis\w*|contact\w*
    |expliqu\w*|envoy\w*|tutoy\w*|vouvoy\w*)
(?:répond\w*|écri\w*|appel\w*|parl\w*|contact\w*|expliqu\w*)(?:-moi|-nous)\b.{0,40}\b(?:toujours|jamais|plutôt
    |uniquement|seulement|en (?:français|anglais|allemand)|par (?:mail|e-mail|courrier|sms|téléphone)|le (?:soir
    |matin))
(?:appelle|appelez)-moi [A-Z]\w+
"""

CHANGE: Final = r"""
ne .{1,40} plus|n'.{1,40} plus|au lieu|finalement|en fait|je voulais dire|déménag\w+|changé|arrêté|non pas|correction
    |plutôt
"""

QUESTION: Final = r"""
(?:est-ce|qu'est-ce|quel\w*|quelles?|pourquoi|comment|combien|quand|où|qui) (?:que|qu'|est|sont|c'est|ça|puis|peux
    |peut|faire|as|avez|coûte|je|tu|vous|on|va)
(?:peux|pouvez|pourrais|pourriez|as|avez|es|êtes|puis|sais|savez)-(?:tu|vous|je)
"""

COURTESY: Final = r"""
(?:ch(?:er|ère)s?|bonjour|bonsoir|madame|monsieur)(?:,? [\w.-]+){0,4},?(?=\W*$)
(?:non|oui),? merci\b.{0,40}
(?:merci|bien cordialement|cordialement|bonne journée|bonne soirée|à bientôt|au revoir|salutations)\b.*
"""

STEP: Final = r"""
(?:je |j'ai |j')(?:viens de |ai )?(?:clique|tape|appuie|ouvre|sélectionne|choisis|cliqué|tapé|appuyé|ouvert
    |sélectionné|cliquer|redémarré|saisi|recharge\w*)\b.*
je suis (?:déjà |encore |très |un peu |trop |maintenant |juste |actuellement |en ce moment )*(?:dans le (?:train|bus
    |métro|tram|bouchon)|en (?:route|réunion|voiture|retard|train de (?:manger|conduire|marcher|chercher|attendre
    |regarder))|fatiguée?|prête?|de retour|au téléphone|à la gare|à l'aéroport|perdue?|là|occupée?)\b.{0,60}
j'ai (?:très |un peu |juste |encore |déjà )*(?:faim|soif|sommeil|froid|chaud|une (?:petite )?question
    |mal à la tête)\b.{0,40}
(?:un (?:instant|moment)|une (?:seconde|minute)|attend[sz]?|attendez|ça (?:ne )?(?:marche|fonctionne|charge)
    |rien ne se passe|il ne se passe rien|la page (?:ne |se )?(?:charge|bloque)|je (?:regarde|vérifie|reviens
    |dois y aller|vais essayer|vais voir))\b.{0,60}
"""

REQUEST: Final = r"""
(?:envo(?:ie|yez)|montre[z]?|dis|dites|donne[z]?|aide[z]?|explique[z]?|cherche[z]?|trouve[z]?|réserve[z]?|annule[z]?
    |rappelle[z]?|vérifie[z]?|indique[z]?)(?:-(?:moi|nous|le|la|les))?\b.*
(?:merci de|veuillez|pouvez-vous|peux-tu|pourriez-vous|pourrais-tu)\b.*
(?:j'aimerais|je voudrais|je souhaite|je souhaiterais|j'ai besoin|je veux) (?:savoir|d'aide|de l'aide
    |d'une information|connaître|annuler|commander|réserver|demander|vérifier|virer|signaler|parler)\b.*
"""

REACTION: Final = r"""
(?:c'est|c'était|ça (?:a l'air|semble|serait|me semble)) (?:\w+ ){0,3}(?:bien|bon|super|génial|top|parfait|intéressant
    |drôle|dommage|triste|magnifique|incroyable|beau|sympa|vrai|cool|noté|clair|gentil|formidable
    |excellente?)\b.{0,40}
(?:je suis (?:content\w*|ravie?|désolée?|heureu\w+) (?:pour|de|que|d')|j'espère|je comprends|félicitations|bravo
    |bon(?:ne)? (?:chance|courage|anniversaire|continuation|appétit|voyage)|pas de (?:souci|problème)
    |quelle?s? )\b.{0,100}
"""

JUDGED: Final = ""

GOES_ON: Final = r"""
(?:il|elle|ils|elles|lui|eux|ça|ce|cela|celui-ci|celle-ci|c'est|c'était|ensuite|puis|donc|parce que|là|y|tous les deux
    |les deux)
"""

SERVICE_QUESTION: Final = r"""
(?:puis-je|dois-je|voulez-vous que je|veux-tu que je)
"""
