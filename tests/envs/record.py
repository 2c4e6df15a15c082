"""Golden transcripts: whole expert episodes in text, to be read by people and replayed by a test.

A change of rules, reward, prompt or rendering shows in them, line by line. Where the change is
meant (and the id's ``-vN`` is raised, once released), write them anew and read the diff:

    python -m tests.envs.record
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from vl_envs.core.env import VLEnv
from vl_envs.registry import ENVIRONMENTS, EnvRow

FOLDER = Path(__file__).parent / "transcripts"
SEEDS = (0, 1, 2)
"""The episodes that are recorded of each environment."""
TURNS = 40
"""Turns that are recorded of the one episode of a simulator's task."""


def path_of(env_id: str) -> Path:
    """Name the file with the transcript of an environment."""
    return FOLDER / f"{env_id.replace('/', '-')}.txt"


def seeds_of(row: EnvRow) -> tuple[int, ...]:
    """Choose the episodes to record: of a simulator's many tasks, which walk far, one each."""
    return SEEDS[:1] if row.opengl else SEEDS


def image_hash(image: np.ndarray[Any, Any]) -> str:
    """Hash a picture's shape and pixels."""
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()[:16]


def play(env_id: str, seed: int, actions: Sequence[str] | None = None) -> Iterator[str]:
    """Play an episode and tell it line by line.

    Args:
        env_id: a registered id.
        seed: of the episode.
        actions: what to say; without them the expert plays.
    """
    env = gym.make(env_id)
    vl = env.unwrapped
    assert isinstance(vl, VLEnv)
    (row,) = (row for row in ENVIRONMENTS if row.id == env_id)
    observation, info = env.reset(seed=seed)
    yield f"{env_id}, seed {seed}, task {info['task_id']}"
    ended = False
    while not ended:
        if row.opengl and vl._turn == TURNS:
            yield f"cut after {TURNS} turns"
            break
        if not row.opengl:
            yield f"image {image_hash(observation['image'])}"
        yield from (f"  | {line}".rstrip() for line in observation["text"].split("\n"))
        action = vl.expert_action() if actions is None else actions[vl._turn]
        yield f"action {json.dumps(action, ensure_ascii=False)}"
        observation, reward, terminated, truncated, info = env.step(action)
        terms = ", ".join(f"{name} {value:.6g}" for name, value in info["reward_terms"].items())
        yield f"reward {reward:.6g} ({terms})"
        ended = terminated or truncated
    if ended:
        yield f"end {'terminated' if terminated else 'truncated'}, success {info['success']}"
    yield ""
    env.close()


def actions_in(lines: Sequence[str]) -> list[str]:
    """Read the actions out of a transcript's lines."""
    return [json.loads(line[len("action ") :]) for line in lines if line.startswith("action ")]


def main() -> None:
    """Write the transcripts of all registered environments."""
    FOLDER.mkdir(exist_ok=True)
    for row in ENVIRONMENTS:
        lines = [line for seed in seeds_of(row) for line in play(row.id, seed)]
        path_of(row.id).write_text("\n".join(lines), encoding="utf-8")
        print(path_of(row.id))


if __name__ == "__main__":
    main()
