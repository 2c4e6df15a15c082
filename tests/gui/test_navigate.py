"""`VLGui/Navigate-v0`: presses arrive where the graph says, and only who sees can find the way."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import vl_envs  # noqa: F401 (registers the environments)
from tests.gui.test_gelab_files import row, structure, write
from vl_envs.gui.apps.device import Device
from vl_envs.gui.apps.page import Act
from vl_envs.gui.apps.page_painter import DrawnPage
from vl_envs.gui.apps.task import AXES, commands_left, pairs, part_of
from vl_envs.gui.apps.world import AppWorld
from vl_envs.gui.drawing.theme import SEEN_THEMES, THEMES, UNSEEN_THEMES
from vl_envs.gui.navigate import NavigateEnv

SMALL: dict[str, Any] = {"graph": "tree", "graph_params": {"branching": (5, 2)}, "image_size": 64}


def _play(env: NavigateEnv, seed: int, limit: int = 20) -> tuple[bool, list[float]]:
    """Let the expert play an episode; return its success and its rewards."""
    env.reset(seed=seed)
    rewards = []
    for _ in range(limit):
        _, reward, terminated, _, info = env.step(env.expert_action())
        rewards.append(float(reward))
        if terminated:
            return bool(info["success"]), rewards
    return False, rewards


def _middle(box: tuple[int, int, int, int]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _bring(device: Device, act: Act) -> tuple[float, float]:
    """Open tabs and scroll until ``act`` is in view; return where to press for it."""
    for _ in range(20):
        name, argument = device.way_to(act)
        if name == "scroll":
            before = device.ui.scroll
            device.scroll(argument)
            assert device.ui.scroll != before, "scrolling leads nowhere"
            continue
        x, y = _middle(argument)
        hit = device.page.hit(x, y, device.ui)
        if hit == act:
            return x, y
        assert hit.kind in ("tab", "dismiss")
        device.do(hit)
    raise AssertionError(f"{act} never comes into view")


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
            x, y = _bring(device, Act("open", number))
            assert device.do(device.page.hit(x, y, device.ui)) == "a screen opened"
            assert device.screen == target
            pressed += 1
        for kind, target in (("back", graph.parent[screen]), ("home", 0)):
            device.go(screen)
            device.ui.dialog = False
            x, y = _middle(device.page.bars[kind])
            device.do(device.page.hit(x, y, device.ui))
            assert device.screen == target
        for entry in device.page_of(screen).entries:
            if entry.act.kind in ("dead", "disabled"):
                device.go(screen)
                x, y = _bring(device, entry.act)
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
    assert all(_play(env, seed)[0] for seed in range(10))


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
        x, y = _bring(imagined, act)
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


# Splits.


def test_parts_and_pairs_are_disjoint() -> None:
    """Subtrees share the root only; train, val and test share no way; test has no single moves."""
    env = NavigateEnv()
    env.reset(seed=0)
    graph = env.state.device.graph
    parts = [part_of(graph, part) for part in ("sft", "rl", "ood")]
    assert [len(part) for part in parts] == [93, 93, 47]
    assert parts[0] & parts[1] == parts[1] & parts[2] == parts[0] & parts[2] == {0}
    ways = {
        split: {pair for found in pairs(graph, split).values() for pair in found}
        for split in ("train", "val", "test", "sft", "rl", "ood")
    }
    for one, two in (("train", "val"), ("train", "test"), ("val", "test"), ("train", "ood")):
        assert not ways[one] & ways[two]
    assert not ways["sft"] & ways["rl"] and ways["sft"] | ways["rl"] < ways["train"]
    assert all(graph.distance(*pair) > 1 for pair in ways["test"] | ways["val"])
    everything = len(ways["train"]) + len(ways["val"]) + len(ways["test"])
    assert 0.10 < len(ways["test"]) / everything < 0.20
    assert set(pairs(graph, "train")) >= set(range(1, 8))


def test_episodes_come_from_their_split() -> None:
    """What is drawn belongs to the split that was asked for; new apps differ by split."""
    for split in ("train", "test", "sft", "rl", "ood"):
        env = NavigateEnv(split=split, lengths=(2, 3))
        for seed in range(20):
            env.reset(seed=seed)
            task = env.state.task
            assert (task.start, task.goal) in pairs(env.state.device.graph, split)[task.length]
            assert task.length in (2, 3)
    titles: dict[str, set[str]] = {}
    for split in ("train", "val", "test"):
        env = NavigateEnv(graph="cyclic", graph_seed=None, split=split)
        for seed in range(15):
            env.reset(seed=seed)
            shown = [env.state.device.page_of(i).screen.title for i in range(8)]  # type: ignore[attr-defined]
            titles.setdefault(split, set()).add("/".join(shown))
    assert not titles["train"] & titles["test"] and not titles["train"] & titles["val"]


def _pages(split: str, seed: int) -> tuple[NavigateEnv, list[DrawnPage]]:
    env = NavigateEnv(split=split)
    env.reset(seed=seed)
    device = env.state.device
    pages = [device.page_of(i) for i in range(len(device.graph.children))]
    return env, [page for page in pages if isinstance(page, DrawnPage)]


def _facts(page: DrawnPage, noise: bool = True) -> dict[str, Any]:
    """Take a page apart: what each OOD axis may change, by its name."""
    base = len(page.screen.dead)
    entries = [
        e for e in page.entries if noise or not (e.act.kind == "dead" and e.act.number >= base)
    ]
    icons = [e for e in entries if e.kind in ("tile", "row")]
    return {
        "image": {e.act: e.icon for e in icons},
        "name": {e.act: e.text for e in icons},
        "position": {e.act: e.box for e in icons},
        "noise": [e.act for e in page.entries if e.act.kind == "dead" and e.act.number >= base],
        "theme": page.theme.name,
        "resolution": page.look.scale,
        "rest": (page.screen.title, page.screen.banner, page.screen.switches, page.screen.fields),
    }


@pytest.mark.parametrize("axis", AXES)
def test_an_axis_changes_exactly_what_it_names(axis: str) -> None:
    """Same seed, same task, same everything, but for the one thing; and that on every screen."""
    changed_screens = 0
    for seed in range(3):
        plain_env, plain = _pages("train", seed)
        other_env, other = _pages(axis, seed)
        one, two = plain_env.state.task, other_env.state.task
        assert (one.start, one.goal, one.instruction) == (two.start, two.goal, two.instruction)
        for before, after in zip(plain, other, strict=True):
            a, b = _facts(before, noise=False), _facts(after, noise=False)
            changed = {name for name in a if a[name] != b[name]}
            # Another theme, or another size of everything, needs room of its own.
            allowed = {axis, "position"} if axis in ("theme", "resolution") else {axis}
            assert changed <= allowed, (axis, changed)
            changed_screens += axis in changed
            if axis == "position" and before.screen.icons:
                old = {_middle(box) for box in a["position"].values()}
                new = {_middle(box) for box in b["position"].values()}
                assert not old & new
    assert changed_screens > 200


def test_axes_use_what_training_never_shows() -> None:
    """Glyphs, labels and themes of the axes occur in no training screen."""

    def shown(split: str, name: str) -> set[str]:
        _, pages = _pages(split, 0)
        return {value for page in pages for value in _facts(page)[name].values()}

    assert not shown("train", "image") & shown("image", "image")
    assert not shown("train", "name") & shown("name", "name")
    seen = {_pages("train", seed)[1][0].theme.name for seed in range(40)}
    assert seen == set(SEEN_THEMES)
    assert {_pages("theme", seed)[1][0].theme.name for seed in range(10)} == set(UNSEEN_THEMES)


# What a device does.


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
        assert device.do(device.page.hit(*_middle(box), device.ui)) == "nothing happened"
    assert device.scroll("down") == device.scroll("up") == "nothing happened"
    assert device.type("x") == "no field has the focus"
    shaded = device.paint()
    x, y = _middle(device.page.dialog[1])
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
    _bring(device, Act("switch", 0))
    before, was = device.paint(), device.is_on(screen, 0)
    assert device.do(Act("switch", 0)) == "a switch moved"
    assert device.is_on(screen, 0) != was and not np.array_equal(before, device.paint())
    device.do(Act("switch", 0))
    assert np.array_equal(before, device.paint())
    screen = _screen_with(env, lambda s: s.fields and not s.dialog)
    device.go(screen)
    assert device.type("mango") == "no field has the focus" and not device.texts
    _bring(device, Act("field", 0))
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
        won, rewards = _play(env, seed)
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
        won, _ = _play(env, seed)
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
    won, rewards = _play(env, 1)
    assert won and rewards[-1] == 1 and env.state.device.screen == env.state.task.goal


# Single turns.


def test_a_single_turn_is_paid_by_its_parts() -> None:
    """A quarter each for type, click, intent and format; the expert gets them all."""
    env = NavigateEnv(turns="one", complete=True)
    for seed in range(40):
        env.reset(seed=seed)
        action = env.expert_action()
        before = commands_left(env.state.task, env.state.device)
        _, reward, terminated, _, info = env.step(action)
        assert terminated and info["success"] and reward == pytest.approx(1), (action, info)
        assert before == 1 or commands_left(env.state.task, env.state.device) == before - 1
    env = NavigateEnv(turns="one", widgets=(), lengths=(1,))
    for seed in range(40):
        env.reset(seed=seed)
        page = env.state.device.page
        names = " ".join(entry.text for entry in page.entries) + " back home"
        miss = env.say("click", f"I press {names}.", point=[500, 995])
        _, reward, _, _, info = env.step(miss)
        # A thought that names everything names nothing, and a miss is a miss.
        assert info["reward_terms"] == {"type": 0.25, "click": 0, "intent": 0, "format": 0.25}
        assert not info["success"] and reward == 0.5
        env.reset(seed=seed)
        silent = env.parser.write("wait", {})
        assert env.step(silent)[1] == 0


def test_another_way_that_is_as_short_is_right_too() -> None:
    """The command ``back`` is as good as a press on the arrow."""
    env = NavigateEnv(turns="one", widgets=(), lengths=(1,))
    found = 0
    for seed in range(60):
        env.reset(seed=seed)
        if "I press back" in env.expert_action():
            _, reward, _, _, info = env.step(env.say("back", "I go back."))
            assert info["success"] and reward == 1
            found += 1
    assert found > 5


# Text, state, options.


def test_history_tells_real_moves() -> None:
    """Where nothing was hit nothing is told to have happened; names are told where asked for."""
    for history in ("moves", "none"):
        env = NavigateEnv(history=history, widgets=())
        env.reset(seed=5)
        action = env.expert_action()
        text = env.step(action)[0]["text"]
        assert ("a screen opened" in text) == (history != "none")
        liar = env.say("click", 'I press "Go". Then a screen opened.', point=[1, 999])
        text = env.step(liar)[0]["text"]
        assert text.count("a screen opened") == (history != "none")
        assert ("nothing happened" in text) == (history != "none")


def test_a_state_is_a_copy() -> None:
    """Playing on does not change a saved state, and pages are not pickled."""
    env = NavigateEnv(tasks=("switch",))
    env.reset(seed=2)
    saved = env.get_state()
    texts = [env.expert_action()]
    while not env.step(texts[-1])[2]:
        texts.append(env.expert_action())
    env.set_state(saved)
    again = [env.expert_action()]
    while not env.step(again[-1])[2]:
        again.append(env.expert_action())
    assert texts == again
    assert len(pickle.dumps(env.state)) < 200_000
    device = copy.deepcopy(env.state.device)
    device.do(Act("switch", 0))
    assert device.moved != env.state.device.moved


def test_expert_error_takes_a_wrong_icon_first() -> None:
    """The careless expert strays at its first step and still arrives."""
    env = NavigateEnv(expert_error=1.0, widgets=("dead",))
    strayed = 0
    for seed in range(30):
        env.reset(seed=seed)
        left = commands_left(env.state.task, env.state.device)
        env.step(env.expert_action())
        strayed += commands_left(env.state.task, env.state.device) >= left
        assert _play(env, seed)[0]
    assert strayed > 20


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"graph": "gelap"}, "unknown graph 'gelap'.*'gelab'"),
        ({"split": "tran"}, "unknown split 'tran'.*'train'"),
        ({"widgets": ("tab",)}, "unknown widget 'tab'.*'tabs'"),
        ({"widgets": "tabs"}, "widgets must be a list of names"),
        ({"tasks": ("names",)}, "unknown kind of task 'names'.*'name'"),
        ({"tasks": "name"}, "tasks must be a list of names"),
        ({"tasks": 3}, "tasks must be a list of names"),
        ({"widgets": None}, "widgets must be a list of names"),
        ({"lengths": 5}, "lengths must be a list"),
        ({"graph_params": {1: 2}}, "names as keys"),
        ({"split": "name", "labels": "target"}, "nobody could know"),
        ({"longest": 3, "tasks": ("type",)}, "no task of"),
        ({"tasks": ()}, "at least one of name"),
        ({"tasks": ("type",), "widgets": ()}, "need widgets with 'fields'"),
        ({"theme": "drak"}, "unknown theme 'drak'.*'dark'"),
        ({"turns": "two"}, "unknown turns 'two'"),
        ({"history": "all"}, "unknown history 'all'"),
        ({"layout": "fix"}, "unknown layout 'fix'.*'fixed'"),
        ({"labels": "mine"}, "unknown labels 'mine'"),
        ({"longest": 0}, "longest must be a whole number from 1 to 60, got 0"),
        ({"lengths": (40,)}, r"has ways of \[1, 2, .*none of \[40\]"),
        ({"split": "test", "lengths": (1,)}, "none of"),
        ({"graph_seed": -1}, "graph_seed must be a whole number from 0"),
        ({"graph_seed": None, "split": "ood"}, "needs a graph_seed"),
        ({"graph_params": {"depth": 3}}, "takes no parameters"),
        ({**SMALL, "split": "name"}, "show no labels"),
        ({**SMALL, "tasks": ("switch",)}, "show no labels"),
        ({"jitter": 2}, "jitter must be a share"),
        (
            {"graph": "tree", "graph_params": {"branching": (2, 2)}, "split": "ood"},
            "three subtrees",
        ),
    ],
    ids=str,
)
def test_wrong_options_say_what_is_right(kwargs: dict[str, Any], match: str) -> None:
    """Each names what came and what is valid."""
    with pytest.raises(ValueError, match=match):
        NavigateEnv(**kwargs)


def test_labels_tell_the_length_of_the_way() -> None:
    """For metrics by length, as GUI Exploration Lab reports them."""
    env = gym.make("VLGui/Navigate-v0", lengths=(4,))
    assert env.reset(seed=0)[1]["labels"] == {"kind": "name", "path_length": "4"}


# Published folders.


def _folder(path: Path) -> str:
    write(path, structure())
    rows = [row("page_0", "page_7"), row("page_7", "page_2"), row("page_5", "page_1")]
    (path / "st_rl.json").write_text(json.dumps(rows), encoding="utf-8")
    (path / "ood_test_noise.json").write_text(json.dumps([row("page_9", "page_0")]))
    return f"gelab:{path}"


def test_a_published_folder_is_played(tmp_path: Path) -> None:
    """Each task by its number; the picture is the published one, success is where one really is."""
    source = _folder(tmp_path)
    env = NavigateEnv(source=source, image_size=224, dialect="gelab", prompt="brief")
    assert env.num_tasks == 4
    for index in range(4):
        observation, info = env.reset(options={"index": index})
        grey = 10 * env.state.task.start
        assert abs(int(observation["image"][:, :, 0].mean()) - grey) <= 1
        terminated = False
        while not terminated:
            observation, reward, terminated, _, info = env.step(env.expert_action())
        assert info["success"] and reward == 1
        assert env.state.device.screen == env.state.task.goal
    # What a model writes does not count, but where it presses.
    env.reset(options={"index": 0})
    said = "Explain:click Business_1 icon on page_0.\tAction: "
    observation = env.step(said + "click(start_box='<|box_start|>(999,999)<|box_end|>')")[0]
    assert "nothing" in observation["text"]
    assert env.state.device.screen == env.state.task.start
    assert not env.step("Explain:this is target page.\tAction: complete")[-1]["success"]
    assert NavigateEnv(source=source, split="ood").num_tasks == 1
    assert NavigateEnv(source=source, lengths=(1,)).num_tasks < 4
    with pytest.raises(ValueError, match=r"unknown split 'train'.*'st_rl'"):
        NavigateEnv(source=source, split="train")
    with pytest.raises(ValueError, match="no option 'theme'"):
        NavigateEnv(source=source, theme="dark")
    with pytest.raises(ValueError, match="has no tasks"):
        NavigateEnv(source=source, lengths=(9,))
    with pytest.raises(ValueError, match="from 0 to 3, got 4"):
        env.reset(options={"index": 4})
    with pytest.raises(ValueError, match="have no numbers"):
        NavigateEnv().reset(options={"index": 0})
    with pytest.raises(ValueError, match=r"unknown source 'gelap:x'.*'gelab:PATH'"):
        NavigateEnv(source="gelap:x")
