"""`ShopEnv`: what commands do, what is told and paid, and that the expert buys the right thing."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from vl_envs.core.checker import check_vl_env
from vl_envs.core.rewards import answer_tokens
from vl_envs.gui.drawing.theme import SEEN_THEMES
from vl_envs.gui.shop import ShopEnv
from vl_envs.gui.shop_persona import ShopPersonaEnv
from vl_envs.gui.store.browser import Act
from vl_envs.gui.store.instructions import LEVELS

LIMIT = 50
gym.register("ShopTest-v0", entry_point="vl_envs.gui.shop:ShopEnv", max_episode_steps=LIMIT)


def finish(env: ShopEnv, limit: int = LIMIT) -> tuple[float, dict[str, Any], int]:
    """Let the expert play on; return what it is paid, the last info, and the turns."""
    paid = 0.0
    for turn in range(1, limit + 1):
        _, reward, terminated, _, info = env.step(env.expert_action())
        assert info["valid"]
        paid += reward
        if terminated:
            return paid, info, turn
    raise AssertionError("the expert did not end the episode")


def press(env: ShopEnv, act: Act) -> tuple[Any, float, bool, bool, dict[str, Any]]:
    """Press something that is in view."""
    piece = env.layout.find(act)
    assert piece is not None, act
    return env.step(env.press(env.layout.place(piece, env.state.browser.page.scroll)))


@pytest.mark.parametrize("dialect", ShopEnv.dialects)
def test_checker_finds_nothing(dialect: str) -> None:
    """The public checker is content, in every dialect."""
    check_vl_env(gym.make("ShopTest-v0", dialect=dialect, level="hard"))


@pytest.mark.parametrize("coordinates", ["norm_1000", "norm_1", "pixel"])
@pytest.mark.parametrize("image_size", [448, 320, (360, 700), (768, 512)], ids=str)
@pytest.mark.parametrize("level", LEVELS)
def test_expert_always_succeeds(
    level: str, image_size: int | tuple[int, int], coordinates: str
) -> None:
    """On every screen, in every convention, also with a stray hand, within the limit."""
    env = ShopEnv(level=level, image_size=image_size, coordinates=coordinates, jitter=0.8)
    for seed in range(12):
        env.reset(seed=seed)
        paid, info, _ = finish(env)
        assert paid == pytest.approx(1) and info["success"], seed
        assert set(info["reward_terms"]) == {"attributes", "options", "price"}


def test_expert_finds_its_way_from_anywhere() -> None:
    """Whatever was opened, typed, chosen and put into the cart before, it buys one right thing."""
    for seed in range(60):
        env = ShopEnv(level=LEVELS[seed % 2])
        env.reset(seed=seed)
        rng = np.random.default_rng(seed)
        for _ in range(40):
            browser = env.state.browser
            acts = [p.act for p in env.layout.pieces if p.act and p.act.kind != "confirm"]
            browser.do(acts[int(rng.integers(len(acts)))])
            if browser.focused:
                browser.type(str(rng.choice(["blue thing\n", "cotton", "steel mug\n", "zzz\n"])))
        paid, info, _ = finish(env, 80)
        assert paid == pytest.approx(1) and info["success"], seed


def test_careless_expert_buys_the_first_thing() -> None:
    """With ``expert_error=1`` it rarely succeeds, and always buys."""
    env = ShopEnv(level="hard", expert_error=1.0)
    paid = []
    for seed in range(60):
        env.reset(seed=seed)
        paid.append(finish(env)[0])
    assert np.mean(np.array(paid) > 0.99) < 0.15 and 0.3 < np.mean(paid) < 0.9
    env = ShopEnv(level="hard", expert_error=0.5)
    wins = []
    for seed in range(60):
        env.reset(seed=seed)
        wins.append(finish(env)[1]["success"])
    assert 0.3 < np.mean(wins) < 0.8


def test_text_tells_moves_and_nothing_of_what_is_on_sale() -> None:
    """After each step the text holds moves, task and turns; no title, brand or price is in it."""
    env = ShopEnv(level="hard")
    for seed in range(15):
        observation, _ = env.reset(seed=seed)
        instruction = env.state.task.instruction
        assert observation["text"].startswith(instruction) and "So far" not in observation["text"]
        assert env.rules in observation["text"]
        product = env.source.catalogue[env.state.task.target]
        terminated = False
        while not terminated:
            observation, _, terminated, _, _ = env.step(env.expert_action())
            text = observation["text"].replace(instruction, "")
            said = answer_tokens(text)
            assert product.brand.casefold() not in said and "$" not in text
            assert not {str(product.price // 100), f"{product.price / 100}"} & set(said)
        assert 'type "' in text and "the order was placed" in text
        assert "The task: " in text


def test_brief_prompt_is_brief() -> None:
    """``prompt="brief"`` says the wish at reset, and later just the moves."""
    env = ShopEnv(prompt="brief")
    observation, _ = env.reset(seed=0)
    assert observation["text"] == env.state.task.instruction
    observation, *_ = env.step(env.say("wait"))
    assert observation["text"] == "So far: wait: nothing happened."


def test_commands_do_what_they_say() -> None:
    """Click, type, scroll, back, home and wait, and what each is told to have done."""
    env = ShopEnv(theme="light", thought=False)
    first, _ = env.reset(seed=1)
    effects = []

    def act(action: str) -> np.ndarray[Any, Any]:
        observation, reward, terminated, truncated, info = env.step(action)
        assert info["valid"] and reward == 0 and not terminated and not truncated
        effects.append(env.state.did[-1])
        return np.asarray(observation["image"])

    assert np.array_equal(act(env.say("wait")), first["image"])
    assert np.array_equal(act(env.say("type", text="mug\n")), first["image"])
    scrolled = act(env.say("scroll", direction="down"))
    assert not np.array_equal(scrolled, first["image"])
    assert np.array_equal(act(env.say("scroll", direction="left")), scrolled)
    assert np.array_equal(act(env.say("scroll", direction="up")), first["image"])
    act(env.say("click", point=[500, 50]))
    listed = act(env.say("type", text="mug\n"))
    act(env.say("click", point=[500, 300]))
    assert env.state.browser.page.kind == "product"
    assert np.array_equal(act(env.say("back")), listed)
    assert np.array_equal(act(env.say("home")), first["image"])
    act(env.say("click", point=[9e15, -1]))
    assert effects == [
        "wait: nothing happened",
        'type "mug": no field has the focus',
        "scroll down: the page scrolled",
        "scroll left: nothing happened",
        "scroll up: the page scrolled",
        "click [500, 50]: the search box has the focus",
        'type "mug": a list of products opened',
        "click [500, 300]: a product page opened",
        "back: the page before opened",
        "home: the home page opened",
        "click [9e+15, -1]: nothing happened",
    ]


def test_wrong_orders_are_paid_in_part() -> None:
    """One wrong option of the right product costs its share; twice the right thing is half."""
    env = ShopEnv(level="hard")
    for seed in range(10):
        env.reset(seed=seed)
        wish, target = env.state.task.wish, env.state.task.target
        product = env.source.catalogue[target]
        asked = len(wish.attributes) + len(wish.options) + 1
        for wrong in (True, False):
            env.reset(seed=seed)
            browser = env.state.browser
            for _ in range(1 if wrong else 2):
                browser.do(Act("product", target))
                for place, (name, values) in enumerate(product.options.items()):
                    other = next(v for v in values if v != wish.options[name])
                    value = other if wrong and not place else wish.options[name]
                    browser.do(Act("choose", f"{name}={value}"))
                browser.do(Act("add"))
            press(env, Act("checkout"))
            scroll = env.say("scroll", direction="down")
            env.step(scroll)
            _, reward, terminated, _, info = press(env, Act("confirm"))
            assert terminated and info["success"] is False
            assert reward == pytest.approx((asked - 1) / asked if wrong else 0.5)
            assert reward == pytest.approx(sum(info["reward_terms"].values()))


def test_without_an_order_nothing_is_paid() -> None:
    """Time runs out without a reward; the limit is truncation."""
    env = gym.make("ShopTest-v0")
    env.reset(seed=0)
    shop = env.unwrapped
    assert isinstance(shop, ShopEnv)
    for turn in range(1, LIMIT + 1):
        _, reward, terminated, truncated, info = env.step(shop.say("wait"))
        assert reward == 0 and not terminated and truncated == (turn == LIMIT)
        assert info["success"] is False
    assert env.reset(seed=0)[1]["labels"].keys() == {"level", "category", "department"}


def test_seeds_draw_tasks_and_looks() -> None:
    """The same seed is the same episode; seeds differ in wish and theme; a theme can be set."""
    env, twin = ShopEnv(), ShopEnv()
    themes, tasks = set(), set()
    for seed in range(60):
        observation, info = env.reset(seed=seed)
        other, other_info = twin.reset(seed=seed)
        assert np.array_equal(observation["image"], other["image"])
        assert observation["text"] == other["text"] and info["task_id"] == other_info["task_id"]
        themes.add(env.state.theme)
        tasks.add(info["task_id"])
    assert themes == set(SEEN_THEMES) and len(tasks) == 60
    fixed = ShopEnv(theme="terminal")
    fixed.reset(seed=3)
    env.reset(seed=3)
    assert fixed.state.theme == "terminal" and fixed.state.task.task_id == env.state.task.task_id


def test_states_and_pickles_are_small_and_whole() -> None:
    """A saved state brings cart, pages and words back; neither holds the catalogue."""
    env = ShopEnv()
    env.reset(seed=2)
    for _ in range(8):
        env.step(env.expert_action())
    state = env.get_state()
    seen = env._observe()
    assert finish(env)[1]["success"]
    env.set_state(state)
    again = env._observe()
    assert again.text == seen.text and np.array_equal(again.image, seen.image)
    assert len(pickle.dumps(state)) < 20_000 and len(pickle.dumps(env.source)) < 60_000
    twin = pickle.loads(pickle.dumps(env))  # noqa: S301 (our own bytes)
    assert twin.source.catalogue is env.source.catalogue
    assert finish(twin)[1]["success"] and finish(env)[1]["success"]


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"image_size": 319}, "from 320 pixels a side"),
        ({"image_size": (448, 200)}, "from 320 pixels a side"),
        ({"theme": "ligth"}, r"unknown theme 'ligth'.*'light'"),
        ({"level": "hart"}, "unknown level 'hart'"),
        ({"split": "tests"}, "unknown split 'tests'"),
        ({"catalogue_seed": -1}, "catalogue_seed must be a whole number from 0, got -1"),
        ({"catalogue_seed": "x"}, "catalogue_seed must be a whole number from 0, got 'x'"),
        ({"mode": "sell"}, r"unknown mode 'sell'.*buy"),
        ({"jitter": 2}, "jitter must be a share"),
    ],
    ids=str,
)
def test_bad_arguments_say_what_is_right(kwargs: Any, match: str) -> None:
    """What no shop can be is a ValueError that says what would be right."""
    with pytest.raises(ValueError, match=match):
        ShopEnv(**kwargs)


@pytest.mark.parametrize("mode", ["buy", "persona"])
def test_tasks_are_drawn_not_numbered(mode: str) -> None:
    """An index, or another option of reset, is refused."""
    with pytest.raises(ValueError, match="tasks are drawn here"):
        ShopEnv(mode=mode).reset(options={"index": 1})
    with pytest.raises(ValueError, match="unknown option of reset 'goal'"):
        ShopEnv(mode=mode).reset(options={"goal": 1})


def test_mode_persona_is_another_environment() -> None:
    """``mode="persona"`` makes `ShopPersonaEnv`, through Gymnasium too."""
    assert isinstance(ShopEnv(mode="persona"), ShopPersonaEnv)
    env = gym.make("ShopTest-v0", mode="persona", theme="dark", split="val")
    assert isinstance(env.unwrapped, ShopPersonaEnv) and env.unwrapped.split == "val"
    assert type(ShopEnv(mode="buy")) is ShopEnv


def test_another_catalogue_is_another_shop() -> None:
    """``catalogue_seed`` changes what is sold, and the expert finds that too."""
    env = ShopEnv(catalogue_seed=1)
    assert env.source.catalogue[0] != ShopEnv().source.catalogue[0]
    env.reset(seed=0)
    assert finish(env)[1]["success"]
