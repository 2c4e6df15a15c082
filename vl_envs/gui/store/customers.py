"""Simulated customers of the shop: who they are, in words, and what they do on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from vl_envs.core.tasks import split_of
from vl_envs.gui.store.browser import Act, Browser
from vl_envs.gui.store.catalogue import Catalogue, Product, shop_words
from vl_envs.gui.store.persona_reward import Action, rouge_tokens
from vl_envs.gui.store.search import find

PER_PAGE = 4
"""Products on a page of a list, so that all of a page is seen at once."""
LONGEST_SESSION = 40
SEARCH = "search"
"""Name of the search box."""
LEAVE = Action("terminate")

_NAMES = (
    ("Ada", "She"),
    ("Bruno", "He"),
    ("Chen", "She"),
    ("Dario", "He"),
    ("Efua", "She"),
    ("Finn", "He"),
    ("Goran", "He"),
    ("Hana", "She"),
    ("Ines", "She"),
    ("Jonas", "He"),
    ("Kofi", "He"),
    ("Lena", "She"),
)


@dataclass(frozen=True)
class Customer:
    """A customer: wish, tastes and habits. All that they do follows from these and the pages.

    Attributes:
        name: a first name.
        pronoun: ``She`` or ``He``.
        category: the type of product wanted.
        material: wanted in the title, or ``""``.
        colour: wanted among the colours on offer, or ``""``.
        feature: looked up on the product's page, or ``""``.
        brand: the only one that is bought, or ``""``.
        budget: the highest price, in cents.
        rating: the lowest rating, in tenths of a star; 0 for any.
        sort: the order of the list that is chosen first, or ``""``.
        filters: whether the colour is filtered by.
        patience: pages of a list that are looked at.
        second: what else is searched for where nothing fits: ``type``, ``brand``, ``colour`` or
            ``""`` for those who leave.
        hurry: whether it is bought with *Buy now* rather than through the cart.
        last: whether the last rather than the first of other options is chosen.
        doubts: a customer with doubts leaves before paying more than this, in cents; 0 for none.
    """

    name: str
    pronoun: str
    category: str
    material: str
    colour: str
    feature: str
    brand: str
    budget: int
    rating: int
    sort: str
    filters: bool
    patience: int
    second: str
    hurry: bool
    last: bool
    doubts: int

    def queries(self) -> list[str]:
        """Give what is searched for, in order."""
        first = " ".join(part for part in (self.material, self.category) if part)
        more = {"type": self.category, "brand": f"{self.brand} {first}"}
        more["colour"] = f"{self.colour} {self.category}"
        return [first, more[self.second]] if self.second else [first]

    def likes(self, product: Product) -> bool:
        """Tell, by what a list shows, whether a product is worth a look."""
        title = rouge_tokens(product.title)
        return (
            all(word in title for word in (*self.category.split(), *self.material.split()))
            and (not self.brand or self.brand == product.brand)
            and (not self.colour or self.colour in product.options["colour"])
            and product.price <= self.budget
            and product.rating >= self.rating
        )


def split_of_customer(category: str, material: str, colour: str) -> str:
    """Name the split of a wish: type, material and colour together."""
    return split_of("shop/customer", category, material, colour)


def draw_customer(catalogue: Catalogue, split: str, rng: np.random.Generator) -> Customer:
    """Draw a customer of a split; three in four find what they want."""
    product = _draw_wish(catalogue, split, rng)
    name, pronoun = _NAMES[int(rng.integers(len(_NAMES)))]
    material, colour = _wish_of(product)
    brand = product.brand if rng.random() < 0.1 else ""
    budget = round(product.price * (1 + 0.9 * rng.random()) / 100) * 100
    ways = ("type" if material else "", "brand" if brand else "", "colour" if colour else "")
    second = [way for way in ways if way] or [""]

    def coin(share: float) -> bool:
        return bool(rng.random() < share)

    return Customer(
        name=name,
        pronoun=pronoun,
        category=product.category.name,
        material=material,
        colour=colour,
        feature=product.features[int(rng.integers(3))] if coin(0.4) else "",
        brand=brand,
        budget=max(budget, 500),
        rating=(0, 0, 36, 38)[int(rng.integers(4))],
        sort=("", "Price", "Rating")[int(rng.integers(3))],
        filters=bool(colour) and coin(0.5),
        patience=int(rng.integers(2, 6)),
        second=second[int(rng.integers(len(second)))] if coin(0.9) else "",
        hurry=coin(0.4),
        last=coin(0.5),
        doubts=round(budget * 0.8 / 100) * 100 if coin(0.12) else 0,
    )


def _draw_wish(catalogue: Catalogue, split: str, rng: np.random.Generator) -> Product:
    while True:
        product = catalogue[int(rng.integers(len(catalogue)))]
        if split_of_customer(product.category.name, *_wish_of(product)) == split:
            return product


def _wish_of(product: Product) -> tuple[str, str]:
    """Derive material and colour of a wish from a product; two thirds want each of them."""
    material = "" if product.number % 3 == 0 else product.material
    colour = "" if product.number % 5 < 2 else product.options["colour"][product.number % 2]
    return material, colour


def describe(customer: Customer) -> str:
    """Say who a customer is, in words."""
    they, (category,) = (
        customer.pronoun,
        [c for c in shop_words().categories if c.name == customer.category],
    )
    name = category.plural if category.pair else category.name
    thing = " ".join(part for part in (customer.colour, customer.material, name) if part)
    article = "a pair of" if category.pair else "an" if thing[0] in "aeiou" else "a"
    lines = [f"{customer.name} wants {article} {thing} and has {customer.budget // 100} dollars."]
    if customer.brand:
        lines.append(f"{they} buys only what {customer.brand} makes.")
    if customer.rating:
        lines.append(f"{they} looks at nothing rated below {customer.rating / 10:.1f}.")
    if customer.feature:
        lines.append(f'{they} opens "Features" first: it must be {customer.feature}.')
    habit = "takes a list as it comes"
    if customer.sort:
        habit = f"sorts every list by {customer.sort.lower()} first"
    if customer.filters:
        habit += ", then filters it by the colour"
    pages = "one page" if customer.patience == 1 else f"{customer.patience} pages"
    lines.append(f"{they} {habit}, opens the first product that fits, and looks at {pages}.")
    queries = customer.queries()
    lines.append(
        f'Where nothing fits, {they.lower()} searches once more, for "{queries[1]}".'
        if len(queries) > 1
        else f"Where nothing fits, {they.lower()} leaves."
    )
    colour = customer.colour or "the first colour"
    end = "last" if customer.last else "first"
    lines.append(f"{they} chooses {colour} and the {end} of all other options.")
    lines.append(f'{they} presses "{"Buy now" if customer.hurry else "Add to cart"}".')
    if customer.doubts:
        limit = customer.doubts // 100
        lines.append(f"{they} leaves in the end if it costs more than {limit} dollars.")
    return " ".join(lines)


@dataclass
class Session:
    """A customer's visit to the shop.

    Attributes:
        customer: who visits.
        browser: the shop as it is open.
        actions: what was done so far.
        rejected: products that were looked at and left.
        looked: pages of lists looked at since the last search.
    """

    customer: Customer
    browser: Browser
    actions: list[Action] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    looked: int = 1

    @property
    def searches(self) -> int:
        """How often something was searched for."""
        return sum(action.kind == "type_and_submit" for action in self.actions)

    def next(self) -> tuple[Action, Act | None]:
        """Say what the customer does now: the action, and what it presses."""
        return _HABITS[self.browser.page.kind](self)

    def page_decides(self) -> bool:
        """Tell whether what the customer does now cannot be told without the page.

        Elsewhere description and history say it: who sorts every list by price does so, and who
        has chosen all options presses the button. (Of options other than colours, the first of
        those on offer is most often the first that there is.)
        """
        customer, act, page = self.customer, self.next()[1], self.browser.page
        if page.kind == "list":
            return act is None or act.kind in ("product", "turn")
        if page.kind == "product":
            checked = bool(customer.feature) and page.tab == "Features" and not page.chosen
            first = act is not None and act.kind == "choose" and not page.chosen
            return checked or (first and not customer.colour)
        if page.kind == "filters":
            return act is not None and act.kind == "show"
        return page.kind in ("cart", "checkout") and customer.doubts > 0

    def play(self) -> Iterator[Action]:
        """Play the visit; give each action *before* it is done. The browser shows its page."""
        for _ in range(LONGEST_SESSION):
            action, act = self.next()
            yield action
            self.actions.append(action)
            if action == LEAVE or action.name == "Confirm order":
                return
            self._do(action, act)

    def _do(self, action: Action, act: Act | None) -> None:
        browser = self.browser
        if action.kind == "type_and_submit":
            browser.do(Act("field"))
            browser.type(action.text + "\n")
            self.looked = 1
            return
        assert act is not None
        if act.kind == "back":
            self.rejected.add(browser.page.product)
        self.looked += act.kind == "turn"
        browser.do(act)


def _press(name: str, kind: str, value: str | int = "") -> tuple[Action, Act]:
    return Action("click", name), Act(kind, value)


def _search(session: Session) -> tuple[Action, Act | None]:
    queries, searches = session.customer.queries(), session.searches
    if searches < len(queries):
        return Action("type_and_submit", SEARCH, queries[searches]), None
    return LEAVE, None


def _at_list(session: Session) -> tuple[Action, Act | None]:
    customer, listing = session.customer, session.browser.page.listing
    catalogue = session.browser.catalogue
    if customer.sort and listing.sort != customer.sort:
        return _press(customer.sort, "sort", customer.sort)
    if customer.filters and listing.colour != customer.colour:
        return _press("Filters", "filters")
    found = find(catalogue, listing)
    start = listing.number * PER_PAGE
    for number in found[start : start + PER_PAGE]:
        if customer.likes(catalogue[number]) and number not in session.rejected:
            return _press(catalogue[number].title, "product", number)
    if session.looked < customer.patience and start + PER_PAGE < len(found):
        return _press("Next", "turn", 1)
    return _search(session)


def _at_filters(session: Session) -> tuple[Action, Act | None]:
    listing, colour = session.browser.page.listing, session.customer.colour
    if listing.colour != colour:
        return _press(colour, "colour", colour)
    count = len(find(session.browser.catalogue, replace(listing, number=0)))
    return _press(f"Show {count} product{'s' * (count != 1)}", "show")


def _at_product(session: Session) -> tuple[Action, Act | None]:
    customer, browser = session.customer, session.browser
    product, page = browser.product, browser.page
    if customer.feature:
        if page.tab != "Features":
            return _press("Features", "tab", "Features")
        if customer.feature not in product.features:
            return _press("Back", "back")
    missing = browser.missing()
    if missing:
        values = product.options[missing]
        value = values[-1 if customer.last else 0]
        if missing == "colour":
            value = customer.colour or values[0]
        return _press(value, "choose", f"{missing}={value}")
    return _press("Buy now", "buy") if customer.hurry else _press("Add to cart", "add")


def _at_cart(session: Session) -> tuple[Action, Act | None]:
    if 0 < session.customer.doubts < session.browser.total:
        return LEAVE, None
    return _press("Checkout", "checkout")


def _at_checkout(session: Session) -> tuple[Action, Act | None]:
    if 0 < session.customer.doubts < session.browser.total:
        return LEAVE, None
    return _press("Confirm order", "confirm")


_HABITS: dict[str, Callable[[Session], tuple[Action, Act | None]]] = {
    "home": _search,
    "list": _at_list,
    "filters": _at_filters,
    "product": _at_product,
    "cart": _at_cart,
    "checkout": _at_checkout,
}
