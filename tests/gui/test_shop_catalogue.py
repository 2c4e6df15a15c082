"""The catalogue: what it holds, that a seed decides it, and how its products look."""

from __future__ import annotations

import copy
import hashlib
import itertools
import pickle
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vl_envs.core.bm25 import words
from vl_envs.gui.store.catalogue import Catalogue, Product, open_catalogue, shop_words
from vl_envs.gui.store.products import large_picture, small_picture
from vl_envs.gui.store.search import (
    MOST_RESULTS,
    PRICE_BANDS,
    SORTS,
    Listing,
    as_query,
    band_name,
    find,
    types_of,
)

SHOP = open_catalogue(0)


def test_size_and_variety() -> None:
    """There are over 10,000 products, as many of each of 30 types."""
    assert len(SHOP) >= 10_000
    counts = Counter(product.category.name for product in SHOP.products)
    assert len(counts) == 30 and len(set(counts.values())) == 1
    assert len({product.title for product in SHOP.products}) > 0.95 * len(SHOP)
    assert {product.pattern for product in SHOP.products} == set(shop_words().patterns)
    assert {c for p in SHOP.products for c in p.options["colour"]} == set(shop_words().colours)


def test_products_are_well_made() -> None:
    """Titles name type, material and brand; what a product is comes from its type's words."""
    for number, product in enumerate(SHOP.products):
        category = product.category
        assert SHOP[number] is product and product.number == number
        title = set(words(product.title))
        assert title >= set(words(f"{category.name} {product.material} {product.brand}"))
        assert product.material in category.materials
        assert len(set(product.features)) == 3 and set(product.features) <= set(category.features)
        assert product.pattern == "plain" or category.patterned
        assert list(product.options) == ["colour", *category.options]
        for name, values in product.options.items():
            assert len(set(values)) == len(values) >= 2
            assert set(values) <= set(category.options.get(name, shop_words().colours))
        assert 0.9 * category.price[0] < product.price / 100 < 2 * category.price[1]
        assert 30 <= product.rating <= 50 and product.reviews > 0
        assert len(product.attributes) == 5


def test_no_colour_is_told_by_a_title() -> None:
    """Colours are seen, never read."""
    colours = set(shop_words().colours)
    assert not any(colours & set(words(product.title)) for product in SHOP.products)


def test_every_product_has_siblings_that_differ_in_one_thing() -> None:
    """For material, feature, colour and price there is one that differs in nothing else asked."""
    families: defaultdict[str, list[Product]] = defaultdict(list)
    for product in SHOP.products:
        families[product.category.name].append(product)
    found = Counter[str]()
    for product in SHOP.products[:300]:
        kinds = set()
        for other in families[product.category.name]:
            differs = {
                "material": other.material != product.material,
                "feature": set(other.features) != set(product.features),
                "colour": set(other.options["colour"]) != set(product.options["colour"]),
                "price": not 0.9 < other.price / product.price < 1.1,
            }
            if sum(differs.values()) == 1:
                kinds |= {kind for kind, is_so in differs.items() if is_so}
        found.update(kinds)
    # Of some, the price is too low for prices to be told apart.
    assert all(found[kind] > 295 for kind in ("material", "feature", "colour", "price")), found


def _print(catalogue: Catalogue) -> str:
    told = "\n".join(
        repr(replace(product, category=shop_words().categories[0]))
        for product in catalogue.products
    )
    return hashlib.sha256(told.encode()).hexdigest()


def test_the_seed_decides_everything() -> None:
    """The same seed draws the same catalogue, in another process too; another draws another."""
    assert _print(Catalogue(0)) == _print(SHOP) != _print(Catalogue(1))
    code = "from tests.gui.test_shop_catalogue import _print, SHOP; print(_print(SHOP))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": "."},
    )
    assert run.stdout.strip() == _print(SHOP)


def test_built_once_and_pickled_as_its_seed() -> None:
    """Environments share a catalogue; copies and pickles carry the seed alone."""
    assert open_catalogue(0) is SHOP and copy.deepcopy(SHOP) is SHOP
    assert len(pickle.dumps(SHOP)) < 200
    assert pickle.loads(pickle.dumps(SHOP)) is SHOP  # noqa: S301 (our own bytes)
    start = time.process_time()
    Catalogue(5)
    assert time.process_time() - start < 2


# Search and lists.


def test_lists_hold_what_was_asked_for() -> None:
    """Filters let through what they name, and the order is the one that was chosen."""
    listing = Listing("cotton shirt", colour="blue", band=1)
    found = [SHOP[number] for number in find(SHOP, listing)]
    assert found
    for product in found:
        assert "blue" in product.options["colour"] and 1000 <= product.price < 2500
    assert {p.category.name for p in found} == {"shirt"} and {p.material for p in found} == {
        "cotton"
    }
    by_price = find(SHOP, listing.having(sort="Price"))
    assert sorted(by_price) == sorted(p.number for p in found)
    assert (np.diff([SHOP[n].price for n in by_price]) >= 0).all()
    by_rating = find(SHOP, listing.having(sort="Rating"))
    assert (np.diff([SHOP[n].rating for n in by_rating]) <= 0).all()
    assert find(SHOP, listing.having(category="mug")) == ()
    assert listing.having(number=3).number == 3 and listing.having(sort="Price").number == 0


def test_the_best_match_comes_first() -> None:
    """A whole title finds its product, or one whose title says the same, at the top."""
    for product in SHOP.products[:200]:
        first = SHOP[find(SHOP, Listing(as_query(product.title)))[0]]
        assert set(words(first.title)) >= set(words(product.title)) - {"by"}


def test_lists_are_bounded_and_survive_any_query() -> None:
    """No query raises; no list is longer than the limit; nothing is found for unknown words."""
    for query in ("", "shirt", "nowhere", "\x00", "a " * 5000, "漢字", as_query("\ud800 mug")):
        assert len(find(SHOP, Listing(query))) <= MOST_RESULTS
    assert find(SHOP, Listing("nowhere")) == ()
    assert len(find(SHOP, Listing())) == MOST_RESULTS
    assert len(as_query("x" * 10**6)) == 80 and as_query(" a\n b\x00 ") == "a b"


def test_filters_offer_what_is_there() -> None:
    """Types come by their number among what is found; the chosen one is always offered."""
    assert types_of(SHOP, Listing("shirt")) == ("shirt",)
    assert set(types_of(SHOP, Listing("steel"))) <= {c.name for c in shop_words().categories}
    assert "kite" in types_of(SHOP, Listing("steel", category="kite"))
    assert [band_name(band) for band in range(len(PRICE_BANDS))][:2] == ["Under $10", "$10 to $25"]
    assert SORTS[0] == Listing().sort


# Pictures.


def test_types_colours_and_patterns_are_told_apart() -> None:
    """No two types look alike, no two colours of one, no two patterns of those that have any."""
    shop = shop_words()
    types = [small_picture(c.name, "blue", "plain", 72) for c in shop.categories]
    for one, two in itertools.combinations(types, 2):
        assert (np.abs(one.astype(int) - two).max(-1) > 60).mean() > 0.1
    for category in shop.categories:
        colours = [small_picture(category.name, c, "plain", 72) for c in shop.colours]
        for one, two in itertools.combinations(colours, 2):
            assert (np.abs(one.astype(int) - two).max(-1) > 25).mean() > 0.04, category.name
        patterns = [small_picture(category.name, "red", p, 72) for p in shop.patterns]
        for one, two in itertools.combinations(patterns, 2):
            changed = (np.abs(one.astype(int) - two).max(-1) > 60).mean()
            assert changed > 0.02 or not category.patterned, category.name


@pytest.mark.parametrize("side", [20, 72, 180, 360])
def test_pictures_are_shared_and_stand_on_white(side: int) -> None:
    """A picture is drawn once, at the size that was asked for."""
    draw = small_picture if side < 100 else large_picture
    picture = draw("teapot", "green", "dotted", side)
    assert picture.shape == (side, side, 3) and picture.dtype == np.uint8
    assert draw("teapot", "green", "dotted", side) is picture
    assert (picture[0, 0] == 255).all() and (picture[-1, -1] == 255).all()
    assert (picture < 200).any()


def test_the_colour_is_the_one_that_is_named() -> None:
    """Most of a plain shirt is exactly the colour."""
    for name, rgb in shop_words().colours.items():
        picture = large_picture("shirt", name, "plain", 180)
        assert (picture == np.array(rgb)).all(-1).mean() > 0.3
