"""`VLCards/NumberLine-v0`: rules, rewards, and who does not look."""

from __future__ import annotations

import itertools
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from vl_envs.cards.number_line import NumberLineEnv


def _say(env: NumberLineEnv, sign: str) -> str:
    return env.parser.write("move", {"direction": sign})


def _at(current: int, target: int, **kwargs: Any) -> NumberLineEnv:
    """Make an environment at a given place of the line."""
    env = NumberLineEnv(image_size=32, **kwargs)
    env.reset(seed=0)
    env.state.current, env.state.target, env.state.detours = current, target, 0
    return env


def _play(env: NumberLineEnv, signs: str) -> tuple[list[float], bool, bool]:
    """Play moves; return rewards, and whether the last one ended the episode, and won it."""
    rewards, ended, info = [], False, {"success": False}
    for sign in signs:
        _, reward, ended, _, info = env.step(_say(env, sign))
        rewards.append(reward)
    return rewards, ended, info["success"]


@pytest.mark.parametrize(
    ("place", "signs", "rewards", "ended", "straight"),
    [
        ((1, 4), "+++", [0, 0, 1], True, True),
        ((4, 3), "-", [1], True, True),
        ((1, 3), "-+++", [-1, 0, 0, 1], True, False),
        ((0, 2), "--", [-1, -1], False, False),  # at the end of the line one stays: not closer
        ((5, 1), "+---", [-1, 0, 0, 0], False, False),
    ],
)
def test_published_rewards(
    place: tuple[int, int], signs: str, rewards: list[float], ended: bool, straight: bool
) -> None:
    """1 at the target, -1 for a move that does not come closer, else 0."""
    assert _play(_at(*place), signs) == (rewards, ended, straight)
    assert _play(_at(*place, success="reached"), signs) == (rewards, ended, ended)
    sparse = [0.0] * (len(signs) - 1) + [float(straight)]
    assert _play(_at(*place, reward="sparse"), signs) == (sparse, ended, straight)


def test_a_straight_way_is_a_return_above_zero() -> None:
    """So RL4VLM's training code counts its successes; both judge any episode alike."""
    rng = np.random.default_rng(0)
    env = gym.make("VLCards/NumberLine-v0", image_size=32)
    line: Any = env.unwrapped
    wins = 0
    for seed in range(200):
        env.reset(seed=seed)
        total, ended = 0.0, False
        while not ended:
            _, reward, terminated, truncated, info = env.step(_say(line, rng.choice(["+", "-"])))
            total += float(reward)
            ended = terminated or truncated
        assert info["success"] == (total > 0)
        wins += info["success"]
    assert 30 < wins < 80  # .27 in theory


def test_starts_are_even_and_never_at_the_target() -> None:
    """All thirty pairs come, none twice as often as another."""
    env = NumberLineEnv(image_size=32)
    counts = dict.fromkeys(itertools.permutations(range(6), 2), 0)
    for seed in range(3000):
        env.reset(seed=seed)
        counts[env.state.current, env.state.target] += 1
    assert min(counts.values()) > 60 and max(counts.values()) < 140


def test_who_does_not_look() -> None:
    """No blind row of moves goes straight in more than half of all tasks; one reaches all."""

    def share(row: str, success: str) -> float:
        pairs = list(itertools.permutations(range(6), 2))
        wins = 0
        for current, target in pairs:
            env, won = _at(current, target, success=success), False
            for sign in row:
                _, _, ended, _, info = env.step(_say(env, sign))
                won |= info["success"]
                if ended:
                    break
            wins += won
        return wins / len(pairs)

    # A straight way is five moves at most: all rows that differ on it.
    rows = ["".join(row) for row in itertools.product("+-", repeat=5)]
    assert max(share(row, "straight") for row in rows) == 0.5
    assert share("+++++-----", "straight") == 0.5
    assert share("+++++-----", "reached") == 1.0


def test_text_tells_nothing_of_the_numbers() -> None:
    """Texts of all tasks and turns are the same; so the picture is needed."""
    for prompt in ("full", "brief"):
        texts = {
            tuple(
                _at(current, target, prompt=prompt).step("<move> + </move>")[0]["text"]
                for _ in range(1)
            )
            for current, target in itertools.permutations(range(6), 2)
        }
        assert len(texts) == 1
    env = NumberLineEnv(prompt="brief", image_size=32)
    assert {env.reset(seed=seed)[0]["text"] for seed in range(30)} == {"Reach the target."}


def test_longer_lines() -> None:
    """Numbers up to ``max_position`` come; ends beyond 99, and none, are refused."""
    env = NumberLineEnv(max_position=40, image_size=48)
    seen = set()
    for seed in range(200):
        env.reset(seed=seed)
        seen |= {env.state.current, env.state.target}
    assert max(seen) == 40
    for wrong in (0, 100, 2.5, "5"):
        with pytest.raises(ValueError, match="max_position must be a whole number 1 to 99"):
            NumberLineEnv(max_position=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"unknown success 'strait'.*'straight'"):
        NumberLineEnv(success="strait")
