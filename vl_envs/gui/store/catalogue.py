"""What the shop sells: a catalogue drawn from one seed, the same for every environment.

Products come in families of 16: two materials, two sets of features, two sets of colours and two
prices, in every combination. So each product has siblings that differ from it in one of these
alone, and who does not look closely buys one of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as every
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vl_envs.core.bm25 import BM25Index

FAMILIES = 22
"""Families of each category; 30 categories of 22 families of 16 are 10,560 products."""
SHOWN_COLOURS = 3
_DATA = Path(__file__).parent.parent / "data" / "shop_categories.json"


@dataclass(frozen=True)
class Category:
    """One type of product.

    Attributes:
        name: such as ``shirt``.
        plural: such as ``shirts``.
        department: what a shop puts it under.
        pair: whether one buys a pair of them.
        materials: six words that go before the name.
        features: eight more, in English that goes before the name too.
        options: what is chosen beside the colour: name -> values.
        price: lowest and highest, in dollars.
        patterned: whether it may be striped, dotted or checked.
    """

    name: str
    plural: str
    department: str
    pair: bool
    materials: tuple[str, ...]
    features: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]
    price: tuple[int, int]
    patterned: bool


@dataclass(frozen=True)
class Words:
    """The words and colours that catalogues are drawn from."""

    brands: tuple[str, ...]
    fillers: tuple[str, ...]
    colours: Mapping[str, tuple[int, int, int]]
    patterns: tuple[str, ...]
    categories: tuple[Category, ...]


@lru_cache(maxsize=1)
def shop_words() -> Words:
    """Read the bundled words."""
    data: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    colours = {name: (rgb[0], rgb[1], rgb[2]) for name, rgb in data["colours"].items()}
    categories = tuple(
        Category(
            **{
                **row,
                "materials": tuple(row["materials"]),
                "features": tuple(row["features"]),
                "options": {name: tuple(values) for name, values in row["options"].items()},
                "price": (row["price"][0], row["price"][1]),
            }
        )
        for row in data["categories"]
    )
    lists = {name: tuple(data[name]) for name in ("brands", "fillers", "patterns")}
    return Words(colours=colours, categories=categories, **lists)


@dataclass(frozen=True)
class Product:
    """One thing to buy.

    Attributes:
        number: its place in the catalogue.
        title: what search looks at; names brand, material and type, often one feature.
        category: its type.
        brand: who makes it.
        material: one word.
        features: three of the category's; told on the product's page, not all in the title.
        pattern: ``plain``, ``striped``, ``dotted`` or ``checked``; seen in its picture only.
        options: what must be chosen, in order: ``colour`` first; name -> values on offer.
        price: in cents.
        rating: in tenths of a star, 30 to 50.
        reviews: how many rated it.
    """

    number: int
    title: str
    category: Category
    brand: str
    material: str
    features: tuple[str, ...]
    pattern: str
    options: Mapping[str, tuple[str, ...]]
    price: int
    rating: int
    reviews: int

    @property
    def attributes(self) -> frozenset[str]:
        """Everything that can be said of it beside type, options and price."""
        return frozenset((self.material, self.pattern, *self.features))


class Catalogue:
    """All products, and their titles' index. Shared, and pickled as its seed.

    Args:
        seed: the same seed gives the same products.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        rng = np.random.default_rng([seed, 0x5409])
        drafts = [draft for category in shop_words().categories for draft in _drafts(category, rng)]
        order = rng.permutation(len(drafts))
        self.products = tuple(
            Product(number=number, **drafts[place]) for number, place in enumerate(order)
        )
        self.index = BM25Index(product.title for product in self.products)
        words = shop_words()
        names = [category.name for category in words.categories]
        self.categories = np.array([names.index(p.category.name) for p in self.products])
        self.prices = np.array([product.price for product in self.products])
        self.ratings = np.array([product.rating for product in self.products])
        self.colours: npt.NDArray[np.bool_] = np.array(
            [[c in p.options["colour"] for c in words.colours] for p in self.products]
        )
        """Which colours are on offer, bool [products, colours]."""

    def __len__(self) -> int:
        """Count the products."""
        return len(self.products)

    def __getitem__(self, number: int) -> Product:
        """Return a product by its number."""
        return self.products[number]

    def __reduce__(self) -> tuple[object, tuple[int]]:
        """Pickle the seed: another process draws the same catalogue."""
        return open_catalogue, (self.seed,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Catalogue:
        """Share it: it never changes."""
        return self


@lru_cache(maxsize=4)
def open_catalogue(seed: int = 0) -> Catalogue:
    """Draw the catalogue of ``seed``, once a process."""
    return Catalogue(seed)


def _pick(rng: np.random.Generator, values: Sequence[str], count: int) -> list[str]:
    return [values[place] for place in rng.permutation(len(values))[:count]]


def _drafts(category: Category, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Draw all families of a category; what is given lacks only its number."""
    words = shop_words()
    lowest, highest = category.price
    for _ in range(FAMILIES):
        materials = _pick(rng, category.materials, 2)
        colours = _pick(rng, tuple(words.colours), SHOWN_COLOURS + 1)
        features = _pick(rng, category.features, 4)
        base = lowest * (highest / lowest) ** rng.random()
        rise = 1.3 + 0.4 * rng.random()
        members = every((0, 1), repeat=4)
        patterns, follows = _pick(rng, words.patterns, 2), int(rng.integers(4))
        for member, draw in zip(members, rng.random((16, 8)), strict=True):
            m, f, c, dear = member
            # Each choice swaps one thing: the second feature for the third, say.
            own = _shuffled([features[0], features[1 + f], features[3]], draw[0])
            offered = _shuffled([*colours[:2], colours[2 + c]], draw[1])
            price = base * (rise if dear else 1.0) * (0.97 + 0.06 * draw[2])
            brand = words.brands[int(draw[3] * len(words.brands))]
            filler = words.fillers[int(draw[4] * len(words.fillers))]
            pattern = patterns[member[follows]] if category.patterned else "plain"
            material = materials[m]
            yield {
                "title": _title(category.name, brand, filler, material, own[0], draw[5]),
                "category": category,
                "brand": brand,
                "material": material,
                "features": tuple(own),
                "pattern": pattern,
                "options": {"colour": tuple(offered), **dict(_on_offer(category.options, draw[6]))},
                "price": _as_priced(price),
                "rating": 30 + round(20 * (1 - draw[7] ** 2)),
                "reviews": 3 + 13 * int(70 * draw[7] * draw[0]),
            }


def _shuffled(values: list[str], draw: float) -> list[str]:
    """Order three ``values`` by one number from [0, 1)."""
    first = values.pop(int(draw * 3))
    return [first, *(values if draw * 3 % 1 < 0.5 else values[::-1])]


def _on_offer(
    options: Mapping[str, tuple[str, ...]], draw: float
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Leave one value of every longer option out, as sold out."""
    for name, values in options.items():
        draw = draw * 997 % 1
        gone = int(draw * len(values)) if len(values) > 2 else -1
        yield name, tuple(value for place, value in enumerate(values) if place != gone)


def _as_priced(dollars: float) -> int:
    """Round to a price that shops write, in cents."""
    return (round(dollars) if dollars < 200 else round(dollars / 5) * 5) * 100 - 1


def _title(name: str, brand: str, filler: str, material: str, feature: str, draw: float) -> str:
    """Write a title; all name brand, material and type."""
    thing = f"{material.title()} {name.title()}"
    kind = feature.title()
    forms = (
        f"{brand} {thing}, {kind}",
        f"{brand} {filler} {thing}",
        f"{kind} {thing} by {brand}",
        f"{brand} {filler} {thing}, {kind}",
        f"{thing} {filler} by {brand}",
    )
    return forms[int(draw * len(forms))]
