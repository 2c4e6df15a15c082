"""What the world's fact packages lack or get wrong, written by hand; see make_world_facts.py."""

from __future__ import annotations

UN_MEMBERS = """
AF AL DZ AD AO AG AR AM AU AT AZ BS BH BD BB BY BE BZ BJ BT BO BA BW BR BN BG BF BI KH CM CA
CV CF TD CL CN CO KM CG CD CR CI HR CU CY CZ DK DJ DM DO EC EG SV GQ ER EE SZ ET FJ FI FR GA
GM GE DE GH GR GD GT GN GW GY HT HN HU IS IN ID IR IQ IE IL IT JM JP JO KZ KE KI KP KR KW KG
LA LV LB LS LR LY LI LT LU MG MW MY MV ML MT MH MR MU MX FM MD MC MN ME MA MZ MM NA NR NP NL
NZ NI NE NG MK NO OM PK PW PA PG PY PE PH PL PT QA RO RU RW KN LC VC WS SM ST SA SN RS SC SL
SG SK SI SB SO ZA SS ES LK SD SR SE CH SY TJ TZ TH TL TG TO TT TN TR TM TV UG UA AE GB US UY
UZ VU VE VN YE ZM ZW
"""

NAMES = {
    "BS": ("Bahamas",),
    "GM": ("Gambia",),
    "SZ": ("Eswatini", "Swaziland"),
    "MM": ("Myanmar", "Burma"),
    "MK": ("North Macedonia", "Macedonia"),
    "FM": ("Micronesia", "Federated States of Micronesia"),
    "CI": ("Ivory Coast", "Côte d'Ivoire"),
    "CZ": ("Czech Republic", "Czechia"),
    "TL": ("East Timor", "Timor-Leste"),
    "CV": ("Cape Verde", "Cabo Verde"),
    "TR": ("Turkey", "Türkiye"),
    "US": ("United States", "United States of America", "USA"),
    "GB": ("United Kingdom", "Great Britain", "UK"),
    "AE": ("United Arab Emirates", "UAE"),
    "NL": ("Netherlands", "The Netherlands", "Holland"),
    "CD": ("Democratic Republic of the Congo", "DR Congo"),
    "CG": ("Republic of the Congo", "Congo-Brazzaville"),
    "ST": ("São Tomé and Príncipe", "Sao Tome and Principe"),
}
"""Today's English name first, then accepted others, where countryinfo is stale or has one only."""

CAPITALS = {
    "AG": ("Saint John's", "St. John's", "St John's"),
    "BI": ("Gitega",),
    "MM": ("Naypyidaw", "Nay Pyi Taw"),
    "KI": ("South Tarawa", "Tarawa"),
    "SM": ("San Marino", "City of San Marino"),
    "US": ("Washington, D.C.", "Washington", "Washington DC"),
    "YE": ("Sanaa", "Sana'a"),
    "UA": ("Kyiv", "Kiev"),
    "KZ": ("Astana",),
    "CI": ("Yamoussoukro",),
    "PW": ("Ngerulmud",),
    "TZ": ("Dodoma",),
    "CO": ("Bogotá", "Bogota"),
    "BR": ("Brasília", "Brasilia"),
    "MV": ("Malé", "Male"),
    "MD": ("Chișinău", "Chisinau"),
    "PY": ("Asunción", "Asuncion"),
    "TG": ("Lomé", "Lome"),
    "CM": ("Yaoundé", "Yaounde"),
    "CR": ("San José", "San Jose"),
    "IS": ("Reykjavik", "Reykjavík"),
    "ST": ("São Tomé", "Sao Tome"),
    "LK": ("Sri Jayawardenepura Kotte",),
    "TO": ("Nuku'alofa", "Nukualofa"),
    "TD": ("N'Djamena", "Ndjamena"),
}
"""Checked by hand: moved capitals (Burundi 2019) and spellings that should count."""

NO_CAPITAL = {"BO", "ZA", "SZ", "GQ", "IL", "NR", "ID", "LK", "SY", "MY", "CH", "GE"}
"""Several capitals, a disputed one, one that is moving, none by law, or institutions elsewhere."""

CURRENCIES = {"BG": "EUR"}
"""Changes younger than the packages: Bulgaria joined the euro on 1 January 2026."""

NO_CURRENCY = {"ZW", "SV", "PA", "LS", "NA", "BT", "TL", "EC", "LB", "KH", "CU", "SY", "TV", "KI"}
"""Several currencies in daily use, or none of their own."""

CURRENCY_NAMES = {
    "BA": ("convertible mark", "Bosnia and Herzegovina convertible mark"),
    "GY": ("Guyanese dollar",),
    "KG": ("Kyrgyzstani som", "Kyrgyz som"),
    "ST": ("São Tomé and Príncipe dobra", "dobra"),
    "TO": ("Tongan paanga", "paanga", "Tongan pa'anga", "pa'anga"),
    "TT": ("Trinidad and Tobago dollar",),
    "IL": ("Israeli new shekel", "new shekel", "Israeli shekel"),
    "GB": ("pound sterling", "British pound"),
    "BO": ("boliviano", "Bolivian boliviano"),
    "PL": ("Polish złoty", "Polish zloty"),
}
"""Names in running English where CLDR's list style reads oddly."""

NO_LANGUAGE = {"ML", "NE", "BF", "GQ"}
"""The official language was changed lately."""

DEMONYMS = {
    "AR": ("Argentine", "Argentinian", "Argentinean"),
    "CV": ("Cape Verdean",),
    "DJ": ("Djiboutian",),
    "EC": ("Ecuadorian",),
    "KM": ("Comorian",),
    "KG": ("Kyrgyz", "Kyrgyzstani"),
    "MV": ("Maldivian",),
    "SI": ("Slovenian", "Slovene"),
    "SR": ("Surinamese",),
    "TJ": ("Tajik", "Tajikistani"),
    "UZ": ("Uzbek", "Uzbekistani"),
    "TM": ("Turkmen",),
    "KZ": ("Kazakh", "Kazakhstani"),
    "VC": ("Vincentian",),
    "TT": ("Trinidadian", "Trinidadian and Tobagonian"),
    "SA": ("Saudi", "Saudi Arabian"),
    "BF": ("Burkinabe", "Burkinabè"),
    "DK": ("Danish", "Dane"),
    "SE": ("Swedish", "Swede"),
    "FI": ("Finnish", "Finn"),
    "PL": ("Polish", "Pole"),
    "ES": ("Spanish", "Spaniard"),
    "TR": ("Turkish", "Turk"),
    "GB": ("British", "Briton"),
    "IS": ("Icelandic", "Icelander"),
    "BW": ("Motswana", "Botswanan", "Batswana"),
    "AZ": ("Azerbaijani",),
    "BD": ("Bangladeshi",),
    "PH": ("Filipino", "Philippine"),
    "CZ": ("Czech",),
    "NP": ("Nepali", "Nepalese"),
    "ST": ("São Toméan", "Sao Tomean", "Santomean"),
}

NO_DEMONYM = {"CD", "CG", "DM", "DO", "KN", "AG", "BA", "LI", "LU", "CF", "FM", "MG", "NE", "NG"}
"""Shared with another country, several, or easily confused."""

NEIGHBOURS_SKIP = {
    "BW", "ZM", "CU", "CY", "DK", "CA", "EG", "IL", "JO", "KW", "IQ", "IN", "CN", "LK", "SR", "US",
    "TD", "SS", "SD", "NP", "MA", "DZ", "MR", "ES", "AL", "MK", "RS", "ME", "GB",
}  # fmt: skip
"""Sources disagree (river confluences, new or disputed borders, exclaves): ask nothing there."""

LARGEST_CITY = {
    "AU": "Sydney", "BR": "São Paulo", "CA": "Toronto", "CN": "Shanghai", "TR": "Istanbul",
    "US": "New York City", "PK": "Karachi", "NG": "Lagos", "MA": "Casablanca",
    "VN": "Ho Chi Minh City", "KZ": "Almaty", "NZ": "Auckland", "CI": "Abidjan", "CM": "Douala",
    "TZ": "Dar es Salaam", "BZ": "Belize City", "BJ": "Cotonou", "BI": "Bujumbura", "MM": "Yangon",
    "AE": "Dubai", "LI": "Schaan", "GM": "Serekunda", "MT": "Saint Paul's Bay", "TT": "Chaguanas",
    "BO": "Santa Cruz de la Sierra", "EC": "Guayaquil", "ZA": "Johannesburg", "CH": "Zurich",
}  # fmt: skip
"""Countries whose largest city is not the capital: true statements that mislead a hasty reader."""

FORMER_CAPITAL = {
    "AU": ("Melbourne", 1927), "BR": ("Rio de Janeiro", 1960), "NG": ("Lagos", 1991),
    "PK": ("Karachi", 1959),  "BZ": ("Belize City", 1970),
     "RU": ("Saint Petersburg", 1918), "KZ": ("Almaty", 1997),
    "NZ": ("Auckland", 1865), "MW": ("Zomba", 1975), "BW": ("Mafeking", 1965),
     "DE": ("Bonn", 1999), "FI": ("Turku", 1812), "IN": ("Calcutta", 1911),
    "US": ("Philadelphia", 1800), "GR": ("Nafplio", 1834), "PL": ("Kraków", 1596),
}  # fmt: skip
"""A city that was the seat of government until about that year."""

ELEMENT_NAMES = {
    "Al": ("Aluminium", "Aluminum"),
    "Cs": ("Caesium", "Cesium"),
    "S": ("Sulfur", "Sulphur"),
}

DISCOVERIES = {
    "H": ("Henry Cavendish", 1766), "Li": ("Johan August Arfwedson", 1817),
    "N": ("Daniel Rutherford", 1772), "F": ("Henri Moissan", 1886),
    "Ne": ("William Ramsay and Morris Travers", 1898), "Na": ("Humphry Davy", 1807),
    "K": ("Humphry Davy", 1807), "Mg": ("Humphry Davy", 1808), "Ca": ("Humphry Davy", 1808),
    "Ba": ("Humphry Davy", 1808), "Al": ("Hans Christian Ørsted", 1825),
    "Si": ("Jöns Jacob Berzelius", 1824), "P": ("Hennig Brand", 1669),
    "Cl": ("Carl Wilhelm Scheele", 1774), "Sc": ("Lars Fredrik Nilson", 1879),
    "Ti": ("William Gregor", 1791),
    "Mn": ("Johan Gottlieb Gahn", 1774), "Ni": ("Axel Fredrik Cronstedt", 1751),
    "Ga": ("Paul-Émile Lecoq de Boisbaudran", 1875), "Ge": ("Clemens Winkler", 1886),
    "Br": ("Antoine Jérôme Balard", 1826), "Kr": ("William Ramsay and Morris Travers", 1898),
    "Rb": ("Robert Bunsen and Gustav Kirchhoff", 1861), "Sr": ("Adair Crawford", 1790),
    "Zr": ("Martin Heinrich Klaproth", 1789), "U": ("Martin Heinrich Klaproth", 1789),
    "Nb": ("Charles Hatchett", 1801), "Tc": ("Carlo Perrier and Emilio Segrè", 1937),
    "Ru": ("Karl Ernst Claus", 1844), "Pd": ("William Hyde Wollaston", 1803),
    "Cd": ("Friedrich Stromeyer", 1817), "In": ("Ferdinand Reich and Theodor Richter", 1863),
    "Te": ("Franz-Joseph Müller von Reichenstein", 1782), "I": ("Bernard Courtois", 1811),
    "Xe": ("William Ramsay and Morris Travers", 1898),
    "Cs": ("Robert Bunsen and Gustav Kirchhoff", 1860), "La": ("Carl Gustaf Mosander", 1839),
    "Tb": ("Carl Gustaf Mosander", 1843), "Er": ("Carl Gustaf Mosander", 1843),
    "Pr": ("Carl Auer von Welsbach", 1885), "Sm": ("Paul-Émile Lecoq de Boisbaudran", 1879),
    "Dy": ("Paul-Émile Lecoq de Boisbaudran", 1886), "Eu": ("Eugène-Anatole Demarçay", 1901),
    "Gd": ("Jean Charles Galissard de Marignac", 1880),
    "Yb": ("Jean Charles Galissard de Marignac", 1878), "Tm": ("Per Teodor Cleve", 1879),
     "Hf": ("Dirk Coster and George de Hevesy", 1923),
    "Ta": ("Anders Gustaf Ekeberg", 1802), "W": ("Juan José and Fausto Elhuyar", 1783),
    "Re": ("Walter Noddack, Ida Tacke and Otto Berg", 1925), "Tl": ("William Crookes", 1861),
    "Po": ("Pierre and Marie Curie", 1898), "Ra": ("Pierre and Marie Curie", 1898),
    "Fr": ("Marguerite Perey", 1939), "Ac": ("André-Louis Debierne", 1899),
    "Np": ("Edwin McMillan and Philip Abelson", 1940),
}  # fmt: skip
"""Discoverers in their usual spelling; the year must agree with mendeleev's or the row is dropped.

Where history knows rival claims (oxygen, boron, helium, vanadium, lutetium …) there is no row.
"""

NAMESAKES = {
    "He": ("the Sun",), "Ga": ("France", "Gallia"), "Ge": ("Germany",), "Se": ("the Moon",),
    "Sc": ("Scandinavia",), "Ti": ("the Titans", "Titans"), "V": ("Vanadis", "Freyja"),
    "Co": ("the kobold", "kobold", "goblin"), "Sr": ("Strontian",), "Y": ("Ytterby",),
    "Nb": ("Niobe",), "Pd": ("Pallas",), "Te": ("the Earth",), "Ce": ("Ceres",),
    "Pm": ("Prometheus",), "Eu": ("Europe",), "Ho": ("Stockholm", "Holmia"),
    "Lu": ("Paris", "Lutetia"), "Hf": ("Copenhagen", "Hafnia"), "Ta": ("Tantalus",),
    "Re": ("the Rhine", "Rhine"), "Hg": ("the god Mercury", "Mercury"), "Po": ("Poland",),
    "Fr": ("France",), "Th": ("Thor",), "U": ("Uranus",), "Np": ("Neptune",), "Pu": ("Pluto",),
    "Am": ("the Americas", "America"), "Cm": ("Pierre and Marie Curie", "Marie Curie"),
    "Bk": ("Berkeley",), "Cf": ("California",), "Es": ("Albert Einstein",),
    "Fm": ("Enrico Fermi",), "Md": ("Dmitri Mendeleev",), "No": ("Alfred Nobel",),
    "Lr": ("Ernest Lawrence",), "Rf": ("Ernest Rutherford",), "Db": ("Dubna",),
    "Sg": ("Glenn Seaborg",), "Bh": ("Niels Bohr",), "Hs": ("Hesse",), "Mt": ("Lise Meitner",),
    "Ds": ("Darmstadt",), "Rg": ("Wilhelm Röntgen",), "Cn": ("Nicolaus Copernicus",),
    "Nh": ("Japan",), "Fl": ("the Flerov Laboratory", "Georgy Flyorov"), "Mc": ("Moscow Oblast",),
    "Lv": ("Livermore", "Lawrence Livermore National Laboratory"), "Ts": ("Tennessee",),
    "Og": ("Yuri Oganessian",),
}  # fmt: skip
"""What an element was named after, checked against mendeleev's ``name_origin`` by eye.

mendeleev derives hassium from a chemist; IUPAC names the German state of Hesse, so this table wins.
"""
