"""What a perfect customer does next, from any state of the shop."""

from __future__ import annotations

from typing import Any

from vl_envs.gui.store.browser import Act, Browser, Item, Page
from vl_envs.gui.store.catalogue import Catalogue, shop_words
from vl_envs.gui.store.layout import Layout
from vl_envs.gui.store.reward import Wish
from vl_envs.gui.store.search import PRICE_BANDS, Listing, find

Step = tuple[str, Any]
"""A command and its argument: ``("click", Act)``, ``("type", text)`` or ``("wait", None)``."""


def query_for(wish: Wish) -> str:
    """Give the words that an expert searches for: material and type, which every title names."""
    (category,) = (c for c in shop_words().categories if c.name == wish.category)
    material = [attribute for attribute in wish.attributes if attribute in category.materials]
    return " ".join((*material, wish.category))


def item_of(catalogue: Catalogue, product: int, wish: Wish) -> Item:
    """Give a product as it is to be chosen: as wished, or else the first value on offer."""
    chosen = {
        name: wish.options[name] if wish.options.get(name) in values else values[0]
        for name, values in catalogue[product].options.items()
    }
    return Item(product, tuple(sorted(chosen.items())))


def next_step(browser: Browser, goal: Item, query: str, per_page: int) -> Step:
    """Say what to do next in order to buy ``goal``, and nothing else."""
    page = browser.page
    if browser.ordered:
        return "wait", None
    extra = _extra_item(browser, goal)
    if extra is not None:
        return "click", Act("remove", extra) if page.kind == "cart" else Act("cart")
    if browser.cart:
        ways = {"cart": Act("checkout"), "checkout": Act("confirm")}
        return "click", ways.get(page.kind, Act("cart"))
    if page.kind == "product" and page.product == goal.product:
        chosen = dict(page.chosen)
        for name, value in goal.chosen:
            if chosen.get(name) != value:
                return "click", Act("choose", f"{name}={value}")
        return "click", Act("add")
    step = None
    if page.kind in ("list", "filters"):
        step = _find_in_list(browser, page, goal, per_page)
    if step is not None:
        return "click", step
    if not browser.focused:
        return "click", Act("field")
    # A dialect may not be able to write the line break that submits.
    return ("click", Act("search")) if browser.typed == query else ("type", query + "\n")


def _extra_item(browser: Browser, goal: Item) -> int | None:
    """Give the place of an item of the cart that is not to be bought."""
    if goal not in browser.cart:
        return 0 if browser.cart else None
    keep = browser.cart.index(goal)
    return next((place for place in range(len(browser.cart)) if place != keep), None)


def _find_in_list(browser: Browser, page: Page, goal: Item, per_page: int) -> Act | None:
    """Say how to get to the goal within a list and its filters; None if it is not there."""
    listing, catalogue = page.listing, browser.catalogue
    product, colour = catalogue[goal.product], dict(goal.chosen)["colour"]
    if page.kind == "filters":
        if listing.category not in ("", product.category.name):
            return Act("type", listing.category)
        if listing.colour != colour:
            return Act("colour", colour)
        band = next(
            b for b, (low, high) in enumerate(PRICE_BANDS) if _within(product.price, low, high)
        )
        if listing.band != band:
            return Act("band", band)
        return Act("show")
    found = find(catalogue, listing)
    if goal.product not in found:
        return None
    pages = found.index(goal.product) // per_page - listing.number
    if not pages:
        return Act("product", goal.product)
    if pages > 1 and (not listing.colour or listing.band < 0):
        return Act("filters")
    return Act("turn", 1 if pages > 0 else -1)


def _within(price: int, low: int, high: int) -> bool:
    return low * 100 <= price < high * 100


def first_found(catalogue: Catalogue, query: str) -> int:
    """Give the product that a customer in a hurry takes: the first of the list."""
    return find(catalogue, Listing(query))[0]


def way_to(layout: Layout, act: Act, scroll: int) -> Step:
    """Say how to press ``act`` on a page.

    Returns:
        ``("click", box)``, a box on the screen; or ``("scroll", direction)``, a step towards it.
    """
    piece = layout.find(act)
    assert piece is not None, f"no {act} on this page"
    left, top, right, bottom = layout.place(piece, scroll)
    if bottom - top >= (piece.box[3] - piece.box[1]) * 0.6:
        return "click", (left, top, right, bottom)
    below = piece.box[3] - scroll > layout.view[3]
    return "scroll", "down" if below else "up"
