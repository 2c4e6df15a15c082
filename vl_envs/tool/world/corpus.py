"""The facts as searchable text: every relation of every subject, each in its own short passage.

What nobody asks about is written down too: neighbours, former capitals and largest cities are true
and are near misses, which a careless query or a hasty reader falls for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from vl_envs.tool.search_task import Passage
from vl_envs.tool.world.facts import Fact, name, table

Key = tuple[str, str, str]
"""Kind, subject code and relation: what a passage is evidence for."""

ARTICLE = {"BS", "GM", "NL", "PH", "US", "GB", "AE", "SB", "MH", "MV", "SC", "KM", "CF", "DO",
           "CZ", "CD", "CG"}  # fmt: skip


@dataclass(frozen=True)
class Corpus:
    """All passages, and which of them state what."""

    passages: tuple[Passage, ...]
    evidence: dict[Key, frozenset[str]]


def country(code: str) -> str:
    """Name a country as it stands within a sentence."""
    return f"the {name('flag', code)}" if code in ARTICLE else name("flag", code)


def listed(words: list[str]) -> str:
    """Join words as English does: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


Line = tuple[str, str, str]
"""Relation stated, title, text."""


def _country_lines(code: str, fact: Fact) -> Iterator[Line]:
    at, title = country(code), name("flag", code)
    also = fact["names"][1:]
    if also:
        yield "names", f"Names of {title}", f"{title} is also known as {listed(also)}."
    if "capital" in fact:
        city = fact["capital"][0]
        yield "capital", f"Capital of {title}", f"The capital of {at} is {city}."
        yield (
            "capital",
            f"{city}, {title}",
            f"{city} holds the rank of capital city of {at}.",
        )
    if "largest_city" in fact:
        city = fact["largest_city"]
        yield (
            "largest_city",
            f"Cities of {title}",
            f"{city} is the largest city of {at}, but it is not its capital.",
        )
    if "former_capital" in fact:
        city, year = fact["former_capital"]
        yield (
            "former_capital",
            f"Former capital of {title}",
            f"{city} was a seat of government of {at} until about {year}; it no longer is.",
        )
    if "currency" in fact:
        money, short = fact["currency"][0], fact["currency_code"]
        yield "currency", f"Currency of {title}", f"The currency of {at} is the {money} ({short})."
        yield (
            "currency",
            f"Money in {title}",
            f"People in {at} pay in the national currency, the {money}.",
        )
    if "calling" in fact:
        yield (
            "calling",
            f"Calling code of {title}",
            f"The international telephone calling code of {at} is +{fact['calling']}.",
        )
        yield (
            "calling_of",
            f"Calling code +{fact['calling']}",
            f"Telephone numbers that begin with +{fact['calling']} belong to {at}.",
        )
    yield (
        "tld",
        f"Internet domain of {title}",
        f"Web addresses of {at} end in the country-code internet domain {fact['tld']}.",
    )
    yield (
        "iso3",
        f"ISO code of {title}",
        f"The three-letter ISO 3166 country code of {at} is {fact['iso3']}.",
    )
    if "demonym" in fact:
        yield (
            "demonym",
            f"Demonym of {title}",
            f"The demonym for somebody or something from {at} is {fact['demonym'][0]}.",
        )
    if "language" in fact:
        yield (
            "language",
            f"Official language of {title}",
            f"The language of government in {at} is {fact['language']}.",
        )
    if "area" in fact:
        yield (
            "area",
            f"Size of {title}",
            f"The territory of {at} measures about {fact['area']:,} square kilometres.",
        )
    millions = fact["population"] / 1e6
    count = f"{millions:.0f} million" if millions >= 10 else f"{round(fact['population'], -3):,}"
    yield (
        "population",
        f"Inhabitants of {title}",
        f"Around 2018 {at} had some {count} inhabitants.",
    )
    yield "region", f"Where {title} lies", f"{title} belongs to the region {fact['region']}."
    yield from _neighbour_lines(code, fact)


def _neighbour_lines(code: str, fact: Fact) -> Iterator[Line]:
    at, title, facts = country(code), name("flag", code), table("flag")
    around: list[str] = fact.get("neighbours", [])
    if not around:
        return
    names = listed([country(c) for c in around])
    yield "neighbours", f"Neighbours of {title}", f"{title} shares a land border with {names}."
    if len(around) == 1:
        return
    sizes = [f"{country(c)} ({facts[c]['area_range'][0]:,})" for c in around]
    yield (
        "neighbour_areas",
        f"Borders of {title} compared by area",
        f"Across the borders of {at}, compared by area in square kilometres: {listed(sizes)}. "
        f"Each of them shares a land border with {at}.",
    )
    people = [f"{country(c)} ({facts[c]['population'] / 1e6:.2f})" for c in around]
    yield (
        "neighbour_people",
        f"Borders of {title} compared by population",
        f"Across the borders of {at}, compared by population in millions: {listed(people)}. "
        f"Each of them shares a land border with {at}.",
    )


def _element_lines(code: str, fact: Fact) -> Iterator[Line]:
    title, number = name("element", code), fact["number"]
    small = title.lower()
    if fact["names"][1:]:
        yield "names", f"Spelling of {small}", f"{title} is also spelt {fact['names'][1]}."
    yield "symbol", f"Symbol of {small}", f"The chemical symbol of {small} is {code}."
    yield "symbol", f"{title} in formulas", f"In formulas chemists write {code} for {small}."
    yield "number", f"Atomic number of {small}", f"The atomic number of {small} is {number}."
    yield (
        "number_of",
        f"Element with atomic number {number}",
        f"The chemical element that has atomic number {number} is {small}.",
    )
    yield (
        "number",
        f"Nucleus of {small}",
        f"Every atom of {small} has {number} protons, which is its atomic number.",
    )
    where = f"period {fact['period']}" + (f" and group {fact['group']}" if "group" in fact else "")
    yield "place", f"Place of {small}", f"In the periodic table {small} stands in {where}."
    if number not in (57, 71, 89, 103):  # whether La or Lu opens the d-block is disputed
        yield "block", f"Block of {small}", f"{title} is an element of the {fact['block']}-block."
    if "weight" in fact:
        yield (
            "weight",
            f"Atomic weight of {small}",
            f"The standard atomic weight of {small} is about {fact['weight']}.",
        )
    if "discoverer" in fact:
        who, year = fact["discoverer"], fact["year"]
        yield (
            "discoverer",
            f"Discoverer of {small}",
            f"The discovery of {small} is credited to {who}.",
        )
        yield "year", f"Discovery year of {small}", f"The element {small} was discovered in {year}."
        yield (
            "discovery",
            f"History of {small}",
            f"Credit for the discovery of {small}, in the year {year}, goes to {who}.",
        )
    if "namesake" in fact:
        yield (
            "namesake",
            f"Name of {small}",
            f"The element {small} was named after {fact['namesake'][0]}.",
        )


def below(code: str) -> str | None:
    """Give the element right below in the same group, where nobody disputes the group."""
    fact = table("element")[code]
    if fact.get("group") in (None, 3) or code == "H":
        return None
    for other, theirs in table("element").items():
        if theirs.get("group") == fact["group"] and theirs["period"] == fact["period"] + 1:
            return other
    return None


def next_constellation(code: str) -> str | None:
    """Give the constellation that comes right after this one when sorted by area, largest first."""
    rank = table("constellation")[code]["rank"]
    return next((c for c, f in table("constellation").items() if f["rank"] == rank + 1), None)


def _constellation_lines(code: str, fact: Fact) -> Iterator[Line]:
    title, rank = fact["names"][0], fact["rank"]
    yield (
        "genitive",
        f"Genitive of {title}",
        f"The Latin genitive of {title} is {fact['genitive']}.",
    )
    yield (
        "genitive",
        f"Star names in {title}",
        f"Stars of the constellation {title} are called after its genitive, as in Alpha "
        f"{fact['genitive']}.",
    )
    yield (
        "abbreviation",
        f"Abbreviation of {title}",
        f"The IAU abbreviation of the constellation {title} is {code}.",
    )
    yield "meaning", f"Meaning of {title}", f"The name {title} stands for the {fact['meaning']}."
    area = f"{fact['area']:.0f}"
    yield (
        "area",
        f"Area of {title}",
        f"The constellation {title} covers {area} square degrees of the sky.",
    )
    yield (
        "rank",
        f"Rank of {title} by area",
        f"Among the 88 constellations {title} has rank {rank} by area.",
    )
    yield (
        "rank_of",
        f"Constellation of rank {rank} by area",
        f"The constellation that has rank {rank} by area among the 88 is {title}.",
    )
    if "brightest" in fact:
        star = fact["brightest"]
        yield "brightest", f"Brightest star of {title}", f"The brightest star of {title} is {star}."
        yield (
            "brightest",
            f"The star {star}",
            f"{star} outshines all the other stars of the constellation {title}.",
        )


def _below_lines(code: str) -> Iterator[Line]:
    other = below(code)
    if other:
        low = name("element", other).lower()
        small = name("element", code).lower()
        yield (
            "below",
            f"Element below {small}",
            f"Directly below {small} in its group of the periodic table stands {low}.",
        )


@cache
def corpus() -> Corpus:
    """Write all passages, once per process; ids are hashes, so ties in score tell nothing."""
    passages: dict[str, Passage] = {}
    evidence: dict[Key, set[str]] = {}
    for kind, write in (
        ("flag", _country_lines),
        ("element", lambda code, fact: [*_element_lines(code, fact), *_below_lines(code)]),
        ("constellation", _constellation_lines),
    ):
        for code, fact in table(kind).items():
            for relation, title, text in write(code, fact):
                key = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:12]
                passages[key] = Passage(key, title, text)
                stated = ("discoverer", "year") if relation == "discovery" else (relation,)
                for relation in stated:
                    evidence.setdefault((kind, code, relation), set()).add(key)
    ordered = tuple(passages[key] for key in sorted(passages))
    return Corpus(ordered, {key: frozenset(ids) for key, ids in evidence.items()})
