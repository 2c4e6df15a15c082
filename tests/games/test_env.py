"""One seat of a game: opponents, rewards, reading, and what nobody can win by."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import vl_envs  # noqa: F401 (registers the environments)
from vl_envs.core.env import Observation
from vl_envs.games.dialect import matched
from vl_envs.games.env import GameEnv
from vl_envs.games.table import GAMES, game_class
from vl_envs.games.zoo import GameParallelEnv


def make(game: str, **kwargs: Any) -> GameEnv:
    """Make an environment with small pictures that takes bare moves."""
    return GameEnv(game, **{"image_size": 64, "dialect": "words", **kwargs})


def finish(env: GameEnv, seed: int, say: Any = None) -> tuple[float, dict[str, Any]]:
    """Play an episode by the expert, or by ``say(observation)``; give return and last info."""
    observation, info = env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        action = env.expert_action() if say is None else say(observation)
        observation, reward, over, _, info = env.step(action)
        total += reward
    return total, info


def test_the_other_seat_is_played() -> None:
    """By a named player or by a function, which sees its own seat and is told the rules."""
    seen: list[str] = []

    def first_free(observation: Observation) -> str:
        seen.append(observation["text"])
        assert observation["image"].shape == (64, 64, 3)
        return observation["text"].split("Legal moves: ")[1].split(",")[0].rstrip(".")

    env = make("tic_tac_toe", opponent=first_free, seat=1)
    total, info = finish(env, 0)
    assert seen and all("You are X." in text and "Tic-tac-toe on" in text for text in seen)
    assert total == info["metrics"]["own"] and info["labels"] == {
        "game": "tic_tac_toe",
        "seat": "1",
    }


def test_an_opponent_that_says_nothing_legal_is_an_error_of_the_environment() -> None:
    """Nobody wins by it: training leaves the episode out."""
    env = make("tic_tac_toe", opponent=lambda _: "I resign", seat=0)
    env.reset(seed=0)
    _, reward, over, _, info = env.step("b2")
    assert over and reward == 0 and not info["success"] and "I resign" in info["env_error"]


def test_a_move_that_is_not_legal_changes_nothing() -> None:
    """No one moves, the message lists what is legal, and giving up costs a loss."""
    env = make("tic_tac_toe", seat=0, opponent="random")
    env.reset(seed=0)
    before = env.state.match.position.cells.copy()
    for said in ("d4", "a1 b2", "<UP>"):
        observation, reward, over, _, info = env.step(said)
        assert env.state.match.position.cells == before and not info["valid"]
    assert over and "Legal" in observation["text"]
    assert reward == -1.0, "else who is about to lose would say what is not legal"
    env = make("tic_tac_toe", seat=0, opponent="random")
    assert finish(env, 0, lambda _: "")[0] == -1.0


@pytest.mark.parametrize("game", ["coin_dilemma", "monster_hunt", "overcooked", "kuhn_poker"])
def test_saying_nothing_never_pays(game: str) -> None:
    """It costs at least as much as standing still, and never counts as success."""
    for seed in range(5):
        total, info = finish(make(game), seed, lambda _: "")
        assert total <= 0 and not info["success"]


@pytest.mark.parametrize("game", ["tic_tac_toe", "kuhn_poker", "coin_dilemma", "monster_hunt"])
def test_nobody_escapes_by_being_cut_off(game: str) -> None:
    """As many wrong answers before each move as do not give up: the game still ends by itself."""
    name = f"VLGames/{GAMES[game]}-v0"
    env = gym.make(name, image_size=16, dialect="words", opponent="random", seat=0)
    for seed in range(3):
        _, info = env.reset(seed=seed)
        turn, over, cut = 0, False, False
        while not (over or cut):
            turn += 1
            said = info["admissible_actions"][-1] if turn % 3 == 0 else "well"
            _, _, over, cut, info = env.step(said)
        assert over and not info.get("env_error")


def test_an_opponent_that_fails_at_once_costs_nothing() -> None:
    """Whatever the agent says to a game that could not begin, it is not the one who lost."""
    for said in ("<BET>", ""):
        env = make("kuhn_poker", opponent=lambda _: "I resign", seat=1)
        env.reset(seed=0)
        _, reward, over, _, info = env.step(said)
        assert over and reward == 0 and "I resign" in info["env_error"] and not info["success"]


def test_giving_up_is_paid_with_what_came_before() -> None:
    """A card that the other built before one's first move, and then all is lost: nothing."""
    env = make("hanabi", opponent="random", seat=1)
    early = 0.0
    for seed in range(40):
        _, info = env.reset(seed=seed)
        early += info["metrics"]["own"]
        total, over = 0.0, False
        while not over:
            _, reward, over, _, info = env.step("")
            total += reward
        assert total == info["metrics"]["own"] == 0
    assert early


def test_in_brief_nobody_is_told_the_rules() -> None:
    """Neither is an opponent: a policy that was trained so may sit there."""
    seen: list[str] = []

    def passes(observation: Observation) -> str:
        seen.append(observation["text"])
        return "<PASS>"

    env = make("kuhn_poker", opponent=passes, seat=1, prompt="brief")
    env.reset(seed=0)
    assert seen == [""]


def test_team_reward_is_what_both_are_paid() -> None:
    """A mixed game's sum; a team is paid once."""
    env = make("coin_dilemma", reward="team", seat=0)
    total, info = finish(env, 3)
    assert total == info["metrics"]["own"] + info["metrics"]["other"] == info["metrics"]["counted"]
    env = make("overcooked", reward="team", seat=0)
    total, info = finish(env, 3)
    assert total == info["metrics"]["own"] == info["metrics"]["counted"] >= 40


def test_seats_are_drawn_or_given() -> None:
    """Both seats occur where none is given."""
    env = make("kuhn_poker")
    assert {env.reset(seed=seed)[1]["labels"]["seat"] for seed in range(10)} == {"0", "1"}


def test_asking_the_expert_changes_nothing() -> None:
    """An episode is the same whether or not the expert was asked on the way."""
    env = make("kuhn_poker", seat=1)
    for seed in range(8):
        env.reset(seed=seed)
        one = env.step("<BET>")[:3]
        env.reset(seed=seed)
        for _ in range(3):
            assert env.expert_action() in ("<PASS>", "<BET>")
        two = env.step("<BET>")[:3]
        assert one[1:] == two[1:] and np.array_equal(one[0]["image"], two[0]["image"])


def test_a_state_can_be_gone_back_to() -> None:
    """Opponents' luck is part of it."""
    env = make("coin_dilemma", opponent="random", seat=0)
    env.reset(seed=1)
    kept = env.get_state()
    runs = []
    for _ in range(2):
        env.set_state(kept)
        runs.append([env.step("<UP>")[0]["image"].tobytes() for _ in range(6)])
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ('{"action": "<UP>"}', "<UP>"),
        ('I go there.\n```json\n{"action": "<LEFT>"}\n```', "<LEFT>"),
        ('{"action": "UP"}', None),
        ('{"action": "<UP>", "because": "x"}', None),
        ('{"action": "<UP>"} or {"action": "<DOWN>"}', None),
        ("<UP>", None),
        ("", None),
    ],
)
def test_vsbench_is_read_strictly(said: str, move: str | None) -> None:
    """One object at the end, one key, the very word of a legal move."""
    env = make("coin_dilemma", dialect="vsbench", seat=0)
    env.reset(seed=0)
    info = env.step(said)[4]
    assert info["valid"] == (move is not None)
    if move:
        assert env.state.match.last[0] == move


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ('{"action": "<UP>"} or {"action": "<DOWN>"}', "<DOWN>"),
        ('{"action": "U"}', "<UP>"),
        ("I think right is good. No, left.", "<LEFT>"),
        ('{"action": "<FLY>"}', None),
        ("hm", None),
    ],
)
def test_lenient_reading_is_vs_benchs(said: str, move: str | None) -> None:
    """The last match of the first pattern that matches; then any legal move that contains it."""
    env = make("coin_dilemma", dialect="vsbench", strict=False, seat=0)
    env.reset(seed=0)
    info = env.step(said)[4]
    assert info["valid"] == (move is not None)
    if move:
        assert env.state.match.last[0] == move
    assert matched(said, env.game.lenient, env.game.actions) == move


@pytest.mark.parametrize(
    ("game", "said", "move"),
    [
        ("kuhn_poker", "<PASS> looks weak here, so <BET>", "<PASS>"),  # its pattern comes first
        ("kuhn_poker", "I bet. No: pass", "<PASS>"),
        ("kuhn_poker", '{"card": "J"} <BET>', None),
        ("hanabi", "Reveal player +1 color r", None),
        ("hanabi", "I play 0: Play 0", "(Play 0)"),
        ("overcooked", "I would go UP", None),  # nothing but JSON is looked for
        ("overcooked", '{"action": "UP"}', "<UP>"),
        ("coin_dilemma", '{"action": " "}', None),
    ],
)
def test_each_game_is_read_by_its_own_patterns(game: str, said: str, move: str | None) -> None:
    """Those of VS-Bench's code, in their order; nothing is no move."""
    found = game_class(game)
    assert matched(said, found.lenient, found().actions) == move


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"game": "chess"}, "unknown game 'chess'"),
        ({"game": "tic_tac_toe", "opponent": "perfet"}, "Did you mean 'perfect'"),
        ({"game": "tic_tac_toe", "seat": 2}, "seat in Tic-tac-toe must be one of"),
        ({"game": "tic_tac_toe", "seat": 1.0}, "seat in Tic-tac-toe must be one of"),
        ({"game": "tic_tac_toe", "opponent": ["perfect"]}, "unknown opponent"),
        ({"game": "tic_tac_toe", "reward": "team"}, "no team"),
        ({"game": "coin_dilemma", "expert": "nash"}, "unknown expert in Coin Dilemma"),
        ({"game": "coin_dilemma", "reward": "both"}, "unknown reward"),
        ({"game": "coin_dilemma", "strict": False}, "strict=False reads the dialect vsbench alone"),
    ],
)
def test_bad_arguments_say_what_is_right(kwargs: dict[str, Any], match: str) -> None:
    """A wrong argument is a ValueError that names what came and what is valid."""
    with pytest.raises(ValueError, match=match):
        make(**kwargs)


def test_what_is_paid_before_the_first_move_comes_with_it() -> None:
    """At Hanabi the opponent's first card counts for both: the returns agree with the metrics."""
    early = 0
    for seed in range(40):
        env = make("hanabi", opponent="random", seat=1)
        _, info = env.reset(seed=seed)
        early += info["metrics"]["own"] > 0
        total, ended = 0.0, False
        while not ended:
            _, reward, ended, _, info = env.step(info["admissible_actions"][0])
            total += reward
        assert total == info["metrics"]["own"]
    assert early


def test_who_gives_up_has_no_success_in_either_face() -> None:
    """However much a team has earned before."""
    env = GameParallelEnv("overcooked", image_size=32)
    env.reset(seed=0)
    env.match.returns = [40.0, 40.0]
    for _ in range(3):
        env.step({"player_0": "", "player_1": '{"action": "<STAY>"}'})
    assert not any(info["success"] for info in env.infos.values())


def test_a_careless_experts_first_move_has_nothing_to_do_with_its_seat() -> None:
    """Its random numbers are not those that drew the seat: each seat makes each move."""
    env = make("kuhn_poker", expert_error=1.0, opponent="random")
    made = set()
    for seed in range(60):
        env.reset(seed=seed)
        made.add((env.state.seat, env.expert_action()))
    assert len(made) == 4
