"""Demonstrations: careless experts, thoughts, and words that a tiny policy can say."""

from __future__ import annotations

import itertools
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from policies.context import NEWEST, Context
from policies.tiny import tiny_policy
from tests.cards.reader import GAMES, Game
from vl_envs.cards.styles import STYLES
from vl_envs.core.parser import Command

IDS = pytest.mark.parametrize("name", ["NumberLine", "EZPoints", "Points24", "Blackjack"])
SMALL: dict[str, Any] = {"image_size": 48, "deck": "large", "prompt": "brief"}


@IDS
@pytest.mark.parametrize("prompt", ["brief", "full"])
def test_a_tiny_policy_has_words_for_all(name: str, prompt: str) -> None:
    """Fifty careless episodes: every text is read without an unknown word, every answer said."""
    env = gym.make(f"VLCards/{name}-v0", **{**SMALL, "prompt": prompt, "expert_error": 0.5})
    game: Any = env.unwrapped
    policy = tiny_policy(game.vocabulary(), 48, game.parser)
    unknown = policy.tokenizer.unk_token_id
    for seed in range(50):
        context, ended = Context(history=NEWEST), False
        observation, _ = env.reset(seed=seed)
        while not ended:
            context.observe(observation)
            action = game.expert_action()
            said = policy.encode(context, action)
            assert unknown not in said.prompt_ids, observation["text"]
            text = policy.tokenizer.decode(said.token_ids, skip_special_tokens=True)
            read, meant = game.parser.parse(text), game.parser.parse(action)
            assert isinstance(read, Command) and isinstance(meant, Command)
            assert (read.name, read.arguments) == (meant.name, meant.arguments)
            assert read.thought.split() == meant.thought.split()
            assert 2 <= len(meant.thought.split()) <= 4
            context.answer(said)
            observation, _, terminated, truncated, _ = env.step(action)
            ended = terminated or truncated


@pytest.mark.parametrize("name", ["EZPoints", "Points24"])
def test_messages_are_in_the_vocabulary(name: str) -> None:
    """What is told of refused numbers and of a full formula has no unknown word either."""
    env = gym.make(f"VLCards/{name}-v0", **SMALL, max_invalid=30, thought=False)
    game: Any = env.unwrapped
    policy = tiny_policy(game.vocabulary(), 48, game.parser)
    env.reset(seed=0)
    told, ended = set(), False
    for turn in itertools.count():
        if ended:
            break
        symbol = turn % 10 + 1 if len(game.state.formula) < 20 else "+"
        observation, _, _, ended, _ = env.step(game.parser.write("write", {"symbol": symbol}))
        context = Context(history=NEWEST)
        context.observe(observation)
        said = policy.encode(context, game.expert_action())
        assert policy.tokenizer.unk_token_id not in said.prompt_ids, observation["text"]
        told.add(observation["text"].split()[0])
    assert told >= {"There", "The"}


@IDS
def test_careless_experts_play_the_same_tasks_worse(name: str) -> None:
    """With ``expert_error=1`` every move is a random admissible one, whatever the seed drew."""
    sides = []
    for error in (0.0, 1.0):
        env = gym.make(f"VLCards/{name}-v0", image_size=32, expert_error=error)
        game: Any = env.unwrapped
        wins, tasks, moves = 0, [], []
        for seed in range(150):
            _, info = env.reset(seed=seed)
            tasks.append(info["task_id"])
            moves.append(info["admissible_actions"].index(_bare(game)))
            ended = False
            while not ended:
                action = game.expert_action()
                assert action == game.expert_action()
                _, _, terminated, truncated, info = env.step(action)
                ended = terminated or truncated
            wins += info["success"]
        sides.append((wins / 150, tasks, moves))
    (good, tasks, _), (careless, same, moves) = sides
    assert tasks == same and careless < good - 0.05
    # The first move is even-handed: it is drawn apart from the task.
    if name in ("NumberLine", "Blackjack"):
        assert 0.38 < np.mean(moves) < 0.62


def _bare(game: Any) -> str:
    """Return the expert's action without its thought."""
    command = game.parser.parse(game.expert_action())
    return str(game.parser.write(command.name, command.arguments))


@pytest.mark.parametrize("game", GAMES)
def test_random_decks_change_looks_alone(game: Any) -> None:
    """In ``random`` every style comes; the text never tells which."""
    env: Game = game(deck="random", image_size=32)
    styles = set()
    for seed in range(60):
        observation, _ = env.reset(seed=seed)
        styles.add(env.state.style)
        assert env.state.style not in observation["text"]
    assert styles == set(STYLES)


@pytest.mark.parametrize("game", GAMES)
def test_decks_show_the_same_tasks(game: Any) -> None:
    """A seed's task is the same in all decks: looks are an axis of their own."""
    told, pictures = set(), set()
    for deck in (*STYLES, "random"):
        env: Game = game(deck=deck, image_size=64)
        observation, info = env.reset(seed=7)
        told.add((info["task_id"], observation["text"]))
        pictures.add(observation["image"].tobytes())
    assert len(told) == 1 and len(pictures) >= 3


@pytest.mark.parametrize("game", GAMES)
def test_brief_prompts_are_brief(game: Any) -> None:
    """At most eight words; no instructions."""
    env: Game = game(prompt="brief", image_size=32)
    text = env.reset(seed=0)[0]["text"]
    assert 1 <= len(text.split()) <= 8
