"""Every relation that can be asked: wordings, answers and the searches that lead there.

A relation knows nothing of pictures or splits: given a subject's code it says what is right and how
to find it, or None where the facts do not allow the question.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from vl_envs.tool.search_task import Hop
from vl_envs.tool.world.corpus import below, corpus, next_constellation
from vl_envs.tool.world.facts import name, table


@dataclass(frozen=True)
class Solution:
    """The accepted answers, the expert's first, and the facts needed in order."""

    answers: tuple[str, ...]
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class Relation:
    """One kind of question about one kind of picture."""

    name: str
    kind: str
    level: str
    wordings: tuple[str, ...]
    solve: Callable[[str], Solution | None]


QUERIES = {
    "capital": "capital of {}",
    "currency": "currency of {}",
    "calling": "calling code of {}",
    "calling_of": "calling code +{}",
    "tld": "internet domain of {}",
    "iso3": "ISO code of {}",
    "demonym": "demonym of {}",
    "language": "official language of {}",
    "neighbour_areas": "borders of {} compared by area",
    "neighbour_people": "borders of {} compared by population",
    "symbol": "chemical symbol of {}",
    "number": "atomic number of {}",
    "number_of": "element with atomic number {}",
    "discoverer": "discoverer of {}",
    "year": "discovery year of {}",
    "namesake": "element {} name named after",
    "below": "element below {}",
    "brightest": "brightest star of {}",
    "genitive": "genitive of {}",
    "abbreviation": "abbreviation of constellation {}",
    "meaning": "meaning of name {}",
    "area": "area of constellation {}",
    "rank": "rank of {} by area",
    "rank_of": "constellation of rank {} by area",
}
"""What a perfect player types, by the fact it is after; most take the subject's name."""


def hop(kind: str, code: str, relation: str, asked: object = None) -> Hop:
    """Search for one fact, by the subject's name unless by ``asked`` (a number, say)."""
    query = QUERIES[relation].format(name(kind, code) if asked is None else asked)
    return Hop(query, corpus().evidence[kind, code, relation])


_NO_MARK = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "ʻ": "'", "’": "'"})


def spellings(*answers: str) -> tuple[str, ...]:
    """Add to each answer its form without accents and without a leading article."""
    every = []
    for answer in answers:
        folded = unicodedata.normalize("NFKD", answer.translate(_NO_MARK))
        bare = "".join(c for c in folded if not unicodedata.combining(c))
        every += [answer, bare, answer.removeprefix("the "), bare.removeprefix("the ")]
    return tuple(dict.fromkeys(every))


def names_of(kind: str, code: str) -> tuple[str, ...]:
    """Give a subject's accepted names."""
    return spellings(*table(kind)[code]["names"])


def answers_of(kind: str, code: str, field: str) -> tuple[str, ...]:
    """Give the accepted answers for a stated fact, none where the fact is missing."""
    found = _answers(kind, code, field)
    names = {spelling for own in names_of(kind, code) for spelling in spellings(own)}
    # San Marino's capital, mercury's namesake: to name the picture would be the answer.
    return () if names & set(spellings(*found)) else spellings(*found)


def _answers(kind: str, code: str, field: str) -> tuple[str, ...]:
    fact = table(kind)[code]
    if field not in fact:
        return ()
    value = fact[field]
    if field == "discoverer" and " and " not in value and "," not in value:
        return (value, value.split()[-1])
    if field == "currency":
        return (*value, fact["currency_code"])
    if field == "calling":
        return (f"+{value}", str(value))
    if field == "area":
        return (f"{value:.0f}",)  # with its unit, the unit alone would earn F1
    if field == "meaning":
        return (value,)
    if isinstance(value, list):
        return tuple(value)
    return (str(value),)


def stated(kind: str, field: str) -> Callable[[str], Solution | None]:
    """One search: the fact itself."""

    def solve(code: str) -> Solution | None:
        answers = {"symbol": (code,), "abbreviation": (code,)}.get(field) or answers_of(
            kind, code, field
        )
        return Solution(answers, (hop(kind, code, field),)) if answers else None

    return solve


Link = Callable[[str], tuple[str, tuple[Hop, ...]] | None]
"""From a subject to another one of its kind, and the searches that show the way."""


def after(link: Link, kind: str, field: str) -> Callable[[str], Solution | None]:
    """Follow a link, then look up a fact there (``names`` asks who it is, with no search more)."""

    def solve(code: str) -> Solution | None:
        found = link(code)
        if found is None:
            return None
        other, hops = found
        if field == "names":
            return Solution(names_of(kind, other), hops)
        end = stated(kind, field)(other)
        return Solution(end.answers, (*hops, *end.hops)) if end else None

    return solve


def extreme_neighbour(field: str, largest: bool, relation: str) -> Link:
    """Compare three to eight neighbours; a lead under 10 % in either source asks nothing."""

    def link(code: str) -> tuple[str, tuple[Hop, ...]] | None:
        facts = table("flag")
        around = facts[code].get("neighbours", [])
        # The passage of a country with more neighbours is too long to rank before their own.
        if not 3 <= len(around) <= 8:
            return None
        low, high = ({c: facts[c][f"{field}_range"][i] for c in around} for i in (0, 1))
        if largest:
            best = max(around, key=lambda c: low[c])
            clear = all(low[best] > 1.1 * high[c] for c in around if c != best)
        else:
            best = min(around, key=lambda c: high[c])
            clear = all(1.1 * high[best] < low[c] for c in around if c != best)
        return (best, (hop("flag", code, relation),)) if clear else None

    return link


def next_calling(code: str) -> tuple[str, tuple[Hop, ...]] | None:
    """Find the country whose telephone calling code is one more."""
    facts = table("flag")
    mine = facts[code].get("calling", 0)
    if mine < 10:  # a one-digit code belongs to several countries
        return None
    for other, fact in facts.items():
        if fact.get("calling") == mine + 1:
            return other, (hop("flag", code, "calling"), hop("flag", other, "calling_of", mine + 1))
    return None


def numbered(step: Callable[[int], int], *helpers: str) -> Link:
    """Find the element whose atomic number is computed from this one's (and from ``helpers``')."""

    def link(code: str) -> tuple[str, tuple[Hop, ...]] | None:
        facts = table("element")
        target = step(facts[code]["number"])
        other = next((c for c, f in facts.items() if f["number"] == target), None)
        # A search for one digit finds nothing: most tokenisers drop it.
        if other is None or target < 10 or other in helpers or code in helpers:
            return None
        known = [hop("element", c, "number") for c in (code, *helpers)]
        return other, (*known, hop("element", other, "number_of", target))

    return link


def lower(code: str) -> tuple[str, tuple[Hop, ...]] | None:
    """Find the element right below in the group."""
    other = below(code)
    return (other, (hop("element", code, "below"),)) if other else None


def next_in_area(code: str) -> tuple[str, tuple[Hop, ...]] | None:
    """Find the constellation that is next smaller in area."""
    other = next_constellation(code)
    if other is None or (rank := table("constellation")[other]["rank"]) < 10:
        return None
    return other, (
        hop("constellation", code, "rank"),
        hop("constellation", other, "rank_of", rank),
    )
