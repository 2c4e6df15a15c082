"""What a running app does, and that success is judged by what was really done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vl_envs  # noqa: F401 (registers the environments)
from tests.gui.navigate_players import SMALL, bring, middle, play
from vl_envs.gui.apps.page import Act
from vl_envs.gui.apps.task import part_of
from vl_envs.gui.navigate import NavigateEnv


def _device(**kwargs: Any) -> NavigateEnv:
    env = NavigateEnv(graph_seed=1, **kwargs)
    env.reset(seed=0)
    return env


def _screen_with(env: NavigateEnv, wanted: Callable[[Any], bool]) -> int:
    device = env.state.device
    screens = [device.page_of(i).screen for i in range(len(device.graph.children))]  # type: ignore[attr-defined]
    return next(i for i, screen in enumerate(screens) if wanted(screen))


def test_a_dialog_must_be_dismissed_first() -> None:
    """Behind a dialog nothing can be pressed but its buttons; back closes it; it comes once."""
    env = _device()
    device = env.state.device
    screen = _screen_with(env, lambda s: s.dialog and s.icons)
    device.go(screen)
    assert device.ui.dialog
    for _, box in device.page.bars.items():
        assert device.do(device.page.hit(*middle(box), device.ui)) == "nothing happened"
    assert device.scroll("down") == device.scroll("up") == "nothing happened"
    assert device.type("x") == "no field has the focus"
    shaded = device.paint()
    x, y = middle(device.page.dialog[1])
    assert device.do(device.page.hit(x, y, device.ui)) == "the dialog closed"
    assert not np.array_equal(shaded, device.paint())
    device.go(0)
    device.go(screen)
    assert not device.ui.dialog
    device.dismissed.clear()
    device.go(screen)
    assert device.do(Act("back")) == "the dialog closed" and device.screen == screen
    assert device.do(Act("home")) == "a screen opened" and device.screen == 0


def test_switches_fields_and_scrolling_change_the_picture() -> None:
    """Each shows what was done, and doing it again undoes or replaces it."""
    env = _device()
    device = env.state.device
    screen = _screen_with(env, lambda s: s.switches and not s.dialog)
    device.go(screen)
    bring(device, Act("switch", 0))
    before, was = device.paint(), device.is_on(screen, 0)
    assert device.do(Act("switch", 0)) == "a switch moved"
    assert device.is_on(screen, 0) != was and not np.array_equal(before, device.paint())
    device.do(Act("switch", 0))
    assert np.array_equal(before, device.paint())
    screen = _screen_with(env, lambda s: s.fields and not s.dialog)
    device.go(screen)
    assert device.type("mango") == "no field has the focus" and not device.texts
    bring(device, Act("field", 0))
    device.do(Act("field", 0))
    empty = device.paint()
    assert device.type("  mango \n") == "the field was filled"
    assert device.texts == {(screen, 0): "mango"}
    filled = device.paint()
    assert not np.array_equal(empty, filled)
    device.type("kiwi")
    assert device.texts == {(screen, 0): "kiwi"}
    scrolling = next(
        i for i in range(231) if device.page_of(i).lowest(0) and not device.page_of(i).dialog
    )
    device.go(scrolling)
    top = device.paint()
    assert device.scroll("up") == device.scroll("left") == "nothing happened"
    assert device.scroll("down") == "the screen scrolled"
    assert not np.array_equal(top, device.paint())
    for _ in range(9):
        device.scroll("down")
    assert device.ui.scroll == device.page.lowest(0)
    for _ in range(9):
        device.scroll("up")
    assert np.array_equal(top, device.paint())


@pytest.mark.parametrize("kind", ["shows", "switch", "type"])
def test_doing_is_judged_by_the_state(kind: str) -> None:
    """A task to do something is won by doing it there, and not by being there or saying so."""
    env = NavigateEnv(tasks=(kind,), lengths=(1, 2))
    for seed in range(15):
        won, rewards = play(env, seed)
        assert won and sum(rewards) == 1
        env.reset(seed=seed)
        goal = env.state.task.goal
        env.state.device.go(goal)
        info = env.step(env.say("complete"))[-1]
        assert info["success"] == (kind == "shows")
        if kind == "switch":
            env.reset(seed=seed)
            env.state.device.go(goal)
            number = env.state.task.number
            env.state.device.do(Act("switch", number))
            env.state.device.do(Act("switch", number))
            assert not env.step(env.say("complete"))[-1]["success"]
        if kind == "type":
            env.reset(seed=seed)
            env.state.device.texts[goal, env.state.task.number] = env.state.task.wanted + "s"
            assert not env.step(env.say("complete"))[-1]["success"]


@pytest.mark.parametrize("kwargs", [{}, {**SMALL, "complete": False}], ids=["large", "small"])
def test_a_named_icon_must_be_pressed(kwargs: dict[str, Any]) -> None:
    """An icon task is won by a press on that icon, of any part of the app, dead ones included."""
    env = NavigateEnv(tasks=("icon",), split="sft", **kwargs)
    screens, kinds = set(), set()
    for seed in range(60):
        won, _ = play(env, seed)
        task = env.state.task
        assert won and task.instruction.startswith("Press the icon")
        screens.add(task.start)
        kinds.add(task.wanted)
        env.reset(seed=seed)
        others = [e for e in env.state.device.page.entries if e.act.kind in ("open", "dead")]
        others = [e for e in others if e.act != Act(task.wanted, task.number)]
        if others and not env.state.device.ui.dialog:
            env.state.device.do(others[0].act)
            assert not task.done(env.state.device)
    assert kinds == {"open", "dead"}
    assert not screens <= part_of(env.state.device.graph, "sft")


def test_without_complete_arrival_ends_the_episode() -> None:
    """The command is not offered then, and is refused."""
    env = NavigateEnv(complete=False)
    assert "complete" not in env.reset(seed=0)[0]["text"]
    assert not env.step('{"action": "complete"}')[-1]["valid"]
    won, rewards = play(env, 1)
    assert won and rewards[-1] == 1 and env.state.device.screen == env.state.task.goal
