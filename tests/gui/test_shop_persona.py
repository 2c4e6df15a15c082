"""Customers do what they are described to do, and predictions are paid as Shop-R1 pays them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from vl_envs.core.checker import check_vl_env
from vl_envs.core.tasks import SPLITS
from vl_envs.gui.drawing.theme import THEMES
from vl_envs.gui.shop_persona import ShopPersonaEnv
from vl_envs.gui.store.browser import Browser
from vl_envs.gui.store.catalogue import open_catalogue, shop_words
from vl_envs.gui.store.customers import (
    LEAVE,
    PER_PAGE,
    Customer,
    Session,
    describe,
    draw_customer,
    split_of_customer,
)
from vl_envs.gui.store.pages import lay_out
from vl_envs.gui.store.persona_reward import (
    Action,
    is_match,
    prediction_share,
    prediction_terms,
    rouge_l,
)

SHOP = open_catalogue(0)
CLICK = Action("click", "Norvik Cotton Shirt, Slim Fit")
SUBMIT = Action("type_and_submit", "search", "blue cotton shirt")
gym.register(
    "ShopPersonaTest-v0",
    entry_point="vl_envs.gui.shop_persona:ShopPersonaEnv",
    max_episode_steps=5,
)

# ROUGE-L and the table, by hand.


@pytest.mark.parametrize(
    ("said", "right", "score"),
    [
        ("the cat sat", "the cat sat", 1),
        ("police kill the gunman", "police killed the gunman", 0.75),  # Lin 2004's example
        ("the gunman kill police", "police killed the gunman", 0.5),
        ("a b c d", "a c", 2 * 2 / 6),
        ("c a", "a c", 0.5),
        ("A, b!", "a B", 1),
        ("", "a", 0),
        ("a", "", 0),
        ("", "", 0),
        ("a a a", "a", 0.5),
        ("x", "y", 0),
    ],
)
def test_rouge_l_by_hand(said: str, right: str, score: float) -> None:
    """F1 of the longest common subsequence of words."""
    assert rouge_l(said, right) == pytest.approx(score)
    assert rouge_l(right, said) == pytest.approx(score)


@pytest.mark.parametrize(
    ("said", "right", "terms"),
    [
        (LEAVE, LEAVE, (0.5, 0.3, 0, 0)),
        (LEAVE, CLICK, (0.5, 0, 0, 0)),
        (CLICK, LEAVE, (0.5, 0, 0, 0)),
        (CLICK, CLICK, (0.5, 0.3, 0.2, 1000)),
        (Action("click"), CLICK, (0.5, 0.3, 0, 0)),
        (Action("click", "x"), CLICK, (0.5, 0.3, 0.2, 0)),
        # Four of five words: F1 is 8/9; three of five: 3/4, which does not exceed the threshold.
        (Action("click", "Norvik Cotton Shirt Slim"), CLICK, (0.5, 0.3, 0.2, 8000 / 9)),
        (Action("click", "Cotton Shirt Slim"), CLICK, (0.5, 0.3, 0.2, 0)),
        (SUBMIT, SUBMIT, (0.5, 0.3, 0.2, 1000.1)),
        (Action("type_and_submit", "search", ""), SUBMIT, (0.5, 0.3, 0.1, 0.1)),
        (Action("type_and_submit", "", "mug"), SUBMIT, (0.5, 0.3, 0.1, 0)),
        (Action("type_and_submit", "x", "cotton shirt"), SUBMIT, (0.5, 0.3, 0.2, 800)),
        (Action("click", "search"), SUBMIT, (0.5, 0, 0, 0)),
    ],
    ids=str,
)
def test_table_by_hand(said: Action, right: Action, terms: tuple[float, ...]) -> None:
    """Shop-R1's table 1 with its factor of 1000."""
    assert tuple(prediction_terms(said, right).values()) == pytest.approx(terms)


def test_the_right_action_is_worth_one_and_spam_is_not() -> None:
    """Scaled, every right action earns 1; naming everything, or anything, earns next to nothing."""
    page = " ".join(product.title for product in SHOP.products[:8]) + f" {CLICK.name}"
    for right in (LEAVE, CLICK, SUBMIT):
        assert sum(prediction_share(right, right).values()) == pytest.approx(1)
    for spam in (Action("click", "x"), Action("click", page), LEAVE, SUBMIT):
        assert sum(prediction_share(spam, CLICK).values()) < 0.002
        assert not is_match(spam, CLICK)
    spam = Action("type_and_submit", page, page)
    assert sum(prediction_share(spam, SUBMIT).values()) < 0.002
    # With a small factor too, the right name is worth more than all that can be spammed.
    assert sum(prediction_share(Action("click", "x"), CLICK, 2.0).values()) < 0.5
    assert is_match(Action("click", "norvik cotton shirt slim fit"), CLICK)
    assert not is_match(Action("type_and_submit", "search", "cotton blue shirt"), SUBMIT)


# Customers.


def customers(count: int, split: str = "train") -> list[Customer]:
    """Draw some customers."""
    rng = np.random.default_rng(0)
    return [draw_customer(SHOP, split, rng) for _ in range(count)]


def test_what_customers_do_can_be_done() -> None:
    """Whatever is pressed is on the page under its name; all is done to the end."""
    ends = Counter[str]()
    for customer in customers(150):
        session = Session(customer, Browser(SHOP))
        action = LEAVE
        for action in session.play():
            layout = lay_out(session.browser, (448, 560), THEMES["mobile"], PER_PAGE)
            names = {piece.name or piece.text: piece.act for piece in layout.pieces if piece.act}
            assert action == LEAVE or action.name in names, (action, session.browser.page)
            _, act = session.next()
            assert act is None or names[action.name] == act
            assert (action, act) == session.next(), "the same moment, the same action"
        ends[action.kind if action == LEAVE else action.name] += 1
    assert ends["Confirm order"] > 90 and ends["terminate"] > 15


def test_customers_keep_to_their_description() -> None:
    """Budget, brand, rating, colour and order are kept, and told."""
    for customer in customers(150):
        told = describe(customer)
        for word in (customer.name, customer.material, customer.colour, customer.brand):
            assert word in told
        assert f"{customer.budget // 100} dollars" in told
        assert not customer.rating or f"{customer.rating / 10:.1f}" in told
        assert customer.feature in told and customer.sort.lower() in told
        session = Session(customer, Browser(SHOP))
        for action in session.play():
            page = session.browser.page
            if action.name == "Confirm order":
                product = SHOP[session.browser.cart[-1].product]
                chosen = dict(session.browser.cart[-1].chosen)
                assert customer.likes(product) and product.price <= customer.budget
                assert not customer.brand or product.brand == customer.brand
                assert product.rating >= customer.rating
                assert not customer.feature or customer.feature in product.features
                assert customer.colour in ("", chosen["colour"])
            if page.kind == "list" and action.name == "Next":
                assert page.listing.sort == (customer.sort or "Best match")


def test_splits_share_no_wish() -> None:
    """Type, material and colour together are of one split."""
    wishes = {
        split: {(c.category, c.material, c.colour) for c in customers(150, split)}
        for split in SPLITS
    }
    for split, found in wishes.items():
        assert all(split_of_customer(*wish) == split for wish in found)


# The environment.


@pytest.mark.parametrize("dialect", ShopPersonaEnv.dialects)
def test_checker_finds_nothing(dialect: str) -> None:
    """The public checker is content, in every dialect."""
    check_vl_env(gym.make("ShopPersonaTest-v0", dialect=dialect))


@pytest.mark.parametrize("steps", ["page", "all"])
@pytest.mark.parametrize("balance", ["session", "kinds"])
def test_expert_is_right_and_shares_are_as_told(steps: str, balance: str) -> None:
    """The customer's own action earns 1, in one step; kinds come as often as is said."""
    env = ShopPersonaEnv(steps=steps, balance=balance)
    kinds = Counter[str]()
    for seed in range(150):
        _, info = env.reset(seed=seed)
        kinds[info["labels"]["action"]] += 1
        assert env.state.history and env.state.history[0].kind == "type_and_submit"
        _, reward, terminated, _, info = env.step(env.expert_action())
        assert terminated and info["success"] and reward == pytest.approx(1)
        assert set(info["reward_terms"]) == {"format", "type", "attribute", "value"}
    low, high = (0.2, 0.42) if balance == "kinds" else (0.0, 0.1)
    assert low <= kinds["terminate"] / 150 <= high
    assert kinds["click"] > 30


def test_published_reward_and_factor() -> None:
    """``reward="published"`` pays the sums of the table."""
    for dars, paid in ((1000.0, 1001.0), (0.0, 1.0), (5, 6.0)):
        env = ShopPersonaEnv(reward="published", dars=dars)
        env.reset(seed=0)
        assert env.state.right.kind == "click"
        assert env.step(env.expert_action())[1] == pytest.approx(paid)
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step("?")
    assert reward == 0 and not terminated and not info["valid"]


def test_careless_expert_says_what_is_usual() -> None:
    """With ``expert_error=1`` it is right now and then."""
    env = ShopPersonaEnv(expert_error=1.0)
    right = []
    for seed in range(120):
        env.reset(seed=seed)
        right.append(env.step(env.expert_action())[4]["success"])
    assert 0.02 < np.mean(right) < 0.5


def test_the_whole_page_is_seen() -> None:
    """Longer pages are scaled down; screens of other sizes show the page in full."""
    for size in (320, (400, 700), (900, 500)):
        env = ShopPersonaEnv(image_size=size, theme="high_contrast")
        for seed in range(6):
            observation, _ = env.reset(seed=seed)
            assert observation["image"].shape == (*env.image_size, 3)
            assert observation["image"].std() > 5


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"split": "x"}, "unknown split"),
        ({"steps": "pages"}, "unknown steps 'pages'.*'page'"),
        ({"balance": "even"}, "unknown balance"),
        ({"reward": "raw"}, "unknown reward"),
        ({"dars": -1}, "dars must be a number from 0, got -1"),
        ({"image_size": 100}, "from 320 pixels"),
    ],
    ids=str,
)
def test_bad_arguments_say_what_is_right(kwargs: Any, match: str) -> None:
    """What cannot be is a ValueError."""
    with pytest.raises(ValueError, match=match):
        ShopPersonaEnv(**kwargs)


# Who does not look.


def guess(customer: Customer, history: tuple[Action, ...]) -> Action:
    """Predict from the text alone, knowing every habit: what a blind reader can say at best."""
    options = next(c for c in shop_words().categories if c.name == customer.category).options
    last = max(i for i, action in enumerate(history) if action.kind == "type_and_submit")
    searches = sum(action.kind == "type_and_submit" for action in history)
    names = [action.name for action in history[last + 1 :]]
    for habit in ([customer.sort] if customer.sort else []) + ["Filters"] * customer.filters:
        if habit not in names:
            return Action("click", habit)
    if customer.filters:
        behind = names[names.index("Filters") + 1 :]
        if len(behind) < 2:
            return Action("click", "Show 24 products" if behind else customer.colour)
        names = behind[2:]
    elif customer.sort:
        names = names[1:]
    opened: list[str] = []
    for name in names:
        opened = [] if name == "Back" else opened + [name] * bool(opened or name != "Next")
    if not opened:
        if names.count("Next") + 1 < customer.patience:
            return Action("click", "Next")
        queries = customer.queries()
        if searches < len(queries):
            return Action("type_and_submit", "search", queries[searches])
        return LEAVE
    rest = opened[1:]
    if customer.feature:
        if not rest:
            return Action("click", "Features")
        rest = rest[1:]
    if not rest:
        return Action("click", customer.colour or "black")
    if len(rest) <= len(options):
        values = list(options.values())[len(rest) - 1]
        return Action("click", values[-1 if customer.last else 0])
    ways = ["Buy now"] if customer.hurry else ["Add to cart", "Checkout"]
    left = [*ways, "Confirm order"][len(rest) - len(options) - 1 :]
    return Action("click", left[0])


def test_baselines() -> None:
    """The most frequent action is right in an eighth, the best blind reader in under a third."""
    env = ShopPersonaEnv()
    right, blind = Counter[tuple[str, str, str]](), defaultdict[str, list[bool]](list)
    for seed in range(500):
        _, info = env.reset(seed=seed)
        action = env.state.right
        right[action.kind, action.name, action.text] += 1
        said = guess(env.state.customer, env.state.history)
        blind[info["labels"]["page"]].append(is_match(said, action))
    all_blind = [hit for hits in blind.values() for hit in hits]
    print(right.most_common(4), np.mean(all_blind), {k: np.mean(v) for k, v in blind.items()})
    assert right.most_common(1)[0][1] < 0.17 * 500
    assert np.mean(all_blind) < 0.36
    assert right["terminate", "", ""] < 0.06 * 500
