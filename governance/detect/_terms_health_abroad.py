"""Health in German, French and Spanish, and the central words in Italian, Dutch and Portuguese."""

from __future__ import annotations

from governance.detect._finding import Category
from governance.detect._term import Term

_H = Category.HEALTH

GERMAN = (
    Term(
        _H,
        """zuckerkrank*, *krebs, krebserkrank*, krebskrank*, krebspatient*, krebsdiagnose*, krebstherapie*,
        chemotherapie, bestrahlung*, herzinfarkt*, herzkrank*, herzschwäche, herzproblem*, herzfehler, herzoperation,
        herzschrittmacher, schlaganfall*, schlaganfälle, bluthochdruck, blutdruck*, blutzucker*, cholesterin*,
        lungenentzündung*, *entzündung, *entzündungen, *erkrankung, *erkrankungen, erkrankt*, krank, kranke, kranken,
        kranker, krankes, krankheit*, *krankheit, *krankheiten, krankgeschrieben, krankschreibung*, krankmeldung*,
        krankenstand, ins krankenhaus|spital, arbeitsunfähig*, behindertenausweis*, nachteilsausgleich, beim|zum
        arzt|hausarzt|facharzt|frauenarzt|augenarzt|kardiologen|onkologen|neurologen|psychologen|psychiater|
        therapeuten, arzttermin*, mein|meine|seine|ihre hausarzt|hausärztin|ärztin|therapeut|therapeutin|psychologin,
        in|zur therapie, in|zur reha, hörgerät*, gehörlos*, schwerhörig*, rollstuhl*, querschnittsgelähmt*, gelähmt,
        schwerbehinder*, behinderung*, gehbehinder*, pflegebedürftig*, pflegegrad*, pflegestufe*, ist|bin|wurde
        blind, blind geboren, sehbehindert*, schwanger, schwangere, schwangerschaft*, fehlgeburt*,
        schwangerschaftsabbruch, abtreibung, mutterschutz, kinderwunschbehandlung, wechseljahre*, antibabypille,
        verhütung*, hat ... entbunden""",
    ),
    Term(
        _H,
        """depressionen, depressiv*, angststörung*, angstzustände*, dement, demente, dementer, panikattacke*,
        zwangsstörung*, magersucht, magersüchtig*, alkoholiker*, alkoholsucht*, alkoholabhängig*, alkoholkrank*,
        drogensüchtig*, drogenabhängig*, spielsucht, spielsüchtig*, entzugsklinik, suizid*, selbstmordversuch*, adhs,
        medikament*, tabletten, nimmt|nehme tropfen, schmerzmittel*, schlafmittel*, blutverdünner*, verschrieben,
        *schmerzen, *allergie, *allergien, *allergiker, *allergikerin, *unverträglichkeit, *unverträglichkeiten,
        *intoleranz, *intoleranzen, laktoseintolerant*, geimpft, impfung*, impftermin*, operiert, bandscheibe*,
        knieoperation, hüftoperation, hüft op, knie op, künstliche hüfte, künstliches hüftgelenk, erkältet,
        erkältung, grippe, heuschnupfen, zöliakie, gicht, leukämie, migräne, lähmung, hirntumor*,
        gehirnerschütterung, diagnostiziert, bein|arm|fuß|handgelenk|hüfte|rippe gebrochen, knochenbruch, hat|habe|
        hatte ... fieber, hohes fieber""",
    ),
    Term(
        _H,
        "behindert, behinderte, behinderten, behinderter, behindertes",
        unless="verkehr stau zufahrt sicht ermittlung* arbeit* werden",
    ),
    Term(_H, "im krankenhaus|spital", unless="arbeit* pfleger* arzt ärztin beruf job praktikum schicht"),
    Term(_H, "krebs", unless="sternzeichen horoskop astrolog* fisch* koch* meer aquarium waage stier"),
)

FRENCH = (
    Term(
        _H,
        """diabèt*, asthme, asthmatique*, épilepsie, maladie, maladies, malade, malades, arrêt maladie, congé
        maladie, crise cardiaque, cardiaque, avc, infarctus, tension artérielle, hypertendu*, dépressif, dépressive,
        dépression nerveuse, anxieux, anxieuse, bipolaire, burn out, enceinte de, est|suis|tombée|femme|femmes|était|
        es enceinte, grossesse, fausse couche, avortement, ivg, congé maternité, ménopause, accouché, accouchement,
        handicapé*, handicap moteur|mental|visuel|auditif, situation de handicap, fauteuil roulant, sourd, sourde,
        malentendant*, aveugle, malvoyant*, paralysé, paralysée, médicament*, sous traitement, traitement médical,
        suit un traitement, prend ... comprimés|cachets|gouttes, antidouleur*, somnifère*, vacciné*, chimio,
        chimiothérapie, radiothérapie, hospitalisé*, hospitalisation, à l hôpital, opéré, opérée, opération du|de_la|
        au|à_la coeur|genou|hanche|dos, intolérant|intolérante au|à|à_la gluten|lactose, mal de dos|tête, maux de
        tête, a|ai mal au dos|ventre, douleurs, grippe, fièvre, rhume des foins, psychiatre, voit|vois|consulte un|
        une|son|sa|mon|ma ... psychologue|psy|médecin|cardiologue|oncologue|thérapeute, rendez vous chez le|la|un|une
        médecin|cardiologue|dermatologue|gynécologue|psychiatre, alcoolique, alcoolisme, toxicomane, toxicomanie,
        sida, vih, séropositif, séropositive, séropositivité, sclérose en plaques, coeliaque, anorexique, leucémie,
        accident vasculaire, apnée du sommeil, cancéreux, cancéreuse, tumeur*, s est cassé|cassée la|le|un jambe|
        bras|cheville|poignet|hanche|pied, jambe cassée, bras cassé""",
    ),
)

SPANISH = (
    Term(
        _H,
        """asma, asmático, asmática, enfermedad, enfermedades, enfermo, enferma, baja médica, baja por enfermedad,
        infarto, ictus, ataque al corazón, problemas de|del corazón, tensión|presión alta|arterial, depresivo,
        depresiva, sufre|tiene|tengo depresión, ansiedad, trastorno, trastornos, embarazada, embarazadas, embarazo,
        embarazos, aborto, abortó, menopausia, anticonceptiv*, discapacidad, discapacidades, discapacitad*,
        minusválid*, minusvalía, silla de ruedas, sordo, sorda, ciego, ciega, paralítico, paralítica, medicamento,
        medicamentos, medicación, medicina para, toma|tomo|tomar ... pastilla|pastillas|medicina|medicinas, receta
        médica, vacunado, vacunada, vacunación, quimioterapia, quimio, diálisis, hospitalizad*, ingresado|ingresada
        en ... hospital|clínica, en el hospital, operaron de|del, operado|operada de|del, cirugía, cirugías,
        marcapasos, dolor de|en ... espalda|cabeza|pecho|estómago|rodilla, migraña, migrañas, gripe, fiebre,
        psiquiatra, va|voy|ir al psicólogo|médico|cardiólogo|oncólogo|psiquiatra, mi|su psicólogo|psicóloga|médico|
        cardiólogo, cita médica, alcohólico anónimo, alcohólicos anónimos, soy|es alcohólico|alcohólica, alcoholismo,
        drogadict*, toxicómano, adicto|adicta a las|la|los ... drogas|cocaína|heroína|pastillas, vih, seropositivo,
        seropositiva, esclerosis, celíac*, intolerante|intolerancia a|al|la ... lactosa|gluten, diagnosticaron,
        diagnosticado, diagnosticada, leucemia, se rompió la pierna|muñeca|cadera, se rompió el brazo|tobillo,
        discapacitado""",
    ),
    Term(_H, "depresión", unless="económic* gran tropical mercado"),
)

ITALIAN_DUTCH_PORTUGUESE = (
    Term(
        _H,
        """malattia, malattie, malato, malata, incinta, gravidanza, aborto spontaneo, disabile, disabilità, sedia a
        rotelle, farmaco, farmaci, medicinali, allergico, allergica, vaccinato, vaccinata, ricoverato, ricoverata, in
        ospedale, infarto, pressione alta, depresso, depressa, depressione, tumore, tumori, cancro, cieco, sordo,
        emicrania, psichiatra, alcolista, tossicodipendente, celiaca, operato|operata al|alla, in dialisi, dialisi,
        febbre alta, mal di schiena|testa""",
    ),
    Term(
        _H,
        """suikerziekte, ziek, zieke, ziekte, ziekten, ziekteverlof, kanker, borstkanker, dementie, *kanker, zwanger,
        zwangerschap, miskraam, gehandicapt*, rolstoel*, medicijn, medicijnen, medicatie, allergisch, gevaccineerd,
        in het ziekenhuis, hartaanval, hartinfarct, beroerte, hoge bloeddruk, bloeddruk, depressief, depressie,
        hooikoorts, hoofdpijn, rugpijn, *pijn, psychiater, verslaafd aan, alcoholist, blind geboren, doof,
        dyslectisch, geopereerd, nierdialyse, griep, koorts""",
    ),
    Term(
        _H,
        """doença, doenças, doente, grávida, gravidez, cadeira de rodas, deficiência física|visual|auditiva|mental,
        deficiente, remédio, remédios, medicação, medicamentos, alérgico, alérgica, vacinado, vacinada, internado,
        internada, no hospital, enfarte, infarto, derrame, pressão alta, deprimido, deprimida, depressão, cancro,
        câncer de, cego, surdo, enxaqueca, psiquiatra, alcoólatra, alcoólico, toxicodependente, celíaco, operado|
        operada ao|à|do|da, hemodiálise, febre alta""",
    ),
)

HEALTH_ABROAD = (*GERMAN, *FRENCH, *SPANISH, *ITALIAN_DUTCH_PORTUGUESE)
