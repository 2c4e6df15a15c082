"""With minimal text one must look: a player that reads pictures wins, one that does not loses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import vl_envs  # noqa: F401 (registers the environments)
from tests.alfworld.reader import Blind, Reader
from vl_envs.core.env import Image

EPISODES = 20


def noise(image: Image) -> Image:
    """Give random pixels in place of a picture."""
    return np.random.default_rng(0).integers(256, size=image.shape, dtype=np.uint8)


def wins(
    task: str,
    player: type[Blind],
    misses: int,
    shown: Callable[[Image], Image] = lambda image: image,
    episodes: int = EPISODES,
) -> float:
    """Return the share of episodes that a player wins, from what it is shown."""
    observation = "image" if player is Reader else "text"
    kwargs: dict[str, Any] = {"text": "minimal", "max_misses": misses, "observation": observation}
    env = gym.make(f"VLAlfworld/{task}-v0", image_size=96, **kwargs)
    found = 0
    for seed in range(10_000, 10_000 + episodes):
        seen, _ = env.reset(seed=seed)
        act, over = player(env.unwrapped), False  # type: ignore[arg-type]
        while not over:
            said = act({**seen, "image": shown(seen["image"])})
            seen, _, terminated, truncated, info = env.step(said)
            over = terminated or truncated
        found += info["success"]
    env.close()
    return found / episodes


@pytest.mark.parametrize("task", ["PickAndPlace", "LookInLight"])
def test_who_looks_wins(task: str) -> None:
    """Pixels and minimal text are enough to win, and without the pixels it is luck."""
    assert wins(task, Reader, misses=1) >= 0.9
    blind = wins(task, Blind, misses=1, episodes=100)
    assert blind < 0.25
    for hidden in (np.zeros_like, noise):
        assert wins(task, Reader, misses=1, shown=hidden, episodes=12) <= blind + 0.1


def test_each_miss_counts() -> None:
    """The more often one may reach for what is not there, the less one has to look."""
    shares = [wins("LookInLight", Blind, misses, episodes=150) for misses in (1, 2, 8)]
    assert shares[0] < shares[1] < shares[2]


def test_minimal_text_tells_nothing_of_things() -> None:
    """Wherever one goes and whatever one opens, no thing but the wanted one is named."""
    env = gym.make("VLAlfworld/All-v0", text="minimal", observation="text")
    vl: Any = env.unwrapped
    for seed in range(10):
        seen, _ = env.reset(seed=seed)
        texts = []
        for receptacle in vl.state.home.house.receptacles[:12]:
            for verb in ("go to", "open", "examine"):
                seen, _, over, _, _ = env.step(vl._say(f"{verb} {receptacle.name}"))
                texts.append(seen["text"])
                assert not over
        things = {thing.kind.lower() for thing in vl.state.home.house.things}
        assert not things & set(" ".join(texts).replace(".", " ").replace(",", " ").split())
