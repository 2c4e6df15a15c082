"""The shop's pages: everything lies on the screen, is drawn, and does what it says."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import pytest

from vl_envs.gui.drawing.painter import text_width
from vl_envs.gui.drawing.theme import THEMES
from vl_envs.gui.store.browser import CHOOSE_FIRST, MOST_ITEMS, Act, Browser, Item, Page
from vl_envs.gui.store.catalogue import open_catalogue
from vl_envs.gui.store.layout import Layout, wrap
from vl_envs.gui.store.pages import PER_PAGE, dollars, lay_out
from vl_envs.gui.store.painter import paint
from vl_envs.gui.store.search import Listing, find

SHOP = open_catalogue(0)
SIZES = ((320, 320), (448, 448), (640, 320), (1024, 768))


def walk() -> Iterator[Browser]:
    """Visit every kind of page, in several states."""
    browser = Browser(SHOP)
    yield browser
    browser.do(Act("field"))
    browser.type("steel wrist watch")
    yield browser
    browser.do(Act("search"))
    yield browser
    browser.do(Act("turn", 1))
    yield browser
    browser.do(Act("filters"))
    browser.do(Act("colour", "red"))
    browser.do(Act("band", 4))
    browser.do(Act("type", "wrist watch"))
    yield browser
    browser.do(Act("show"))
    yield browser
    longest = max(SHOP.products, key=lambda product: len(product.title))
    for product in (longest, SHOP[1], SHOP[2]):
        browser.do(Act("product", product.number))
        browser.do(Act("add"))
        yield browser
        browser.do(Act("tab", "Features"))
        for name, values in product.options.items():
            browser.do(Act("choose", f"{name}={values[-1]}"))
        yield browser
        browser.do(Act("add"))
        yield browser
    browser.do(Act("remove", 0))
    yield browser
    browser.do(Act("checkout"))
    yield browser
    browser.do(Act("confirm"))
    yield browser
    browser.do(Act("home"))
    browser.cart.clear()
    for kind in ("cart", "checkout"):
        browser.do(Act(kind))
        yield browser
    browser.open(Page("list", Listing("nowhere")))
    yield browser


def center(layout: Layout, box: tuple[int, int, int, int]) -> tuple[float, float]:
    """Give the middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_everything_lies_on_the_screen_and_can_be_pressed(
    theme: str, size: tuple[int, int]
) -> None:
    """Boxes lie within the page, no text is wider than its box, and a press hits what is seen."""
    for browser in walk():
        layout = lay_out(browser, size, THEMES[theme])
        for piece in layout.pieces:
            left, top, right, bottom = piece.box
            assert 0 <= left < right <= size[0] and 0 <= top < bottom <= layout.bottom, piece
            if piece.look in ("text", "label"):
                assert text_width(piece.text, piece.value[0]) <= right - left + 4, piece
            if piece.look in ("button", "plain", "chip", "tab"):
                assert text_width(piece.text, layout.px(14)) <= right - left - 4, piece
            if piece.act is None:
                continue
            scroll = 0
            for scroll in range(0, layout.lowest + 1, max(1, layout.lowest // 7)):
                seen = layout.place(piece, scroll)
                if seen[3] - seen[1] >= 0.6 * (bottom - top):
                    break
            seen = layout.place(piece, scroll)
            assert seen[3] > seen[1], f"{piece} is never in view"
            x, y = center(layout, seen)
            hit = layout.hit(x, y, scroll)
            under = Act("field")  # the magnifier lies on it
            assert hit is not None and (hit.act == piece.act or piece.act == under), piece
        acts = [p.act for p in layout.pieces if p.act and p.act.kind not in ("cart", "home")]
        assert len(set(acts)) == len(acts)
        picture = paint(layout, THEMES[theme], 0)
        assert picture.shape == (size[1], size[0], 3) and picture.std() > 5


def test_every_page_looks_different() -> None:
    """What changes on a page is seen: twenty states are twenty pictures, and scrolling moves."""
    theme = THEMES["light"]
    seen = [paint(lay_out(browser, (448, 448), theme), theme, 0) for browser in walk()]
    hashes = {picture.tobytes() for picture in seen}
    assert len(hashes) >= len(seen) - 1  # an empty cart is shown on two ways
    browser = next(walk())
    layout = lay_out(browser, (448, 448), THEMES["light"])
    one, two = (paint(layout, THEMES["light"], scroll) for scroll in (0, layout.step))
    top = layout.view[1]
    assert np.array_equal(one[:top], two[:top]) and not np.array_equal(one, two)
    assert np.array_equal(one[top + layout.step : -1, :440], two[top : -1 - layout.step, :440])


def test_titles_are_shown_in_full() -> None:
    """A list shows every word of a title, in at most two lines, on the narrowest screen."""
    browser = Browser(SHOP)
    for start in range(0, 400, PER_PAGE):
        browser.pages = [Page("list", Listing(SHOP[start].title))]
        for theme in ("mobile", "dense"):
            layout = lay_out(browser, (320, 320), THEMES[theme])
            shown = " ".join(piece.text for piece in layout.body if piece.look == "text")
            for number in find(SHOP, browser.page.listing)[:PER_PAGE]:
                assert SHOP[number].title in shown


def test_wrap() -> None:
    """Lines break between words and fit; one long word stands alone."""
    lines = wrap("one two three " + "x" * 80 + " four", 14, 60)
    assert " ".join(lines).split() == ["one", "two", "three", "x" * 80, "four"]
    assert all(text_width(line, 14) <= 60 for line in lines if "x" not in line)
    assert wrap("", 14, 60) == ("",)
    assert dollars(123456) == "$1,234.56" and dollars(99) == "$0.99"


# What the browser does.


def test_search_needs_the_focus_and_a_line_break() -> None:
    """Typing without focus does nothing; a line break submits; the search icon does too."""
    browser = Browser(SHOP)
    assert browser.type("mug\n") == "no field has the focus" and browser.page.kind == "home"
    browser.do(Act("field"))
    assert browser.type("mug") == "the search box was filled" and browser.page.kind == "home"
    assert browser.type("red mug") == "the search box was filled" and browser.typed == "red mug"
    assert browser.type("\n") == "a list of products opened"
    assert browser.page == Page("list", Listing("red mug")) and browser.typed == "red mug"
    browser.do(Act("field"))
    assert browser.type(" \n") == "a list of products opened"  # what stood there is searched again
    browser.home()
    assert browser.do(Act("search")) == "there was nothing to search for"


def test_back_is_the_browsers() -> None:
    """Back returns to the page before, as it was left; at the first page nothing happens."""
    browser = Browser(SHOP)
    assert browser.back() == "nothing happened"
    browser.do(Act("browse", "mug"))
    browser.do(Act("sort", "Price"))
    browser.change(scroll=77)
    left = browser.page
    browser.do(Act("product", 5))
    browser.do(Act("filters"))
    assert browser.back() == browser.back() == "the page before opened"
    assert browser.page == left and left.scroll == 77 and left.listing.sort == "Price"
    assert browser.home() == "the home page opened" and browser.home() == "nothing happened"
    for _ in range(300):
        browser.do(Act("cart"))
        browser.do(Act("home"))
    assert len(browser.pages) <= 61


def test_options_must_be_chosen() -> None:
    """Nothing goes into the cart before every option is chosen; the shop says which is missing."""
    browser = Browser(SHOP)
    browser.do(Act("product", 7))
    for name, values in browser.product.options.items():
        assert browser.do(Act("add")) == browser.do(Act("buy")) == CHOOSE_FIRST
        assert not browser.cart and browser.page.note == f"Please choose: {name}"
        layout = lay_out(browser, (448, 448), THEMES["light"])
        assert any(piece.text == browser.page.note for piece in layout.body)
        browser.do(Act("choose", f"{name}={values[0]}"))
        browser.do(Act("choose", f"{name}={values[1]}"))
        assert not browser.page.note
    browser.do(Act("add"))
    chosen = {name: values[1] for name, values in SHOP[7].options.items()}
    assert browser.cart == [Item(7, tuple(sorted(chosen.items())))]
    assert browser.page.kind == "cart" and browser.total == SHOP[7].price
    browser.back()
    browser.do(Act("buy"))
    assert len(browser.cart) == 2 and browser.page.kind == "checkout" and not browser.ordered
    browser.do(Act("confirm"))
    assert browser.ordered


def test_the_cart_is_bounded_and_can_be_emptied() -> None:
    """A cart holds so many items; what is removed is gone."""
    browser = Browser(SHOP)
    browser.do(Act("product", 7))
    for name, values in browser.product.options.items():
        browser.do(Act("choose", f"{name}={values[0]}"))
    for _ in range(MOST_ITEMS + 3):
        browser.do(Act("add"))
        browser.back()
    assert len(browser.cart) == MOST_ITEMS
    browser.do(Act("cart"))
    for _ in range(MOST_ITEMS):
        browser.do(Act("remove", 0))
    assert not browser.cart
    assert lay_out(browser, (448, 448), THEMES["dark"]).find(Act("checkout")) is None


def test_filters_are_set_and_taken_back() -> None:
    """Pressing a filter twice is not having pressed it; back skips the filters' page."""
    browser = Browser(SHOP)
    browser.do(Act("field"))
    browser.type("mug\n")
    before = browser.page
    browser.do(Act("filters"))
    for act in (Act("colour", "red"), Act("band", 0), Act("type", "mug")):
        browser.do(act)
        browser.do(act)
    assert browser.page.listing == before.listing
    browser.do(Act("colour", "red"))
    browser.do(Act("colour", "blue"))
    browser.do(Act("show"))
    assert browser.page.listing == Listing("mug", colour="blue")
    browser.back()
    assert browser.page == before


def test_copies_go_their_own_way() -> None:
    """A copied browser shares the catalogue and nothing that changes."""
    one = Browser(SHOP)
    two = copy.deepcopy(one)
    two.do(Act("browse", "mug"))
    two.cart.append(Item(1, ()))
    assert one.pages != two.pages and not one.cart and two.catalogue is one.catalogue
