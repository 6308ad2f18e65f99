"""Vocabulary of the sample: its bands, titles and songs are made of these words."""

from collections import Counter


def _words(text: str, *, separator: str | None = None) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(separator))


ADJECTIVES = _words(
    """Amber Ashen Auburn Borrowed Brackish Brazen Burnished Candlelit Cinder Copper Crooked Dappled
    Distant Drowsy Elder Fathomless Feral Folded Forgotten Frostbound Gilded Glasswing Hollow Humming
    Inverted Ivory Kindred Lantern Leaden Lesser Lichen Lopsided Lunar Marbled Midwinter Mirrored Molten
    Mossy Muted Nocturne Obsidian Ochre Opaline Painted Paper Patient Pewter Polar Quiet Restless Rusted
    Saffron Salted Scarlet Seventh Sideways Silver Slumbering Solar Spiral Stray Sunken Tangled Tidal
    Twelvefold Umber Unfinished Velvet Vermilion Waking Wandering Weathered Whispering Wintering Woven"""
)

NOUNS = _words(
    """Abacus Almanac Anvil Aqueduct Archivist Armada Astrolabe Atlas Aviary Badger Ballast Barometer
    Basilica Beacon Bellfounder Boathouse Bramble Calliope Caravan Cartographer Chandler Chimney
    Clockmaker Cloister Compass Conifer Conservatory Corridor Dirigible Dovecote Engine Estuary Ferryman
    Foundry Fulcrum Gantry Gardener Geometer Glacier Granary Gyroscope Harbour Heron Horologist
    Hourglass Kiln Labyrinth Lighthouse Loom Magpie Meridian Metronome Mollusc Monsoon Moth Nautilus
    Observatory Octagon Orchard Orrery Otter Parallax Parliament Pendulum Periscope Planetarium Quarry
    Quince Reservoir Rookery Sextant Signalman Sundial Tangent Telegraph Terrace Theodolite Thicket
    Tortoise Tributary Trellis Turbine Vestibule Viaduct Weathervane Winch Wren Zeppelin"""
)

REALMS = _words(
    """Ash Basalt Brine Cedar Chalk Clay Dusk Ember Fennel Fog Frost Gravel Hail Heather Indigo Iron
    Juniper Linen Marrow Mercury Mist Nettle Oak Parchment Pollen Quartz Rain Resin Rust Salt Sand Slate
    Sleet Smoke Snow Soot Thistle Tin Verdigris Wax"""
)

THEMES = _words(
    """Absence Afterimages Antipodes Arithmetic Bees Borders Candles Cicadas Circles Coastlines
    Constellations Departures Doors Echoes Eclipses Errata Fevers Footnotes Fractures Gardens Ghosts
    Gravity Harvests Horizons Insomnia Islands Keyholes Ladders Letters Machines Maps Mirrors Moons
    Numbers Oceans Parables Pigeons Postcards Questions Rivers Rooms Seasons Shadows Silence
    Sleepwalkers Staircases Storms Strangers Threads Tides Tomorrows Towers Translations Umbrellas
    Voyages Windows Winters"""
)

ACTIONS = _words(
    """Against Beneath Between Beyond Counting Crossing Drawing Feeding Folding Following Forgetting
    Inventing Leaving Mapping Measuring Mending Naming Painting Refusing Repairing Returning Reversing
    Teaching Tuning Unlearning Watching"""
)

GENRES_BY_SCENE: dict[str, tuple[str, ...]] = {
    "Prog-metal": (
        "Prog-metal",
        "Djent",
        "Technical Death metal",
        "Melodic Death metal",
        "Post-metal",
        "Sludge metal",
        "Atmospheric Black metal",
        "Avant-Garde metal",
        "Symphonic metal",
        "Power metal",
        "Doom metal",
        "Mathcore",
        "Metalcore",
        "Folk metal",
        "Thall",
        "Blackgaze",
        "Drone/Dark Ambient",
    ),
    "Prog-rock": (
        "Prog-rock",
        "Math rock",
        "Post-rock",
        "Neo-prog",
        "Psychedelic rock",
        "Space rock",
        "Jazz Fusion",
        "Art rock",
        "Krautrock",
        "Canterbury scene",
        "Folk rock",
        "Ambient",
        "Chamber rock",
        "Stoner rock",
        "Symphonic prog",
        "Shoegaze",
    ),
}

VOCALS = tuple(
    Counter(
        {
            "Clean": 30,
            "Mixed": 22,
            "Harsh": 20,
            "Instrumental": 20,
            "Instru./Clean": 3,
            "Instru./Mixed": 2,
            "Instru./Harsh": 1,
            "MIxed": 1,
            "Instr./Clean": 1,
        }
    ).elements()
)

COUNTRIES = _words(
    """US; UK; Germany; Australia; Sweden; Finland; Norway; France; Italy; Poland;
    Portland, OR; Austin, TX; Minneapolis, MN; Halifax, NS; Victoria, BC; Burlington, VT;
    Bergen, Norway; Tartu, Estonia; Porto, Portugal; Ghent, Belgium; Utrecht, Netherlands;
    Leeds, UK; Hobart, Australia; Dunedin, New Zealand; Sapporo, Japan; Daegu, South Korea;
    Recife, Brazil; Rosario, Argentina; Oaxaca, Mexico; Cluj-Napoca, Romania; Brno, Czechia;
    Izmir, Turkey; Haifa, Israel; Pune, India; Reykjavík, Iceland; Tórshavn, Faroe Islands;
    Switzerland; Greece; Denmark; Spain; Ireland; Chile; Hungary; Indonesia;
    UK / US; Sweden / Canada; International""",
    separator=";",
)
