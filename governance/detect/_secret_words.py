"""Words that announce a secret, as parts of regular expressions over folded text; and words that are no secret."""

from __future__ import annotations

# ruff: noqa: S105, SIM905 - words about passwords are none, and lists of words read best as words

PASSWORD = (
    r"pass-?word|passwd|pass-?code|pass-?phrase|pwd|passwort|kennwort|losungswort|mot de passe|mdp|contrasena"
    r"|clave de acceso|wachtwoord|senha|parola d'ordine"
)
TOKEN = (
    r"(?:api|access|secret|private|auth|encryption|signing|session|refresh|bearer|license)[ _-]?(?:key|token|secret)"
    r"|(?:wi-?fi|wlan|network|netzwerk)[ -]?(?:key|schlussel)|apikey|token|client[ _-]?secret|secret"
)
PIN = (
    r"pin(?:[ -]?(?:code|number|nummer))?|cvv2?|cvc2?|card security code|one[ -]time (?:code|password|passcode)|otp"
    r"|(?:sms|e|i|photo|push)?tan(?= ?[:=]| ist| is| lautet)|geheimzahl|kartenprufnummer|prufziffer|code pin"
    r"|code secret"
    r"|code confidentiel|cryptogramme|codigo pin|codice pin|pincode"
)
CODE = (
    r"(?:locker|door|gate|alarm|access|entry|safe|security|verification|unlock|lock|garage|vault|sms|confirmation"
    r"|2fa|mfa|backup|recovery|authentication|login|entrance|key ?box)[ -]codes?"
    r"|combination|zugangscode|turcode|alarmcode|safecode|sicherheitscode|bestatigungscode|zahlenkombination"
    r"|code (?:d'acces|de la porte|du coffre|de verification|de securite|wifi|wi-fi)"
    r"|codigo (?:secreto|de acceso|de seguridad|de verificacion)|clave|toegangscode|codice (?:segreto|di accesso)"
)
DIGIT = (
    r"zero|oh|one|two|three|four|five|six|seven|eight|nine|null|eins|zwei|drei|vier|funf|sechs|sieben|acht|neun"
    r"|un|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
)
QUALIFIER = r"for|to|of|on|in|at|fur|zu|zum|zur|von|vom|pour|de|du|del|para|di|per|voor|van"
LINK = r"is|was|are|will be|ist|war|lautet|est|etait|es|era|sera|e|is:|was:|equals"
OWNER = r"my|our|his|her|their|the|a|mein|meine|unser|das|dein|mon|ma|notre|le|mi|su|la|nuestra|mijn|minha|a mia"
RESET = (
    r"set|sets|change|changed|changing|reset|resets|update|updated|make|made|geandert|setze|setzen|stelle|mets|change"
    r"|cambie|cambia|cambiar"
)

# Words that are said about a password and are not the password.
NO_VALUES = frozenset(
    """
    wrong right correct incorrect invalid valid expired required needed missing lost forgotten gone unknown secret safe
    secure insecure strong weak good simple easy hard difficult complex complicated unique long short empty blank same
    different default temporary permanent encrypted hashed stored saved none null nothing something anything mine yours
    theirs private personal confidential important optional mandatory fine okay broken locked blocked reset changed
    updated sensitive case-sensitive managed only also always never still again already really very quite rather
    that this these those what which where when with without within from your their there here kept known exposed
    leaked compromised your-password password passwords please must should will would could have been being
    protection manager policy reset hint field login email

    falsch richtig ungultig gultig abgelaufen erforderlich notwendig vergessen verloren unbekannt geheim sicher
    unsicher stark schwach einfach schwierig lang kurz leer gesperrt geandert nicht noch immer dasselbe gleich neu
    alte zwingend meins nirgends bereits wieder sehr

    incorrecte incorrect faux fausse expire valide invalide requis oublie perdu inconnu sur simple difficile toujours
    encore trop tres bloque change obligatoire

    incorrecta incorrecto equivocada correcta caducada caducado valida obligatoria necesaria olvidada perdida
    desconocida segura insegura fuerte debil facil dificil larga corta igual misma bloqueada siempre nunca muy
    """.split()
)
