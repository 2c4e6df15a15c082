"""``VLGui/Shop-v0``: find the right thing in a web shop, choose its options, and buy it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vl_envs.core.canvas import Canvas
from vl_envs.core.env import Outcome, View
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command
from vl_envs.gui.actions import BACK, HOME, SCROLL, TYPE, WAIT
from vl_envs.gui.drawing.theme import THEMES
from vl_envs.gui.env import GuiEnv
from vl_envs.gui.shop_persona import ShopPersonaEnv
from vl_envs.gui.store.browser import Act, Browser, Item
from vl_envs.gui.store.catalogue import open_catalogue
from vl_envs.gui.store.expert import first_found, item_of, next_step, query_for, way_to
from vl_envs.gui.store.instructions import ShopSource, ShopTask
from vl_envs.gui.store.layout import Layout
from vl_envs.gui.store.options import check_shop_options, draw_theme
from vl_envs.gui.store.pages import PER_PAGE, lay_out
from vl_envs.gui.store.painter import paint
from vl_envs.gui.store.reward import Purchase, order_terms, satisfies
from vl_envs.gui.store.search import as_query

MODES = ("buy", "persona")


@dataclass
class ShopState:
    """One episode.

    Attributes:
        task: what is to be bought.
        browser: the shop as it is open.
        theme: name of its looks.
        did: what was really done so far, in words.
    """

    task: ShopTask
    browser: Browser
    theme: str
    did: list[str] = field(default_factory=list)


class ShopEnv(GuiEnv[ShopState]):
    """Buy what a customer asks for in a web shop that is seen and pressed, page by page.

    ## Description
    The text says what to buy: a type of product, some of its attributes, options and a price. The
    shop is a screen: a search box over 10,560 products of 30 types (BM25 over their titles), lists
    with pictures, filters and an order, product pages with options and tabs, a cart and a checkout.
    After WebShop (Yao et al. 2022, arXiv 2207.01206), whose pages are text. What is on sale is told
    by the picture alone; the text holds the wish and what the last commands really did. Products
    come in families that differ in one thing, so that most of what a search finds is almost right.

    ## Action Space
    `FreeText`. One command a turn: ``click`` a point, ``type`` text into the search box once it has
    the focus (a line break submits it), ``scroll``, ``back``, ``home``, ``wait``; written in the
    dialect ``json`` (default), ``gelab``, ``uitars``, ``androidworld``, ``osworld``, ``arft`` or
    ``hermes``.

    ## Observation Space
    `Dict(image, text)`: ``image`` is the page, uint8 [H, W, 3]; ``text`` is the wish at reset (with
    rules and action format unless ``prompt="brief"``), and later what was done so far.

    ## Rewards
    WebShop's, in [0, 1], once, for the order that is confirmed: the share of the wanted
    ``attributes``, ``options`` and ``price`` that were met (one term each), times 1 for the right
    type, .5 for another one of its department, 0 for any other. Of several items the worst counts,
    divided by their number. Without an order the return is 0, less ``invalid_penalty`` for each
    unreadable turn. ``info["success"]`` is whether the order is one item that is all that was
    asked for; the return is then 1. Parts are easily met: who sees nothing returns .5 to .6, the
    first hit with the right options about .6 (.77 where few fit), both hardly ever with success.

    ## Starting State
    The shop's home page, with an empty cart; a product of the split, what is asked of it and in
    which words, and the looks of the shop, drawn from the seed.

    ## Episode End
    Terminates when the order is confirmed, or after ``max_invalid`` unreadable actions in a row;
    truncates after 50 turns.

    ## Arguments
    - ``mode``: ``buy``, or ``persona`` for the task of Shop-R1, which has commands, observations
      and rewards of its own: see `ShopPersonaEnv`, which is then made with the other arguments.
    - ``level``: ``simple`` (material, one feature, colour, one more option, price; default) or
      ``hard`` (material, two features, pattern, colour, all options, price).
    - ``split``: ``train`` (default), ``val``, ``test``: other products, asked for in other words.
    - ``catalogue_seed``: another seed is another shop.
    - ``theme``: ``random`` (one of eight for every episode; default), or a name.
    - ``expert_error``: share of episodes whose expert buys the first product that it finds, without
      a look at anything else.
    - ``jitter``: how far the expert's click strays from the centre of what it presses.
    - and those of `VLEnv`: ``image_size`` (from 320 pixels a side), ``dialect``, ``coordinates``,
      ``prompt``, ``thought``, ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    rules = (
        "You see a web shop. Press what you want to open or choose; to search, press the search "
        "box and type. Read closely: much in the shop is almost what is wanted. All options of a "
        "product must be chosen before it goes into the cart. You are done when the order of this "
        "one thing is confirmed."
    )

    def __new__(cls, *, mode: str = "buy", **kwargs: Any) -> Any:
        """Make the environment of a ``mode``."""
        if mode not in MODES:
            raise unknown("mode", mode, MODES)
        if mode == "persona":
            return ShopPersonaEnv(**kwargs)
        return super().__new__(cls)

    def __init__(
        self,
        *,
        mode: str = "buy",
        level: str = "simple",
        split: str = "train",
        catalogue_seed: int = 0,
        theme: str = "random",
        **kwargs: Any,
    ) -> None:
        super().__init__([TYPE, SCROLL, BACK, HOME, WAIT], **kwargs)
        check_shop_options(self.image_size, catalogue_seed, theme)
        size = self.image_size[::-1]
        self.canvas = Canvas(size, self.image_size)
        self.theme = theme
        self.source = ShopSource(open_catalogue(catalogue_seed), split, level)
        self._laid_out: tuple[object, Layout] | None = None

    def _start(self, options: Mapping[str, Any]) -> tuple[ShopState, str]:
        self._index_in(options)  # tells that there are none
        task = self.source.sample(self.np_random)
        theme = draw_theme(self.theme, self.np_random)
        return ShopState(task, Browser(self.source.catalogue), theme), task.task_id

    def _labels(self) -> Mapping[str, str]:
        """Tell the level, and what is to be bought."""
        task = self.state.task
        return {
            "level": task.level,
            "category": task.wish.category,
            "department": task.wish.department,
        }

    @property
    def layout(self) -> Layout:
        """Where everything lies on the page that is open."""
        browser, theme = self.state.browser, self.state.theme
        page = replace(browser.page, scroll=0)
        key = (page, browser.typed, browser.focused, tuple(browser.cart), theme)
        if self._laid_out is None or self._laid_out[0] != key:
            self._laid_out = key, lay_out(browser, self.canvas.source_size, THEMES[theme])
        return self._laid_out[1]

    def _observe(self) -> View:
        state = self.state
        parts = [] if self._turn else [state.task.instruction]
        if state.did:
            parts.append(f"So far: {'; '.join(state.did)}.")
        if self._turn and self.prompt == "full":
            parts.append(f"The task: {state.task.instruction}")
            if self.turns_left is not None:
                parts.append(f"Turns left: {self.turns_left}.")
        image = paint(self.layout, THEMES[state.theme], state.browser.page.scroll)
        return View(image, "\n".join(parts))

    # What a command does.

    def _apply(self, command: Command) -> Outcome:
        browser = self.state.browser
        arguments = command.arguments
        words = command.name
        if command.name == "click":
            piece = self.layout.hit(*self.point_of(command), browser.page.scroll)
            act = piece.act if piece else None
            effect = browser.do(act or Act("nothing"))
            words += f" [{', '.join(f'{value:g}' for value in arguments['point'])}]"
        elif command.name == "type":
            effect = browser.type(str(arguments["text"]))
            words += f' "{as_query(str(arguments["text"]))}"'
        elif command.name == "scroll":
            effect = self._scroll(str(arguments["direction"]))
            words += f" {arguments['direction']}"
        else:
            deeds = {"back": browser.back, "home": browser.home}
            effect = deeds[command.name]() if command.name in deeds else "nothing happened"
        self.state.did.append(f"{words}: {effect}")
        return self._judge() if browser.ordered else Outcome()

    def _scroll(self, direction: str) -> str:
        page, layout = self.state.browser.page, self.layout
        step = {"up": -layout.step, "down": layout.step}.get(direction, 0)
        to = min(max(page.scroll + step, 0), layout.lowest)
        if to == page.scroll:
            return "nothing happened"
        self.state.browser.change(scroll=to)
        return "the page scrolled"

    def _judge(self) -> Outcome:
        wish, cart = self.state.task.wish, self.state.browser.cart
        order = [self._bought(item) for item in cart]
        success = len(order) == 1 and satisfies(wish, order[0])
        return Outcome(order_terms(wish, order), terminated=True, success=success)

    def _bought(self, item: Item) -> Purchase:
        product = self.source.catalogue[item.product]
        category = product.category
        return Purchase(
            category.name,
            category.department,
            product.attributes,
            dict(item.chosen),
            product.price,
        )

    def expert_action(self) -> str:
        """Search, find, choose and buy (see ``expert_error`` and ``jitter``)."""
        state, catalogue = self.state, self.source.catalogue
        query = query_for(state.task.wish)
        target = first_found(catalogue, query) if self._expert_errs else state.task.target
        goal = item_of(catalogue, target, state.task.wish)
        name, argument = next_step(state.browser, goal, query, PER_PAGE)
        if name == "click":
            thought = _THOUGHTS.get(argument.kind, "I go on.")
            name, argument = way_to(self.layout, argument, state.browser.page.scroll)
            if name == "click":
                return self.press(argument, thought)
            return self.say(name, "What I look for is out of view.", direction=argument)
        if name == "type":
            return self.say(name, "I search for it.", text=argument)
        return self.say("wait", "It is done.")


_THOUGHTS = {
    "field": "I press the search box.",
    "filters": "There are too many products, so I filter them.",
    "colour": "I filter by the colour.",
    "band": "I filter by the price.",
    "show": "I look at what is left.",
    "turn": "It is not on this page.",
    "product": "This one fits.",
    "choose": "I choose what was asked for.",
    "add": "It is chosen as asked for.",
    "cart": "I look at the cart.",
    "remove": "This is not what was asked for.",
    "checkout": "I go on to the checkout.",
    "confirm": "The order is right.",
}
