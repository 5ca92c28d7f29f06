"""Phrases of the local extractor: Spanish. `_phrases` says what each table is for."""

from __future__ import annotations

from typing import Final

LEAD: Final = r"""
(?:hola|buen(?:os|as) (?:días|tardes|noches)|estimad[oa]s?|querid[oa]s?)(?: [\w'.-]+){0,3}?\s*[,!:.\u2013\u2014-]+\s+
(?:hola|buen(?:os|as) (?:días|tardes|noches))\s+(?=(?:soy|tengo|vivo|mi|me|yo|trabajo|estoy)\b)
(?:sí|no|vale|ok|bueno|pues|claro|ah|oh|genial|perfecto|por cierto|además|y|pero
    |en realidad)\s*[,!;.:\u2013\u2014-]+\s*
(?:por cierto|pues|bueno|y|pero|ah)\s+(?=(?:yo|mi|mis|tengo|vivo|soy|trabajo|me|estoy|nuestro|nuestra)\b)
"""

ASKED_FOR: Final = r"""
(?:por favor,? )?(?:recuerd[ae]|anot[ae]|ten(?:ga)? en cuenta|no olvides|no olvide)(?: que |: ?)
"""

INSTRUCTION: Final = r"""
ignora (?:todas )?(?:las|tus|le|tutte le) (?:instrucciones|reglas|istruzioni|regole)(?: (?:anteriores|precedenti))?
"""

OBJECTION: Final = r"""
(?:me opongo|no (?:autorizo|consiento|doy mi consentimiento)|retiro mi consentimiento|rechazo)\b
(?:dejen?|deje|deja|paren) de (?:enviar|mandar|llamar|contactar|usar|escribir)\w*
no (?:me |nos )(?:llam\w+|enví\w+|mand\w+|contact\w+|escrib\w+)(?: (?:más|nunca|al|a la|ofertas?|publicidad|por))?\b
no quiero (?:más |recibir |que me )\w+
"""

WISH: Final = r"""
(?:a partir de ahora|de ahora en adelante|en (?:el )?(?:futuro|adelante))
(?:siempre|nunca|solo|sólo|únicamente) (?:me )?(?:respond\w*|escrib\w*|llám\w*|llam\w*|habl\w*|hábl\w*|us\w*
    |contact\w*|explic\w*)
(?:respónd\w+|escríb\w+|llám\w+|hábl\w+|contáct\w+|explíc\w+)me\b.{0,40}\b(?:siempre|nunca|solo|sólo|mejor
    |en (?:español|inglés|alemán)|por (?:correo|e-mail|email|carta|teléfono|sms|whatsapp|la (?:tarde|mañana|noche)))
llám[ae]me [A-Z]\w+
"""

CHANGE: Final = r"""
ya no|en vez|en lugar|al final|en realidad|quería decir|me (?:he )?mud\w+|cambi\w+|dejé de|he dejado|corrección|sino
"""

QUESTION: Final = r"""
(?:qué|cuál\w*|dónde|cuándo|quién|cómo|por qué|cuánt[oa]s?) \w+
(?:puedes|puede|podrías|podría|sabes|sabe) (?:me|decirme|ayudarme|usted|tú|si)
"""

COURTESY: Final = r"""
(?:estimad[oa]s?|querid[oa]s?|hola|buen[oa]s (?:días|tardes|noches))(?: [\w.-]+){0,4},?(?=\W*$)
(?:no|sí),? gracias\b.{0,40}
(?:muchas |mil )?gracias\b.*
(?:saludos|un saludo|atentamente|hasta (?:luego|pronto|mañana)|que tenga|que tengas|buen día|adiós)\b.{0,60}
"""

STEP: Final = r"""
(?:hago|hice|he hecho|acabo de hacer|di) clic\b.*
(?:pulso|selecciono|he (?:pulsado|reiniciado|seleccionado)|reinicié|pulsé|(?:toco|toqué|abro|abrí|he (?:abierto
    |tocado)) (?:en|el botón|la pantalla|la app|la aplicación|la página|el enlace|el correo|el menú|aquí))\b.*
estoy (?:ya |muy |un poco |ahora |todavía |ahora mismo |justo )*(?:en (?:el (?:tren|autobús|coche|metro|aeropuerto)
    |la estación|una reunión|camino)|cansad[oa]|list[oa]|de vuelta|ocupad[oa]|perdid[oa]|aquí|al teléfono|conduciendo
    |comiendo|esperando)\b.{0,60}
tengo (?:mucha |mucho |un poco de |una |sólo |solo |un )*(?:hambre|sed|sueño|prisa|frío|calor|pregunta|duda
    |dolor de cabeza)\b.{0,40}
(?:un (?:momento|segundo)|espera|espere|no (?:funciona|carga|pasa nada|me funciona)|la página (?:no )?(?:carga|se)
    |ahora vuelvo|voy a (?:probar|ver|mirar)|tengo que irme)\b.{0,60}
"""

REQUEST: Final = r"""
(?:enví(?:a|e)|muéstr(?:a|e)|di|diga|d(?:a|é)|ayúd(?:a|e)|explíc(?:a|que)|busc(?:a|que)|encuentr(?:a|e)|reserv(?:a|e)
    |cancel(?:a|e)|recuérd(?:a|e)|revis(?:a|e)|calcul(?:a|e))(?:me|nos|lo|la)?\b (?!que |en ).*
(?:me|nos) (?:gustaría|podrías?|puedes?) (?:saber|preguntar|decir|enviar|ayudar|cancelar|reservar|pedir|mostrar)\b.*
(?:quisiera|quiero|querría|necesito|me gustaría) (?:saber|preguntar|ayuda|cancelar|reservar|pedir|consultar|hablar con
    |información|que me)\b.*
(?:puede[sn]?|podría[sn]?)\b.*
"""

REACTION: Final = r"""
(?:es|está|eso|fue|suena|parece|qué) (?:\w+ ){0,3}(?:bien|genial|bueno|buena|estupendo|perfecto|interesante|divertido
    |lástima|triste|increíble|maravilloso|bonit[oa]|guay|verdad|excelente|fantástic[oa])\b.{0,40}
(?:me alegro|espero|lo siento|entiendo|felicidades|enhorabuena|buena suerte|mucha suerte|no hay problema|sin problema
    |no te preocupes|no se preocupe|buen trabajo|sigue así|qué )\b.{0,100}
"""

JUDGED: Final = ""

GOES_ON: Final = r"""
(?:él|ella|ellos|ellas|eso|esto|ese|esa|aquello|allí|ahí|entonces|después|luego|además|porque|ambos|los dos|las dos
    |se llama|es (?:un|una|muy))
"""

SERVICE_QUESTION: Final = r"""
(?:puedo|quieres que|quiere que|le ayudo|te ayudo)
"""
