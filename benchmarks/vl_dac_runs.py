"""VL-DAC's experiment in small, run by run: the worlds, the methods, the cold start, one training.

A tiny model first imitates a careless expert until it wins about half of its episodes: that one
checkpoint is where every method and every seed of a world begins. Then a method learns from so many
environment steps (turns), and is evaluated on held-out seeds from a random state of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.evaluate import EVALUATION_SEEDS, evaluate
from algorithms.files import write_atomically
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import collect, make_envs
from algorithms.run_log import RunLog
from algorithms.sft import SFT, Demonstrator, SFTConfig
from algorithms.train import Algorithm, TrainConfig, train
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.context import NEWEST, Context
from policies.policy import Generation, Policy
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy
from vl_envs.core.parser import Parser

ENVS = 16
"""Environments side by side, in one process."""
TASKS = 100
"""Held-out tasks of an evaluation on the way; at the end there are twice as many."""
PASSES, PARTS = 60, 4
"""Imitation takes so many passes at most, and looks so many times a pass whether it is enough."""
GROUP = 8
"""Episodes of one task, for the methods that compare within groups."""
NAVIGATION = {
    "image_size": 48,
    "prompt": "brief",
    "forward_moves": 3,
    "invalid_penalty": 0.05,
    "max_episode_steps": 64,
}
CARDS = {"image_size": 48, "prompt": "brief", "deck": "large"}


@dataclass(frozen=True)
class World:
    """What is learned, and how.

    Attributes:
        env: a registered id.
        kwargs: of the environment.
        test: further options of the environment that is evaluated in.
        careless: share of the demonstrated episodes in which the expert errs.
        demonstrations: turns that are imitated.
        cold: imitation stops once sampled success is at least this, and at most .2 more.
        budget: environment steps of a training.
        turns: of an update.
        learning_rate: of every method but those in `RATES`.
        gamma: of VL-DAC.
        value_clip: of VL-DAC, in units of the reward.
        also: a second environment, that is imitated too, and then tested only.
        babble: imitate random commands behind random thoughts instead of an expert: words alone.
    """

    env: str
    kwargs: Mapping[str, Any] = field(default_factory=lambda: NAVIGATION)
    test: Mapping[str, Any] = field(default_factory=dict)
    careless: float = 1.0
    demonstrations: int = 1000
    cold: float = 0.5
    budget: int = 20_000
    turns: int = 1024
    learning_rate: float = 5e-4
    gamma: float = 0.97
    value_clip: float | None = 0.2
    also: str = ""
    babble: bool = False


_NUMBER_LINE = World(
    "VLCards/NumberLine-v0",
    {**CARDS, "invalid_penalty": 1.0},
    careless=0.7,
    demonstrations=2000,
    cold=0.4,
    budget=16_000,
    turns=512,
    gamma=0.9,
    value_clip=None,  # returns go down to -10
)
WORLDS: dict[str, World] = {
    "Hallway": World("VLMiniWorld/Hallway-v0"),
    "OneRoom": World("VLMiniWorld/OneRoom-v0", budget=25_000),
    "NumberLine": _NUMBER_LINE,
    "EZPoints": World(
        "VLCards/EZPoints-v0",
        {**CARDS, "invalid_penalty": 0.1, "reward": "sparse"},
        test={"split": "test"},
        careless=0.7,
        demonstrations=2000,
        cold=0.6,
        turns=512,
        gamma=0.95,
    ),
}


def open_env(world: World, env: str = "", **kwargs: Any) -> Any:
    """Make one of a world's environments, for its words and its parser."""
    options = _options(world, env or world.env, kwargs)
    return gym.make(env or world.env, **options).unwrapped


def vector(world: World, count: int = ENVS, env: str = "", **kwargs: Any) -> Any:
    """Make a world's environments side by side."""
    return make_envs(env or world.env, count, **_options(world, env or world.env, kwargs))


def _options(world: World, env: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    options = {**world.kwargs, **kwargs}
    if env != world.env and "Cards" in env:
        options = {**CARDS, **kwargs}
    return options


# Methods.

Config = VLDACConfig | GRPOConfig | SFTConfig


@dataclass(frozen=True)
class Method:
    """How is learned, from the same checkpoint on the same number of environment steps.

    Attributes:
        kind: ``vl_dac``, a variant of GRPO, or ``imitation``: the control, which goes on imitating
            fresh demonstrations of the careless expert.
        options: what differs from the recipe.
        stop_gradient: whether the critic's gradient stops before the model.
    """

    kind: str = "vl_dac"
    options: Mapping[str, Any] = field(default_factory=dict)
    stop_gradient: bool = True

    def config(self, world: World) -> Config:
        """Give the options of the algorithm."""
        warmup = min(6, _updates(world) // 2)
        rate = RATES.get((self.kind, world.env), RATES.get((self.kind, ""), world.learning_rate))
        shared: dict[str, Any] = {"floor": 0.1, "warmup": warmup}
        if self.kind == "imitation":
            episodes = 4 if "MiniWorld" in world.env else 16  # about 64 turns
            return SFTConfig(**{**shared, "minibatch": episodes, **self.options})
        shared |= {"learning_rate": rate, "epochs": 2, "minibatch": 256}
        if self.kind != "vl_dac":
            shared |= {"clip_high": 0.2, "truncated": "reward"}
            return GRPOConfig.variant(self.kind, **{**shared, **self.options})
        shared |= {
            "value_learning_rate": 2e-3,
            "value_weight": 0.15,
            "value_clip": world.value_clip,
            "value_warmup": 3,
            "kl_weight": 0.01,
            "gamma": world.gamma,
            "lam": 0.95,
        }
        return VLDACConfig(**{**shared, **self.options})

    def begin(self, world: World, policy: VLMPolicy, seed: int) -> Algorithm:
        """Make the algorithm."""
        config, updates = self.config(world), _updates(world)
        if isinstance(config, SFTConfig):
            return SFT(policy, config, updates, seed)
        if isinstance(config, GRPOConfig):
            return GRPO(policy, config, updates, seed)
        policy.stop_gradient = self.stop_gradient
        return VLDAC(policy, config, updates, seed)


RATES: dict[tuple[str, str], float] = {
    ("rloo", ""): 2e-4,
    ("grpo", ""): 2e-4,
    ("rloo", "VLCards/NumberLine-v0"): 5e-4,
    ("grpo", "VLCards/NumberLine-v0"): 1e-3,
}
"""Learning rates of the group methods, by environment, where the actor-critics' is not theirs.

Success at the end, seed 100: Hallway, LOOP .94 at 2e-4 and .77 at 5e-4, GRPO .94 and .96 at 2e-4.
NumberLine, mean of seeds 100, 101, 102: LOOP .44 at 2e-4, .53 at 5e-4 (.50 at 1e-3, one seed);
GRPO, two seeds, .76 at 5e-4, .94 at 1e-3.
"""
METHODS: dict[str, Method] = {
    "VL-DAC": Method(),
    "RL4VLM λ .35": Method(options={"baseline": "rl4vlm", "thought_weight": 0.35}),
    "RL4VLM λ .5": Method(options={"baseline": "rl4vlm", "thought_weight": 0.5}),
    "LOOP": Method("rloo"),
    "GRPO": Method("grpo", {"kl_weight": 0.01}),
    "imitation, as long": Method("imitation"),
}
OPEN: dict[str, Method] = {
    "VL-DAC": METHODS["VL-DAC"],
    "VL-DAC, entropy .01": Method(options={"entropy_weight": 0.01}),
    "VL-DAC, KL .05": Method(options={"kl_weight": 0.05}),
    "VL-DAC, KL 0": Method(options={"kl_weight": 0.0}),
    "LOOP, turn mean": Method("rloo", {"aggregation": "turn_mean"}),
}
"""What the recipe leaves open."""
_NO_KL, _NO_WARMUP = {"kl_weight": 0.0}, {"value_warmup": 0}
ABLATION: dict[str, Method] = {
    "none": Method(options={**_NO_KL, **_NO_WARMUP}, stop_gradient=False),
    "warm-up": Method(options=_NO_KL, stop_gradient=False),
    "KL": Method(options=_NO_WARMUP, stop_gradient=False),
    "stop-gradient": Method(options={**_NO_KL, **_NO_WARMUP}),
    "VL-DAC": METHODS["VL-DAC"],
}


def _updates(world: World) -> int:
    """Foresee the number of updates: each finishes the episodes that it has begun."""
    return max(2, round(world.budget / (1.15 * world.turns)))


# Runs.


class Babbler:
    """Says random commands behind random thoughts: what is to be said, not when.

    Args:
        policy: is to learn the words.
        parser: of the environment.
        seed: of the choices.
    """

    THOUGHTS = ("left", "right", "ahead", "hidden")

    def __init__(self, policy: VLMPolicy, parser: Parser, seed: int = 0) -> None:
        self.policy, self.parser = policy, parser
        self.rng = np.random.default_rng(seed)

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer each context at random."""
        names = list(self.parser.commands)
        said = [
            self.parser.write(str(self.rng.choice(names)), {}, str(self.rng.choice(self.THOUGHTS)))
            for _ in contexts
        ]
        return [self.policy.encode(c, text) for c, text in zip(contexts, said, strict=True)]


def cold_start(world: World, folder: Path) -> Path:
    """Imitate the careless expert until `World.cold`; return the folder of the policy.

    Raises:
        RuntimeError: imitation did not get there.
    """
    _calm()
    done = folder / "cold.json"
    if _finished(done, str(world)):
        return folder
    envs = [world.env, *([world.also] if world.also else [])]
    opened = [open_env(world, env) for env in envs]
    texts = [text for env in opened for text in env.vocabulary()]
    policy = tiny_policy(
        texts,
        world.kwargs["image_size"],
        opened[0].parser,
        text_first=True,
        vision_layers=1,
        max_new_tokens=8,
    )
    rng = np.random.default_rng(0)
    demonstrations = []
    for env in envs:
        seeds = iter(rng.integers(EVALUATION_SEEDS, size=10_000).tolist())
        with closing(_demonstrations(world, env)) as shown:
            actor: Policy = Demonstrator(policy, shown)
            if world.babble:
                actor = Babbler(policy, opened[0].parser)
            demonstrations += collect(
                shown, actor, seeds, history=NEWEST, turns=world.demonstrations
            )
    for env in opened:
        env.close()
    length = np.mean([len(episode.turns) for episode in demonstrations])
    config = SFTConfig(learning_rate=1e-3, warmup=3, minibatch=max(1, round(64 / length)))
    sft, curve = SFT(policy, config, PASSES * PARTS), []
    with closing(vector(world, TASKS // 2)) as test:
        for part in range(PASSES * PARTS):
            sft.update(demonstrations[part % PARTS :: PARTS])
            # Sampled otherwise than in the evaluations that are reported.
            result = evaluate(test, policy, TASKS, history=NEWEST, seed=TASKS)
            curve.append(result.success)
            # Words first: a policy that often cannot be read has not learned to act badly, but to
            # speak badly.
            high_enough = world.cold <= result.success and result.valid >= 0.95
            if high_enough and (world.babble or result.success <= world.cold + 0.2):
                policy.save(folder)
                record = {"setup": str(world), "curve": curve}
                write_atomically(done, json.dumps(record).encode())
                return folder
    raise RuntimeError(f"{world.env}: imitation came to {curve}, not to {world.cold}")


def _demonstrations(world: World, env: str) -> Any:
    """Make environments whose expert is careless."""
    look: dict[str, Any] = {"expert": "look"} if "MiniWorld" in env else {}
    return vector(world, env=env, expert_error=world.careless, **look)


def _finished(done: Path, setup: str) -> dict[str, Any]:
    """Read what a finished run left, {} if there is none; it must be of the same settings."""
    if not done.is_file():
        return {}
    read: dict[str, Any] = json.loads(done.read_text())
    if read["setup"] != setup:
        raise RuntimeError(
            f"{done.parent} holds a run of other settings: delete it, or give another --out.\n"
            f"there: {read['setup']}\nhere:  {setup}"
        )
    return read


def load(world: World, folder: Path, env: str = "") -> VLMPolicy:
    """Load a policy for one of a world's environments."""
    with closing(open_env(world, env)) as opened:
        parser = opened.parser
    return VLMPolicy.load(folder, parser=parser, max_new_tokens=8)


def run(world: World, method: Method, seed: int, cold: Path, folder: Path) -> dict[str, Any]:
    """Train once from the cold start; return curve, final evaluation and times.

    A finished run is read back; one that was stopped goes on.

    Raises:
        RuntimeError: the folder holds a run of other settings.
    """
    setup = f"{world} {method.config(world)}"
    done = folder / "result.json"
    if finished := _finished(done, setup):
        return finished
    _calm()
    policy = load(world, cold)
    algorithm = method.begin(world, policy, seed)
    group = GROUP if isinstance(algorithm, GRPO) else 1
    imitates = isinstance(algorithm, SFT)

    def evaluation() -> dict[str, float]:
        result = evaluate(test, policy, TASKS, history=NEWEST, seed=seed)
        return result.metrics("eval/held_out/sampled/")

    updates = _updates(world)
    plan = TrainConfig(
        updates=10 * updates,
        turns=world.turns,
        budget=world.budget,
        group=group,
        history=NEWEST,
        evaluate_every=max(1, updates // 8),
        seed=seed,
    )
    with ExitStack() as stack:
        test = stack.enter_context(closing(vector(world, TASKS // 2, **world.test)))
        envs = _demonstrations(world, world.env) if imitates else vector(world)
        stack.enter_context(closing(envs))
        actor = Demonstrator(policy, envs) if imitates else None
        log = stack.enter_context(RunLog(folder, quiet=True))
        where = folder / "train"
        train(algorithm, envs, where, plan, log=log, actor=actor, evaluation=evaluation)
        records = log.records()
    policy.save(folder / "policy")
    result = {"setup": setup, **_summary(records), **final(world, policy, seed)}
    write_atomically(done, json.dumps(result).encode())
    return result


def final(world: World, policy: VLMPolicy, seed: int, env: str = "", **kwargs: Any) -> Any:
    """Evaluate on twice as many tasks, sampled and greedy."""
    tested = world.test if env in ("", world.env) else {}
    found: dict[str, Any] = {}
    with closing(vector(world, TASKS // 2, env, **{**tested, **kwargs})) as test:
        for mode in ("sampled", "greedy"):
            greedy = mode == "greedy"
            result = evaluate(test, policy, 2 * TASKS, greedy=greedy, history=NEWEST, seed=seed)
            found[mode] = result.per_task
            found[f"{mode}/valid"] = result.valid
            found[f"{mode}/turns"] = result.length
    return found


def _summary(records: list[dict[str, Any]]) -> dict[str, Any]:
    key = "eval/held_out/sampled/success"
    trained = [record for record in records if "time/rollout" in record]
    return {
        "curve": [(record["turns"], record[key]) for record in records if key in record],
        "turns": trained[-1]["turns"],
        "seconds/rollout": sum(record["time/rollout"] for record in trained),
        "seconds/update": sum(record["time/update"] for record in trained),
        "seconds/cpu": sum(record["time/cpu"] for record in trained),
        "explained_variance": [record.get("critic/explained_variance") for record in trained],
        "entropy": [record.get("policy/entropy") for record in trained],
        "valid": [record.get("rollout/valid") for record in trained],
        "rate": [record["optimizer/rate"] for record in trained if "optimizer/rate" in record],
    }


def _calm() -> None:
    """Use one thread, as several runs share the cores."""
    torch.set_num_threads(1)
    os.environ.setdefault("LP_NUM_THREADS", "0")  # OpenGL in software: for small pictures faster
