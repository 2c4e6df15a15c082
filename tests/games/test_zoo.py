"""PettingZoo's own tests on every game, and what they do not ask."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import gymnasium as gym
import numpy as np
import pettingzoo
import pytest
from pettingzoo.env_registry.registration import parallel_registry
from pettingzoo.test import (
    api_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)

from vl_envs import ENVIRONMENTS
from vl_envs.games.table import GAMES, game_class, make_game
from vl_envs.games.zoo import AGENTS

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
EACH = pytest.mark.parametrize("name", GAMES)
KINDS = pytest.mark.parametrize("actions", ["text", "index"])
AT_ONCE = [name for name in GAMES if game_class(name).simultaneous]


def maker(name: str, face: str = "env", **kwargs: Any) -> Callable[..., Any]:
    """Give what makes an environment with small pictures."""
    made = getattr(import_module(f"vl_envs.games.{name}_v0"), face)
    return partial(made, image_size=32, **kwargs)


@EACH
@KINDS
@pytest.mark.filterwarnings("ignore:Observation")  # is a dict, not an array
@pytest.mark.filterwarnings("ignore:.*space for each agent")
def test_pettingzoo_accepts_it_in_turns(name: str, actions: str) -> None:
    """The tests of AEC environments: interface, seeds, pictures."""
    make = maker(name, actions=actions)
    api_test(make(), num_cycles=60)
    seed_test(make, num_cycles=30)
    render_test(make)


@pytest.mark.parametrize("name", AT_ONCE)
@KINDS
def test_pettingzoo_accepts_it_at_once(name: str, actions: str) -> None:
    """The tests of Parallel environments."""
    make = maker(name, "parallel_env", actions=actions)
    parallel_api_test(make(), num_cycles=60)
    parallel_seed_test(make, num_cycles=30)


@EACH
def test_both_registries_know_it(name: str) -> None:
    """`pettingzoo.make` gives the same environment."""
    found = GAMES[name]
    env = pettingzoo.make("aec", f"VLGames/{found}-v0", image_size=32)
    assert env.metadata["name"] == f"{name}_v0"
    if name in AT_ONCE:
        both = pettingzoo.make("parallel", f"VLGames/{found}-v0", image_size=32)
        assert both.possible_agents == list(AGENTS)


def test_a_wrong_move_is_not_carried_out() -> None:
    """The agent is asked again, told what is legal, and gives up with the third in a row."""
    env = maker("tic_tac_toe", dialect="words", thought=False)()
    env.reset(seed=0)
    assert "Tic-tac-toe" in env.observe("player_0")["text"]
    legal = env.infos["player_0"]["legal"]
    env.step(legal[0])
    before = env.observe("player_1")["image"]
    for said in (legal[0], "eval(1)"):
        env.step(said)
        assert env.agent_selection == "player_1" and not env.infos["player_1"]["valid"]
        assert np.array_equal(env.observe("player_1")["image"], before)
        assert "Legal moves" in env.observe("player_1")["text"]
        assert env.observe("player_1")["text"].startswith("Invalid action.")
    env.step("")
    assert all(env.terminations.values())
    assert env.rewards == {"player_0": 1.0, "player_1": -1.0}
    assert env.infos["player_0"]["success"] and not env.infos["player_1"]["success"]


def test_where_one_makes_no_move_neither_does() -> None:
    """Both are told; who gives up loses, the other does not."""
    env = maker("coin_dilemma", "parallel_env", dialect="words", thought=False)()
    seen, infos = env.reset(seed=0)
    assert infos["player_0"]["legal"][0] == "<STAY>"
    for _ in range(2):
        after, paid, ended, _, infos = env.step({"player_0": "<UP>", "player_1": "north"})
        assert infos["player_0"]["valid"] and not infos["player_1"]["valid"]
        assert np.array_equal(after["player_0"]["image"], seen["player_0"]["image"])
        assert "The other player made no legal move" in after["player_0"]["text"]
        assert not any(ended.values()) and not any(paid.values())
    _, paid, ended, _, _ = env.step({"player_0": "<UP>", "player_1": "north"})
    assert all(ended.values()) and not env.agents
    assert paid["player_1"] < -50 and paid["player_0"] == 0


def test_two_who_err_in_turns_do_not_play_for_ever() -> None:
    """Only a step that is played sets wrong answers back."""
    env = maker("coin_dilemma", "parallel_env", dialect="words", thought=False)()
    env.reset(seed=0)
    rounds = 0
    while env.agents:
        wrong = AGENTS[rounds % 2]
        env.step({agent: "" if agent == wrong else "<UP>" for agent in AGENTS})
        rounds += 1
    assert rounds == 5


def test_what_is_wrong_is_said() -> None:
    """Options out of range, and steps of a match that does not run."""
    with pytest.raises(ValueError, match="Did you mean 'brief'"):
        maker("coin_dilemma", prompt="breif")()
    with pytest.raises(ValueError, match="max_invalid must be a whole number"):
        maker("coin_dilemma", max_invalid=2.5)()
    both = maker("coin_dilemma", "parallel_env", actions="index")()
    with pytest.raises(gym.error.ResetNeeded):
        both.step({})
    both.reset(seed=0)
    while both.agents:
        both.step(dict.fromkeys(AGENTS, 0))
    with pytest.raises(gym.error.ResetNeeded):
        both.step({})
    with pytest.raises(AttributeError, match="before reset"):
        _ = maker("kuhn_poker")().agent_selection


def test_masks_tell_what_is_legal() -> None:
    """One for each legal move; a number of an illegal one is a wrong move, others are errors."""
    env = maker("breakthrough", actions="index")()
    env.reset(seed=0)
    mask = env.observe("player_0")["action_mask"]
    words = [move for move, legal in zip(env.game.actions, mask, strict=True) if legal]
    assert sorted(words) == sorted(env.infos["player_0"]["legal"]) and len(words) == 22
    assert not env.observe("player_1")["action_mask"].any()
    env.step(int(np.flatnonzero(mask == 0)[0]))
    assert not env.infos["player_0"]["valid"] and env.agent_selection == "player_0"
    with pytest.raises(ValueError, match="player_0 must give a number of Discrete"):
        env.step(len(env.game.actions))
    with pytest.raises(ValueError, match="each of"):
        at_once = maker("coin_dilemma", "parallel_env")()
        at_once.reset(seed=0)
        at_once.step({"player_0": "<UP>"})


def test_each_sees_its_own_view() -> None:
    """At Kuhn poker the two pictures differ, and the text calls each by its seat."""
    env = maker("kuhn_poker")()
    env.reset(seed=0)
    one, two = (env.observe(agent) for agent in AGENTS)
    assert not np.array_equal(one["image"], two["image"])
    assert "You are player_1." in two["text"] and "You are player_1." not in one["text"]


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"actions": "numbers"}, "unknown kind of actions"),
        ({"render_mode": "ansi"}, "unknown render_mode"),
        ({"max_invalid": 0}, "max_invalid must be"),
        ({"image_size": 4}, "image_size must be"),
        ({"dialect": "xml"}, "unknown dialect"),
    ],
)
def test_bad_arguments_say_what_is_right(kwargs: dict[str, Any], match: str) -> None:
    """A wrong argument is a ValueError that names what came and what is valid."""
    with pytest.raises(ValueError, match=match):
        import_module("vl_envs.games.tic_tac_toe_v0").env(**kwargs)


def test_the_tables_agree() -> None:
    """Every game has an id with Gymnasium, and is registered as one played at once if it is."""
    rows = {row.kwargs["game"]: row for row in ENVIRONMENTS if row.id.startswith("VLGames/")}
    assert {game: row.id for game, row in rows.items()} == {
        game: f"VLGames/{found}-v0" for game, found in GAMES.items()
    }
    for game, row in rows.items():
        assert row.max_episode_steps >= 2 * make_game(game).horizon
    known = {id_ for id_ in parallel_registry if id_.startswith("VLGames/")}
    assert known == {f"VLGames/{GAMES[game]}-v0" for game in AT_ONCE}
