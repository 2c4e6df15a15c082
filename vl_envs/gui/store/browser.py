"""`Browser`: the shop's pages, what opens from where, and what is in the cart."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from vl_envs.gui.store.catalogue import Catalogue, Product
from vl_envs.gui.store.search import Listing, as_query

PAGES = ("home", "list", "filters", "product", "cart", "checkout", "thanks")
TABS = ("Description", "Features")
LONGEST_HISTORY = 60
MOST_ITEMS = 30

NOTHING_HAPPENED = "nothing happened"
CHOOSE_FIRST = "something must be chosen first"


class Act(NamedTuple):
    """What pressing something does: its kind, and what of that kind."""

    kind: str
    value: str | int = ""


class Item(NamedTuple):
    """A product in the cart, as chosen: its number, and (option, value) pairs."""

    product: int
    chosen: tuple[tuple[str, str], ...]


NO_LISTING = Listing()


@dataclass(frozen=True)
class Page:
    """One page of the shop, as it is open.

    Attributes:
        kind: one of `PAGES`.
        listing: what a list shows, or what filters are about.
        product: number of the product that a product page shows.
        tab: of `TABS`, what a product page tells.
        chosen: (option, value) pairs chosen on a product page.
        scroll: how far it is scrolled, in pixels.
        note: what the shop tells the customer, ``""`` if nothing.
    """

    kind: str
    listing: Listing = NO_LISTING
    product: int = -1
    tab: str = TABS[0]
    chosen: tuple[tuple[str, str], ...] = ()
    scroll: int = 0
    note: str = ""


HOME = Page("home")


@dataclass
class Browser:
    """A customer's window on the shop.

    Attributes:
        catalogue: what is sold.
        pages: the pages opened so far; the last one is shown, *back* closes it.
        cart: what is in the cart.
        typed: what stands in the search box.
        focused: whether the search box takes what is typed.
    """

    catalogue: Catalogue
    pages: list[Page] = field(default_factory=lambda: [HOME])
    cart: list[Item] = field(default_factory=list)
    typed: str = ""
    focused: bool = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Browser:
        """Copy the lists; pages, items and catalogue never change."""
        twin = copy.copy(self)
        twin.pages, twin.cart = list(self.pages), list(self.cart)
        return twin

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.pages[-1]

    @property
    def product(self) -> Product:
        """The product that a product page shows."""
        return self.catalogue[self.page.product]

    @property
    def total(self) -> int:
        """What all in the cart costs, in cents."""
        return sum(self.catalogue[item.product].price for item in self.cart)

    @property
    def ordered(self) -> bool:
        """Whether the order was placed."""
        return self.page.kind == "thanks"

    def open(self, page: Page) -> None:
        """Show another page; *back* leads to the one that is shown now."""
        self.pages.append(page)
        if len(self.pages) > LONGEST_HISTORY:
            del self.pages[1]
        self.focused = False
        self.typed = page.listing.query if page.kind == "list" else ""

    def change(self, **changes: Any) -> None:
        """Change something about the page that is shown."""
        self.pages[-1] = replace(self.page, note="", **changes)

    def do(self, act: Act) -> str:
        """Do what was pressed, and say in words what came of it; never what is on sale."""
        if act.kind != "search":
            self.focused = act.kind == "field"
        return _DEEDS.get(act.kind, _nothing)(self, act.value)

    def type(self, text: str) -> str:
        """Put ``text`` into the search box in place of what it held; a line break submits it."""
        if not self.focused:
            return "no field has the focus"
        body, submits, _ = text.partition("\n")
        if body.strip() or not submits:
            self.typed = as_query(body)
        return self.do(Act("search")) if submits else "the search box was filled"

    def back(self) -> str:
        """Close the page that is shown."""
        self.focused = False
        if len(self.pages) == 1:
            return NOTHING_HAPPENED
        self.pages.pop()
        self.typed = self.page.listing.query if self.page.kind == "list" else ""
        return "the page before opened"

    def home(self) -> str:
        """Open the shop's first page."""
        self.focused = False
        if self.page.kind == "home":
            return NOTHING_HAPPENED
        self.open(HOME)
        return "the home page opened"

    def missing(self) -> str:
        """Name the first option that is still to be chosen on the product page, or ``""``."""
        chosen = dict(self.page.chosen)
        return next((name for name in self.product.options if name not in chosen), "")


# What acts do. Each takes the browser and the act's value, and says what came of it.


def _nothing(browser: Browser, value: str | int) -> str:
    return NOTHING_HAPPENED


def _focus(browser: Browser, value: str | int) -> str:
    return "the search box has the focus"


def _search(browser: Browser, value: str | int) -> str:
    if not browser.typed:
        return "there was nothing to search for"
    browser.open(Page("list", Listing(browser.typed)))
    return "a list of products opened"


def _browse(browser: Browser, value: str | int) -> str:
    browser.open(Page("list", Listing(category=str(value))))
    return "a list of products opened"


def _turn_page(browser: Browser, value: str | int) -> str:
    listing = browser.page.listing
    browser.open(Page("list", replace(listing, number=listing.number + int(value))))
    return "another page of the list opened"


def _sort(browser: Browser, value: str | int) -> str:
    browser.change(listing=browser.page.listing.having(sort=value), scroll=0)
    return "the list was sorted"


def _open_filters(browser: Browser, value: str | int) -> str:
    browser.open(Page("filters", browser.page.listing))
    return "the filters opened"


def _filter(name: str) -> Callable[[Browser, str | int], str]:
    """Make the deed that sets a filter, or takes it back where it was set."""

    def deed(browser: Browser, value: str | int) -> str:
        listing = browser.page.listing
        off = getattr(NO_LISTING, name)
        new = off if getattr(listing, name) == value else value
        browser.change(listing=listing.having(**{name: new}))
        return "a filter changed"

    return deed


def _show(browser: Browser, value: str | int) -> str:
    listing = browser.page.listing
    browser.pages.pop()  # *back* skips the filters, and leads to the list before
    browser.open(Page("list", listing))
    return "a list of products opened"


def _open_product(browser: Browser, value: str | int) -> str:
    browser.open(Page("product", product=int(value)))
    return "a product page opened"


def _choose(browser: Browser, value: str | int) -> str:
    name, _, choice = str(value).partition("=")
    chosen = {**dict(browser.page.chosen), name: choice}
    browser.change(chosen=tuple(chosen.items()))
    return "an option was chosen"


def _open_tab(browser: Browser, value: str | int) -> str:
    browser.change(tab=value)
    return "a tab opened"


def _add(opened: str, effect: str) -> Callable[[Browser, str | int], str]:
    """Make the deed that puts the product into the cart, and opens a page."""

    def deed(browser: Browser, value: str | int) -> str:
        missing = browser.missing()
        if missing or len(browser.cart) >= MOST_ITEMS:
            note = f"Please choose: {missing}" if missing else "Your cart is full"
            browser.pages[-1] = replace(browser.page, note=note)
            return CHOOSE_FIRST if missing else "the cart is full"
        browser.cart.append(Item(browser.page.product, tuple(sorted(browser.page.chosen))))
        browser.open(Page(opened))
        return effect

    return deed


def _remove(browser: Browser, value: str | int) -> str:
    del browser.cart[int(value)]
    browser.change()
    return "an item was removed"


def _open_page(kind: str, effect: str) -> Callable[[Browser, str | int], str]:
    def deed(browser: Browser, value: str | int) -> str:
        browser.open(Page(kind))
        return effect

    return deed


_DEEDS: dict[str, Callable[[Browser, str | int], str]] = {
    "field": _focus,
    "search": _search,
    "home": lambda browser, value: browser.home(),
    "back": lambda browser, value: browser.back(),
    "browse": _browse,
    "turn": _turn_page,
    "sort": _sort,
    "filters": _open_filters,
    "colour": _filter("colour"),
    "band": _filter("band"),
    "type": _filter("category"),
    "show": _show,
    "product": _open_product,
    "choose": _choose,
    "tab": _open_tab,
    "add": _add("cart", "the product went into the cart"),
    "buy": _add("checkout", "the order summary opened"),
    "cart": _open_page("cart", "the cart opened"),
    "remove": _remove,
    "checkout": _open_page("checkout", "the order summary opened"),
    "confirm": _open_page("thanks", "the order was placed"),
}
