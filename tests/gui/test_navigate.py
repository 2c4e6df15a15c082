"""`VLGui/Navigate-v0`: presses arrive where the graph says, and only who sees can find the way."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vl_envs  # noqa: F401 (registers the environments)
from tests.gui.navigate_players import SMALL, bring, middle, play
from vl_envs.gui.apps.page import Act
from vl_envs.gui.apps.task import commands_left
from vl_envs.gui.apps.world import AppWorld
from vl_envs.gui.drawing.theme import THEMES
from vl_envs.gui.navigate import NavigateEnv


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_every_icon_of_the_231_screens_leads_where_the_graph_says(theme: str) -> None:
    """Each icon can be brought into view, and a press on its centre opens the graph's screen."""
    env = NavigateEnv(theme=theme)
    env.reset(seed=len(theme))
    device = env.state.device
    graph = device.graph
    assert len(graph.children) == 231
    pressed = 0
    for screen, children in enumerate(graph.children):
        for number, target in enumerate(children):
            device.go(screen)
            x, y = bring(device, Act("open", number))
            assert device.do(device.page.hit(x, y, device.ui)) == "a screen opened"
            assert device.screen == target
            pressed += 1
        for kind, target in (("back", graph.parent[screen]), ("home", 0)):
            device.go(screen)
            device.ui.dialog = False
            x, y = middle(device.page.bars[kind])
            device.do(device.page.hit(x, y, device.ui))
            assert device.screen == target
        for entry in device.page_of(screen).entries:
            if entry.act.kind in ("dead", "disabled"):
                device.go(screen)
                x, y = bring(device, entry.act)
                device.do(device.page.hit(x, y, device.ui))
                assert device.screen == screen
    assert pressed == 230


@pytest.mark.parametrize("size", [64, 223, 224, 336, 448, (300, 640), (896, 448)])
def test_nothing_overlaps_at_any_size(size: Any) -> None:
    """The boxes of what can be pressed never share a pixel, and lie on the picture."""
    kwargs = SMALL if size in (64, 223) else {}
    env = NavigateEnv(**{**kwargs, "image_size": size})
    env.reset(seed=3)
    width, height = env.image_size[::-1]
    for screen in range(len(env.state.device.graph.children)):
        page = env.state.device.page_of(screen)
        for tab in range(max(1, len(page.tabs))):
            taken = np.zeros((max(20 * height, 64), width), bool)
            for entry in page.entries:
                if entry.tab == tab:
                    left, top, right, bottom = entry.box
                    assert 0 <= left < right <= width and top < bottom
                    assert not taken[top:bottom, left:right].any()
                    taken[top:bottom, left:right] = True


@pytest.mark.parametrize("dialect", sorted(NavigateEnv.dialects))
@pytest.mark.parametrize("coordinates", ["norm_1000", "norm_1", "pixel"])
def test_the_expert_wins_in_every_dialect(dialect: str, coordinates: str) -> None:
    """Also with jitter, in each convention of coordinates, on fresh apps, in tasks of all kinds."""
    kwargs: dict[str, Any] = {"graph": "cyclic", "graph_params": {"screens": 20}}
    kwargs |= {"graph_seed": None, "labels": "target", "tasks": ("name", "shows", "switch", "type")}
    env = NavigateEnv(dialect=dialect, coordinates=coordinates, jitter=0.7, **kwargs)
    assert all(play(env, seed)[0] for seed in range(10))


@pytest.mark.parametrize("coordinates", ["norm_1000", "norm_1", "pixel"])
@pytest.mark.parametrize("size", [16, 24, 64, 448])
def test_jitter_never_leaves_the_box(size: int, coordinates: str) -> None:
    """Not even where a pixel is a large part of an icon."""
    kwargs = SMALL if size < 224 else {}
    kwargs = {**kwargs, "image_size": size, "coordinates": coordinates}
    env, plain = NavigateEnv(jitter=0.9, **kwargs), NavigateEnv(**kwargs)
    for seed in range(40):
        for one in (env, plain):
            one.reset(seed=seed)
            one.step(one.expert_action())
        assert env.state.device.last == plain.state.device.last


def test_no_constant_answer_is_right_in_a_single_turn() -> None:
    """Neither a button nor a fixed place is right in more than a share of single turns."""
    for kwargs in ({}, {"widgets": (), "theme": "light"}, {**SMALL, "complete": False}):
        for lengths in (None, (1,)):
            env = NavigateEnv(turns="one", lengths=lengths, **kwargs)
            width, height = env.image_size[::-1]
            fixed = [(x * width / 8, y * height / 8) for x in range(1, 8) for y in range(1, 8)]
            wins = dict.fromkeys(fixed, 0)
            for seed in range(150):
                env.reset(seed=seed)
                device, goal = env.state.device, env.state.task.goal
                left = commands_left(env.state.task, device)
                for x, y in fixed:
                    twin = copy.deepcopy(device)
                    twin.do(twin.page.hit(x, y, twin.ui))
                    wins[x, y] += commands_left(env.state.task, twin) < left
                assert goal
            assert max(wins.values()) <= 0.25 * 150, (kwargs, lengths)


def test_jitter_strays_but_stays_inside() -> None:
    """Clicks with jitter are not the centre, differ from turn to turn, and hit the same thing."""
    plain, shaky = NavigateEnv(), NavigateEnv(jitter=0.9)
    differ = 0
    for seed in range(30):
        plain.reset(seed=seed)
        shaky.reset(seed=seed)
        one, two = plain.expert_action(), shaky.expert_action()
        assert two == shaky.expert_action()
        differ += one != two
        plain.step(one)
        shaky.step(two)
        assert plain.state.device.screen == shaky.state.device.screen
    assert differ > 20


# Who does not see.


def _blind(env: NavigateEnv, rng: np.random.Generator) -> Callable[[], str]:
    """Know the app by heart, but see nothing: go home, then press where icons are elsewhere.

    The screen that opens is known in ``layout="fixed"`` alone, where icons never move.
    """
    assert isinstance(env.world, AppWorld)
    other = NavigateEnv(layout=env.world.options.layout, widgets=(), theme="light")
    other.reset(seed=int(rng.integers(2**31)))
    imagined, goal = other.state.device, env.state.task.goal
    imagined.go(0)
    moves: list[str] = [env.say("home")]
    while imagined.screen != goal:
        act = imagined.toward(goal)
        x, y = bring(imagined, act)
        moves.append(env.press((int(x), int(y), int(x) + 1, int(y) + 1)))
        imagined.do(act)
    moves += [env.say("complete")] * 9
    said = iter(moves)
    return lambda: next(said)


def _wins_of_the_blind(layout: str, episodes: int = 100) -> int:
    env = NavigateEnv(layout=layout, widgets=(), theme="light")
    rng = np.random.default_rng(0)
    wins = 0
    for seed in range(episodes):
        env.reset(seed=seed)
        say, terminated = _blind(env, rng), False
        while not terminated:
            _, _, terminated, _, info = env.step(say())
        wins += bool(info["success"])
    return wins


def test_memory_without_sight_is_worth_little() -> None:
    """Who knows the app by heart but sees nothing finds a way by luck only.

    The same player wins where icons stand still: it is the shuffling that makes one look.
    """
    assert _wins_of_the_blind("fixed") == 100
    assert _wins_of_the_blind("shuffled") <= 12


def test_saying_complete_or_pressing_at_random_wins_nothing() -> None:
    """``complete`` anywhere but at the goal ends the episode without success."""
    env = NavigateEnv()
    rng = np.random.default_rng(1)
    wins = {"complete": 0, "random": 0}
    for seed in range(200):
        env.reset(seed=seed)
        info = env.step(env.say("complete"))[-1]
        wins["complete"] += info["success"]
        env.reset(seed=seed)
        terminated, turns = False, 0
        while not terminated and turns < 20:
            x, y = (int(value) for value in rng.integers(1001, size=2))
            action = env.say("click", point=[x, y])
            if rng.random() < 0.1:
                action = env.say("complete")
            _, _, terminated, _, info = env.step(action)
            turns += 1
        wins["random"] += bool(info["success"])
    assert wins["complete"] == 0
    assert wins["random"] <= 4


def test_the_text_tells_no_screen_and_no_icon() -> None:
    """Texts of two episodes with equal moves are equal, whatever screens and icons were there."""
    env = NavigateEnv(prompt="brief")
    tail = set()
    for seed in range(20):
        env.reset(seed=seed)
        for _ in range(2):
            observation = env.step(env.say("click", point=[990, 990]))[0]
        tail.add(observation["text"].split("\n", 1)[1])
    assert tail <= {"So far: r4c4 nothing, r4c4 nothing."}
