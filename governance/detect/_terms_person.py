"""Sexual life and orientation, ethnic origin, biometric and genetic data (GDPR Articles 4(13), 4(14) and 9(1)).

A spouse ("her wife", "his husband") is not taken for an orientation: who is married to whom is ordinary family
data until an orientation is said. Nationality, language and place of birth are not taken for an ethnic origin.
"""

from __future__ import annotations

from governance.detect._finding import Category
from governance.detect._term import Term

_S, _E, _B, _G = Category.SEXUAL_LIFE, Category.ETHNICITY, Category.BIOMETRIC, Category.GENETIC

SEXUAL_LIFE = (
    Term(
        _S,
        """gay, gays, lesbian*, homosexual*, bisexual*, heterosexual*, asexual, pansexual*, demisexual, queer, lgbt*,
        transgender*, transsexual*, trans man|woman|men|women|person|people, non binary, nonbinary, genderqueer,
        gender dysphoria|reassignment|transition|identity, transitioned from male|female, came|coming|come out as ...
        gay|lesbian|bi*|trans*|queer|asexual|non, came|coming out to his|her|my|their, came out of the closet, same
        sex partner|partners|couple|marriage|relationship, sexual orientation|preference*|identity|partner*|
        relationship*|life|history|activity|fantas*|fetish*, sexually active, sex life|worker|toys|addict*, had|have|
        having|has sex, one night stand*, having|has|had an affair, extramarital, polyamor*, open relationship|
        marriage, swingers club, grindr, porn, pornography, i am|m straight, identifies|identify as straight|bi|gay|
        queer, he|she is straight, i am|m bi, is|am|m bi, impotent, impotence, threesome*, bdsm, sleeps|slept with
        his|her|a|my|other|another man|men|woman|women|boss|colleague|secretary""",
    ),
    Term(
        _S,
        """homosexuell*, bisexuell*, heterosexuell*, lesbisch*, lesbe, lesben, transsexuell*, transgeschlechtlich*,
        transfrau, transmann, nichtbinär*, sexuelle orientierung|vorliebe*|identität, sexualleben,
        gleichgeschlechtlich*, hat eine affäre, homosexuel, homosexuelle, homosexuels, lesbienne*, bisexuel*,
        hétérosexuel*, transgenre, orientation sexuelle, vie sexuelle, a une liaison, son|mon|mein|sein|ihr coming
        out, bisexual*, lesbiana*, orientación sexual, vida sexual, transexual*, pareja del mismo sexo, omosessual*,
        lesbica, bisessual*, transgenero, homoseksue*, biseksue*, lésbica, homossexua*, bissexua*""",
    ),
    # "schwül" (close weather) folds to the same letters.
    Term(
        _S,
        "schwul, schwule, schwuler, schwulen",
        unless="es wetter heute luft tag tage sommer* warm heiß draußen nacht abend klima",
    ),
)

ETHNICITY = (
    Term(
        _E,
        """ethnic origin|background|minority|minorities|group|descent|identity|roots, ethnicity, ethnically, racial
        origin|background|identity|group, mixed race, biracial, multiracial, african american*, afro american|
        caribbean|german|latino, black|white|asian|brown man|woman|men|women|male|female|people|person|guy|girl|boy|
        british|american|african|caribbean|community, he|she is black|asian|white, i am|m black|asian|white|brown|
        half, south|east|southeast asian descent|origin|woman|man|community, person|people|woman|women|man|men of
        color|colour, bipoc, hispanic, hispanics, latino, latina, latinos, latinas, latinx, caucasian, romani, gypsy,
        gypsies, sinti, roma community|family|people|woman|man|origin, irish traveller*, kurd, kurds, kurdish, arab,
        arabs, berber, uyghur*, uighur*, rohingya, tutsi, hutu, yoruba, igbo, hausa, zulu, han chinese, ashkenazi,
        sephardi*, native american*, indigenous, first nations, aboriginal, maori, inuit, metis nation, of ? descent|
        ancestry|heritage, of ? ? descent|ancestry|heritage, has ? ancestry|roots|heritage, am|is|are|was|parents|
        family|she|he|man|woman of ? origin, migrant background, skin colour|color, dark|light|brown skinned,
        interracial, tribe member, tribal affiliation""",
        unless="wine cheese product* food cuisine shepherd horse music",
        reach=3,
    ),
    Term(
        _E,
        """migrationshintergrund*, ethnisch*, ethnie, *stämmig, *stämmige, *stämmiger, hautfarbe, dunkelhäutig*,
        schwarzer mann, schwarze frau, afrodeutsch*, kurdisch*, kurde, kurdin, araber, araberin, roma und sinti,
        sinti und roma, *ischer herkunft|abstammung, *ischstämmig, *ischstämmige, *ischstämmiger, origine ethnique, d
        origine ? , d origines ? , couleur de peau, personne noire, métis, métisse, kurde*, berbère*, maghrébin*,
        gitan, gitane, tzigane*, de origen ?, origen étnico, color de piel, raza negra, gitano, gitana, gitanos,
        mestizo, mestiza, afrodescendiente*, mulato, mulata, de ascendencia, origine etnica, etnia, origem étnica,
        etnische, van ? afkomst, cor da pele""",
        needs="""ich er sie ist bin mein* seine* ihre* frau mann familie eltern il elle je suis est sa son famille
            parents femme homme es soy mi su familia padres hombre mujer ella hat haben persona mensch* person* kunde*
            kundin* mia io zij hij sou client*""",
        unless="wein käse vin fromage produit* vino queso producto* denominación ware* lebensmittel* rind fleisch",
    ),
)

BIOMETRIC = (
    Term(
        _B,
        """fingerprint, fingerprints, thumbprint*, voiceprint*, voice print*|biometric*, faceprint*, facial|face
        recognition|scan|scans|template|geometry, iris|retina|retinal scan|scans|pattern|recognition, palm|hand|
        finger vein|print|prints|geometry|scan, biometric*, gait recognition, face id, touch id, fingerabdruck*,
        fingerabdrücke*, gesichtserkennung, gesichtsscan, irisscan, stimmabdruck, stimmerkennung, biometrisch*,
        empreinte|empreintes digitale|digitales, reconnaissance faciale|vocale, biométri*, scan de l iris, huella|
        huellas dactilar|dactilares|digital|digitales, reconocimiento facial|de voz, impronta|impronte digitale|
        digitali, riconoscimento facciale, vingerafdruk*, gezichtsherkenning, impressão|impressões digital|digitais,
        reconhecimento facial""",
        unless="browser ssh key certificate sha sha256 server repo",
        reach=4,
    ),
)

GENETIC = (
    Term(
        _G,
        """dna test*|sample*|profile*|result*|analysis|match|database, genetic test*|disorder*|disease*|condition*|
        mutation*|predisposition*|marker*|result*|data|risk*|profile*|screening|counsel*|defect*|variant*|code|
        material, gene mutation*|variant*|defect*|test*, brca, brca1, brca2, genome|exome sequenc*, genome was
        sequenced, genotyp*, hereditary disease|disorder|condition|cancer|illness, carrier of|for ... gene|mutation,
        23andme, ancestrydna, karyotyp*, chromosom*, lynch syndrome, gentest*, genanalyse*, genmutation*, gendefekt*,
        dna test*, dna analyse, erbkrank*, erbgut*, genetisch bedingt|veranlagt|vorbelastet, genetische* ...
        veranlagung|test|mutation|erkrankung, test|tests génétique|génétiques, test adn, mutation|maladie|
        prédisposition|anomalie génétique, prueba|test|mutación|enfermedad|predisposición genética|genético, prueba
        de adn, enfermedad hereditaria, maladie héréditaire, test genetico, mutazione genetica, malattia genetica,
        dna onderzoek, genetische aanleg, erfelijke ziekte, teste genético, mutação genética, doença genética""",
    ),
)

PERSON = (*SEXUAL_LIFE, *ETHNICITY, *BIOMETRIC, *GENETIC)
