"""People of the demo. None of them exists. Their ids are demo-0001 and so on, in the order of this list."""

from __future__ import annotations

from dataclasses import dataclass

# name, language, town, work, pet or pastime, what they save for
_ROWS = """
Mara|en|Bristol|a carpenter|my beagle Biscuit|a cargo bike
Tomas|en|Leeds|a bus driver|choir on Tuesdays|a new kitchen
Ines|es|Sevilla|profesora|mi perro Turron|un piso
Jonas|de|Leipzig|Tischler|mein Kater Momo|ein Lastenrad
Aiko|en|Cork|a pharmacist|urban sketching|a trip to Kyoto
Bela|en|Graz|a violin maker|two tortoises|a workshop roof
Chidi|en|London|a civil engineer|sunday football|a deposit for a flat
Dana|en|Haifa|a translator|long-distance swimming|a year off
Elif|en|Berlin|a beekeeper|fourteen beehives|a honey extractor
Femi|en|Manchester|a nurse on night shifts|board games|a wedding in June
Greta|de|Bremen|Hebamme|Chorsingen am Montag|eine Wohnung
Hugo|fr|Nantes|boulanger|mon voilier|un four neuf
Ida|en|Malmo|a marine biologist|kayaking|a small boat
Jalil|en|Utrecht|a bicycle mechanic|chess by post|a second shop
Katya|en|Galway|a piano teacher|a parrot called Admiral|a grand piano
Liam|en|Dublin|a sheep farmer|a collie called Moss|a new tractor
Mei|en|Glasgow|a ceramic artist|evening pottery classes|a kiln
Nils|de|Kiel|Schiffsbauer|Segeln am Wochenende|ein Motorrad
Olga|en|Vienna|a stage designer|cross-country skiing|a sabbatical
Pablo|es|Bilbao|cocinero|la bicicleta|un restaurante
Quinn|en|Cardiff|a paramedic|climbing|a camper van
Rosa|en|Porto|a cartographer|old maps|the roof of the house
Samir|en|Bradford|a taxi driver|cricket on Saturdays|the university fees of my daughter
Tilda|en|Oslo|a glaciologist|knitting|a cabin
Umut|en|Cologne|a baker|two greyhounds|a bakery oven
Vera|en|Prague|a puppet maker|amateur theatre|a touring van
Wout|en|Ghent|a brewer|cycling to the sea|copper kettles
Xenia|en|Athens|an archivist|a cat called Index|a restoration course
Yusuf|en|Rotterdam|a crane operator|pigeon racing|a garden house
Zoe|fr|Lyon|graphiste|mes deux chats|un appartement
Anton|de|Graz|Koch|Wandern im Herbst|ein eigenes Lokal
Brigid|en|Sligo|a surf instructor|surfing before work|new boards
Cosmo|en|Trieste|a barista|collecting clocks|an espresso machine
Dilys|en|Swansea|a retired head teacher|the village choir|a stairlift
Edo|en|Zagreb|a sound engineer|vinyl records|a mixing desk
Fenna|en|Groningen|a vet|an old pony|a mobile practice
Gwen|en|Aberdeen|a welder|rowing|a flat by the harbour
Hamid|en|Lyon|a watchmaker|growing figs|a lathe
Iris|en|Basel|a chemist|wild swimming|an electric car
Jude|en|Norwich|a gardener|a greenhouse of orchids|a polytunnel
Kaspar|de|Dresden|Lehrer|Schach im Verein|eine Weltreise
Lou|en|York|a pupil|skateboarding|a drum kit
Milan|en|Bratislava|a train driver|model railways|an allotment
Nora|en|Bergen|a midwife|trail running|a bigger car
Otis|en|Liverpool|a session drummer|a whippet called Fill|studio time
Pilar|es|Granada|arquitecta|el senderismo|un taller
Rafi|en|Antwerp|a diamond cutter|table tennis|a family trip
Saga|en|Uppsala|a librarian|ice skating|a library of my own
Theo|fr|Lille|infirmier|la petanque|un van
Ulla|en|Aarhus|an organ builder|a dachshund called Pedal|a sailing course
Vito|en|Bari|a fisherman|cooking for twenty|a boat engine
Wanda|en|Gdansk|a shipping clerk|salsa on Fridays|a balcony garden
Yara|en|Brussels|an interpreter|improvised theatre|a master's degree
Zeno|en|Padua|a restorer of globes|stargazing|a telescope
Ada|en|Exeter|a sign writer|a rescue donkey|a studio
Bruno|en|Bern|a cheese maker|alpine hiking|a cellar
Clara|en|Cambridge|a botanist|allotment potatoes|a greenhouse
Davor|en|Split|a stonemason|water polo|a summer kitchen
Esme|en|Bath|a bookbinder|a hedgehog in the garden|a printing press
Bobby|en|Nowhere|a tester of forms|writing angle brackets|a clean database
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One person. `language` is that of their messages to the assistant."""

    number: int
    name: str
    language: str
    town: str
    work: str
    likes: str
    goal: str

    @property
    def id(self) -> str:
        """The external id that the assistant uses."""
        return id_of(self.number)


def id_of(number: int) -> str:
    return f"demo-{number:04d}"


PEOPLE = tuple(Person(number, *row.split("|")) for number, row in enumerate(_ROWS.strip().splitlines(), start=1))
CHILD = 42  # Lou, who is fourteen
