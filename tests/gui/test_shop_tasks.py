"""What is asked for can be had, is said in words, and is paid as WebShop pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vl_envs.core.bm25 import words
from vl_envs.core.tasks import SPLITS
from vl_envs.gui.store.catalogue import open_catalogue
from vl_envs.gui.store.expert import item_of
from vl_envs.gui.store.instructions import LEVELS, ShopSource, ShopTask, wordings_of
from vl_envs.gui.store.reward import (
    TERMS,
    Purchase,
    Wish,
    order_terms,
    purchase_terms,
    satisfies,
    type_share,
)

SHOP = open_catalogue(0)
WISH = Wish("shirt", "Clothing", ("cotton", "slim fit"), {"colour": "blue", "size": "M"}, 3000)
RIGHT = Purchase(
    "shirt", "Clothing", {"cotton", "slim fit", "plain"}, {"colour": "blue", "size": "M"}, 2999
)


def draw(level: str, split: str, count: int) -> list[ShopTask]:
    """Draw some tasks."""
    source, rng = ShopSource(SHOP, split, level), np.random.default_rng(3)
    return [source.sample(rng) for _ in range(count)]


def bought(task: ShopTask) -> Purchase:
    """Buy the target as asked."""
    product = SHOP[task.target]
    chosen = dict(item_of(SHOP, task.target, task.wish).chosen)
    category = product.category
    return Purchase(category.name, category.department, product.attributes, chosen, product.price)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("split", SPLITS)
def test_the_target_fulfils_every_wish(level: str, split: str) -> None:
    """The product that a wish was drawn from is worth 1, and its price is below what is said."""
    for task in draw(level, split, 400):
        purchase = bought(task)
        assert satisfies(task.wish, purchase)
        assert sum(purchase_terms(task.wish, purchase).values()) == pytest.approx(1)
        assert task.wish.limit is not None and purchase.price < task.wish.limit


@pytest.mark.parametrize("level", LEVELS)
def test_the_instruction_says_the_whole_wish(level: str) -> None:
    """Type, attributes, options and price are all in the words; the rest of the product is not."""
    for task in draw(level, "train", 400):
        wish, product = task.wish, SHOP[task.target]
        said = set(words(task.instruction))
        assert said & {*words(product.category.name), *words(product.category.plural)}
        assert wish.limit is not None and str(wish.limit // 100) in said
        for asked in (*wish.attributes, *wish.options.values()):
            assert said >= set(words(asked)), task.instruction
        for name in wish.options:
            assert name == "colour" or said >= set(words(name))
        untold = product.attributes - set(wish.attributes)
        assert not any(attribute in task.instruction for attribute in untold - {"plain"})
        assert product.brand.casefold() not in said
        assert "  " not in task.instruction and task.instruction[-1] in ".?"


def test_levels_ask_for_more_and_less() -> None:
    """The hard level names two features, the pattern and all options."""
    for task in draw("simple", "train", 100):
        assert len(task.wish.attributes) == 2 and len(task.wish.options) == 2
    for task in draw("hard", "train", 100):
        product = SHOP[task.target]
        assert len(task.wish.attributes) == 3 + product.category.patterned
        assert list(task.wish.options) == list(product.options)


def test_splits_share_neither_products_nor_wordings() -> None:
    """Every product and wording is of exactly one split."""
    targets = [set(ShopSource(SHOP, split).targets) for split in SPLITS]
    assert sum(map(len, targets)) == len(set.union(*targets)) == len(SHOP)
    wordings = [set(wordings_of(split)) for split in SPLITS]
    assert sum(map(len, wordings)) == len(set.union(*wordings)) == 120
    assert all(len(part) >= 8 for part in wordings)
    assert 0.75 < len(targets[0]) / len(SHOP) < 0.85
    train = {task.target for task in draw("simple", "train", 300)}
    assert train <= targets[0] and len(train) > 250
    assert len({task.instruction for task in draw("simple", "test", 300)}) > 290


def test_unknown_names_are_told() -> None:
    """A level or split that there is not is a ValueError with the nearest."""
    with pytest.raises(ValueError, match=r"unknown level 'hart'.*'hard'"):
        ShopSource(SHOP, "train", "hart")
    with pytest.raises(ValueError, match=r"unknown split 'tset'.*'test'"):
        ShopSource(SHOP, "tset")


# The reward, by hand: two attributes, two options and the price are five shares.


@pytest.mark.parametrize(
    ("changes", "terms"),
    [
        ({}, (0.4, 0.4, 0.2)),
        ({"price": 3000}, (0.4, 0.4, 0.2)),
        ({"price": 3001}, (0.4, 0.4, 0)),
        ({"attributes": {"cotton"}}, (0.2, 0.4, 0.2)),
        ({"attributes": {"linen"}}, (0, 0.4, 0.2)),
        ({"options": {"colour": "blue", "size": "L"}}, (0.4, 0.2, 0.2)),
        ({"options": {}}, (0.4, 0, 0.2)),
        ({"options": {"colour": "M", "size": "blue"}}, (0.4, 0, 0.2)),
        ({"category": "dress"}, (0.2, 0.2, 0.1)),
        ({"category": "mug", "department": "Kitchen"}, (0, 0, 0)),
    ],
)
def test_reward_by_hand(changes: dict[str, object], terms: tuple[float, ...]) -> None:
    """WebShop's formula, with r_type 1, .5 and 0."""
    purchase = replace(RIGHT, **changes)  # type: ignore[arg-type]
    got = purchase_terms(WISH, purchase)
    assert tuple(got) == TERMS and tuple(got.values()) == pytest.approx(terms)
    assert satisfies(WISH, purchase) == (sum(terms) == 1)
    assert type_share(WISH, RIGHT) == 1


def test_options_that_nobody_asked_for_earn_nothing() -> None:
    """More chosen options are not more right ones, and a price that does not matter fits."""
    more = replace(RIGHT, options={**RIGHT.options, "length": "long", "x": "y"})
    assert purchase_terms(WISH, more) == purchase_terms(WISH, RIGHT)
    free = replace(WISH, limit=None)
    assert sum(purchase_terms(free, replace(RIGHT, price=10**7)).values()) == pytest.approx(1)


def test_several_items_are_worth_the_worst_over_their_number() -> None:
    """Buying everything, or the right thing twice, is no success; an empty order is nothing."""
    wrong = replace(RIGHT, attributes={"linen"})
    assert sum(order_terms(WISH, [RIGHT]).values()) == pytest.approx(1)
    assert sum(order_terms(WISH, [RIGHT, wrong]).values()) == pytest.approx(0.3)
    assert sum(order_terms(WISH, [wrong, RIGHT]).values()) == pytest.approx(0.3)
    assert sum(order_terms(WISH, [RIGHT, RIGHT]).values()) == pytest.approx(0.5)
    assert order_terms(WISH, []) == dict.fromkeys(TERMS, 0.0)
