"""Religion, politics and trade unions (GDPR Article 9(1)).

A food ("Jewish rye bread") tells nothing of who eats it, so the traps let it be; "eats only halal" and "keeps
kosher" do, and count. "Christian" alone is more often a first name, so it counts only as a noun or with company.
"""

from __future__ import annotations

from governance.detect._finding import Category
from governance.detect._term import Term

_R, _P, _U = Category.RELIGION, Category.POLITICS, Category.UNION
_STUDY = "history museum art architecture course documentary film century stud* exhibition book"

RELIGION = (
    Term(
        _R,
        """muslim*, moslem*, jew, jews, jewish, catholic, catholics, catholicism, roman catholic, protestant,
        protestants, evangelical*, baptist, baptists, methodist*, lutheran*, anglican*, presbyterian*, mormon*,
        jehovah*, hindu, hindus, buddhist*, sikh, sikhs, atheis*, agnostic, agnostics, pagan, wiccan, scientologist*,
        quaker, quakers, adventist*, pentecostal*, greek|russian orthodox, orthodox jew|jews|jewish|christian|
        christians|church, a|devout|practising|practicing|born_again|faithful|coptic|orthodox christian, christians,
        christian faith|church|community|parents|family|upbringing|values|beliefs|prayer*, goes|go|going|went to
        church|mosque|synagogue|temple|mass|confession, attend|attends|attending|attended ... church|mosque|
        synagogue|temple|mass|prayers, my|our|his|her|their church|mosque|synagogue|parish|congregation|imam|rabbi|
        priest|pastor|vicar|faith|religion, pray|prays|praying|prayed ... times|daily|god|allah|jesus|mosque|rosary,
        pray|prays|praying every|each day|morning|night|evening|friday, five daily prayers, fasts|fast|fasting|
        fasted|observes|observe|observing|celebrates|celebrate|keeps|keep ... ramadan|lent|yom_kippur, ramadan fast*,
        gave up ... for lent, baptized, baptised, baptism, christening, bar|bat mitzvah, first communion, wears|
        wearing|wear a|her|his|the ... hijab|niqab|burqa|headscarf|kippah|turban|cross, hijab, eats|eat|only halal,
        halal only|meat|food|diet, keeps|keep|keeping|eats|eat|strictly kosher, kosher only|kitchen|household, church
        tax, bible study|group|class, believes|believe in god|allah|jesus|reincarnation, faith in god|christ,
        converted|converts|converting|convert to islam|christianity|judaism|catholicism|buddhism|hinduism|sikhism,
        hajj, umrah, observes|observe|keeps|keep ... sabbath|shabbat|diwali|vesak, ordained, is|as|was a|an nun|monk|
        deacon|imam|rabbi|priest|vicar|pastor, pray|prays before|together, on shabbat, celebrate|celebrates|
        celebrated|observe|observes hanukkah|chanukah|passover|eid, for religious reasons|grounds, on religious
        grounds, belong|belongs to ... church, left|leave the church|faith, ex muslim|catholic|mormon""",
    ),
    Term(
        _R,
        """religion, religious person|belief|beliefs|conviction*|family|community, deeply|very|not|is|am|m|strictly
            religious""",
        unless="freedom football",
    ),
    Term(
        _R,
        "islam, islamic, christianity, judaism, buddhism, hinduism, sikhism, jainism, taoism, quran, koran, torah",
        needs="""i my his her their she he convert* practis* practic* faith follow* believe* raised reads reading read
            interested family parents community born studies teaches school""",
        unless=_STUDY,
    ),
    Term(
        _R,
        """katholisch*, katholik*, evangelisch*, protestantisch*, jüdisch*, jude, jüdin, juden, moslem*, muslima,
        muslimisch*, islamisch erzogen|verheiratet, buddhistisch*, hinduistisch*, konfession*, konfessionslos*,
        kirchensteuer*, kirchenaustritt*, aus der kirche ausgetreten, kirchenmitglied*, betet, bete, zur moschee, in
        die|der moschee|synagoge, zum gottesdienst, glaubt|glaube an gott|allah, gläubige*, gläubig, zeugen jehovas,
        kommunion, konfirmation*, getauft, kopftuch, ramadan, fastet, zum islam|judentum|christentum konvertiert,
        religionszugehörigkeit, atheistin""",
    ),
    Term(
        _R,
        """catholique*, protestante, protestantes, musulman*, juif, juive, juifs, bouddhiste*, hindoue, athée*,
        chrétien*, va|vais|vont à la messe|mosquée|synagogue, va|vais|vont à l église, prie cinq|chaque|tous, croit|
        crois en dieu, croyant, croyante, pratiquant, pratiquante, baptisé, baptisée, converti|convertie à|au ...
        islam|judaïsme|christianisme, fait|fais le ramadan, mange|manger halal|casher|kasher, témoin de jéhovah,
        voile islamique""",
    ),
    Term(
        _R,
        """católic*, cristiano, cristiana, cristianos, musulmán, judío, judía, judíos, budista*, ateo, atea, ateos,
        protestantes, testigo de jehová, testigos de jehová, va|voy|van a misa, va a la iglesia|mezquita|sinagoga,
        reza, rezo, cree|creo en dios, creyente*, bautizad*, se convirtió al islam|judaísmo|cristianismo|catolicismo,
        hace el ramadán, evangélico, evangélica, cattolic*, musulmano, musulmana, ebreo, ebrea, va a messa, prega
        ogni, buddista, katholiek*, moslima, joods*, gereformeerd*, hervormd, gaat naar de kerk|moskee|synagoge,
        bidt, muçulmano, muçulmana, judeu, judia, vai à missa|igreja, evangélico""",
    ),
)

_VOTE = "vote* voting wähl* gewählt supporter member party partei mitglied vot* partido parti militant* afilia*"

POLITICS = (
    Term(
        _P,
        """voted|votes|voting|vote for, vote|voted|votes|voting
            leave|remain|brexit|labour|tory|green|republican|democrat|liberal""",
        unless="""film movie song pizza restaurant option* design name logo eurovision player captain best motion
            proposal class""",
        reach=4,
    ),
    Term(
        _P,
        """a|registered|lifelong|staunch|card_carrying democrat|republican|socialist|communist|marxist|anarchist|
        libertarian|liberal|conservative|monarchist|tory|nationalist, democrats, republicans, tories, tory voter|
        member, labour|conservative|green|democratic|republican|communist|socialist|liberal|reform party, labour|
        conservative|tory|green|brexit voter|voters|supporter|supporters|activist|councillor|mp, liberal democrat*,
        lib dem*, trump|biden|corbyn|macron|putin|erdogan|maga supporter|supporters|voter|rally|fan, supports|
        support|supporting trump|biden|corbyn|farage|macron|le_pen|putin|brexit|the_greens, member of ... political
        party|party|greens, party member|membership|donor, joined the ... party, campaigned|campaigning|campaigns|
        canvassed|canvassing for, politically active, political views|view|opinion|opinions|beliefs|belief|
        affiliation|party|activis*|conviction*|leaning*, left|right wing views|politics|activist|extremist|voter|
        group|party, far|alt left|right, extreme left|right, is|am|m|very|politically left|right wing, communis*,
        marxist*, anarchist*, fascis*, neo nazi*, pro life|choice, donated|donates|donate to ... party|campaign, ran|
        stood for parliament|congress|mayor|council|the_greens|labour, donated|donates to labour|the_greens|
        the_tories, climate|anti_war|peace|pride|protest march|protest|rally|demonstration, activist, activists, at
        the protest|demonstration|march against, extinction rebellion, black lives matter, just stop oil, zionist*""",
    ),
    Term(
        _P,
        """afd, cdu, spd, fdp wähler*, npd, die linke wähl*, wähle|wählt|gewählt|wählen ... grünen|grüne|linke|
        linken|union|fdp|csu|cdu|spd|afd|bsw, mitglied|mitglieder ... grünen|linken|linkspartei|csu|fdp, bei den
        grünen|linken|jusos|piraten, parteimitglied*, parteibuch, parteizugehörigkeit, kommunist*, sozialdemokrat*,
        christdemokrat*, linksradikal*, rechtsradikal*, rechtsextrem*, linksextrem*, wählt|wähle rechts|links,
        politisch aktiv|engagiert, politische einstellung|meinung|gesinnung""",
    ),
    Term(
        _P,
        """voté|votent|votait|voter|vote pour|macron|mélenchon|le_pen|socialiste|écolo|rn|lfi, membre du parti,
        milite pour, parti socialiste|communiste, rassemblement national, front national, france insoumise, militant|
        militante socialiste|communiste|écologiste|politique, opinions politiques, extrême gauche|droite, est|suis de
        gauche|droite""",
    ),
    Term(
        _P,
        """psoe, votó|voto|vota|voté|votar a|por|al, partido popular|socialista|comunista, izquierda unida, afiliado|
        afiliada al partido, es|soy de izquierdas|derechas|izquierda|derecha, comunista*, militante del, milita en,
        ideología política, ideas políticas, extrema derecha|izquierda, ha votato, vota a sinistra|destra, tessera
        del partito, stemt|stemde|gestemd op, lid van de partij|vvd|pvda|groenlinks|pvv|d66, pvv stemmer, votou no|
        em|na, filiado ao""",
    ),
    Term(_P, "csu, fdp, vox, podemos, pp, snp, ukip", needs=_VOTE),
)

UNION = (
    Term(
        _U,
        """trade|labor|labour union|unions, trade unionis*, union member|members|membership|rep|reps|representative|
        dues|card|organiser|organizer|steward|official|fees|branch|subscription|activist, unionist, unionised,
        unionized, unionise|unionize, shop steward, joined|joining|join|joins the|a|his|her|their union, member|
        members of the|a|his|her|my|our union, belongs|belong to the|a union, my|his|her|our|their union, active|rep|
        steward in|for the|a|his|her union, teachers|nurses|workers|miners|railway|postal|firefighters|steelworkers|
        teamsters union, teamsters member, unison|unite|gmb|nasuwt member|membership|rep, member of unison|unite|gmb|
        the_nasuwt|the_teamsters""",
    ),
    Term(
        _U,
        """gewerkschaft*, *gewerkschaft, *gewerkschafter, *gewerkschafterin, ig metall, mitglied ... verdi|ver_di|
        dgb|igbce, bei verdi mitglied, ver di, syndicat, syndicats, syndiqué*, syndicaliste*, syndicale, syndical,
        délégué|déléguée syndical, adhérent|adhérente à|de la|fo cgt|cfdt, membre de la cgt|cfdt, cgt, cfdt,
        sindicato, sindicatos, sindicalista*, sindical, sindicales, afiliado|afiliada a ugt|ccoo|cgt|comisiones,
        comisiones obreras, sindacato, sindacati, sindacalista*, iscritto|iscritta alla cgil|cisl|uil, cgil,
        vakbond*, vakbondslid, lid van fnv|cnv, lid van de fnv|cnv""",
    ),
)

BELIEF = (*RELIGION, *POLITICS, *UNION)
