"""Stable-Baselines3 learns to see and act: PPO in a hallway, masked PPO at the card table.

    pip install 'vl-envs[train,sb3,miniworld]'
    python examples/sb3_ppo.py                    # walk to the red box: some minutes, two CPU cores
    python examples/sb3_ppo.py --task ez_points   # make 12 of two cards, symbol by symbol

The environments speak text; `vl_envs.wrappers` gives them numbers. Nothing else is special: the
algorithms are the library's own. Success is counted on episodes whose seeds (and hands of cards)
were not trained on, beside a random player (of the same mask) and the environment's expert.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import gymnasium as gym
import numpy as np
import torch
import tyro
from gymnasium.wrappers import FilterObservation
from rich.console import Console
from rich.table import Table
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.curves import learning_curve
from algorithms.files import write_atomically
from algorithms.statistics import bootstrap_interval
from vl_envs.wrappers import DiscreteActions, TokenText

HELD_OUT = 10**6
"""First seed of the evaluation; training begins at its own seed, and draws new ones from there."""


@dataclass(frozen=True)
class Options:
    """What is learned, and for how long.

    Attributes:
        task: ``hallway`` (`VLMiniWorld/Hallway-v0`, pictures alone, PPO) or ``ez_points``
            (`VLCards/EZPoints-v0`, picture and text, MaskablePPO).
        out: output folder; None is ``outputs/sb3_TASK``.
        seed: of everything.
        steps: of the environments, in all; 0 takes the task's own.
        n_envs: environments side by side.
        eval_episodes: of each player.
        blind: show black pictures instead: what can be won without looking.
        quiet: no progress bar.
    """

    task: Literal["hallway", "ez_points"] = "hallway"
    out: Path | None = None
    seed: int = 0
    steps: int = 0
    n_envs: int = 8
    eval_episodes: int = 200
    blind: bool = False
    quiet: bool = False


class Episodes(NamedTuple):
    """How a player did: a number for each episode."""

    success: list[float]
    returns: list[float]
    lengths: list[int]


class Recipe(NamedTuple):
    """A task and what learns it."""

    env_id: str
    kwargs: Mapping[str, Any]
    wrap: Callable[[gym.Env[Any, Any]], gym.Env[Any, Any]]
    algorithm: type[Any]
    options: Mapping[str, Any]
    steps: int
    held_out: Mapping[str, Any]
    """Further arguments of the environment on which it is evaluated."""


def see_only(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """Number the actions, leave out the text."""
    return FilterObservation(DiscreteActions(env), ["image"])


def see_and_read(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """Number the actions and the words."""
    return TokenText(DiscreteActions(env), length=16)


class PictureAndWords(BaseFeaturesExtractor):
    """Features of a picture and of words: a small CNN, and a GRU over the words' embeddings.

    Args:
        space: Dict of ``image`` uint8 [3, H, W] and ``text`` int32 [length].
        width: of what is known of the words.
    """

    def __init__(self, space: gym.spaces.Dict, width: int = 64) -> None:
        image: Any = space["image"]
        text: Any = space["text"]
        super().__init__(space, features_dim=256 + width)
        # The library's own CNN begins with 8 x 8 pixels, which on so small cards are whole signs.
        layers: list[nn.Module] = []
        for channels, into, size in ((3, 16, 5), (16, 32, 3), (32, 32, 3)):
            layers += [nn.Conv2d(channels, into, size, stride=2), nn.ReLU()]
        see = nn.Sequential(*layers, nn.Flatten())
        seen = see(torch.zeros(1, *image.shape)).shape[1]
        self.cnn = nn.Sequential(see, nn.Linear(seen, 256), nn.ReLU())
        self.embedding = nn.Embedding(int(text.high[0]) + 1, 32)
        self.reader = nn.GRU(32, width, batch_first=True)

    def forward(self, observations: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return float [batch, features_dim]; the library has made floats of all numbers."""
        ids = observations["text"].long()
        read, _ = self.reader(self.embedding(ids))
        last = (ids > 0).sum(dim=1).clamp(min=1) - 1  # behind the last word there is padding
        words = read[torch.arange(len(ids)), last]
        return torch.cat([self.cnn(observations["image"]), words], dim=1)


LEARNER = {"learning_rate": 1e-3, "n_steps": 256, "batch_size": 512, "n_epochs": 5}
RECIPES = {
    "hallway": Recipe(
        "VLMiniWorld/Hallway-v0",
        {"image_size": 60, "forward_moves": 3, "prompt": "brief", "max_episode_steps": 60},
        see_only,
        PPO,
        {**LEARNER, "ent_coef": 0.05},
        steps=40_000,
        held_out={},
    ),
    "ez_points": Recipe(
        "VLCards/EZPoints-v0",
        {
            "image_size": 48,
            "deck": "large",
            "prompt": "brief",
            "reward": "sparse",
            "admissible": "grammar",  # a mask of the cards in hand would give them away
        },
        see_and_read,
        MaskablePPO,
        {
            **LEARNER,
            "ent_coef": 0.3,  # with less it settles for sums, which win 83 of 100
            "policy_kwargs": {"features_extractor_class": PictureAndWords},
        },
        steps=90_000,
        held_out={"split": "test"},
    ),
}


def make(options: Options, **kwargs: Any) -> gym.Env[Any, Any]:
    """Make the task's environment, with spaces of numbers."""
    recipe = RECIPES[options.task]
    env: gym.Env[Any, Any] = gym.make(recipe.env_id, **{**recipe.kwargs, **kwargs})
    return recipe.wrap(Blindfold(env) if options.blind else env)


class Blindfold(gym.ObservationWrapper[Any, Any, Any]):
    """Shows black pictures."""

    def observation(self, observation: Any) -> Any:
        """Replace the picture."""
        return {**observation, "image": np.zeros_like(observation["image"])}


def play(env: gym.Env[Any, Any], choose: Callable[[Any], int], episodes: int) -> Episodes:
    """Play the held-out episodes; ``choose`` sees an observation and says a number."""
    played = Episodes([], [], [])
    for seed in range(HELD_OUT, HELD_OUT + episodes):
        observation, _ = env.reset(seed=seed)
        returned, length, ended = 0.0, 0, False
        while not ended:
            observation, reward, terminated, truncated, info = env.step(choose(observation))
            returned, length = returned + float(reward), length + 1
            ended = terminated or truncated
        played.success.append(float(info["success"]))
        played.returns.append(returned)
        played.lengths.append(length)
    return played


def examine(model: Any, options: Options) -> dict[str, Episodes]:
    """Let a random player, the model and the expert play the same held-out episodes."""
    env = make(options, **RECIPES[options.task].held_out)
    masks: Callable[[], np.ndarray] = env.get_wrapper_attr("action_masks")
    number: Callable[[str], int] = env.get_wrapper_attr("index")
    env.action_space.seed(options.seed)

    def at_random(observation: Any) -> int:
        return int(env.action_space.sample(masks().astype(np.int8)))

    def learned(observation: Any) -> int:
        masked = {"action_masks": masks()} if isinstance(model, MaskablePPO) else {}
        return int(model.predict(observation, deterministic=True, **masked)[0])

    def expert(observation: Any) -> int:
        return number(env.unwrapped.expert_action())  # type: ignore[attr-defined]

    players = {"random": at_random, type(model).__name__: learned, "expert": expert}
    found = {name: play(env, choose, options.eval_episodes) for name, choose in players.items()}
    env.close()
    return found


class LessEntropy(BaseCallback):
    """Lowers the entropy bonus to nothing in the course of training: explore first, then settle."""

    def _on_training_start(self) -> None:
        self.start = self.model.ent_coef  # type: ignore[attr-defined]

    def _on_rollout_start(self) -> None:
        left = 1 - self.num_timesteps / self.model._total_timesteps
        self.model.ent_coef = self.start * max(left, 0.0)  # type: ignore[attr-defined]

    def _on_step(self) -> bool:
        return True


class Log(BaseCallback):
    """Writes a line of ``metrics.jsonl`` for each rollout: how the episodes that ended did."""

    def __init__(self, path: Path, stage: str) -> None:
        super().__init__()
        self.path, self.stage = path, stage
        self.update = self.episodes = 0
        self.ended: list[tuple[float, float, float]] = []
        path.write_text("")

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if "episode" in info:  # written by the library's Monitor when one ends
                told = info["episode"]
                self.ended.append((float(info["success"]), told["r"], told["l"]))
        return True

    def _on_rollout_end(self) -> None:
        self.update += 1
        self.episodes += len(self.ended)
        means = np.mean(self.ended, axis=0).tolist() if self.ended else []
        names = ("rollout/success", "rollout/return", "rollout/length")
        self.write(dict(zip(names, means, strict=False)))
        self.ended.clear()

    def write(self, record: Mapping[str, float]) -> None:
        """Append a line about the newest update."""
        head = {"stage": self.stage, "update": self.update, "episodes": self.episodes}
        line = json.dumps({**head, "steps": self.num_timesteps, **record})
        with self.path.open("a") as file:
            file.write(line + "\n")


def main(options: Options) -> dict[str, Any]:
    """Train, examine, and leave everything in the output folder.

    Returns:
        The summary: for each player its successes episode by episode, and its means.
    """
    torch.set_num_threads(1)
    recipe = RECIPES[options.task]
    out = options.out or Path("outputs") / f"sb3_{options.task}"
    out.mkdir(parents=True, exist_ok=True)
    envs = make_vec_env(lambda: make(options), options.n_envs, options.seed)
    model = recipe.algorithm("MultiInputPolicy", envs, seed=options.seed, **recipe.options)
    log = Log(out / "metrics.jsonl", recipe.algorithm.__name__)
    started = time.monotonic()
    steps = options.steps or recipe.steps
    model.learn(steps, callback=[log, LessEntropy()], progress_bar=not options.quiet)
    seconds = time.monotonic() - started
    envs.close()
    model.save(out / "model")
    found = examine(model, options)
    summary = {name: summarise(episodes) for name, episodes in found.items()}
    trained = summary[recipe.algorithm.__name__]
    shown = ("success", "success_low", "success_high")
    log.write({f"eval/held out/greedy/{name}": trained[name] for name in shown})
    learning_curve(log.path, out / "learning_curve.png")
    whole = {"players": summary, "steps": model.num_timesteps, "seconds": round(seconds, 1)}
    write_atomically(out / "summary.json", json.dumps(whole, indent=1).encode())
    if not options.quiet:
        tell(recipe.env_id, summary)
    return whole


def summarise(episodes: Episodes) -> dict[str, Any]:
    """Average over episodes; the interval of the success rate is bootstrapped (95%)."""
    low, high = bootstrap_interval(episodes.success, rng=np.random.default_rng(0))
    return {
        "success": float(np.mean(episodes.success)),
        "success_low": low,
        "success_high": high,
        "return": float(np.mean(episodes.returns)),
        "length": float(np.mean(episodes.lengths)),
        "episodes": episodes.success,
    }


def tell(env_id: str, summary: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the table of players."""
    table = Table("player", "success", "95%", "return", "turns", title=f"{env_id}, held out")
    for name, row in summary.items():
        interval = f"{row['success_low']:.2f} to {row['success_high']:.2f}"
        numbers = (f"{row[key]:.2f}" for key in ("return", "length"))
        table.add_row(name, f"{row['success']:.3f}", interval, *numbers)
    Console().print(table)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
