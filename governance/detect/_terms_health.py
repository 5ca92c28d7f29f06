"""Health in English, and the names of diseases and medicines that most languages share (GDPR Article 4(15)).

Also what lets one infer it: "goes to dialysis" is health as much as a diagnosis is (CJEU C-184/20). Allergies
are health. Smoking, diets and weight in kilograms are not taken for it.
"""

from __future__ import annotations

from governance.detect._finding import Category
from governance.detect._term import Term

_H = Category.HEALTH
_MACHINE = """computer* laptop* pc software file files antivirus usb website server* browser* macbook windows email mail
attachment download network program hard drive disk trojan malware phone tablet app code video post tweet"""
_JOKE = """monday* tuesday* wednesday* thursday* friday* meeting* work* nonsense spreadsheet* email* bureaucracy stupid*
small paperwork deadline* jargon risk change criticism effort responsibility commitment fun"""

HEALTH = (
    Term(
        _H,
        """diabet*, prediabet*, asthma*, epilep*, carcino*, melanom*, leukemi*, leukaemi*, lymphom*, sarcoma*,
        metasta*, hiv, tubercul*, tuberkulos*, malaria, pneumoni*, influenza, measles, mumps, chickenpox, syphilis,
        gonorrh*, chlamydi*, herpes, hpv, alzheimer*, dementia*, demenz*, parkinson*, multiple sclerosis, motor
        neurone, huntington s, cystic fibrosis, fibromyalg*, lupus, crohn*, celiac*, coeliac*, osteopor*, arthros*,
        scolios*, hypothyroid*, hyperthyroid*, thyroid*, hypertens*, hypotens*, hypoglyc*, hyperglyc*, cholester*,
        anemi*, anaemi*, hemophil*, haemophil*, thrombos*, embolism*, aneurysm*, arrhythmi*, atrial fibrillation,
        angina, cardiac, myocard*, coronary, copd, emphysema, bronchi*, migrain*, migran*, tinnitus, glaucom*,
        eczema, psorias*, endometrios*, fibroids, polycystic, pcos, cirrhos*, gallstone*, hernia, appendic*, slipped
        disc, sciatica, rheuma*, concussion*, sepsis, *itis, *opathy, *ectomy, anaphyla*, hay fever, gout, shingles,
        acne, vertigo, insomnia*, apnea, apnoea, ulcers, stomach ulcer, incontinen*, erectile dysfunction, sickle
        cell, kidney|liver|lung|heart|gallbladder|thyroid|prostate|brain|bowel|skin|blood|eye|autoimmune|spinal
        stone|stones|disease|diseases|failure|transplant|condition|damage|problem|problems|disorder|infection|tumor,
        heart attack|attacks|surgery|murmur|bypass|defect|operation|palpitations|rhythm, open heart surgery, weak|bad
        heart, brain injury|surgery|haemorrhage|hemorrhage, high|low blood pressure, blood pressure, blood thinner*|
        transfusion|sugar|glucose|count|clot|clots|test|tests|type|group|disorder, rare|chronic disease""",
    ),
    Term(
        _H,
        """schizo*, psychosis, psychotic, psychiatr*, psychotherap*, adhd, ocd, ptsd, autis*, asperger*, anorexi*,
        bulimi*, panic attack*, anxiety, burnout, nervous breakdown, mental health|illness|disorder|breakdown|
        hospital, eating|personality|mood|sleep|anxiety|panic|stress|attention|immune|bleeding disorder*, suicid*,
        self harm*, antidepress*, alcoholism, alcoholics anonymous, aa meeting*, recovering|is|am|m|an|severe|former
        alcoholic, substance|drug|alcohol abuse|addict*|dependen*, recovering addict, rehab, methadon*, overdosed,
        addicted to heroin|cocaine|alcohol|opioids|opiates|gambling|painkillers|pills|drugs|meth|crack, been|stayed
        sober, clinically|severely|chronically|deeply depressed, is|am|m|was|feels|been|s depressed""",
    ),
    Term(
        _H,
        """pregnan*, maternity leave, miscarriage*, miscarried, had|have|an abortion*, ivf, infertil*, fertility
        treatment|clinic, expecting a|her|our|their|twins ... baby|child|twins, expecting twins, contracepti*, birth
        control, menopaus*, menstrua*, c section, caesarean, cesarean, gave birth, breastfeed*, postpartum,
        postnatal, gestation*, ovulat*""",
    ),
    Term(
        _H,
        """disability, disabilities, paraplegi*, quadriplegi*, tetraplegi*, paralysed, paralyzed, amput*, prosthe*,
        wheelchair*, hearing aid*|loss|impair*, cochlear, visually|hearing impaired, dyslexi*, dyspraxi*, down
        syndrome, down s syndrome, cerebral palsy, special needs, guide dog, i am|m disabled, he|she|son|daughter|
        wife|husband|mother|father|brother|sister|child|partner is disabled, disabled person|people|child|children|
        son|daughter|veteran|parking|badge|passenger|customer, severely|registered|permanently disabled, legally|
        partially|nearly|colour|color|born blind, is|am|m|went|going blind, is|am|m|went|born|partially|profoundly
        deaf, deaf people|person|child""",
    ),
    Term(
        _H,
        """dialysis, dialys*, chemo, chemotherap*, radiotherap*, radiation therapy, immunotherap*, physiotherap*,
        physical|occupational|speech|hormone|cognitive|behavioural|behavioral therap*, insulin*, biops*, mri, ct
        scan*, ecg, ekg, colonoscop*, endoscop*, gastroscop*, mammogra*, vaccin*, surgery, surgeries, had ...
        operation, hip|knee|heart|back|eye|stomach operation*|replacement*|surgery, operated on, pacemaker*, stent,
        stents, catheter*, intensive care, hospitalis*, hospitaliz*, hospice, inpatient, outpatient, emergency room,
        palliative, admitted to ... hospital|clinic|ward, discharged from ... hospital|clinic, in hospital, taken to
        hospital, sick leave|note|days|pay, called|calls|calling in sick, off sick, signed off sick, medication*,
        prescribed, prescription*, painkiller*, antibiotic*, inhaler*, epipen, steroids, antihistamin*, organ donor,
        in|to|starts|started|needs therapy, sees|see|seeing|saw a|my|his|her ... therapist|psychologist|counsellor,
        my|his|her|their therapist|psychologist|oncologist|cardiologist|neurologist|dermatologist|gynaecologist|
        gynecologist|urologist|rheumatologist|midwife|gp|physician|specialist, see|sees|seeing|saw|visit|visits|
        visited|appointment|referred ... oncologist|cardiologist|neurologist|dermatologist|gynaecologist|
        gynecologist|urologist|rheumatologist|endocrinologist|nephrologist|orthopaedist, doctor s appointment, doctor
        s note, see|sees|seeing|saw a|my|the|his|her doctor, medical condition*|history|record*|treatment|exam*|
        leave|reason*|issue*|problem*|certificate|emergency|procedure, health condition*|problem*|issue*|record*|
        reason*|history, test|tests|tested|testing positive|negative""",
    ),
    Term(
        _H,
        """metformin*, ibuprofen*, paracetamol*, acetaminophen, aspirin, aspirine, aspirina, *cillin, *cilline,
        *cilina, warfarin*, heparin*, statin, statins, *statin, *statine, *statina, *prazole, *prazol, levothyrox*,
        ramipril*, lisinopril*, enalapril*, amlodipin*, metoprolol*, bisoprolol*, propranolol*, atenolol*, *sartan,
        sertralin*, fluoxetin*, citalopram, escitalopram, paroxetin*, venlafaxin*, duloxetin*, mirtazapin*, prozac,
        zoloft, xanax, valium, *azepam, alprazolam, zolpidem, ritalin, adderall, methylphenidat*, quetiapin*,
        olanzapin*, risperidon*, clozapin*, haloperidol*, gabapentin*, pregabalin*, lamotrigin*, carbamazepin*,
        levetiracetam*, valproat*, morphine, morphin, morfina, oxycodon*, oxycontin, codein*, tramadol*, fentanyl*,
        opioid*, prednison*, prednisolon*, cortison*, hydrocortison*, methotrexat*, *umab, *zumab, *ximab, humira,
        tamoxifen*, ozempic, semaglutid*, wegovy, *gliptin, *gliflozin, viagra, sildenafil*, antiretroviral*,
        buprenorphin*, salbutamol*, albuterol, ventolin, melatonin""",
    ),
    Term(
        _H,
        """chest pain*|tightness, back|neck|knee|joint|stomach|abdominal|chronic|shoulder|hip|pelvic|phantom|nerve|
        muscle pain|pains, shortness of breath, diarrh*, vomiting, dizziness, in remission, have|has|had|having|get|
        gets|got|suffer*|with ... headache*|nausea|rash|cramps|fever|flu, i_have|i_had|he_had|she_had|ve_got|
        m_fighting a ? virus, i_have|i_had|he_had|she_had|ve_got a virus, have|has|had|got|getting|caught|catch a ?
        cold, have|has|had|got|getting|caught|catch a cold, caught|the flu, terminally|chronically|seriously|
        mentally|critically|severely ill, is|am|m|was|been|are|fell|feel|feels|s ill, is|am|m|was|been|are|feel|
        feels|feeling|s sick, lactose|gluten|fructose|histamine|food intoleran*, intolerant to lactose|gluten, can_t|
        cannot|not eat|have|tolerate gluten|lactose|nuts|peanuts|dairy|shellfish, broke|broken|fractured|sprained ...
        leg|arm|ankle|wrist|hip|collarbone|rib|ribs|toe|finger|foot|nose, trimester, chronic fatigue, kidneys|liver|
        heart|eyesight are|is failing, rushed to ... hospital, weed|cannabis for ... pain, lost the|her|our|my baby,
        in a coma, ibs, appendix removed, lost|losing his|her|my sight|eyesight|hearing|leg|arm|vision, hard of
        hearing, signed off work, hurt|twisted|sprained|injured my|his|her ankle|back|knee|wrist|shoulder|neck|leg|
        arm|foot, my doctor, torn ligament*|acl|meniscus|muscle|cartilage, injury,
        injuries, injured, illness*, obes*""",
    ),
    # Words that are health only in some company.
    Term(_H, "allerg*, alerg*, anti allerg*", unless=_JOKE),
    Term(
        _H,
        "cancer, cancers, cancerous, cancerígen*, cáncer",
        unless="""zodiac horoscope astrolog* sign leo virgo gemini scorpio taurus sagittarius aries pisces tropic
            sternzeichen signo signe zodiaque horoscop* constellation society bureaucracy""",
    ),
    Term(
        _H, "virus, viruses", needs="caught catch stomach lung flu sick ill doctor infected hospital", unless=_MACHINE
    ),
    Term(
        _H,
        "depression*",
        unless="""key keys button economic economy great weather tropical pressure atmospheric low 1930s market*
            ground terrain surface wheel lever switch wirtschaft* economique economica gran""",
    ),
    Term(_H, "bipolar", unless="transistor* junction electrode* plate world coordinates"),
    Term(
        _H,
        "covid, covid 19, coronavirus, corona",
        needs="""had have has got caught tested positive long vaccin* infected recover* hospital sick symptom* after
            hatte habe an geimpft tuvo tengo eu positif positivo""",
        unless="during era times restriction* lockdown* beer since before policy",
        reach=4,
    ),
    Term(
        _H,
        "diagnos*",
        unless="engine car network problem software error computer system machine root bug server fault code printer",
    ),
    Term(
        _H,
        "symptom*",
        needs="my his her their flu covid has have had pain cold doctor severe mild experienc* patient menopaus*",
        unless="bug system crisis software network server organisation* printer problem",
    ),
    Term(
        _H,
        "seizure, seizures",
        unless="goods assets drugs property police customs court cargo account accounts bank state",
    ),
    Term(_H, "transplant*", unless="plant plants tomato* seedling* tree trees garden pot pots rose*"),
    Term(_H, "tumor*, tumour*"),
    Term(
        _H,
        "infection*, infected, infekt*",
        unless=_MACHINE,
    ),
    Term(
        _H,
        "overweight, underweight",
        unless="""stock* equit* rating portfolio bond* sector* share* luggage baggage bag parcel suitcase fund
            position truck""",
    ),
    Term(
        _H,
        "disease*, sickness",
        unless="plant plants leaf potato tomato tree trees",
    ),
    Term(_H, "lithium", needs="take takes taking took prescribed mg bipolar nimmt", unless="batter* ion"),
    Term(_H, "cataract, cataracts", unless="river waterfall* nile falls"),
    Term(
        _H,
        "aids",
        needs="hiv died dying patient virus infected living suffers",
        unless="hearing visual teaching study memory first training",
    ),
    Term(
        _H,
        "x ray, x rays, ultrasound",
        needs="had have has get needs needed chest knee doctor hospital pregnan* scan appointment broken lung hip",
    ),
    Term(
        _H,
        "take|takes|taking|took ... pill|pills|tablets|drops|medicine|medicines|meds, on|off ... meds",
        unless="red blue",
    ),
    Term(
        _H,
        "medicine, medicines",
        needs="takes taking need needs daily my his her forgot",
        unless="stud* degree school faculty",
    ),
    Term(
        _H,
        "the pill, stroke",
        needs="on had suffered after risk survivor recover* mild minor patient since takes heart",
    ),
)
