"""The shop's pages, each laid out from what the browser shows."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.gui.drawing.theme import Theme
from vl_envs.gui.store.browser import TABS, Act, Browser, Item
from vl_envs.gui.store.catalogue import Product, shop_words
from vl_envs.gui.store.layout import Layout, Piece, Sheet
from vl_envs.gui.store.search import PRICE_BANDS, SORTS, band_name, find, types_of

PER_PAGE = 8
"""Products on a page of a list."""


def dollars(cents: int) -> str:
    """Write a price."""
    return f"${cents // 100:,}.{cents % 100:02}"


def lay_out(
    browser: Browser, size: tuple[int, int], theme: Theme, per_page: int = PER_PAGE
) -> Layout:
    """Lay out the page that is shown.

    Args:
        browser: whose page.
        size: (width, height) of the screen, in pixels; from 320 on all fits.
        theme: how it looks.
        per_page: products on a page of a list.
    """
    sheet = Sheet(size, theme)
    _bar(sheet, browser)
    if browser.page.kind == "list":
        _list(sheet, browser, per_page)
    else:
        _PAGES[browser.page.kind](sheet, browser)
    return Layout(sheet)


def _bar(sheet: Sheet, browser: Browser) -> None:
    px, width, high = sheet.px, sheet.width, sheet.top

    def icon(name: str, left: int, right: int, act: Act, called: str, on: str = "bar") -> None:
        value = (name, px(23), "on_bar" if on == "bar" else "text")
        sheet.bar.append(Piece("icon", (left, 0, right, high), "", act, on, value, called))

    sheet.bar.append(Piece("bar", (0, 0, width, high)))
    icon("arrow-left", 0, px(38), Act("back"), "Back")
    icon("storefront-outline", px(38), px(74), Act("home"), "Home")
    field = (px(78), px(7), width - px(48), high - px(7))
    value = (browser.typed, browser.focused)
    sheet.bar.append(Piece("field", field, "Search", Act("field"), "bar", value, "search"))
    icon("magnify", field[2] - px(36), field[2], Act("search"), "Go", "surface")
    icon("cart-outline", width - px(46), width, Act("cart"), "Cart")
    if browser.cart:
        box = (width - px(20), px(4), width - px(4), px(20))
        sheet.bar.append(Piece("badge", box, str(len(browser.cart)), None, "bar"))


def _home(sheet: Sheet, browser: Browser) -> None:
    shop, gap = shop_words(), sheet.px(8)
    columns = 4 if sheet.width >= sheet.px(400) else 3
    wide = (sheet.width - 2 * sheet.margin - gap * (columns - 1)) // columns
    side = min(sheet.picture_side(56), wide - 4)
    high = side + sheet.px(32)
    colours = tuple(shop.colours)
    for department in dict.fromkeys(category.department for category in shop.categories):
        sheet.heading(department)
        own = [c for c in shop.categories if c.department == department]
        for number, category in enumerate(own):
            x = sheet.margin + number % columns * (wide + gap)
            y = sheet.y + number // columns * (high + gap)
            name = category.plural.capitalize()
            act = Act("browse", category.name)
            sheet.put("card", (x, y, x + wide, y + high), "", act=act, name=name)
            left, top = x + (wide - side) // 2, y + sheet.px(5)
            colour = colours[sum(category.name.encode()) % len(colours)]
            value = (category.name, colour, "plain")
            sheet.put("picture", (left, top, left + side, top + side), value=value)
            middle, size = x + wide // 2, sheet.px(12)
            box = (
                middle - wide // 2 + 2,
                y + high - sheet.px(20),
                middle + wide // 2 - 2,
                y + high,
            )
            sheet.put("label", box, name, on="surface", value=(size, "text"))
        sheet.y += -(-len(own) // columns) * (high + gap)


def _list(sheet: Sheet, browser: Browser, per_page: int) -> None:
    listing = browser.page.listing
    found = find(browser.catalogue, listing)
    sheet.y += sheet.px(7)
    filters = [bool(listing.colour), listing.band >= 0, bool(listing.category and listing.query)]
    text = f"Filters ({sum(filters)})" if any(filters) else "Filters"
    sheet.flow(
        [
            ("chip", text, Act("filters"), any(filters), "Filters"),
            *(("chip", sort, Act("sort", sort), sort == listing.sort, "") for sort in SORTS),
        ],
        sheet.margin,
    )
    pages = max(1, -(-len(found) // per_page))
    many = "1 product" if len(found) == 1 else f"{len(found)} products"
    sheet.y = sheet.write(many, sheet.margin, sheet.y, sheet.px(13), tone="muted")
    for number in found[listing.number * per_page : (listing.number + 1) * per_page]:
        _row(sheet, browser.catalogue[number], listing.colour)
    if not found:
        sheet.heading("Nothing was found.")
    sheet.y += sheet.px(6)
    high, wide = sheet.px(36), sheet.px(104)
    top, bottom = sheet.y, sheet.y + high
    if listing.number > 0:
        box = (sheet.margin, top, sheet.margin + wide, bottom)
        sheet.put("plain", box, "Previous", act=Act("turn", -1))
    if listing.number + 1 < pages:
        box = (sheet.width - sheet.margin - wide, top, sheet.width - sheet.margin, bottom)
        sheet.put("plain", box, "Next", act=Act("turn", 1))
    box = (sheet.width // 2 - wide // 2, top, sheet.width // 2 + wide // 2, bottom)
    where = f"Page {listing.number + 1} of {pages}"
    sheet.put("label", box, where, value=(sheet.px(13), "muted"))
    sheet.y = bottom


def _row(sheet: Sheet, product: Product, colour: str) -> None:
    """Set one product of a list: picture (in ``colour``), title, rating, price, other colours."""
    side = sheet.picture_side(72)
    high = max(side, sheet.px(74)) + sheet.px(12)
    left, top, right = sheet.margin, sheet.y, sheet.width - sheet.margin
    box = (left, top, right, top + high)
    sheet.put("card", box, "", act=Act("product", product.number), name=product.title)
    middle = top + high // 2
    picture = (left + 4, middle - side // 2, left + 4 + side, middle - side // 2 + side)
    sheet.put("picture", picture, value=look_of(product, colour))
    x, size = picture[2] + sheet.px(10), sheet.px(15)
    room = right - sheet.px(6) - x
    y = sheet.write(product.title, x, top + sheet.px(5), size, on="surface", width=room, most=2)
    _rating(sheet, product, x, max(y, top + high - sheet.px(37)), "surface")
    price = (x, top + high - sheet.px(24), x + room, top + high - sheet.px(4))
    sheet.put("text", price, dollars(product.price), on="surface", value=(sheet.px(17), "primary"))
    dot = sheet.px(14)
    for place, name in enumerate(reversed(product.options["colour"])):
        edge = right - sheet.px(10) - place * (dot + sheet.px(4))
        disc = (edge - dot, price[1], edge, price[1] + dot)
        sheet.put("dot", disc, on="surface", value=shop_words().colours[name])
    sheet.y += high + sheet.px(5)


def _rating(sheet: Sheet, product: Product, x: int, y: int, on: str) -> None:
    size = sheet.px(12)
    sheet.put("icon", (x, y, x + size, y + size), on=on, value=("star", size, "primary"))
    text = f"{product.rating / 10:.1f} ({product.reviews})"
    box = (x + size + 4, y, x + sheet.px(120), y + size)
    sheet.put("text", box, text, on=on, value=(size, "muted"))


def look_of(product: Product, colour: str) -> tuple[str, str, str]:
    """Tell which picture a product has in a ``colour``, or in the first that it comes in."""
    return product.category.name, colour or product.options["colour"][0], product.pattern


def _filters(sheet: Sheet, browser: Browser) -> None:
    listing = browser.page.listing
    sheet.heading("Price")
    bands = range(len(PRICE_BANDS))
    sheet.flow(
        [("chip", band_name(b), Act("band", b), b == listing.band, "") for b in bands], sheet.margin
    )
    sheet.heading("Colour")
    sheet.flow(
        [
            ("swatch", "", Act("colour", name), (rgb, name == listing.colour), name)
            for name, rgb in shop_words().colours.items()
        ],
        sheet.margin,
    )
    sheet.heading("Type")
    types = types_of(browser.catalogue, listing)
    sheet.flow(
        [("chip", name, Act("type", name), name == listing.category, "") for name in types],
        sheet.margin,
    )
    sheet.y += sheet.px(10)
    count = len(find(browser.catalogue, listing))
    sheet.button(f"Show {count} product{'s' * (count != 1)}", Act("show"))


def _product(sheet: Sheet, browser: Browser) -> None:
    page, product, px = browser.page, browser.product, sheet.px
    chosen = dict(page.chosen)
    side = sheet.picture_side(160)
    left, top = sheet.margin, sheet.y + px(8)
    picture = (left, top, left + side, top + side)
    sheet.put("picture", picture, value=look_of(product, chosen.get("colour", "")))
    x = picture[2] + px(12)
    y = sheet.write(product.title, x, top, px(17), most=5) + px(4)
    _rating(sheet, product, x, y, "background")
    box = (x, y + px(22), sheet.width - sheet.margin, y + px(48))
    sheet.put("text", box, dollars(product.price), value=(px(23), "primary"))
    sheet.y = top + max(side, y + px(50) - top) + px(8)
    colours = shop_words().colours
    for name, values in product.options.items():
        label = (sheet.margin, sheet.y, sheet.margin + px(80), sheet.y + px(30))
        sheet.put("side", label, name.capitalize(), value=(px(14), "muted"))
        sheet.flow(
            [
                ("swatch", "", act, (colours[value], chosen.get(name) == value), value)
                if name == "colour"
                else ("chip", value, act, chosen.get(name) == value, "")
                for value in values
                for act in (Act("choose", f"{name}={value}"),)
            ],
            sheet.margin + px(86),
        )
    if page.note:
        sheet.y = sheet.write(page.note, sheet.margin, sheet.y, px(14), tone="primary") + px(4)
    half = (sheet.width - 2 * sheet.margin - px(8)) // 2
    right = sheet.width - sheet.margin
    bottom = sheet.y + px(38)
    add = (sheet.margin, sheet.y, sheet.margin + half, bottom)
    sheet.put("button", add, "Add to cart", act=Act("add"))
    sheet.put("plain", (right - half, sheet.y, right, bottom), "Buy now", act=Act("buy"))
    sheet.y += px(48)
    for number, tab in enumerate(TABS):
        box = (sheet.margin + number * half, sheet.y, sheet.margin + (number + 1) * half, 0)
        box = (*box[:3], sheet.y + px(30))
        sheet.put("tab", box, tab, act=Act("tab", tab), value=tab == page.tab)
    sheet.y += px(36)
    for line in tell(product, page.tab):
        sheet.y = sheet.write(line, sheet.margin, sheet.y, px(14)) + px(2)


def tell(product: Product, tab: str) -> list[str]:
    """Write what a tab of a product page tells, in paragraphs."""
    name = product.category.name
    if tab == TABS[1]:
        return [f"- {feature.capitalize()}" for feature in (product.material, *product.features)]
    verb = "are" if product.category.pair else "is"
    thing = product.category.plural if product.category.pair else name
    return [
        f"{'These' if product.category.pair else 'This'} {thing} by {product.brand} {verb} made "
        f"for many years of use. Rated {product.rating / 10:.1f} by {product.reviews} customers."
    ]


def _cart(sheet: Sheet, browser: Browser) -> None:
    sheet.heading("Your cart")
    for place, item in enumerate(browser.cart):
        _item(sheet, browser, item, place)
    if not browser.cart:
        sheet.y = sheet.write("It is empty.", sheet.margin, sheet.y, sheet.px(14)) + sheet.px(8)
        sheet.button("Continue shopping", Act("home"), "plain")
        return
    sheet.heading(f"Total: {dollars(browser.total)}")
    sheet.button("Checkout", Act("checkout"))


def _item(sheet: Sheet, browser: Browser, item: Item, place: int) -> None:
    """Set one item of the cart, with a button to remove it."""
    product, chosen = browser.catalogue[item.product], dict(item.chosen)
    side = sheet.picture_side(72)
    high = max(side, sheet.px(78)) + sheet.px(12)
    left, top, right = sheet.margin, sheet.y, sheet.width - sheet.margin
    sheet.put("card", (left, top, right, top + high))
    picture_top = top + (high - side) // 2
    picture = (left + 4, picture_top, left + 4 + side, picture_top + side)
    sheet.put("picture", picture, value=look_of(product, chosen["colour"]))
    x, size = picture[2] + sheet.px(10), sheet.px(14)
    room = right - sheet.px(6) - x
    y = sheet.write(product.title, x, top + sheet.px(5), size, on="surface", width=room, most=2)
    sheet.write(", ".join(said(item)), x, y, sheet.px(13), tone="muted", on="surface", most=1)
    price = (x, top + high - sheet.px(26), x + room, top + high - sheet.px(4))
    sheet.put("text", price, dollars(product.price), on="surface", value=(sheet.px(17), "primary"))
    box = (right - sheet.px(84), top + high - sheet.px(32), right - sheet.px(4), top + high - 4)
    sheet.put("plain", box, "Remove", act=Act("remove", place), on="surface")
    sheet.y += high + sheet.px(5)


def said(item: Item) -> list[str]:
    """Give the values chosen for an item, the colour first."""
    return [value for _, value in sorted(item.chosen, key=lambda pair: pair[0] != "colour")]


def _checkout(sheet: Sheet, browser: Browser) -> None:
    sheet.heading("Your order")
    size, right = sheet.px(14), sheet.width - sheet.margin
    for item in browser.cart:
        product = browser.catalogue[item.product]
        box = (sheet.margin, sheet.y, right, sheet.y + size)
        sheet.put("right", box, dollars(product.price), value=(size, "text"))
        room = right - sheet.margin - sheet.px(90)
        sheet.y = sheet.write(product.title, sheet.margin, sheet.y, size, width=room, most=2)
        chosen = ", ".join(said(item))
        sheet.y = sheet.write(chosen, sheet.margin, sheet.y, size, tone="muted") + sheet.px(8)
    if browser.cart:
        sheet.y = sheet.write("Delivery in two days: free", sheet.margin, sheet.y, size)
        sheet.heading(f"Total: {dollars(browser.total)}")
        sheet.button("Confirm order", Act("confirm"))
    sheet.button("Back to the cart", Act("cart"), "plain")


def _thanks(sheet: Sheet, browser: Browser) -> None:
    sheet.heading("Thank you!")
    sheet.y = sheet.write("Your order was placed.", sheet.margin, sheet.y, sheet.px(15))


_PAGES: dict[str, Callable[[Sheet, Browser], None]] = {
    "home": _home,
    "filters": _filters,
    "product": _product,
    "cart": _cart,
    "checkout": _checkout,
    "thanks": _thanks,
}
