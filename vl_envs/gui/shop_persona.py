"""``VLGui/ShopPersona-v0``: say what a given customer of a web shop does next."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from vl_envs.core.canvas import fit
from vl_envs.core.env import Outcome, View, VLEnv, is_number
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command
from vl_envs.core.tasks import SPLITS
from vl_envs.core.tool import CommandSpec
from vl_envs.gui.drawing.painter import Pixels
from vl_envs.gui.drawing.theme import THEMES
from vl_envs.gui.store.browser import Browser
from vl_envs.gui.store.catalogue import open_catalogue
from vl_envs.gui.store.customers import (
    LEAVE,
    PER_PAGE,
    SEARCH,
    Customer,
    Session,
    describe,
    draw_customer,
)
from vl_envs.gui.store.options import check_shop_options, draw_theme
from vl_envs.gui.store.pages import lay_out
from vl_envs.gui.store.painter import paint
from vl_envs.gui.store.persona_reward import (
    DARS,
    KINDS,
    Action,
    is_match,
    prediction_share,
    prediction_terms,
)

STEPS = ("page", "all")
BALANCES = ("session", "kinds")
KIND_SHARES = {"click": 0.36, "type_and_submit": 0.34, "terminate": 0.3}
"""How often each kind of action is asked for with ``balance="kinds"``, about as in Shop-R1."""
REWARDS = ("share", "published")

_NAME = {"type": "string"}
CLICK = CommandSpec("click", "the customer presses what is called so on the page.", {"name": _NAME})
SUBMIT = CommandSpec(
    "type_and_submit",
    f"the customer types into a field (the search box is called {SEARCH}) and submits it.",
    {"name": _NAME, "text": {"type": "string"}},
)
TERMINATE = CommandSpec("terminate", "the customer leaves the shop without buying anything.")


@dataclass(frozen=True)
class PersonaState:
    """One example; nothing of it changes.

    Attributes:
        customer: whose next action is asked for.
        browser: the shop as the customer sees it.
        history: what the customer did so far.
        right: what the customer does now.
        theme: name of the shop's looks.
    """

    customer: Customer
    browser: Browser
    history: tuple[Action, ...]
    right: Action
    theme: str

    def __deepcopy__(self, memo: dict[int, Any]) -> PersonaState:
        """Share the example."""
        return self


class ShopPersonaEnv(VLEnv[PersonaState]):
    """Predict the next action of a customer: who they are, what they did, what they see.

    ## Description
    The task of Shop-R1 (Zhang et al. 2025, arXiv 2507.17842), in the shop of `ShopEnv`: the text
    describes a customer (wish, budget, tastes, habits) and what they did so far in this visit; the
    picture is the page that is open. The customers are simulated, and what they do follows from
    the description, the history and the page: where they look for "the first product that fits",
    only the picture tells which one that is. As in Shop-R1 an example is one step of a visit; the
    first search, which no page explains, is never asked for. Who reads the text alone, and knows
    every habit, is right three times in ten (with ``steps="all"``, seven times).

    ## Action Space
    `FreeText`. One command: ``click`` with the name of what is pressed, ``type_and_submit`` with
    the name of a field and a text, or ``terminate``; written in the dialect ``json`` (default),
    ``arft`` or ``hermes``. Things are called by the words on them, products by their titles,
    colours by their names, the arrow at the top ``Back``.

    ## Observation Space
    `Dict(image, text)`: ``image`` is the whole page (scaled down where it is longer than the
    canvas), uint8 [H, W, 3]; ``text`` describes customer and history (with rules and action format
    unless ``prompt="brief"``).

    ## Rewards
    Shop-R1's hierarchical reward: ``format`` .5 for a readable answer, ``type`` .3 for the right
    kind of action, ``attribute`` up to .2 for giving a name (and text) at all, ``value`` ROUGE-L of
    name and text, where above .75, the long one times ``dars``. With ``reward="share"`` all is
    divided by what the right action earns, so that this earns 1 whatever its kind; with
    ``published`` it is as published, and the right ``click`` earns 1001. ``info["success"]`` is
    whether kind, name and text are the right ones, word for word.

    ## Starting State
    A customer, and a step of their visit, drawn from the seed.

    ## Episode End
    Terminates with the prediction, or after ``max_invalid`` unreadable actions in a row.

    ## Arguments
    - ``split``: ``train`` (default), ``val``, ``test``: other wishes (type, material and colour).
    - ``steps``: which steps of a visit are asked for: ``page``, those that the page decides, or
      ``all``, also those that description and history tell alone.
    - ``balance``: ``session``: every such step of a visit is as likely (default); ``kinds``: the
      kind of action is drawn first, 36% ``click``, 34% ``type_and_submit``, 30% ``terminate``,
      about as in Shop-R1's training data: then who always leaves is right in 30%, and who
      reads the text alone (a second query, if one is left, else leaving) in two of three.
    - ``reward``: ``share`` (default) or ``published``.
    - ``dars``: the scaling factor, a number from 0; 1000 as published.
    - ``catalogue_seed``: another seed is another shop.
    - ``theme``: ``random`` (one of eight for every episode; default), or a name.
    - ``expert_error``: share of episodes whose expert says what most customers do on such a page.
    - and those of `VLEnv`: ``image_size`` (from 320 pixels a side; default 560 high, 448 wide),
      ``dialect``, ``prompt``, ``thought``, ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    rules = (
        "You see the page of a web shop that a customer has open. Say what this customer does "
        "next. Call things by the words on them, products by their whole titles, colours by their "
        "names, the arrow at the top Back."
    )

    def __init__(
        self,
        *,
        split: str = "train",
        steps: str = "page",
        balance: str = "session",
        reward: str = "share",
        dars: float = DARS,
        catalogue_seed: int = 0,
        theme: str = "random",
        image_size: int | tuple[int, int] = (560, 448),
        dialect: str = "json",
        **kwargs: Any,
    ) -> None:
        commands = [CLICK, SUBMIT, TERMINATE]
        super().__init__(commands, image_size=image_size, dialect=dialect, **kwargs)
        check_shop_options(self.image_size, catalogue_seed, theme)
        options = {"split": (split, SPLITS), "balance": (balance, BALANCES)}
        options["steps"] = steps, STEPS
        for what, (given, valid) in {**options, "reward": (reward, REWARDS)}.items():
            if given not in valid:
                raise unknown(what, given, valid)
        if not is_number(dars) or dars < 0:
            raise ValueError(f"dars must be a number from 0, got {dars!r}")
        self.split, self.steps, self.balance = split, steps, balance
        self.reward, self.dars, self.theme = reward, float(dars), theme
        self.catalogue = open_catalogue(catalogue_seed)

    def _start(self, options: Mapping[str, Any]) -> tuple[PersonaState, str]:
        self._index_in(options)  # tells that there are none
        kind = None
        if self.balance == "kinds":
            shares = [KIND_SHARES[kind] for kind in KINDS]
            kind = KINDS[int(self.np_random.choice(len(KINDS), p=shares))]
        while True:
            number = int(self.np_random.integers(2**31))
            customer = draw_customer(self.catalogue, self.split, np.random.default_rng(number))
            moments = list(self._moments(customer, kind))
            if moments:
                break
        place = int(self.np_random.integers(len(moments)))
        browser, history, right = moments[place]
        theme = draw_theme(self.theme, self.np_random)
        task_id = f"shop/persona/{self.catalogue.seed}/{number}/{len(history)}"
        return PersonaState(customer, browser, history, right, theme), task_id

    def _moments(
        self, customer: Customer, kind: str | None
    ) -> list[tuple[Browser, tuple[Action, ...], Action]]:
        """Play a visit; give its steps after the first, those of ``kind`` where one is wanted."""
        session = Session(customer, Browser(self.catalogue))
        moments = []
        for action in session.play():
            asked = self.steps == "all" or session.page_decides()
            if session.actions and asked and kind in (None, action.kind):
                browser = copy.deepcopy(session.browser)
                moments.append((browser, tuple(session.actions), action))
        return moments

    def _labels(self) -> Mapping[str, str]:
        """Tell what kind of action is asked for, and on which page."""
        return {"action": self.state.right.kind, "page": self.state.browser.page.kind}

    def _observe(self) -> View:
        state = self.state
        did = "; ".join(f"{number}. {_said(a)}" for number, a in enumerate(state.history, 1))
        text = f"{describe(state.customer)}\nSo far: {did}."
        return View(self._screen(), "" if self._turn else text)

    def _screen(self) -> Pixels:
        """Draw the whole page, and fit it on the canvas."""
        state, theme = self.state, THEMES[self.state.theme]
        width = min(self.image_size)
        height = max(self.image_size[0], width)
        layout = lay_out(state.browser, (width, height), theme, PER_PAGE)
        if layout.lowest:
            layout = lay_out(state.browser, (width, layout.bottom), theme, PER_PAGE)
        drawn = paint(layout, theme, 0)
        if drawn.shape[:2] == self.image_size:
            return drawn
        return fit(Image.fromarray(drawn), self.image_size)

    def _apply(self, command: Command) -> Outcome:
        right = self.state.right
        arguments = {name: str(value) for name, value in command.arguments.items()}
        said = Action(command.name, **arguments)
        terms = prediction_share if self.reward == "share" else prediction_terms
        earned = terms(said, right, self.dars)
        assert all(math.isfinite(value) for value in earned.values())
        return Outcome(earned, terminated=True, success=is_match(said, right))

    def expert_action(self) -> str:
        """Say what the customer does (see ``expert_error``)."""
        action = self._usual() if self._expert_errs else self.state.right
        arguments = {"name": action.name, "text": action.text}
        wanted = self.parser.commands[action.kind].parameters
        thought = "This is what such a customer does." if self.parser.thought else ""
        return self.parser.write(action.kind, {name: arguments[name] for name in wanted}, thought)

    def _usual(self) -> Action:
        """Say what most customers do on such a page, whoever they are."""
        browser = self.state.browser
        layout = lay_out(browser, (448, 448), THEMES["light"], PER_PAGE)
        products = [
            piece.name for piece in layout.body if piece.act and piece.act.kind == "product"
        ]
        usual = {
            "list": products[0] if products else "",
            "product": "Buy now",
            "filters": next((p.text for p in layout.body if p.act and p.act.kind == "show"), ""),
            "cart": "Checkout",
            "checkout": "Confirm order",
        }.get(browser.page.kind, "")
        return Action("click", usual) if usual else LEAVE


def _said(action: Action) -> str:
    """Write an action of the history."""
    if action.kind == "type_and_submit":
        return f'typed "{action.text}" into {action.name}'
    return f'pressed "{action.name}"'
