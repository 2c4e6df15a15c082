"""What the shop's agent is sent for: wishes drawn from products, in many wordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as every
from typing import Any

import numpy as np

from vl_envs.core.errors import unknown
from vl_envs.core.tasks import TaskSource, split_of
from vl_envs.gui.store.catalogue import Catalogue, Product
from vl_envs.gui.store.reward import Wish

LEVELS = ("simple", "hard")

OPENINGS = (
    "Buy {}.",
    "Please buy {}.",
    "I need {}.",
    "I am looking for {}.",
    "Find and buy {}.",
    "I would like {}.",
    "Please order {}.",
    "Get me {}.",
    "My friend wants {}.",
    "Could you order {}?",
)
LIMITS = (
    "under {} dollars",
    "for less than {} dollars",
    "below ${}",
    "priced under ${}",
    "that costs less than {} dollars",
    "cheaper than {} dollars",
)
COLOURS = ("before", "behind")
"""Whether the colour stands before the name ("a blue shirt") or behind it ("a shirt in blue")."""
Wording = tuple[str, str, str]


@dataclass(frozen=True)
class ShopTask:
    """One thing to buy.

    Attributes:
        task_id: names product, what was asked of it, and the wording.
        target: number of the product that the wish was drawn from; it fulfils it.
        wish: what was asked for; others may fulfil it too.
        instruction: the wish in words.
        level: ``simple`` or ``hard``.
    """

    task_id: str
    target: int
    wish: Wish
    instruction: str
    level: str

    def __deepcopy__(self, memo: dict[int, Any]) -> ShopTask:
        """Share the task: it never changes."""
        return self


class ShopSource(TaskSource[ShopTask]):
    """Wishes for the products of a catalogue.

    Products fall into splits, and wordings do too, each by its hash: what is tested was neither
    bought nor said in training.

    Args:
        catalogue: what is sold.
        split: ``train``, ``val`` or ``test``.
        level: ``simple`` asks for material, one feature, the colour, one other option and a price;
            ``hard`` for material, two features, the pattern, colour, all options and a price.
    """

    def __init__(self, catalogue: Catalogue, split: str = "train", level: str = "simple") -> None:
        super().__init__(split)
        if level not in LEVELS:
            raise unknown("level", level, LEVELS)
        self.catalogue, self.level = catalogue, level
        self.targets = _targets(catalogue.seed, len(catalogue), split)
        self.wordings = wordings_of(split)

    def sample(self, rng: np.random.Generator) -> ShopTask:
        """Draw a product, what is asked of it, and how it is said."""
        target = self.targets[int(rng.integers(len(self.targets)))]
        product = self.catalogue[target]
        wish = draw_wish(product, self.level, rng)
        wording = self.wordings[int(rng.integers(len(self.wordings)))]
        instruction = write_instruction(product, wish, wording, rng)
        assert wish.limit is not None
        asked = "+".join((*wish.attributes, *wish.options.values(), str(wish.limit // 100)))
        how = OPENINGS.index(wording[0]), LIMITS.index(wording[1]), COLOURS.index(wording[2])
        place = f"{self.catalogue.seed}/{target}/{asked}".replace(" ", "_")
        task_id = f"shop/{self.level}/{place}/{how[0]}{how[1]}{how[2]}"
        return ShopTask(task_id, target, wish, instruction, self.level)


@lru_cache(maxsize=16)
def _targets(seed: int, count: int, split: str) -> tuple[int, ...]:
    return tuple(n for n in range(count) if split_of("shop/product", seed, n) == split)


@lru_cache(maxsize=4)
def wordings_of(split: str) -> tuple[Wording, ...]:
    """Give the wordings of a split: every opening with every limit and place of the colour."""
    return tuple(
        wording
        for wording in every(OPENINGS, LIMITS, COLOURS)
        if split_of("shop/wording", *wording) == split
    )


def _some(rng: np.random.Generator, values: Sequence[str], count: int) -> list[str]:
    return [values[int(place)] for place in rng.permutation(len(values))[:count]]


def draw_wish(product: Product, level: str, rng: np.random.Generator) -> Wish:
    """Draw what is asked of ``product``; it fulfils every such wish."""
    features = _some(rng, product.features, 1 if level == "simple" else 2)
    attributes = [*features, product.material]
    if level == "hard" and product.category.patterned:
        attributes.insert(0, product.pattern)
    chosen = {name: _some(rng, values, 1)[0] for name, values in product.options.items()}
    if level == "simple":
        chosen = dict(list(chosen.items())[:2])
    dollars = -(-product.price // 100)
    limit = dollars + int(rng.integers(0, max(2, dollars // 5)))
    return Wish(
        product.category.name, product.category.department, tuple(attributes), chosen, limit * 100
    )


def write_instruction(
    product: Product, wish: Wish, wording: Wording, rng: np.random.Generator
) -> str:
    """Say a wish in words, such as "Buy a blue cotton shirt, size M, under 30 dollars."."""
    opening, limit, place = wording
    assert wish.limit is not None
    category = product.category
    name = category.plural if category.pair else category.name
    colour = wish.options["colour"]
    features = ", ".join(a for a in wish.attributes if a in category.features)
    pattern = " ".join(
        a for a in wish.attributes if a not in (*category.features, product.material)
    )
    material = product.material if product.material in wish.attributes else ""
    before = colour if place == "before" else ""
    thing = " ".join(part for part in (features, before, pattern, material, name) if part)
    thing = f"pair of {thing}" if category.pair else thing
    thing = f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"
    if place == "behind":
        thing += f" in {colour}"
    options = [f"{key} {value}" for key, value in wish.options.items() if key != "colour"]
    # The rest in any order, but the price last: "and" may stand before it.
    order = rng.permutation(len(options))
    parts = [thing, *(options[int(i)] for i in order), limit.format(wish.limit // 100)]
    return opening.format(", ".join(parts))
