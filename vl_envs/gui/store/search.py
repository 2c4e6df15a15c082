"""What the shop lists: BM25 over titles, filters, order and pages."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vl_envs.core.bm25 import clean_query
from vl_envs.gui.store.catalogue import Catalogue, shop_words

MOST_RESULTS = 120
"""Products that a list holds at most, the best matches first."""
WORST_MATCH = 0.6
"""Score of the worst match that is listed, as a share of the best one's."""
SORTS = ("Best match", "Price", "Rating")
PRICE_BANDS = ((0, 10), (10, 25), (25, 50), (50, 100), (100, 250), (250, 10**6))
"""Filters by price, from and below so many dollars."""
MOST_TYPES = 6
_KEPT = 256


@dataclass(frozen=True)
class Listing:
    """What is asked of the catalogue.

    Attributes:
        query: words to search for; ``""`` lists whatever passes the filters.
        category: only this type, or ``""``.
        colour: only what is on offer in this colour, or ``""``.
        band: only this one of `PRICE_BANDS`, or -1.
        sort: one of `SORTS`; the price ascends, the rating descends.
        number: page of the list, from 0.
    """

    query: str = ""
    category: str = ""
    colour: str = ""
    band: int = -1
    sort: str = SORTS[0]
    number: int = 0

    def having(self, **changes: str | int) -> Listing:
        """Change something, and begin at the first page again."""
        return replace(self, **{"number": 0, **changes})  # type: ignore[arg-type]


def band_name(band: int) -> str:
    """Write a price band as its filter does."""
    low, high = PRICE_BANDS[band]
    if band == 0:
        return f"Under ${high}"
    return f"Over ${low}" if band == len(PRICE_BANDS) - 1 else f"${low} to ${high}"


def find(catalogue: Catalogue, listing: Listing) -> tuple[int, ...]:
    """Give the numbers of the products that ``listing`` shows on all its pages, in order.

    Without a query all that pass the filters are as good, and come in the catalogue's order. A
    query without a known word finds nothing.
    """
    key = (catalogue.seed, replace(listing, number=0))
    if key in _FOUND:
        _FOUND.move_to_end(key)
        return _FOUND[key]
    found = _FOUND[key] = tuple(map(int, _find(catalogue, listing)))
    if len(_FOUND) > _KEPT:
        _FOUND.popitem(last=False)
    return found


_FOUND: OrderedDict[tuple[int, Listing], tuple[int, ...]] = OrderedDict()


def _find(catalogue: Catalogue, listing: Listing) -> npt.NDArray[np.intp]:
    shop = shop_words()
    passes = np.ones(len(catalogue), bool)
    if listing.category:
        names = [category.name for category in shop.categories]
        passes &= catalogue.categories == names.index(listing.category)
    if listing.colour:
        passes &= catalogue.colours[:, list(shop.colours).index(listing.colour)]
    if listing.band >= 0:
        low, high = PRICE_BANDS[listing.band]
        passes &= (catalogue.prices >= low * 100) & (catalogue.prices < high * 100)
    scores = passes.astype(float)
    if listing.query:
        matches = catalogue.index.scores(listing.query)
        scores *= np.where(matches >= WORST_MATCH * matches.max(), matches, 0)
    found = catalogue.index.best(scores, MOST_RESULTS)
    if listing.sort == "Price":
        found = found[np.argsort(catalogue.prices[found], kind="stable")]
    elif listing.sort == "Rating":
        found = found[np.argsort(-catalogue.ratings[found], kind="stable")]
    return found


def types_of(catalogue: Catalogue, listing: Listing) -> tuple[str, ...]:
    """Name the types that a filter of this list offers, the most frequent first."""
    found = find(
        catalogue, Listing(listing.query, category="" if listing.query else listing.category)
    )
    counts = Counter(catalogue[number].category.name for number in found)
    names = [name for name, _ in counts.most_common(MOST_TYPES)]
    if listing.category and listing.category not in names:
        names = [*names[: MOST_TYPES - 1], listing.category]
    return tuple(names)


def as_query(text: str) -> str:
    """Bring what was typed into the form that is searched for and shown: one line, bounded."""
    return clean_query(text)[:80].strip()
