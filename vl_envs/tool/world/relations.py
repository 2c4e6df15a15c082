"""The table of relations: what is asked about flags, elements and constellations."""

from __future__ import annotations

from vl_envs.tool.world.questions import (
    Link,
    Relation,
    after,
    extreme_neighbour,
    lower,
    next_calling,
    next_in_area,
    numbered,
    stated,
)


def _simple(kind: str, field: str, *wordings: str) -> Relation:
    return Relation(field, kind, "simple", wordings, stated(kind, field))


def _hard(kind: str, name: str, link: Link, field: str, *wordings: str) -> Relation:
    return Relation(name, kind, "hard", wordings, after(link, kind, field))


_BIG = extreme_neighbour("area", True, "neighbour_areas")
_SMALL = extreme_neighbour("area", False, "neighbour_areas")
_CROWD = extreme_neighbour("population", True, "neighbour_people")
_PLUS_OXYGEN = numbered(lambda z: z + 8, "O")
_PLUS_NEON = numbered(lambda z: z + 10, "Ne")
_TWICE = numbered(lambda z: 2 * z)

SIMPLE = (
    _simple(
        "flag",
        "capital",
        "What is the capital of the country with this flag?",
        "This flag flies over a country. Name its capital city.",
        "Which city serves as capital of the state whose flag you see?",
    ),
    _simple(
        "flag",
        "currency",
        "What is the currency of the country with this flag?",
        "Name the money that people use where this flag flies.",
        "Which currency does the state with this flag issue?",
    ),
    _simple(
        "flag",
        "calling",
        "What is the international calling code of the country with this flag?",
        "Which telephone code must one dial to call the country whose flag you see?",
    ),
    _simple(
        "flag",
        "tld",
        "What is the internet domain of the country with this flag?",
        "Name the country-code domain that belongs with this flag.",
        "Which domain ends the web addresses of the country whose flag you see?",
    ),
    _simple(
        "flag",
        "iso3",
        "What is the three-letter ISO code of the country with this flag?",
        "Give the ISO 3166 code of three letters for the state whose flag you see.",
    ),
    _simple(
        "flag",
        "demonym",
        "What do you call somebody from the country with this flag?",
        "Give the demonym of the country whose flag you see.",
    ),
    _simple(
        "flag",
        "language",
        "What is the official language of the country with this flag?",
        "Name the language of government where this flag flies.",
    ),
    _simple(
        "element",
        "symbol",
        "What is the chemical symbol of the marked element?",
        "Give the symbol that chemists write for the element whose cell stands out.",
        "Name the marked cell by symbol.",
    ),
    _simple(
        "element",
        "discoverer",
        "Who discovered the marked element?",
        "Name whoever gets credit for finding the element whose cell stands out.",
    ),
    _simple(
        "element",
        "year",
        "In which year was the marked element discovered?",
        "Give the year of discovery of the element whose cell stands out.",
    ),
    _simple(
        "element",
        "namesake",
        "What or whom was the marked element named after?",
        "Name whatever the element whose cell stands out was called after.",
    ),
    _simple(
        "constellation",
        "brightest",
        "What is the brightest star of this constellation?",
        "Name the star that outshines all others of the constellation you see.",
    ),
    _simple(
        "constellation",
        "genitive",
        "What is the Latin genitive of this constellation's name?",
        "Give the genitive that names the stars of the constellation you see.",
    ),
    _simple(
        "constellation",
        "abbreviation",
        "What is the official abbreviation of this constellation?",
        "Give the three letters by which astronomers shorten the constellation you see.",
    ),
    _simple(
        "constellation",
        "meaning",
        "What does the name of this constellation stand for?",
        "Say in English what figure the constellation you see stands for.",
    ),
    _simple(
        "constellation",
        "area",
        "How many square degrees does this constellation cover, to the nearest whole number?",
        "Give the area of the constellation you see, in whole square degrees.",
    ),
    _simple(
        "constellation",
        "rank",
        "Which rank by area has this constellation among the 88?",
        "Sorted by area, largest first, at which place stands the constellation you see?",
    ),
)

HARD = (
    _hard(
        "flag",
        "biggest_neighbour",
        _BIG,
        "names",
        "Of the land neighbours of the country with this flag, which has the largest area?",
        "Which country is the biggest, by area, of all that border the one whose flag you see?",
    ),
    _hard(
        "flag",
        "biggest_neighbour_capital",
        _BIG,
        "capital",
        "What is the capital of the neighbour with the largest area of this flag's country?",
        "Take the biggest land neighbour, by area, of the country you see. Name its capital.",
    ),
    _hard(
        "flag",
        "biggest_neighbour_currency",
        _BIG,
        "currency",
        "What is the currency of the neighbour with the largest area of this flag's country?",
        "Take the biggest land neighbour, by area, of the country you see. Name its currency.",
    ),
    _hard(
        "flag",
        "smallest_neighbour_capital",
        _SMALL,
        "capital",
        "What is the capital of the neighbour with the smallest area of this flag's country?",
        "Take the smallest land neighbour, by area, of the country you see. Name its capital.",
    ),
    _hard(
        "flag",
        "smallest_neighbour_calling",
        _SMALL,
        "calling",
        "Which calling code has the neighbour with the smallest area of this flag's country?",
        "Take the smallest land neighbour, by area, of the country you see. Give its calling code.",
    ),
    _hard(
        "flag",
        "populous_neighbour",
        _CROWD,
        "names",
        "Of the land neighbours of the country with this flag, which has the largest population?",
        "Which country has the most people of all that border the one whose flag you see?",
    ),
    _hard(
        "flag",
        "populous_neighbour_iso3",
        _CROWD,
        "iso3",
        "Which three-letter ISO code has the most populous neighbour of this flag's country?",
        "Take the neighbour with most people of the country you see. Give its ISO alpha-3 code.",
    ),
    _hard(
        "flag",
        "next_calling",
        next_calling,
        "names",
        "Which country has the calling code right after, by one, that of this flag's country?",
        "Add one to the telephone code of the country you see. Which country answers?",
    ),
    _hard(
        "flag",
        "next_calling_capital",
        next_calling,
        "capital",
        "Add one to the calling code of this flag's country. What is the capital of the country "
        "with that code?",
        "Name the capital of the country whose telephone code is one more than that of the "
        "country you see.",
    ),
    _hard(
        "element",
        "plus_oxygen",
        _PLUS_OXYGEN,
        "names",
        "Which element has the atomic number that is the sum of the marked element's and oxygen's?",
        "Add the atomic numbers of oxygen and of the element whose cell stands out. Which element "
        "has that number?",
    ),
    _hard(
        "element",
        "plus_neon_symbol",
        _PLUS_NEON,
        "symbol",
        "Add the atomic numbers of neon and the marked element. Give the chemical symbol of the "
        "element with that number.",
        "Neon's atomic number plus the marked element's belongs to which chemical symbol?",
    ),
    _hard(
        "element",
        "twice",
        _TWICE,
        "names",
        "Which element has twice the atomic number of the marked one?",
        "Double the atomic number of the element whose cell stands out. Which element has it?",
    ),
    _hard(
        "element",
        "twice_discoverer",
        _TWICE,
        "discoverer",
        "Who discovered the element with twice the atomic number of the marked one?",
        "Double the atomic number of the marked element. Who found the element with that number?",
    ),
    _hard(
        "element",
        "below_discoverer",
        lower,
        "discoverer",
        "Who discovered the element directly below the marked one?",
        "Go down one cell from the marked one. Who found that element?",
    ),
    _hard(
        "element",
        "below_year",
        lower,
        "year",
        "In which year was the element directly below the marked one discovered?",
        "Go down one cell from the marked one. Give the year of discovery of that element.",
    ),
    _hard(
        "constellation",
        "next",
        next_in_area,
        "names",
        "Which constellation comes right after this one by area, largest first?",
        "Of the 88 constellations, which ranks one place behind the one you see by area?",
    ),
    _hard(
        "constellation",
        "next_genitive",
        next_in_area,
        "genitive",
        "What is the Latin genitive of the constellation right after this one by area?",
        "Find the constellation one rank behind the one you see by area. Give its genitive.",
    ),
    _hard(
        "constellation",
        "next_meaning",
        next_in_area,
        "meaning",
        "What does the name of the constellation right after this one by area stand for?",
        "Find the constellation one rank behind the one you see by area. What does it represent?",
    ),
)

RELATIONS = {relation.name: relation for relation in SIMPLE + HARD}
assert len(RELATIONS) == len(SIMPLE) + len(HARD)
