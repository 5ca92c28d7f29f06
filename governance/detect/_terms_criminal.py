"""Criminal convictions and offences (GDPR Article 10): those of a person, not crime as such.

"I reported a fraud on my card" tells of a victim and is daily work in a bank; the names of offences count only
beside an accusation.
"""

from __future__ import annotations

from governance.detect._finding import Category
from governance.detect._term import Term

_C = Category.CRIMINAL
_ACCUSED = """charged convicted accused guilty arrested sentenced committed suspected investigated prosecuted record
conviction indicted pleaded pled caught jailed acquitted wanted charge charges caution cautioned served"""

CRIMINAL = (
    Term(
        _C,
        """convicted, ex convict, convict, convicts, criminal|drug|driving|felony|fraud|assault|theft conviction*,
        previous|prior|past|spent|unspent|no|two|three conviction*, conviction for, criminal record*|charge*|
        proceeding*|offence*|offense*|case|history|investigation|background|past|trial|court|complaint, is|was|am|a|
        s|known|former|wanted criminal, arrested, arrest|search warrant, under|house|resisting arrest, in|to|from|
        leaves|left prison|jail|custody, served|did time, served a sentence, busted for, sentenced him|her|me to,
        prison|jail|custodial|suspended sentence|term|record|time, years|months in|of prison|jail, behind bars, on
        bail, awaiting|awaits trial, inmate, inmates, imprison*, incarcerat*, jailed, is|on|violated probation,
        probation officer|order, on parole, paroled, parole officer|hearing|board, felony, felonies, felon, felons,
        misdemeanor*, misdemeanour*, indicted, indictment*, plead|pleads|pleaded|pled ... guilty, found guilty,
        guilty of, sentenced to|for, court ordered community service, restraining order, police caution, cautioned by
        the police, caught shoplifting|stealing|drink|drunk|dealing|selling, ankle monitor|tag|bracelet, dui, dwi,
        drink|drunk driving, sex offender*, registered offender, juvenile detention, young offender*, wanted by the
        police, remanded, on remand, charged with ... theft|assault|fraud|murder|burglary|robbery|possession|dealing|
        trafficking|dui|embezzlement|manslaughter|arson|perjury|harassment|laundering|evasion|offence|offense|crime,
        accused of ... theft|assault|fraud|murder|rape|stealing|embezzlement|harassment, acquitted""",
    ),
    Term(
        _C,
        """theft, shoplifting, burglary, robbery, assault, battery charge, fraud, embezzle*, murder, manslaughter,
        rape, arson, drug dealing|trafficking|possession, money laundering, tax evasion, perjury, domestic violence,
        stalking, forgery, extortion, vandalism, hit and run""",
        needs=_ACCUSED,
        unless="novel film series game insurance department team alert",
        reach=5,
    ),
    Term(
        _C,
        """vorbestraft*, vorstrafe*, strafregister*, rechtskräftig verurteilt, verurteilt wegen|zu, wegen ...
        verurteilt|angeklagt|festgenommen|verhaftet, straftat*, straftäter*, haftstrafe*, gefängnisstrafe*,
        freiheitsstrafe*, bewährungsstrafe*, im|ins|aus_dem gefängnis, im|in_den|aus_dem knast, in|aus_der haft, auf
        bewährung, bewährungshelfer*, festgenommen, verhaftet, haftbefehl*, angeklagt*, strafverfahren,
        strafanzeige*, ermittlungsverfahren, untersuchungshaft, u haft, jugendstrafe*, jugendarrest, eintrag im
        führungszeugnis, strafbefehl, fußfessel""",
    ),
    Term(
        _C,
        """condamné|condamnée|condamnés pour|à|par, casier judiciaire, en|de prison, peine de prison, fait|fit de la
        prison, garde à vue, mis|mise en examen, délit, délits, délinquant*, détenu, détenue, incarcéré*, avec
        sursis, liberté conditionnelle, bracelet électronique, infraction pénale, plainte pénale, arrêté|arrêtée par
        la police""",
    ),
    Term(
        _C,
        """condenado|condenada a|por, condena por, tiene una condena, antecedentes penales, cárcel, prisión, delito,
        delitos, delincuente*, libertad condicional, imputado|imputada por, detenido|detenida por|ayer, fue|fui
        detenido|detenida|arrestado|arrestada, preso, presa en, orden de alejamiento, juicio penal, condannato|
        condannata per|a, precedenti penali, in carcere, in prigione, arrestato, arrestata, reato, fedina penale,
        agli arresti, veroordeeld voor|tot|wegens, strafblad, gevangenis, gearresteerd, gevangenisstraf, taakstraf,
        condenado|condenada por, antecedentes criminais, na prisão|cadeia, foi preso|presa, crime de, liberdade
        condicional""",
    ),
)
